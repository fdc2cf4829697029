"""Enumeration kernels for window marginals against sums written out, compiled and as plain Python."""
from __future__ import annotations

import numpy as np
import pytest

from theorycheck.kernels.window_marginals import add_windows, fold_windows, mark_active

VARIANTS = pytest.mark.parametrize("is_compiled", (True, False))


def variant(function, is_compiled: bool):
    return function if is_compiled else function.py_func


@VARIANTS
@pytest.mark.parametrize("k, first, count", [(1, 0, 1), (1, 1, 4), (2, 0, 3), (3, 1, 3), (4, 2, 3)])
def test_add_windows(is_compiled: bool, k: int, first: int, count: int) -> None:
    tables = np.random.default_rng(k).integers(-9, 10, (count, 1 << k)).astype(float)
    values = np.full(1 << (count - first + k - 1), np.nan)
    variant(add_windows, is_compiled)(tables, first, values)
    expected = [sum(tables[j, (x >> (j - first)) % (1 << k)] for j in range(first, count)) for x in range(values.size)]
    assert values.tolist() == expected


@VARIANTS
@pytest.mark.parametrize("dtype", (np.int64, np.float64))
@pytest.mark.parametrize("k, bits, first", [(1, 1, 0), (1, 4, 1), (2, 5, 0), (3, 3, 2), (3, 6, 0)])
def test_fold_windows(is_compiled: bool, dtype: type, k: int, bits: int, first: int) -> None:
    # Integers below 2^53 add up exactly in either type.
    values = np.random.default_rng(bits).integers(-99, 100, 1 << bits).astype(dtype)
    marginals = np.full((first + bits - k + 1, 1 << k), 7, dtype=dtype)
    variant(fold_windows, is_compiled)(values.copy(), values.size, first, marginals)
    x = np.arange(1 << bits)
    for j in range(bits - k + 1):
        assert marginals[first + j].tolist() == [values[(x >> j) % (1 << k) == z].sum() for z in range(1 << k)]
    assert (marginals[:first] == 7).all()


@VARIANTS
@pytest.mark.parametrize("is_weighted", (False, True))
def test_mark_active(is_compiled: bool, is_weighted: bool) -> None:
    values = np.array([0.5, 1.0, 2.0, -1.0, -1.5, 1.0, 3.0, 1.0])
    labels = np.array([1, 1, 1, -1, -1, -1, 1, 1], dtype=np.int8)
    weights = np.array([1, 2, 3, 4, 0, 6, 7, 0], float) if is_weighted else np.ones(1, np.int64)
    each = weights if is_weighted else np.ones(8, np.int64)
    active, tied = np.empty((2, 8), weights.dtype)
    counts, masses = np.zeros(2, np.int64), np.zeros(2, weights.dtype)
    closest = variant(mark_active, is_compiled)(values, labels, weights, 1.0, active, tied, counts, masses)
    margins = labels * values
    assert active.tolist() == (each * labels * (margins < 1)).tolist()
    assert tied.tolist() == (each * labels * (margins == 1)).tolist()
    positive = each > 0
    assert counts.tolist() == [((margins < 1) & positive).sum(), ((margins == 1) & positive).sum()]
    assert masses.tolist() == [each[margins < 1].sum(), each[margins == 1].sum()]
    assert closest == np.abs(1 - margins)[positive].min()
