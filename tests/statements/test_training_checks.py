"""One relation at many places, and the hypotheses of the trained statements."""
import pytest
from flint import arb

from theorycheck.claims import Quantity, Settings, Verdict
from theorycheck.rigor import Real
from theorycheck.statements.training_checks import (BOUNDED, LIPSCHITZ, SEPARATES, WIDTH, Comparison, check_all,
                                                    is_filter_slope_bounded, is_slope_bounded, sum_of_steps_argument,
                                                    training_cost)
from theorycheck.statements.training_instance import Training, TrainingParameters


def row(place, lhs, rhs):
    return Comparison(place, Real(lhs), Real(rhs))


def test_the_tightest_place_is_shown():
    outcome = check_all([row("a", 1, 9), row("b", 3, 4), row("c", 0, 1)], names=("left", "right"))
    assert outcome.verdict is Verdict.VERIFIED and (outcome.lhs.value.exact, outcome.lhs.label) == (3, "left")
    assert outcome.note == "3 comparisons, the tightest at b" and outcome.counterexample is None


def test_one_failure_refutes_all_and_is_shown():
    headline = row("d", 1, 2)
    outcome = check_all([row("a", 1, 9), row("b", 5, 4), headline, row("e", 9, 4)], headline=headline)
    assert outcome.verdict is Verdict.REFUTED and outcome.counterexample == {"at": "e", "left": "9", "right": "4"}
    assert "2 of them fail" in outcome.note


def test_the_headline_is_shown_where_all_hold():
    headline = Comparison("T", Real(1), Real(9), (Quantity.of(2, "other"),))
    outcome = check_all([row("a", 8, 9), headline], headline=headline)
    assert outcome.lhs.value.exact == 1 and outcome.alternatives[0].label == "other" and "this one at T" in outcome.note


def test_equal_balls_need_an_argument_and_must_agree():
    third = Real(arb(1) / 3)
    assert check_all([Comparison("a", third, third)]).verdict is Verdict.INCONCLUSIVE
    settled = check_all([Comparison("a", third, third)], argument="it is the same number")
    assert settled.verdict is Verdict.VERIFIED and "at one place both sides agree" in settled.note
    wide = Comparison("a", Real(arb(1, 0.1)), Real(1))
    assert check_all([wide], argument="it is the same number").verdict is Verdict.INCONCLUSIVE
    # An argument never helps against a failure, however small.
    near = Comparison("a", Real(arb(1, 1e-30) + arb(1e-12)), Real(1))
    assert check_all([near], argument="it is the same number").verdict is Verdict.REFUTED
    assert check_all([row("a", 2, 1)], argument="it is the same number").verdict is Verdict.REFUTED


def test_nothing_to_compare_does_not_apply():
    assert check_all([], note="nothing moves").verdict is None


def test_other_relations_and_a_right_side_of_zero():
    assert check_all([row("a", 2, 2)], "==").verdict is Verdict.VERIFIED
    assert row("a", 0, 0).tightness == 0 and row("a", 1, 0).tightness == float("inf")


def test_sides_beyond_the_largest_float():
    huge = 10**400
    assert row("a", huge, 2 * huge).tightness == 0.5 and row("a", 1, huge).tightness == 0
    assert row("a", huge**2, huge).tightness > 1e300 and row("a", huge, 0).tightness == float("inf")
    assert Comparison("a", Real(huge), Real(lambda: arb(3).sqrt())).tightness == float("inf")
    outcome = check_all([row("a", huge, 3 * huge), row("b", huge, 2 * huge)])
    assert outcome.verdict is Verdict.VERIFIED and "the tightest at b" in outcome.note


def hypothesis(rule, **values):
    given = TrainingParameters.from_values({"n": 3, "k": 2, "q": 8, "steps": 4, **values})
    return rule.check(Training(given, Settings()))


@pytest.mark.parametrize("values, met", [
    ({}, True), ({"c": "1/2"}, True), ({"activation": "clip:-2,2"}, True), ({"activation": "relu"}, True),
    ({"activation": "relu", "c": "1/2"}, False), ({"activation": "square"}, None), ({"c": "1/10"}, False),
    ({"activation": "square", "c": "100"}, True)])
def test_bounded(values, met):
    # c=1/2 holds for clipped ReLU at 1 too: at eta=1/100 no filter gets above 1/2 before the first step.
    extra = {"eta": "1/100", "steps": 1} if values == {"c": "1/2"} else {}
    assert hypothesis(BOUNDED, **values, **extra).met is met


def test_lipschitz_width_and_separation():
    assert hypothesis(LIPSCHITZ).met and not hypothesis(LIPSCHITZ, activation="square").met
    assert hypothesis(LIPSCHITZ).note == "the largest slope is 1"
    assert hypothesis(LIPSCHITZ, activation="leaky_relu:2").note == "the largest slope is 2."
    assert not hypothesis(WIDTH).met and hypothesis(WIDTH, q=119).met
    assert hypothesis(SEPARATES).met and hypothesis(SEPARATES, activation="clipped_relu:1/2").met
    assert hypothesis(SEPARATES, activation="zero").note == "sigma(1/2) is 0, not 1/2."
    assert hypothesis(SEPARATES, activation="clip:-2,2").note == "sigma(-1/2) is -0.5, not 0."


def test_cost_grows_with_what_it_names():
    def seconds(**values):
        return training_cost(TrainingParameters.from_values({"n": 4, "k": 2, "q": 8, **values})).seconds

    assert seconds() < seconds(steps=5000) < seconds(steps=5000, k=3) < seconds(steps=5000, k=3, n=20)
    assert seconds(n=20, distribution="point:0") < seconds(n=20)


def instance(**values):
    return Training(TrainingParameters.from_values({"n": 1, "k": 1, "q": 3, "init": "3,0", "pattern": "0x3", "steps": 2,
                                                    "distribution": "point:0", **values}), Settings())


def test_what_settles_equal_balls_needs_the_constant():
    assert is_slope_bounded(instance()) and sum_of_steps_argument(instance())
    # σ is 1 at both steps whose gradients are used: as large as c, and larger than a smaller c.
    assert is_slope_bounded(instance(activation="relu", c="1"))
    assert not is_slope_bounded(instance(activation="relu", c="0.999"))
    assert not sum_of_steps_argument(instance(c="0.999"))
    assert not is_slope_bounded(instance(activation="square"))


def test_what_settles_equal_balls_needs_the_slope():
    assert is_filter_slope_bounded(instance()) and is_filter_slope_bounded(instance(gamma="1", activation="abs"))
    steep = instance(activation="square", eta="1/3", c="100")
    assert is_slope_bounded(steep) and not is_filter_slope_bounded(steep) and not sum_of_steps_argument(steep)
