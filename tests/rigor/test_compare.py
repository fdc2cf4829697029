from __future__ import annotations

import operator
from fractions import Fraction

import pytest
from flint import arb, ctx, fmpq
from hypothesis import given
from hypothesis import strategies as st

from theorycheck.errors import ParameterError
from theorycheck.rigor import RELATIONS, Real, decide, working_precision

ORACLE = {"<": operator.lt, "<=": operator.le, "==": operator.eq, ">=": operator.ge, ">": operator.gt,
          "!=": operator.ne}
SMALL = st.integers(-4, 4)


def dyadic_ball(low: int, high: int) -> arb:
    """The ball whose ends are exactly these integers."""
    # As mantissas and exponents, because arb(mid, rad) widens the radius.
    return arb((low + high, -1), (high - low, -1))


def answers_over(low: int, high: int, low2: int, high2: int, relation: str) -> bool | None:
    """What is known of x REL y for x, y anywhere in two intervals: by the definition, over the quarter grid."""
    grid = {ORACLE[relation](Fraction(x, 4), Fraction(y, 4))
            for x in range(4 * low, 4 * high + 1) for y in range(4 * low2, 4 * high2 + 1)}
    return grid.pop() if len(grid) == 1 else None


def test_the_relations_are_the_six():
    assert set(RELATIONS) == set(ORACLE)


@given(st.fractions(), st.fractions(), st.sampled_from(RELATIONS))
def test_rationals_are_always_decided(a, b, relation):
    assert decide(a, relation, b) is ORACLE[relation](a, b)
    assert decide(a, relation, a) is ORACLE[relation](a, a)


@given(st.integers(), st.integers(-5, 5), st.integers(1, 10**40), st.sampled_from(RELATIONS))
def test_rationals_that_agree_to_many_digits_are_decided(a, offset, size, relation):
    left, right = Fraction(a), a + Fraction(offset, 10**5000 * size)
    assert decide(left, relation, right) is ORACLE[relation](left, right)


@given(SMALL, SMALL, SMALL, SMALL, st.sampled_from(RELATIONS))
def test_balls_overlapping_touching_nested_and_apart(a, b, c, d, relation):
    (low, high), (low2, high2) = sorted((a, b)), sorted((c, d))
    # Midpoints and radii here are halves of small integers: both balls have exactly these ends.
    answer = decide(dyadic_ball(low, high), relation, dyadic_ball(low2, high2))
    expected = answers_over(low, high, low2, high2, relation)
    assert answer is expected or (relation in ("==", "!=") and answer is None and low < high)
    assert answer is expected


@given(SMALL, SMALL, SMALL, st.sampled_from(RELATIONS))
def test_a_ball_against_a_rational(a, b, c, relation):
    low, high = sorted((a, b))
    assert decide(dyadic_ball(low, high), relation, c) is answers_over(low, high, c, c, relation)
    assert decide(c, relation, dyadic_ball(low, high)) is answers_over(c, c, low, high, relation)


@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize("bits", [100, 127, 128, 129, 500, 3000, 8000])
def test_a_close_pair_is_decided_by_raising_the_precision(sign, bits):
    # exp(1) and exp(1) ± 2^-bits: at 128 bits these cannot be told apart once bits > 127.
    left = Real(lambda: arb(1).exp())
    right = left + Fraction(sign, 2**bits)
    for relation, oracle in ORACLE.items():
        assert decide(left, relation, right) is oracle(0, sign)


def test_it_gives_up_where_it_says_it_does():
    left = Real(lambda: arb(1).exp())
    assert decide(left, "<", left + Fraction(1, 2**9000)) is None  # 64 * 128 = 8192 bits
    with working_precision(256):
        assert decide(left, "<", left + Fraction(1, 2**9000)) is True


def test_precisions_tried_are_the_doublings_up_to_the_limit():
    seen = []

    def recipe() -> arb:
        seen.append(ctx.prec)
        return arb(2).sqrt()
    with working_precision(100):
        assert decide(Real(recipe), "!=", Real(lambda: arb(2).sqrt())) is None
    assert seen == [100 * 2**i for i in range(7)]


def test_no_more_precision_than_needed_is_used():
    seen = []
    decide(Real(lambda: seen.append(ctx.prec) or arb(1).exp()), "<", 3)
    assert seen == [128]


@pytest.mark.parametrize("relation", RELATIONS)
def test_equal_transcendental_expressions_stay_undecided(relation):
    two_ways = (Real(2).log() + Real(3).log(), Real(6).log())
    assert decide(*two_ways[:1], relation, two_ways[1]) is None
    assert decide(Real(2).sqrt() * Real(2).sqrt(), relation, 2) is None
    e = Real(lambda: arb(1).exp())
    assert decide(e, relation, e) is None


@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "0 +/- inf"])
@pytest.mark.parametrize("relation", RELATIONS)
def test_what_is_not_finite_is_never_decided(text, relation):
    ball = arb(text)
    for other in (Real(0), Real(10**400), Real(ball), Real(lambda: arb(2).sqrt()), Real(arb("nan"))):
        assert decide(ball, relation, other) is None
        assert decide(other, relation, ball) is None


def test_a_number_whose_first_enclosure_overflows_is_decided_later():
    def recipe() -> arb:
        return arb("0 +/- inf") if ctx.prec < 1000 else arb(3).sqrt()
    assert decide(Real(recipe), "<", 2) is True and decide(Real(recipe), ">", 2) is False


def test_numbers_with_enormous_exponents():
    tiny, tinier = Real(lambda: arb(-10**12).exp()), Real(lambda: arb(-10**12 - 1).exp())
    assert decide(tiny, ">", 0) is True and decide(tiny, ">", tinier) is True and decide(1 - tiny, "<", 1) is None
    assert decide(1 / tiny, ">", 10**1000) is True


@pytest.mark.parametrize("relation", ["", "=", "=<", "=>", "<>", "≤", "is", " <", None, 1])
def test_other_relations_are_refused(relation):
    with pytest.raises(ParameterError, match="^'relation' must be one of <, <=, ==, >=, >, !=, not "):
        decide(1, relation, 2)


@given(st.integers(-10**20, 10**20), st.integers(1, 10**20), st.integers(-3, 3), st.sampled_from(RELATIONS))
def test_an_enclosed_rational_is_never_decided_wrongly(top, bottom, offset, relation):
    value = Fraction(top, bottom)
    other = value + Fraction(offset, 2**200)
    answer = decide(Real(lambda: arb(fmpq(top, bottom)) + arb(0, arb(2) ** -ctx.prec)), relation, other)
    assert answer is None if offset == 0 else answer is ORACLE[relation](value, other)
