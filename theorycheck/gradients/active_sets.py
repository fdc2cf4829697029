"""Which points have margin below, at or above 1, decided exactly, and the window marginals that follow.

The tables are rationals or Arb balls.  Their float64 roundings, with a bound on every error, decide all points whose
margin is farther from 1 than that bound; the few that are left are decided by the rationals or balls themselves.  So
the sets are certain, and the marginals E[s f 1{x^(j)=z}] (s = 1, γ, 0 as the margin is below, at, above 1) exact.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from flint import arb, fmpq, fmpq_mat, fmpz_mat

from theorycheck.errors import InstanceTooLarge
from theorycheck.gradients.enclosed_activations import Undecided
from theorycheck.gradients.flint_matrices import Matrix, Scalar, rounded
from theorycheck.networks.evaluation import add_windows
from theorycheck.networks.problems import LearningProblem
from theorycheck.networks.support import Support, support_of

_ABOVE, _TIED, _BELOW = 0, 1, 2
_CONTENT_LIMIT = 2**26
# So many windows that their sum leaves float64 do not exist.
_LARGEST = 2.0**960


@dataclass(frozen=True, eq=False)
class ActiveMarginals:
    """What the loss and the gradient need to know of the points.

    Attributes
    ----------
    matrix : fmpq_mat (N, columns)
        E[s(x) f(x) 1{x^(j) = z}].
    slope_mean : fmpq
        E[s(x)].
    active_probability, tied_probability : fmpq
        P(f h < 1) and P(f h = 1).
    tied_count : int
        Points of positive probability with margin exactly 1.
    smallest_distance : float
        min |1 - f h|, rounded: to look at.
    """

    matrix: fmpq_mat
    slope_mean: fmpq
    active_probability: fmpq
    tied_probability: fmpq
    tied_count: int
    smallest_distance: float


def fits_float64(numbers: np.ndarray, errors: np.ndarray, entries: Sequence[Scalar]) -> bool:
    """Return whether float64 holds tables and the sums over their windows; where not, each point is decided exactly.

    Raises
    ------
    Undecided
        Where a ball is infinite.

    Examples
    --------
    >>> entries = [fmpq(10)**400, fmpq(1)]
    >>> fits_float64(*rounded(entries), entries), fits_float64(*rounded(entries[1:]), entries[1:])
    (False, True)
    """
    if errors.max() < _LARGEST and np.abs(numbers).max() < _LARGEST:
        return True
    if not all(isinstance(entry, fmpq) or entry.is_finite() for entry in entries):
        raise Undecided("A window table is not known to any precision.")
    return False


class EnumeratedSets:
    """The active points of a network by enumeration, kept up to date from one step to the next.

    Parameters
    ----------
    problem : LearningProblem
    k : int or None
        Window length; None: one window with a column for each point of positive probability (an FCN).
    window_count : int
    support : Support, optional
        That of the problem, where already known.

    Raises
    ------
    InstanceTooLarge
        Above the memory budget.

    Notes
    -----
    A step costs two additions for each point of the cube (N for each point of another support), and Python's time only
    for points that change sides or come closer to margin 1 than float64 can tell.

    Examples
    --------
    >>> from theorycheck.cube.patterns import KPattern
    >>> sets = EnumeratedSets(LearningProblem(KPattern.parity(2, 2)), 2, 1)
    >>> sets.update(fmpq_mat(1, 4, [1, -2, 0, 0])).matrix
    [0, 0, -1/4, 1/4]
    """

    def __init__(self, problem: LearningProblem, k: int | None, window_count: int,
                 support: Support | None = None) -> None:
        self.support = support_of(problem) if support is None else support
        self.k, self.window_count = k, window_count
        self.columns = self.support.size if k is None else 1 << k
        slope = problem.hinge_slope
        self._slopes = (0, slope.numerator, slope.denominator)
        self._scale = self.support.denominator * slope.denominator
        kind = np.int64 if self._scale < 2**62 else object
        self._signed = self.support.weights.astype(kind) * self.support.labels
        self._sums = np.zeros(window_count * self.columns, dtype=kind)
        self._sides = np.zeros(self.support.size, dtype=np.int8)
        self._masses = [self.support.denominator, 0, 0]
        self._labels = self.support.labels.astype(np.float64)
        self._values = np.empty(self.support.size)
        self._error = np.inf
        self._is_prefix_sum = self.support.is_cube and k is not None
        if not self._is_prefix_sum and self.support.size * window_count > _CONTENT_LIMIT:
            raise InstanceTooLarge(f"{self.support.size} points with {window_count} windows are above the limit of "
                                   f"{_CONTENT_LIMIT} contents.")
        self._places = None if self._is_prefix_sum else self._flat_places(np.arange(self.support.size))
        self._current: ActiveMarginals | None = None

    def update(self, tables: Matrix, entries: Sequence[Scalar] | None = None) -> ActiveMarginals:
        """Decide every point at these tables (N, columns) and return the exact marginals.

        Raises
        ------
        Undecided
            Where a ball for a margin contains 1.
        """
        listed = tables.entries() if entries is None else entries
        distances = self._distances(listed)
        sides = np.where(distances > 0, np.int8(_BELOW), np.int8(_ABOVE))
        np.abs(distances, out=distances)
        for point in np.flatnonzero(~(distances > self._error)).tolist():
            sides[point], distances[point] = self._decide(point, listed)
        changed = np.flatnonzero(sides != self._sides)
        if changed.size or self._current is None:
            self._move(changed, sides)
            self._current = self._collect()
        smallest = float(distances.min())
        if self._current.smallest_distance != smallest:
            self._current = replace(self._current, smallest_distance=smallest)
        return self._current

    def _distances(self, entries: Sequence[Scalar]) -> np.ndarray:
        """1 - f h in float64; sets the bound on its error, infinite where float64 does not hold the tables."""
        numbers, errors = (part.reshape(self.window_count, self.columns) for part in rounded(entries))
        if not fits_float64(numbers, errors, entries):
            self._error = np.inf
            return np.zeros(self.support.size)
        if self._places is None:
            add_windows(numbers, self._values)
        else:
            np.sum(numbers.ravel()[self._places], axis=1, out=self._values)
        largest = float(np.abs(numbers).max(axis=1).sum())
        # Adding N numbers in any order errs by at most (N-1)u/(1-(N-1)u) times the sum of their sizes; then 1 - f h.
        self._error = float(errors.max(axis=1).sum()) * 1.001 + (self.window_count + 1) * 2.0**-52 * (1 + largest)
        return 1.0 - self._labels * self._values

    def _decide(self, point: int, entries: Sequence[Scalar]) -> tuple[int, float]:
        places = self._flat_places(np.array([point]))[0].tolist()
        margin = sum((entries[place] for place in places[1:]), entries[places[0]]) * int(self.support.labels[point])
        distance = abs(float(arb(1 - margin)))
        if margin < 1:
            return _BELOW, distance
        if margin > 1:
            return _ABOVE, distance
        if margin == 1:  # of balls only where neither has a radius
            return _TIED, 0.0
        raise Undecided(f"The margin of point {int(self.support.indices[point])} is not told from 1.")

    def _flat_places(self, points: np.ndarray) -> np.ndarray:
        """For these points the place of each window's content in the flattened tables, shape (points, N)."""
        if self.k is None:
            return points[:, None]
        columns, mask = self.columns, self.columns - 1
        indices = self.support.indices[points]
        return np.stack([((indices >> j) & mask).astype(np.int64) + j * columns for j in range(self.window_count)],
                        axis=1)

    def _move(self, changed: np.ndarray, sides: np.ndarray) -> None:
        slopes = np.array(self._slopes, dtype=self._sums.dtype)
        deltas = self._signed[changed] * (slopes[sides[changed]] - slopes[self._sides[changed]])
        places = self._flat_places(changed) if self._places is None else self._places[changed]
        np.add.at(self._sums, places, deltas[:, None])
        weights = self.support.weights[changed].astype(self._sums.dtype)
        for side in (_ABOVE, _TIED, _BELOW):
            self._masses[side] += int(weights[sides[changed] == side].sum())
            self._masses[side] -= int(weights[self._sides[changed] == side].sum())
        self._sides = sides

    def _collect(self) -> ActiveMarginals:
        total, scale = self.support.denominator, self._scale
        sums = fmpq_mat(fmpz_mat(self.window_count, self.columns, self._sums.tolist())) / scale
        slope_mean = fmpq(sum(mass * slope for mass, slope in zip(self._masses, self._slopes)), scale)
        return ActiveMarginals(sums, slope_mean, fmpq(self._masses[_BELOW], total), fmpq(self._masses[_TIED], total),
                               int(np.count_nonzero(self._sides == _TIED)), 0.0)
