"""The gradient flow at one time: enclosures of scales, readouts, margins, slopes, forces and loss."""
from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from flint import arb, ctx

from theorycheck.flow.models import NotResolved, ball
from theorycheck.flow.path import Phase, Solution, hull
from theorycheck.flow.structure import FlowSystem, Quotient
from theorycheck.flow.taylor import FlowField


@dataclass(frozen=True, eq=False)
class FlowSnapshot:
    """Everything at one time, in balls that contain the flow's own values.

    Attributes
    ----------
    system, finer : FlowSystem, FlowSystem
        The equations on blocks of points that always move alike, and on single points.
    quotient : Quotient
        From ``finer`` to ``system``.
    slots : tuple of (j, z)
        The slots of ``finer``.
    phase : Phase
        The last phase that the time may lie in.
    is_certain : bool
        Whether it lies in that phase for certain.
    scales, readouts : list of arb
        Of ``system``.
    error : arb
        Bound on the distance of the path from the flow.
    """

    system: FlowSystem
    finer: FlowSystem
    quotient: Quotient
    slots: tuple[tuple[int, int], ...]
    phase: Phase
    is_certain: bool
    scales: list[arb]
    readouts: list[arb]
    error: arb

    @cached_property
    def _class_names(self) -> dict[int, Any]:
        """Name z (tied) or (j, z) of each class of ``finer``."""
        owners: dict[int, set[tuple[int, int]]] = {}
        for slot, owner in zip(self.slots, self.finer.class_of):
            owners.setdefault(owner, set()).add(slot)
        tied = len({z for _, z in self.slots}) == len(owners)
        return {owner: next(iter(slots))[1] if tied else next(iter(slots)) for owner, slots in owners.items()}

    @cached_property
    def scale_of(self) -> dict[Any, arb]:
        """a_z by z, or a_z^(j) by (j, z), for every class that some point touches."""
        labels, reach = self.quotient.equalities.classes, self.error * arb(self.system.k).sqrt()
        return {name: self.scales[labels[c]] + arb(0, (reach / arb(self.finer.lightest[c]).sqrt()).upper())
                for c, name in self._class_names.items()}

    @cached_property
    def readout_of(self) -> dict[tuple[int, int], arb]:
        """u_z^(j) by (j, z), for every slot that some point touches."""
        equal = self.quotient.equalities
        return {slot: (arb(0) if label is None else sign * self.readouts[label])
                + arb(0, (self.error / arb(self.finer.slot_weights[i]).sqrt()).upper())
                for i, (slot, label, sign) in enumerate(zip(self.slots, equal.slots, equal.signs))}

    @cached_property
    def _enclosed(self) -> tuple[list[arb], list[arb]]:
        """Scales and readouts of ``system`` with the error, that of the lightest class merged into each."""
        roots = [arb(m).sqrt() for m in self.system.lightest]
        factor = self.error * arb(self.system.k).sqrt()
        return ([a + arb(0, (factor / root).upper()) for a, root in zip(self.scales, roots)],
                [u + arb(0, (self.error / roots[owner]).upper())
                 for u, owner in zip(self.readouts, self.system.class_of)])

    @cached_property
    def margins(self) -> list[arb]:
        """f h of every block."""
        return FlowField(self.system, {}, ()).margins(*self._enclosed)

    @cached_property
    def loss(self) -> arb:
        """L."""
        return sum((ball(p) * (1 - margin).max(arb(0)) for p, margin in zip(self.system.probabilities, self.margins)),
                   arb(0))

    @cached_property
    def largest_scale(self) -> arb:
        """max_z a_z over the classes that some point touches."""
        largest = arb(0)
        for scale in self._enclosed[0]:
            largest = largest.max(scale)
        return largest

    @cached_property
    def certain_slopes(self) -> list[arb]:
        """The hinge slope of every block where its margin is not 1 for certain, else [0, 1]: nothing is assumed."""
        unknown = arb(0).union(arb(1))
        return [arb(1) if margin < 1 else arb(0) if margin > 1 else unknown for margin in self.margins]

    @cached_property
    def slopes(self) -> list[arb]:
        """The hinge slope of every block: 1 or 0 where the margin is not 1 for certain, else enclosed.

        Between events the flow is taken to be in the path's mode: the slopes of sliding blocks are those that keep
        their margins at 1 at the state enclosed.  Near an event [0, 1] stands for any slope.
        """
        unknown, slopes, mode = arb(0).union(arb(1)), list(self.certain_slopes), self.phase.mode
        if self.is_certain:
            for b, value in mode.slopes.items():
                if mode.kinds[b] in ("bound", "resting"):
                    slopes[b] = ball(value)
            field = self.phase.equation
            try:
                solved = dict(zip(field.sliding, field.slopes(*self._coarse())))
            except NotResolved:
                solved = {}
            for b in mode.blocks("sliding"):
                slopes[b] = solved.get(self.phase.quotient.blocks[b], unknown)
        return slopes

    def _coarse(self) -> tuple[list[arb], list[arb]]:
        equal = self.phase.quotient.equalities
        scales = {label: self._enclosed[0][c] for c, label in enumerate(equal.classes)}
        readouts = {label: equal.signs[i] * self._enclosed[1][i] for i, label in enumerate(equal.slots)
                    if label is not None}
        return [scales[c] for c in range(len(scales))], [readouts[i] for i in range(len(readouts))]

    @cached_property
    def force_of(self) -> dict[tuple[int, int], arb]:
        """G_z^(j) by (j, z)."""
        blocks = self.quotient.blocks
        return {slot: sum((self.slopes[blocks[x]] * ball(share) for x, share in force.items()), arb(0))
                for slot, force in zip(self.slots, self.finer.forces)}

    @cached_property
    def invariant_of(self) -> dict[Any, arb]:
        """a² - k Σ_j (u^(j))² - 1/k² of every class, which the flow keeps at 0."""
        squares: dict[Any, arb] = {}
        for (slot, u), owner in zip(self.readout_of.items(), self.finer.class_of):
            name = self._class_names[owner]
            squares[name] = squares.get(name, arb(0)) + u * u
        constant = ball(Fraction(1, self.system.k**2))
        return {name: a * a - self.system.k * squares[name] - constant for name, a in self.scale_of.items()}


def snapshot_at(solution: Solution, structure: Quotient, finer: FlowSystem, slots: tuple[tuple[int, int], ...],
                time: arb) -> FlowSnapshot:
    """Return the snapshot of a solution at a time that it covers, at the precision of :data:`flint.ctx`."""
    found: tuple[list[arb], list[arb], arb] | None = None
    latest: Phase | None = None
    count = 0
    for phase in solution.phases:
        if time < phase.start or (phase.end is not None and time > phase.end):
            continue
        # Where the time is a ball across an event, the hull of both sides.
        tau = (time - phase.start).max(arb(0))
        if phase.end is not None:
            tau = tau.min(phase.end - phase.start)
        state = phase.state(tau)
        if phase.is_at_rest:
            opening = FlowSnapshot(solution.system, finer, structure, slots, phase, True, *state)
            state = (*state[:2], _resting_error(phase, state[2], tau, opening.loss))
        found = state if found is None else hull(found, state)
        latest, count = phase, count + 1
    assert found is not None and latest is not None
    return FlowSnapshot(solution.system, finer, structure, slots, latest, count == 1, *found)


def _resting_error(phase: Phase, error: arb, tau: arb, loss: arb) -> arb:
    """The lesser of √(δ² + 2eτ) e^{λτ} and δ + √(τL): the path rests, and the flow may still part from it.

    The flow's way is at most √τ times the root of ∫‖velocity‖², which is what its loss, L at the beginning, falls by.
    """
    system, slopes = phase.quotient.system, {phase.quotient.blocks[b]: s for b, s in phase.mode.slopes.items()}
    violation = arb(0)
    for b, margin in enumerate(phase.equation.margins(phase.scales, phase.readouts)):
        gap = margin - 1 if slopes[b] else 1 - margin
        if not gap < 0:
            violation += ball(system.probabilities[b]) * gap.abs_upper()
    with ctx.workprec(53):
        growth = (ball(system.curvature_squared).sqrt() * tau).exp()
        parting = growth * (error * error + 2 * violation * tau).sqrt()
        return arb(parting.min(error + (tau * loss.abs_upper()).sqrt()).upper())
