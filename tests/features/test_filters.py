"""Filters as cell codes and as numbers."""
from __future__ import annotations

from fractions import Fraction

import numpy as np
import oracles
import pytest

from theorycheck.errors import ParameterError
from theorycheck.features.filters import GivenFilters, SignGridFilters, paper_bias

F = Fraction


def test_cells_stand_for_the_oracles_filters() -> None:
    filters = SignGridFilters(3, list(range(8)))
    rows, biases = oracles.sign_filters(3, range(8))
    assert [list(filters.row(i)) for i in range(8)] == rows
    assert filters.bias == biases[0] == paper_bias(3) == F(-2, 3)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.uint32, np.int64])
def test_multiplicities(dtype: type) -> None:
    filters = SignGridFilters(2, np.array([3, 0, 3, 1], dtype=dtype))
    assert filters.multiplicities().tolist() == [1, 1, 0, 2]
    assert filters.multiplicities().dtype == np.int64 and filters.q == 4


def test_eight_bit_codes_at_the_edge() -> None:
    assert SignGridFilters(8, np.array([255], dtype=np.uint8)).multiplicities()[255] == 1


@pytest.mark.parametrize("cells, text", [
    ([4], r"'cells' must be integers in 0 ... 2\^k-1=3, not 4."),
    ([-1], r"'cells' must be integers in 0 ... 2\^k-1=3, not -1."),
    ([], "'cells' must be a vector of at least one integer"),
    ([0.5], "'cells' must be a vector of at least one integer"),
    ([[1]], "'cells' must be a vector of at least one integer"),
])
def test_bad_cells(cells: list, text: str) -> None:
    with pytest.raises(ParameterError, match=text):
        SignGridFilters(2, cells)


def test_given_filters_are_exact() -> None:
    filters = GivenFilters([[0.1, "1/3"]], ["1/7"])
    assert filters.exact_filters().fractions() == [F(1, 10), F(1, 3)]
    assert filters.exact_biases().fractions() == [F(1, 7)]
    drawn = GivenFilters(np.array([[0.1]]))
    assert drawn.exact_filters().fractions() == [F(0.1)] and drawn.exact_biases().fractions() == [0]
    assert (drawn.q, drawn.k) == (1, 1)


def test_given_filters_copy_their_arrays() -> None:
    weights = np.ones((1, 2))
    filters = GivenFilters(weights)
    weights[0, 0] = 5
    assert filters.exact_filters()[0, 0] == 1


@pytest.mark.parametrize("arguments, text", [
    (([1, 2],), r"'filters' must have shape \(q, k\), not \(2,\)."),
    (([[1, 2]], [0, 1]), r"'biases' must have shape \(q,\) with q=1, not \(2,\)."),
    ((np.array([[np.nan]]),), "'filters' must be finite, not nan."),
    (([["x"]],), "'filters' must be a finite number, not x."),
])
def test_bad_given_filters(arguments: tuple, text: str) -> None:
    with pytest.raises(ParameterError, match=text):
        GivenFilters(*arguments)
