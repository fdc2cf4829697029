"""The betting interval: certified ends, coverage, and width beside Hoeffding's."""
from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st

from theorycheck.errors import ParameterError
from theorycheck.probability import betting_intervals as module
from theorycheck.probability.betting_intervals import betting_interval
from theorycheck.probability.intervals import ConfidenceInterval, hoeffding_interval
from theorycheck.rigor import Real


def _capital(values, stakes, mean):
    """The largest capital of the bets that the mean is above ``mean``, in rationals."""
    capital, largest = Fraction(1), Fraction(1)
    for value, stake in zip(values, stakes):
        capital *= 1 + min(Fraction(float(stake)), Fraction(3, 4) / mean) * (value - mean)
        largest = max(largest, capital)
    return largest


@given(st.lists(st.fractions(0, 1, max_denominator=20), min_size=1, max_size=25),
       st.sampled_from([Fraction(1, 2), Fraction(9, 10), Fraction(99, 100)]))
@settings(deadline=None, max_examples=50)
def test_the_capital_against_each_end_is_enough(values, level):
    interval, goal = betting_interval(values, level), 2 / (1 - level)
    for end, sample in ((interval.lower, values), (1 - interval.upper, [1 - value for value in values])):
        stakes = module._stakes(np.array([float(value) for value in sample]), float(np.log(float(goal))))
        if end > 0:
            # Certified: a mean at the end is refuted, and so is every mean beyond, where the capital is larger.
            assert _capital(sample, stakes, end) >= goal
            assert _capital(sample, stakes, end / 2) >= _capital(sample, stakes, end)
        # Not by chance: a little further in, the goal is not reached.
        inner = end + Fraction(1, 10**6)
        assert inner >= 1 or _capital(sample, stakes, inner) < goal


def test_coverage_is_at_least_the_level_exactly():
    # All 2^9 outcomes of nine Bernoulli variables: the coverage as a polynomial in p, at many p and at the ends.
    trials, level = 9, Fraction(4, 5)
    outcomes = list(product((0, 1), repeat=trials))
    intervals = [betting_interval(outcome, level) for outcome in outcomes]
    ends = {end for interval in intervals for end in (interval.lower, interval.upper)}
    for p in {Fraction(i, 23) for i in range(24)} | set(sorted(ends)[::40]):
        covered = sum(p**sum(outcome) * (1 - p)**(trials - sum(outcome))
                      for outcome, interval in zip(outcomes, intervals) if p in interval)
        assert covered >= level


def test_no_stake_looks_ahead():
    # What makes the capital a martingale: λ_i depends on the values before the i-th alone.
    values = np.random.default_rng(0).random(30)
    stakes = module._stakes(values, 3.0)
    for place in (0, 1, 10, 29):
        changed = values.copy()
        changed[place:] = 1 - changed[place:]
        assert (module._stakes(changed, 3.0)[:place + 1] == stakes[:place + 1]).all()
        assert place == 29 or (module._stakes(changed, 3.0)[place + 1:] != stakes[place + 1:]).any()


def test_small_variance_gives_narrow_intervals():
    values = [Fraction(1, 20) + Fraction(i % 3, 100) for i in range(400)]
    mean = sum(values) / 400
    bets, hoeffding = betting_interval(values), hoeffding_interval(mean, 400)
    assert mean in bets and mean in hoeffding
    assert 6 * (bets.upper - bets.lower) < hoeffding.upper - hoeffding.lower


def test_range_scales_and_mirrors():
    values = [Fraction(i % 7, 10) for i in range(50)]
    unit = betting_interval(values, "0.9")
    wide = betting_interval([8 * value - 1 for value in values], "0.9", -1, 7)
    assert (wide.lower, wide.upper) == (8 * unit.lower - 1, 8 * unit.upper - 1)
    mirrored = betting_interval([1 - value for value in values], "0.9")
    # Up to float proposals: certified ends of mirrored samples differ by a few grid steps.
    assert abs(mirrored.lower - (1 - unit.upper)) < Fraction(1, 2**30)


def test_enclosed_values():
    exact = betting_interval([Fraction(1, 3)] * 60, "0.9")
    ball = betting_interval([Real(lambda: arb(1) / 3)] * 60, "0.9")
    assert abs(exact.lower - ball.lower) < Fraction(1, 2**40)
    # Balls too wide to bet on leave the whole range.
    assert betting_interval([Real(arb(0.5, 0.5))] * 60, "0.9") == ConfidenceInterval(
        Fraction(0), Fraction(1), Fraction(9, 10))


def test_nothing_observed():
    assert betting_interval([], "0.9", 2, 3) == ConfidenceInterval(Fraction(2), Fraction(3), Fraction(9, 10))


def test_levels_beyond_floats():
    # The goal 2·10^400 is no float; enough observations that do not vary reach it all the same.
    interval = betting_interval([Fraction(1, 2)] * 4000, 1 - Fraction(1, 10**400))
    assert 0 < interval.lower < Fraction(1, 2) < interval.upper < 1


def test_extremes():
    zeros, ones = betting_interval([0] * 40), betting_interval([1] * 40)
    assert zeros.lower == 0 and ones.upper == 1
    assert zeros.upper < Fraction(1, 2) < ones.lower


@pytest.mark.parametrize("call, message", [
    (lambda: betting_interval([2]), "'values' must be at least low=0 and at most high=1, not 2.0."),
    (lambda: betting_interval([0], low=1, high=1), "'high' must be above low=1, not 1."),
    (lambda: betting_interval(3), "'values' must be a sequence of numbers, not 3."),
    (lambda: betting_interval([0], 0), "'level' must be above 0 and below 1, not 0."),
    (lambda: betting_interval([float("nan")]), "'value' must be a finite number, not nan."),
])
def test_bad_arguments(call, message):
    with pytest.raises(ParameterError) as caught:
        call()
    assert str(caught.value) == message
