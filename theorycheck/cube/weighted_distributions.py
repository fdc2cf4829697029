"""Distributions given point by point: explicit weights, and samples."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from theorycheck.cube.boolean_function import BooleanFunction
from theorycheck.cube.distributions import Distribution
from theorycheck.cube.memory import require_memory
from theorycheck.cube.points import BooleanCube, require_signs
from theorycheck.cube.sampling import sample_below
from theorycheck.cube.tables import common_denominator, require_sequence
from theorycheck.errors import ParameterError, require_integer
from theorycheck.rigor.exact import exact_rational


@dataclass(frozen=True)
class ExplicitDistribution(Distribution):
    """A distribution given by its weights.

    Parameters
    ----------
    n : int
        Dimension, any: only the points with a weight are held.
    weights : mapping from index to rational, or sequence of 2^n rationals
        Non-negative, summing to exactly 1; decimals are read exactly.  Held as a mapping without its zeros.

    Raises
    ------
    ParameterError
        ``'weights' must sum to exactly 1, not 9/10.``, ``'weights' must be non-negative, not -1/2.``,
        ``'weights' must have 2^n=4 values, not 3.``

    Examples
    --------
    >>> ExplicitDistribution(2, {0: 0.9, 3: 0.1}).window_marginal(1, 0)
    (Fraction(9, 10), Fraction(1, 10))
    """

    n: int
    weights: Mapping[int, Any] | Sequence[Any]

    def __post_init__(self) -> None:
        n = require_integer("n", self.n, minimum=1)
        given = self.weights if isinstance(self.weights, Mapping) else _indexed(self.weights, n)
        weights = {}
        for index, value in sorted((require_integer("index", index), value) for index, value in given.items()):
            BooleanCube(n).point(index)
            weight = exact_rational(value, "weights")
            if weight < 0:
                raise ParameterError(f"'weights' must be non-negative, not {weight}.")
            if weight:
                weights[index] = weight
        total = sum(weights.values())
        if total != 1:
            raise ParameterError(f"'weights' must sum to exactly 1, not {total}.")
        object.__setattr__(self, "n", n)
        object.__setattr__(self, "weights", MappingProxyType(weights))

    def __hash__(self) -> int:
        return hash((self.n, tuple(self._items())))

    def _items(self) -> list[tuple[int, Fraction]]:
        assert isinstance(self.weights, Mapping)
        return list(self.weights.items())

    def probability(self, index: int) -> Fraction:
        """Return the probability of the point of this index, exactly; any n."""
        BooleanCube(self.n).point(index)
        return dict(self._items()).get(index, Fraction(0))

    def probabilities(self) -> tuple[Fraction, ...]:
        """Return all 2^n probabilities, in the order of the indices; about 100 bytes each, within the budget."""
        require_memory(self.n, 100)
        dense = [Fraction(0)] * (1 << self.n)
        for index, weight in self._items():
            dense[index] = weight
        return tuple(dense)

    def _marginal(self, variables: list[int]) -> ExplicitDistribution:
        weights: dict[int, Fraction] = {}
        for index, weight in self._items():
            place = sum((index >> variable & 1) << bit for bit, variable in enumerate(variables))
            weights[place] = weights.get(place, Fraction(0)) + weight
        return ExplicitDistribution(len(variables), weights)

    def _window_expectation(self, f: BooleanFunction, k: int, offset: int) -> list[Any]:
        sums: list[Any] = [Fraction(0) if f.is_exact else 0.0] * (1 << k)
        for index, weight in self._items():
            place = (index >> offset) & ((1 << k) - 1)
            sums[place] += f.value_at(index) * (weight if f.is_exact else float(weight))
        return sums

    def sample(self, size: int, rng: np.random.Generator) -> NDArray[np.int8]:
        """Return ``size`` independent points, shape (size, n) of signs, drawn from exactly this distribution."""
        size = require_integer("size", size, minimum=0)
        indices, weights = zip(*self._items())
        numerators, denominator = common_denominator(list(weights))
        drawn = sample_below(denominator, size, rng)
        ends = np.cumsum(np.array(numerators, dtype=drawn.dtype))
        support = np.array([BooleanCube(self.n).point(index) for index in indices])
        return support[np.searchsorted(ends, drawn, side="right")]


@dataclass(frozen=True, eq=False)
class EmpiricalDistribution(Distribution):
    """The uniform distribution on a sample, repetitions counted.

    Parameters
    ----------
    points : array of shape (m, n), m >= 1
        Signs; n may be large.  Held read-only as int8.

    Raises
    ------
    ParameterError
        ``'points' must have shape (m, n) with m, n >= 1, not (3,).``

    Examples
    --------
    >>> EmpiricalDistribution([[1, 1], [1, -1], [1, -1]]).window_marginal(1, 1)
    (Fraction(1, 3), Fraction(2, 3))
    """

    points: ArrayLike

    def __post_init__(self) -> None:
        points = np.asarray(self.points)
        if points.ndim != 2 or 0 in points.shape:
            raise ParameterError(f"'points' must have shape (m, n) with m, n >= 1, not {points.shape}.")
        signs = require_signs("points", points).copy()
        signs.flags.writeable = False
        object.__setattr__(self, "points", signs)
        object.__setattr__(self, "n", signs.shape[1])

    def _signs(self) -> NDArray[np.int8]:
        return np.asarray(self.points, dtype=np.int8)

    @property
    def size(self) -> int:
        """Number of sample points, repetitions counted."""
        return self._signs().shape[0]

    def probability(self, index: int) -> Fraction:
        """Return the fraction of the sample that is the point of this index; any n."""
        same = (self._signs() == BooleanCube(self.n).point(index)).all(axis=1)
        return Fraction(int(np.count_nonzero(same)), self.size)

    def probabilities(self) -> tuple[Fraction, ...]:
        """Return all 2^n probabilities, in the order of the indices; about 100 bytes each, within the budget."""
        require_memory(self.n, 100)
        counts = np.bincount(BooleanCube(self.n).indices(self._signs()), minlength=1 << self.n)
        return tuple(Fraction(count, self.size) for count in counts.tolist())

    def _marginal(self, variables: list[int]) -> EmpiricalDistribution:
        return EmpiricalDistribution(self._signs()[:, variables])

    def _window_expectation(self, f: BooleanFunction, k: int, offset: int) -> list[Any]:
        indices, counts = np.unique(f.cube.indices(self._signs()), return_counts=True)
        places = f.cube.window_indices(indices, k, offset)
        # Python's own numbers: a sum of integers cannot overflow.
        sums: list[Any] = [0] * (1 << k)
        for place, value, count in zip(places.tolist(), f.values[indices].tolist(), counts.tolist()):
            sums[place] += value * count
        return [Fraction(total, f.denominator * self.size) if f.is_exact else total / self.size for total in sums]

    def sample(self, size: int, rng: np.random.Generator) -> NDArray[np.int8]:
        """Return ``size`` points drawn from the sample with replacement, shape (size, n)."""
        size = require_integer("size", size, minimum=0)
        return self._signs()[rng.integers(0, self.size, size=size)]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, EmpiricalDistribution):
            return NotImplemented
        return np.array_equal(self._signs(), other._signs())

    def __hash__(self) -> int:
        return hash((self.n, self._signs().tobytes()))


def _indexed(weights: Any, n: int) -> dict[int, Any]:
    entries = require_sequence("weights", weights)
    if n > 62 or len(entries) != 1 << n:
        raise ParameterError(f"'weights' must have 2^n={1 << n if n <= 62 else f'2^{n}'} values, not {len(entries)}.")
    return dict(enumerate(entries))
