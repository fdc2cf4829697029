"""Tables of steps against the definition, through Numba and in Python."""
from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from theorycheck.kernels.threshold_tables import fill_affine_steps, fill_steps

# The rows' cuts: none, one or two inside, two at one place, before all columns and behind them.
CUTS = np.array([[0, 0], [0, 4], [4, 4], [2, 2], [1, 3], [0, 2], [3, 4]], dtype=np.int32)
KEYS = np.array([3, 1, 2, 0, 1, 3, 0, 2], dtype=np.int32)


def variants(function: Callable[..., None]) -> Iterator[Callable[..., None]]:
    yield function
    yield function.py_func  # type: ignore[attr-defined]


def regions() -> np.ndarray:
    return np.array([[sum(cut <= key for cut in row) for key in KEYS] for row in CUTS])


@pytest.mark.parametrize("dtype", [np.int32, np.int64])
def test_fill_steps(dtype: type) -> None:
    constants = np.array([-5, 7, 2**30], dtype=dtype)
    for fill in variants(fill_steps):
        table = np.full((len(CUTS), KEYS.size), -1, dtype=dtype)
        fill(KEYS, CUTS, constants, table)
        assert np.array_equal(table, constants[regions()])


@pytest.mark.parametrize("dtype", [np.int32, np.int64])
def test_fill_affine_steps(dtype: type) -> None:
    constants, slopes = np.array([-5, 7, 100]), np.array([-1, 0, 3])
    rows, columns = np.arange(len(CUTS)) * 11 - 20, np.arange(KEYS.size) * 5 - 9
    found = regions()
    expected = constants[found] + slopes[found] * (rows[:, None] + columns)
    for fill in variants(fill_affine_steps):
        table = np.full(expected.shape, -1, dtype=dtype)
        fill(KEYS, CUTS, constants, slopes, rows, (slopes[:, None] * columns).astype(dtype), table)
        assert np.array_equal(table, expected)


def test_without_thresholds_there_is_one_piece() -> None:
    none = np.zeros((2, 0), dtype=np.int32)
    for fill in variants(fill_steps):
        table = np.zeros((2, KEYS.size), dtype=np.int64)
        fill(KEYS, none, np.array([6]), table)
        assert (table == 6).all()
    for fill in variants(fill_affine_steps):
        table = np.zeros((2, KEYS.size), dtype=np.int64)
        fill(KEYS, none, np.array([6]), np.array([2]), np.array([1, 2]), 2 * np.arange(8)[None], table)
        assert np.array_equal(table, 6 + 2 * (np.array([[1], [2]]) + np.arange(8)))


def test_more_thresholds_than_two() -> None:
    rng = np.random.default_rng(0)
    cuts = np.sort(rng.integers(0, 9, (20, 6)), axis=1).astype(np.int32)
    keys = np.array([7, *rng.permutation(7)], dtype=np.int32)
    constants = rng.integers(-99, 99, 7)
    for fill in variants(fill_steps):
        table = np.zeros((20, 8), dtype=np.int64)
        fill(keys, cuts, constants, table)
        assert np.array_equal(table, constants[(cuts[:, None, :] <= keys[None, :, None]).sum(axis=2)])
