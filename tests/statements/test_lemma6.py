"""Lemma 6 as a whole: it holds, and it is REFUTED when a hypothesis, a constant or the input is broken."""
import json
from fractions import Fraction
from pathlib import Path

import oracles
import pytest

import theorycheck
from theorycheck.errors import HypothesisNotMet, InstanceTooLarge, ParameterError
from theorycheck.rigor import nearest_decimal, upper_decimal

GOLDEN = json.loads((Path(__file__).parents[1] / "data" / "paper_golden.json").read_text())["lemma6"]
VERIFIED, REFUTED = theorycheck.Verdict.VERIFIED, theorycheck.Verdict.REFUTED


def verdict(report, step):
    return report.step(step).outcome.verdict


@pytest.fixture(scope="module")
def main_job():
    return theorycheck.check("lemma6", n=20, k=4)


def test_the_main_job_is_verified_at_every_step(main_job):
    assert main_job.verdict is VERIFIED and main_job.holds and main_job.exit_code == 0
    assert {result.outcome.verdict for result in main_job.results} == {VERIFIED}
    assert {quantity.evidence.value for result in main_job.results for quantity in
            (result.outcome.lhs, result.outcome.rhs, *result.outcome.alternatives)} <= {"exact", "enclosed"}


def test_the_main_job_shows_the_golden_numbers(main_job):
    def lhs(step):
        return main_job.step(step).outcome.lhs.value

    assert main_job.parameters.q == 650
    assert nearest_decimal(lhs("union_bound"), 15).startswith(GOLDEN["failure_at_paper_q"]["exact_truncated"])
    assert upper_decimal(main_job.step("union_bound").outcome.rhs.value, 4) == "0.09971"
    assert lhs("smallest_q").exact == 330
    assert lhs("activation").exact == 4**4 and lhs("separator").exact == 2**20
    assert [q.value.exact for q in main_job.step("smallest_q").outcome.alternatives] == [503, 530]


@pytest.mark.parametrize("row", GOLDEN["paper_q"], ids=str)
def test_the_paper_q_is_the_default(row):
    assert theorycheck.check("lemma6", n=row["k"], k=row["k"]).parameters.q == row["q"]


def test_a_run_repeats_from_its_seed_and_differs_from_another():
    from theorycheck.report.json import report_document
    first, again, other = (theorycheck.check("lemma6", n=6, k=3, seed=seed) for seed in (5, 5, 6))
    assert report_document(first)["content_hash"] == report_document(again)["content_hash"]
    assert first.step("norm").outcome.lhs.value.exact != other.step("norm").outcome.lhs.value.exact


def test_asking_for_trials_leaves_the_draw_as_it_was():
    plain = theorycheck.check("lemma6", n=5, k=2)
    sampled = theorycheck.check("lemma6", n=5, k=2, trials=300)
    assert plain.step("norm").outcome.lhs.value.exact == sampled.step("norm").outcome.lhs.value.exact
    # P[fail] = 0.0011 at this q: that 300 trials put the 99% interval below 0.9 has probability under 10^-20.
    assert verdict(sampled, "trials") is theorycheck.Verdict.CONSISTENT
    assert sampled.verdict is theorycheck.Verdict.CONSISTENT


@pytest.mark.parametrize("pattern", ["parity", "and", "majority", "random", "0x6", "0x8"])
@pytest.mark.parametrize("offset", [0, 2, 3])
def test_every_kind_of_pattern_and_place(pattern, offset):
    assert theorycheck.check("lemma6", n=5, k=2, pattern=pattern, offset=offset).verdict is VERIFIED


@pytest.mark.parametrize("n, k", [(1, 1), (2, 1), (3, 3), (9, 4), (25, 2)])
def test_sizes(n, k):
    assert theorycheck.check("lemma6", n=n, k=k).verdict is VERIFIED


def test_a_million_variables_follow_from_the_window():
    report = theorycheck.check("lemma6", n=10**6, k=4, offset=999_000)
    assert report.verdict is VERIFIED
    assert "follows from the window" in report.step("separator").outcome.note
    assert "declined" in report.step("minimum_norm").outcome.note


# Negative controls: what is broken is the input, or the formula that check meets.

def test_too_few_filters_are_refuted_by_the_exact_probability():
    report = theorycheck.check("lemma6", n=8, k=4, q=329)
    assert report.verdict is REFUTED and report.exit_code == 1
    assert verdict(report, "event") is REFUTED
    assert verdict(report, "choice_of_q") is None
    assert dict((h.name, r.met) for h, r in report.hypotheses)["filters"] is False


def test_fewer_filters_than_the_paper_asks_may_do():
    report = theorycheck.check("lemma6", n=8, k=4, q=330)
    assert verdict(report, "event") is VERIFIED and "650" in report.step("event").outcome.note


def test_the_paper_windows_cannot_see_the_last_window():
    report = theorycheck.check("lemma6", n=6, k=2, windows="paper", offset=4)
    assert report.verdict is REFUTED
    assert verdict(report, "every_pattern") is verdict(report, "separator") is REFUTED
    assert theorycheck.check("lemma6", n=6, k=2, windows="paper", offset=3).verdict is VERIFIED


def test_a_wrong_bias_is_noticed(monkeypatch):
    from theorycheck.features import filters, maps
    for module in (filters, maps):
        monkeypatch.setattr(module, "paper_bias", lambda k: Fraction(1, k))
    with pytest.raises(HypothesisNotMet):
        theorycheck.check("lemma6", n=6, k=3)
    report = theorycheck.check("lemma6", n=6, k=3, without_hypotheses=True)
    assert verdict(report, "activation") is verdict(report, "every_pattern") is verdict(report, "separator") is REFUTED


def test_a_flipped_sign_of_the_pattern_is_noticed(monkeypatch):
    from theorycheck.cube.patterns import KPattern
    original = KPattern.truth_table

    def flipped(self):
        function = original(self)
        values = function.values.copy()
        values[37] *= -1
        return type(function)(values)

    monkeypatch.setattr(KPattern, "truth_table", flipped)
    outcome = theorycheck.check("lemma6", n=6, k=2).step("separator").outcome
    assert outcome.verdict is REFUTED and outcome.counterexample["x"] == "input 37"


def test_a_window_off_by_one_is_noticed(monkeypatch):
    from theorycheck.cube.patterns import KPattern
    original = KPattern.truth_table
    monkeypatch.setattr(KPattern, "truth_table", lambda self: original(
        KPattern(self.n, self.k, self.offset + 1, self.table)))
    assert verdict(theorycheck.check("lemma6", n=6, k=2), "separator") is REFUTED


@pytest.mark.parametrize("module, name, step", [
    ("lemma6_norms", "norm_bound", "stated_norm"), ("lemma6_norms", "sharp_squared_norm_bound", "norm"),
    ("lemma6", "expected_multiplicity", "mean"), ("lemma6", "cell_probability", "cell_probability"),
    ("lemma6", "cell_failure_target", "choice_of_q")])
def test_a_bound_halved_is_noticed(monkeypatch, module, name, step):
    import importlib
    formulas = importlib.import_module(f"theorycheck.bounds.{module}")
    original = getattr(formulas, name)
    monkeypatch.setattr(formulas, name, lambda *arguments: original(*arguments) / 2)
    report = theorycheck.check("lemma6", n=6, k=4)
    assert verdict(report, step) is REFUTED and report.verdict is REFUTED


@pytest.mark.parametrize("name, step", [("cell_failure_bound", "chernoff"), ("union_failure_bound", "union_bound")])
def test_twice_the_chernoff_exponent_is_noticed(monkeypatch, name, step):
    import theorycheck.bounds.lemma6 as formulas
    original = getattr(formulas, name)
    monkeypatch.setattr(formulas, name, lambda *arguments: original(*arguments) ** 2)
    # e^(-μ/4) is below the exact tail at k=4, q=650; the union bound squared is still above at this q, below at 2000.
    q = 650 if step == "chernoff" else 2000
    assert verdict(theorycheck.check("lemma6", n=6, k=4, q=q), step) is REFUTED


@pytest.mark.parametrize("activation, distance", [("abs", 1), ("identity", 1), ("zero", 0), ("tanh", 0),
                                                  ("clip:-2,2", 1), ("clipped_relu:1/4", 0), ("leaky_relu:1/100", 1)])
def test_an_activation_that_violates_the_conditions(activation, distance):
    with pytest.raises(HypothesisNotMet) as error:
        theorycheck.check("lemma6", n=5, k=3, activation=activation)
    assert f"at z={2**distance - 1} (distance {distance} " in str(error.value)


def test_without_hypotheses_the_steps_refute_it():
    report = theorycheck.check("lemma6", n=5, k=2, activation="abs", without_hypotheses=True)
    assert verdict(report, "activation") is verdict(report, "every_pattern") is REFUTED
    assert "--without-hypotheses" in report.command


@pytest.mark.parametrize("activation", ["relu", "clipped_relu:1/3", "clipped_relu:1"])
def test_the_activations_of_the_errata_hold(activation):
    assert theorycheck.check("lemma6", n=5, k=3, activation=activation).verdict is VERIFIED


@pytest.mark.parametrize("init", ["gaussian", "gaussian:1", "uniform"])
def test_another_initialisation_is_no_lemma6(init):
    with pytest.raises(HypothesisNotMet, match=init):
        theorycheck.check("lemma6", n=5, k=2, init=init)
    report = theorycheck.check("lemma6", n=5, k=2, init=init, without_hypotheses=True)
    assert verdict(report, "activation") is verdict(report, "every_pattern") is REFUTED
    assert verdict(report, "event") is VERIFIED


def test_a_draw_outside_the_event_is_no_counterexample():
    # q=4 filters on 4 cells: P[every cell hit] = 4!/4^4, so among 30 seeds some draw misses (probability 1 - 10^-30).
    for seed in range(30):
        report = theorycheck.check("lemma6", n=4, k=2, q=4, seed=seed)
        if report.step("norm").outcome.verdict is None:
            break
    else:
        pytest.fail("every draw of 4 filters hit all 4 cells")
    assert "no counterexample" in report.step("norm").outcome.note
    assert verdict(report, "event") is REFUTED


@pytest.mark.parametrize("values, message", [
    ({"n": 3, "k": 4}, "'k' must be at least 1 and at most n=3, not 4."),
    ({"n": 3, "k": True}, "'k' must be an integer, not the boolean True."),
    ({"n": -1, "k": 1}, "'n' must be at least 1, not -1."),
    ({"n": 3, "k": 2, "delta": 0}, "'delta' must be strictly between 0 and 1, not 0."),
    ({"n": 3, "k": 2, "delta": float("nan")}, "'delta' must be a finite number, not nan."),
    ({"n": 3, "k": 2, "delta": True}, "'delta' must be a finite number, not True."),
    ({"n": 3, "k": 2, "q": 0}, "'q' must be at least 1, not 0."),
    ({"n": 3, "k": 2, "offset": 2}, "'offset' must be at least 0 and at most n-k=1, not 2."),
    ({"n": 3, "k": 2, "pattern": "0x123"},
     "'truth_table' must be 0x and 1 hexadecimal digit for 2^k=4 values, not '0x123'."),
    ({"n": 3}, "'k' must be given: number of bits of the pattern."),
])
def test_bad_parameters(values, message):
    with pytest.raises(ParameterError) as error:
        theorycheck.check("lemma6", **values)
    assert str(error.value) == message


def test_an_unknown_parameter_lists_the_known_ones():
    with pytest.raises(ParameterError, match="'filters' must be one of n, k, q"):
        theorycheck.check("lemma6", n=3, k=2, filters=5)


@pytest.mark.parametrize("values, message", [
    ({"n": 60, "k": 50}, "'k' must be at most 20, not 50"), ({"n": 10**5000, "k": 10**4999}, "'k' must be at most 20"),
    ({"n": 4, "k": 2, "q": 10**14}, "'q' must be at most 100000000, not 100000000000000")])
def test_too_large(values, message):
    with pytest.raises(InstanceTooLarge, match=message):
        theorycheck.check("lemma6", **values)


def test_wide_patterns_decline_the_table_and_decide_the_probability():
    report = theorycheck.check("lemma6", n=13, k=13)
    assert verdict(report, "event") is verdict(report, "norm") is verdict(report, "activation") is VERIFIED
    assert verdict(report, "every_pattern") is report.verdict is theorycheck.Verdict.INCONCLUSIVE
    assert report.step("every_pattern").outcome.note.startswith("declined: ")


def test_the_drawn_pattern_and_the_ties_are_reported():
    drawn = theorycheck.check("lemma6", n=5, k=2, pattern="random").step("separator").outcome.note
    assert drawn.startswith("the pattern drawn is 0x")
    ties = theorycheck.check("lemma6", n=5, k=2, pattern="majority", tie="-1").step("separator").outcome.note
    assert ties == "2 of the 4 values are ties, decided as -1"


def test_a_delta_of_more_digits_than_python_prints():
    report = theorycheck.check("lemma6", n=3, k=1, delta="1e-5000")
    assert report.verdict is VERIFIED and report.step("event").outcome.rhs.value.exact == Fraction(1, 10**5000)


def test_the_oracle_agrees_on_a_small_instance():
    report = theorycheck.check("lemma6", n=4, k=2, q=16)
    assert report.step("event").outcome.lhs.value.exact == 1 - oracles.event_probability(2, 16)
    assert report.step("chernoff").outcome.lhs.value.exact == oracles.binomial_tail(16, Fraction(1, 4), 2)


def test_what_holds_for_all_parameters_is_proved():
    proofs = {proof.name: proof for proof in theorycheck.prove("lemma6")}
    assert {proof.verdict for proof in proofs.values()} == {theorycheck.Verdict.PROVED}
    assert {"choice_of_q", "union", "activation_off", "norm", "stated_norm", "sharper_norm"} <= set(proofs)
    assert all(proof.certificate for proof in proofs.values())


def test_a_certificate_that_does_not_check_proves_nothing(monkeypatch):
    import dataclasses

    import theorycheck.bounds.lemma6_proofs as proofs
    from theorycheck.bounds.relation import Relation
    original = proofs.certificate

    def halved(name):
        found = original(name)
        relation = found.relation
        return dataclasses.replace(found, relation=Relation(relation.lhs, relation.relation, relation.rhs / 2))

    monkeypatch.setattr(proofs, "certificate", halved)
    verdicts = {proof.name: proof.verdict for proof in theorycheck.prove("lemma6")}
    assert verdicts["norm"] is verdicts["choice_of_q"] is theorycheck.Verdict.INCONCLUSIVE
