"""The numbers G_z^(j) = E[s f 1{x^(j)=z}] that drive the class recursion, in three arithmetics."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from flint import arb, arb_mat
from numpy.typing import NDArray

from theorycheck.gradients.exact_hinge import exact_hinge, table_marginals, table_values
from theorycheck.gradients.flint_matrices import rational_scalar
from theorycheck.networks.evaluation import add_windows
from theorycheck.networks.problems import LearningProblem
from theorycheck.networks.rationals import rational_array
from theorycheck.networks.support import support_of


class SlopeSums(NamedTuple):
    """G (N, 2^k) and E[s] in the recursion's own numbers; the points on the kink; min |1 - f h|, rounded."""

    marginals: NDArray
    slope_mean: Any
    tied_count: int
    smallest_distance: float


def slope_sums(problem: LearningProblem, k: int, window_count: int,
               arithmetic: str) -> Callable[[NDArray], SlopeSums]:
    """Return the function from tables T (N, 2^k), with h(x) = Σ_j T_j[x^(j)], to :class:`SlopeSums`.

    Parameters
    ----------
    problem : LearningProblem
    k, window_count : int
    arithmetic : str
        ``"rational"``: arrays of Fractions; ``"enclosed"``: of Arb balls; ``"float64"``, which decides nothing.

    Examples
    --------
    >>> from theorycheck.cube.patterns import KPattern
    >>> sums = slope_sums(LearningProblem(KPattern.parity(2, 2)), 2, 1, "float64")(np.array([[1., -2., 0., 0.]]))
    >>> sums.marginals.tolist(), sums.slope_mean, sums.tied_count
    ([[0.0, 0.0, -0.25, 0.25]], 0.5, 1)
    """
    if arithmetic == "rational":
        return _rational(problem, k, window_count)
    return _enclosed(problem, k, window_count) if arithmetic == "enclosed" else _rounded(problem, k, window_count)


def _rational(problem: LearningProblem, k: int, window_count: int) -> Callable[[NDArray], SlopeSums]:
    support = support_of(problem)

    def sums(tables: NDArray) -> SlopeSums:
        hinge = exact_hinge(table_values(rational_array(tables, "tables"), support), support, problem.hinge_slope)
        found = table_marginals(hinge.signed_slopes, support, k, window_count)
        marginals = np.array([*found.fractions(), None], dtype=object)[:-1].reshape(found.shape)
        slope_mean = hinge.active_probability + problem.hinge_slope * hinge.tied_probability
        return SlopeSums(marginals, slope_mean, hinge.tied_count, float(arb(rational_scalar(hinge.smallest_distance))))

    return sums


def _enclosed(problem: LearningProblem, k: int, window_count: int) -> Callable[[NDArray], SlopeSums]:
    from theorycheck.gradients.filtered_sets import active_sets
    sets = active_sets(problem, k, window_count)

    def sums(tables: NDArray) -> SlopeSums:
        entries = tables.ravel().tolist()
        found = sets.update(arb_mat(window_count, 1 << k, entries), entries)
        marginals = np.array([arb(entry) for entry in found.matrix.entries()] + [None], dtype=object)[:-1]
        return SlopeSums(marginals.reshape(tables.shape), arb(found.slope_mean), found.tied_count,
                         found.smallest_distance)

    return sums


def _rounded(problem: LearningProblem, k: int, window_count: int) -> Callable[[NDArray], SlopeSums]:
    support = support_of(problem)
    weights = support.weights / support.denominator
    signed = np.asarray(weights * support.labels, dtype=np.float64)
    values, share = np.empty(support.size), float(problem.hinge_slope)

    def sums(tables: NDArray) -> SlopeSums:
        contents = [support.contents(k, j) for j in range(window_count)]
        if support.is_cube:
            add_windows(tables, values)
        else:
            values[:] = np.sum([row[place] for row, place in zip(tables, contents)], axis=0)
        gaps = 1.0 - support.labels * values
        slopes = np.where(gaps > 0, 1.0, np.where(gaps == 0, share, 0.0))
        marginals = np.array([np.bincount(place, weights=signed * slopes, minlength=1 << k) for place in contents])
        return SlopeSums(marginals, float((np.asarray(weights, dtype=np.float64) * slopes).sum()),
                         int(np.count_nonzero(gaps == 0)), float(np.abs(gaps).min()))

    return sums
