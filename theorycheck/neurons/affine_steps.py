"""Functions of an integer that are linear between changes: what a piecewise linear neuron is, as integers.

A level weight is quadratic in the function.  A neuron's value is A(s) + √r·B(s) with A and B of this kind, so its level
weight is W[A] + r·W[B] + 2√r·W[A,B]; where √r is rational, one function does.
"""
from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from theorycheck.neurons.neuron import IntegerSteps, Neuron
from theorycheck.rigor import Real


@dataclass(frozen=True)
class AffineSteps:
    """The function s ↦ (intercept + rise·s) / denominator of an integer s.

    Parameters
    ----------
    starts : tuple of r integers, strictly increasing
        Piece i holds from ``starts[i-1]`` to below ``starts[i]``.
    intercepts, rises : tuples of r+1 integers
    denominator : int
        At least 1.

    Examples
    --------
    >>> relu = AffineSteps((1,), (0, 0), (0, 1), 2)
    >>> [str(relu(s)) for s in (-1, 0, 3)], relu.changes
    (['0', '0', '3/2'], ((1, 0, 1),))
    """

    starts: tuple[int, ...]
    intercepts: tuple[int, ...]
    rises: tuple[int, ...]
    denominator: int

    def __call__(self, s: int) -> Fraction:
        """Return the value at ``s``."""
        piece = sum(s >= start for start in self.starts)
        return Fraction(self.intercepts[piece] + self.rises[piece] * s, self.denominator)

    @property
    def changes(self) -> tuple[tuple[int, int, int], ...]:
        """(start, change of the intercept, change of the rise) at each start."""
        return tuple((start, self.intercepts[place + 1] - self.intercepts[place],
                      self.rises[place + 1] - self.rises[place]) for place, start in enumerate(self.starts))

    @property
    def is_zero(self) -> bool:
        """Whether the function vanishes at every integer."""
        return not any(self.intercepts) and not any(self.rises)


def affine_steps(intercept: IntegerSteps, rise: IntegerSteps | None = None, factor: Fraction = Fraction(1)
                 ) -> AffineSteps:
    """Return s ↦ intercept(s) + factor·rise(s)·s over one denominator.

    Examples
    --------
    >>> from theorycheck.neurons.neuron import read_neuron
    >>> pieces = read_neuron([1, 1, 2], bias="1/2").pieces
    >>> affine_steps(pieces.intercept, pieces.rise)
    AffineSteps(starts=(0,), intercepts=(0, 1), rises=(0, 2), denominator=2)
    """
    rise = IntegerSteps((), (Fraction(0),)) if rise is None else rise
    starts = sorted({*intercept.starts, *rise.starts})
    # One integer inside each piece; what lies left of every start is seen from one below the first.
    inside = [starts[0] - 1, *starts] if starts else [0]
    constants, slopes = [intercept(s) for s in inside], [factor * rise(s) for s in inside]
    common = lcm(*(value.denominator for value in constants + slopes))
    return AffineSteps(tuple(starts), tuple(int(value * common) for value in constants),
                       tuple(int(value * common) for value in slopes), common)


@dataclass(frozen=True)
class ValueParts:
    """σ as a sum of at most two functions, the second times √squared_scale.

    Parameters
    ----------
    functions : tuple of one or two AffineSteps
    squared_scale : Fraction
        r; with one function its level weight is multiplied by it.
    """

    functions: tuple[AffineSteps, ...]
    squared_scale: Fraction

    @property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """The pairs of functions whose sums of products :meth:`weight` needs, in its order."""
        return ((0, 0),) if len(self.functions) == 1 else ((0, 0), (1, 1), (0, 1))

    def weight(self, products: tuple[Fraction, ...]) -> Real:
        """Return the level weight from the level's sums of products of coefficients, one for each of ``pairs``.

        Examples
        --------
        >>> ValueParts((AffineSteps((), (1,), (0,), 1),), Fraction(1, 2)).weight((Fraction(3),))
        Real(3/2)
        """
        if len(products) == 1:
            return Real(products[0] * self.squared_scale)
        rational = products[0] + self.squared_scale * products[1]
        if products[2] == 0:
            return Real(rational)
        return Real(rational) + Real(self.squared_scale).sqrt() * (2 * products[2])


def slope_function(neuron: Neuron) -> AffineSteps:
    """Return σ' as a function of s, the slopes chosen at kinks included.

    Raises
    ------
    ParameterError
        ``'activation' must be piecewise linear here, not tanh.``
    """
    return affine_steps(neuron.pieces.slope)


def value_parts(neuron: Neuron) -> ValueParts:
    """Return σ as functions of s: one where √r is rational or a part vanishes, else two.

    Raises
    ------
    ParameterError
        ``'activation' must be piecewise linear here, not tanh.``

    Examples
    --------
    >>> from theorycheck.neurons.neuron import read_neuron
    >>> [len(value_parts(read_neuron([1, 1], bias, "relu", "1/2")).functions) for bias in (0, 1)]
    [1, 2]
    """
    pieces, scale = neuron.pieces, neuron.squared_scale
    root = Real(scale).sqrt().exact
    if root is not None:
        return ValueParts((affine_steps(pieces.intercept, pieces.rise, root),), Fraction(1))
    constant = affine_steps(pieces.intercept)
    linear = affine_steps(IntegerSteps((), (Fraction(0),)), pieces.rise)
    if linear.is_zero:
        return ValueParts((constant,), Fraction(1))
    return ValueParts((linear,), scale) if constant.is_zero else ValueParts((constant, linear), scale)
