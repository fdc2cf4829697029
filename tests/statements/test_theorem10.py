"""Theorem 10 as a whole: golden example, every kind of sequence, and REFUTED where it should be."""
import importlib
import json
from fractions import Fraction
from pathlib import Path

import pytest
from sympy import Rational

from theorycheck.claims import Settings, Verdict, run_claim
from theorycheck.errors import HypothesisNotMet, InstanceTooLarge, ParameterError
from theorycheck.statements.theorem10 import CLAIM, SEQUENCES, Theorem10Parameters

GOLDEN = json.loads((Path(__file__).parents[1] / "data" / "paper_golden.json").read_text())["theorem10"]
VERIFIED, REFUTED = Verdict.VERIFIED, Verdict.REFUTED
TRAINING = {"sequence": "training", "n": 3, "k": 2, "q": 64, "steps": 30}


def check(seed=0, without_hypotheses=False, **values):
    parameters = CLAIM.parameters.from_values(values or dict(CLAIM.example))
    return run_claim(CLAIM, parameters, Settings(seed, without_hypotheses=without_hypotheses))


def verdicts(report):
    return {result.step.name: result.outcome.verdict for result in report.results}


def test_the_example_is_verified_at_every_step():
    report = check()
    assert report.verdict is VERIFIED and set(verdicts(report).values()) == {VERIFIED} and len(report.results) == 10


def test_the_golden_example_as_an_instance():
    report = check(sequence="linear", weights=GOLDEN["slope"], start=GOLDEN["theta_1"], eta=GOLDEN["eta"],
                   comparator=GOLDEN["theta_star"], steps=GOLDEN["T"])
    assert report.verdict is VERIFIED and report.parameters.dimension == 1
    stated, standard = report.step("stated").outcome, report.step("standard").outcome
    assert stated.lhs.value.exact == Fraction(GOLDEN["value"]) and stated.rhs.value.exact == Fraction(GOLDEN["stated"])
    assert standard.rhs.value.exact == Fraction(GOLDEN["standard"])
    assert report.step("sharp").outcome.rhs.value.exact == Fraction(GOLDEN["stated_with_half"])


def test_neither_form_is_the_better_one_in_every_report():
    outcome = check(**TRAINING).step("not_comparable").outcome
    assert [quantity.value.exact for quantity in (outcome.lhs, outcome.rhs, *outcome.alternatives[:2])] == [
        Fraction(GOLDEN[name]) for name in ("stated", "standard", "stated_with_half", "value")]
    stated, standard = (quantity.value.exact for quantity in outcome.alternatives[2:])
    assert stated > standard


@pytest.mark.parametrize("sequence", [name for name in SEQUENCES if name not in ("training", "concave")])
@pytest.mark.parametrize("start, comparator", [("random", "random"), ("0", "last"), ("1,-1/2", "0.1")])
def test_every_kind_of_sequence_in_rationals(sequence, start, comparator):
    report = check(seed=4, sequence=sequence, start=start, comparator=comparator, steps=25, dimension=2)
    assert report.verdict is VERIFIED and set(verdicts(report).values()) == {VERIFIED}
    identity = report.step("identity").outcome
    assert identity.lhs.value.exact is not None and identity.lhs.value.exact == identity.rhs.value.exact


def test_linear_losses_attain_half_the_last_term():
    report = check(sequence="linear", start="0", comparator="last", steps=12, eta="1/3")
    sharp = report.step("sharp").outcome
    assert sharp.lhs.value.exact == sharp.rhs.value.exact != report.step("stated").outcome.rhs.value.exact


def test_a_training_is_a_sequence():
    report = check(**TRAINING)
    assert report.verdict is VERIFIED and verdicts(report)["identity"] is None
    assert "never confirm an equality" in report.step("identity").outcome.note
    exact = check(**TRAINING, eta="1/40")
    assert set(verdicts(exact).values()) == {VERIFIED}
    value = exact.step("stated").outcome.lhs.value
    from theorycheck.statements.training_instance import Training
    assert value.exact == Training(exact.parameters, Settings()).run.mean_loss.exact


def test_the_step_size_is_filled_in_for_a_sequence_of_its_own():
    assert check(sequence="hinge", steps=3).parameters.eta == "1/10"
    assert check(**TRAINING).parameters.eta == "paper"


# Negative controls.

def test_a_concave_loss_is_refused_then_refuted():
    case = {"sequence": "concave", "steps": 5, "eta": "1", "start": "0", "comparator": "10"}
    with pytest.raises(HypothesisNotMet, match="theorem10 needs every f_t convex: in round 1"):
        check(**case)
    report = check(without_hypotheses=True, **case)
    assert {name for name, verdict in verdicts(report).items() if verdict is REFUTED} == {
        "convexity", "standard", "sharp", "stated"}
    assert verdicts(report)["identity"] is VERIFIED


@pytest.mark.parametrize("name, step, divisor", [
    ("telescoped", "identity", 2), ("telescoped", "telescoped", 2), ("sharp_bound", "attained", 2),
    ("standard_bound", "standard", 10), ("sharp_bound", "sharp", 10), ("stated_bound", "stated", 10)])
def test_a_bound_scaled_down_is_noticed(monkeypatch, name, step, divisor):
    formulas = importlib.import_module("theorycheck.bounds.theorem10")
    original = getattr(formulas, name)
    monkeypatch.setattr(formulas, name, lambda *given, **named: original(*given, **named) / divisor)
    report = check(sequence="absolute", start="0", comparator="last", steps=20, eta="1/50", dimension=1)
    assert verdicts(report)[step] is REFUTED and report.verdict is REFUTED


@pytest.mark.parametrize("factor, verdict", [(Fraction(1, 2), VERIFIED), (Fraction(2, 5), REFUTED)])
def test_half_is_the_best_factor_of_the_last_term(monkeypatch, factor, verdict):
    from theorycheck.bounds import theorem10
    original = theorem10.sharp_bound
    missing = theorem10.symbols.eta * theorem10.squares * (1 - 2 * Rational(factor)) / 2
    monkeypatch.setattr(theorem10, "sharp_bound", lambda *given: original(*given) - missing)
    report = check(sequence="linear", start="0", comparator="last", steps=8)
    assert verdicts(report)["sharp"] is verdict


@pytest.mark.parametrize("values, message", [
    ({"eta": "0"}, "'eta' must be greater than 0, not 0."), ({"weights": "1"}, "'weights' must be left out"),
    ({"start": "1,2", "comparator": "1,2,3"}, "'start' must have 1 or 3 entries, not 2."),
    ({"start": "north"}, "'start' must be a finite number, not north."),
    ({"start": "last"}, "'start' must be a finite number, not last."),
    ({"sequence": "cubic"}, "'sequence' must be one of mixed, linear, "),
    ({"sequence": "training", "q": 3}, "'init' must give every sign pattern a filter"),
    ({"dimension": 0}, "'dimension' must be at least 1, not 0.")])
def test_bad_input(values, message):
    with pytest.raises(ParameterError, match=message):
        check(**values)


def test_too_many_numbers():
    with pytest.raises(InstanceTooLarge, match="'steps' times 'dimension' must be at most 1000000, not 2000000."):
        Theorem10Parameters(steps=10**6, dimension=2)


def test_everything_is_proved_and_estimated():
    assert {proof.verdict for proof in CLAIM.proofs()} == {Verdict.PROVED}
    for values in (dict(CLAIM.example), TRAINING):
        assert CLAIM.estimate(CLAIM.parameters.from_values(values)).seconds < 20
