"""What ends a phase of the path: the first guard to reach zero, and how far the path violates its mode until then."""
from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb, ctx

from theorycheck.flow.models import NotResolved, TaylorModel, ball, reach, value_range
from theorycheck.flow.path import Phase, Stretch
from theorycheck.flow.structure import FlowSystem
from theorycheck.flow.taylor import FlowStep


@dataclass(frozen=True, eq=False)
class Guard:
    """A quantity that stays positive during a phase; where it reaches 0 the phase ends.

    Parameters
    ----------
    kind : str
        ``reaches`` (an active margin reaches 1), ``falls`` (an inactive one), ``slope_0``, ``slope_1`` (a sliding slope
        arrives), ``limit`` (a scale reaches its limit).
    part : int
        The block, the position among the sliding blocks, or the class.
    model : TaylorModel
    order : int
        How often the quantity is known to vanish at the step's beginning, as it starts the phase there.
    """

    kind: str
    part: int
    model: TaylorModel
    order: int = 0


@dataclass(frozen=True, eq=False)
class Event:
    """The guard that fails first, and an enclosure of the time since the step's beginning."""

    guard: Guard
    tau: arb


def first_event(guards: list[Guard], length: arb) -> Event | None:
    """Return which guard reaches 0 first within the step, or None.

    Raises
    ------
    NotResolved
        A guard touches 0 without visibly crossing it.

    Examples
    --------
    >>> line = TaylorModel((arb(1), arb(-2)))
    >>> float(first_event([Guard("reaches", 0, line)], arb(1)).tau)
    0.5
    """
    found: list[Event] = []
    for guard in guards:
        tau = first_root(guard.model.divided(guard.order), length)
        if tau is not None:
            found.append(Event(guard, tau))
    if not found:
        return None
    first = found[0]
    for event in found[1:]:
        # Midpoints are exact, so that this comparison is.
        if event.tau.mid() < first.tau.mid():
            first = event
    return first


def first_root(model: TaylorModel, length: arb) -> arb | None:
    """Enclose the first zero on [0, length] of a model that is positive at 0; None if there is none.

    Raises
    ------
    NotResolved
        The enclosures cannot tell whether it is reached.
    """
    slope = model.derivative()
    if not model.coefficients[0] > 0:
        raise NotResolved("a quantity that should start positive does not")
    stack = [(arb(0), length)]
    smallest = length / 2**(ctx.prec // 4)
    while stack:
        low, high = stack.pop()
        if value_range(model, slope, low, high) > 0:
            continue
        side = low.union(high)
        if slope(side) < 0 and model(low) > 0:
            if model(high) < 0:
                return _newton(model, slope, low, high)
            if model(high) > 0:
                continue
        if high - low < smallest:
            raise NotResolved(f"an event near {low.str(10)} after its step's beginning is not decided")
        middle = arb(((low + high) / 2).mid())
        stack += [(middle, high), (low, middle)]
    return None


def _newton(model: TaylorModel, slope: TaylorModel, low: arb, high: arb) -> arb:
    """Refine the one zero in [low, high], where the derivative is negative throughout."""
    bracket = low.union(high)
    for _ in range(ctx.prec):
        middle = arb(bracket.mid())
        better: Any = middle - model(middle) / slope(bracket)
        if not better.overlaps(bracket):
            raise NotResolved("a zero was lost")
        narrowed = better.intersection(bracket)
        if not 2 * narrowed.rad() < bracket.rad():
            return narrowed
        bracket = narrowed
    return bracket


def guards_of(phase: Phase, step: FlowStep, limit: Fraction | None, is_first: bool) -> list[Guard]:
    """Return every quantity that stays positive during a phase, on one of its steps."""
    mode, blocks, guards = phase.mode, phase.quotient.blocks, []
    leaving = {blocks[b]: order for b, order in mode.leaving.items()} if is_first else {}
    starting = {blocks[b]: bound for b, bound in mode.starting.items()} if is_first else {}
    for b, kind in phase.guarded:
        model = step.margins[b].affine(*((-1, 1) if kind == "reaches" else (1, -1)))
        guards.append(Guard(kind, b, model, _order(model.coefficients, step.length, leaving.get(b, 0))))
    for position, b in enumerate(phase.equation.sliding):
        slope = step.slopes[position]
        guards.append(Guard("slope_0", position, slope, int(starting.get(b) == 0)))
        guards.append(Guard("slope_1", position, slope.affine(-1, 1), int(starting.get(b) == 1)))
    if limit is not None:
        for c, scale in enumerate(step.scales):
            guards.append(Guard("limit", c, scale.affine(-1, ball(limit))))
    return guards


def _order(coefficients: tuple[arb, ...], length: arb, order: int) -> int:
    """How many terms of a margin that starts at 1 are negligible on the step."""
    while 0 < order < len(coefficients) - 1 and abs(coefficients[order]) * length**order < arb(2)**(-ctx.prec // 2):
        order += 1
    return order


def violations(phase: Phase, step: FlowStep, guards: list[Guard], event: Event | None) -> tuple[arb, arb]:
    """Return e and r: how far blocks at margin 1 are from it, and the defect with that of slopes beyond 0 or 1.

    Up to an event, other guards may fail a little: those that vanish at nearly the same time.
    """
    system, blocks, h = phase.quotient.system, phase.quotient.blocks, step.length
    violation, defect = arb(0), step.defect
    for b in {blocks[b] for b in phase.mode.blocks("sliding", "bound", "resting")}:
        violation += ball(system.probabilities[b]) * reach(step.margins[b].affine(-1, 1).coefficients, h)
    for guard in guards:
        missed = reach(guard.model.coefficients[:guard.order], h)
        if event is not None and not guard.model(event.tau) > 0:
            is_own = (guard.kind, guard.part) == (event.guard.kind, event.guard.part)
            # The event's own guard is positive but for the width of its time: its share of the step's mean.
            share = (2 * event.tau.rad() / h).min(arb(1)) if is_own else arb(1)
            missed += share * abs(guard.model(event.tau))
        if guard.kind != "limit" and not missed.is_zero():
            if guard.kind in ("reaches", "falls"):
                violation += ball(system.probabilities[guard.part]) * missed
            else:
                b = phase.equation.sliding[guard.part]
                defect = defect + missed * phase.equation.force_norm(b, step.scales, step.readouts, h)
    return arb(violation.upper()), arb(defect.upper())


def event_time(system: FlowSystem, phase: Phase, event: Event, limit: Fraction | None) -> arb | str:
    """Enclose the flow's own time of a phase's last event, since the phase's start; or say why it cannot be told.

    It is the first time (after half the first step, where margins leave 1 there) at which a margin arrives at 1 or a
    scale at its limit.

    Notes
    -----
    Replace the hinge of every point off margin 1 by the line that it is there.  Until the time asked for, the flow is
    also that of the new loss, whose curvature is the same and which the path, in its old mode also beyond the event,
    follows as closely.  So the new flow's margins are known to within some e on both sides of the path's event: all
    moving ones are off 1 until shortly before, and the event's own is beyond 1 shortly after.
    """
    if event.guard.kind.startswith("slope"):
        return "where margins slide, closeness to the flow does not tell its slopes"
    last = phase.stretches[-1]
    guards = guards_of(phase, last.step, limit, len(phase.stretches) == 1)
    own = next(g for g in guards if (g.kind, g.part) == (event.guard.kind, event.guard.part))
    apart, rate = _deviation(system, phase, own, last), own.model.derivative()(event.tau)
    if not rate < 0:
        return "the event is tangential"
    width = 4 * (apart + abs(own.model(event.tau))) / -rate
    low, high = arb((event.tau - width).lower()), arb((event.tau + width).upper())
    if not (low > 0 and high <= last.step.length and own.model(high) < -apart):
        return "the margin does not cross 1 visibly"
    slopes = (g for g in guards if g.kind.startswith("slope"))
    if not all(value_range(g.model, g.model.derivative(), low, high) > 0 for g in slopes):
        return "a slope of sliding margins arrives at nearly the same time"
    leaves = any(g.order for g in guards_of(phase, phase.stretches[0].step, limit, True))
    for number, stretch in enumerate(phase.stretches):
        start = arb((stretch.step.length / 2).mid()) if leaves and number == 0 else arb(0)
        until = low if stretch is last else stretch.step.length
        for guard in guards_of(phase, stretch.step, limit, number == 0):
            if not guard.kind.startswith("slope") and not _stays_above(
                    guard.model, start, until, _deviation(system, phase, guard, stretch)):
                return "another margin may have arrived earlier"
    return last.offset + low.union(high)


def _deviation(system: FlowSystem, phase: Phase, guard: Guard, stretch: Stretch) -> arb:
    """Bound on how far a margin or scale of the flow may be from the path's on a stretch."""
    step, error, equal = stretch.step, stretch.error, phase.quotient.equalities
    root = arb(system.k).sqrt()
    if guard.kind == "limit":
        return arb((error * root / arb(phase.quotient.system.lightest[guard.part]).sqrt()).upper())
    largest_a = [reach(model.coefficients, step.length) for model in step.scales]
    largest_u = [reach(model.coefficients, step.length) for model in step.readouts]
    worst = arb(0)
    # Rows of the finer system: equalities of the phase hold for the path only.
    for row in (row for row, coarse in zip(system.rows, phase.quotient.blocks) if coarse == guard.part):
        total = arb(0)
        for i, c in row.items():
            owner, label = system.class_of[i], equal.slots[i]
            away = error / arb(system.lightest[owner]).sqrt()
            u = arb(0) if label is None else largest_u[label]
            total += abs(ball(c)) * away * (largest_a[equal.classes[owner]] + root * (u + away))
        worst = worst.max(total)
    return arb(worst.upper())


def _stays_above(model: TaylorModel, low: arb, high: arb, floor: arb) -> bool:
    """Whether the values on [low, high] are certainly above ``floor``."""
    slope, stack = model.derivative(), [(low, high)]
    for _ in range(1000):
        if not stack:
            return True
        left, right = stack.pop()
        if value_range(model, slope, left, right) > floor:
            continue
        middle = arb(((left + right) / 2).mid())
        if not (model(middle) > floor and left < middle < right):
            return False
        stack += [(middle, right), (left, middle)]
    return False
