"""Theorem 12 as a whole: it holds, exactly and at any size; it is REFUTED or refused when a hypothesis is broken."""
import importlib
import json
from fractions import Fraction
from pathlib import Path

import pytest

from theorycheck.claims import Settings, Verdict, run_claim
from theorycheck.errors import HypothesisNotMet, InstanceTooLarge, ParameterError
from theorycheck.statements.theorem12 import CLAIM

GOLDEN = json.loads((Path(__file__).parents[1] / "data" / "paper_golden.json").read_text())["theorem12"]
VERIFIED, REFUTED, CONSISTENT = Verdict.VERIFIED, Verdict.REFUTED, Verdict.CONSISTENT


def check(seed=0, without_hypotheses=False, **values):
    parameters = CLAIM.parameters.from_values(values or dict(CLAIM.example))
    return run_claim(CLAIM, parameters, Settings(seed, without_hypotheses=without_hypotheses))


def verdicts(report):
    return {result.step.name: result.outcome.verdict for result in report.results}


def test_the_example_is_verified_at_every_step():
    report = check()
    assert report.verdict is VERIFIED and set(verdicts(report).values()) == {VERIFIED, Verdict.PROVED}
    assert len(verdicts(report)) == 27 and all(result.met for _, result in report.hypotheses)
    assert "E||dL/dW||^2 = 0.2035…, exactly over all permutations, where 7.314… is sharp" in report.sentence


@pytest.mark.parametrize("case", GOLDEN["orbit_averages"], ids=lambda case: str(case["weights"]))
def test_golden_means(case):
    report = check(n=case["n"], k=case["k"], q=2, bias=case["bias"], weights="orbit:" + ",".join(
        str(weight) for weight in case["weights"]))
    assert report.verdict is VERIFIED
    assert report.step("stated_filters").outcome.lhs.value.exact == 2 * Fraction(case["filters"])
    assert report.step("stated_readout").outcome.lhs.value.exact == 2 * Fraction(case["readout"])
    assert report.step("averaging_filters").outcome.lhs.value.exact == Fraction(case["filters"])
    assert report.step("averaging_readout").outcome.lhs.value.exact == Fraction(case["readout"])


@pytest.mark.parametrize("values, expected", [
    ({"n": 10**4, "k": 100}, VERIFIED), ({"n": 12, "k": 3, "weights": "gaussian", "draws": 20}, CONSISTENT),
    ({"n": 8, "k": 3, "weights": "uniform", "readout": "1/q", "gamma": 1, "draws": 20}, CONSISTENT),
    ({"n": 200, "k": 10, "weights": "gaussian"}, VERIFIED), ({"n": 16, "k": 13, "weights": "sparse:5"}, VERIFIED),
    ({"n": 9, "k": 4, "weights": "parity:5", "activation": "cosine:5"}, VERIFIED),
    ({"n": 7, "k": 2, "weights": "gaussian:1", "activation": "tanh", "draws": 5}, CONSISTENT),
    ({"n": 6, "k": 2, "activation": "zero", "readout": "zero", "offset": 4}, VERIFIED),
    ({"n": 8, "k": 3, "weights": "orbit:1e300,0,0,1,1,2,3,5"}, VERIFIED),
    ({"n": 5, "k": 3, "weights": "orbit:1e-320,0,1,1,2", "bias": "1"}, VERIFIED),
    ({"n": 8, "k": 8}, Verdict.VACUOUS), ({"n": 1, "k": 1}, Verdict.VACUOUS), ({"n": 8, "k": 7}, VERIFIED)], ids=str)
def test_it_is_decided_at_all_kinds_of_instances(values, expected):
    report = check(seed=1, **values)
    assert report.verdict is expected
    assert Verdict.INCONCLUSIVE not in verdicts(report).values()


def test_where_the_bound_is_attained_the_mean_is_the_sharp_bound():
    outcome = check(n=9, k=3, weights="parity:2", activation="triangle:2").step("sharp_filters").outcome
    assert outcome.lhs.value.exact == outcome.rhs.value.exact


def test_the_sentence_of_a_vacuous_run_says_why():
    assert "there is one parity of all n bits" in check(n=4, k=4).sentence


def test_the_sentence_out_of_reach_says_so():
    assert "the mean itself is out of reach" in check(n=200, k=10, weights="gaussian").sentence


# Hypotheses that are not met.

@pytest.mark.parametrize("values, message", [
    ({"activation": "leaky_relu:2"}, "the largest slope of leaky_relu:2 is 2."),
    ({"c": "1"}, "reaches 2.44948…, c=1"), ({"readout": "ones"}, "may reach sum_i"),
    ({"readout": "1/q", "c": "1/5000", "activation": "clip:-1/9999,1/9999"}, "the largest .u_i. is"),
    ({"weights": "sampler:orbit_samplers:shifted_run"}, "sampler:orbit_samplers:shifted_run is rejected"),
    ({"activation": "square"}, "square has no known Lipschitz constant.")], ids=str)
def test_a_hypothesis_that_fails_stops_the_run(values, message):
    with pytest.raises(HypothesisNotMet, match=message):
        check(n=6, k=2, **values)


def test_steep_activations_are_refuted():
    # Slope 4 on a parity: the mean is 16 times the sharp bound.
    from theorycheck.networks import activations
    steep = activations.piecewise_linear("steep", (), ((0, 4),))
    original = activations.activation_named
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(activations, "activation_named", lambda text: steep if text == "identity" else original(text))
        report = check(n=8, k=1, q=2, weights="orbit:1,0,0,0,0,0,0,0", activation="identity", without_hypotheses=True)
    found = verdicts(report)
    assert report.verdict is REFUTED and found["sharp_filters"] is found["bessel"] is REFUTED
    assert found["averaging_filters"] is VERIFIED and "see bessel" in report.sentence


def test_a_square_breaks_the_bound_of_the_filters():
    # σ' = 2t has all of its weight, 4‖w‖² = 4, at level 1 = k-1: four times the sharp bound.
    report = check(n=6, k=2, q=2, activation="square", without_hypotheses=True)
    outcome = report.step("sharp_filters").outcome
    assert report.verdict is REFUTED and outcome.lhs.value.exact == 4 * outcome.rhs.value.exact


def test_too_small_a_constant_is_refuted():
    report = check(n=6, k=2, weights="parity:2", activation="peaks:2", c="1/2", without_hypotheses=True)
    assert {name for name, verdict in verdicts(report).items() if verdict is REFUTED} == {"stated_readout"}


def test_large_outputs_break_the_formula():
    report = check(n=6, k=2, q=3, readout="ones", without_hypotheses=True)
    assert {name for name, verdict in verdicts(report).items() if verdict is REFUTED} == {"gradient_formula"}


def test_a_law_that_is_not_invariant_is_inconsistent():
    report = check(n=6, k=3, weights="sampler:orbit_samplers:shifted_run", without_hypotheses=True)
    assert report.verdict is Verdict.INCONSISTENT and verdicts(report)["invariance"] is Verdict.INCONSISTENT
    assert report.exit_code == 1 and "fails" in report.sentence


def test_an_invariant_sampler_is_consistent():
    report = check(n=6, k=3, weights="sampler:orbit_samplers:gaussian", draws=20)
    assert report.verdict is CONSISTENT and verdicts(report)["invariance"] is CONSISTENT


# Negative controls: the formula that the run meets.

@pytest.mark.parametrize("name, steps", [
    ("filter_gradient_bound", {"sharp_below_stated"}), ("sets_with_bound", {"sets_with"}),
    ("sharp_filter_gradient_bound", {"attained_filters", "close_to_n"}),
    ("readout_gradient_bound", {"attained_readout"}),
    ("filter_gradient_mean", {"averaging_filters"}), ("readout_gradient_mean", {"averaging_readout"})])
def test_a_formula_halved_is_noticed(monkeypatch, name, steps):
    formulas = importlib.import_module("theorycheck.bounds.theorem12")
    original = getattr(formulas, name)
    monkeypatch.setattr(formulas, name, lambda *arguments, **named: original(*arguments, **named) / 2)
    report = check(n=6, k=2, weights="orbit:1,2,3,4,5,6", bias="1/2")
    assert report.verdict is REFUTED
    assert steps <= {step for step, verdict in verdicts(report).items() if verdict is REFUTED}


@pytest.mark.parametrize("values, message", [
    ({"n": 4, "k": 5}, "'k' must be at least 1 and at most n=4, not 5."), ({"n": 4, "k": 0}, "'k' must be at least 1"),
    ({"n": 4, "k": 2, "q": 3}, "'q' must be even for readout pairs, not 3."),
    ({"n": 4, "k": 2, "offset": 3}, "'offset' must be at least 0 and at most n-k=2, not 3."),
    ({"n": 4, "k": 2, "weights": "orbit:1,2"}, "'n' must be 2 for the law orbit:1,2, not 4."),
    ({"n": 4, "k": 2, "weights": "xavier"}, "'weights' must be one of"),
    ({"n": 4, "k": 2, "weights": "orbit:1,2,nan,3"}, "must be a finite number"),
    ({"n": 4, "k": 2, "c": "0"}, "'c' must be greater than 0, not 0."),
    ({"n": 4, "k": 2, "level": "99999/100000"}, "'level' must be at most 9999/10000"),
    ({"n": 4, "k": 2, "readout": "twos"}, "'readout' must be one of pairs, zero, 1/q, ones"),
    ({"n": True, "k": 2}, "'n' must be an integer, not the boolean True.")], ids=str)
def test_bad_parameters(values, message):
    with pytest.raises(ParameterError, match=message):
        CLAIM.parameters.from_values(values)


def test_bad_activations_and_too_large():
    with pytest.raises(ParameterError, match="'activation' must be one of"):
        check(n=4, k=2, activation="swish")
    with pytest.raises(InstanceTooLarge, match="'n' must be at most 1048576"):
        CLAIM.parameters.from_values({"n": 2**20 + 1, "k": 2})


def test_the_same_seed_gives_the_same_report():
    first, again, other = (check(seed=seed, n=7, k=2, weights="uniform", draws=5).step("stated_readout").outcome.lhs
                           for seed in (5, 5, 6))
    assert first.interval == again.interval != other.interval


def test_everything_is_proved_and_estimated():
    assert {proof.verdict for proof in CLAIM.proofs()} == {Verdict.PROVED}
    cheap, dear = (CLAIM.estimate(CLAIM.parameters.from_values(values)) for values in (
        dict(CLAIM.example), {"n": 24, "k": 4, "weights": "gaussian"}))
    assert cheap.seconds < 20 < dear.seconds and cheap.bytes < dear.bytes
