"""Snapshots: every enclosure against the definitions, at one time."""
from __future__ import annotations

from fractions import Fraction

import pytest
from flint import arb, ctx

from theorycheck.cube import KPattern, ProductDistribution
from theorycheck.flow.gradient_flow import GradientFlow
from theorycheck.networks.problems import LearningProblem

M = (1, 2, 3, 4)


@pytest.fixture(scope="module", params=[True, False])
def flow(request):
    problem = LearningProblem(KPattern.logical_and(3, 2), ProductDistribution(("1/3", "0", "-1/5")))
    return GradientFlow(problem, M, tied=request.param)


def scale(now, tied, j, z):
    return now.scale_of[z if tied else (j, z)]


@pytest.mark.parametrize("s", ["1/2", "2", "3", "20"])
def test_loss_from_the_definition(flow, s):
    now = flow.snapshot(s)
    loss = arb(0)
    for x in range(8):
        h = sum((M[x >> j & 3] * scale(now, flow.tied, j, x >> j & 3) * now.readout_of[j, x >> j & 3]
                 for j in range(2)), arb(0))
        p = flow.problem.distribution.probability(x)
        gap = 1 - int(flow.problem.labels()[x]) * h
        loss += arb(p.numerator) / p.denominator * gap.max(arb(0))
    assert loss.overlaps(now.loss) and now.loss.rad() < arb("1e-6")


def test_forces_are_expectations_and_the_invariant_holds(flow):
    now = flow.snapshot(1)
    assert now.is_certain
    labels, p = flow.problem.labels(), flow.problem.distribution.probabilities()
    for (j, z), force in now.force_of.items():
        wanted = sum((now.slopes[flow._quotient.blocks[x]] * int(labels[x]) * arb(p[x].numerator) / p[x].denominator
                      for x in range(8) if x >> j & 3 == z), arb(0))
        assert force.overlaps(wanted)
    assert all(value.contains(arb(0)) and value.rad() < arb("1e-10") for value in now.invariant_of.values())
    assert float(now.largest_scale) == pytest.approx(max(float(a) for a in now.scale_of.values()))


def test_slopes_are_the_derivative_of_the_loss(flow):
    """-dL/ds = ‖velocity‖² = Σ m (a² ΣG² + k (ΣuG)²), against a difference quotient over 2e-6."""
    step = Fraction(1, 10**6)
    for s in (Fraction(1, 2), Fraction(3)):
        now = flow.snapshot(s)
        if not now.is_certain:
            continue
        square = arb(0)
        pulls: dict = {}
        for (j, z), force in now.force_of.items():
            square += M[z] * (scale(now, flow.tied, j, z) * force)**2
            key = z if flow.tied else (j, z)
            pulls[key] = pulls.get(key, arb(0)) + now.readout_of[j, z] * force
        for key, pull in pulls.items():
            square += M[key if flow.tied else key[1]] * 2 * pull**2
        rate = (float(flow.loss(s - step)) - float(flow.loss(s + step))) / (2 * float(step))
        # The quotient's own error is about step² times the third derivative.
        assert rate == pytest.approx(float(square), rel=1e-6, abs=1e-9)


def test_at_an_event_both_sides_are_enclosed(flow):
    time = Fraction(float(flow.phases[1].start))
    with ctx.workprec(128):
        now = flow.snapshot(time)
    near = [margin for margin in now.margins if abs(margin - 1) < arb("1e-9")]
    assert near and float(now.loss) == pytest.approx(float(flow.loss(time * 999999 / 10**6)), abs=1e-5)
