"""The active points on a large uniform cube: meeting in the middle in float64, believed only where it is certain."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from flint import fmpq, fmpq_mat, fmpz_mat

from theorycheck.cube.patterns import KPattern
from theorycheck.errors import InstanceTooLarge
from theorycheck.gradients.active_sets import ActiveMarginals, EnumeratedSets, fits_float64
from theorycheck.gradients.enclosed_activations import Undecided
from theorycheck.gradients.flint_matrices import Matrix, Scalar, rounded
from theorycheck.networks.problems import LearningProblem
from theorycheck.networks.support import Support

# Below the first the enumeration is as quick; up to the second it is feasible where float64 does not tell.
ENUMERATED_BITS, FALLBACK_BITS = 14, 22


class FilteredSets:
    """The active points of a CNN or LCN on the uniform cube for a k-pattern, for n up to about 40.

    Parameters
    ----------
    problem : LearningProblem
        Uniform, with a KPattern as its target.
    k, window_count : int

    Notes
    -----
    The counts of :mod:`theorycheck.gradients.window_marginals` are those of the exact tables wherever the smallest
    distance of a computed margin from 1 exceeds the bound on its error.  Where it does not, all points are enumerated,
    n <= 22; above, InstanceTooLarge is raised.  Time and memory O(2^(n/2)) while certain.

    Examples
    --------
    >>> sets = FilteredSets(LearningProblem(KPattern.parity(3, 2)), 2, 2)
    >>> sets.update(fmpq_mat(2, 4, [2, 0, 0, 0, 0, 0, 0, 0])).matrix
    [   0, -1/4, -1/4, 1/4]
    [-1/8,    0, -1/8,   0]
    """

    def __init__(self, problem: LearningProblem, k: int, window_count: int) -> None:
        from theorycheck.gradients.window_layout import WindowLayout
        from theorycheck.gradients.window_marginals import UniformMarginals
        assert isinstance(problem.target, KPattern) and problem.is_uniform
        self._problem, self._shape = problem, (window_count, 1 << k)
        self._k = k
        self._layout = WindowLayout(window_count, k, problem.n, problem.target)
        self._marginals = UniformMarginals(self._layout)
        self._enumeration: EnumeratedSets | None = None
        self._current: tuple[np.ndarray, ActiveMarginals] | None = None
        self.columns = 1 << k

    def update(self, tables: Matrix, entries: Sequence[Scalar] | None = None) -> ActiveMarginals:
        """Decide every point at these tables (N, 2^k) and return the exact marginals.

        Raises
        ------
        Undecided
            Where a ball for a margin contains 1, or may for n > 22.
        InstanceTooLarge
            ``n=24 has a margin within 1e-17 of 1, which float64 does not decide; …``.
        """
        from theorycheck.gradients.window_marginals import value_error_bound
        listed = tables.entries() if entries is None else entries
        numbers, errors = (part.reshape(self._shape) for part in rounded(listed))
        if not fits_float64(numbers, errors, listed):
            return self._enumerate(tables, listed, 0.0, 0.0)
        found = self._marginals.find(self._layout.combine(numbers))
        bound = value_error_bound(numbers) + 1.001 * float(errors.max(axis=1).sum())
        if not found.smallest_distance > bound:
            # What is left of the bound when the balls are points: more precision does not lower it.
            floor = value_error_bound(numbers) + 2.0**-52 * float(np.abs(numbers).max(axis=1).sum())
            return self._enumerate(tables, listed, found.smallest_distance, floor)
        active = self._layout.distribute(found.active)
        if self._current is None or not np.array_equal(self._current[0], active):
            size = 1 << self._problem.n
            probability = fmpq(found.active_count, size)
            sums = fmpq_mat(fmpz_mat(*self._shape, active.ravel().tolist())) / size
            self._current = active, ActiveMarginals(sums, probability, probability, fmpq(0), 0,
                                                    found.smallest_distance)
        else:
            probability = fmpq(found.active_count, 1 << self._problem.n)
            self._current = active, replace(self._current[1], slope_mean=probability, active_probability=probability,
                                            smallest_distance=found.smallest_distance)
        return self._current[1]

    def _enumerate(self, tables: Matrix, entries: Sequence[Scalar], distance: float, floor: float) -> ActiveMarginals:
        n = self._problem.n
        if n > FALLBACK_BITS and distance > floor:
            raise Undecided(f"A margin within {distance:.3g} of 1 is not told from it.")
        if n > FALLBACK_BITS:
            raise InstanceTooLarge(f"n={n} has a margin within {distance:.3g} of 1, which float64 does not decide; the "
                                   f"largest n whose points are enumerated then is {FALLBACK_BITS}.")
        if self._enumeration is None:
            self._enumeration = EnumeratedSets(self._problem, self._k, self._shape[0])
        return self._enumeration.update(tables, entries)


def active_sets(problem: LearningProblem, k: int | None, window_count: int,
                support: Support | None = None) -> EnumeratedSets | FilteredSets:
    """Return what decides the active points of this problem: an enumeration, or a filter for a large uniform cube.

    Examples
    --------
    >>> type(active_sets(LearningProblem(KPattern.parity(30, 2)), 2, 29)).__name__
    'FilteredSets'
    """
    is_filtered = problem.is_uniform and isinstance(problem.target, KPattern) and problem.n > ENUMERATED_BITS
    if is_filtered and k is not None:
        return FilteredSets(problem, k, window_count)
    return EnumeratedSets(problem, k, window_count, support)
