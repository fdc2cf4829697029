"""The solver: what stops it, and that a wrong mode shows in the error bound."""
from __future__ import annotations

from fractions import Fraction

import pytest
from flint import arb, ctx

from theorycheck.cube import KPattern
from theorycheck.errors import TheoryCheckError
from theorycheck.flow import phases as flow_phases
from theorycheck.flow.modes import choose_mode, with_kinds
from theorycheck.flow.phases import solve_flow
from theorycheck.flow.points import point_system
from theorycheck.flow.structure import at_start, quotient
from theorycheck.networks.problems import LearningProblem


def system_of(n, k, m, **options):
    system, _ = point_system(LearningProblem(KPattern.logical_and(n, k)), k, m, **options)
    return quotient(system, at_start(system), {}).system


@pytest.mark.parametrize("limit, horizon, stop", [
    (None, None, "rest"), (Fraction(51, 100), None, "limit"), (None, Fraction(1, 2), "horizon")])
def test_stops(limit, horizon, stop):
    with ctx.workprec(128):
        solution = solve_flow(system_of(3, 2, (1, 2, 3, 4)), limit, None if horizon is None else arb("0.5"))
    assert solution.stop == stop
    assert all(late.start.overlaps(early.end) for early, late in zip(solution.phases, solution.phases[1:]))


def test_the_error_stays_small_through_many_events():
    with ctx.workprec(192):
        solution = solve_flow(system_of(4, 2, (1, 2, 3, 4)), None, None)
        assert solution.stop == "rest" and len(solution.phases) > 6
        assert solution.phases[-1].error < arb("1e-12")


def test_a_wrong_mode_shows(monkeypatch):
    """Negative control: let every arriving margin cross 1, as if nothing could slide."""
    def crossing(system, equal, before, arriving, scales, readouts):
        right = choose_mode(system, equal, before, arriving, scales, readouts)
        kinds = ["inactive" if kind == "sliding" else kind for kind in right.kinds]
        bounds = {b: right.slopes[b] for b, kind in enumerate(kinds) if kind == "bound"}
        return with_kinds(kinds, bounds, {**right.leaving, **dict.fromkeys(right.blocks("sliding"), 1)}, right.starting)
    system = system_of(3, 2, (1, 2, 3, 4))
    with ctx.workprec(128):
        good = solve_flow(system, None, None)
        assert any(phase.mode.blocks("sliding") for phase in good.phases)
        monkeypatch.setattr(flow_phases, "choose_mode", crossing)
        bad = solve_flow(system, None, None)
    assert bad.stop == "unresolved" or bad.phases[-1].error > arb("1e-3")


def test_too_many_steps_are_refused(monkeypatch):
    monkeypatch.setattr(flow_phases, "_MOST_STEPS", 3)
    with ctx.workprec(128), pytest.raises(TheoryCheckError, match="give a 'horizon'"):
        solve_flow(system_of(3, 2, (1, 2, 3, 4)), None, None)
