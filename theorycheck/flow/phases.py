"""The whole gradient flow at one precision: a path in phases, and a bound on its distance from the flow.

Frozen, every margin is a quadratic form in the trained parameters, so that L + λ‖·‖²/2 is convex with λ² = k times the
largest Σ_j p_j(z)² of a class; hence the flow exists, is unique, and two flows part at most like e^{λs}.  The path
θ_c moves with a velocity that is, but for a defect r, minus an e-subgradient: its slopes are in [0, 1], and e is the
mean violation Σ_b p_b |1 - margin_b| of the blocks whose slope fits margin 1 only.  So its distance δ from the flow
obeys (δ²)' <= 2λδ² + 2e + 2rδ.  Modes, slopes and event times that are off by a little cost no rigour, only a little δ.
"""
from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from flint import arb, ctx

from theorycheck.errors import TheoryCheckError
from theorycheck.flow.events import Event, event_time, first_event, guards_of, violations
from theorycheck.flow.models import NotResolved, ball
from theorycheck.flow.modes import Mode, choose_mode, mode_after_slope, with_kinds
from theorycheck.flow.path import Phase, Solution, Stretch
from theorycheck.flow.slopes import linear_relation
from theorycheck.flow.structure import Equalities, FlowSystem, at_start, quotient
from theorycheck.flow.taylor import FlowField

_MOST_STEPS = 20_000


def solve_flow(system: FlowSystem, limit: Fraction | None, horizon: arb | None,
               progress: Callable[[int], None] = lambda steps: None) -> Solution:
    """Follow the flow from scales 1/k and readouts 0 at the working precision of :data:`flint.ctx`.

    Parameters
    ----------
    system : FlowSystem
    limit : Fraction or None
        The scale at which a class unfreezes or meets the activation's cap; the path stops there.
    horizon : arb or None
        Where to stop at the latest; None follows the path until it rests.

    Raises
    ------
    TheoryCheckError
        ``The flow does not rest within 20000 steps; give a 'horizon'.``
    """
    start, mode, error = arb(0), with_kinds(["active"] * len(system.rows), {}), arb(0)
    equal, scales = at_start(system), [arb(1) / system.k] * system.class_total
    readouts = [arb(0)] * len(system.class_of)
    phases: list[Phase] = []
    total = 0
    try:
        while True:
            phase = _open_phase(system, start, mode, equal, scales, readouts, error)
            phases.append(phase)
            if phase.is_at_rest:
                return Solution(system, tuple(phases), "rest")
            found = _follow(phase, limit, horizon, _MOST_STEPS - total)
            total += len(phase.stretches)
            progress(total)
            if found is None:
                return Solution(system, tuple(phases), "horizon")
            event, tau = found
            phase.end, phase.event = start + tau, event.guard.kind
            phase.event_time = event_time(system, phase, event, limit)
            if event.guard.kind == "limit":
                return Solution(system, tuple(phases), "limit")
            scales, readouts, _ = phase.state(tau)
            mode = _next_mode(system, phase, event, scales, readouts)
            start, equal, error = phase.end, phase.quotient.equalities, phase.stretches[-1].error
    except NotResolved as obstacle:
        return Solution(system, tuple(phases), "unresolved", str(obstacle))


def _open_phase(system: FlowSystem, start: arb, mode: Mode, equal: Equalities, scales: list[arb],
                readouts: list[arb], error: arb) -> Phase:
    coarse = quotient(system, equal, mode.slopes)
    sliding = tuple(sorted({coarse.blocks[b] for b in mode.blocks("sliding")}))
    if linear_relation(coarse.system, sliding) is not None:
        raise NotResolved("sliding margins depend on one another")
    slopes = {coarse.blocks[b]: s for b, s in mode.slopes.items()}
    first_scales = {label: scales[c] for c, label in reversed(list(enumerate(coarse.equalities.classes)))}
    first_readouts = {label: coarse.equalities.signs[i] * readouts[i]
                      for i, label in reversed(list(enumerate(coarse.equalities.slots))) if label is not None}
    thin_a, thin_u, jump = _thinned(coarse.system, [first_scales[c] for c in range(len(first_scales))],
                                    [first_readouts[i] for i in range(len(first_readouts))])
    return Phase(start, mode, coarse, FlowField(coarse.system, slopes, sliding), thin_a, thin_u, error + jump)


def _thinned(system: FlowSystem, scales: list[arb], readouts: list[arb]) -> tuple[list[arb], list[arb], arb]:
    """The middles, and a bound on the norm of what that changes."""
    square = sum((ball(w) * a.rad()**2 for w, a in zip(system.class_weights, scales)), arb(0))
    square += sum((w * u.rad()**2 for w, u in zip(system.slot_weights, readouts)), arb(0))
    return [arb(a.mid()) for a in scales], [arb(u.mid()) for u in readouts], arb(square.sqrt().upper())


def _follow(phase: Phase, limit: Fraction | None, horizon: arb | None, most: int) -> tuple[Event, arb] | None:
    """Take steps until an event or the horizon; return the event, timed from its step's start, and the phase's end."""
    system = phase.quotient.system
    offset, scales, readouts, error = arb(0), phase.scales, phase.readouts, phase.error
    curvature = ball(system.curvature_squared).sqrt()
    for number in range(most):
        expansion = phase.equation.expansion(scales, readouts)
        step = phase.equation.step(expansion)
        guards = guards_of(phase, step, limit, number == 0)
        event = first_event(guards, step.length)
        if event is not None:
            # A little beyond the event, to enclose its time; what happens later need not be bounded.
            step = phase.equation.step(expansion, arb((event.tau * 17 / 16).upper()))
            guards = guards_of(phase, step, limit, number == 0)
            end = arb((offset + event.tau).mid())
            # The phase ends at an exact number; its rounding is part of the event's time.
            event = Event(event.guard, event.tau.union(end - offset))
        violation, defect = violations(phase, step, guards, event)
        growth = (curvature * step.length).exp()
        # δ² + 2eh and rh, each carried along by e^{λh}.
        error = arb((growth * ((error * error + 2 * violation * step.length).sqrt() + defect * step.length)).upper())
        phase.stretches.append(Stretch(offset, step, error))
        if event is not None:
            return event, end
        offset = offset + step.length
        if not offset.is_exact():
            raise NotResolved("the steps are too short for the precision")
        if horizon is not None and phase.start + offset > horizon:
            return None
        scales, readouts, jump = _thinned(system, [model(step.length) for model in step.scales],
                                          [model(step.length) for model in step.readouts])
        error = arb((error + jump).upper())
    raise TheoryCheckError(f"The flow does not rest within {_MOST_STEPS} steps; give a 'horizon'.")


def _next_mode(system: FlowSystem, phase: Phase, event: Event, scales: list[arb],
               readouts: list[arb]) -> Mode:
    guard, blocks = event.guard, phase.quotient.blocks
    # What arrives at the same time, as far as can be told, arrives together.
    step, tau = phase.stretches[-1].step, arb(event.tau.mid())
    margins = phase.equation.margins([model(tau) for model in step.scales], [model(tau) for model in step.readouts])
    near = {b for b, _ in phase.guarded if abs(margins[b] - 1) < arb(2)**(-ctx.prec // 2)}
    if guard.kind in ("reaches", "falls"):
        near |= phase.together[guard.part]
    elif not near:
        return mode_after_slope(phase.quotient, phase.mode, phase.equation.sliding[guard.part],
                                int(guard.kind == "slope_1"))
    arriving = [b for b, coarse in enumerate(blocks) if coarse in near]
    return choose_mode(system, phase.quotient.equalities, phase.mode, arriving, scales, readouts)
