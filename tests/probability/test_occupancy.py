"""The event's probability: golden values, every sequence of draws enumerated, exact dynamic programming, bounds."""
from __future__ import annotations

import json
from fractions import Fraction
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import event_failure_probability, event_probability

from theorycheck.errors import InstanceTooLarge, ParameterError
from theorycheck.probability import occupancy
from theorycheck.probability.binomial import binomial_lower_tail
from theorycheck.probability.occupancy import (event_threshold, exact_occupancy_probability,
                                               occupancy_failure_probability, occupancy_probability)
from theorycheck.probability.tails import (chernoff_lower_tail_bound, kl_lower_tail_bound,
                                           sharp_chernoff_lower_tail_bound, union_bound)
from theorycheck.rigor import Real, decide, nearest_decimal

GOLDEN = {(1, 16): Fraction(30251, 32768), (2, 16): Fraction(173888715, 536870912)}
EXACT = json.loads((Path(__file__).parents[1] / "data" / "lemma6_exact.json").read_text(encoding="utf-8"))


def enclosed(function, q, k, minimum=None):
    """The same call on the path for large instances."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(occupancy, "EXACT_BITS", -1)
        return function(q, k, minimum)


def test_golden_rationals():
    for (k, q), value in GOLDEN.items():
        assert occupancy_probability(q, k).exact == value == exact_occupancy_probability(q, k)
        assert occupancy_failure_probability(q, k).exact == 1 - value
    # 0.955564023196435876…; the text prints …586, a double's digits.
    assert nearest_decimal(occupancy_probability(64, 2), 18) == "0.955564023196435876…"


@pytest.mark.parametrize("row", EXACT["event_failure"], ids=lambda row: f"k{row['k']}-q{row['q']}")
def test_golden_failures_from_the_oracles(row):
    ball = enclosed(occupancy_failure_probability, row["q"], row["k"]).enclose(128)
    # The decimals are truncated after 25 digits.
    low = Fraction(row["decimal"])
    unit = Fraction(1, 10**(len(row["decimal"]) - 2))
    assert decide(ball, ">=", low) is True and decide(ball, "<", low + unit) is True
    if "exact" in row:
        assert 1 - exact_occupancy_probability(row["q"], row["k"]) == Fraction(row["exact"])


@pytest.mark.parametrize("threshold", [lambda q, k: -(-q // 2**(k + 1)), lambda q, k: (q >> k) + 1,
                                       lambda q, k: (q >> (k + 1)) + 2, lambda q, k: q >> (k + 1)])
def test_a_wrong_threshold_breaks_the_golden_values(monkeypatch, threshold):
    # Negative control: >= for >, the mean for its half, one more, one less.
    monkeypatch.setattr(occupancy, "event_threshold", threshold)
    assert any(occupancy_probability(q, k).exact != value for (k, q), value in GOLDEN.items())


@pytest.mark.parametrize("k, q", [(1, 1), (1, 7), (2, 5), (2, 6), (3, 4)])
def test_every_sequence_of_draws(k, q):
    cells = 2**k
    least = [min(map(draws.count, range(cells))) for draws in product(range(cells), repeat=q)]
    for minimum in range(q + 2):
        expected = Fraction(sum(held >= minimum for held in least), cells**q)
        assert occupancy_probability(q, k, minimum).exact == expected
        assert occupancy_failure_probability(q, k, minimum).exact == 1 - expected


@given(st.integers(1, 3), st.integers(0, 70), st.data())
@settings(deadline=None, max_examples=60)
def test_exact_against_dynamic_programming(k, q, data):
    minimum = data.draw(st.one_of(st.none(), st.integers(0, q // 2**k + 1)))
    assert exact_occupancy_probability(q, k, minimum) == event_probability(k, q, minimum)


@given(st.integers(1, 4), st.integers(1, 120), st.data(), st.sampled_from([10, 53, 128]))
@settings(deadline=None, max_examples=100)
def test_enclosures_contain_the_exact_rational(encloses, k, q, data, bits):
    minimum = data.draw(st.one_of(st.none(), st.integers(1, max(1, q // 2**k))))
    exact = exact_occupancy_probability(q, k, minimum)
    event = enclosed(occupancy_probability, q, k, minimum).enclose(bits)
    failure = enclosed(occupancy_failure_probability, q, k, minimum).enclose(bits)
    assert encloses(event, exact) and encloses(failure, 1 - exact)
    # Relative to the number itself, whichever of the two is small.
    for ball, value in ((event, exact), (failure, 1 - exact)):
        assert value in (0, 1) or ball.rel_accuracy_bits() >= bits - 8


@given(st.integers(1, 3), st.integers(1, 100), st.integers(1, 12))
@settings(deadline=None)
def test_increases_with_draws_at_a_fixed_threshold(k, q, minimum):
    assert exact_occupancy_probability(q, k, minimum) <= exact_occupancy_probability(q + 1, k, minimum)
    assert exact_occupancy_probability(q, k, minimum + 1) <= exact_occupancy_probability(q, k, minimum)


def test_drops_where_the_threshold_steps_up():
    for k, m in ((1, 4), (2, 3), (4, 6)):
        q = m * 2**(k + 1)
        assert event_threshold(q, k) == event_threshold(q - 1, k) + 1 == m + 1
        assert decide(occupancy_probability(q, k), "<", occupancy_probability(q - 1, k)) is True


@given(st.integers(1, 10), st.integers(2, 60), st.integers(0, 1000))
@settings(deadline=None, max_examples=60)
def test_failure_is_below_the_union_bound_below_chernoff(k, half_mean, more):
    q = half_mean * 2**(k + 1) + more % 2**(k + 1)
    mean, p = Fraction(q, 2**k), Fraction(1, 2**k)
    chain = [occupancy_failure_probability(q, k),
             union_bound(2**k, binomial_lower_tail(q, p, event_threshold(q, k) - 1)),
             union_bound(2**k, kl_lower_tail_bound(q, p, p / 2)),
             union_bound(2**k, sharp_chernoff_lower_tail_bound(mean)),
             union_bound(2**k, chernoff_lower_tail_bound(mean))]
    for smaller, larger in zip(chain, chain[1:]):
        # Equality only at k=1, where two cells cannot both hold half their mean or less.
        assert decide(smaller, "<=", larger) is (None if k == 1 and smaller is chain[0]
                                                 and not smaller.is_exact else True)


def test_the_papers_instance_to_fifteen_digits():
    failure = occupancy_failure_probability(650, 4)
    assert not failure.is_exact and nearest_decimal(failure, 20) == "0.0029640961217109892787…"
    assert (failure - (1 - exact_occupancy_probability(650, 4))).enclose(200).contains(0)


@pytest.mark.parametrize("q, k, minimum", [(10**6, 10, None), (47_664, 10, None), (37_000, 10, None),
                                           (30_000, 10, None), (25_000, 10, None), (200_000, 10, None),
                                           (10**6, 10, 870), (10**6, 4, None), (1_000_001, 1, None)])
def test_large_instances_refine(q, k, minimum):
    for function in (occupancy_probability, occupancy_failure_probability):
        number = function(q, k, minimum)
        coarse, fine = number.enclose(60), number.enclose(150)
        assert coarse.overlaps(fine)
        assert coarse.rel_accuracy_bits() >= 55 and fine.rel_accuracy_bits() >= 145
    assert (occupancy_probability(q, k, minimum)
            + occupancy_failure_probability(q, k, minimum)).enclose(128).contains(1)


def test_both_methods_meet_where_they_hand_over():
    # Around half a failing cell expected the probability of the event must go on increasing smoothly with q.
    values = [occupancy_probability(q, 10, 19) for q in range(37_000, 38_000, 100)]
    expected = [binomial_lower_tail(q, Fraction(1, 1024), 18) * 1024 for q in range(37_000, 38_000, 100)]
    assert {decide(number, "<", Fraction(1, 2)) for number in expected} == {True, False}
    steps = [later - earlier for earlier, later in zip(values, values[1:])]
    assert all(decide(step, ">", 0) for step in steps)
    # Second differences are a hundred times smaller than the steps: a jump of either method would show.
    assert all(decide(later, "<", step * Fraction(105, 100)) and decide(later, ">", step * Fraction(95, 100))
               for step, later in zip(steps, steps[1:]))


def test_a_failure_far_below_any_double():
    failure = occupancy_failure_probability(10**6, 4)
    assert decide(failure, ">", 0) is True and failure.enclose(128).rel_accuracy_bits() > 120
    assert decide(failure, "<", Real(Fraction(1, 10**4000))) is True


def test_certain_and_impossible_events():
    assert occupancy_probability(10**6, 10, 0).exact == 1 and occupancy_failure_probability(10**6, 10, 0).exact == 0
    assert occupancy_probability(10**6, 10, 977).exact == 0 and occupancy_failure_probability(5, 3).exact == 1
    assert occupancy_probability(10**6, 10**6).exact == 0
    assert occupancy_probability(0, 2).exact == 0
    # Exactly the mean everywhere: the central multinomial coefficient, 16!/(4!)^4/4^16.
    assert enclosed(occupancy_probability, 16, 2, 4).enclose(100).contains(Real(Fraction(63063000, 4**16)).enclose(200))
    assert event_probability(2, 16, 4) == Fraction(63063000, 4**16)


def test_the_exact_path_is_where_it_says():
    assert occupancy_probability(256, 4).is_exact and not occupancy_probability(257, 4).is_exact
    assert 1 - exact_occupancy_probability(150, 2) == event_failure_probability(2, 150)
    with pytest.raises(InstanceTooLarge) as caught:
        exact_occupancy_probability(4097, 1)
    assert str(caught.value) == "q=4097 draws are too many for an exact rational; the largest q is 4096."


@pytest.mark.parametrize("arguments, message", [
    ((-1, 2), "'q' must be at least 0, not -1."),
    ((5, 0), "'k' must be at least 1, not 0."),
    ((5, True), "'k' must be an integer, not the boolean True."),
    ((5, 2, -1), "'minimum' must be at least 0, not -1."),
    ((5.0, 2), "'q' must be an integer, not 5.0."),
])
def test_bad_arguments(arguments, message):
    for function in (occupancy_probability, occupancy_failure_probability, exact_occupancy_probability):
        with pytest.raises(ParameterError) as caught:
            function(*arguments)
        assert str(caught.value) == message
