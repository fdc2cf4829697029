"""Recursion first, collapsed gradient where a class is no longer frozen, and each loss says which."""
from __future__ import annotations

from fractions import Fraction

import pytest

from theorycheck.cube.patterns import KPattern
from theorycheck.errors import ParameterError
from theorycheck.gradients.exact_gradients import exact_descent
from theorycheck.networks.initialisers import collapsed_network
from theorycheck.networks.problems import LearningProblem
from theorycheck.training.recursion_fallback import recursion_or_descent

F = Fraction


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("eta", [F(8), F(9), F(1, 2)])
def test_every_loss_is_that_of_gradient_descent(tied: bool, eta: Fraction) -> None:
    problem = LearningProblem(KPattern.parity(4, 3, offset=1))
    multiplicities = [1, 2, 0, 1, 1, 1, 3, 1]
    steps = list(recursion_or_descent(problem, 3, multiplicities, eta, 5, tied=tied))
    start, copies = collapsed_network(4, 3, multiplicities, tied=tied)
    losses = [result.loss for _, result in exact_descent(start, problem, eta, 5, multiplicities=copies)]
    assert [step.loss for step in steps] == losses and [step.t for step in steps] == list(range(6))
    sources = [step.source for step in steps]
    assert sources == sorted(sources, reverse=True)  # once unfrozen, the gradient for good
    assert ("collapsed gradient" in sources) == (eta > 1)


def test_balls_contain_the_rationals_across_the_change() -> None:
    problem = LearningProblem(KPattern.parity(3, 3))
    exact = list(recursion_or_descent(problem, 3, [1] * 8, F(19, 2), 3))
    balls = list(recursion_or_descent(problem, 3, [1] * 8, F(19, 2), 3, arithmetic="enclosed"))
    assert [step.source for step in exact] == [step.source for step in balls]
    assert all(abs(float(ball.loss) - float(number.loss)) < 1e-15 for ball, number in zip(balls, exact))


def test_floats_are_refused() -> None:
    with pytest.raises(ParameterError, match="'arithmetic' must be one of rational, enclosed, not 'float64'"):
        recursion_or_descent(LearningProblem(KPattern.parity(3, 2)), 2, [1] * 4, 1, 1, arithmetic="float64")
