from __future__ import annotations

from fractions import Fraction

import pytest
from flint import arb

from theorycheck.claims import Outcome, Quantity, Side, Step, StepResult, Verdict, relation_outcome
from theorycheck.rigor import Real, decide

HALF, THIRD = Quantity.of(Fraction(1, 2)), Quantity.of(Fraction(1, 3))


def test_slack_is_right_over_left():
    assert relation_outcome(THIRD, "<=", HALF).slack.exact == Fraction(3, 2)
    assert relation_outcome(HALF, "<=", Quantity.of(-1)).slack.exact == -2


def test_slack_of_enclosed_numbers():
    outcome = relation_outcome(Quantity.of(Real(2).sqrt()), "<=", Quantity.of(2))
    assert decide(outcome.slack, ">", Fraction(1414, 1000)) and decide(outcome.slack, "<", Fraction(1415, 1000))


@pytest.mark.parametrize("lhs, rhs", [
    (Quantity.of(0), HALF), (Quantity.of(Real(2).sqrt() - Real(2).sqrt()), HALF), (Quantity.of(Real(-1).sqrt()), HALF),
    (Quantity.of(arb((0, 0), (1, 0))), HALF), (Quantity.floating(1.0), HALF), (HALF, Quantity.floating(1.0)),
    (HALF, Quantity.statistical(Fraction(0), Fraction(1), Fraction(9, 10))), (None, HALF), (HALF, None), (None, None)])
def test_no_slack_where_the_left_side_may_be_zero_or_a_side_is_no_number(lhs, rhs):
    assert Outcome(Verdict.VERIFIED, lhs, rhs).slack is None


def test_the_verdict_is_that_of_the_comparison():
    assert relation_outcome(THIRD, "<=", HALF).verdict is Verdict.VERIFIED
    assert relation_outcome(HALF, "<=", THIRD).verdict is Verdict.REFUTED
    assert relation_outcome(HALF, ">=", Quantity.floating(0.1)).verdict is Verdict.INCONCLUSIVE


def test_the_counterexample_is_kept_only_where_the_relation_fails():
    witness = {"z": "3"}
    assert relation_outcome(HALF, "<=", THIRD, counterexample=witness).counterexample == witness
    assert relation_outcome(THIRD, "<=", HALF, counterexample=witness).counterexample is None
    inconsistent = Quantity.statistical(Fraction(3, 4), Fraction(1), Fraction(99, 100))
    assert relation_outcome(inconsistent, "<=", HALF, counterexample=witness).counterexample is None
    assert relation_outcome(HALF, "<=", THIRD).counterexample is not None


def test_the_rest_is_passed_on():
    outcome = relation_outcome(THIRD, "<=", HALF, alternatives=(HALF,), method="arithmetic", note="seen")
    assert (outcome.lhs, outcome.rhs, outcome.alternatives, outcome.method, outcome.note) == (
        THIRD, HALF, (HALF,), "arithmetic", "seen")


def test_a_step_reads_as_its_relation_and_is_frozen():
    step = Step("union", "Union bound", Side("P[A or B]"), "<=", Side("P[A] + P[B]"), lambda instance: Outcome(None))
    assert step.text == "P[A or B] <= P[A] + P[B]"
    for thing, name in ((step, "name"), (step.lhs, "text"), (StepResult(step, Outcome(None)), "outcome"),
                        (Outcome(None), "verdict")):
        with pytest.raises(AttributeError):
            setattr(thing, name, "other")


def test_a_symbolic_side_is_built_only_when_asked_for():
    calls = []
    side = Side("x", lambda: calls.append(1))
    assert Step("s", "t", side, "<", Side("y"), lambda instance: Outcome(None)).text == "x < y" and not calls
