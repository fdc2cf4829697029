"""The LCN as a whole: golden trajectories, bound and run, REFUTED for broken formulas and activations, VACUOUS."""
import importlib
import json
from fractions import Fraction
from pathlib import Path

import pytest

from theorycheck.claims import Settings, Verdict, run_claim
from theorycheck.errors import HypothesisNotMet, ParameterError
from theorycheck.rigor import decide, nearest_decimal
from theorycheck.statements import lemma6, theorem4
from theorycheck.statements.lcn import CLAIM, LCN, LCNParameters

GOLDEN = json.loads((Path(__file__).parents[1] / "data" / "paper_golden.json").read_text())
VERIFIED, REFUTED, VACUOUS = Verdict.VERIFIED, Verdict.REFUTED, Verdict.VACUOUS
# The smallest product at n=2, k=1; that none is smaller is tried out in tests/bounds/test_theorem4_search.py.
SMALL = {"n": 2, "k": 1, "q": 79, "steps": 96}


def check(without_hypotheses=False, seed=0, **values):
    return run_claim(CLAIM, CLAIM.parameters.from_values(values), Settings(seed, without_hypotheses=without_hypotheses),
                     {"lemma6": lemma6.CLAIM}.__getitem__)


def verdicts(report):
    return {result.step.name: result.outcome.verdict for result in report.results}


@pytest.fixture(scope="module")
def reference():
    return check(**CLAIM.example)


@pytest.mark.parametrize("row", [row for row in GOLDEN["trajectories"]["runs"] if "lcn" in row["networks"]], ids=str)
def test_golden_trajectories(row):
    values = {name: row[name] for name in ("n", "k", "offset", "pattern", "eta")}
    parameters = LCNParameters.from_values({**values, "q": 2**row["k"], "steps": len(row["losses"]) - 1, "records": 99,
                                            "activation": "relu"})
    run = LCN(parameters, Settings()).run
    assert [record.loss.exact for record in run.records] == [Fraction(loss) for loss in row["losses"]]


def test_the_lcns_own_filters_differ_from_shared_ones():
    rows = {row["networks"][0]: row["losses"] for row in GOLDEN["trajectories"]["runs"] if row["n"] == 3}
    assert rows["lcn"][2] != rows["cnn"][2]


def test_the_reference_run_is_verified_at_every_step(reference):
    assert reference.verdict is VERIFIED and set(verdicts(reference).values()) == {VERIFIED}
    assert list(verdicts(reference))[:5] == ["lemma6", "readout", "window_drift", "drift", "loss_change"]
    outcome = reference.step("conclusion").outcome
    # The CNN's 0.99995 loses (n-1)/n of its first term, 0.0268.
    assert nearest_decimal(outcome.rhs.value, 5) == "0.98204…" and decide(outcome.slack, ">", 5) is True


def test_stated_sharp_and_actual_stand_side_by_side(reference):
    outcome = reference.step("sharp").outcome
    numbers = [outcome.lhs.value, *(item.value for item in reversed(outcome.alternatives)),
               reference.step("conclusion").outcome.rhs.value]
    assert all(decide(low, "<", high) is True for low, high in zip(numbers, numbers[1:]))
    assert decide(outcome.rhs.value, "<", numbers[2]) is True


def test_the_run_is_the_cnns_to_three_digits_only(reference):
    cnn = theorem4.Theorem4(theorem4.Theorem4Parameters.from_values(dict(CLAIM.example)), Settings()).run
    lcn = reference.step("conclusion_from_start").outcome.lhs.value
    gap = lcn - cnn.mean_loss
    assert decide(gap, "!=", 0) is True
    assert decide(gap, "<", Fraction(1, 1000)) is True and decide(gap, ">", -Fraction(1, 1000)) is True


def test_width_and_steps_of_the_smallest_product_are_the_default():
    parameters = LCNParameters.from_values({"n": 2, "k": 1})
    assert (parameters.q, parameters.steps) == (SMALL["q"], SMALL["steps"])
    cnn = theorem4.Theorem4Parameters.from_values({"n": 2, "k": 1})
    assert parameters.q * parameters.steps < cnn.q * cnn.steps
    assert check(n=2, k=1).verdict is VERIFIED


@pytest.mark.parametrize("values", [
    {"distribution": "product:1/3"}, {"distribution": "point:1", "gamma": "1/2"}, {"offset": 1, "pattern": "0x1"},
    {"init": "paper"}, {"activation": "relu"}, {"activation": "clipped_relu:3", "c": "4", "kink_slope": "1/2"},
    {"n": 4, "k": 2, "q": 300, "steps": 40, "pattern": "random"}], ids=str)
def test_other_draws_distributions_and_slopes(values):
    report = check(**{**SMALL, **values}, records=5)
    assert report.verdict in (VERIFIED, VACUOUS) and set(verdicts(report).values()) <= {VERIFIED, None}
    assert verdicts(report)["conclusion"] is verdicts(report)["drift"] is VERIFIED


def test_a_bound_of_1_or_more_is_vacuous_and_said_before_running():
    events = []
    settings = Settings(notice=lambda text: events.append("notice"),
                        progress=lambda done, total, title: events.append("step"))
    report = run_claim(CLAIM, LCNParameters.from_values({**SMALL, "steps": SMALL["steps"] - 1}), settings,
                       {"lemma6": lemma6.CLAIM}.__getitem__)
    assert report.verdict is VACUOUS and events[0] == "notice" and report.exit_code == 3
    assert f"below 1 at q={SMALL['q']}, T={SMALL['steps']}" in report.sentence


def test_a_draw_outside_the_event_is_no_counterexample():
    report = check(**SMALL, init="60,19")
    assert report.verdict is VERIFIED and verdicts(report)["conclusion"] is None
    assert verdicts(report)["loss_change"] is verdicts(report)["drift"] is VERIFIED


# Negative controls.

def test_without_hypotheses_sigma_zero_refutes_it():
    with pytest.raises(HypothesisNotMet, match="at z=0 .*sigma.1. is 0, not 1"):
        check(n=1, k=1, activation="zero")
    report = check(True, n=1, k=1, activation="zero")
    assert report.verdict is verdicts(report)["conclusion"] is verdicts(report)["separator"] is REFUTED
    assert verdicts(report)["drift"] is VERIFIED and "--without-hypotheses" in report.command


def test_another_step_size_is_not_the_theorems():
    with pytest.raises(HypothesisNotMet, match="'eta' is 1/7"):
        check(**SMALL, eta="1/7")
    assert verdicts(check(True, **SMALL, eta="1/7"))["substitution"] is REFUTED


@pytest.mark.parametrize("name, share, steps", [
    ("stated_bound", 10, ("conclusion", "conclusion_from_start")), ("sharp_bound", 2, ("sharp",)),
    ("sharp_bound_after_steps", 2, ("sharp_after_steps",)), ("gradient_norm_bound", 16, ("gradient_norm",)),
    ("first_term", 2, ("substitution",)), ("window_norm_bound", 16, ("readout",)),
    ("window_drift_bound", 200, ("window_drift",)), ("drift_bound", 200, ("drift",))])
def test_a_formula_scaled_down_is_noticed(monkeypatch, name, share, steps):
    formulas = importlib.import_module("theorycheck.bounds.lcn")
    original = getattr(formulas, name)
    monkeypatch.setattr(formulas, name, lambda *given, **named: original(*given, **named) / share)
    report = check(**CLAIM.example)
    assert report.verdict is REFUTED and all(verdicts(report)[step] is REFUTED for step in steps)


def test_the_cnns_first_term_is_not_the_lcns(monkeypatch):
    from theorycheck.bounds import lcn
    from theorycheck.bounds import theorem4 as cnn
    monkeypatch.setattr(lcn, "first_term", cnn.first_term)
    assert verdicts(check(**SMALL))["substitution"] is REFUTED


def test_bad_parameters():
    with pytest.raises(ParameterError, match="'q' must be larger, not 30, .*; the cheapest is 79"):
        check(n=2, k=1, q=30)
    with pytest.raises(ParameterError, match="'epsilon' must be greater than 0, not 0"):
        check(n=2, k=1, epsilon=0)
    with pytest.raises(ParameterError, match="'k' must be at least 1 and at most n=2, not 3"):
        check(n=2, k=3)


def test_what_holds_for_all_parameters_is_proved():
    proofs = {proof.name: proof for proof in CLAIM.proofs()}
    assert {proof.verdict for proof in proofs.values()} == {Verdict.PROVED}
    assert {"movement_piece", "first_term_is_a_fraction_of_the_cnns", "drift_is_below_the_cnns"} <= set(proofs)
