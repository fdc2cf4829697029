"""Confidence intervals: certified ends, exact coverage, and an independent bisection."""
from __future__ import annotations

from fractions import Fraction
from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import binomial_tail, clopper_pearson
from scipy.stats import binomtest

from theorycheck.errors import ParameterError
from theorycheck.probability.binomial import binomial_lower_tail, binomial_upper_tail
from theorycheck.probability.intervals import ConfidenceInterval, clopper_pearson_interval, hoeffding_interval
from theorycheck.rigor import Real, decide

LEVELS = st.sampled_from([Fraction(1, 2), Fraction(9, 10), Fraction(95, 100), Fraction(999, 1000)])


@given(st.integers(1, 25), st.data(), LEVELS)
@settings(deadline=None, max_examples=40)
def test_ends_are_certified_and_tight(trials, data, level):
    successes = data.draw(st.integers(0, trials))
    interval = clopper_pearson_interval(successes, trials, level)
    risk, slack = (1 - level) / 2, Fraction(1, trials * 2**24)
    if successes < trials:
        assert binomial_tail(trials, interval.upper, successes) <= risk
        assert binomial_tail(trials, interval.upper - slack, successes) > risk
    if successes > 0:
        assert 1 - binomial_tail(trials, interval.lower, successes - 1) <= risk
        assert 1 - binomial_tail(trials, interval.lower + slack, successes - 1) > risk


@given(st.integers(1, 15), st.data(), LEVELS)
@settings(deadline=None, max_examples=25)
def test_against_an_independent_bisection(trials, data, level):
    successes = data.draw(st.integers(0, trials))
    interval = clopper_pearson_interval(successes, trials, level)
    (lower, _), (_, upper) = clopper_pearson(successes, trials, 1 - level)
    # Outside the exact end, by less than a grid step and the oracle's 2^-60.
    step = Fraction(1, trials * 2**24) + Fraction(1, 2**59)
    assert lower - step <= interval.lower <= lower + Fraction(1, 2**59)
    assert upper - Fraction(1, 2**59) <= interval.upper <= upper + step


@pytest.mark.parametrize("level", [Fraction(8, 10), Fraction(95, 100)])
def test_coverage_is_at_least_the_level(level):
    trials = 11
    intervals = [clopper_pearson_interval(s, trials, level) for s in range(trials + 1)]
    # The coverage is least just inside an end, so the ends themselves and a grid are tried.
    candidates = {Fraction(i, 97) for i in range(98)} | {end for i in intervals for end in (i.lower, i.upper)}
    for p in candidates:
        covered = sum(comb(trials, s) * p**s * (1 - p)**(trials - s) for s in range(trials + 1) if p in intervals[s])
        assert covered >= level


def test_edges():
    assert clopper_pearson_interval(0, 0) == ConfidenceInterval(Fraction(0), Fraction(1), Fraction(99, 100))
    none, every = clopper_pearson_interval(0, 50, "0.95"), clopper_pearson_interval(50, 50, "0.95")
    assert none.lower == 0 and every.upper == 1 and none.upper == 1 - every.lower
    # (1 - upper)^50 = 1/40 at the exact end.
    assert (1 - none.upper)**50 <= Fraction(1, 40) < (1 - none.upper + Fraction(1, 50 * 2**24))**50


@pytest.mark.parametrize("successes, trials", [(99_704, 100_000), (500, 1000), (0, 10**6), (3, 10**6)])
def test_many_trials(successes, trials):
    interval = clopper_pearson_interval(successes, trials, "0.99")
    look = binomtest(successes, trials).proportion_ci(0.99, "exact")
    # scipy's float inverts the same tails; the grid adds 2^-24/trials.
    assert float(interval.lower) == pytest.approx(look.low, abs=1e-12 + 1e-7 / trials)
    assert float(interval.upper) == pytest.approx(look.high, abs=1e-12 + 1e-7 / trials)
    risk = Fraction(1, 200)
    assert decide(binomial_lower_tail(trials, interval.upper, successes), "<=", risk) is True
    assert successes == 0 or decide(binomial_upper_tail(trials, interval.lower, successes), "<=", risk) is True


@given(st.integers(1, 10**6), st.fractions(0, 1, max_denominator=1000), LEVELS)
@settings(deadline=None)
def test_hoeffding_rounds_outwards_and_tightly(trials, mean, level):
    interval = hoeffding_interval(mean, trials, level)
    half_width = (Real(2 / (1 - level)).log() / (2 * trials)).sqrt()
    for end, distance in ((interval.lower, mean - interval.lower), (interval.upper, interval.upper - mean)):
        if end not in (0, 1):
            assert decide(half_width, "<=", distance) is True
            assert decide(half_width, ">", distance - Fraction(1, 2**60)) is True
    assert 0 <= interval.lower <= mean <= interval.upper <= 1


def test_hoeffding_on_another_range():
    unit, wide = hoeffding_interval("1/4", 100, "0.9"), hoeffding_interval(1, 100, "0.9", low=-1, high=7)
    assert (wide.lower, wide.upper) == (8 * unit.lower - 1, 8 * unit.upper - 1)
    assert hoeffding_interval(3, 0, "0.9", low=-1, high=7) == ConfidenceInterval(
        Fraction(-1), Fraction(7), Fraction(9, 10))


def test_hoeffding_is_wider_than_clopper_pearson():
    hoeffding, exact = hoeffding_interval("0.99", 1000), clopper_pearson_interval(990, 1000)
    assert hoeffding.upper - hoeffding.lower > exact.upper - exact.lower


@pytest.mark.parametrize("call, message", [
    (lambda: clopper_pearson_interval(11, 10), "'successes' must be at least 0 and at most trials=10, not 11."),
    (lambda: clopper_pearson_interval(0, -1), "'trials' must be at least 0, not -1."),
    (lambda: clopper_pearson_interval(0, 1, 1), "'level' must be above 0 and below 1, not 1."),
    (lambda: clopper_pearson_interval(0, 1, float("nan")), "'level' must be a finite number, not nan."),
    (lambda: hoeffding_interval(2, 10), "'mean' must be at least low=0 and at most high=1, not 2."),
    (lambda: hoeffding_interval(0, 10, low=1, high=0), "'high' must be above low=1, not 0."),
    (lambda: hoeffding_interval(0, 10, 0), "'level' must be above 0 and below 1, not 0."),
])
def test_bad_arguments(call, message):
    with pytest.raises(ParameterError) as caught:
        call()
    assert str(caught.value) == message
