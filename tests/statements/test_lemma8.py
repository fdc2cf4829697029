"""Lemma 8 as a whole: it holds, it is sharp, and it is REFUTED when a hypothesis or a constant is broken."""
import importlib
import json
from fractions import Fraction
from pathlib import Path

import pytest

from theorycheck.claims import Settings, Verdict, run_claim
from theorycheck.errors import HypothesisNotMet
from theorycheck.statements.lemma8 import CLAIM

GOLDEN = json.loads((Path(__file__).parents[1] / "data" / "paper_golden.json").read_text())["lemma8"]["counterexample"]
VERIFIED, REFUTED = Verdict.VERIFIED, Verdict.REFUTED
COUNTEREXAMPLE = {"n": GOLDEN["n"], "k": GOLDEN["k"], "q": 1, "distribution": "point:0", "pattern": "0x0",
                  "eta": GOLDEN["eta"], "steps": GOLDEN["steps"], "activation": "relu"}


def check(seed=0, without_hypotheses=False, **values):
    parameters = CLAIM.parameters.from_values(values or dict(CLAIM.example))
    return run_claim(CLAIM, parameters, Settings(seed, without_hypotheses=without_hypotheses))


def verdicts(report):
    return {result.step.name: result.outcome.verdict for result in report.results}


def test_the_example_is_verified_at_every_step():
    report = check()
    assert report.verdict is VERIFIED and set(verdicts(report).values()) == {VERIFIED}
    assert len(verdicts(report)) == 9 and "Lemma 8 holds at n=3, k=2, q=64, T=50" in report.sentence


def test_plain_relu_breaks_it_with_the_golden_readout():
    with pytest.raises(HypothesisNotMet, match="the largest .sigma. in the run, 0.512014…, is not at most c=0.5"):
        check(**COUNTEREXAMPLE, c="1/2")
    report = check(without_hypotheses=True, **COUNTEREXAMPLE, c="1/2")
    assert report.verdict is REFUTED
    outcome = report.step("window_norm").outcome
    assert outcome.verdict is REFUTED and outcome.lhs.value.exact == Fraction(GOLDEN["readout"])
    assert outcome.rhs.value.exact == Fraction(GOLDEN["stated"]) and outcome.counterexample["at"].startswith("t=6")
    assert {name for name, verdict in verdicts(report).items() if verdict is REFUTED} == {
        "readout_slope", "readout_entry", "window_norm", "filter_move", "sharp_drift"}


def test_plain_relu_obeys_it_with_the_a_priori_constant():
    report = check(**COUNTEREXAMPLE)
    assert report.verdict is VERIFIED
    assert report.step("window_norm").outcome.lhs.value.exact == Fraction(GOLDEN["readout"])


def test_relu_with_c_one_over_k_holds_for_two_steps_and_is_sharp():
    # Nothing has moved before the second step, so |sigma| <= 1/k at both; the sharp bounds are attained.
    report = check(**{**COUNTEREXAMPLE, "steps": 2, "c": "1/2"})
    assert report.verdict is VERIFIED
    for name in ("readout_slope", "readout_entry", "window_norm", "filter_move", "sharp_drift"):
        outcome = report.step(name).outcome
        assert outcome.lhs.value.exact == outcome.rhs.value.exact > 0, name


@pytest.mark.parametrize("values", [
    {"n": 4, "k": 3, "q": 300, "activation": "relu", "steps": 12}, {"n": 3, "k": 3, "q": 300, "pattern": "majority"},
    {"n": 4, "k": 2, "q": 64, "activation": "tanh", "steps": 12}, {"n": 4, "k": 2, "q": 7, "init": "3,0,4,0"},
    {"n": 4, "k": 2, "q": 64, "activation": "leaky_relu:1/10", "steps": 12}, {"n": 1, "k": 1, "q": 2, "steps": 1},
    {"n": 4, "k": 3, "q": 64, "activation": "clipped_relu:1/3", "distribution": "point:5", "steps": 12},
    {"n": 5, "k": 2, "q": 64, "windows": "paper", "init": "paper", "pattern": "random", "steps": 12},
    {"n": 4, "k": 2, "q": 64, "gamma": "1/2", "kink_slope": "1", "eta": "1/10", "distribution": "product:1/3"}],
    ids=str)
def test_it_holds_for_all_kinds_of_instances(values):
    assert check(seed=3, **values).verdict is VERIFIED


# Negative controls: what is broken is the input, or the formula that the check meets.

@pytest.mark.parametrize("name, value", [("steps", 2), ("c", "1/4")])
def test_a_constant_below_the_activation_is_refuted(name, value):
    values = {**COUNTEREXAMPLE, "c": "1/2", name: value, **({"c": "1/3"} if name == "steps" else {})}
    report = check(without_hypotheses=True, **values)
    assert report.verdict is REFUTED and verdicts(report)["readout_slope"] is REFUTED


def test_a_steep_activation_is_refused_and_moves_its_filters_too_far():
    case = {**COUNTEREXAMPLE, "activation": "leaky_relu:1", "c": "10"}
    assert check(**case).verdict is VERIFIED
    from theorycheck.networks import activations
    steep = activations.piecewise_linear("steep", (0,), ((0, 0), (0, 2)))
    original = activations.activation_named
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(activations, "activation_named", lambda text: steep if text == "abs" else original(text))
        case = {**COUNTEREXAMPLE, "activation": "abs", "c": "10"}
        with pytest.raises(HypothesisNotMet, match="the largest slope is 2"):
            check(**case)
        assert verdicts(check(without_hypotheses=True, **case))["filter_slope"] is REFUTED
    from theorycheck.statements.training_run import clear_shared_runs
    clear_shared_runs()


@pytest.mark.parametrize("name, step, divisor", [
    ("readout_entry_bound", "readout_entry", 2), ("window_norm_bound", "window_norm", 2),
    ("filter_move_bound", "filter_move", 2), ("squared_sharp_drift_bound", "sharp_drift", 2),
    ("squared_sharp_drift_bound", "attained", 2), ("drift_bound", "drift", 10), ("pairs_of_steps", "sum_over_steps", 2),
    ("readout_slope_bound", "readout_slope", 2)])
def test_a_bound_scaled_down_is_noticed(monkeypatch, name, step, divisor):
    formulas = importlib.import_module("theorycheck.bounds.lemma8")
    original = getattr(formulas, name)
    monkeypatch.setattr(formulas, name, lambda *arguments, **named: original(*arguments, **named) / divisor)
    report = check(**COUNTEREXAMPLE)
    assert verdicts(report)[step] is REFUTED and report.verdict is REFUTED


def test_an_unknown_constant_leaves_it_open():
    with pytest.raises(HypothesisNotMet, match="no bound on .square. is known; give --c."):
        check(n=3, k=2, q=4, steps=3, activation="square")
    report = check(without_hypotheses=True, n=3, k=2, q=4, steps=3, activation="square", eta="1/10")
    assert verdicts(report)["drift"] is verdicts(report)["readout_slope"] is Verdict.INCONCLUSIVE
    # Its slope is up to 3 at the start, where |sigma'| <= 1 is asked for.
    assert verdicts(report)["filter_slope"] is REFUTED


def test_everything_is_proved_and_estimated():
    assert {proof.verdict for proof in CLAIM.proofs()} == {Verdict.PROVED}
    assert CLAIM.estimate(CLAIM.parameters.from_values(dict(CLAIM.example))).seconds < 20
    assert not CLAIM.is_vacuous(None)
