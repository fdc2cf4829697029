"""The gradient flow's equations at a learning problem: one block for each point of positive probability."""
from __future__ import annotations

from fractions import Fraction

import numpy as np

from theorycheck.cube.patterns import KPattern
from theorycheck.cube.points import BooleanCube, window_count
from theorycheck.errors import InstanceTooLarge
from theorycheck.flow.structure import FlowSystem
from theorycheck.networks.problems import LearningProblem

# Each point becomes Python rationals: some milliseconds for a thousand points and ten windows.
_MOST_POINTS = 2**13


def flow_points(problem: LearningProblem) -> tuple[int, ...]:
    """Return the indices of the points of positive probability.

    Raises
    ------
    InstanceTooLarge
        ``The flow follows every point: n must be at most 13, not 14.``

    Examples
    --------
    >>> from theorycheck.cube import KPattern
    >>> flow_points(LearningProblem(KPattern.parity(2, 2)))
    (0, 1, 2, 3)
    """
    if 2**problem.n > _MOST_POINTS:
        raise InstanceTooLarge(f"The flow follows every point: n must be at most {_MOST_POINTS.bit_length() - 1}, not "
                               f"{problem.n}.")
    return tuple(x for x, p in enumerate(problem.distribution.probabilities()) if p > 0)


def window_contents(problem: LearningProblem, k: int, windows: str = "all") -> np.ndarray:
    """Return x^(j) for each point of positive probability: indices below 2^k, shape (points, N)."""
    cube, points = BooleanCube(problem.n), np.array(flow_points(problem), dtype=np.int64)
    return np.stack([cube.window_indices(points, k, j) for j in range(window_count(problem.n, k, windows))], axis=1)


def point_system(problem: LearningProblem, k: int, multiplicities: tuple[int, ...], *, tied: bool = True,
                 windows: str = "all") -> tuple[FlowSystem, tuple[tuple[int, int], ...]]:
    """Return the equations with a block for each point of positive probability, and the (j, z) of each slot.

    Parameters
    ----------
    problem : LearningProblem
    k : int
    multiplicities : tuple of 2^k int
        m_z; slots of a pattern without filters are left out.
    tied : bool
        One scale for each z (CNN), or one for each (j, z) (LCN).
    windows : str

    Examples
    --------
    >>> system, slots = point_system(LearningProblem(KPattern.parity(2, 2)), 2, (1, 1, 1, 1))
    >>> slots, system.rows[1]
    (((0, 0), (0, 1), (0, 2), (0, 3)), {1: Fraction(-1, 1)})
    """
    points, contents = flow_points(problem), window_contents(problem, k, windows)
    # One point at a time where f is a pattern: no array of 2^n labels is needed twice.
    labels = (problem.target.evaluate_indices(np.array(points)) if isinstance(problem.target, KPattern)
              else problem.labels()[list(points)]).tolist()
    slots = tuple(sorted({(j, z) for row in contents.tolist() for j, z in enumerate(row) if multiplicities[z]}))
    place = {slot: i for i, slot in enumerate(slots)}
    owners = sorted({z if tied else slot for slot in slots for z in (slot[1],)}, key=str)
    owner = {name: c for c, name in enumerate(owners)}
    rows: list[dict[int, Fraction]] = []
    forces: list[dict[int, Fraction]] = [{} for _ in slots]
    weights = []
    for b, (x, f, row) in enumerate(zip(points, labels, contents.tolist())):
        weights.append(problem.distribution.probability(x))
        inside = [(place[j, z], multiplicities[z]) for j, z in enumerate(row) if multiplicities[z]]
        rows.append({i: Fraction(f * m) for i, m in inside})
        for i, _ in inside:
            forces[i][b] = f * weights[b]
    class_of = tuple(owner[slot[1] if tied else slot] for slot in slots)
    lightest = [0] * len(owners)
    reach = [Fraction(0)] * len(owners)
    for i, (slot, c) in enumerate(zip(slots, class_of)):
        lightest[c] = multiplicities[slot[1]]
        reach[c] += sum((abs(g) for g in forces[i].values()), Fraction(0))**2
    system = FlowSystem(k, class_of, (1,) * len(slots), tuple(rows), tuple(forces), tuple(weights),
                        tuple(multiplicities[z] for _, z in slots), tuple(Fraction(m, k) for m in lightest),
                        tuple(lightest), k * max(reach, default=Fraction(0)))
    return system, slots
