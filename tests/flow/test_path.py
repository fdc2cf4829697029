"""The path: continuous across phases, the hull of two states, and the times of the flow's own events."""
from __future__ import annotations

from fractions import Fraction

import pytest
from flint import arb, ctx

from theorycheck.cube import KPattern
from theorycheck.errors import ParameterError
from theorycheck.flow.gradient_flow import GradientFlow
from theorycheck.flow.path import hull, largest_scale
from theorycheck.networks.problems import LearningProblem


def solution(m=(1, 2, 3, 4)):
    flow = GradientFlow(LearningProblem(KPattern.logical_and(3, 2, 1)), m)
    return flow._solution(128)


def test_the_path_is_continuous_at_every_event():
    with ctx.workprec(128):
        phases = solution().phases
        for early, late in zip(phases, phases[1:]):
            before, after = early.state(early.end - early.start), late.state(arb(0))
            for x, y in zip(before[0] + before[1], after[0] + after[1]):
                assert abs(x - y) < arb("1e-20")
            assert not after[2] < before[2]


def test_hull_contains_both():
    first, second = ([arb(1)], [arb(0)], arb(1)), ([arb(2)], [arb(-1)], arb(3))
    a, u, error = hull(first, second)
    assert a[0].contains(arb(1)) and a[0].contains(arb(2)) and u[0].contains(arb(-1)) and error.contains(arb(3))


def test_the_largest_scale_is_a_bound_and_close():
    with ctx.workprec(128):
        phases = solution().phases
        for phase in phases[:-1]:
            bound, length = largest_scale(phase), phase.end - phase.start
            seen = max(float(a) for i in range(9) for a in phase.state(length * i / 8)[0])
            assert seen <= float(bound) < seen * 1.01


def test_a_phase_is_one_of_the_public_ones():
    flow = GradientFlow(LearningProblem(KPattern.logical_and(3, 2, 1)), (1, 2, 3, 4))
    for phase in flow.phases:
        kinds = (phase.active, phase.sliding, phase.resting, phase.inactive)
        assert sorted(x for kind in kinds for x in kind) == list(range(8))
        assert phase.is_linear == (not phase.sliding)
    assert flow.phases[0].start.enclose() == 0 and float(flow.phases[0].error) == 0
    assert Fraction(0) < Fraction(float(flow.phases[-1].start))


def test_a_time_beyond_the_phase_is_refused():
    with ctx.workprec(128):
        phase = solution().phases[0]
        with pytest.raises(ParameterError, match="'tau' must be a time at which the phase is known, not 100"):
            phase.state(arb(100))


@pytest.mark.parametrize("n, m", [(2, 5), (3, 1), (3, 2681), (4, 3)])
def test_the_first_event_of_a_parity_in_closed_form_to_ninety_digits(n, m):
    # All points active: u^(0) = ±sinh(ws)/k^(3/2), the other windows rest, and m a u = 1 at sinh(2ws) = 2 k^(5/2)/m.
    flow = GradientFlow(LearningProblem(KPattern.parity(n, 2)), (m,) * 4, precision=512)
    with ctx.workprec(1024):
        w = arb(2).sqrt() / 4
        exact = (2 * arb(2)**arb("2.5") / m).asinh() / (2 * w)
    ball = flow.phases[0].event_time.enclose(512)
    assert ball.contains(arb(exact.mid())) and ball.rad() < arb("1e-90")


def test_the_time_at_which_a_scale_arrives_in_closed_form():
    flow = GradientFlow(LearningProblem(KPattern.parity(2, 2)), (1, 1, 1, 1), cap="3/5")
    with ctx.workprec(512):
        exact = arb("1.2").acosh() * 4 / arb(2).sqrt()
    ball = flow.phases[-1].event_time.enclose(128)
    assert ball.overlaps(exact) and ball.rad() < arb("1e-20") and flow.end.enclose(128) <= exact


@pytest.mark.parametrize("pattern, offset, m, tied", [
    ("and", 1, (1, 2, 3, 4), True), ("0xD", 1, (2, 1, 3, 1), True), ("parity", 0, (1, 2, 3, 4), False)])
def test_event_times_at_two_precisions_overlap_and_hold_the_end_of_the_path(pattern, offset, m, tied):
    problem = LearningProblem(KPattern.from_name(pattern, 3, 2, offset))
    coarse, fine = (GradientFlow(problem, m, tied=tied, precision=bits).phases for bits in (96, 320))
    told = 0
    for one, other in zip(coarse, fine):
        assert one.event == other.event and (one.event_time is None) == bool(one.reason or not one.event)
        if one.event_time is not None:
            ball = one.event_time.enclose(128)
            assert ball.overlaps(other.event_time.enclose(320)) and ball.contains(arb(one.end.enclose(128).mid()))
            told += 1
        elif one.event.startswith("slope"):
            assert "does not tell its slopes" in one.reason
    assert told >= 3
