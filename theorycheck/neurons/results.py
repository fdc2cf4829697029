"""What the computations of this room return."""
from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt

from flint import arb, fmpq

from theorycheck.errors import ParameterError, abbreviate, require_integer
from theorycheck.rigor import Real


@dataclass(frozen=True, eq=False)
class NeuronLevels:
    """Level weights of a neuron's slope and value, x ↦ σ'(·) and x ↦ σ(·), under the uniform distribution.

    Attributes
    ----------
    slope, value : mapping int -> Real
        W^{=m}[σ'] and W^{=m}[σ] at the levels m asked for: exact rationals where they are rational and integers decided
        them, else enclosed.  Both are sums of squares of means (not of sums) over the cube.
    kinks : int or None
        Number of points of the cube whose pre-activation is at a breakpoint of σ; None where not counted.
    method : str
        ``quadratic``, ``krawtchouk``, ``classes``, ``transform`` or ``float``.
    reason : str
        Why this method, in words.
    """

    slope: Mapping[int, Real]
    value: Mapping[int, Real]
    kinks: int | None
    method: str
    reason: str = ""


@dataclass(frozen=True)
class ThresholdCoefficients:
    """E[χ_I g] and E[x_j χ_I g] for every j, with g the slope of one ReLU neuron: 1, σ'(0) or 0 by the sign.

    Attributes
    ----------
    subset : int
        I as a bit mask.
    constant : Fraction
        E[χ_I g], the coefficient ĝ(I).
    coordinates : tuple of n Fractions
        E[x_j χ_I g], the coefficient ĝ(I △ {j}).
    ties : int
        Number of points x with pre-activation exactly 0.
    relu : Real
        E[χ_I σ(⟨w,x⟩+b)] = Σ w_j coordinates[j] + b constant.
    method, reason : str
        ``meeting`` (meet in the middle), ``dynamic programming`` or ``krawtchouk``, and why.
    """

    subset: int
    constant: Fraction
    coordinates: tuple[Fraction, ...]
    ties: int
    relu: Real
    method: str
    reason: str = ""

    @property
    def squared_norm(self) -> Fraction:
        """Σ_j E[x_j χ_I g]^2, the squared norm of ∂L/∂w at u = 1 while every hinge slope is 1."""
        # Equal weights have equal coefficients: few distinct squares, however long.
        return sum((count * value**2 for value, count in Counter(self.coordinates).items()), Fraction(0))


def listed_levels(name: str, levels: Iterable[int]) -> list[int]:
    """Return the levels as a list of ``int``, so that they can be gone through more than once.

    Parameters
    ----------
    name : str
        The argument's name, quoted in the message.
    levels : iterable of int
        Integers of any kind and any size.

    Raises
    ------
    ParameterError
        ``'slope_levels' must be a collection of integers, not 3.``,
        ``'slope_levels' must be an integer, not the boolean True.``

    Examples
    --------
    >>> listed_levels("slope_levels", (level for level in range(3)))
    [0, 1, 2]
    """
    try:
        entries = list(levels)
    except TypeError:
        raise ParameterError(f"'{name}' must be a collection of integers, not {abbreviate(repr(levels))}.") from None
    return [require_integer(name, level) for level in entries]


def scaled_sum(square: Fraction, linear: Fraction, shift: Fraction) -> Real:
    """Return √square·linear + shift: exact where it is rational.

    Examples
    --------
    >>> scaled_sum(Fraction(1, 4), Fraction(3), Fraction(1)).exact
    Fraction(5, 2)
    """
    root = Fraction(isqrt(square.numerator), isqrt(square.denominator))
    if linear == 0 or root**2 == square:
        return Real(root * linear + shift)
    return Real(lambda: arb(fmpq(square.numerator, square.denominator)).sqrt()
                * fmpq(linear.numerator, linear.denominator) + fmpq(shift.numerator, shift.denominator))
