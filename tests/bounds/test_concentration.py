"""Tail bounds against exact tails: each holds wherever it is tried, and one with too large an exponent does not."""
from __future__ import annotations

import math
from fractions import Fraction

import pytest
from sympy import Rational, exp

from theorycheck.bounds import concentration
from theorycheck.bounds.evaluate import evaluate, evaluate_relation
from theorycheck.bounds.relation import Relation
from theorycheck.bounds.symbols import alpha, mu, p, q, rho, tau
from theorycheck.errors import ParameterError
from theorycheck.rigor import Real, decide


def _lower_tail(draws: int, chance: Fraction, at_most: Fraction) -> Fraction:
    """P[Bin(draws, chance) <= at_most], summed from the definition."""
    return sum((math.comb(draws, count) * chance**count * (1 - chance)**(draws - count)
                for count in range(draws + 1) if count <= at_most), Fraction(0))


_CASES = [(draws, chance) for draws in (1, 5, 16, 64) for chance in (Fraction(1, 2), Fraction(1, 4), Fraction(1, 16))]


@pytest.mark.parametrize("draws, chance", _CASES)
def test_half_mean_bounds_hold_in_order(draws: int, chance: Fraction) -> None:
    mean = draws * chance
    exact = _lower_tail(draws, chance, mean / 2)
    at = {mu: mean, q: draws, p: chance, rho: chance / 2}
    stated, sharp, entropy = (evaluate(bound, at) for bound in (
        concentration.chernoff_half_mean_bound(), concentration.chernoff_sharp_half_mean_bound(),
        concentration.chernoff_kullback_leibler_bound()))
    assert decide(exact, "<=", entropy) and decide(entropy, "<", sharp) and decide(sharp, "<", stated)


def test_golden_tail_beside_its_bound() -> None:
    exact = _lower_tail(64, Fraction(1, 4), Fraction(8))
    assert decide(exact, "<", evaluate(concentration.chernoff_half_mean_bound(), {mu: 16})) is True
    assert evaluate(concentration.chernoff_half_mean_bound(16)).enclose().overlaps(Real(-2).exp().enclose())


def test_doubling_the_exponent_breaks_the_bounds() -> None:
    # Negative control: at one fair draw P[X <= 1/4] = 1/2; the stated bound holds, a far stronger one does not.
    exact = _lower_tail(1, Fraction(1, 2), Fraction(1, 4))
    assert decide(exact, "<=", evaluate(concentration.chernoff_half_mean_bound(), {mu: Fraction(1, 2)})) is True
    assert decide(exact, "<=", evaluate(concentration.chernoff_half_mean_bound()**16, {mu: Fraction(1, 2)})) is False
    entropy = concentration.chernoff_kullback_leibler_bound()
    at = {q: 4, p: Fraction(1, 2), rho: Fraction(1, 4)}
    exact = _lower_tail(4, Fraction(1, 2), Fraction(1))
    assert decide(exact, "<=", evaluate(entropy, at)) is True
    assert decide(exact, "<=", evaluate(entropy**3, at)) is False


@pytest.mark.parametrize("deviation", [Fraction(1, 10), Fraction(1, 2), Fraction(9, 10)])
def test_multiplicative_form_is_between_the_tail_and_the_quadratic_form(deviation: Fraction) -> None:
    at = {mu: 16, alpha: deviation}
    general = evaluate(concentration.chernoff_multiplicative_bound(), at)
    assert decide(_lower_tail(64, Fraction(1, 4), 16 * (1 - deviation)), "<=", general) is True
    assert decide(general, "<", evaluate(concentration.chernoff_quadratic_bound(), at)) is True


def test_half_mean_forms_are_the_general_ones_at_one_half() -> None:
    half = {mu: 7, alpha: Fraction(1, 2)}
    gap = (evaluate(concentration.chernoff_multiplicative_bound(), half)
           - evaluate(concentration.chernoff_sharp_half_mean_bound(), half))
    assert gap.enclose(2000).contains(0) and gap.enclose(2000).rad() < 1e-300
    assert concentration.chernoff_quadratic_bound(mu, Rational(1, 2)) == concentration.chernoff_half_mean_bound(mu)


def test_divergence() -> None:
    divergence = concentration.kullback_leibler_divergence()
    assert evaluate_relation(Relation(divergence, ">", 0), {rho: Fraction(1, 3), p: Fraction(1, 2)}) is True
    # Pinsker's inequality, with 2 and not with 3.
    at = {rho: Fraction(1, 4), p: Fraction(1, 2)}
    assert evaluate_relation(Relation(divergence, ">=", 2 * (rho - p)**2), at) is True
    assert evaluate_relation(Relation(divergence, ">=", 3 * (rho - p)**2), at) is False
    assert evaluate(divergence, {rho: Fraction(1, 3), p: Fraction(1, 3)}).exact == 0


@pytest.mark.parametrize("draws, deviation", [(10, Fraction(1, 5)), (40, Fraction(1, 4))])
def test_hoeffding(draws: int, deviation: Fraction) -> None:
    tail = _lower_tail(draws, Fraction(1, 2), draws * (Fraction(1, 2) - deviation))
    at = {q: draws, tau: deviation}
    assert decide(tail, "<=", evaluate(concentration.hoeffding_bound(), at)) is True
    assert decide(2 * tail, "<=", evaluate(concentration.hoeffding_bound(sides=2), at)) is True
    # Signs have range 2: their mean deviates twice as far.
    assert concentration.hoeffding_bound(q, 2 * tau, 2) == concentration.hoeffding_bound(q, tau)
    with pytest.raises(ParameterError, match="'sides' must be at least 1 and at most 2, not 3"):
        concentration.hoeffding_bound(sides=3)


def test_union_bound_and_bad_arguments() -> None:
    assert concentration.union_bound(16, exp(-mu)) == 16 * exp(-mu)
    assert concentration.union_bound(q, 1 / q) != 1  # not cancelled
    assert evaluate(concentration.union_bound(q, 1 / q), {q: 7}).exact == 1
    assert evaluate(concentration.union_bound(4, Fraction(1, 8))).exact == Fraction(1, 2)
    with pytest.raises(ParameterError, match="not 0.5"):
        concentration.union_bound(4, 0.5)  # type: ignore[arg-type]
