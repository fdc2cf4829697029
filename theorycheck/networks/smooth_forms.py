"""Activations with a slope everywhere, enclosed by Arb: the hyperbolic tangent, and the cosine as a slope.

A smooth form also states what a rounding-error analysis needs: bounds on its size and on two derivatives, and how far
its float64 values can be from the true ones.
"""
from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

import numpy as np
from flint import arb, fmpq

from theorycheck.rigor import Real

_UNIT = 2.0**-53
# NumPy's tanh, sin and cos are tested to at most 4 units in the last place, 8 times 2^-53 of the value.
_LIBRARY_UNITS = 8
# cos(pi r) for r modulo 2: its only rational values at rational r (Niven's theorem).
_RATIONAL_COSINES = {Fraction(place, 6): Fraction(twice, 2)
                     for place, twice in ((0, 2), (2, 1), (3, 0), (4, -1), (6, -2), (8, -1), (9, 0), (10, 1))}


class SmoothForm(ABC):
    """A form with a continuous slope that does not map rationals to rationals."""

    size: ClassVar[float]  # at least sup |σ|
    steepness: ClassVar[float]  # at least sup |σ'|
    slope_lipschitz: ClassVar[float]  # at least sup |σ''|

    @property
    def is_rational(self) -> bool:
        """Always false."""
        return False

    @abstractmethod
    def value(self, t: Fraction) -> Real:
        """The value at ``t``: exact where it is rational, else enclosed at any precision."""

    @abstractmethod
    def slopes(self, t: Fraction) -> tuple[Real, Real]:
        """The slope at ``t``, the same object twice."""

    @abstractmethod
    def balls(self, t: arb) -> tuple[arb, arb]:
        """Balls that contain the values and the slopes at all points of a ball."""

    @abstractmethod
    def on_array(self, t: np.ndarray) -> np.ndarray:
        """The float64 values."""

    @abstractmethod
    def slopes_on_array(self, t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The float64 slopes, twice."""

    @abstractmethod
    def value_error(self, reach: np.ndarray) -> np.ndarray:
        """How far ``on_array`` can be from σ at float64 points up to ``reach`` in size."""

    @abstractmethod
    def slope_error(self, reach: np.ndarray) -> np.ndarray:
        """How far ``slopes_on_array`` can be from σ' at float64 points up to ``reach`` in size."""


@dataclass(frozen=True)
class HyperbolicTangent(SmoothForm):
    """tanh; exact only at 0.

    Examples
    --------
    >>> HyperbolicTangent().value(Fraction(0)).exact, HyperbolicTangent().value(Fraction(1)).exact
    (Fraction(0, 1), None)
    """

    size: ClassVar[float] = 1.0
    steepness: ClassVar[float] = 1.0
    slope_lipschitz: ClassVar[float] = 1.0  # 4/(3√3)

    def value(self, t: Fraction) -> Real:
        """An enclosure of tanh t at any precision."""
        return Real(0) if t == 0 else Real(lambda: arb(_rational(t)).tanh())

    def slopes(self, t: Fraction) -> tuple[Real, Real]:
        """1 - tanh² t, twice."""
        def square() -> arb:
            root = arb(_rational(t)).sech()  # cosh overflows, and a power of a ball around 0 is no number
            return root * root
        slope = Real(1) if t == 0 else Real(square)
        return slope, slope

    def balls(self, t: arb) -> tuple[arb, arb]:
        """Balls that contain tanh and 1 - tanh² on a ball."""
        value = t.tanh()
        return value, 1 - value * value

    def on_array(self, t: np.ndarray) -> np.ndarray:
        """The float64 values."""
        return np.tanh(np.asarray(t, dtype=np.float64))

    def slopes_on_array(self, t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The float64 slopes."""
        slope = 1.0 - np.tanh(np.asarray(t, dtype=np.float64)) ** 2
        return slope, slope

    def value_error(self, reach: np.ndarray) -> np.ndarray:
        """The library's own error."""
        return np.full(np.shape(reach), (_LIBRARY_UNITS + 1) * _UNIT)

    def slope_error(self, reach: np.ndarray) -> np.ndarray:
        """Twice the value's error, a square and a difference."""
        return np.full(np.shape(reach), 3 * (_LIBRARY_UNITS + 1) * _UNIT)


@dataclass(frozen=True)
class CosineSlope(SmoothForm):
    """σ(t) = (2/π) sin(π(t-R)/2), whose slope cos(π(t-R)/2) is at a sum of R signs their product.

    Parameters
    ----------
    phase : int
        R, below 2^53.

    Notes
    -----
    The sum of R signs, m of them -1, is R-2m, where the slope is cos(-πm) = (-1)^m and the value 0.  So σ' has all its
    Fourier weight at level R, with |σ'| <= 1: the equality case of Theorem 12 (MS21).

    Examples
    --------
    >>> form = CosineSlope(3)
    >>> [str(form.slopes(Fraction(s))[0].exact) for s in (3, 1, -1, -3)], form.value(Fraction(1)).exact
    (['1', '-1', '1', '-1'], Fraction(0, 1))
    """

    phase: int

    size: ClassVar[float] = 0.6367  # 2/π = 0.63661…
    steepness: ClassVar[float] = 1.0
    slope_lipschitz: ClassVar[float] = 1.5708  # π/2 = 1.570796…

    def value(self, t: Fraction) -> Real:
        """An enclosure of (2/π) sin(π(t-R)/2); exact, 0, where (t-R)/2 is whole."""
        turns = (t - self.phase) / 2
        if turns.denominator == 1:
            return Real(0)
        return Real(lambda: arb.sin_pi_fmpq(_rational(turns)) * 2 / arb.pi())

    def slopes(self, t: Fraction) -> tuple[Real, Real]:
        """cos(π(t-R)/2), twice; exact where it is rational."""
        turns = (t - self.phase) / 2 % 2
        exact = _RATIONAL_COSINES.get(turns)
        slope = Real(exact) if exact is not None else Real(lambda: arb.cos_pi_fmpq(_rational(turns)))
        return slope, slope

    def balls(self, t: arb) -> tuple[arb, arb]:
        """Balls that contain σ and σ' on a ball."""
        turns = (t - self.phase) / 2
        return turns.sin_pi() * 2 / arb.pi(), turns.cos_pi()

    def on_array(self, t: np.ndarray) -> np.ndarray:
        """The float64 values; exactly 0 where t-R is even."""
        sign, rest = self._reduced(t)
        return sign * (np.sin(np.pi * rest) * (2 / np.pi))

    def slopes_on_array(self, t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The float64 slopes; exact where t-R is whole."""
        sign, rest = self._reduced(t)
        slope = sign * np.sin(np.pi * (0.5 - np.abs(rest)))
        return slope, slope

    def _reduced(self, t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(-1)^m and r in [-1/2, 1/2] with (t-R)/2 = m + r: but for t-R, nothing rounds."""
        turns = (np.asarray(t, dtype=np.float64) - float(self.phase)) / 2
        whole = np.rint(turns)
        return 1.0 - 2.0 * np.abs(np.fmod(whole, 2.0)), turns - whole

    def value_error(self, reach: np.ndarray) -> np.ndarray:
        """The rounding of t-R, and the library's error with four more roundings."""
        return np.minimum((reach + self.phase) * _UNIT + 2 * _LIBRARY_UNITS * _UNIT, 2 * self.size)

    def slope_error(self, reach: np.ndarray) -> np.ndarray:
        """As that of the value; a rounding of t-R counts π/2 times."""
        return np.minimum(self.slope_lipschitz * (reach + self.phase) * _UNIT + 2 * _LIBRARY_UNITS * _UNIT, 2.0)


def _rational(t: Fraction) -> fmpq:
    return fmpq(t.numerator, t.denominator)
