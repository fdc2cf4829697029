"""Where the marginals of a gradient come from: each kind of distribution and of target by its own method.

A source turns window tables into masses, by window content: Σ p(x) f(x) over the points whose margin is below, and over
those whose margin is exactly, a limit.  On the uniform cube they are exact counts over 2^n.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from theorycheck.cube.distributions import ProductDistribution, UniformDistribution
from theorycheck.cube.patterns import KPattern
from theorycheck.cube.weighted_distributions import ExplicitDistribution
from theorycheck.gradients.window_layout import WindowLayout
from theorycheck.gradients.window_marginals import Enumeration, UniformMarginals, WindowMarginals
from theorycheck.gradients.window_meeting import Meeting
from theorycheck.networks.problems import LearningProblem
from theorycheck.networks.support import support_of

ROUNDOFF = 2.0**-53
_EXACT_INTEGERS = 2**53


@dataclass(frozen=True, eq=False, slots=True)
class WindowMasses:
    """Signed masses by window content, and the unsigned masses and numbers of the points behind them.

    Attributes
    ----------
    active, tied : ndarray (N, 2^k) of float64
        Σ p(x) f(x) over x^(j) = z and margin below, and equal to, the limit; ``tied`` is None where there are none.
    active_mass, tied_mass : float
    tied_count : int
        Points of positive probability.
    smallest_distance : float
        min |limit - f(x)h(x)| over the points of positive probability.
    """

    active: np.ndarray
    tied: np.ndarray | None
    active_mass: float
    tied_mass: float
    tied_count: int
    smallest_distance: float


class MassSource(Protocol):
    """Everything about the marginals that stays when the tables change.

    ``relative_error`` bounds the error of every mass, as a share of P(x^(j) = z) for one by window content and of 1
    for a total, given which points are below and which at the limit.
    """

    relative_error: float

    def find(self, tables: np.ndarray, limit: float = 1.0) -> WindowMasses:
        """Return the masses at these window tables (N, 2^k)."""


def mass_source(problem: LearningProblem, window_count: int, k: int, threads: int | None = None) -> MassSource:
    """Return the source for this problem and N windows of length k.

    Parameters
    ----------
    problem : LearningProblem
        A KPattern under the uniform or a product distribution is met in the middle, n up to about 40; any other target
        there is enumerated; listed points and samples cost nothing for the rest of the cube.
    window_count, k : int
    threads : int, optional

    Examples
    --------
    >>> source = mass_source(LearningProblem(KPattern.parity(3, 2)), 2, 2)
    >>> source.find(np.zeros((2, 4))).active_mass
    1.0
    """
    distribution, target = problem.distribution, problem.target
    if isinstance(distribution, UniformDistribution) and isinstance(target, KPattern):
        return _UniformMasses(WindowLayout(window_count, k, problem.n, target), threads)
    if isinstance(distribution, ProductDistribution):
        fixed = {v: int(bias < 0) for v, bias in enumerate(distribution.biases) if abs(bias) == 1}
        if len(fixed) == problem.n:
            point = ExplicitDistribution(problem.n, {sum(bit << v for v, bit in fixed.items()): 1})
            return _ListedMasses(LearningProblem(target, point), window_count, k)
        if isinstance(target, KPattern):
            return _ProductMasses(WindowLayout(window_count, k, problem.n, target, fixed), distribution, fixed,
                                  threads)
        return _EnumeratedMasses(problem, window_count, _product_weights(list(range(problem.n)), distribution), 2)
    if isinstance(distribution, UniformDistribution):
        return _EnumeratedMasses(problem, window_count, np.ones(1, dtype=np.int64), 0)
    return _ListedMasses(problem, window_count, k)


class _UniformMasses:
    """Exact counts over 2^n."""

    def __init__(self, layout: WindowLayout, threads: int | None) -> None:
        self._layout, self._marginals = layout, UniformMarginals(layout, threads=threads)
        self._scale = 2.0**-layout.n
        self.relative_error = 0.0 if layout.n <= 53 else ROUNDOFF

    def find(self, tables: np.ndarray, limit: float = 1.0) -> WindowMasses:
        found: WindowMarginals = self._marginals.find(self._layout.combine(tables), limit)
        active = self._layout.distribute(found.active) * self._scale
        tied = self._layout.distribute(found.tied) * self._scale if found.tied_count else None
        return WindowMasses(active, tied, found.active_count * self._scale, found.tied_count * self._scale,
                            found.tied_count, found.smallest_distance)


class _ProductMasses:
    """Independent variables by meeting in the middle; those that never vary are fixed first."""

    def __init__(self, layout: WindowLayout, distribution: ProductDistribution, fixed: dict[int, int],
                 threads: int | None) -> None:
        free = [v for v in range(distribution.n) if v not in fixed]
        self._layout, self._meeting = layout, Meeting(layout, threads)
        order = free[::-1] if self._meeting.is_mirrored else free
        bits = self._meeting.low_bits
        self._weights = _product_weights(order[:bits], distribution), _product_weights(order[bits:], distribution)
        self._low, self._high = np.empty((2, self._meeting.low_size)), np.empty((2, self._meeting.high_size))
        # A weight has n roundings and n of its factors; a mass is a running sum along a list, or of a list's searches,
        # and twice that where a total is subtracted; then comes the fold, in rows of at most a side's length.
        lists, searches = self._meeting.low_size >> (layout.k - 1), self._weights[1].size
        self.relative_error = 1.01 * ROUNDOFF * (2 * layout.n + 3 * (lists + searches) + self._meeting.low_size
                                                 + self._meeting.high_size)

    def find(self, tables: np.ndarray, limit: float = 1.0) -> WindowMasses:
        from theorycheck.kernels.window_marginals_weighted import weigh_points
        counts, masses = np.zeros(2, dtype=np.int64), np.zeros(2)
        distance = weigh_points(*self._meeting.prepare(self._layout.combine(tables), limit), *self._weights, self._low,
                                self._high, counts, masses)
        active, tied = (self._layout.distribute(self._meeting.fold(low, high)) if count else None
                        for low, high, count in zip(self._low, self._high, (1, counts[1])))
        assert active is not None
        return WindowMasses(active, tied, float(masses[0]), float(masses[1]), int(counts[1]), float(distance))


class _EnumeratedMasses:
    """Any target on the whole cube, all 2^n points."""

    def __init__(self, problem: LearningProblem, window_count: int, weights: np.ndarray, roundings: int) -> None:
        self._rows, n = window_count, problem.n
        self._enumeration = Enumeration(n, problem.labels(), weights)
        self._scale = 2.0**-n if weights.size == 1 else 1.0
        # Integers are exact; of floats, a row of a fold or the total has up to 2^n terms.
        self.relative_error = 0.0 if not roundings else 1.01 * ROUNDOFF * (roundings * n + 2.0**n)

    def find(self, tables: np.ndarray, limit: float = 1.0) -> WindowMasses:
        padded = np.zeros((self._enumeration.n - tables.shape[1].bit_length() + 2, tables.shape[1]))
        padded[:self._rows] = tables
        active, tied, counts, masses, distance = self._enumeration.find(padded, limit)
        return WindowMasses(active[:self._rows] * self._scale, tied[:self._rows] * self._scale if counts[1] else None,
                            float(masses[0]) * self._scale, float(masses[1]) * self._scale, int(counts[1]), distance)


class _ListedMasses:
    """Points given one by one, and samples."""

    def __init__(self, problem: LearningProblem, window_count: int, k: int) -> None:
        support = support_of(problem)
        self._labels = np.asarray(support.labels)
        self._contents = np.stack([support.contents(k, j) for j in range(window_count)], axis=1)
        is_exact = support.denominator < _EXACT_INTEGERS
        weights = support.weights if is_exact else support.weights / support.denominator
        self._weights = np.asarray(weights, dtype=np.float64)
        self._denominator = float(support.denominator) if is_exact else 1.0
        # Integers below 2^53 add up exactly and are divided once.
        self.relative_error = 1.01 * ROUNDOFF * (1 if is_exact else support.size + 1)

    def find(self, tables: np.ndarray, limit: float = 1.0) -> WindowMasses:
        from theorycheck.kernels.window_marginals_weighted import collect_windows, sum_windows
        values = np.empty(self._labels.size)
        sum_windows(tables, self._contents, values)
        margins = self._labels * values
        masses = []
        for chosen in (margins < limit, margins == limit):
            marginals = np.zeros(tables.shape)
            collect_windows(np.where(chosen, self._weights * self._labels, 0.0), self._contents, marginals)
            masses.append((marginals / self._denominator, float(self._weights[chosen].sum()) / self._denominator))
        tied_count = int((margins == limit).sum())
        return WindowMasses(masses[0][0], masses[1][0] if tied_count else None, masses[0][1], masses[1][1], tied_count,
                            float(np.abs(limit - margins).min()))


def _product_weights(variables: list[int], distribution: ProductDistribution) -> np.ndarray:
    """The probabilities of all contents of some variables, in their order."""
    weights = np.ones(1)
    for v in variables:
        plus = float((1 + distribution.biases[v]) / 2)
        weights = np.concatenate([plus * weights, float((1 - distribution.biases[v]) / 2) * weights])
    return weights
