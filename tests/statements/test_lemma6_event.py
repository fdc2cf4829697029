"""Lemma 6, steps 1 to 5, against the oracles' exact fractions."""
import json
from fractions import Fraction
from pathlib import Path

import oracles
import pytest

import theorycheck
from theorycheck.rigor import nearest_decimal

EXACT = json.loads((Path(__file__).parents[1] / "data" / "lemma6_exact.json").read_text())
REFUTED, VERIFIED = theorycheck.Verdict.REFUTED, theorycheck.Verdict.VERIFIED


@pytest.mark.parametrize("row", EXACT["event_failure"], ids=lambda row: f"k={row['k']},q={row['q']}")
def test_the_failure_probability_digit_by_digit(row):
    report = theorycheck.check("lemma6", n=row["k"], k=row["k"], q=row["q"])
    outcome = report.step("event").outcome
    assert nearest_decimal(outcome.lhs.value, 25) == row["decimal"] + "…"
    assert outcome.verdict is (VERIFIED if Fraction(row["decimal"]) < Fraction(1, 10) else REFUTED)


@pytest.mark.parametrize("k, q", [(1, 3), (2, 16), (2, 40), (3, 20)])
def test_every_probability_against_fractions(k, q):
    report = theorycheck.check("lemma6", n=k, k=k, q=q)
    tail = oracles.binomial_tail(q, Fraction(1, 2**k), q // 2**(k + 1))
    assert report.step("chernoff").outcome.lhs.value.exact == tail
    union = report.step("union_bound").outcome
    assert union.lhs.value.exact == 1 - oracles.event_probability(k, q)
    assert union.alternatives[0].value.exact == 2**k * tail
    assert report.step("mean").outcome.lhs.value.exact == Fraction(q, 2**k)


def test_the_mean_is_summed_for_few_draws_and_linear_for_many():
    summed = theorycheck.check("lemma6", n=2, k=2, q=1024).step("mean").outcome
    linear = theorycheck.check("lemma6", n=2, k=2, q=1025).step("mean").outcome
    assert "summing" in summed.method and "linearity" in linear.method
    assert summed.lhs.value.exact == 256 and linear.lhs.value.exact == Fraction(1025, 4)


def test_the_smallest_q_is_where_the_event_step_turns():
    for k, smallest in ((1, 13), (2, 49)):
        report = theorycheck.check("lemma6", n=k, k=k)
        assert report.step("smallest_q").outcome.lhs.value.exact == smallest
        below = theorycheck.check("lemma6", n=k, k=k, q=smallest - 1)
        assert below.step("event").outcome.verdict is REFUTED
        for q in range(smallest, report.parameters.q + 1):
            assert 1 - oracles.event_probability(k, q) <= Fraction(1, 10)


def test_the_bounds_are_ordered():
    for k in (1, 3, 5):
        outcome = theorycheck.check("lemma6", n=k, k=k).step("chernoff").outcome
        stated, sharp, entropy = (float(q.value) for q in (outcome.rhs, *outcome.alternatives))
        assert float(outcome.lhs.value) < entropy < sharp < stated


def test_sampling_that_contradicts_is_inconsistent():
    # q=16, k=2: P[event] = 0.3239; that 2000 trials put the 99% interval up to 0.9 has probability below 10^-100.
    report = theorycheck.check("lemma6", n=2, k=2, q=16, trials=2000)
    assert report.step("trials").outcome.verdict is theorycheck.Verdict.INCONSISTENT
    assert report.verdict is REFUTED


def test_interrupted_sampling_keeps_what_was_counted(monkeypatch):
    import theorycheck.probability.estimation as estimation
    original = estimation.estimate_event_probability

    def interrupted(q, k, trials, rng, progress=None):
        estimate = original(q, k, 50, rng)
        return type(estimate)(estimate.q, estimate.k, estimate.minimum, estimate.successes, 50, trials)

    monkeypatch.setattr(estimation, "estimate_event_probability", interrupted)
    outcome = theorycheck.check("lemma6", n=2, k=2, trials=10**6).step("trials").outcome
    assert outcome.note == "interrupted after 50 of 1000000 draws"
