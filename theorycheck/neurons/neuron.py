"""One neuron of a fully connected network, σ(√r·⟨w, x⟩ + b), as its Fourier levels see it.

The level weights of a neuron depend on the absolute values of its weights alone: a permutation of the variables and a
flip of a variable change no level weight.  So every computation begins with non-negative integers ``magnitudes`` and
the integer sum s = Σ magnitudes[j]·x_j; for a piecewise linear σ all that matters happens at certain integers s.
"""
from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import ceil, gcd, isqrt
from typing import Any

from theorycheck.errors import ParameterError, abbreviate
from theorycheck.networks.activation_forms import PiecewisePolynomial
from theorycheck.networks.activations import Activation, activation_named
from theorycheck.networks.rationals import RationalArray, rational_array
from theorycheck.rigor import exact_rational


@dataclass(frozen=True)
class IntegerSteps:
    """A function of an integer that is constant between changes.

    Parameters
    ----------
    starts : tuple of r integers, strictly increasing
    values : tuple of r+1 Fractions
        ``values[0]`` below ``starts[0]``, ``values[i]`` from ``starts[i-1]`` to below ``starts[i]``.

    Examples
    --------
    >>> steps = IntegerSteps((0, 1), (Fraction(0), Fraction(1, 2), Fraction(1)))
    >>> [str(steps(s)) for s in (-1, 0, 1)]
    ['0', '1/2', '1']
    """

    starts: tuple[int, ...]
    values: tuple[Fraction, ...]

    def __call__(self, s: int) -> Fraction:
        """Return the value at ``s``."""
        return self.values[bisect_right(self.starts, s)]


@dataclass(frozen=True)
class Pieces:
    """A piecewise linear neuron as a function of the integer s: slope(s), and value(s) = intercept(s) + √r·rise(s)·s.

    Parameters
    ----------
    slope : IntegerSteps
        σ' at the pre-activation, the kinks' chosen slopes included.
    intercept, rise : IntegerSteps
        The value there; all three are rational also where the scale √r is not.
    kinks : tuple of int
        The integers s whose pre-activation is exactly at a breakpoint of σ.
    """

    slope: IntegerSteps
    intercept: IntegerSteps
    rise: IntegerSteps
    kinks: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Neuron:
    """x ↦ σ(√squared_scale·⟨weights, x⟩ + bias).

    Parameters
    ----------
    weights : RationalArray (n,)
    bias : Fraction
    activation : Activation
        Its ``kink_slope`` is the slope chosen at kinks, σ'(0) for ReLU.
    squared_scale : Fraction
        Above 0; 1/n with weights ±1 is the law {±1/√n}.

    See Also
    --------
    read_neuron : reads the arguments.

    Examples
    --------
    >>> neuron = read_neuron([3, -1, 0], bias="1/2")
    >>> neuron.n, neuron.magnitudes, neuron.classes
    (3, (0, 1, 3), ((0, 1), (1, 1), (3, 1)))
    """

    weights: RationalArray
    bias: Fraction
    activation: Activation
    squared_scale: Fraction = Fraction(1)

    @property
    def n(self) -> int:
        """Number of variables."""
        return int(self.weights.shape[0])

    @cached_property
    def _factor(self) -> int:
        return gcd(*self.weights.numerators.tolist()) or 1

    @property
    def unit(self) -> Fraction:
        """|weights[j]| is a magnitude times this."""
        return Fraction(self._factor, self.weights.denominator)

    @cached_property
    def magnitudes(self) -> tuple[int, ...]:
        """The weights' absolute values over ``unit``, ascending, without a common factor: Python integers."""
        return tuple(sorted(abs(p) // self._factor for p in self.weights.numerators.tolist()))

    @cached_property
    def classes(self) -> tuple[tuple[int, int], ...]:
        """(magnitude, how many weights have it), ascending, zeros included."""
        return tuple(sorted(Counter(self.magnitudes).items()))

    @property
    def reach(self) -> int:
        """The largest |s|: the sum of the magnitudes."""
        return sum(self.magnitudes)

    @property
    def key(self) -> tuple[Any, ...]:
        """Equal for neurons with the same level weights (by permutation and sign flips); to compute each once."""
        return (self.magnitudes, self.unit**2 * self.squared_scale, self.bias, self.activation)

    @property
    def is_piecewise_linear(self) -> bool:
        """Whether σ is piecewise linear with rational data, so that ``pieces`` exists."""
        form = self.activation.form
        return isinstance(form, PiecewisePolynomial) and form.degree <= 1

    @cached_property
    def pieces(self) -> Pieces:
        """The neuron as a function of s.

        Raises
        ------
        ParameterError
            ``'activation' must be piecewise linear here, not tanh.``
        """
        form = self.activation.form
        if not isinstance(form, PiecewisePolynomial) or form.degree > 1:
            raise ParameterError(f"'activation' must be piecewise linear here, not {self.activation.name}.")
        lines = [(piece + (Fraction(0),) * 2)[:2] for piece in form.coefficients]
        first = [self._first_at_least(point) for point in form.breakpoints]
        share = self.activation.kink_slope
        slopes = [(start, line[1]) for (start, _), line in zip(first, lines[1:])]
        blends = [(start, (1 - share) * left[1] + share * right[1])
                  for (start, is_tied), left, right in zip(first, lines, lines[1:]) if is_tied]
        # At a tie the blend holds at that integer only, and the piece on its right begins one later.
        tied = {start for start, _ in blends}
        moved = [(start + 1, slope) if start in tied and place == self._last_of(first, start) else (start, slope)
                 for place, (start, slope) in enumerate(slopes)]
        starts, bias, unit = [start for start, _ in first], self.bias, self.unit
        intercepts = [line[0] + line[1] * bias if line[1] else line[0] for line in lines]
        rises = [line[1] * unit if line[1] else line[1] for line in lines]
        return Pieces(_steps(lines[0][1], sorted(moved + blends, key=lambda change: change[0])),
                      _steps(intercepts[0], list(zip(starts, intercepts[1:]))),
                      _steps(rises[0], list(zip(starts, rises[1:]))), tuple(sorted(tied)))

    @staticmethod
    def _last_of(first: list[tuple[int, bool]], start: int) -> int:
        return max(place for place, (other, _) in enumerate(first) if other == start)

    def _first_at_least(self, point: Fraction) -> tuple[int, bool]:
        """The smallest integer s with √r·unit·s + bias >= point, and whether they are equal there."""
        distance = (point - self.bias) / self.unit
        if self.squared_scale == 1:
            return ceil(distance), distance.denominator == 1
        square = distance**2 / self.squared_scale
        root = isqrt(square.numerator // square.denominator)
        is_tied = root * root == square
        if distance <= 0:
            return -root, is_tied
        return (root, True) if is_tied else (root + 1, False)


def require_neuron(neuron: object) -> Neuron:
    """Return ``neuron`` if it is one.

    Raises
    ------
    ParameterError
        ``'neuron' must be a Neuron, as read_neuron returns, not [1, 2].``

    Examples
    --------
    >>> require_neuron(read_neuron([1, 1])).n
    2
    """
    if not isinstance(neuron, Neuron):
        raise ParameterError(f"'neuron' must be a Neuron, as read_neuron returns, not {abbreviate(repr(neuron))}.")
    return neuron


def _steps(first: Fraction, changes: list[tuple[int, Fraction]]) -> IntegerSteps:
    """The function with these changes; of several at one integer the last holds, and equal neighbours are merged."""
    held: dict[int, Fraction] = dict(changes)
    starts, values = [], [first]
    for start in sorted(held):
        if held[start] != values[-1]:
            starts.append(start)
            values.append(held[start])
    return IntegerSteps(tuple(starts), tuple(values))


def read_neuron(weights: Any, bias: Any = 0, activation: Activation | str = "relu",
                squared_scale: Any = 1) -> Neuron:
    """Return the neuron with these weights.

    Parameters
    ----------
    weights : array-like (n,) of rationals, or RationalArray
        A NumPy array of floats stands for the dyadic numbers that it holds; other floats are read as their decimals.
    bias : rational
    activation : Activation or str
    squared_scale : rational
        Above 0; the weights are multiplied by its square root.

    Raises
    ------
    ParameterError
        ``'weights' must have at least one entry, in one row, not shape (0,).``,
        ``'squared_scale' must be above 0, not 0.``

    Examples
    --------
    >>> read_neuron([1, 1, -1, 1], squared_scale="1/4").pieces.slope
    IntegerSteps(starts=(1,), values=(Fraction(0, 1), Fraction(1, 1)))
    """
    row = rational_array(weights, "weights")
    if len(row.shape) != 1 or row.shape[0] == 0:
        raise ParameterError(f"'weights' must have at least one entry, in one row, not shape {row.shape}.")
    scale = exact_rational(squared_scale, "squared_scale")
    if scale <= 0:
        raise ParameterError(f"'squared_scale' must be above 0, not {abbreviate(scale)}.")
    chosen = activation if isinstance(activation, Activation) else activation_named(activation)
    return Neuron(row, exact_rational(bias, "bias"), chosen, scale)
