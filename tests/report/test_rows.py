from __future__ import annotations

from fractions import Fraction

import pytest
from flint import arb
from sample_claim import SampleParameters, every_verdict, fixed, refuted, sample_claim, step, verified

from theorycheck.claims import Evidence, Outcome, Parameters, Quantity, Settings, StepResult, Verdict, run_claim
from theorycheck.report.rows import DIGITS, MANY_DIGITS, closing, heading, hypothesis_lines, quantity_text, step_row
from theorycheck.rigor import Real

HALF = Quantity.of(Fraction(1, 2))


def row(outcome: Outcome, **options: bool):
    return step_row(3, StepResult(step("s", None, title="Title"), outcome), **options)


@pytest.mark.parametrize("quantity, text", [
    (None, ""), (HALF, "0.5"), (Quantity.of(Fraction(2, 3)), "0.666666666666666…"),
    (Quantity.of(Real(2).sqrt()), "1.41421356237309…"), (Quantity.of(arb("nan")), "[-inf, inf]"),
    (Quantity.statistical(Fraction(1, 3), Fraction(2, 3), Fraction(99, 100)), "[0.333333, 0.666667] at 0.99"),
    (Quantity("x", None, Evidence.STATISTICAL, (Fraction(1, 3), Fraction(2, 3))), "[0.333333, 0.666667]"),
    (Quantity.floating(0.1 + 0.2), "about 0.3"), (Quantity.floating(float("nan")), "about nan"),
    (Quantity("x", None, Evidence.EXACT), "")])
def test_a_quantity_as_text(quantity, text):
    assert quantity_text(quantity) == text


def test_an_interval_is_rounded_outwards():
    low, high = Fraction(123456789, 10**9), Fraction(223456711, 10**9)
    assert quantity_text(Quantity.statistical(low, high, Fraction(19, 20))) == "[0.123456, 0.223457] at 0.95"


def test_the_row_of_a_step():
    made = row(verified(None))
    assert (made.number, made.title, made.relation) == ("3", "Title", "a <= b")
    assert (made.computed, made.stated, made.slack) == ("0.333333333333333…", "0.5", "1.5")
    assert (made.evidence, made.verdict) == ("exact", "VERIFIED")
    assert made.alternatives == (("root <of> two", "1.41421356237309…", "enclosed"),)
    assert made.notes == ("a note with [brackets] & :x: <tags>",)


def test_an_equality_has_no_slack_to_show():
    outcome = Outcome(Verdict.VERIFIED, HALF, HALF)
    assert outcome.slack is not None
    assert step_row(1, StepResult(step("s", None, relation="=="), outcome)).slack == ""
    assert row(outcome).slack == "1"


def test_verbose_adds_the_method_and_digits():
    made = row(verified(None), verbose=True)
    assert made.notes[-1] == "by arithmetic" and made.computed == "0." + "3" * MANY_DIGITS + "…"
    assert made.alternatives[0][1] == "1.41421356237309504880168872420…"
    assert len(row(verified(None)).computed) == 2 + DIGITS + 1


@pytest.mark.parametrize("left, right, weakest", [
    (HALF, HALF, "exact"), (HALF, Quantity.of(Real(2).sqrt()), "enclosed"),
    (Quantity.statistical(Fraction(0), Fraction(1), Fraction(1, 2)), Quantity.of(Real(2).sqrt()), "statistical"),
    (Quantity.floating(1.0), Quantity.statistical(Fraction(0), Fraction(1), Fraction(1, 2)), "float"),
    (None, HALF, "exact"), (HALF, None, "exact"), (None, None, "")])
def test_the_evidence_is_that_of_the_weaker_side(left, right, weakest):
    assert row(Outcome(Verdict.INCONCLUSIVE, left, right)).evidence == weakest
    assert row(Outcome(Verdict.INCONCLUSIVE, right, left)).evidence == weakest


def test_a_step_that_does_not_apply_has_no_verdict():
    made = row(fixed(None, "outside the event")(None))
    assert made.verdict == "—" and made.notes == ("outside the event",) and made.slack == made.computed == ""


def test_a_counterexample_is_shown_and_an_empty_one_is_no_line():
    assert row(refuted(None)).notes == ("counterexample: z=3, y=2",)
    assert row(Outcome(Verdict.REFUTED, HALF, HALF, counterexample={})).notes == ()


def test_slack_where_digits_do_not_reach_the_point():
    made = row(Outcome(Verdict.VERIFIED, Quantity.of(2), Quantity.of(131073)))
    assert made.slack == "6.553…e4"  # not 65530, which would be wrong digits


@pytest.mark.parametrize("met, word", [(True, "met"), (False, "NOT MET"), (None, "not decided")])
def test_hypotheses(met, word):
    report = run_claim(sample_claim(met=met, required=False), SampleParameters(5, 2))
    assert hypothesis_lines(report) == ((word, "n is even & small", "n is odd."),)


def test_heading_and_closing():
    report = run_claim(sample_claim(*every_verdict()), SampleParameters(5, 2), Settings(seed=9))
    assert heading(report) == ("Sample <claim> (Nobody, Lemma 0) at n=5 k_bits=2 delta=1/10 mode=plain, seed=9")
    assert closing(report) == "REFUTED: 8 steps, REFUTED"


def test_the_heading_of_a_claim_without_parameters():
    report = run_claim(sample_claim(parameters=Parameters), Parameters())
    assert heading(report) == "Sample <claim> (Nobody, Lemma 0) at seed=0"


def test_closing_says_that_the_run_was_interrupted():
    def interrupt(instance):
        raise KeyboardInterrupt
    report = run_claim(sample_claim(step("s", interrupt)), SampleParameters(5, 2))
    assert closing(report) == "INCONCLUSIVE: 1 steps, INCONCLUSIVE Interrupted: steps not reached are INCONCLUSIVE."
