"""Filters on their windows against the definitions; dyadic numbers, so that every sum is exact in any order."""
from __future__ import annotations

import numpy as np
import pytest

from theorycheck.kernels import window_gradients as kernels

VARIANTS = pytest.mark.parametrize("is_compiled", (True, False))
SIZES = pytest.mark.parametrize("q, k", [(1, 1), (3, 2), (5, 3), (37, 2)])


def variant(function, is_compiled: bool):
    return function if is_compiled else function.py_func


def signs(k: int) -> np.ndarray:
    return np.array([[1 - 2 * (z >> place & 1) for place in range(k)] for z in range(1 << k)])


def dyadic(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.integers(-8, 9, shape) / 4


@VARIANTS
@pytest.mark.parametrize("strange, expected", [(0.0, True), (np.nan, False), (np.inf, False), (-np.inf, False)])
def test_copy_finite(is_compiled: bool, strange: float, expected: bool) -> None:
    values, copy = np.array([1.0, strange, 1e308, -1e308]), np.empty(4)
    with np.errstate(invalid="ignore"):
        assert variant(kernels.copy_finite, is_compiled)(values, copy) == expected
    np.testing.assert_array_equal(copy, values)


@VARIANTS
@SIZES
def test_pre_activations(is_compiled: bool, q: int, k: int) -> None:
    rng = np.random.default_rng(q)
    filters, biases = dyadic(rng, q, k), dyadic(rng, q)
    first, count = q // 2, q - q // 2
    values, doubled = np.full((1 << k, q), np.nan), np.empty((k, q))
    variant(kernels.pre_activations, is_compiled)(filters, biases, first, count, doubled, values)
    expected = signs(k) @ filters[first:].T + biases[first:]
    assert values[:, :count].tolist() == expected.tolist()


@VARIANTS
@pytest.mark.parametrize("cap", (0.5, np.inf))
def test_clip_values_and_slopes(is_compiled: bool, cap: float) -> None:
    values = np.array([[-1.0, 0.0, 0.25], [0.5, 0.75, 2.0]])
    features, pulls = np.empty((2, 3)), np.full((2, 3), 2.0)
    variant(kernels.clip_values, is_compiled)(values, cap, features)
    assert features.tolist() == np.clip(values, 0, cap).tolist()
    variant(kernels.weigh_by_slope, is_compiled)(values, cap, 0.25, 0.75, pulls)
    expected = [[0, 0.5, 2], [1.5, 0, 0]] if cap == 0.5 else [[0, 0.5, 2], [2, 2, 2]]
    assert pulls.tolist() == expected
    pulls[:] = 2.0
    variant(kernels.weigh_by_slope, is_compiled)(values, cap, 0.0, 1.0, pulls)
    assert pulls.tolist() == ([[0, 0, 2], [2, 0, 0]] if cap == 0.5 else [[0, 0, 2], [2, 2, 2]])


@VARIANTS
@SIZES
def test_fold_and_turn_over(is_compiled: bool, q: int, k: int) -> None:
    pulls = dyadic(np.random.default_rng(q), 1 << k, q)
    moments, gradient = np.full((k + 1, q), np.nan), np.empty((q, k))
    variant(kernels.fold_filters, is_compiled)(pulls.copy(), q, k, moments)
    assert moments[:k].tolist() == (signs(k).T @ pulls).tolist() and moments[k].tolist() == pulls.sum(axis=0).tolist()
    variant(kernels.turn_over, is_compiled)(moments, gradient)
    assert gradient.tolist() == moments[:k].T.tolist()


@VARIANTS
@SIZES
@pytest.mark.parametrize("cap", (0.5, np.inf))
def test_local_filters(is_compiled: bool, q: int, k: int, cap: float) -> None:
    rng = np.random.default_rng(q)
    filters, biases, readout = dyadic(rng, 3, q, k), dyadic(rng, 3, q), dyadic(rng, 3, q)
    slopes = dyadic(rng, 3, 1 << k)
    inner = np.einsum("zk,jqk->jzq", signs(k), filters) + biases[:, None]
    features = np.clip(inner, 0, cap)
    tables = np.full((3, 1 << k), np.nan)
    variant(kernels.local_tables, is_compiled)(filters, biases, readout, cap, 16, tables)
    assert tables.tolist() == np.einsum("jzq,jq->jz", features, readout).tolist()
    readout_gradient, filters_gradient = np.full((3, q), np.nan), np.full((3, q, k), np.nan)
    variant(kernels.local_gradients, is_compiled)(filters, biases, readout, slopes, cap, 16, readout_gradient,
                                                  filters_gradient)
    assert readout_gradient.tolist() == np.einsum("jz,jzq->jq", slopes, features).tolist()
    pulls = slopes[:, :, None] * ((inner > 0) & (inner <= cap))
    expected = np.einsum("zk,jzq,jq->jqk", signs(k), pulls, readout)
    assert filters_gradient.tolist() == expected.tolist()


@VARIANTS
def test_reach_and_oppose(is_compiled: bool) -> None:
    tables, marginals = np.array([[1.0, -3.0], [0.5, 0.25]]), np.array([[2.0, 1.0], [-4.0, 0.0]])
    assert variant(kernels.reach_of, is_compiled)(tables) == 3.5
    slopes = np.full((2, 2), np.nan)
    assert variant(kernels.oppose, is_compiled)(marginals, tables, slopes) == -(2.0 - 3.0 - 2.0)
    assert (slopes == -marginals).all()


@VARIANTS
@pytest.mark.parametrize("strange", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("place", [(0, 0), (0, 1), (1, 1)])
def test_reach_is_not_finite_where_an_entry_is_not(is_compiled: bool, strange: float, place: tuple[int, int]) -> None:
    tables = np.ones((2, 2))
    tables[place] = strange
    with np.errstate(invalid="ignore"):
        assert not np.isfinite(variant(kernels.reach_of, is_compiled)(tables))
