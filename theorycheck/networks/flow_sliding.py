"""Where a sliding slope arrives at 0 or 1: another one takes over, or the point leaves margin 1."""
from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from flint import fmpq, fmpq_mat

from theorycheck.networks.flow_modes import Mode, with_kinds
from theorycheck.networks.flow_slopes import dependence
from theorycheck.networks.flow_structure import FlowSystem, Quotient


def mode_after_slope(coarse: Quotient, before: Mode, arrived: int, bound: int) -> Mode:
    """Return the mode after the slope of the quotient's block ``arrived`` reached ``bound``.

    Parameters
    ----------
    coarse : Quotient
        The phase's quotient.
    before : Mode
    arrived : int
        A sliding block of ``coarse``; all blocks in it arrive together.
    bound : int
        0 or 1.

    Notes
    -----
    Where margins at 1 are linearly dependent, only their joint force is determined.  As in the simplex method, the
    dependent slopes rest at 0 or 1; when a sliding one arrives, one of them that can make up for it takes its place.
    If none can, the block leaves margin 1, and with it those that depend on it: tangentially, as value and derivative
    of its margin are continuous.
    """
    kinds, blocks = list(before.kinds), coarse.blocks
    sliding = sorted({blocks[b] for b in before.blocks("sliding")})
    slopes = {blocks[b]: before.slopes[b] for b in before.blocks("bound")}
    changed, starting, leaving = {arrived: "bound"}, {}, {arrived: Fraction(bound)}
    for y, slope in sorted(slopes.items()):
        share = (dependence(coarse.system, sliding, y) or {}).get(arrived)
        if share is None:
            continue
        # The force of y may only grow from slope 0 and only shrink from slope 1.
        if ((share < 0) == (slope == 0)) == (bound == 0):
            changed[y], starting[y], leaving = "sliding", int(slope), {}
            break
        leaving[y] = slope
    changed.update((y, "active" if slope else "inactive") for y, slope in leaving.items())
    kinds = [changed.get(blocks[b], kind) for b, kind in enumerate(kinds)]
    slopes[arrived] = Fraction(bound)
    bounds = {b: slopes[blocks[b]] for b, kind in enumerate(kinds) if kind == "bound"}
    return with_kinds(kinds, bounds, {b: 2 for b, x in enumerate(blocks) if x in leaving},
                      {b: starting[x] for b, x in enumerate(blocks) if x in starting})


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
