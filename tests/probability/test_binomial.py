"""Binomial probabilities and tails against sums of exact rationals, and at sizes where only enclosures reach."""
from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import binomial_tail
from scipy.stats import binom

from theorycheck.errors import InstanceTooLarge, ParameterError
from theorycheck.probability import binomial
from theorycheck.probability.binomial import binomial_lower_tail, binomial_probability, binomial_upper_tail
from theorycheck.rigor import Real, decide, nearest_decimal

PROBABILITIES = st.fractions(min_value=0, max_value=1, max_denominator=40)


def enclosed(function, q, p, m):
    """The same call on the path for large instances."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(binomial, "EXACT_BITS", -1)
        return function(q, p, m)


@given(st.integers(0, 30), PROBABILITIES, st.integers(-2, 33))
@settings(deadline=None)
def test_small_tails_are_the_exact_rationals(q, p, m):
    lower = binomial_tail(q, p, min(m, q)) if m >= 0 else Fraction(0)
    below = binomial_tail(q, p, min(m - 1, q)) if m >= 1 else Fraction(0)
    assert binomial_lower_tail(q, p, m).exact == lower
    assert binomial_upper_tail(q, p, m).exact == 1 - below
    assert binomial_probability(q, p, m).exact == lower - below


@given(st.integers(0, 60), PROBABILITIES, st.integers(-1, 61), st.sampled_from([4, 24, 64, 300]))
@settings(deadline=None, max_examples=200)
def test_enclosures_contain_the_exact_rational_at_every_precision(encloses, q, p, m, bits):
    for function in (binomial_lower_tail, binomial_upper_tail, binomial_probability):
        exact = function(q, p, m).exact
        ball = enclosed(function, q, p, m).enclose(bits)
        assert encloses(ball, exact)
        # Guard bits keep the relative radius below 2^(4 - bits); only 0 and 1 come without any.
        assert ball.rad() <= abs(ball) * 2.0**(4 - bits)


def test_probabilities_sum_to_one():
    p = Fraction(3, 7)
    assert sum(binomial_probability(25, p, m).exact for m in range(26)) == 1
    total = sum((enclosed(binomial_probability, 300, p, m) for m in range(301)), Real(0))
    assert total.enclose(128).contains(1)


def test_golden_tail_of_the_paper():
    # The text prints …704, a double's digits; the number is 0.01112521405573370297….
    tail = binomial_lower_tail(64, Fraction(1, 4), 8)
    assert tail.exact == binomial_tail(64, Fraction(1, 4), 8)
    assert nearest_decimal(tail, 19) == "0.01112521405573370297…"


@pytest.mark.parametrize("q, p, m", [(10**6, "1/1024", 488), (10**6, "1/2", 500_000), (10**6, "1/2", 500_700),
                                     (10**6, "1/2", 495_000), (10**6, "0.1", 99_000), (123_456, "0.999", 123_300),
                                     (2**33, "1/1024", 2**23 - 9000)])
def test_large_tails_refine_and_agree_with_a_float_look(q, p, m):
    tail = binomial_lower_tail(q, p, m)
    coarse, fine = tail.enclose(60), tail.enclose(200)
    assert not tail.is_exact and coarse.overlaps(fine)
    assert coarse.rel_accuracy_bits() >= 50 and fine.rel_accuracy_bits() >= 190
    # scipy's incomplete beta function loses several digits at q = 2^33: only a look, at 1e-6.
    assert float(tail) == pytest.approx(binom.cdf(m, q, float(Fraction(p))), rel=1e-6)


def test_complementary_tails_of_a_large_instance_sum_to_one():
    for m in (499_000, 500_000, 500_001, 502_000):
        total = binomial_lower_tail(10**6, "1/2", m) + binomial_upper_tail(10**6, "1/2", m + 1)
        assert total.enclose(128).contains(1) and total.enclose(128).rad() < 1e-35


def test_a_tail_far_below_any_float_keeps_its_relative_accuracy():
    ball = binomial_lower_tail(10**6, "1/2", 250_000).enclose(128)
    assert ball.rel_accuracy_bits() >= 120 and ball < 1e-300 and ball > 0


def test_a_wrong_last_term_would_be_noticed():
    right = binomial_lower_tail(650, "1/16", 20)
    assert decide(right, "<", binomial_lower_tail(650, "1/16", 21)) is True
    assert decide(right - binomial_lower_tail(650, "1/16", 19), "<", binomial_probability(650, "1/16", 20) * 2) is True
    assert (right - binomial_lower_tail(650, "1/16", 19)).enclose(128).overlaps(
        binomial_probability(650, "1/16", 20).enclose(128))


def test_the_exact_limit_is_where_it_says():
    # The denominator 16 has five bits.
    limit = binomial.EXACT_BITS // 5
    assert binomial_lower_tail(limit, "1/16", 3).is_exact
    assert not binomial_lower_tail(limit + 1, "1/16", 3).is_exact


@pytest.mark.parametrize("arguments, message", [
    ((-1, "1/2", 0), "'q' must be at least 0, not -1."),
    ((True, "1/2", 0), "'q' must be an integer, not the boolean True."),
    ((5, 2, 0), "'p' must be at least 0 and at most 1, not 2."),
    ((5, float("nan"), 0), "'p' must be a finite number, not nan."),
    ((5, "1/2", 0.5), "'m' must be an integer, not 0.5."),
])
def test_bad_arguments(arguments, message):
    for function in (binomial_lower_tail, binomial_upper_tail, binomial_probability):
        with pytest.raises(ParameterError) as caught:
            function(*arguments)
        assert str(caught.value) == message


def test_a_sum_of_too_many_terms_is_refused():
    with pytest.raises(InstanceTooLarge, match="near its mean needs .* terms, above the limit of 16777216."):
        binomial_lower_tail(10**16, "1/2", 5 * 10**15).enclose(128)
