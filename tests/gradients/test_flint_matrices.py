"""Conversions to and from FLINT's matrices, and the float64 rounding with its error bounds."""
from __future__ import annotations

from fractions import Fraction

import numpy as np
from flint import arb, arb_mat, ctx, fmpq, fmpq_mat
from hypothesis import given, settings
from hypothesis import strategies as st

from theorycheck.gradients.flint_matrices import (as_real, fractions_of, integers_of, rational_matrix, rational_scalar,
                                                  rounded, row_of, sign_matrix, stack_rows)

rationals = st.fractions(max_denominator=10**30) | st.fractions(min_value=-1, max_value=1)


@given(st.lists(rationals, min_size=6, max_size=6))
def test_rationals_go_and_come_back(values: list[Fraction]) -> None:
    matrix = rational_matrix([values[:3], values[3:]])
    assert fractions_of(matrix) == [values[:3], values[3:]]
    numerators, denominator = integers_of(matrix)
    assert [Fraction(int(p), denominator) for p in numerators.ravel()] == values


def test_float64_entries_are_their_dyadic_numbers() -> None:
    assert fractions_of(rational_matrix(np.array([[0.1]]))) == [[Fraction(0.1)]]
    assert fractions_of(rational_matrix([[0.1]])) == [[Fraction(1, 10)]]


def test_rows_and_stacks() -> None:
    matrix = sign_matrix(np.array([[1, -1], [-1, -1]]))
    assert stack_rows([row_of(matrix, 0), row_of(matrix, 1)]) == matrix
    assert stack_rows([matrix]) is matrix
    balls = stack_rows([arb_mat(1, 1, [arb(1)]), arb_mat(1, 1, [arb(2)])])
    assert isinstance(balls, arb_mat) and balls[1, 0] == 2


def test_scalars_become_reals() -> None:
    assert as_real(rational_scalar(Fraction(-2, 3))).exact == Fraction(-2, 3)
    assert as_real(arb(1).exp()).exact is None


@settings(max_examples=200)
@given(st.lists(rationals, min_size=1, max_size=4), st.integers(20, 200))
def test_rounding_errs_by_at_most_its_bound(values: list[Fraction], bits: int) -> None:
    exact = [fmpq(v.numerator, v.denominator) for v in values]
    with ctx.workprec(bits):
        for entries in (exact, [arb(entry) for entry in exact]):
            numbers, errors = rounded(entries)
            for value, number, error in zip(values, numbers.tolist(), errors.tolist()):
                assert abs(Fraction(number) - value) <= Fraction(error)


def test_rounding_covers_the_whole_ball() -> None:
    ball = arb(1, 0.25)
    numbers, errors = rounded([ball])
    assert numbers[0] - errors[0] <= 0.75 and numbers[0] + errors[0] >= 1.25
    # The smallest positive rationals round to 0, within the bound.
    numbers, errors = rounded([fmpq(1, 2**2000)])
    assert numbers[0] == 0 and errors[0] > 0
    assert not np.isfinite(rounded([arb(2) ** 5000])[1]).all()
    assert isinstance(rational_matrix([[1]]), fmpq_mat)
