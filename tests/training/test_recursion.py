"""The class recursion against golden trajectories, the full gradient and the oracle; where it ends."""
from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import oracles
import pytest
from flint import arb, ctx
from hypothesis import given, settings
from hypothesis import strategies as st

from theorycheck.cube.distributions import ProductDistribution, UniformDistribution
from theorycheck.cube.patterns import KPattern
from theorycheck.cube.weighted_distributions import ExplicitDistribution
from theorycheck.errors import ParameterError
from theorycheck.gradients.enclosed_activations import Undecided
from theorycheck.gradients.exact_gradients import exact_descent
from theorycheck.networks.initialisers import collapsed_network
from theorycheck.networks.problems import LearningProblem
from theorycheck.rigor import Real
from theorycheck.training.recursion import class_recursion

F = Fraction
GOLDEN = json.loads((Path(__file__).parents[1] / "data" / "paper_golden.json").read_text())
RUNS = [(run, tied) for run in GOLDEN["trajectories"]["runs"] for tied in (True, False)
        if ("cnn" if tied else "lcn") in run["networks"]]


@pytest.mark.parametrize("run, tied", RUNS)
def test_golden_trajectories(run: dict, tied: bool) -> None:
    problem = LearningProblem(KPattern.from_hex(run["n"], run["k"], run["pattern"], run["offset"]))
    losses = [F(loss) for loss in run["losses"]]
    arguments: Any = (problem, run["k"], [1] * 2 ** run["k"], F(run["eta"]), len(losses) - 1)
    exact = list(class_recursion(*arguments, tied=tied))
    assert [step.loss for step in exact] == losses and all(step.is_frozen for step in exact)
    for ball, number in zip(class_recursion(*arguments, tied=tied, arithmetic="enclosed"), losses, strict=True):
        assert ball.loss.contains(arb(number.numerator) / number.denominator) and ball.loss.rad() < 1e-35
    floats = [step.loss for step in class_recursion(*arguments, tied=tied, arithmetic="float64")]
    assert floats == pytest.approx([float(loss) for loss in losses], abs=1e-14)  # a few roundings of numbers below 2


@st.composite
def instances(draw: st.DrawFn) -> tuple:
    k = draw(st.integers(1, 3))
    n = draw(st.integers(k, 4))
    length = draw(st.integers(1, min(n, 3)))
    code = draw(st.integers(0, 2 ** 2**length - 1))
    pattern = KPattern(n, length, draw(st.integers(0, n - length)),
                       np.array([1 - 2 * (code >> z & 1) for z in range(2**length)], dtype=np.int8))
    distribution = draw(st.sampled_from([UniformDistribution(n), ProductDistribution([F(1, 3), -1, 0, F(1, 5)][:n]),
                                         ExplicitDistribution(n, {0: F(1, 3), 2**n - 1: F(2, 3)})]))
    problem = LearningProblem(pattern, distribution, draw(st.sampled_from([F(0), F(1, 2), F(1)])))
    return (problem, k, draw(st.lists(st.integers(0, 3), min_size=2**k, max_size=2**k).filter(any)),
            draw(st.sampled_from([F(1, 4), F(1), F(3)])), draw(st.booleans()))


@settings(max_examples=60, deadline=None)
@given(instances())
def test_it_is_the_full_gradient_while_frozen(instance: tuple) -> None:
    problem, k, multiplicities, eta, tied = instance
    start, copies = collapsed_network(problem.n, k, multiplicities, tied=tied)
    occupied = [z for z, m in enumerate(multiplicities) if m]
    points = [oracles.cube_points(k)[z] for z in occupied]
    steps = list(class_recursion(problem, k, multiplicities, eta, 3, tied=tied))
    for step, (network, result) in zip(steps, exact_descent(start, problem, eta, 3, multiplicities=copies)):
        assert step.readout[:, occupied].tolist() == network.readout.tolist()
        filters = network.filters if not tied else network.filters[None]
        scales = [[sum(w * s for w, s in zip(row, z)) + F(1, k) - 1 for row, z in zip(rows, points)]
                  for rows in filters]
        assert step.scales[:, occupied].tolist() == scales
        if step.is_frozen:
            assert step.loss == result.loss and step.margin_kinks == result.margin_kinks
            assert step.marginals.ravel().tolist() == result.marginals.fractions()
            assert result.activation_kinks == 0
    end = F(1, k) + F(1, k - 2) if k > 2 else None
    ranges = [all(0 < a and (end is None or a < end) for a in step.scales[:, occupied].ravel()) for step in steps]
    assert [step.is_frozen for step in steps] == ranges
    assert len(steps) == 4 if all(ranges) else ranges.index(False) == len(steps) - 1


def test_a_class_that_leaves_the_range_ends_the_recursion() -> None:
    problem = LearningProblem(KPattern.parity(3, 3))
    steps = list(class_recursion(problem, 3, [1] * 8, 8, 10))
    assert [step.is_frozen for step in steps] == [True, True, False] and steps[-1].loss is None
    # At a_z = 1/k + 1/(k-2) = 4/3 exactly the nearest patterns are on the kink: no longer frozen.
    assert steps[-1].scales[0, 0] == F(4, 3)
    balls = class_recursion(problem, 3, [1] * 8, 8, 10, arithmetic="enclosed")
    assert next(balls).is_frozen and next(balls).is_frozen
    with pytest.raises(Undecided, match="Step 2 at 128 bits: An end of the frozen range"):
        next(balls)
    wide = list(class_recursion(problem, 3, [1] * 8, 9, 10, arithmetic="enclosed"))
    assert [step.is_frozen for step in wide] == [True, True, False]


def test_a_scale_below_zero_is_not_frozen() -> None:
    # The window that the label does not depend on grows a readout, which too large a step turns around.
    problem = LearningProblem(KPattern.parity(2, 1, offset=1), ProductDistribution([1, F(1, 3)]))
    *earlier, last = class_recursion(problem, 1, [1, 1], 4, 9)
    assert last.scales[0, 0] == F(-7, 9) and not last.is_frozen and all(step.is_frozen for step in earlier)
    assert all(step.is_frozen for step in class_recursion(problem, 1, [1, 1], 1, 9))


@pytest.mark.parametrize("arithmetic", ["enclosed", "float64"])
def test_the_reference_run(arithmetic: str) -> None:
    given = GOLDEN["theorem4"]["reference_run"]
    n, k, q, steps = (given[name] for name in ("n", "k", "q", "T"))
    eta = Real(n).sqrt() / (Real(q).sqrt() * steps)
    problem = LearningProblem(KPattern.parity(n, k))
    trace = class_recursion(problem, k, given["multiplicities_by_index"], eta, steps, arithmetic=arithmetic)
    with ctx.workprec(128):
        mean = sum((step.loss for step in trace if step.t < steps), 0) / steps
    assert abs(float(mean) - float(given["mean_loss"][0]["value"])) < 5e-7  # the golden value has six digits


def test_empty_classes_stay_where_they_are() -> None:
    last = list(class_recursion(LearningProblem(KPattern.parity(3, 2)), 2, [2, 0, 1, 0], F(1, 2), 4))[-1]
    assert last.scales[0, [1, 3]].tolist() == [F(1, 2)] * 2 and not last.readout[:, [1, 3]].any()


def test_the_papers_windows_leave_the_last_one_out() -> None:
    problem = LearningProblem(KPattern.parity(3, 1, offset=2))
    *_, last = class_recursion(problem, 1, [1, 1], 1, 3, windows="paper")
    assert last.loss == 1 and last.readout.shape == (2, 2)
    *_, last = class_recursion(problem, 1, [1, 1], 1, 3)
    assert last.loss < 1


@pytest.mark.parametrize("change, message", [
    ({"multiplicities": [1, 2]}, r"'multiplicities' must have 2\^k=4 entries, not 2."),
    ({"multiplicities": [1, 2, 3, -1]}, "'multiplicities'"), ({"multiplicities": [0.5] * 4}, "'multiplicities'"),
    ({"eta": 0}, "'eta' must be above 0, not 0."), ({"eta": Real(2).sqrt()}, "'eta' must be rational"),
    ({"steps": -1}, "'steps' must be at least 0"), ({"arithmetic": "float"}, "'arithmetic' must be one of rational"),
    ({"k": 4}, "'k' must be at least 1 and at most n=3, not 4."), ({"precision": 1}, "'precision'")])
def test_bad_input_is_refused(change: dict, message: str) -> None:
    given: dict[str, Any] = {"problem": LearningProblem(KPattern.parity(3, 2)), "k": 2, "multiplicities": [1] * 4,
                             "eta": 1, "steps": 1, **change}
    with pytest.raises(ParameterError, match=message):
        class_recursion(**given)


def test_numbers_beyond_float64_and_no_window() -> None:
    problem = LearningProblem(KPattern.parity(3, 2))
    losses = [step.loss for step in class_recursion(problem, 2, [1] * 4, F(10) ** 400, 1)]
    start, copies = collapsed_network(3, 2, [1] * 4)
    assert losses == [result.loss for _, result in exact_descent(start, problem, F(10) ** 400, 1,
                                                                 multiplicities=copies)]
    with pytest.raises(ParameterError, match=r"'n' must be at least k\+1=4 with the paper's windows, not 3."):
        class_recursion(LearningProblem(KPattern.parity(3, 3)), 3, [1] * 8, 1, 2, windows="paper")
