from __future__ import annotations

import operator
from fractions import Fraction
from itertools import product

import pytest
from flint import arb
from hypothesis import given
from hypothesis import strategies as st

from theorycheck.claims import Evidence, Quantity, Verdict, compare
from theorycheck.errors import ParameterError
from theorycheck.rigor import RELATIONS, Real

ORACLE = {"<": operator.lt, "<=": operator.le, "==": operator.eq, ">=": operator.ge, ">": operator.gt,
          "!=": operator.ne}
LEVEL = Fraction(99, 100)
END = st.integers(-3, 3)
E = Real(lambda: arb(1).exp())


def seen(low: int | Fraction, high: int | Fraction) -> Quantity:
    return Quantity.statistical(Fraction(low), Fraction(high), LEVEL, "seen")


def test_evidence_of_exact_and_enclosed_numbers():
    for value in (1, Fraction(1, 3), Real(2), 0.5):
        assert Quantity.of(value).evidence is Evidence.EXACT
    for value in (E, arb(1), Real(2).sqrt()):
        assert Quantity.of(value).evidence is Evidence.ENCLOSED
    assert Quantity.of(Fraction(1, 3), "p").label == "p" and Quantity.of(0.1).value.exact == Fraction(1, 10)


@pytest.mark.parametrize("value", [True, float("nan"), "abc", None])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(ParameterError):
        Quantity.of(value)


def test_an_interval_the_wrong_way_round_is_refused():
    with pytest.raises(ParameterError, match="^'low' must be at most high=1/3, not 1/2[.]$"):
        seen(Fraction(1, 2), Fraction(1, 3))


def test_a_quantity_is_frozen():
    with pytest.raises(AttributeError):
        Quantity.of(1).label = "other"


@given(st.fractions(), st.fractions(), st.sampled_from(RELATIONS))
def test_exact_numbers_are_verified_or_refuted(a, b, relation):
    expected = Verdict.VERIFIED if ORACLE[relation](a, b) else Verdict.REFUTED
    assert compare(Quantity.of(a), relation, Quantity.of(b)) is expected


@pytest.mark.parametrize("relation", RELATIONS)
def test_enclosed_numbers(relation):
    holds = Verdict.VERIFIED if ORACLE[relation](2.718, 3) else Verdict.REFUTED
    assert compare(Quantity.of(E), relation, Quantity.of(3)) is holds
    assert compare(Quantity.of(E), relation, Quantity.of(E)) is Verdict.INCONCLUSIVE
    assert compare(Quantity.of(Real(-1).sqrt()), relation, Quantity.of(3)) is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("relation", RELATIONS)
@pytest.mark.parametrize("other", [Quantity.of(100), Quantity.of(E), seen(100, 101), Quantity.floating(100.0)])
def test_a_float_never_decides(relation, other):
    look = Quantity.floating(1.0, "look")
    assert look.value is None and look.look == 1.0
    assert compare(look, relation, other) is compare(other, relation, look) is Verdict.INCONCLUSIVE


def statistical_oracle(low: int, high: int, relation: str, low2: int, high2: int) -> Verdict:
    """By the definition: the relation at every pair of points of the two intervals, on the half grid."""
    answers = {ORACLE[relation](Fraction(x, 2), Fraction(y, 2))
               for x in range(2 * low, 2 * high + 1) for y in range(2 * low2, 2 * high2 + 1)}
    if len(answers) == 2:
        return Verdict.INCONCLUSIVE
    return Verdict.CONSISTENT if answers == {True} else Verdict.INCONSISTENT


@given(END, END, END, END, st.sampled_from(RELATIONS))
def test_intervals_against_intervals(a, b, c, d, relation):
    (low, high), (low2, high2) = sorted((a, b)), sorted((c, d))
    if relation in ("==", "!=") and low == high == low2 == high2:
        return  # two points, see below
    assert compare(seen(low, high), relation, seen(low2, high2)) is statistical_oracle(low, high, relation, low2, high2)


@given(END, END, END, st.sampled_from(RELATIONS))
def test_intervals_against_numbers_on_either_side(a, b, c, relation):
    low, high = sorted((a, b))
    if relation in ("==", "!=") and low == high == c:
        return
    number = Quantity.of(c)
    assert compare(seen(low, high), relation, number) is statistical_oracle(low, high, relation, c, c)
    assert compare(number, relation, seen(low, high)) is statistical_oracle(c, c, relation, low, high)


def test_statistics_never_confirm_an_equality():
    assert compare(seen(1, 1), "==", Quantity.of(1)) is Verdict.INCONCLUSIVE
    assert compare(seen(1, 1), "!=", Quantity.of(1)) is Verdict.INCONCLUSIVE


def test_statistics_speak_against_an_equality():
    assert compare(seen(2, 3), "==", Quantity.of(1)) is Verdict.INCONSISTENT
    assert compare(Quantity.of(4), "!=", seen(2, 3)) is Verdict.CONSISTENT


def test_an_interval_against_an_enclosed_number():
    assert compare(seen(2, Fraction(27, 10)), "<", Quantity.of(E)) is Verdict.CONSISTENT
    assert compare(seen(3, 4), "<", Quantity.of(E)) is Verdict.INCONSISTENT
    assert compare(seen(2, 3), "<", Quantity.of(E)) is Verdict.INCONCLUSIVE
    assert compare(seen(2, 3), "<", Quantity.of(Real(-1).sqrt())) is Verdict.INCONCLUSIVE


def test_statistics_never_give_a_verdict_of_exact_arithmetic():
    exact = {Verdict.PROVED, Verdict.VERIFIED, Verdict.REFUTED}
    for relation, (low, high) in product(RELATIONS, [(0, 1), (1, 1), (2, 3)]):
        assert compare(seen(low, high), relation, Quantity.of(1)) not in exact


@pytest.mark.parametrize("relation", ["", "=<", "≤", None])
@pytest.mark.parametrize("lhs", [Quantity.of(1), seen(0, 1), Quantity.floating(1.0)])
def test_other_relations_are_refused_whatever_the_evidence(lhs, relation):
    with pytest.raises(ParameterError, match="^'relation' must be one of "):
        compare(lhs, relation, Quantity.of(2))
