"""The probability side of Lemma 6: golden widths, golden failure bounds, and what a halved bound does to them."""
from __future__ import annotations

import math
from fractions import Fraction

import pytest
from sympy import log

from theorycheck.bounds import lemma6
from theorycheck.bounds.evaluate import evaluate, evaluate_relation
from theorycheck.bounds.relation import Relation
from theorycheck.bounds.symbols import N, delta, k, q
from theorycheck.rigor import decide

_DELTA = Fraction(1, 10)
_PAPER = {1: 48, 2: 119, 3: 281, 4: 650, 5: 1477}


@pytest.mark.parametrize("bits, width", sorted(_PAPER.items()))
def test_papers_width(bits: int, width: int) -> None:
    threshold = lemma6.sufficient_filters()
    assert evaluate(lemma6.smallest_integer_above(threshold), {k: bits, delta: _DELTA}).exact == width
    assert evaluate_relation(Relation(q, ">", threshold), {k: bits, q: width, delta: _DELTA}) is True
    assert evaluate_relation(Relation(q, ">", threshold), {k: bits, q: width - 1, delta: _DELTA}) is False
    # Negative control: with half the factor the golden values are missed.
    assert evaluate(lemma6.smallest_integer_above(threshold / 2), {k: bits, delta: _DELTA}).exact != width


def test_union_bound_at_the_papers_width() -> None:
    at = {k: 4, q: 650, delta: _DELTA}
    union = evaluate(lemma6.union_failure_bound(), at)
    assert decide(union, "<=", Fraction(9971, 100000)) and decide(union, ">", Fraction(9970, 100000))
    assert evaluate_relation(Relation(lemma6.union_failure_bound(), "<", delta), at) is True
    assert evaluate_relation(Relation(lemma6.union_failure_bound(), "<", delta / 2), at) is False
    assert evaluate_relation(Relation(lemma6.cell_failure_bound(), "<=", lemma6.cell_failure_target()), at) is True


_UNIONS = [(lemma6.sufficient_filters, lemma6.union_failure_bound),
           (lemma6.sharp_sufficient_filters, lemma6.sharp_union_failure_bound),
           (lemma6.kullback_leibler_sufficient_filters, lemma6.kullback_leibler_union_failure_bound)]


@pytest.mark.parametrize("bits", [1, 2, 4, 7])
@pytest.mark.parametrize("threshold, union", _UNIONS)
def test_closed_forms_are_exactly_where_the_union_bound_reaches_delta(threshold: object, union: object,
                                                                      bits: int) -> None:
    at = {k: bits, delta: _DELTA}
    least = evaluate(lemma6.smallest_integer_from(threshold()), at).exact  # type: ignore[operator]
    claim = Relation(union(), "<=", delta)  # type: ignore[operator]
    assert evaluate_relation(claim, {**at, q: least}) is True
    assert evaluate_relation(claim, {**at, q: least - 1}) is False


@pytest.mark.parametrize("bits", [1, 2, 3, 4, 5, 10])
def test_the_three_unions_are_in_order(bits: int) -> None:
    at = {k: bits, q: 40 * 2**bits, delta: _DELTA}
    stated, sharp, entropy = (evaluate(union(), at) for _, union in _UNIONS)
    assert decide(entropy, "<", sharp) and decide(sharp, "<", stated)
    widths = [evaluate(threshold(), at) for threshold, _ in _UNIONS]
    assert decide(widths[0], ">", widths[1]) and decide(widths[1], ">", widths[2])


def test_rational_formulas_are_exact() -> None:
    at = {k: 4, q: 650, delta: _DELTA, "m": 3}
    assert evaluate(lemma6.cell_probability(), at).exact == Fraction(1, 16)
    assert evaluate(lemma6.number_of_cells(), at).exact == 16
    assert evaluate(lemma6.expected_multiplicity(), at).exact == Fraction(650, 16)
    assert evaluate(lemma6.cell_failure_target(), at).exact == Fraction(1, 160)
    assert evaluate(lemma6.pre_activation(), at).exact == Fraction(-5, 4)


@pytest.mark.parametrize("bits", [1, 2, 3, 5])
def test_pre_activation_is_the_inner_product_plus_the_bias(bits: int) -> None:
    bias = Fraction(1, bits) - 1
    for filter_signs in range(2**bits):
        distance = bin(filter_signs).count("1")
        inner = sum(Fraction(1 - 2 * ((filter_signs >> bit) & 1), bits) for bit in range(bits))
        assert evaluate(lemma6.pre_activation(), {k: bits, "m": distance}).exact == inner + bias


def test_rate_against_its_definition() -> None:
    # KL(p/2||p) in floats, to 1e-12: a look at the formula, the rigorous ordering is tested above.
    for bits in (1, 4, 10):
        cell = 2.0**-bits
        rate = cell / 2 * math.log(1 / 2) + (1 - cell / 2) * math.log((1 - cell / 2) / (1 - cell))
        assert math.isclose(float(evaluate(lemma6.kullback_leibler_rate(), {k: bits})), rate, rel_tol=1e-9)


def test_locally_connected_width() -> None:
    at = {k: 4, N: 17, delta: _DELTA}
    wide = evaluate(lemma6.locally_connected_sufficient_filters(), at)
    again = evaluate(lemma6.sufficient_filters() + 2**(k + 3) * log(N), at)
    gap = wide - again
    assert decide(gap, "<", Fraction(1, 10**30)) and decide(gap, ">", -Fraction(1, 10**30))
    assert decide(wide, ">", 650) is True


def test_formulas_take_numbers_and_expressions() -> None:
    assert lemma6.sufficient_filters(k, Fraction(1, 10)) == 2**(k + 3) * log(10 * 2**k)
    assert lemma6.expected_multiplicity(2, 3 * q) == 3 * q / 4
    assert evaluate(lemma6.smallest_integer_above(48)).exact == 49
    assert evaluate(lemma6.smallest_integer_from(48)).exact == 48
