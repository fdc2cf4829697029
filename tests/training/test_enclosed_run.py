"""Restarts at twice the precision."""
from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import pytest
from flint import arb, ctx

from theorycheck.cube.patterns import KPattern
from theorycheck.gradients.enclosed_activations import Undecided
from theorycheck.networks.activations import activation_named
from theorycheck.networks.architectures import ConvolutionalNetwork
from theorycheck.networks.problems import LearningProblem
from theorycheck.rigor import Real
from theorycheck.training.enclosed_descent import DescentStep
from theorycheck.training.enclosed_run import enclosed_run

F = Fraction
PROBLEM = LearningProblem(KPattern.parity(3, 2))
HALVES = [[F(1, 2), F(1, 2)], [F(-1, 2), F(1, 2)], [F(1, 2), F(-1, 2)], [F(-1, 2), F(-1, 2)]]
START = ConvolutionalNetwork(HALVES, [F(-1, 2)] * 4, [[0] * 4] * 2)


def test_too_little_precision_is_doubled_until_it_decides() -> None:
    seen: list[int] = []

    def mean_loss(steps: Iterator[DescentStep]) -> arb:
        seen.append(ctx.prec)  # the caller's sums get the precision of the balls
        return sum((step.loss for step in steps if step.t < 500), arb(0)) / 500

    eta = Real(3).sqrt() / (Real(2000).sqrt() * 500)
    run = enclosed_run(START, PROBLEM, eta, 500, mean_loss, multiplicities=[500] * 4, precision=16)
    assert run.restarts == len(seen) - 1 >= 1 and run.precision == seen[-1] == 16 << run.restarts
    fine = enclosed_run(START, PROBLEM, eta, 500, mean_loss, multiplicities=[500] * 4, precision=256)
    assert fine.restarts == 0 and run.result.overlaps(fine.result) and fine.result.rad() < 1e-60


def test_a_margin_of_exactly_one_is_never_decided_by_balls() -> None:
    third = ConvolutionalNetwork([[F(1, 3)]], [0], [[3]], activation_named("identity"))  # h(x) = x, the label itself
    problem = LearningProblem(KPattern.parity(1, 1))
    seen: list[int] = []
    with pytest.raises(Undecided, match="Step 0 at 1024 bits: The margin of point 0 is not told from 1"):
        enclosed_run(third, problem, 1, 1, lambda steps: seen.append(ctx.prec) or list(steps), precision=16)
    assert seen == [16, 32, 64, 128, 256, 512, 1024]
    exact = enclosed_run(third, problem, 1, 1, list, arithmetic="rational")
    assert [step.margin_kinks for step in exact.result] == [2, 2] and exact.restarts == 0


def test_other_errors_pass_through() -> None:
    with pytest.raises(ZeroDivisionError):
        enclosed_run(START, PROBLEM, 1, 1, lambda steps: 1 // 0)
