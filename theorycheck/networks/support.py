"""The points of positive probability with their labels and integer weights: what an enumeration runs over."""
from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import lcm

import numpy as np
from numpy.typing import NDArray

from theorycheck.cube.distributions import Distribution, UniformDistribution
from theorycheck.cube.memory import require_memory
from theorycheck.cube.patterns import KPattern
from theorycheck.cube.points import MAXIMUM_INDEX_BITS, BooleanCube
from theorycheck.cube.weighted_distributions import EmpiricalDistribution, ExplicitDistribution
from theorycheck.networks.problems import LearningProblem
from theorycheck.networks.rationals import integer_array, read_only


@dataclass(frozen=True, eq=False)
class Support:
    """The points x with P(x) > 0 in increasing order of their indices, each with f(x) and P(x).

    Attributes
    ----------
    n : int
    indices : ndarray (P,)
        int64, or Python integers for n > 62.
    labels : ndarray (P,) of int8
        f(x).
    weights : ndarray (P,)
        P(x) times ``denominator``: int64 where the denominator fits, else Python integers.
    denominator : int
    is_cube : bool
        Whether the support is the whole cube, so that point i has index i.
    """

    n: int
    indices: NDArray
    labels: NDArray[np.int8]
    weights: NDArray
    denominator: int
    is_cube: bool

    @property
    def size(self) -> int:
        """Number of points."""
        return int(self.indices.size)

    def contents(self, k: int, offset: int) -> NDArray[np.int64]:
        """Return the content z of the window at ``offset`` for every point, in 0 ... 2^k-1."""
        return ((self.indices >> offset) & ((1 << k) - 1)).astype(np.int64)

    def signs(self) -> NDArray[np.int8]:
        """Return the points as signs, shape (P, n)."""
        if self.n <= MAXIMUM_INDEX_BITS:
            return BooleanCube(self.n).points(self.indices)
        return np.array([BooleanCube(self.n).point(index) for index in self.indices])


def support_of(problem: LearningProblem) -> Support:
    """Return the points of positive probability of a learning problem, with labels and exact weights.

    Parameters
    ----------
    problem : LearningProblem
        Any distribution; a point distribution or a sample costs no enumeration of the cube, so n may be large there.

    Raises
    ------
    InstanceTooLarge
        Where the whole cube is above the memory budget.

    Notes
    -----
    About 32 bytes for each point; 100 more for each point of a product distribution.

    Examples
    --------
    >>> support = support_of(LearningProblem(KPattern.parity(3, 2)))
    >>> support.size, support.denominator, support.labels.tolist(), support.contents(2, 1).tolist()
    (8, 8, [1, -1, -1, 1, 1, -1, -1, 1], [0, 0, 1, 1, 2, 2, 3, 3])
    """
    n, distribution = problem.n, problem.distribution
    if isinstance(distribution, UniformDistribution):
        require_memory(n, 32)
        indices, weights, denominator = np.arange(1 << n), np.ones(1 << n, dtype=np.int64), 1 << n
    else:
        indices, weights, denominator = _weighted_points(distribution)
    is_cube = n <= MAXIMUM_INDEX_BITS and indices.size == 1 << n
    return Support(n, read_only(indices), read_only(_labels(problem, indices)), read_only(weights), denominator,
                   is_cube)


def _weighted_points(distribution: Distribution) -> tuple[NDArray, NDArray, int]:
    """Indices in increasing order, integer weights and their common denominator."""
    n = distribution.n
    if isinstance(distribution, ExplicitDistribution):
        masses = dict(distribution.weights.items())  # type: ignore[union-attr]
    elif isinstance(distribution, EmpiricalDistribution):
        points, counts = np.unique(np.asarray(distribution.points), axis=0, return_counts=True)
        cube = BooleanCube(n)
        masses = {cube.index(point): Fraction(count, distribution.size)
                  for point, count in zip(points, counts.tolist())}
    else:
        masses = {index: mass for index, mass in enumerate(distribution.probabilities()) if mass}
    places = sorted(masses)
    common = lcm(*(masses[place].denominator for place in places))
    weights = [masses[place].numerator * (common // masses[place].denominator) for place in places]
    indices = np.array(places, dtype=np.int64 if n <= MAXIMUM_INDEX_BITS else object)
    # Sums of weights are at most the denominator, so this also decides whether sums fit.
    kind = np.int64 if common < 2**62 else object
    return indices, integer_array(weights, (len(weights),)).astype(kind), common


def _labels(problem: LearningProblem, indices: NDArray) -> NDArray[np.int8]:
    target = problem.target
    if isinstance(target, KPattern):
        return target.table[((indices >> target.offset) & ((1 << target.k) - 1)).astype(np.int64)]
    return target.values[indices.astype(np.int64)].astype(np.int8)
