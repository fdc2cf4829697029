"""What ends a phase of the path, and how far the path violates its mode until then."""
from __future__ import annotations

from fractions import Fraction

from flint import arb, ctx

from theorycheck.networks.flow_events import Event, Guard
from theorycheck.networks.flow_models import ball, reach
from theorycheck.networks.flow_path import Phase
from theorycheck.networks.flow_taylor import FlowStep


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
