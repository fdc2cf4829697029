"""Taylor models against exact polynomials."""
from __future__ import annotations

from fractions import Fraction

from flint import arb, arb_poly
from hypothesis import given
from hypothesis import strategies as st

from theorycheck.flow.models import TaylorModel, ball, folded, reach, value_range

COEFFICIENTS = st.lists(st.integers(-50, 50), min_size=1, max_size=9)


def value(coefficients, t):
    return sum((Fraction(c) * t**i for i, c in enumerate(coefficients)), Fraction(0))


@given(COEFFICIENTS, st.fractions(0, 2), st.integers(1, 4))
def test_a_folded_model_encloses_value_and_derivative(coefficients, t, order):
    model = folded(arb_poly(coefficients), order, arb(2))
    assert len(model.coefficients) == order + 1
    assert model(ball(t)).overlaps(ball(value(coefficients, t)))
    slopes = [i * c for i, c in enumerate(coefficients)][1:]
    assert model.derivative()(ball(t)).overlaps(ball(value(slopes, t)))


@given(COEFFICIENTS, st.fractions(0, 2))
def test_reach_bounds_every_value(coefficients, t):
    assert abs(ball(value(coefficients, t))) <= reach([arb(c) for c in coefficients], arb(2))


@given(COEFFICIENTS, st.fractions(0, 1), st.fractions(0, 1))
def test_value_range_encloses_between_its_ends(coefficients, low, share):
    model = TaylorModel(tuple(map(arb, coefficients)))
    inside = low + share * (2 - low)
    assert value_range(model, model.derivative(), ball(low), arb(2)).overlaps(ball(value(coefficients, inside)))


def test_affine_and_divided():
    model = TaylorModel((arb(3), arb(0), arb(5)))
    assert [float(c) for c in model.affine(-2, 1).coefficients] == [-5, 0, -10]
    assert [float(c) for c in model.divided(2).coefficients] == [5]


def test_folding_too_little_would_be_noticed():
    cut = TaylorModel(folded(arb_poly([1, 2, 3]), 1, arb(2)).coefficients[:1] + (arb(2),))
    assert not cut(arb(2)).overlaps(arb(1 + 4 + 12))
