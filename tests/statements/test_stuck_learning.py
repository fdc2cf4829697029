"""The start that learns although its first gradient is tiny: its hypotheses, its scaling, and its run to loss 0."""
from fractions import Fraction
from itertools import permutations

import pytest
from oracles import character, cube_points, gradient_descent

from theorycheck.claims import Settings, Verdict, run_claim
from theorycheck.rigor import Real, decide
from theorycheck.statements import stuck_learning
from theorycheck.statements.stuck import CLAIM, StuckParameters
from theorycheck.statements.stuck_instance import Stuck
from theorycheck.statements.stuck_steps import permuted


@pytest.mark.parametrize("halvings", [0, 3])
def test_the_run_against_the_oracle(halvings):
    start = stuck_learning.learning_start(halvings)
    run = stuck_learning.learning_run(halvings)
    labels = [character(0b0011, x) for x in cube_points(4)]
    oracle = gradient_descent("fcn", start.readout.tolist(), start.filters.tolist(), start.biases.tolist(), labels,
                              Fraction(4), run.steps)
    assert [loss for loss, _, _ in oracle] == list(run.losses)
    assert run.losses[-1] == 0 and all(loss > 0 for loss in run.losses[:-1])


def test_the_start_meets_the_theorems_hypotheses():
    start = stuck_learning.learning_start(0)
    assert max(abs(start(x).exact) for x in cube_points(4)) <= 1 and all(abs(u) <= 1 for u in start.readout.tolist())
    neurons = sorted(zip(start.filters.tolist(), start.biases.tolist(), start.readout.tolist()))
    for order in permutations(range(4)):
        other = permuted(start, order)
        assert sorted(zip(other.filters.tolist(), other.biases.tolist(), other.readout.tolist())) == neurons


def test_the_gradient_falls_by_four_and_the_steps_grow_slowly():
    runs = [stuck_learning.learning_run(halvings) for halvings in (0, 2, 4, 8, 16)]
    for run in runs:
        assert run.squared_gradient == runs[0].squared_gradient / 4**run.halvings
        assert run.squared_gradient == stuck_learning.first_squared_gradient(run.halvings)
        # About 0.8 steps for each halving of the gradient.
        assert run.losses[-1] == 0 and run.steps <= 5 + run.halvings
    assert [run.steps for run in runs] == sorted(run.steps for run in runs)


def test_halvings():
    first = stuck_learning.first_squared_gradient(0)
    assert stuck_learning.halvings_below(Real(first)) == 0
    assert stuck_learning.halvings_below(Real(first - Fraction(1, 10**9))) == 1
    assert stuck_learning.halvings_below(Real(first / 4**7)) == 7
    assert stuck_learning.halvings_below(Real(2).sqrt() / 10**4) in (4, 5)
    assert stuck_learning.halvings_below(Real(first / 4**400)) == 400
    assert stuck_learning.halvings_below(Real(first / 4**401)) is None


@pytest.mark.parametrize("values", [{"n": 6, "k": 3}, {"n": 200, "k": 100}])
def test_the_steps(values):
    at = Stuck(StuckParameters.from_values({"q": 2, "steps": 1, **values}), Settings())
    smaller, learns = stuck_learning.smaller_gradient(at), stuck_learning.learns(at)
    assert smaller.verdict is Verdict.VERIFIED is learns.verdict
    assert decide(smaller.lhs.value, "<=", at.average.total) is True
    assert learns.lhs.value.exact == 0 and learns.alternatives[0].value.exact == 1


@pytest.mark.parametrize("values", [
    {"n": 2000, "k": 1000}, {"n": 10, "k": 5, "weights": "orbit:1,1,1,1,1,0,0,0,0,0", "bias": 0}])
def test_where_no_start_is_smaller_that_is_said_and_not_claimed(values):
    at = Stuck(StuckParameters.from_values({"q": 2, "steps": 1, **values}), Settings())
    smaller, learns = stuck_learning.smaller_gradient(at), stuck_learning.learns(at)
    assert smaller.verdict is None and smaller.lhs is None and "this instance's mean is" in smaller.note
    assert learns.verdict is Verdict.VERIFIED
    report = run_claim(CLAIM, at.parameters)
    assert "a start with a first gradient of squared norm" in report.sentence and "smaller one" not in report.sentence


def test_a_run_that_is_cut_short_is_refuted(monkeypatch):
    monkeypatch.setattr(stuck_learning, "_MOST_STEPS", 3)
    stuck_learning.learning_run.cache_clear()
    at = Stuck(StuckParameters.from_values({"n": 6, "k": 3, "q": 2}), Settings())
    outcome = stuck_learning.learns(at)
    assert outcome.verdict is Verdict.REFUTED and outcome.counterexample["s"].startswith("2^-")
    monkeypatch.undo()
    stuck_learning.learning_run.cache_clear()
