"""One step of the flow's equation: series against the equation itself, defects that notice a broken path."""
from __future__ import annotations

from fractions import Fraction

import pytest
from flint import arb, ctx

from theorycheck.cube import KPattern
from theorycheck.flow.models import NotResolved, TaylorModel, ball
from theorycheck.flow.points import point_system
from theorycheck.flow.taylor import FlowField
from theorycheck.networks.problems import LearningProblem


def field_of(fixed, sliding, m=(1, 2, 3, 4), n=3):
    system, _ = point_system(LearningProblem(KPattern.parity(n, 2)), 2, m)
    return FlowField(system, fixed, sliding)


def start(field):
    """A state in general position: exact numbers, no readout 0."""
    return ([arb(1) / 2 + arb(c) / 64 for c in range(field.system.class_total)],
            [arb((-1)**i * (i + 1)) / 16 for i in range(len(field.system.class_of))])


SLIDING = (2, 7)
FIXED = {b: Fraction(1 if b < 4 else 0) for b in range(8) if b not in SLIDING}


def test_the_series_solves_the_equation():
    with ctx.workprec(128):
        field = field_of(FIXED, SLIDING)
        a, u, slopes, margins = field.series(*start(field), 12)
        at = [[sum((c * arb("0.01")**i for i, c in enumerate(line)), arb(0)) for line in group] for group in (a, u)]
        found = field.slopes(*at)
        seen = [sum((c * arb("0.01")**i for i, c in enumerate(line)), arb(0)) for line in slopes]
        # 0.01^13 is 1e-26.
        assert all(abs(x - y) < arb("1e-18") for x, y in zip(found, seen))
        force = field.forces(found)
        for i, owner in enumerate(field.system.class_of):
            rate = sum((j * c * arb("0.01")**(j - 1) for j, c in enumerate(u[i]) if j), arb(0))
            assert abs(rate - at[0][owner] * force[i]) < arb("1e-18")
        for b in SLIDING:
            assert all(abs(c) < arb("1e-30") for c in margins[b][1:])


def test_without_sliding_the_first_coefficients_are_the_definition():
    field = field_of(dict.fromkeys(range(8), Fraction(1)), ())
    a, u = start(field)
    series = field.series(a, u, 2)
    for i, owner in enumerate(field.system.class_of):
        assert series[1][i][1].overlaps(a[owner] * ball(field.exact_force[i]))
    for c in range(4):
        pull = sum((2 * u[i] * ball(field.exact_force[i]) for i, owner in enumerate(field.system.class_of)
                    if owner == c), arb(0))
        assert series[0][c][1].overlaps(pull)


def test_a_step_reports_a_small_defect_and_a_broken_expansion_a_large_one():
    with ctx.workprec(128):
        field = field_of(FIXED, SLIDING)
        expansion = field.expansion(*start(field))
        good = field.step(expansion)
        assert good.defect < arb("1e-20") and good.length > arb("0.01")
        broken = [[list(line) for line in group] for group in expansion]
        broken[1][0][1] += arb("1e-3")
        assert field.step(broken, good.length).defect > arb("1e-4")
        twisted = [[list(line) for line in group] for group in expansion]
        twisted[2][0][0] += arb("1e-3")
        assert field.step(twisted, good.length).defect > arb("1e-5")


def test_the_defect_bounds_the_velocity_missed():
    with ctx.workprec(128):
        field = field_of(FIXED, SLIDING)
        step = field.step(field.series(*start(field), 4)[:3], arb("0.25"))
        assert step.defect > arb("1e-8")
        for t in ("0.05", "0.2", "0.25"):
            at = [[model(arb(t)) for model in group] for group in (step.scales, step.readouts, step.slopes)]
            force = field.forces(at[2])
            square = arb(0)
            for i, owner in enumerate(field.system.class_of):
                missed = step.readouts[i].derivative()(arb(t)) - at[0][owner] * force[i]
                square += field.system.slot_weights[i] * missed**2
            assert not square.sqrt() > step.defect


def test_force_norm_bounds_the_velocity_of_a_block():
    field = field_of(FIXED, SLIDING)
    a, u = start(field)
    models = [tuple(TaylorModel((value,)) for value in group) for group in (a, u)]
    bound = field.force_norm(7, *models, arb(1))
    square = sum((m * (a[c] * ball(f.get(7, Fraction(0))))**2 for m, c, f in zip(
        field.system.slot_weights, field.system.class_of, field.system.forces)), arb(0))
    assert bound >= arb(square.sqrt().lower()) and bound > 0


def test_dependent_sliding_blocks_are_not_resolved():
    system, _ = point_system(LearningProblem(KPattern.parity(2, 1)), 1, (1, 1))
    # Four inputs of two windows of one bit: h(00) + h(11) = h(01) + h(10).
    field = FlowField(system, {}, (0, 1, 2, 3))
    with pytest.raises(NotResolved, match="not determined"):
        field.slopes([arb(1), arb(1)], [arb(1)] * 4)
    with pytest.raises(NotResolved, match="not determined"):
        field.series([arb(1), arb(1)], [arb(1)] * 4, 3)
