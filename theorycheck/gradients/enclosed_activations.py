"""σ and its slope at exact rationals and at Arb balls, the piece always decided; a ball across a kink is Undecided."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from flint import arb, ctx, fmpq

from theorycheck.errors import ParameterError, TheoryCheckError
from theorycheck.gradients.flint_matrices import Scalar, rational_scalar
from theorycheck.networks.activation_forms import PiecewisePolynomial
from theorycheck.networks.activations import Activation
from theorycheck.networks.rationals import from_flint
from theorycheck.networks.smooth_forms import SmoothForm
from theorycheck.rigor import Real, decide


class Undecided(TheoryCheckError):
    """A ball contains the point where a slope changes: raise the precision and start again."""


class ActivationValues(NamedTuple):
    """σ at some points, its slope there, and whether the point is a kink of σ."""

    values: list[Scalar]
    slopes: list[Scalar]
    kinks: list[bool]


class _Pieces(NamedTuple):
    """A piecewise polynomial with its numbers as rationals or as balls; coefficients from the constant term up."""

    breakpoints: list[Scalar]
    values: list[list[Scalar]]
    slopes: list[list[Scalar]]
    zero: Scalar
    share_of_right: Scalar


class ActivationEvaluator:
    """σ and σ' at rationals or at balls.

    Parameters
    ----------
    activation : Activation
    is_enclosed : bool
        Whether results are Arb balls at the precision in force, or exact rationals.

    Raises
    ------
    ParameterError
        ``'activation' must map rationals to rationals for exact results, not tanh.``

    Examples
    --------
    >>> from theorycheck.networks.activations import activation_named
    >>> relu = ActivationEvaluator(activation_named("relu"), is_enclosed=False)
    >>> relu.at([fmpq(-1, 2), fmpq(0), fmpq(1, 3)])
    ActivationValues(values=[0, 0, 1/3], slopes=[0, 0, 1], kinks=[False, True, False])
    """

    def __init__(self, activation: Activation, is_enclosed: bool) -> None:
        if not (is_enclosed or activation.is_rational):
            raise ParameterError(f"'activation' must map rationals to rationals for exact results, not "
                                 f"{activation.name}.")
        self.activation = activation
        self.is_enclosed = is_enclosed
        self._cached: tuple[int, _Pieces] | None = None

    def at_rationals(self, points: Sequence[fmpq]) -> ActivationValues:
        """Return values, slopes and kinks at exact rationals, for any σ: no ball is ever across a kink."""
        if isinstance(self.activation.form, PiecewisePolynomial):
            found = _piecewise(points, self._pieces(rational_scalar))
            if not self.is_enclosed:
                return found
            return ActivationValues([arb(v) for v in found.values], [arb(s) for s in found.slopes], found.kinks)
        result = ActivationValues([], [], [])
        for point in points:
            t = from_flint(point)
            left, right = self.activation.form.slopes(t)
            result.values.append(self._scalar(self.activation(t)))
            result.slopes.append(self._scalar(self.activation.derivative(t)))
            result.kinks.append(left is not right and decide(left, "!=", right) is True)
        return result

    def at(self, points: Sequence[Scalar]) -> ActivationValues:
        """Return values, slopes and kinks at numbers of the evaluator's own kind.

        Raises
        ------
        Undecided
            Where a ball contains a breakpoint of σ.
        ParameterError
            ``'activation' must be piecewise polynomial, tanh or cosine to be followed by enclosures, not NAME.``
        """
        if not self.is_enclosed:
            return self.at_rationals(points)
        if isinstance(self.activation.form, PiecewisePolynomial):
            if self._cached is None or self._cached[0] != ctx.prec:
                self._cached = ctx.prec, self._pieces(lambda c: arb(rational_scalar(c)))
            return _piecewise(points, self._cached[1])
        if isinstance(self.activation.form, SmoothForm):
            pairs = [self.activation.form.balls(point) for point in points]
            return ActivationValues([value for value, _ in pairs], [slope for _, slope in pairs], [False] * len(pairs))
        raise ParameterError(f"'activation' must be piecewise polynomial, tanh or cosine to be followed by enclosures, "
                             f"not {self.activation.name}.")

    def _pieces(self, number: Callable[[Fraction], Scalar]) -> _Pieces:
        form = self.activation.form
        assert isinstance(form, PiecewisePolynomial)
        return _Pieces([number(b) for b in form.breakpoints],
                       [[number(c) for c in _stripped(piece)] for piece in form.coefficients],
                       [[number(power * c) for power, c in enumerate(_stripped(piece))][1:]
                        for piece in form.coefficients],
                       number(Fraction(0)), number(self.activation.kink_slope))

    def _scalar(self, value: Real) -> Any:
        if self.is_enclosed:
            return value.enclose(ctx.prec)
        if value.exact is None:
            raise ParameterError(f"'activation' must map rationals to rationals for exact results, not "
                                 f"{self.activation.name}.")
        return rational_scalar(value.exact)


def _piecewise(points: Sequence[Scalar], pieces: _Pieces) -> ActivationValues:
    result = ActivationValues([], [], [])
    for t in points:
        piece, kink = 0, False
        for b in pieces.breakpoints:
            if t < b:
                break
            piece += 1
            if not t > b:
                if not t == b:  # true only of equal rationals and of equal balls without a radius
                    raise Undecided(f"A pre-activation near {float(t)!r} is not told from a breakpoint of σ.")
                kink = True
                break
        slope = _horner(pieces.slopes[piece], t, pieces.zero)
        if kink:
            left = _horner(pieces.slopes[piece - 1], t, pieces.zero)
            slope = left + pieces.share_of_right * (slope - left)
        result.values.append(_horner(pieces.values[piece], t, pieces.zero))
        result.slopes.append(slope)
        result.kinks.append(kink)
    return result


def _stripped(coefficients: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
    """The coefficients without vanishing ones at the top."""
    length = len(coefficients)
    while length and coefficients[length - 1] == 0:
        length -= 1
    return coefficients[:length]


def _horner(coefficients: Sequence[Scalar], t: Scalar, zero: Scalar) -> Scalar:
    if not coefficients:
        return zero
    total = coefficients[-1]
    for coefficient in coefficients[-2::-1]:
        total = total * t + coefficient
    return total
