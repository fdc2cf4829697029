"""The path that follows the gradient flow: phases, each with its mode and its Taylor steps."""
from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from flint import arb

from theorycheck.errors import ParameterError
from theorycheck.flow.models import value_range
from theorycheck.flow.modes import Mode
from theorycheck.flow.slopes import arrival_keys
from theorycheck.flow.structure import FlowSystem, Quotient
from theorycheck.flow.taylor import FlowField, FlowStep
from theorycheck.rigor import Real


@dataclass(frozen=True, eq=False)
class Stretch:
    """A step of a phase: when it begins since the phase's start, and the path's distance from the flow on it."""

    offset: arb
    step: FlowStep
    error: arb


@dataclass(eq=False)
class Phase:
    """A stretch of the path with one mode, on its quotient; ``end`` is None while it lasts for ever or to the horizon.

    ``event`` is why it ended: ``reaches``, ``falls``, ``slope_0``, ``slope_1``, ``limit``, or "" if it did not;
    ``event_time`` encloses the flow's own time of it since the start, or says why it cannot be told.
    """

    start: arb
    mode: Mode
    quotient: Quotient
    equation: FlowField
    scales: list[arb]
    readouts: list[arb]
    error: arb
    stretches: list[Stretch] = field(default_factory=list)
    end: arb | None = None
    event: str = ""
    event_time: arb | str = ""

    @cached_property
    def together(self) -> dict[int, set[int]]:
        """For each block that may arrive at margin 1, all that arrive with it."""
        moving = {self.quotient.blocks[b] for b in self.mode.blocks("active", "inactive")}
        groups: dict[object, set[int]] = {}
        for b, key in arrival_keys(self.quotient.system, self.equation.sliding, sorted(moving)).items():
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
        return not self.equation.sliding and not any(self.equation.exact_force)

    def state(self, tau: arb) -> tuple[list[arb], list[arb], arb]:
        """The path's scales and readouts, of the finer system, at ``tau`` since the start, and its error bound."""
        equal = self.quotient.equalities
        scales, readouts, error = self._coarse_state(tau)
        return ([scales[label] for label in equal.classes],
                [arb(0) if label is None else sign * readouts[label] for label, sign in zip(equal.slots, equal.signs)],
                error)

    def _coarse_state(self, tau: arb) -> tuple[list[arb], list[arb], arb]:
        if not self.stretches:
            return self.scales, self.readouts, self.error
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
        if found is None:
            raise ParameterError(f"'tau' must be a time at which the phase is known, not {tau.str(10)}.")
        return found


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


def largest_scale(phase: Phase) -> arb:
    """Return an upper bound on every scale in a phase: each step cut into pieces, and the path's error on top."""
    system, pieces = phase.quotient.system, 16
    largest = max((arb(a.upper()) for a in phase.scales), key=float)
    for stretch in phase.stretches:
        length = stretch.step.length
        if phase.end is not None:
            length = length.min(phase.end - phase.start - stretch.offset)
        away = stretch.error * arb(system.k).sqrt()
        for model, lightest in zip(stretch.step.scales, system.lightest):
            slope = model.derivative()
            for i in range(pieces):
                top = value_range(model, slope, length * i / pieces, length * (i + 1) / pieces)
                largest = largest.max(top + away / arb(lightest).sqrt())
    return arb(largest.upper())


@dataclass(frozen=True, eq=False)
class FlowPhase:
    """A phase of the flow.

    Attributes
    ----------
    start, end : Real, Real or None
        Since time 0; None for a phase that lasts for ever or to the horizon.  The times are those of the certified
        path, which is as close to the flow as ``error`` says; those of the flow itself are ``event_time``.
    event : str
        What ends it: ``reaches`` (a margin reaches 1 from below), ``falls`` (from above), ``slope_0`` or ``slope_1`` (a
        sliding slope arrives at 0 or 1), ``limit`` (a class unfreezes or meets the cap), or "".
    active, sliding, resting, inactive : tuple of int
        Indices of the points by margin: below 1; at 1 and kept there by a slope between; at 1 without motion, or as
        other sliding margins determine it; above 1.
    error : Real
        Bound on ‖path - flow‖ over all trained parameters at the phase's beginning.
    event_time : Real or None
        Encloses the time at which, in the flow itself, the first margin arrives at 1 in this phase, or a scale at its
        limit; None where nothing does or that cannot be told.
    reason : str
        Why it is None, where the phase ends.
    """

    start: Real
    end: Real | None
    event: str
    active: tuple[int, ...]
    sliding: tuple[int, ...]
    resting: tuple[int, ...]
    inactive: tuple[int, ...]
    error: Real
    event_time: Real | None = None
    reason: str = ""

    @property
    def is_linear(self) -> bool:
        """Whether no margin slides, so that each class follows a linear equation (cosh and sinh)."""
        return not self.sliding
