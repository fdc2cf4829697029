"""Corollary 5 as a whole: holds up to k = log2 n, REFUTED well above, VACUOUS from ε = 1 on, broken where it must."""
from fractions import Fraction

import pytest

from theorycheck.claims import Settings, Verdict, run_claim
from theorycheck.errors import HypothesisNotMet, InstanceTooLarge, ParameterError
from theorycheck.rigor import decide
from theorycheck.statements.corollary5 import CLAIM

VERIFIED, REFUTED = Verdict.VERIFIED, Verdict.REFUTED


def check(seed=0, without_hypotheses=False, **values):
    settings = Settings(seed=seed, without_hypotheses=without_hypotheses)
    return run_claim(CLAIM, CLAIM.parameters.from_values(values), settings)


def verdict(report, step):
    return report.step(step).outcome.verdict


@pytest.fixture(scope="module")
def example():
    return check(**CLAIM.example)


@pytest.fixture(scope="module")
def well_above():
    return check(n=64, k=16)


def test_the_example_is_verified(example):
    assert example.verdict is VERIFIED and example.exit_code == 0
    assert {result.outcome.verdict for result in example.results} == {VERIFIED}
    assert {result.met for _, result in example.hypotheses} == {True}
    parameters = example.parameters
    assert parameters.q == 36 * 16**3 * 81 * 16 // 12 and parameters.steps == 1990656
    assert "Corollary 5 holds at n=12, k=3" in example.sentence


def test_the_terms_are_a_third_each(example):
    for step in ("second_term", "third_term"):
        assert example.step(step).outcome.lhs.value.exact == Fraction(1, 12)
    assert example.step("mean_loss").outcome.lhs.value.exact < Fraction(1, 4)


@pytest.mark.parametrize("n, k", [(2, 1), (3, 2), (4, 2), (8, 3), (16, 4), (1024, 10), (1025, 10), (10**6, 19)])
@pytest.mark.parametrize("epsilon", ["1/4", "0.9"])
def test_up_to_the_logarithm_of_n_it_holds(n, k, epsilon):
    report = check(n=n, k=k, epsilon=epsilon)
    assert report.verdict is VERIFIED and verdict(report, "stated_rate") is VERIFIED


def test_well_above_the_statement_itself_is_refuted(well_above):
    assert well_above.verdict is REFUTED and well_above.exit_code == 1
    assert {result.step.name for result in well_above.results if result.outcome.verdict is REFUTED} == {
        "stated_rate", "stated_width"}
    found = well_above.step("stated_width").outcome.counterexample
    assert found["f"] == "the parity of 16 bits" and found["least L(h_t), t <= T"] == "at least 0.99979866…"
    bound = well_above.step("stated_width").outcome.lhs.value
    linear = well_above.step("stated_width").outcome.alternatives[0].value
    assert decide(bound, "<=", linear) is True and decide(linear - bound, "<", Fraction(1, 10**9)) is True
    assert "is false at n=64, k=16" in well_above.sentence
    assert well_above.step("necessary_width").outcome.note == "the stated q is below what is necessary"


def test_a_larger_constant_only_moves_the_place():
    assert verdict(check(n=64, k=9, constant=300), "stated_width") is VERIFIED
    assert verdict(check(n=64, k=12, constant=300), "stated_width") is REFUTED
    assert verdict(check(n=64, k=30, constant=10**6), "stated_width") is REFUTED


def test_in_between_only_the_proof_fails():
    report = check(n=64, k=8)
    assert verdict(report, "stated_rate") is REFUTED and verdict(report, "stated_width") is VERIFIED
    assert report.sentence.startswith("The proof of Corollary 5 fails")
    assert float(report.step("stated_rate").outcome.counterexample["constant that the second term needs"].rstrip(
        "…")) > 208


def test_the_counterexample_replays_with_one_command(well_above):
    words = well_above.command.split()
    texts = {name.removeprefix("--").replace("-", "_"): text for name, text in zip(words[4::2], words[5::2])}
    texts.pop("precision"), texts.pop("seed")
    again = run_claim(CLAIM, CLAIM.parameters.from_text(texts), Settings())
    assert again.step("stated_width").outcome.counterexample == well_above.step("stated_width").outcome.counterexample


def test_from_accuracy_one_on_it_is_vacuous():
    heard = []
    report = run_claim(CLAIM, CLAIM.parameters.from_values({"n": 3, "k": 2, "epsilon": 1}),
                       Settings(notice=heard.append))
    assert report.verdict is Verdict.VACUOUS and report.exit_code == 3 and len(heard) == 1
    assert check(n=3, k=2, epsilon="999/1000").verdict is VERIFIED


def test_fewer_filters_or_steps_are_not_judged():
    report = check(n=12, k=3, q=1000)
    assert dict((h.name, r.met) for h, r in report.hypotheses)["filters"] is False
    assert report.step("second_term").outcome.verdict is None
    assert report.step("second_term").outcome.note.startswith("q=1000 is below 15925248")
    assert report.sentence.endswith("q=15925248 and T=1990656 are enough.")
    assert verdict(check(n=12, k=9, q=1), "sample_rate") is None
    few = check(n=12, k=3, steps=10)
    assert few.step("third_term").outcome.note == "T=10 is below 1990656, from which on it holds"
    assert verdict(few, "second_term") is VERIFIED


def test_an_activation_bound_below_the_features_is_refused():
    with pytest.raises(HypothesisNotMet, match=r"c=1/10 is below sigma\(1/k\)=1/2"):
        check(n=4, k=2, c="1/10")
    assert check(n=4, k=2, c="1/10", without_hypotheses=True).verdict is VERIFIED


def test_what_holds_for_all_parameters_is_proved():
    proofs = {proof.name: proof for proof in CLAIM.proofs()}
    assert {proof.verdict for proof in proofs.values()} == {Verdict.PROVED}
    assert {"features", "first_term", "second_term", "third_term", "needed_constant"} == set(proofs)


# Negative controls: what is broken is the formula that a check meets.

@pytest.mark.parametrize("module, name, factor, step", [
    ("theorem4", "first_term", 1000, "first_term"), ("theorem4", "second_term", Fraction(11, 10), "second_term"),
    ("theorem4", "third_term", Fraction(11, 10), "third_term"), ("theorem4", "third_term", 5, "mean_loss"),
    ("corollary5", "share", Fraction(1, 2), "second_term"), ("corollary5", "dimension_bound", 10**12, "sample_rate"),
    ("corollary5", "second_term_width", Fraction(1, 10**5), "necessary_width"),
    ("corollary5", "stated_width", Fraction(1, 10**5), "stated_width"),
    ("corollary5", "stated_width", Fraction(1, 10**5), "stated_rate"),
    ("corollary5", "stated_examples", Fraction(1, 10**9), "sample_size")])
def test_a_formula_off_by_a_factor_is_noticed(monkeypatch, module, name, factor, step):
    import importlib
    formulas = importlib.import_module(f"theorycheck.bounds.{module}")
    original = getattr(formulas, name)
    values = {"n": 16, "k": 4}
    if step == "necessary_width":
        monkeypatch.setattr(formulas, "first_term_width", lambda *given, **named: 1)
        monkeypatch.setattr(formulas, "feature_width", lambda *given, **named: 1)
    monkeypatch.setattr(formulas, name, lambda *given, **named: original(*given, **named) * factor)
    report = check(**values)
    assert verdict(report, step) is REFUTED and report.verdict is REFUTED


def test_a_useless_union_bound_is_noticed(monkeypatch):
    import theorycheck.bounds.lemma6 as formulas
    monkeypatch.setattr(formulas, "union_failure_bound", lambda *given: formulas.as_expression(1))
    assert verdict(check(n=16, k=4), "features") is REFUTED


def test_a_sample_whose_errors_are_misjudged_leaves_the_event(monkeypatch):
    import theorycheck.statements.corollary5_sample as sampling
    original = sampling._judge

    def misjudged(values, labels, counts):
        return original(values, [label if count else -label for label, count in zip(labels, counts)], counts)

    monkeypatch.setattr(sampling, "_judge", misjudged)
    outcome = check(n=12, k=1, sample=1500, delta="0.99").step("generalisation").outcome
    # Every input outside the sample counts as wrong: some 69% of them, above the deviation bound of 0.68.
    assert outcome.verdict is None and "outside the event" in outcome.note


@pytest.mark.parametrize("values, message", [
    ({"n": 3, "k": 4}, "'k' must be at least 1 and at most n=3, not 4."),
    ({"n": 3, "k": 2, "epsilon": 0}, "'epsilon' must be greater than 0, not 0."),
    ({"n": 3, "k": 2, "epsilon": -1}, "'epsilon' must be at least 0, not -1."),
    ({"n": 3, "k": 2, "epsilon": float("inf")}, "'epsilon' must be a finite number, not inf."),
    ({"n": 3, "k": 2, "delta": 1}, "'delta' must be strictly between 0 and 1, not 1."),
    ({"n": 3, "k": 2, "constant": 0}, "'constant' must be greater than 0, not 0."),
    ({"n": 3, "k": 2, "c": 0}, "'c' must be greater than 0, not 0."),
    ({"n": 3, "k": 2, "offset": 2}, "'offset' must be at least 0 and at most n-k=1, not 2."),
    ({"n": 3, "k": 2, "trials": 2}, "'sample' must be given with 'trials'."),
    ({"n": 3, "k": 2, "sample": 2, "fit_steps": 1001}, "'fit_steps' must be at least 1 and at most 1000, not 1001."),
    ({"n": 3, "k": 2, "q": 2.5}, "'q' must be an integer, not 2.5."),
])
def test_bad_parameters(values, message):
    with pytest.raises(ParameterError) as error:
        check(**values)
    assert str(error.value) == message


@pytest.mark.parametrize("values, message", [
    ({"n": 13, "k": 2, "sample": 5}, "'n' must be at most 12 with a sample, not 13"),
    ({"n": 2000, "k": 1001}, "'k' must be at most 1000, not 1001"), ({"n": 10**10, "k": 2}, "'n' must be at most")])
def test_too_large(values, message):
    with pytest.raises(InstanceTooLarge, match=message):
        check(**values)


def test_the_estimate_counts_the_samples():
    plain, sampled, many = (CLAIM.estimate(CLAIM.parameters.from_values({"n": 10, "k": 3, **given})) for given in
                            ({}, {"sample": 100}, {"sample": 100, "trials": 20}))
    assert plain.seconds < sampled.seconds < many.seconds
