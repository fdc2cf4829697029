"""Online gradient descent: the telescoping identity exactly, Theorem 10's inequality, and what is refused."""
from __future__ import annotations

from fractions import Fraction as F

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theorycheck.errors import ParameterError
from theorycheck.rigor import Real, decide
from theorycheck.training.convex_losses import AbsoluteLoss, HingeLoss, LinearLoss, QuadraticLoss, UserLoss
from theorycheck.training.online import online_gradient_descent, total

numbers = st.fractions(-2, 2, max_denominator=3)
pairs = st.tuples(numbers, numbers)
losses = st.one_of(st.builds(LinearLoss, pairs, numbers), st.builds(AbsoluteLoss, pairs, numbers),
                   st.builds(HingeLoss, pairs, numbers, st.fractions(0, 1)), st.builds(QuadraticLoss, pairs, numbers))
rates = st.fractions(F(1, 8), 2, max_denominator=8)


@given(st.lists(losses, min_size=1, max_size=5), pairs, rates, pairs)
def test_the_identity_and_the_theorem(sequence: list, start: tuple, eta: F, best: tuple) -> None:
    run = online_gradient_descent(sequence, start, eta, best)
    assert run.is_exact and run.steps == len(sequence) and not run.interrupted
    # The steps, by the definition.
    point = start
    for t, loss in enumerate(sequence):
        assert run.points[t] == point and run.values[t] == loss.value(point)
        gradient = loss.subgradient(point)
        point = tuple(a - eta * g for a, g in zip(point, gradient))
        assert run.squared_gradient_norms[t] == gradient[0]**2 + gradient[1]**2
        assert run.linear_regrets[t] == sum((a - b) * g for a, b, g in zip(run.points[t], best, gradient))
        assert run.comparator_values[t] == loss.value(best)
    assert run.points[-1] == point
    # The identity of Theorem 10's proof, over the whole run and at each step.
    assert sum(run.linear_regrets) == run.telescoped
    for t in range(run.steps):
        assert 2 * eta * run.linear_regrets[t] == (run.squared_distances[t] - run.squared_distances[t + 1]
                                                   + eta**2 * run.squared_gradient_norms[t])
    assert all(gap >= 0 for gap in run.convexity_gaps)
    regret = run.mean_value - run.mean_comparator_value
    assert regret <= run.mean_linear_regret
    assert regret <= run.squared_distances[0] / (2 * eta * run.steps) + eta / 2 * run.mean_squared_gradient_norm


def test_the_numbers_of_the_paper() -> None:
    run = online_gradient_descent([LinearLoss(["0.1"])], [10], 1)
    assert run.mean_value == 1 and run.mean_comparator_value == 0
    assert run.mean_gradient_norm.exact == F(1, 10) and run.mean_squared_gradient_norm == F(1, 100)
    # ‖θ*‖²/(2ηT) + ‖θ_1‖·mean‖g‖ + η·mean‖g‖², then with η/2, then the standard form.
    assert 10 * F(1, 10) + run.mean_squared_gradient_norm == F(101, 100)
    assert 10 * F(1, 10) + run.mean_squared_gradient_norm / 2 == F(201, 200)
    assert run.squared_distances[0] / 2 + run.mean_squared_gradient_norm / 2 == F(10001, 200)


def test_another_comparator_needs_no_second_run() -> None:
    run = online_gradient_descent([HingeLoss([1]), HingeLoss([-1])], [0], F(1, 2))
    again = run.against([1])
    assert again.comparator_values == (0, 2) and again.points is run.points
    assert run.comparator_values == (1, 1) and sum(again.linear_regrets) == again.telescoped


def test_an_enclosed_rate() -> None:
    eta = Real(2).sqrt()
    run = online_gradient_descent([QuadraticLoss([1], 1)] * 200, [0], eta / 8, [1])
    assert not run.is_exact
    # θ_t - 1 = -(1 - 2η)^{t-1}: a recursion of depth 200 that must neither nest nor blow up.
    exact = -(1 - 2 * F(2**0.5) / 8)**200
    assert abs(float(run.points[-1][0]) - 1 - float(exact)) < 1e-12  # 200 float roundings in the reference
    gap = Real(total(run.linear_regrets)) - Real(run.telescoped)
    # Each step widens a ball at most (1+2η)-fold: 1.36^200 units of 2^-128 are below 2^-35.
    assert decide(gap, "<", F(1, 2**35)) is True and decide(gap, ">", -F(1, 2**35)) is True
    assert decide(run.points[1][0], "==", F(1, 2)) is False


def test_a_loss_that_is_not_convex_shows_in_the_gaps() -> None:
    concave = UserLoss(lambda x: -x[0]**2, lambda x: [-2 * x[0]])
    run = online_gradient_descent([concave], [1], 1, [0])
    assert run.convexity_gaps == (-1,) and sum(run.linear_regrets) == run.telescoped


def test_a_subgradient_in_float64_stands_for_its_dyadic_numbers() -> None:
    loss = UserLoss(lambda x: x[0] / 10, lambda x: np.array([0.1]))
    assert online_gradient_descent([loss], [0], 1).points[1] == (-F(0.1),)


def test_progress_and_interruption() -> None:
    seen: list = []
    online_gradient_descent([LinearLoss([1])] * 2, [0], 1, progress=lambda *call: seen.append(call))
    title = "online gradient descent"
    assert seen == [(0, 2, title), (1, 2, title), (2, 2, "")]

    def stop(done: int, count: int, text: str) -> None:
        if done == 2 and text:
            raise KeyboardInterrupt

    run = online_gradient_descent([LinearLoss([1])] * 5, [0], 1, progress=stop)
    assert run.interrupted and run.steps == 2 and run.points[-1] == (-2,) and len(run.points) == 3
    assert sum(run.linear_regrets) == run.telescoped

    def stop_at_once(done: int, count: int, text: str) -> None:
        if text:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        online_gradient_descent([LinearLoss([1])], [0], 1, progress=stop_at_once)


@pytest.mark.parametrize("arguments, message", [
    (([], [0], 1), "'losses' must have at least one loss."),
    (([3], [0], 1), "'losses' must have value(point) and subgradient(point), not 3."),
    (([LinearLoss], [0], 1), f"'losses' must have value(point) and subgradient(point), not {LinearLoss!r}."),
    (([LinearLoss([1])], [0], 0), "'eta' must be above 0, not 0."),
    (([LinearLoss([1])], [0], -1), "'eta' must be above 0, not -1."),
    (([LinearLoss([1])], [0], True), "'eta' must be a finite number, not True."),
    (([LinearLoss([1])], [0], float("nan")), "'eta' must be a finite number, not nan."),
    (([LinearLoss([1])], [np.inf], 1), "'start' must be a finite number, not inf."),
    (([LinearLoss([1])], [0, 0], 1), "'point' must have 1 entries, not 2."),
    (([LinearLoss([1])], [0], 1, [0, 1]), "'comparator' must have 1 entries, not 2.")])
def test_bad_input(arguments: tuple, message: str) -> None:
    with pytest.raises(ParameterError) as caught:
        online_gradient_descent(*arguments)
    assert str(caught.value) == message


def test_bad_precision() -> None:
    with pytest.raises(ParameterError, match="'precision' must be an integer, not the boolean True"):
        online_gradient_descent([LinearLoss([1])], [0], 1, precision=True)


@pytest.mark.parametrize("changes, message", [
    ({"losses": 5}, "'losses' must have at least one loss."),
    ({"progress": "bar"}, "'progress' must be callable, not 'bar'.")])
def test_no_sequence_and_no_callable(changes: dict, message: str) -> None:
    with pytest.raises(ParameterError) as caught:
        online_gradient_descent(**{"losses": [LinearLoss([1])], "start": [0], "eta": 1, **changes})
    assert str(caught.value) == message
