"""The whole gradient flow at one precision: a path in phases, and a bound on its distance from the flow.

Frozen, every margin is a quadratic form in the trained parameters, so that L + λ‖·‖²/2 is convex with λ² = k times the
largest Σ_j p_j(z)² of a class; hence the flow exists, is unique, and two flows part at most like e^{λs}.  The path
θ_c moves with a velocity that is, but for a defect r, minus an e-subgradient: its slopes are in [0, 1], and e is the
mean violation Σ_b p_b |1 - margin_b| of the blocks whose slope fits margin 1 only.  So its distance δ from the flow
obeys (δ²)' <= 2λδ² + 2e + 2rδ.  Modes, slopes and event times that are off by a little cost no rigour, only a little δ.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

from flint import arb, ctx

from theorycheck.errors import TheoryCheckError
from theorycheck.networks.flow_events import Event, Guard, first_event
from theorycheck.networks.flow_modes import Mode, choose_mode, with_kinds
from theorycheck.networks.flow_sliding import arrival_keys, mode_after_slope
from theorycheck.networks.flow_slopes import linear_relation
from theorycheck.networks.flow_structure import Equalities, FlowSystem, Quotient, at_start, quotient
from theorycheck.networks.flow_taylor import FlowField, FlowStep, NotResolved, ball

_MOST_STEPS = 20_000


@dataclass(frozen=True, eq=False)
class Stretch:
    """A step of a phase: when it begins, counted from the phase's start, and the path's distance from the flow on it."""

    offset: arb
    step: FlowStep
    error: arb


@dataclass(eq=False)
class Phase:
    """A stretch of the path with one mode, on its quotient; ``end`` is None while it lasts for ever or to the horizon.

    ``event`` is why it ended: ``reaches``, ``falls``, ``slope_0``, ``slope_1``, ``limit``, or "" if it did not.
    """

    start: arb
    mode: Mode
    quotient: Quotient
    field: FlowField
    scales: list[arb]
    readouts: list[arb]
    error: arb
    stretches: list[Stretch] = field(default_factory=list)
    end: arb | None = None
    event: str = ""

    @cached_property
    def together(self) -> dict[int, set[int]]:
        """For each block that may arrive at margin 1, all that arrive with it."""
        moving = {self.quotient.blocks[b] for b in self.mode.blocks("active", "inactive")}
        groups: dict[object, set[int]] = {}
        for b, key in arrival_keys(self.quotient.system, self.field.sliding, sorted(moving)).items():
            groups.setdefault(key, set()).add(b)
        return {b: group for group in groups.values() for b in group}

    @cached_property
    def guarded(self) -> list[tuple[int, str]]:
        """Every block whose margin may arrive at 1, and from where."""
        kinds = {self.quotient.blocks[b]: "reaches" if kind == "active" else "falls"
                 for b, kind in enumerate(self.mode.kinds) if kind in ("active", "inactive")}
        return sorted(kinds.items())

    @property
    def is_at_rest(self) -> bool:
        """Whether nothing moves: no sliding block and no force."""
        return not self.field.sliding and not any(self.field.exact_force)

    def state(self, tau: arb) -> tuple[list[arb], list[arb], arb]:
        """The path's scales and readouts, of the finer system, at ``tau`` since the start, and its error bound there."""
        equal = self.quotient.equalities
        scales, readouts, error = self._coarse_state(tau)
        return ([scales[label] for label in equal.classes],
                [arb(0) if label is None else sign * readouts[label] for label, sign in zip(equal.slots, equal.signs)],
                error)

    def _coarse_state(self, tau: arb) -> tuple[list[arb], list[arb], arb]:
        found: tuple[list[arb], list[arb], arb] | None = None
        for stretch in self.stretches:
            at, length = tau - stretch.offset, stretch.step.length
            if at < 0 or at > length:
                continue
            # Where the time is a ball across two stretches, the hull of both.
            at = at.max(arb(0)).min(length)
            one = ([model(at) for model in stretch.step.scales], [model(at) for model in stretch.step.readouts],
                   stretch.error)
            found = one if found is None else hull(found, one)
        return found or (self.scales, self.readouts, self.error)


def hull(first: tuple[list[arb], list[arb], arb], second: tuple[list[arb], list[arb], arb]
         ) -> tuple[list[arb], list[arb], arb]:
    """Return the union of two enclosures of a state, with the larger error bound."""
    return ([a.union(b) for a, b in zip(first[0], second[0])], [a.union(b) for a, b in zip(first[1], second[1])],
            first[2].max(second[2]))


@dataclass(frozen=True, eq=False)
class Solution:
    """All phases up to where the path was followed; ``stop`` is ``rest``, ``limit``, ``horizon`` or ``unresolved``."""

    system: FlowSystem
    phases: tuple[Phase, ...]
    stop: str
    reason: str = ""


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
            event = _follow(phase, limit, horizon, _MOST_STEPS - total)
            total += len(phase.stretches)
            progress(total)
            if event is None:
                return Solution(system, tuple(phases), "horizon")
            tau = arb((phase.stretches[-1].offset + event.tau).mid())
            phase.end, phase.event = start + tau, event.guard.kind
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


def _follow(phase: Phase, limit: Fraction | None, horizon: arb | None, most: int) -> Event | None:
    """Take steps until an event or the horizon; the event's time counts from the last step's beginning."""
    system = phase.quotient.system
    offset, scales, readouts, error = arb(0), phase.scales, phase.readouts, phase.error
    curvature = ball(system.curvature_squared).sqrt()
    for number in range(most):
        expansion = phase.field.expansion(scales, readouts)
        step = phase.field.step(expansion)
        guards = _guards(phase, step, limit, number == 0)
        event = first_event(guards, step.length)
        if event is not None and 2 * event.tau < step.length:
            # What happens beyond the event need not be bounded.
            step = phase.field.step(expansion, arb(event.tau.upper()))
            guards = _guards(phase, step, limit, number == 0)
        violation, defect = _violations(phase, step, guards, event)
        growth = (curvature * step.length).exp()
        # δ² + 2eh and rh, each carried along by e^{λh}.
        error = arb((growth * ((error * error + 2 * violation * step.length).sqrt() + defect * step.length)).upper())
        phase.stretches.append(Stretch(offset, step, error))
        if event is not None:
            return event
        offset = arb((offset + step.length).mid())
        if horizon is not None and phase.start + offset > horizon:
            return None
        scales, readouts, jump = _thinned(system, [model(step.length) for model in step.scales],
                                          [model(step.length) for model in step.readouts])
        error = arb((error + jump).upper())
    raise TheoryCheckError(f"The flow does not rest within {_MOST_STEPS} steps; give a 'horizon'.")


def _guards(phase: Phase, step: FlowStep, limit: Fraction | None, is_first: bool) -> list[Guard]:
    mode, blocks, guards = phase.mode, phase.quotient.blocks, []
    leaving = {blocks[b]: order for b, order in mode.leaving.items()} if is_first else {}
    starting = {blocks[b]: bound for b, bound in mode.starting.items()} if is_first else {}
    for b, kind in phase.guarded:
        model = step.margins[b].affine(*((-1, 1) if kind == "reaches" else (1, -1)))
        guards.append(Guard(kind, b, model, _order(model.coefficients, step.length, leaving.get(b, 0))))
    for position, b in enumerate(phase.field.sliding):
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


def _violations(phase: Phase, step: FlowStep, guards: list[Guard], event: Event | None) -> tuple[arb, arb]:
    """e and r on the step: how far blocks at margin 1 are from it, and the defect with that of slopes beyond 0 or 1.

    Up to an event, other guards may fail a little: those that vanish at nearly the same time.
    """
    system, blocks, h = phase.quotient.system, phase.quotient.blocks, step.length
    violation, defect = arb(0), step.defect
    for b in {blocks[b] for b in phase.mode.blocks("sliding", "bound", "resting")}:
        violation += ball(system.probabilities[b]) * _reach(step.margins[b].affine(-1, 1).coefficients, h)
    for guard in guards:
        missed = _reach(guard.model.coefficients[:guard.order], h)
        if event is not None and not guard.model(event.tau) > 0:
            missed += abs(guard.model(event.tau))
        if guard.kind != "limit" and not missed.is_zero():
            if guard.kind in ("reaches", "falls"):
                violation += ball(system.probabilities[guard.part]) * missed
            else:
                b = phase.field.sliding[guard.part]
                defect = defect + missed * phase.field.force_norm(b, step.scales, step.readouts, h)
    return arb(violation.upper()), arb(defect.upper())


def _reach(coefficients: tuple[arb, ...], length: arb) -> arb:
    total = arb(0)
    for coefficient in reversed(coefficients):
        total = total * length + abs(coefficient)
    return arb(total.upper())


def _next_mode(system: FlowSystem, phase: Phase, event: Event, scales: list[arb],
               readouts: list[arb]) -> Mode:
    guard, blocks = event.guard, phase.quotient.blocks
    # What arrives at the same time, as far as can be told, arrives together.
    margins = phase.field.margins([model(arb(event.tau.mid())) for model in phase.stretches[-1].step.scales],
                                  [model(arb(event.tau.mid())) for model in phase.stretches[-1].step.readouts])
    near = {b for b, _ in phase.guarded if abs(margins[b] - 1) < arb(2)**(-ctx.prec // 2)}
    if guard.kind in ("reaches", "falls"):
        near |= phase.together[guard.part]
    elif not near:
        return mode_after_slope(phase.quotient, phase.mode, phase.field.sliding[guard.part],
                                int(guard.kind == "slope_1"))
    arriving = [b for b, coarse in enumerate(blocks) if coarse in near]
    return choose_mode(system, phase.quotient.equalities, phase.mode, arriving, scales, readouts)
