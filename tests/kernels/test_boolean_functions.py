"""Sums of squared differences across one variable, against the definition."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from theorycheck.kernels.boolean_functions import difference_square_sum, wide_difference_square_sum


def oracle(values: Sequence[Any], variable: int) -> Any:
    return sum((values[x] - values[x ^ 1 << variable]) ** 2 for x in range(len(values)) if not x >> variable & 1)


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.int32, np.int64, np.float64])
def test_difference_square_sum(dtype: type) -> None:
    values = np.random.default_rng(0).integers(-128, 127, 64).astype(dtype)
    for variable in range(6):
        expected = oracle(values.tolist(), variable)
        zero = 0.0 if dtype is np.float64 else np.int64(0)
        assert difference_square_sum(values, variable, zero) == expected
        # Python's own types have no width, so that the plain function is the definition's.
        assert difference_square_sum.py_func(values.astype(object), variable, 0) == expected


def test_narrow_integers_do_not_wrap() -> None:
    values = np.array([127, -128], dtype=np.int8)
    assert difference_square_sum(values, 0, np.int64(0)) == 255**2


def test_wide_difference_square_sum() -> None:
    values = np.random.default_rng(0).integers(-(2**62) + 1, 2**62 - 1, 32)
    # The second is as large as it gets: 16 squares of 2^63 - 2 go beyond 2^128.
    for values, variable in [*((values, i) for i in range(5)), (np.array([2**62 - 1, 1 - 2**62] * 16), 0)]:
        for add in (wide_difference_square_sum, wide_difference_square_sum.py_func):
            limbs = np.zeros(4, dtype=np.uint64)
            add(values, variable, limbs)
            total = sum(limb << (32 * place) for place, limb in enumerate(limbs.tolist()))
            assert total == oracle(values.tolist(), variable)
