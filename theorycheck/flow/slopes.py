"""Slopes proposed in float64, and exact linear relations between margins.

Nothing here decides: :mod:`theorycheck.flow.modes` verifies what is proposed.
"""
from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from flint import arb, arb_mat, ctx, fmpq, fmpq_mat

from theorycheck.flow.structure import FlowSystem

# Among slopes of equal velocity the ridge picks the shortest, which has every symmetry that the state has.
_RIDGE, _ZERO = 1e-9, 1e-13


def least_velocity(matrix: np.ndarray, rates: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return slopes in [0, 1] for which the velocity is about as short as possible.

    Parameters
    ----------
    matrix : ndarray (m, m) float64
        Derivatives of the m margins at 1 by the m slopes; weights·matrix is symmetric and positive semidefinite.
    rates : ndarray (m,)
        The derivatives at slopes 0.
    weights : ndarray (m,)
        Probabilities of the blocks.

    Examples
    --------
    >>> least_velocity(np.array([[2.0]]), np.array([-1.0]), np.array([1.0])).round(6).tolist()
    [0.5]
    """
    from scipy.optimize import lsq_linear
    quadratic = weights[:, None] * matrix
    quadratic = (quadratic + quadratic.T) / 2
    scale = np.sqrt(weights)
    # In units of √weight the ridge weighs each point alike.
    values, vectors = np.linalg.eigh(quadratic / np.outer(scale, scale))
    root = np.sqrt(np.maximum(values, 0) + _RIDGE * values.max())
    factor = root[:, None] * vectors.T * scale
    pull = vectors.T @ (np.sqrt(weights) * rates)
    # Where the matrix is 0 so is the pull, but for rounding.
    pull[values <= _ZERO * values.max()] = 0.0
    # Rounding may leave a slope beyond its bound by an ulp.
    return np.clip(lsq_linear(factor, -pull / root, (0.0, 1.0), method="bvls", tol=1e-15).x, 0.0, 1.0)


def refined_slopes(matrix: list[list[arb]], rates: list[arb], proposed: list[float]) -> list[arb] | None:
    """Return the slopes of least velocity at the working precision, from float64 ones near them.

    Parameters
    ----------
    matrix, rates : lists of arb
        As in :func:`least_velocity`.
    proposed : list of float

    Returns
    -------
    list of arb or None
        Exactly 0 and 1 at the bounds; None where the slopes between are not determined (dependent margins).

    Notes
    -----
    An active-set method: slopes between the bounds keep their margins still; one that leaves [0, 1] is put at the
    bound, one at a bound whose margin moves the wrong way is let in, the worst first.

    Examples
    --------
    >>> [float(s) for s in refined_slopes([[arb(2)]], [arb(-1)], [0.49])]
    [0.5]
    """
    small = arb(2)**(-ctx.prec // 2)
    where = ["in" if 1e-7 < s < 1 - 1e-7 else "0" if s < 0.5 else "1" for s in proposed]
    for _ in range(4 * len(where) + 4):
        inside = [b for b, kind in enumerate(where) if kind == "in"]
        slopes = [arb(1) if kind == "1" else arb(0) for kind in where]
        moving = [sum((m * s for m, s in zip(line, slopes)), r) for line, r in zip(matrix, rates)]
        if inside:
            try:
                solved = arb_mat([[matrix[b][c] for c in inside] for b in inside]).solve(
                    arb_mat([[-moving[b]] for b in inside])).entries()
            except ZeroDivisionError:
                return None
            for b, value in zip(inside, solved):
                slopes[b] = arb(value.mid())
            moving = [sum((m * s for m, s in zip(line, slopes)), r) for line, r in zip(matrix, rates)]
        wrong: list[tuple[float, int, str]] = []
        for b, kind in enumerate(where):
            rate = moving[b] / matrix[b][b]
            if kind == "in":
                wrong += [(float(-slopes[b]), b, "0")] if slopes[b] < -small else []
                wrong += [(float(slopes[b] - 1), b, "1")] if slopes[b] > 1 + small else []
            elif (rate < -small) if kind == "0" else (rate > small):
                wrong.append((float(abs(rate)), b, "in"))
        if not wrong:
            return slopes
        _, b, kind = max(wrong)
        where[b] = kind
    return None


def linear_relation(system: FlowSystem, blocks: Sequence[int]) -> list[Fraction] | None:
    """Return rational c, not all 0, with Σ c_b row_b = 0; None if the rows are independent.

    Examples
    --------
    >>> one = {0: Fraction(1)}
    >>> linear_relation(FlowSystem(1, (0,), (1,), (one, one), ({},), (Fraction(1, 2),) * 2, (1,), (Fraction(1),), (1,),
    ...                            Fraction(1)), [0, 1])
    [Fraction(-1, 1), Fraction(1, 1)]
    """
    columns = sorted({i for b in blocks for i in system.rows[b]})
    if not blocks:
        return None
    entries = [fmpq(c.numerator, c.denominator) for i in columns for b in blocks
               for c in (system.rows[b].get(i, Fraction(0)),)]
    reduced, rank = (fmpq_mat(len(columns), len(blocks), entries) if columns else fmpq_mat(1, len(blocks))).rref()
    if rank == len(blocks):
        return None
    pivots = [next(c for c in range(len(blocks)) if reduced[r, c] != 0) for r in range(rank)]
    free = next(c for c in range(len(blocks)) if c not in pivots)
    relation = [Fraction(0)] * len(blocks)
    relation[free] = Fraction(1)
    for r, c in enumerate(pivots):
        relation[c] = Fraction(-int(reduced[r, free].p), int(reduced[r, free].q))
    return relation


def dependence(system: FlowSystem, sliding: Sequence[int], b: int) -> dict[int, Fraction] | None:
    """Return D with row_b = Σ D[x] row_x over independent sliding blocks, zeros left out; None if there is none.

    Examples
    --------
    >>> rows = ({0: Fraction(1)}, {0: Fraction(3)})
    >>> dependence(FlowSystem(1, (0,), (1,), rows, ({},), (Fraction(1, 2),) * 2, (1,), (Fraction(1),), (1,),
    ...                       Fraction(1)), [0], 1)
    {0: Fraction(3, 1)}
    """
    relation = linear_relation(system, [*sliding, b])
    if relation is None or not relation[-1]:
        return None
    return {x: -c / relation[-1] for x, c in zip(sliding, relation) if c}


def reduce_slopes(system: FlowSystem, sliding: Sequence[int], slopes: dict[int, float]) -> dict[int, Fraction]:
    """Move the slopes of dependent blocks, force unchanged, until the blocks left are independent.

    Returns
    -------
    dict
        The blocks taken out, with the slope 0 or 1 at which each ends.
    """
    left, out = list(sliding), {}
    while (relation := linear_relation(system, left)) is not None:
        shift = np.array([float(c / system.probabilities[b]) for b, c in zip(left, relation)])
        now = np.array([slopes[b] for b in left])
        with np.errstate(divide="ignore", invalid="ignore"):
            room = np.where(shift > 0, (1 - now) / shift, np.where(shift < 0, -now / shift, np.inf))
        position = int(np.argmin(room))
        for b, value in zip(left, now + room[position] * shift):
            slopes[b] = float(value)
        taken = left.pop(position)
        out[taken] = Fraction(round(slopes[taken]))
    return out


def arrival_keys(system: FlowSystem, sliding: Sequence[int], blocks: Sequence[int]) -> dict[int, tuple[object, ...]]:
    """Return keys such that blocks of equal keys are at margin 1 at the same times.

    While the sliding margins are 1, a margin p is known through p - 1 modulo their rows; equal remainders, up to a
    factor, vanish together.

    Examples
    --------
    >>> rows = ({0: Fraction(1)}, {1: Fraction(1)}, {0: Fraction(1), 1: Fraction(2)})
    >>> system = FlowSystem(1, (0, 0), (1, 1), rows, ({}, {}), (Fraction(1, 3),) * 3, (1, 1),
    ...                     (Fraction(1),), (1,), Fraction(1))
    >>> keys = arrival_keys(system, [1], [0, 2])  # p_2 - 1 = p_0 - 1 + 2 p_1, so they differ by 2
    >>> keys[0] == keys[2]
    False
    """
    slots = len(system.class_of)

    def line(b: int) -> list[fmpq]:
        return [fmpq(c.numerator, c.denominator) for c in (system.rows[b].get(i, Fraction(0)) for i in range(slots))
                ] + [fmpq(-1)]
    # Without sliding blocks one row of zeros.
    reduced, rank = fmpq_mat([line(b) for b in sliding] or [[fmpq(0)] * (slots + 1)]).rref()
    pivots = [next(c for c in range(slots + 1) if reduced[r, c] != 0) for r in range(rank)]
    keys: dict[int, tuple[object, ...]] = {}
    for b in blocks:
        rest = line(b)
        for r, c in enumerate(pivots):
            factor = rest[c]
            if factor != 0:
                rest = [x - factor * reduced[r, i] for i, x in enumerate(rest)]
        lead = next((x for x in rest if x != 0), fmpq(1))
        keys[b] = tuple((i, str(x / lead)) for i, x in enumerate(rest) if x != 0)
    return keys
