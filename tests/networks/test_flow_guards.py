"""Guards name every quantity that may end a phase; violations see a mode that does not fit."""
from __future__ import annotations

from fractions import Fraction

from flint import arb, ctx

from theorycheck.cube import KPattern
from theorycheck.networks.flow import GradientFlow
from theorycheck.networks.flow_guards import guards_of, violations
from theorycheck.networks.problems import LearningProblem


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
