"""The bounds' numbers: closed forms, their order, and that they do bound."""
from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import relative_entropy

from theorycheck.errors import ParameterError
from theorycheck.probability.binomial import binomial_lower_tail
from theorycheck.probability.tails import (bernoulli_divergence, chernoff_lower_tail_bound, half_mean_exponent,
                                           kl_lower_tail_bound, sharp_chernoff_lower_tail_bound, union_bound)
from theorycheck.rigor import Real, decide


def test_exponents_against_the_decimal_module():
    assert half_mean_exponent(4, "chernoff").exact == Fraction(1, 8)
    with_logarithm = (1 - Decimal(2).ln()) / 2
    # The default decimal context has 28 digits.
    assert abs(half_mean_exponent(4, "sharp_chernoff").enclose(128) - Real(str(with_logarithm)).enclose(128)) < 1e-26
    for k in (1, 2, 7):
        expected = relative_entropy(Fraction(1, 2**k)) * 2**k
        assert abs(half_mean_exponent(k, "kl").enclose(128) - Real(str(expected)).enclose(128)) < 1e-26


@given(st.integers(1, 60))
@settings(deadline=None)
def test_each_exponent_is_larger_than_the_one_before(k):
    chernoff, sharp, kl = (half_mean_exponent(k, kind) for kind in ("chernoff", "sharp_chernoff", "kl"))
    assert decide(chernoff, "<", sharp) is True and decide(sharp, "<", kl) is True


@given(st.integers(1, 4000), st.integers(1, 8))
@settings(deadline=None)
def test_the_exact_tail_is_below_each_bound_in_order(q, k):
    mean, p = Fraction(q, 2**k), Fraction(1, 2**k)
    exact = binomial_lower_tail(q, p, q // 2**(k + 1))
    kl = kl_lower_tail_bound(q, p, p / 2)
    assert decide(exact, "<=", kl) is True
    assert decide(kl, "<", sharp_chernoff_lower_tail_bound(mean)) is True
    assert decide(sharp_chernoff_lower_tail_bound(mean), "<", chernoff_lower_tail_bound(mean)) is True


def test_a_larger_exponent_is_no_bound():
    # Negative control: the divergence's exponent is the true rate, so a tenth more fails at a large mean.
    q, p = 40_000, Fraction(1, 4)
    exact = binomial_lower_tail(q, p, q // 8)
    assert decide(exact, "<=", kl_lower_tail_bound(q, p, p / 2)) is True
    assert decide(exact, ">", kl_lower_tail_bound(q + q // 10, p, p / 2)) is True


@given(st.integers(1, 500), st.fractions(Fraction(1, 50), Fraction(49, 50), max_denominator=50), st.data())
@settings(deadline=None)
def test_divergence_bounds_the_tail_at_every_count(q, p, data):
    m = data.draw(st.integers(0, int(q * p)))
    bound = kl_lower_tail_bound(q, p, Fraction(m, q))
    assert decide(binomial_lower_tail(q, p, m), "<=", bound) is not False


def test_divergence_at_its_edges():
    assert bernoulli_divergence("1/3", "1/3").exact == 0
    assert decide(bernoulli_divergence(0, "1/4"), "==", Real(Fraction(4, 3)).log()) is not False
    assert bernoulli_divergence(1, "1/4").enclose(64).overlaps(Real(4).log().enclose(64))
    # P[Bin(q, p) = 0] = (1-p)^q is met with equality at share 0.
    assert kl_lower_tail_bound(10, "1/4", 0).enclose(128).contains(Real(Fraction(3, 4)**10).enclose(300))


def test_union_bound_at_the_papers_width():
    # 16 e^(-650/128) = 0.09971 to five digits, as MS21's Lemma 6 uses it at k=4, δ=1/10.
    bound = union_bound(16, chernoff_lower_tail_bound(Fraction(650, 16)))
    assert decide(bound, "<=", "0.09971") is True and decide(bound, ">", "0.0997") is True
    assert decide(union_bound(16, chernoff_lower_tail_bound(Fraction(649, 16))), ">", "0.1") is True
    assert union_bound(3, Fraction(1, 2)).exact == Fraction(3, 2)


@pytest.mark.parametrize("call, message", [
    (lambda: chernoff_lower_tail_bound(-1), "'mean' must be at least 0, not -1."),
    (lambda: sharp_chernoff_lower_tail_bound(float("inf")), "'mean' must be a finite number, not inf."),
    (lambda: bernoulli_divergence(0, 1), "'b' must be above 0 and below 1, not 1."),
    (lambda: bernoulli_divergence(2, "1/2"), "'a' must be at least 0 and at most 1, not 2."),
    (lambda: kl_lower_tail_bound(5, "1/4", "1/2"), "'share' must be at least 0 and at most p=1/4, not 1/2."),
    (lambda: union_bound(-1, 1), "'count' must be at least 0, not -1."),
    (lambda: half_mean_exponent(0, "kl"), "'k' must be at least 1, not 0."),
    (lambda: half_mean_exponent(1, "best"), "'kind' must be one of chernoff, sharp_chernoff, kl, not 'best'."),
])
def test_bad_arguments(call, message):
    with pytest.raises(ParameterError) as caught:
        call()
    assert str(caught.value) == message
