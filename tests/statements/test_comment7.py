"""Comment 7 as a whole: true with a bias, REFUTED without one, and broken wherever input or formula is broken."""
import json
from fractions import Fraction
from pathlib import Path

import pytest

from theorycheck.claims import Settings, Verdict, run_claim
from theorycheck.errors import InstanceTooLarge, ParameterError
from theorycheck.rigor import nearest_decimal
from theorycheck.statements.comment7 import CLAIM

GOLDEN = json.loads((Path(__file__).parents[1] / "data" / "paper_golden.json").read_text())["comment7"]
VERIFIED, REFUTED = Verdict.VERIFIED, Verdict.REFUTED


def check(seed=0, **values):
    return run_claim(CLAIM, CLAIM.parameters.from_values(values), Settings(seed=seed))


def verdict(report, step):
    return report.step(step).outcome.verdict


@pytest.fixture(scope="module")
def with_bias():
    return check(**CLAIM.example)


@pytest.fixture(scope="module")
def without_bias():
    return check(n=5, k=3, beta=0)


def test_the_example_is_verified(with_bias):
    assert with_bias.verdict is VERIFIED and with_bias.exit_code == 0
    assert {step.outcome.verdict for step in with_bias.results} == {VERIFIED, None}
    assert with_bias.step("choice_of_q").outcome.note.startswith("q=2048 is below 44426")
    assert "all 2^8 patterns" in with_bias.sentence and "within twice its limit" in with_bias.sentence


def test_the_golden_eigenvalues():
    outcome = check(n=4, k=2, q=300, beta=GOLDEN["beta"]).step("eigenvalues").outcome
    for quantity, golden in zip(outcome.alternatives, GOLDEN["level_eigenvalues"], strict=True):
        # The golden values are rounded to 12 digits.
        assert abs(Fraction(nearest_decimal(quantity.value, 14).rstrip("…")) - Fraction(golden)) < Fraction(6, 10**12)
    assert nearest_decimal(outcome.lhs.value, 11) == "0.24575511793…"


def test_without_bias_the_comment_is_refuted(without_bias):
    assert without_bias.verdict is REFUTED and without_bias.exit_code == 1
    assert {step.step.name for step in without_bias.results if step.outcome.verdict is REFUTED} == {
        "eigenvalues", "every_pattern", "separator"}
    assert dict((h.name, r.met) for h, r in without_bias.hypotheses)["bias"] is False
    found = without_bias.step("separator").outcome.counterexample
    assert found["S"] == "{1,2,3}" and found["g^(S)"] == "1" and found["<g,y>"] in ("8", "-8")
    assert [abs(int(entry)) for entry in found["y"].split(",")] == [1] * 8
    assert without_bias.step("eigenvalues").outcome.lhs.value.exact == 0
    assert without_bias.step("separator").outcome.note.startswith("nor is its sign")


def test_the_counterexample_replays_with_one_command(without_bias):
    words = without_bias.command.split()
    texts = {name.removeprefix("--"): text for name, text in zip(words[4::2], words[5::2])}
    seed = int(texts.pop("seed"))
    texts.pop("precision")
    again = run_claim(CLAIM, CLAIM.parameters.from_text(texts), Settings(seed=seed))
    for step in ("every_pattern", "separator"):
        assert again.step(step).outcome.counterexample == without_bias.step(step).outcome.counterexample


def test_what_bias_free_networks_cannot_do_is_exact(without_bias, with_bias):
    for report in (without_bias, with_bias):
        assert report.step("odd_levels").outcome.lhs.value.exact == 0
        assert report.step("dimension").outcome.lhs.value.exact == 7
        assert report.step("patterns").outcome.lhs.value.exact == 70
        assert report.step("barrier").outcome.alternatives[0].value.exact == 0
        assert report.step("descent").outcome.lhs.value.exact >= 1


def test_a_pattern_out_of_reach_whose_sign_is_not():
    report = check(n=4, k=3, beta=0, pattern="majority")
    assert verdict(report, "separator") is REFUTED
    assert "its sign is in reach all the same" in report.step("separator").outcome.note
    assert report.step("separator").outcome.counterexample["g^(S)"] == "-1/2"


def test_an_even_parity_needs_no_bias():
    report = check(n=4, k=4, beta=0, q=400)
    assert verdict(report, "separator") is VERIFIED and verdict(report, "every_pattern") is REFUTED
    assert report.step("dimension").outcome.lhs.value.exact == 12


@pytest.mark.parametrize("k", [1, 2])
def test_two_bits_need_no_bias(k):
    report = check(n=3, k=k, beta=0)
    assert report.verdict is VERIFIED and verdict(report, "choice_of_q") is VERIFIED
    assert report.step("barrier").outcome.verdict is None


def test_the_default_width_suffices():
    report = check(n=4, k=2)
    assert report.parameters.q == 2402
    outcome = report.step("choice_of_q").outcome
    assert outcome.verdict is VERIFIED and Fraction(9, 100) < Fraction(float(outcome.lhs.value)) < Fraction(1, 10)
    assert dict((h.name, r.met) for h, r in report.hypotheses)["filters"] is True


def test_too_few_filters_are_no_counterexample():
    report = check(n=3, k=3, q=5)
    assert report.step("every_pattern").outcome.verdict is None
    assert "no counterexample" in report.step("separator").outcome.note
    assert report.step("norm").outcome.verdict is None
    assert "separate all" not in report.sentence and "span 5 of 2^3 dimensions" in report.sentence


def test_the_probability_is_sampled_and_labelled():
    report = check(n=2, k=2, q=256, trials=60)
    outcome = report.step("trials").outcome
    # P[event] is above 0.999 at this q: that 60 trials put the 99% interval below 0.9 has probability under 10^-20.
    assert outcome.verdict in (Verdict.CONSISTENT, Verdict.INCONCLUSIVE) and outcome.lhs.evidence.value == "statistical"
    few = check(n=2, k=2, q=8, trials=60)
    # P[event] is below 0.2 at q=8: that 60 trials do not put the interval below 0.9 has probability under 10^-20.
    assert few.step("trials").outcome.lhs.interval[1] < 0.9
    # The comment speaks of q large enough.
    assert verdict(few, "trials") is None and few.verdict is VERIFIED
    assert "no evidence against the comment, as q=8 is below 2402" in few.step("trials").outcome.note


def test_what_holds_for_all_parameters_is_proved():
    proofs = {proof.name: proof for proof in CLAIM.proofs()}
    assert {proof.verdict for proof in proofs.values()} == {Verdict.PROVED}
    assert {"sufficient_width", "grid_attains_the_least_ratio"} <= set(proofs)


# Negative controls: what is broken is the input, or the formula that a check meets.

def test_a_wrong_eigenvalue_is_noticed_by_quadrature(monkeypatch):
    from theorycheck.features import eigenvalues
    original = eigenvalues.arc_cosine_kernel
    monkeypatch.setattr(eigenvalues, "arc_cosine_kernel", lambda rho: original(rho) * Fraction(1001, 1000))
    assert verdict(check(n=2, k=2, q=300), "covariance") is REFUTED


def test_a_wrong_law_leaves_the_event(monkeypatch):
    import theorycheck.features.initialisation as drawing
    original = drawing.sample_gaussian
    monkeypatch.setattr(drawing, "sample_gaussian",
                        lambda q, k, rng, scale: original(q, k, rng, Fraction(scale) / 8))
    report = check(n=2, k=2, q=2402, trials=40)
    # λ_2 of a bias of 1/8 is 0.36, of bias 1 it is 0.25; level 0 has 1.7 instead of 3.3: half of it is missed nearly
    # always, and 40 trials would have to see the event more than 30 times.
    assert verdict(report, "trials") is Verdict.INCONSISTENT


@pytest.mark.parametrize("name, factor, step", [
    ("bias_free_dimension", Fraction(1, 2), "dimension"), ("second_moment", 2, "covariance"),
    ("parity_loss_bound", 4, "barrier"), ("parity_loss_bound", 2, "descent"),
    ("squared_norm_bound", Fraction(1, 4), "norm"), ("event_failure_bound", 2, "choice_of_q"),
    ("moment_ratio", Fraction(1, 8), "minimax")])
def test_a_formula_off_by_a_factor_is_noticed(monkeypatch, name, factor, step):
    import theorycheck.bounds.comment7 as formulas
    original = getattr(formulas, name)
    monkeypatch.setattr(formulas, name, lambda *given, **named: original(*given, **named) * factor)
    small = {"n": 3, "k": 3, "q": 1000} if step in ("barrier", "descent") else {"n": 2, "k": 2}
    assert verdict(check(**small), step) is REFUTED


def test_an_activation_with_odd_levels_is_noticed(monkeypatch):
    import theorycheck.networks.activations as activations
    original = activations.activation_named
    monkeypatch.setattr(activations, "activation_named",
                        lambda name: original("clipped_relu:1" if name == "relu" else name))
    report = check(n=3, k=3, q=1000)
    for step in ("odd_levels", "dimension", "patterns"):
        assert verdict(report, step) is REFUTED
    assert "S" in report.step("odd_levels").outcome.counterexample


def test_a_network_with_bias_crosses_the_barrier(monkeypatch):
    from theorycheck.networks.architectures import ConvolutionalNetwork
    from theorycheck.statements import comment7_bias_free
    third = Fraction(1, 3)
    filters = [[s0 * third, s1 * third, s2 * third] for s2 in (1, -1) for s1 in (1, -1) for s0 in (1, -1)]
    readout = [[3 * (-1)**z.bit_count() for z in range(8)]]
    network = ConvolutionalNetwork(filters, [third - 1] * 8, readout)
    monkeypatch.setattr(comment7_bias_free, "drawn_network", lambda instance: network)
    report = check(n=3, k=3, q=1000)
    assert verdict(report, "barrier") is verdict(report, "descent") is REFUTED


@pytest.mark.parametrize("values, message", [
    ({"n": 3, "k": 4}, "'k' must be at least 1 and at most n=3, not 4."),
    ({"n": 3, "k": 2, "beta": -1}, "'beta' must be at least 0, not -1."),
    ({"n": 3, "k": 2, "beta": "1e-9"}, "'beta' must be 0 or in 2^-20 ... 2^20, not 1/1000000000."),
    ({"n": 3, "k": 2, "beta": float("nan")}, "'beta' must be a finite number, not nan."),
    ({"n": 3, "k": 2, "eta": 0}, "'eta' must be greater than 0, not 0."),
    ({"n": 3, "k": 2, "steps": 7}, "'steps' must be at least 1 and at most 6, not 7."),
    ({"n": 3, "k": 2, "q": True}, "'q' must be an integer, not the boolean True."),
    ({"n": 3, "k": 2, "offset": 2}, "'offset' must be at least 0 and at most n-k=1, not 2."),
    ({"n": 3, "k": 2, "pattern": "0x123"},
     "'truth_table' must be 0x and 1 hexadecimal digit for 2^k=4 values, not '0x123'."),
])
def test_bad_parameters(values, message):
    with pytest.raises(ParameterError) as error:
        check(**values)
    assert str(error.value) == message


@pytest.mark.parametrize("values, message", [
    ({"n": 8, "k": 8}, "'k' must be at most 7, not 8"), ({"n": 3, "k": 3, "q": 10**9}, "'q' must be at most 4194304")])
def test_too_large(values, message):
    with pytest.raises(InstanceTooLarge, match=message):
        check(**values)


def test_the_estimate_grows_with_the_work():
    small, large = (CLAIM.estimate(CLAIM.parameters.from_values({"n": 5, "k": k, "q": 10**4})) for k in (2, 5))
    assert 0 < small.seconds < large.seconds and small.bytes < large.bytes
