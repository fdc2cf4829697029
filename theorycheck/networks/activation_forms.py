"""How an activation is computed: piecewise polynomials with rational data, a user's function; smooth ones elsewhere.

Every form answers the same questions: its value at a rational (exact or enclosed), its one-sided slopes there, and its
float64 values and slopes on an array.
"""
from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Any, Protocol

import numpy as np

from theorycheck.errors import ParameterError, abbreviate
from theorycheck.networks.rationals import largest_magnitude, wide_integers
from theorycheck.rigor import Real

_INT64 = 2**63


class Form(Protocol):
    """What an activation must be able to say about itself."""

    @property
    def is_rational(self) -> bool:
        """Whether rationals go to rationals."""

    def value(self, t: Fraction) -> Real:
        """The value at ``t``."""

    def slopes(self, t: Fraction) -> tuple[Real, Real]:
        """The slopes to the left and to the right of ``t``."""

    def on_array(self, t: np.ndarray) -> np.ndarray:
        """The float64 values."""

    def slopes_on_array(self, t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The float64 slopes to the left and to the right."""


@dataclass(frozen=True)
class PiecewisePolynomial:
    """A polynomial with rational coefficients on each piece; a breakpoint belongs to the piece on its right.

    Parameters
    ----------
    breakpoints : tuple of Fraction
        Strictly increasing, r of them.
    coefficients : tuple of tuples of Fraction
        r+1 pieces, each from the constant term upwards.

    Examples
    --------
    >>> relu = PiecewisePolynomial((Fraction(0),), ((Fraction(0),), (Fraction(0), Fraction(1))))
    >>> relu.value(Fraction(-1, 3)).exact, relu.value(Fraction(1, 3)).exact
    (Fraction(0, 1), Fraction(1, 3))
    """

    breakpoints: tuple[Fraction, ...]
    coefficients: tuple[tuple[Fraction, ...], ...]

    def __post_init__(self) -> None:
        if len(self.coefficients) != len(self.breakpoints) + 1:
            raise ParameterError(f"'coefficients' must have {len(self.breakpoints) + 1} pieces, "
                                 f"not {len(self.coefficients)}.")
        if any(a >= b for a, b in zip(self.breakpoints, self.breakpoints[1:])):
            raise ParameterError(f"'breakpoints' must increase strictly, not "
                                 f"{abbreviate([abbreviate(t) for t in self.breakpoints])}.")

    @property
    def is_rational(self) -> bool:
        """Always true."""
        return True

    @property
    def degree(self) -> int:
        """The largest degree of a piece."""
        return max(1, *(len(piece) for piece in self.coefficients)) - 1

    def value(self, t: Fraction) -> Real:
        """The value at ``t``, exactly."""
        return Real(_horner(self.coefficients[bisect_right(self.breakpoints, t)], t))

    def slopes(self, t: Fraction) -> tuple[Real, Real]:
        """The slopes of the pieces to the left and to the right of ``t``; they differ only at breakpoints."""
        return (Real(_horner(_derivative(self.coefficients[bisect_left(self.breakpoints, t)]), t)),
                Real(_horner(_derivative(self.coefficients[bisect_right(self.breakpoints, t)]), t)))

    def on_array(self, t: np.ndarray) -> np.ndarray:
        """The float64 values."""
        return self._select(t, self.coefficients, "right")

    def slopes_on_array(self, t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The float64 slopes of the pieces to the left and to the right."""
        slopes = tuple(_derivative(piece) for piece in self.coefficients)
        return self._select(t, slopes, "left"), self._select(t, slopes, "right")

    def on_numerators(self, numerators: np.ndarray, denominator: int) -> tuple[np.ndarray, int]:
        """Exact values at ``numerators / denominator``, again as integers over one denominator.

        Parameters
        ----------
        numerators : ndarray of int64 or of Python integers
        denominator : int

        Returns
        -------
        (ndarray, int)
            int64 while every intermediate integer provably fits, else Python integers.
        """
        degree = self.degree
        scale = lcm(*(c.denominator for piece in self.coefficients for c in piece))
        terms = [[int(c * scale) * denominator ** (degree - power) for power, c in enumerate(piece)]
                 for piece in self.coefficients]
        numbers = wide_integers(numerators, "numerators")
        if numbers.dtype != object and not self._fits(numbers, denominator, terms):
            numbers = numbers.astype(object)
        piece_of = np.zeros(numbers.shape, dtype=np.int64)
        for point in self.breakpoints:
            piece_of += (numbers * point.denominator >= point.numerator * denominator).astype(np.int64)
        result = np.zeros_like(numbers)
        for piece, integers in enumerate(terms):
            where = piece_of == piece
            chosen = numbers[where]
            total = np.zeros_like(chosen)
            for coefficient in reversed(integers):
                total = total * chosen + coefficient
            result[where] = total
        return result, scale * denominator**degree

    def _fits(self, numbers: np.ndarray, denominator: int, terms: list[list[int]]) -> bool:
        # With the largest numerator at least 1, Horner's intermediate values stay below the same sum as the result.
        largest = max(1, largest_magnitude(numbers))
        reach = max((sum(abs(c) * largest**power for power, c in enumerate(piece)) for piece in terms), default=0)
        ends = max((max(largest * b.denominator, abs(b.numerator) * denominator) for b in self.breakpoints), default=0)
        return reach < _INT64 and ends < _INT64

    def _select(self, t: np.ndarray, pieces: tuple[tuple[Fraction, ...], ...], side: Any) -> np.ndarray:
        array = np.asarray(t, dtype=np.float64)
        index = np.searchsorted(np.array([float(b) for b in self.breakpoints]), array, side=side)
        result = np.zeros(array.shape)
        for piece, coefficients in enumerate(pieces):
            where = index == piece
            total = np.zeros(int(where.sum()))
            for coefficient in reversed(coefficients):
                total = total * array[where] + float(coefficient)
            result[where] = total
        return result


@dataclass(frozen=True)
class UserForm:
    """A user's function, with the derivative the user gives."""

    function: Callable[[Fraction], Any]
    derivative: Callable[[Fraction], Any] | None
    array_function: Callable[[np.ndarray], np.ndarray] | None
    array_derivative: Callable[[np.ndarray], np.ndarray] | None
    is_rational: bool

    def value(self, t: Fraction) -> Real:
        """What the user's function returns, read as a Real."""
        result = self.function(t)
        return result if isinstance(result, Real) else Real(result)

    def slopes(self, t: Fraction) -> tuple[Real, Real]:
        """The user's derivative; a pair means (left, right)."""
        if self.derivative is None:
            raise ParameterError("'derivative' must be given before this activation can be differentiated.")
        result = self.derivative(t)
        sides = result if isinstance(result, tuple) else (result, result)
        if len(sides) != 2:
            raise ParameterError(f"'derivative' must return a number or a pair (left, right), not {len(sides)}.")
        return Real(sides[0]), Real(sides[1])

    def on_array(self, t: np.ndarray) -> np.ndarray:
        """The user's array function, or the scalar one entry by entry."""
        array = np.asarray(t, dtype=np.float64)
        if self.array_function is not None:
            return _shaped(self.array_function(array), array, "on_array")
        return np.array([float(self.value(Fraction(entry))) for entry in array.ravel().tolist()]).reshape(array.shape)

    def slopes_on_array(self, t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The user's array derivative, or the scalar one entry by entry."""
        array = np.asarray(t, dtype=np.float64)
        if self.array_derivative is not None:
            slope = _shaped(self.array_derivative(array), array, "array_derivative")
            return slope, slope
        pairs = [self.slopes(Fraction(entry)) for entry in array.ravel().tolist()]
        sides = np.array([[float(left), float(right)] for left, right in pairs]).reshape(array.shape + (2,))
        return sides[..., 0], sides[..., 1]


def _shaped(values: Any, array: np.ndarray, name: str) -> np.ndarray:
    result = np.asarray(values, dtype=np.float64)
    if result.shape != array.shape:
        raise ParameterError(f"'{name}' must return an array of shape {array.shape}, not {result.shape}.")
    return result


def _horner(coefficients: tuple[Fraction, ...], t: Fraction) -> Fraction:
    total = Fraction(0)
    for coefficient in reversed(coefficients):
        total = total * t + coefficient
    return total


def _derivative(coefficients: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
    return tuple(power * c for power, c in enumerate(coefficients))[1:]
