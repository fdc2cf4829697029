"""Taylor models: polynomials in the time since a step's beginning, with thin coefficients."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from flint import arb, arb_poly, fmpq


class NotResolved(ArithmeticError):
    """The enclosures at this precision do not tell; more bits may."""


def ball(value: Fraction | int) -> arb:
    """Return a rational as an Arb ball at the working precision."""
    exact = Fraction(value)
    return arb(fmpq(exact.numerator, exact.denominator))


@dataclass(frozen=True, eq=False)
class TaylorModel:
    """A polynomial in τ on [0, h]; its last coefficient may enclose what further ones add there."""

    coefficients: tuple[arb, ...]

    def __call__(self, tau: arb) -> arb:
        """Enclose the value at τ, which may be an interval."""
        total = arb(0)
        for coefficient in reversed(self.coefficients):
            total = total * tau + coefficient
        return total

    def derivative(self) -> TaylorModel:
        """Return the model of the derivative."""
        return TaylorModel(tuple(i * c for i, c in enumerate(self.coefficients))[1:])

    def affine(self, slope: int, constant: arb | int) -> TaylorModel:
        """Return slope·model + constant."""
        first, *rest = self.coefficients
        return TaylorModel((slope * first + constant, *(slope * c for c in rest)))

    def divided(self, order: int) -> TaylorModel:
        """Return (model - its terms below τ^order)/τ^order."""
        return TaylorModel(self.coefficients[order:])


def reach(coefficients: Sequence[arb], length: arb) -> arb:
    """Bound on the absolute value, on [0, length], of the polynomial with these coefficients.

    Examples
    --------
    >>> float(reach([arb(1), arb(-2)], arb(3)))
    7.0
    """
    total = arb(0)
    for coefficient in reversed(coefficients):
        total = total * length + abs(coefficient)
    return arb(total.upper())


def folded(poly: arb_poly, order: int, length: arb) -> TaylorModel:
    """Return the model of degree ``order`` whose last coefficient takes in what is beyond, for values and derivatives.

    Examples
    --------
    >>> model = folded(arb_poly([1, 0, 4]), 1, arb(1))
    >>> bool(model(arb(1)).contains(5)), bool(model.derivative()(arb(1)).contains(8))
    (True, True)
    """
    coefficients = poly.coeffs()
    head = coefficients[:order + 1]
    # The derivative of c τ^i is at most i c h^(i-order) times that of τ^order, also after division by a power of τ.
    rest = arb(0)
    for i in range(len(coefficients) - 1, order, -1):
        rest = rest + abs(coefficients[i]) * length**(i - order) * i
    head += [arb(0)] * (order + 1 - len(head))
    return TaylorModel((*head[:-1], head[-1] + arb(0, rest.upper())))


def value_range(model: TaylorModel, slope: TaylorModel, low: arb, high: arb) -> arb:
    """Enclose the values on [low, high] by the mean value form.

    Examples
    --------
    >>> line = TaylorModel((arb(0), arb(1)))
    >>> value_range(line, line.derivative(), arb(0), arb(1)).contains(arb("0.3"))
    True
    """
    side = low.union(high)
    middle = arb(side.mid())
    return model(middle) + slope(side) * (side - middle)
