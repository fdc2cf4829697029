"""Which hinge slopes the flow takes where several margins are at 1.

The velocity of the flow is the shortest one that any slopes in [0, 1] at the points of margin 1 can give: interior
slopes keep their margins at 1, a slope 0 lets its margin rise, a slope 1 lets it fall.  It is looked for in float64 (a
bounded least-squares problem); a wrong choice would show in the margins and slopes of the steps that follow, which
:mod:`theorycheck.flow.phases` bounds.
"""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from flint import arb, ctx

from theorycheck.flow.models import NotResolved
from theorycheck.flow.slopes import dependence, least_velocity, linear_relation, reduce_slopes, refined_slopes
from theorycheck.flow.structure import Equalities, FlowSystem, Quotient, quotient
from theorycheck.flow.taylor import FlowField

# Slopes this near to 0 or 1 are proposed to be 0 or 1; the verification decides.
_NEAR = 1e-7
_SLOPE = {"active": Fraction(1), "inactive": Fraction(0), "resting": Fraction(0)}
_TOUCHES = "a margin touches 1 without visibly crossing it"


@dataclass(frozen=True)
class Mode:
    """What each block does, and which slopes are fixed.

    Parameters
    ----------
    kinds : tuple of str
        ``active`` (margin below 1), ``inactive`` (above 1), ``sliding`` (at 1, by a slope that varies), ``bound`` (at
        1, as other sliding margins determine it; its slope is fixed at 0 or 1) or ``resting`` (at 1, as nothing moves
        it; its slope is 0).
    slopes : dict of block to Fraction
        The fixed slopes of all blocks but the sliding ones.
    leaving : dict of block to int
        Blocks that start at margin exactly 1 and leave it: how many derivatives vanish there, counting the value.
    starting : dict of block to int
        Sliding blocks whose slope starts at exactly 0 or 1.
    """

    kinds: tuple[str, ...]
    slopes: dict[int, Fraction]
    leaving: dict[int, int]
    starting: dict[int, int]

    def blocks(self, *kinds: str) -> tuple[int, ...]:
        """The blocks of these kinds."""
        return tuple(b for b, kind in enumerate(self.kinds) if kind in kinds)


def with_kinds(kinds: Sequence[str], bounds: dict[int, Fraction], leaving: dict[int, int] | None = None,
               starting: dict[int, int] | None = None) -> Mode:
    """Return the mode of these kinds; ``bounds`` gives the slope of each block of kind ``bound``.

    Examples
    --------
    >>> with_kinds(["active", "sliding"], {}).slopes
    {0: Fraction(1, 1)}
    """
    slopes = {b: bounds[b] if kind == "bound" else _SLOPE[kind] for b, kind in enumerate(kinds) if kind != "sliding"}
    return Mode(tuple(kinds), slopes, leaving or {}, starting or {})


def choose_mode(system: FlowSystem, equal: Equalities, before: Mode, arriving: Iterable[int], scales: list[arb],
                readouts: list[arb]) -> Mode:
    """Return the mode after ``arriving`` blocks reached margin 1.

    Raises
    ------
    NotResolved
        A margin touches 1 in a way that is not recognised.
    """
    at_one = sorted({*before.blocks("sliding", "bound", "resting"), *arriving})
    others = {b: s for b, s in before.slopes.items() if b not in at_one}
    kinds = list(before.kinds)
    if not any(others.values()):
        # The loss is 0: velocity 0 is the shortest there is.
        return with_kinds(["resting" if b in at_one else kind for b, kind in enumerate(kinds)], {})
    leaving: dict[int, int] = {}
    still: dict[int, Fraction] = {}
    interior: dict[int, float] = {}
    for b, slope, rate, near in _proposals(system, others, at_one, scales, readouts):
        if near < slope < 1 - near:
            kinds[b], interior[b] = "sliding", float(slope)
        elif abs(rate) > near:
            kinds[b], leaving[b] = ("inactive", 1) if slope < 0.5 else ("active", 1)
        else:
            still[b] = Fraction(round(float(slope)))
    _make_independent(system, equal, kinds, others, leaving, still, interior)
    return _settle(system, equal, kinds, still, leaving, scales, readouts)


def _proposals(system: FlowSystem, others: dict[int, Fraction], at_one: list[int], scales: list[arb],
               readouts: list[arb]) -> Iterator[tuple[int, arb, arb, arb]]:
    """Yield block, slope, relative rate of its margin, and what counts as 0: at working precision where possible."""
    matrix, rates = FlowField(system, others, tuple(at_one)).margin_rates(scales, readouts)
    table = np.array([[float(v) for v in line] for line in matrix])
    proposed = least_velocity(table, np.array([float(r) for r in rates]),
                              np.array([float(system.probabilities[b]) for b in at_one]))
    refined = refined_slopes(matrix, rates, proposed.tolist())
    slopes = [arb(s) for s in proposed.tolist()] if refined is None else refined
    near = arb(_NEAR) if refined is None else arb(2)**(-ctx.prec // 2)
    for position, b in enumerate(at_one):
        moving = sum((m * s for m, s in zip(matrix[position], slopes)), rates[position]) / matrix[position][position]
        yield b, arb(slopes[position].mid()), arb(moving.mid()), near


def _fixed(kinds: Sequence[str], still: dict[int, Fraction]) -> dict[int, Fraction]:
    return {b: still[b] if b in still else _SLOPE[kind] for b, kind in enumerate(kinds) if kind != "sliding"}


def _make_independent(system: FlowSystem, equal: Equalities, kinds: list[str], others: dict[int, Fraction],
                      leaving: dict[int, int], still: dict[int, Fraction], interior: dict[int, float]) -> None:
    """Fix the slopes of sliding blocks at 0 or 1 until the rest are independent in the phase's own quotient."""
    while interior:
        coarse = quotient(system, equal, _fixed(kinds, still))
        members: dict[int, list[int]] = {}
        for b in interior:
            members.setdefault(coarse.blocks[b], []).append(b)
        slopes = {x: float(np.mean([interior[b] for b in group])) for x, group in members.items()}
        out = reduce_slopes(coarse.system, sorted(members), slopes)
        for x, bound in out.items():
            for b in members[x]:
                kinds[b], still[b] = "bound", bound
                del interior[b]
        if not out:
            return
        for x, slope in slopes.items():
            interior.update((b, slope) for b in members[x] if b in interior)


def _settle(system: FlowSystem, equal: Equalities, kinds: list[str], still: dict[int, Fraction],
            leaving: dict[int, int], scales: list[arb], readouts: list[arb]) -> Mode:
    """Decide the blocks whose slope is 0 or 1 and whose margin has derivative 0, as far as that can be told."""
    for b, slope in still.items():
        kinds[b] = "bound" if slope else "resting"
    bounds, doubtful = _dependent(system, equal, kinds, still), {}
    for b, slope in still.items():
        if b in bounds:
            kinds[b] = "bound"
        elif slope or not _is_motionless(system, kinds, b, readouts):
            doubtful[b] = slope
    for b, slope in doubtful.items():
        kinds[b] = "active" if slope else "inactive"
    starting: dict[int, int] = {}
    while True:
        crossing = {b: 1 for b in doubtful if b not in starting}
        mode = with_kinds(kinds, bounds, {**leaving, **crossing}, starting)
        signs = _leaving_signs(system, mode, list(crossing), scales, readouts)
        wrong = next((b for b, sign in signs.items() if sign and (sign > 0) == bool(doubtful[b])), None)
        if wrong is None:
            if starting and set(_dependent(system, equal, kinds, bounds)) != set(bounds):
                raise NotResolved(_TOUCHES)
            return mode
        # It would cross back at once: its slope starts at the bound and grows inwards.
        kinds[wrong], starting[wrong] = "sliding", int(doubtful[wrong])


def _dependent(system: FlowSystem, equal: Equalities, kinds: Sequence[str],
               still: dict[int, Fraction]) -> dict[int, Fraction]:
    """Those of ``still`` whose margin the sliding ones determine, in the phase's own quotient."""
    coarse = quotient(system, equal, _fixed(kinds, still))
    sliding = sorted({coarse.blocks[b] for b, kind in enumerate(kinds) if kind == "sliding"})
    return {b: slope for b, slope in still.items() if dependence(coarse.system, sliding, coarse.blocks[b]) is not None}


def _leaving_signs(system: FlowSystem, mode: Mode, blocks: list[int], scales: list[arb],
                   readouts: list[arb]) -> dict[int, int]:
    """The sign of the first coefficient of each margin that is not negligible."""
    if not blocks:
        return {}
    sliding = mode.blocks("sliding")
    if linear_relation(system, sliding) is not None:
        raise NotResolved(_TOUCHES)
    series = FlowField(system, mode.slopes, sliding).series(scales, readouts, 6)[3]
    signs = {}
    for b in blocks:
        sizes = [abs(float(c)) for c in series[b][1:]]
        signs[b] = next((1 if c > 0 else -1 for c, size in zip(series[b][1:], sizes)
                         if size > 2.0**(-ctx.prec // 2) * max(sizes)), 0)
    return signs


def _is_motionless(system: FlowSystem, kinds: list[str], b: int, readouts: list[arb]) -> bool:
    """Whether no force reaches what the margin is made of: its slots, and the classes of those that are not 0."""
    sliding = {c for c, kind in enumerate(kinds) if kind == "sliding"}
    active = {c for c, kind in enumerate(kinds) if kind in ("active", "bound")}
    forced = [any(c in sliding for c in force) or bool(sum(s for c, s in force.items() if c in active))
              for force in system.forces]
    moved = {owner for owner, force in zip(system.class_of, forced) if force}
    return not any(forced[i] or (system.class_of[i] in moved and not readouts[i].is_zero()) for i in system.rows[b])


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
