"""The window kernel against the sum written out, compiled and as Python."""
from __future__ import annotations

import numpy as np
import pytest

from theorycheck.kernels.windows import sum_windows


@pytest.mark.parametrize("run", [sum_windows, sum_windows.py_func], ids=["compiled", "python"])
@pytest.mark.parametrize("count, k, extra", [(1, 1, 0), (3, 1, 0), (1, 3, 0), (4, 3, 0), (2, 2, 2), (5, 4, 1)])
def test_sum_windows(run: object, count: int, k: int, extra: int) -> None:
    rng = np.random.default_rng(count + 10 * k)
    tables = rng.integers(-2**40, 2**40, (count, 1 << k))
    n = count + k - 1 + extra
    values = np.empty(1 << n, dtype=np.int64)
    run(tables, values)  # type: ignore[operator]
    expected = [sum(int(tables[j, (x >> j) & ((1 << k) - 1)]) for j in range(count)) for x in range(1 << n)]
    assert values.tolist() == expected


def test_floats_of_integers_are_exact() -> None:
    tables = np.random.default_rng(0).integers(-9, 10, (6, 4))
    values, floats = np.empty(128, dtype=np.int64), np.empty(128)
    sum_windows(tables, values)
    sum_windows(tables.astype(np.float64), floats)
    assert (values == floats).all()
