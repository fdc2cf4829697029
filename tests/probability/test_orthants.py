"""Lower orthants against enumeration of every sequence of draws, and Bonferroni against the exact rational."""
from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import comb

import pytest
from flint import arb, ctx
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import bonferroni_terms, event_failure_probability, event_minimum

from theorycheck.errors import ParameterError
from theorycheck.probability.orthants import failure_by_inclusion_exclusion, lower_orthant_probability
from theorycheck.rigor import Real, decide


def enumerated(q, cells, count, limit):
    """P[cells 0…count-1 hold at most ``limit`` each], over all cells^q sequences."""
    hits = sum(all(draws.count(cell) <= limit for cell in range(count)) for draws in product(range(cells), repeat=q))
    return Fraction(hits, cells**q)


@pytest.mark.parametrize("cells, q", [(1, 3), (2, 6), (3, 5), (4, 4), (4, 5), (5, 4)])
def test_every_orthant_of_small_laws(encloses, cells, q):
    for count in range(cells + 1):
        for limit in range(q + 1):
            expected = enumerated(q, cells, count, limit)
            found = lower_orthant_probability(q, cells, count, limit)
            assert encloses(found.enclose(90), expected), (count, limit)
            # No cancellation: 80 of the 90 bits are good, however small the number.
            assert expected == 0 or found.enclose(90).rel_accuracy_bits() > 80


@given(st.integers(1, 3), st.integers(1, 60), st.sampled_from([3, 20, 100]))
@settings(deadline=None)
def test_bonferroni_terms_and_sum_are_enclosed(encloses, k, q, bits):
    limit = event_minimum(k, q) - 1
    terms = bonferroni_terms(k, q)
    for count, term in enumerate(terms, start=1):
        scaled = term / comb(2**k, count)
        assert encloses(lower_orthant_probability(q, 2**k, count, limit).enclose(bits), scaled)
    with ctx.workprec(bits):
        ball = failure_by_inclusion_exclusion(q, 2**k, limit)
    assert encloses(ball, event_failure_probability(k, q))


@given(st.integers(2, 40), st.integers(2, 20), st.integers(0, 6), st.integers(1, 5))
@settings(deadline=None)
def test_negative_association(q, cells, limit, count):
    # The bound on the first omitted term rests on p_{j+1} <= p_j p_1.
    count = min(count, cells - 1)
    joint = lower_orthant_probability(q, cells, count + 1, limit)
    single = lower_orthant_probability(q, cells, 1, limit)
    assert decide(joint, "<=", lower_orthant_probability(q, cells, count, limit) * single) is not False


def test_a_tiny_failure_keeps_relative_accuracy_and_refines():
    balls = []
    for bits in (64, 128, 256):
        with ctx.workprec(bits):
            balls.append(failure_by_inclusion_exclusion(10**6, 1024, 488))
        assert balls[-1].rel_accuracy_bits() >= bits - 4
    assert balls[0].overlaps(balls[2]) and balls[1].overlaps(balls[2])
    assert arb(10)**-64 < balls[2] < arb(10)**-63


def test_thousands_of_terms_are_summed_to_their_end():
    # The limit is close to the mean 62500, so the terms fall slowly and several levels matter.
    with ctx.workprec(64):
        coarse = failure_by_inclusion_exclusion(10**6, 16, 61_000)
    with ctx.workprec(160):
        fine = failure_by_inclusion_exclusion(10**6, 16, 61_000)
    assert coarse.overlaps(fine) and fine.rel_accuracy_bits() >= 150


def test_the_wrong_limit_is_noticed(encloses):
    exact = event_failure_probability(2, 40)
    with ctx.workprec(100):
        assert encloses(failure_by_inclusion_exclusion(40, 4, 5), exact)
        assert not encloses(failure_by_inclusion_exclusion(40, 4, 4), exact)
        assert not encloses(failure_by_inclusion_exclusion(39, 4, 5), exact)


def test_exact_values_where_they_are_trivial():
    assert lower_orthant_probability(5, 3, 0, 0).exact == 1
    assert lower_orthant_probability(5, 3, 2, 5).exact == 1
    assert lower_orthant_probability(5, 2, 2, 2).exact == 0
    assert decide(lower_orthant_probability(5, 4, 3, 0), "==", Real(Fraction(1, 4**5))) is not False


@pytest.mark.parametrize("arguments, message", [
    ((5, 4, 5, 1), "'count' must be at least 0 and at most cells=4, not 5."),
    ((5, 0, 0, 1), "'cells' must be at least 1, not 0."),
    ((5, 4, 1, -1), "'limit' must be at least 0, not -1."),
    ((-5, 4, 1, 1), "'q' must be at least 0, not -5."),
])
def test_bad_arguments(arguments, message):
    with pytest.raises(ParameterError) as caught:
        lower_orthant_probability(*arguments)
    assert str(caught.value) == message
