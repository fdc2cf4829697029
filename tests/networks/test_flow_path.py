"""The path: continuous across phases, and the hull of two states."""
from __future__ import annotations

from fractions import Fraction

from flint import arb, ctx

from theorycheck.cube import KPattern
from theorycheck.networks.flow import GradientFlow
from theorycheck.networks.flow_path import hull, largest_scale
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
