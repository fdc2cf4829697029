"""First zeros of polynomials whose zeros are known; guards name every quantity that may end a phase."""
from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from flint import arb, ctx
from hypothesis import assume, given
from hypothesis import strategies as st

from theorycheck.cube import KPattern
from theorycheck.flow.events import (Event, Guard, _stays_above, event_time, first_event, first_root, guards_of,
                                     violations)
from theorycheck.flow.gradient_flow import GradientFlow
from theorycheck.flow.models import NotResolved, TaylorModel
from theorycheck.networks.problems import LearningProblem


def model(*coefficients):
    return TaylorModel(tuple(arb(c) for c in coefficients))


@given(st.fractions("1/10", "9/10"), st.fractions("11/10", 3))
def test_the_first_of_two_zeros(first, second):
    # (first - t)(second - t).
    quadratic = model(*(arb(v.numerator) / v.denominator for v in (first * second, -(first + second))), 1)
    root = first_root(quadratic, arb(1))
    assert root is not None and root.contains(arb(first.numerator) / first.denominator) and root.rad() < arb("1e-12")


@pytest.mark.parametrize("coefficients", [(1, 1), (1, -1.5, 1), (2, -1), (0.01, 0, 1)])
def test_no_zero(coefficients):
    assert first_root(model(*coefficients), arb(1)) is None


@pytest.mark.parametrize("coefficients", [(1, -2, 1), (0.25, -1, 1)])
def test_touching_without_crossing_is_not_resolved(coefficients):
    with pytest.raises(NotResolved, match="is not decided"):
        first_root(model(*coefficients), arb(2))


@pytest.mark.parametrize("first", [0, -1, arb(0, 0.1)])
def test_a_guard_must_start_positive(first):
    with pytest.raises(NotResolved, match="should start positive"):
        first_root(model(first, 1), arb(1))


@given(st.integers(1, 50), st.integers(1, 50))
def test_the_earliest_guard_wins(left, right):
    assume(left != right)
    guards = [Guard("reaches", 0, model(1, -left)), Guard("falls", 1, model(1, -right)), Guard("limit", 2, model(1, 1))]
    event = first_event(guards, arb(2))
    assert event is not None and event.guard.part == int(right > left)
    assert event.tau.contains(1 / arb(max(left, right)))


def test_a_guard_that_starts_at_zero_is_divided_first():
    # t - t² is 0 at 0 and again at 1.
    event = first_event([Guard("falls", 0, model(0, 1, -1), 1)], arb(2))
    assert event is not None and event.tau.contains(arb(1))
    assert first_event([Guard("falls", 0, model(0, 1, 1), 1)], arb(2)) is None


def sliding_phase():
    flow = GradientFlow(LearningProblem(KPattern.logical_and(3, 2, 1)), (1, 2, 3, 4))
    return next(phase for phase in flow._solution(128).phases if phase.equation.sliding)


def test_every_block_slope_and_class_is_guarded():
    with ctx.workprec(128):
        phase = sliding_phase()
        guards = guards_of(phase, phase.stretches[0].step, Fraction(4, 3), True)
        kinds = [guard.kind for guard in guards]
        moving = {phase.quotient.blocks[b] for b in phase.mode.blocks("active", "inactive")}
        assert kinds.count("reaches") + kinds.count("falls") == len(moving)
        assert kinds.count("slope_0") == kinds.count("slope_1") == len(phase.equation.sliding)
        assert kinds.count("limit") == phase.quotient.system.class_total
        assert all(guard.model.coefficients[0] > 0 for guard in guards if not guard.order)


def test_violations_are_tiny_on_the_path_and_large_off_it():
    with ctx.workprec(128):
        phase = sliding_phase()
        step = phase.stretches[0].step
        e, r = violations(phase, step, guards_of(phase, step, None, True), None)
        assert e < arb("1e-20") and r < arb("1e-18")
        # The same slopes from a state whose sliding margins are not 1.
        phase.readouts = [u * arb("1.01") for u in phase.readouts]
        moved = phase.equation.step(phase.equation.expansion(phase.scales, phase.readouts), arb("0.01"))
        assert violations(phase, moved, guards_of(phase, moved, None, True), None)[0] > arb("1e-4")


def first_phase():
    flow = GradientFlow(LearningProblem(KPattern.parity(2, 2)), (1, 1, 1, 1))
    solution = flow._solution(128)
    phase = solution.phases[0]
    step = phase.stretches[-1].step
    event = first_event(guards_of(phase, step, None, True), step.length)
    return solution.system, phase, event


def test_the_event_time_widens_with_the_error_and_then_is_refused():
    with ctx.workprec(128):
        system, phase, event = first_phase()
        narrow = event_time(system, phase, event, None)
        last = phase.stretches[-1]
        phase.stretches[-1] = replace(last, error=arb("1e-6"))
        wide = event_time(system, phase, event, None)
        assert wide.contains(narrow) and arb("1e-7") < wide.rad() < arb("1e-3")
        phase.stretches[-1] = replace(last, error=arb("0.5"))
        assert event_time(system, phase, event, None) == "the margin does not cross 1 visibly"


def test_the_event_time_has_to_be_the_first():
    with ctx.workprec(128):
        system, phase, event = first_phase()
        # The limit lies below the scales that the phase passes through.
        assert event_time(system, phase, event, Fraction(3, 5)) == "another margin may have arrived earlier"
        slope = Event(Guard("slope_0", 0, model(1, -1)), arb(1))
        assert "does not tell its slopes" in event_time(system, phase, slope, None)


@pytest.mark.parametrize("coefficients, floor, answer", [
    ((1, -1), 0, False), ((1, -1), -0.001, True), ((1, -2, 1), -1e-9, True), ((1, -2, 1), 0, False),
    ((2, -1), 0.5, True)])
def test_staying_above_a_floor(coefficients, floor, answer):
    assert _stays_above(model(*coefficients), arb(0), arb(1), arb(floor)) is answer
