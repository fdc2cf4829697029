"""The vector instructions one by one, against matrices of signs."""
from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
import scipy.linalg
from numba.core.errors import TypingError

from theorycheck.kernels.compilation import kernel
from theorycheck.kernels.intrinsics import (VECTOR_BYTES, address, advanced, atomic_add, butterfly_2, butterfly_4,
                                            butterfly_8, half_butterfly_2, half_butterfly_4, half_butterfly_8,
                                            transform_eight_vectors)

DTYPES = [np.int32, np.int64, np.float32, np.float64]
BUTTERFLIES = [(butterfly_2, 2, 1), (butterfly_4, 4, 1), (butterfly_8, 8, 1),
               (half_butterfly_2, 2, 2), (half_butterfly_4, 4, 2), (half_butterfly_8, 8, 2)]


@pytest.mark.parametrize(("butterfly", "radix", "divisor"), BUTTERFLIES)
def test_butterflies(butterfly: Any, radix: int, divisor: int) -> None:
    @kernel
    def run(source: np.ndarray, source_stride: int, target: np.ndarray, target_stride: int, column: int) -> None:
        butterfly(address(source), source_stride, address(target), target_stride, column)

    for dtype in (np.int32, np.float64):
        lanes = VECTOR_BYTES // divisor // np.dtype(dtype).itemsize
        source = np.arange(1000).astype(dtype) ** 2
        target = np.full(1000, 7, dtype)
        run(source, 40, target, 50, 3)
        rows = np.stack([source[3 + 40 * row:][:lanes] for row in range(radix)])
        expected = np.full(1000, 7, dtype)
        for row, values in enumerate(scipy.linalg.hadamard(radix).astype(dtype) @ rows):
            expected[3 + 50 * row:][:lanes] = values
        assert target.tolist() == expected.tolist()
        run(source, 40, source, 40, 3)  # in place
        assert source[3:3 + lanes].tolist() == expected[3:3 + lanes].tolist()


@pytest.mark.parametrize("dtype", DTYPES)
def test_transform_eight_vectors(dtype: type) -> None:
    @kernel
    def run(values: np.ndarray, start: int) -> None:
        transform_eight_vectors(advanced(address(values), start))

    size = 8 * VECTOR_BYTES // np.dtype(dtype).itemsize
    values = np.random.default_rng(0).integers(-1000, 1000, size + 10).astype(dtype)
    expected = values.copy()
    expected[5:5 + size] = scipy.linalg.hadamard(size).astype(dtype) @ values[5:5 + size]  # exact: below 2^24
    run(values, 5)
    assert values.tolist() == expected.tolist()


def test_atomic_add_loses_no_addition() -> None:
    @kernel
    def count(counters: np.ndarray, times: int) -> int:
        total = 0
        for _ in range(times):
            total += atomic_add(counters, 1, 1)
        return total

    counters = np.zeros(3, np.int64)
    assert count(counters, 10) == sum(range(10))  # what it held before
    totals: list[int] = []
    runners = [threading.Thread(target=lambda: totals.append(count(counters, 300_000))) for _ in range(3)]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join()
    assert counters.tolist() == [0, 900_010, 0]
    assert sum(totals) == sum(range(10, 900_010))  # each value was handed out once


def test_arguments_of_another_kind_are_refused_when_compiling() -> None:
    @kernel
    def boolean(values: np.ndarray) -> None:
        transform_eight_vectors(address(values))

    @kernel
    def not_an_integer(counters: np.ndarray) -> int:
        return atomic_add(counters, 0, 1)

    with pytest.raises(TypingError):
        boolean(np.zeros(256, np.bool_))
    with pytest.raises(TypingError):
        not_an_integer(np.zeros(3))
