"""The vector loops against NumPy, on sizes that leave remainders."""
from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from theorycheck.kernels.compilation import kernel
from theorycheck.kernels.fully_connected_intrinsics import (BLOCK_COLUMNS, BLOCK_ROWS, add_maxima, add_selected_bytes,
                                                            add_selected_doubles)
from theorycheck.kernels.intrinsics import address


@kernel
def run_maxima(tables: Any, thresholds: Any, readout: Any, count: int, values: Any) -> None:
    add_maxima(address(tables), address(thresholds), thresholds.shape[1], address(readout), count, address(values),
               values.shape[1])


@kernel
def run_bytes(ranks: Any, signs: Any, rows: Any, cutoffs: Any, count: int, column_sums: Any, row_sums: Any) -> None:
    add_selected_bytes(address(ranks), address(signs), address(rows), address(cutoffs), count, address(column_sums),
                       address(row_sums))


@kernel
def run_doubles(columns: Any, threshold: float, weights: Any, at_kink: bool, sums: Any) -> float:
    return add_selected_doubles(address(columns), threshold, address(weights), at_kink, address(sums))


@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_add_maxima(count: int) -> None:
    rng = np.random.default_rng(count)
    tables, thresholds = rng.integers(-9, 10, (6, BLOCK_COLUMNS)) / 2, rng.integers(-9, 10, (BLOCK_ROWS, 6)) / 2
    readout, values = rng.integers(-3, 4, 6) / 4, rng.integers(-5, 6, (BLOCK_ROWS, 11)) / 1.0
    expected = values.copy()
    for i in range(count):
        expected[:, :BLOCK_COLUMNS] += readout[i] * np.maximum(tables[i], thresholds[:, i:i + 1])
    run_maxima(tables, thresholds, readout, count, values)
    assert values.tolist() == expected.tolist()  # multiples of 1/8: exact, and nothing beside the block is touched


@pytest.mark.parametrize("fill", ["random", "ones", "minus ones"])
def test_add_selected_bytes(fill: str) -> None:
    """At 127 rows of one sign the bytes are as full as they can be."""
    rng = np.random.default_rng(0)
    signs = rng.integers(-1, 2, (130, 256)).astype(np.int8)
    if fill != "random":
        signs[:] = 1 if fill == "ones" else -1
    ranks = rng.permutation(256).astype(np.uint8)
    rows = rng.permutation(130)[:127]
    cutoffs = np.zeros(127, np.uint8) if fill != "random" else rng.integers(0, 256, 127).astype(np.uint8)
    cutoffs[0] = 255
    column_sums, row_sums = np.full(256, 99, np.int8), np.full(130, -7, np.int32)
    run_bytes(ranks, signs, rows, cutoffs, 127, column_sums, row_sums)
    chosen = np.where(ranks >= cutoffs[:, None], signs[rows].astype(int), 0)
    assert column_sums.tolist() == chosen.sum(axis=0).tolist()
    assert row_sums[rows].tolist() == chosen.sum(axis=1).tolist()
    assert np.all(np.delete(row_sums, rows) == -7)
    run_bytes(ranks, signs, rows, cutoffs, 0, column_sums, row_sums)
    assert not column_sums.any()


@pytest.mark.parametrize("at_kink", [False, True])
def test_add_selected_doubles(at_kink: bool) -> None:
    rng = np.random.default_rng(1)
    columns, weights = rng.integers(-2, 3, 256) / 2, rng.integers(-9, 10, 256) / 8
    sums = rng.integers(-9, 10, 256) / 8
    chosen = np.where(columns == 0.5 if at_kink else columns > 0.5, weights, 0)
    expected = sums + chosen
    assert run_doubles(columns, 0.5, weights, at_kink, sums) == chosen.sum()
    assert sums.tolist() == expected.tolist()
