"""Theorem 4 as a whole: golden runs, REFUTED as printed and for broken formulas, VACUOUS where its bound reaches 1."""
import importlib
import json
import shlex
from pathlib import Path

import pytest

from theorycheck.claims import Settings, Verdict, run_claim
from theorycheck.errors import HypothesisNotMet, ParameterError
from theorycheck.rigor import decide, nearest_decimal
from theorycheck.statements import lemma6, lemma8, lemma9, theorem10
from theorycheck.statements.theorem4 import CLAIM

GOLDEN = json.loads((Path(__file__).parents[1] / "data" / "paper_golden.json").read_text())["theorem4"]
VERIFIED, REFUTED, VACUOUS = Verdict.VERIFIED, Verdict.REFUTED, Verdict.VACUOUS
FIND = {module.CLAIM.name: module.CLAIM for module in (lemma6, lemma8, lemma9, theorem10)}.__getitem__
# The smallest product of the paper, k=1: a run of 99 steps on two classes.
SMALL = {"n": 2, "k": 1, "q": 104, "steps": 99}
REFERENCE = dict(CLAIM.example)


def check(without_hypotheses=False, seed=0, **values):
    return run_claim(CLAIM, CLAIM.parameters.from_values(values), Settings(seed, without_hypotheses=without_hypotheses),
                     FIND)


def verdicts(report):
    return {result.step.name: result.outcome.verdict for result in report.results}


def lhs(report, step):
    return report.step(step).outcome.lhs.value


def alternative(report, step, label):
    return next(item.value for item in report.step(step).outcome.alternatives if item.label.startswith(label))


@pytest.fixture(scope="module")
def reference():
    return check(**REFERENCE)


def test_the_reference_run_is_verified_at_every_step(reference):
    assert reference.verdict is VERIFIED and reference.exit_code == 0
    assert list(verdicts(reference))[:3] == ["lemma6", "lemma9", "theorem10"]
    assert set(verdicts(reference).values()) == {VERIFIED} and len(verdicts(reference)) == 15
    assert {result.met for _, result in reference.hypotheses} == {True}


def test_the_bound_is_just_below_1_and_the_run_far_below_it(reference):
    outcome = reference.step("conclusion").outcome
    assert decide(outcome.rhs.value, "<", 1) is True and nearest_decimal(outcome.rhs.value, 5) == "0.99995…"
    assert decide(outcome.slack, ">", 5) is True
    assert f"{float(lhs(reference, 'conclusion_from_start')):.6f}" == GOLDEN["reference_run"]["mean_loss"][0]["value"]
    assert "sharp, with this run's ||u*||" in outcome.alternatives[0].label


@pytest.mark.parametrize("row", GOLDEN["reference_run"]["mean_loss"][1:], ids=lambda row: row["pattern"])
def test_golden_mean_losses_of_other_patterns(row):
    report = check(**REFERENCE, pattern=row["pattern"])
    assert report.verdict is VERIFIED
    assert f"{float(lhs(report, 'conclusion_from_start')):.6f}" == row["value"]


def test_plain_relu_has_the_cosh_constant():
    report = check(**REFERENCE, activation="relu")
    assert report.verdict is VERIFIED
    # The clip at 1 is never reached, so the run is the reference's, and golden; the sharp bound is golden too.
    assert f"{float(lhs(report, 'sharp')):.6f}" == GOLDEN["reference_run"]["mean_loss"][0]["value"]
    sharp = report.step("sharp").outcome.rhs.value
    assert f"{float(sharp):.6f}" == GOLDEN["reference_run"]["sharp_with_cosh"]
    own = alternative(report, "sharp", "with the largest |sigma|")
    assert decide(own, "<", sharp) is True and decide(own, ">", lhs(report, "sharp")) is True


@pytest.mark.slow
def test_three_bits():
    report = check(n=4, k=3, q=598737, steps=24589)
    assert report.verdict is VERIFIED and set(verdicts(report).values()) == {VERIFIED}
    assert nearest_decimal(report.step("conclusion").outcome.rhs.value, 5) == "0.99999…"
    assert decide(report.step("conclusion").outcome.slack, ">", 5) is True


@pytest.mark.parametrize("row", GOLDEN["smallest_work_below_one"]["values"][:2], ids=str)
def test_width_and_steps_of_the_smallest_product_are_the_default(row):
    parameters = CLAIM.parameters.from_values({"n": row["n"], "k": row["k"]})
    assert (parameters.q, parameters.steps) == (row["q"], row["T"])


def test_the_smallest_product_is_verified_and_its_steps_chosen():
    report = check(n=2, k=1)
    assert report.verdict is VERIFIED and (report.parameters.q, report.parameters.steps) == (104, 99)
    assert lhs(report, "smallest_work").exact == 104 * 99
    assert "--q 104 --steps 99" in report.command


def test_a_target_is_reached():
    report = check(n=2, k=1, epsilon="1/2")
    assert report.verdict is VERIFIED and verdicts(report)["target"] is VERIFIED
    assert decide(report.step("conclusion").outcome.rhs.value, "<=", report.parameters.epsilon) is True
    # A target that the q and T given do not reach says nothing against the theorem.
    missed = check(**SMALL, epsilon="1/2")
    assert verdicts(missed)["target"] is None and missed.verdict is VERIFIED
    cheapest = report.parameters
    assert f"q={cheapest.q}, T={cheapest.steps}" in missed.step("target").outcome.note
    assert "target" not in verdicts(check(**SMALL))


@pytest.mark.parametrize("values", [
    {"distribution": "product:1/3"}, {"distribution": "point:1", "gamma": "1/2"}, {"offset": 1, "pattern": "0x1"},
    {"init": "paper"}, {"kink_slope": "1/2", "activation": "clipped_relu:3", "c": "3", "q": 900, "steps": 9999},
    {"pattern": "random", "gamma": 1}], ids=str)
def test_other_draws_distributions_and_slopes(values):
    report = check(**{**SMALL, **values}, records=5)
    assert report.verdict in (VERIFIED, VACUOUS) and REFUTED not in verdicts(report).values()
    assert verdicts(report)["conclusion"] is VERIFIED


# Vacuous, and told before the steps run.

def test_a_bound_of_1_or_more_is_vacuous_and_said_before_running():
    events = []
    settings = Settings(notice=lambda text: events.append(("notice", text)),
                        progress=lambda done, total, title: events.append(("step", title)))
    report = run_claim(CLAIM, CLAIM.parameters.from_values({"n": 2, "k": 1, "q": 104, "steps": 98}), settings, FIND)
    assert report.verdict is VACUOUS and report.exit_code == 3
    assert events[0][0] == "notice" and "theorem4 is vacuous" in events[0][1]
    assert set(verdicts(report).values()) <= {VERIFIED, VACUOUS, None}
    assert "the bound gets below 1 at q=104, T=99" in report.sentence
    assert verdicts(report)["smallest_work"] is None


def test_one_step_more_is_not_vacuous():
    assert check(**SMALL).verdict is VERIFIED


def test_a_draw_outside_the_event_is_no_counterexample():
    report = check(n=2, k=1, q=104, steps=99, init="104,0")
    assert report.verdict is VERIFIED and "outside Lemma 6's event" in report.sentence
    for step in ("conclusion", "conclusion_from_start", "movement", "separator_norm", "sharp"):
        assert verdicts(report)[step] is None
    assert "no counterexample" in report.step("conclusion").outcome.note
    few = check(n=2, k=1, q=104, steps=99, init="80,24")
    assert verdicts(few)["conclusion"] is None and verdicts(few)["sharp"] is verdicts(few)["online"] is VERIFIED


def test_too_few_filters_for_the_lemma_is_vacuous_not_refuted():
    report = check(n=3, k=2, q=8, steps=4, init="paper")
    assert report.verdict is VACUOUS and "lemma6" not in verdicts(report)
    assert dict((h.name, r.met) for h, r in report.hypotheses)["filters"] is False


def test_the_window_that_the_papers_sum_misses():
    report = check(n=2, k=1, windows="paper", offset=1, q=104, steps=99)
    assert report.verdict is REFUTED and verdicts(report)["lemma6"] is REFUTED
    # One coordinate is seen, and it is not the pattern's: the loss stays 1.
    assert verdicts(report)["conclusion"] is REFUTED and lhs(report, "conclusion").exact in (None, 1)
    assert verdicts(report)["separator"] is None


# Negative controls: as printed the theorem is false.

@pytest.mark.parametrize("activation, z", [("zero", "z=0 (distance 0"), ("clip:-2,2", "z=1 (distance 1"),
                                           ("tanh", "z=0 (distance 0"), ("clipped_relu:1/4", "z=0 (distance 0")])
def test_the_missing_hypothesis_names_the_failing_z(activation, z):
    with pytest.raises(HypothesisNotMet) as error:
        check(n=2, k=2, q=15397, steps=5528, activation=activation)
    assert z in str(error.value) and "the paper does not ask for it" in str(error.value)


def test_without_hypotheses_sigma_zero_refutes_it_and_the_counterexample_replays():
    report = check(True, n=1, k=1, activation="zero")
    assert report.verdict is REFUTED and report.exit_code == 1
    assert verdicts(report)["conclusion"] is verdicts(report)["conclusion_from_start"] is REFUTED
    assert verdicts(report)["separator"] is verdicts(report)["movement"] is REFUTED
    assert lhs(report, "separator").exact == 1 and decide(lhs(report, "conclusion"), "==", 1) is not False
    assert report.step("conclusion").outcome.counterexample["activation"] == "zero"
    words = shlex.split(report.command)
    texts = {word[2:].replace("-", "_"): value for word, value in zip(words[4::2], words[5::2])
             if word not in ("--seed", "--precision")}
    again = run_claim(CLAIM, CLAIM.parameters.from_text(texts), Settings(without_hypotheses=True), FIND)
    assert words[-1] == "--without-hypotheses" and again.verdict is REFUTED
    assert again.step("conclusion").outcome.counterexample == report.step("conclusion").outcome.counterexample


def test_without_hypotheses_a_clipped_identity_refutes_it():
    report = check(True, n=2, k=2, activation="clip:-2,2", records=4)
    # c=2; the smallest product at which the bound speaks at all.
    assert (report.parameters.q, report.parameters.steps) == (15397, 5528)
    assert report.verdict is verdicts(report)["conclusion"] is verdicts(report)["sharp"] is REFUTED
    assert nearest_decimal(lhs(report, "conclusion")) == "1"


@pytest.mark.slow
def test_golden_counterexample():
    row = GOLDEN["counterexample"]
    report = check(True, n=row["n"], k=row["k"], q=row["q"], steps=row["T"], pattern=row["pattern"],
                   activation=f"clip:{','.join(row['activation_clip'])}", records=4)
    outcome = report.step("conclusion").outcome
    assert outcome.verdict is REFUTED and nearest_decimal(outcome.lhs.value) == row["loss"]
    assert f"{float(outcome.rhs.value):.5f}" == row["bound"]


def test_another_step_size_is_not_the_theorems():
    with pytest.raises(HypothesisNotMet, match="'eta' is 1/7"):
        check(**SMALL, eta="1/7")
    report = check(True, **SMALL, eta="1/1000")
    outcome = report.step("substitution").outcome
    assert outcome.verdict is REFUTED and outcome.counterexample["terms"] == "first_term, second_term, third_term"


def test_too_small_a_constant():
    with pytest.raises(HypothesisNotMet, match="c=0.5"):
        check(**SMALL, c="1/2")
    assert verdicts(check(True, **SMALL, c="1/2"))["conclusion"] is VERIFIED
    # At 1/10 the gradients are longer than c allows.
    report = check(True, **SMALL, c="1/20")
    assert verdicts(report)["gradient_norm"] is report.verdict is REFUTED


# Negative controls: formulas scaled down.

@pytest.mark.parametrize("module, name, share, steps", [
    ("theorem4", "stated_bound", 10, ("conclusion", "conclusion_from_start")),
    ("theorem4", "sharp_bound", 2, ("sharp",)), ("theorem4", "sharp_bound_after_steps", 2, ("sharp_after_steps",)),
    ("theorem4", "gradient_norm_bound", 16, ("gradient_norm",)), ("theorem4", "first_term", 2, ("substitution",)),
    ("theorem4", "second_term", 2, ("substitution",)), ("theorem4", "third_term", 2, ("substitution",)),
    ("lemma6_norms", "norm_bound", 2, ("separator_norm",)), ("theorem10", "stated_bound", 2, ("online",))])
def test_a_formula_scaled_down_is_noticed(monkeypatch, module, name, share, steps):
    formulas = importlib.import_module(f"theorycheck.bounds.{module}")
    original = getattr(formulas, name)
    monkeypatch.setattr(formulas, name, lambda *given, **named: original(*given, **named) / share)
    report = check(**REFERENCE)
    assert report.verdict is REFUTED and all(verdicts(report)[step] is REFUTED for step in steps)


def test_a_search_that_misses_the_smallest_product_is_noticed(monkeypatch):
    from theorycheck.bounds import theorem4_search
    monkeypatch.setattr(theorem4_search, "cheapest", lambda target: (10**6, 10**6))
    assert verdicts(check(**SMALL))["smallest_work"] is REFUTED


# Bad input.

@pytest.mark.parametrize("values, message", [
    ({"n": 3, "k": 2, "epsilon": 0}, "'epsilon' must be greater than 0, not 0."),
    ({"n": 3, "k": 2, "epsilon": float("nan")}, "'epsilon' must be a finite number, not nan."),
    ({"n": 3, "k": 2, "epsilon": True}, "'epsilon' must be a finite number, not True."),
    ({"n": 3, "k": 2, "steps": 0}, "'steps' must be at least 1, not 0."),
    ({"n": 3, "k": 4}, "'k' must be at least 1 and at most n=3, not 4."),
    ({"n": 3, "k": 2, "eta": "0"}, "'eta' must be greater than 0, not 0."),
    ({"n": 3, "k": 2, "delta": 1}, "'delta' must be strictly between 0 and 1, not 1."),
    ({"n": 3, "k": 2, "q": 100}, "'q' must be larger, not 100, for the bound to reach less than 1 at any number of "
                                 "steps; the cheapest is 10669. With 'steps' given it runs all the same."),
    ({"n": 3, "k": 2, "steps": 100}, "'steps' must be larger, not 100, for the bound to reach less than 1 at any "
                                     "width; the cheapest is 2084. With 'q' given it runs all the same."),
    ({"n": 3, "k": 2, "activation": "square", "q": 9, "steps": 9},
     "'c' must be given for square: no constant c with |sigma| <= c is known for it.")])
def test_bad_parameters(values, message):
    with pytest.raises(ParameterError) as error:
        check(**values)
    assert str(error.value) == message


def test_what_holds_for_all_parameters_is_proved():
    proofs = {proof.name: proof for proof in CLAIM.proofs()}
    assert {proof.verdict for proof in proofs.values()} == {Verdict.PROVED}
    assert {"movement_piece", "norm_piece", "gradient_piece", "sharp_third_is_below_stated"} <= set(proofs)
