"""One check and one message for network, problem and step size, whichever door is used."""
from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from theorycheck.cube.patterns import KPattern
from theorycheck.errors import ParameterError
from theorycheck.gradients.exact_gradients import exact_descent, exact_loss_and_gradient
from theorycheck.networks.initialisers import collapsed_network
from theorycheck.networks.problems import LearningProblem
from theorycheck.networks.requirements import require_network, require_problem, require_problem_for, require_step_size
from theorycheck.rigor import Real
from theorycheck.training.descent import train
from theorycheck.training.enclosed_descent import descend
from theorycheck.training.linear_phase import is_frozen_beforehand, linear_phase_length, linear_phase_loss
from theorycheck.training.recursion import class_recursion
from theorycheck.training.recursion_fallback import recursion_or_descent

START, _ = collapsed_network(3, 2, [1] * 4)
PROBLEM = LearningProblem(KPattern.parity(3, 2))
STEP_SIZES: list[Callable[[Any], Any]] = [
    require_step_size, lambda eta: descend(START, PROBLEM, eta, 1), lambda eta: exact_descent(START, PROBLEM, eta, 1),
    lambda eta: train(START, PROBLEM, eta=eta, steps=1), lambda eta: class_recursion(PROBLEM, 2, [1] * 4, eta, 1),
    lambda eta: next(recursion_or_descent(PROBLEM, 2, [1] * 4, eta, 1)),
    lambda eta: linear_phase_length(2, [1] * 4, eta), lambda eta: linear_phase_loss(2, 4, eta, 1),
    lambda eta: is_frozen_beforehand(2, 2, eta, 1)]


@pytest.mark.parametrize("call", STEP_SIZES)
@pytest.mark.parametrize("eta, message", [
    (float("nan"), "'eta' must be a finite number, not nan."), (True, "'eta' must be a finite number, not True."),
    ("big", "'eta' must be a finite number, not big."), (0, "'eta' must be above 0, not 0."),
    (Fraction(-1, 2), "'eta' must be above 0, not -1/2."), (Real(2).sqrt() - 2, "'eta' must be above 0, not ")])
def test_step_sizes(call: Callable[[Any], Any], eta: Any, message: str) -> None:
    with pytest.raises(ParameterError) as caught:
        call(eta)
    assert str(caught.value).startswith(message)


def test_a_rational_step_size_where_it_must_be() -> None:
    assert require_step_size(0.1, "rational").exact == Fraction(1, 10)
    assert not require_step_size(Real(2).sqrt()).is_exact
    for call in (lambda eta: descend(START, PROBLEM, eta, 1), lambda eta: exact_descent(START, PROBLEM, eta, 1),
                 lambda eta: class_recursion(PROBLEM, 2, [1] * 4, eta, 1),
                 lambda eta: train(START, PROBLEM, eta=eta, steps=1, arithmetic="rational")):
        with pytest.raises(ParameterError, match="'eta' must be rational for arithmetic='rational'."):
            call(Real(2).sqrt())


@pytest.mark.parametrize("network, problem, message", [
    (None, PROBLEM, "'network' must be a network, not None."),
    (START, None, "'problem' must be a LearningProblem, not None."),
    (START, LearningProblem(KPattern.parity(4, 2)), "'problem' must have the network's dimension n=3, not 4.")])
def test_networks_and_problems(network: Any, problem: Any, message: str) -> None:
    for call in (lambda: require_problem_for(network, problem), lambda: exact_loss_and_gradient(network, problem),
                 lambda: descend(network, problem, 1, 1), lambda: train(network, problem, eta=1, steps=1)):
        with pytest.raises(ParameterError) as caught:
            call()
        assert str(caught.value) == message


def test_what_is_accepted() -> None:
    require_network(START)
    require_problem(PROBLEM)
    require_problem_for(START, PROBLEM, "population")
