"""Weighted marginals against sums written out; dyadic weights and tables, so that every sum is exact."""
from __future__ import annotations

import numpy as np
import pytest

from theorycheck.kernels.window_marginals_meeting import sort_low_side
from theorycheck.kernels.window_marginals_weighted import collect_windows, sum_windows, weigh_points

VARIANTS = pytest.mark.parametrize("is_compiled", (True, False))


def variant(function, is_compiled: bool):
    return function if is_compiled else function.py_func


@VARIANTS
@pytest.mark.parametrize("k, windows, bits", [(1, 3, 7), (2, 3, 7), (3, 2, 7), (3, 0, 5)])
def test_weigh_points(is_compiled: bool, k: int, windows: int, bits: int) -> None:
    rng = np.random.default_rng(bits)
    tables = rng.integers(-2, 3, (bits - k + 1, 1 << k)) / 2
    signs, shift = rng.choice(np.array([-1, 1], np.int8), 1 << k), 1
    low_bits, boundaries = windows + k - 1, 1 << (k - 1)
    values, words = np.empty((2, 1 << low_bits)), np.empty((2, 1 << low_bits), np.int32)
    sort_low_side(tables, windows, values, words)
    low_weights = rng.integers(1, 64, 1 << low_bits) / 64
    high_weights = rng.integers(1, 64, 1 << (bits - low_bits)) / 64
    high_values = np.zeros(1 << (bits - windows))
    for j in range(windows, bits - k + 1):
        high_values += tables[j, (np.arange(high_values.size) >> (j - windows)) % (1 << k)]
    low, high = np.full((2, low_weights.size), np.nan), np.full((2, high_values.size), np.nan)
    counts, masses = np.zeros(2, np.int64), np.zeros(2)
    closest = variant(weigh_points, is_compiled)(
        values[windows % 2], words[windows % 2], high_values, signs, shift, 1.0, boundaries, low_weights, high_weights,
        low, high, counts, masses)
    x = np.arange(1 << bits)
    labels = signs[(x >> (windows + shift)) % (1 << k)].astype(np.int64)
    margins = labels * sum(tables[j, (x >> j) % (1 << k)] for j in range(bits - k + 1))
    weights = low_weights[x % (1 << low_bits)] * high_weights[x >> low_bits]
    assert closest == np.abs(1 - margins).min()
    for i, chosen in enumerate((margins < 1, margins == 1)):
        assert counts[i] == chosen.sum() > 0 and masses[i] == weights[chosen].sum()
        assert low[i].tolist() == np.bincount(x % (1 << low_bits), weights * labels * chosen, low[i].size).tolist()
        assert high[i].tolist() == np.bincount(x >> windows, weights * labels * chosen, high[i].size).tolist()


@VARIANTS
def test_listed_points(is_compiled: bool) -> None:
    tables = np.arange(8.0).reshape(2, 4)
    contents = np.array([[0, 3], [1, 1], [0, 0]])
    values = np.full(3, np.nan)
    variant(sum_windows, is_compiled)(tables, contents, values)
    assert values.tolist() == [7.0, 6.0, 4.0]
    marginals = np.zeros((2, 4))
    variant(collect_windows, is_compiled)(np.array([0.5, -1.0, 0.25]), contents, marginals)
    assert marginals.tolist() == [[0.75, -1.0, 0, 0], [0.25, -1.0, 0, 0.5]]
