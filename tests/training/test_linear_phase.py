"""The closed form of the linear phase against exact gradient descent, to its last valid step and no further."""
from __future__ import annotations

from fractions import Fraction

import pytest

from theorycheck.cube.patterns import KPattern
from theorycheck.errors import ParameterError
from theorycheck.gradients.exact_gradients import exact_descent
from theorycheck.networks.initialisers import collapsed_network
from theorycheck.networks.problems import LearningProblem
from theorycheck.rigor import Real, decide
from theorycheck.training.linear_phase import (is_frozen_beforehand, linear_phase_length, linear_phase_loss,
                                               linear_phase_scale)
from theorycheck.training.recursion import class_recursion

F = Fraction


@pytest.mark.parametrize("n, k, offset, multiplicities, eta", [
    (4, 2, 1, [1, 1, 1, 1], F(1)), (3, 2, 0, [5, 0, 2, 1], F(1, 3)), (3, 3, 0, [1, 3, 2, 1, 0, 1, 1, 4], F(2, 3)),
    (3, 1, 1, [2, 1], F(1, 4)), (4, 3, 1, [1] * 8, F(8)), (3, 2, 1, [3, 1, 1, 1], F(6))])
@pytest.mark.parametrize("tied", [True, False])
def test_it_holds_to_its_last_step_and_no_further(n: int, k: int, offset: int, multiplicities: list[int],
                                                  eta: Fraction, tied: bool) -> None:
    start, copies = collapsed_network(n, k, multiplicities, tied=tied)
    problem = LearningProblem(KPattern.parity(n, k, offset=offset))
    length, q = linear_phase_length(k, multiplicities, eta), sum(multiplicities)
    losses = [result.loss for _, result in exact_descent(start, problem, eta, length + 1, multiplicities=copies)]
    closed = [linear_phase_loss(k, q, eta, t).exact for t in range(length + 2)]
    assert closed[:-1] == losses[:-1] and closed[-1] != losses[-1]


def test_no_margin_at_one_before_step_t_is_not_enough() -> None:
    # n=4, k=2, parity, η=1: every margin is below 1 at t=5, but at t=6 the loss is 0 and the closed form below it.
    problem = LearningProblem(KPattern.parity(4, 2, offset=1))
    start, copies = collapsed_network(4, 2, [1] * 4)
    trace = [result for _, result in exact_descent(start, problem, 1, 6, multiplicities=copies)]
    assert all(result.active_probability == 1 for result in trace[:6])
    closed = linear_phase_loss(2, 4, 1, 6).exact
    assert trace[6].loss == 0 and closed is not None and closed < 0
    assert linear_phase_length(2, [1] * 4, 1) == 5


def test_the_scale_is_the_recursions() -> None:
    problem = LearningProblem(KPattern.parity(3, 3))
    for step in class_recursion(problem, 3, [1] * 8, F(2, 3), 3):
        assert set(step.scales.ravel()) == {linear_phase_scale(3, F(2, 3), step.t).exact}


def test_a_frozen_range_that_ends_first_ends_the_phase() -> None:
    # Few filters: margins stay below 1, but a_z reaches its end 4/3 after two steps at η = 8, before them at η = 9.
    assert linear_phase_scale(3, F(8), 2).exact == F(4, 3)
    assert [linear_phase_length(3, [1] + [0] * 7, F(eta)) for eta in (8, 9)] == [2, 1]


def test_an_irrational_step_size_is_enclosed() -> None:
    eta = Real(3).sqrt() / (Real(10723).sqrt() * 2074)
    length = linear_phase_length(2, [2681, 2681, 2681, 2680], eta)
    loss = linear_phase_loss(2, 10723, eta, length)
    assert loss.exact is None and decide(loss, "<", 1) and decide(loss, ">", 0)
    problem = LearningProblem(KPattern.parity(3, 2))
    *_, last = class_recursion(problem, 2, [2681, 2681, 2681, 2680], eta, length, arithmetic="enclosed")
    assert loss.enclose().overlaps(last.loss) and loss.enclose().rad() < 1e-30
    near = linear_phase_loss(3, 7, Real(F(1, 5)), 9).exact
    root = linear_phase_loss(3, 7, Real(2).sqrt() * Real(F(1, 50)).sqrt(), 9)
    assert near is not None and abs(float(root) - float(near)) < 1e-15  # √2·√(1/50) = 1/5


@pytest.mark.parametrize("k, count", [(3, 1), (3, 2), (4, 1)])
def test_the_sufficient_condition_is_sufficient(k: int, count: int) -> None:
    eta = F(1, 7)
    steps = max(t for t in range(100) if is_frozen_beforehand(k, count, eta, t))
    problem = LearningProblem(KPattern.parity(count + k - 1, k))
    trace = list(class_recursion(problem, k, [10**6] * 2**k, eta, steps, arithmetic="float64"))
    assert len(trace) == steps + 1 and all(step.is_frozen for step in trace)
    assert is_frozen_beforehand(k, count, eta, steps + 1) is False


def test_bad_input_is_refused() -> None:
    for wrong, message in (([1, 1], r"must have 2\^k=4 entries"), ([0] * 4, "must have a positive entry"),
                           ([1, 1, 1, -1], "must be at least 0"), ([1.5] * 4, "must be an integer")):
        with pytest.raises(ParameterError, match=f"'multiplicities' {message}"):
            linear_phase_length(2, wrong, 1)
    with pytest.raises(ParameterError, match="'eta' must be above 0, not -1."):
        linear_phase_loss(2, 4, -1, 1)
    with pytest.raises(ParameterError, match="'t' must be at least 0, not -1."):
        linear_phase_loss(2, 4, 1, -1)
    with pytest.raises(ParameterError, match="'q' must be at least 1, not 0."):
        linear_phase_loss(2, 0, 1, 1)


@pytest.mark.parametrize("k, multiplicities", [(1, [3, 1]), (2, [1, 1, 1, 1]), (3, [1] * 8)])
def test_the_length_for_a_tiny_step_needs_no_number_of_that_length(k: int, multiplicities: list[int]) -> None:
    # (1+θ)^(2t) as a rational would have 10^400 digits.  ηt at the end tends to a constant as η goes to 0.
    tiny, small = F(1, 10**400), F(1, 10**6)
    length = linear_phase_length(k, multiplicities, tiny)
    assert abs(length * tiny / (linear_phase_length(k, multiplicities, small) * small) - 1) < F(1, 10**5)


def test_a_margin_of_exactly_1_is_still_in_the_linear_phase() -> None:
    # k=1, m=(2, 2), η=1/2... B_2 = 2 rate, so the margin after one step is 2·2·(1/4)/2·... = ηm/2 at t=1.
    assert linear_phase_length(1, [2, 2], 1) == 1 and linear_phase_length(1, [2, 2], F(1001, 1000)) == 0
