"""Windows brought to one shape: the same function, and the same marginals, by enumeration."""
from __future__ import annotations

import numpy as np
import pytest

from theorycheck.cube.patterns import KPattern
from theorycheck.gradients.window_layout import WindowLayout


def contents(x: np.ndarray, k: int, offset: int) -> np.ndarray:
    return (x >> offset) % (1 << k)


@pytest.mark.parametrize("window_count, k, n, pattern_k, offset, fixed", [
    (3, 2, 4, 2, 1, {}), (3, 2, 5, 2, 3, {}), (1, 1, 4, 1, 3, {}), (3, 2, 4, 1, 3, {}), (3, 2, 4, 3, 1, {}),
    (2, 2, 4, 4, 0, {}), (3, 2, 4, 2, 1, {1: 1}), (3, 2, 4, 2, 1, {0: 0, 2: 1, 3: 1}),
    (4, 3, 6, 2, 4, {1: 0, 2: 0, 3: 1}), (1, 3, 3, 1, 0, {0: 1, 1: 0}), (2, 3, 6, 2, 4, {0: 1})])
def test_the_layout_is_the_same_problem(window_count: int, k: int, n: int, pattern_k: int, offset: int,
                                        fixed: dict) -> None:
    rng = np.random.default_rng(n)
    pattern = KPattern.sample(n, pattern_k, rng, offset)
    tables = rng.integers(-9, 10, (window_count, 1 << k)).astype(float)
    layout = WindowLayout(window_count, k, n, pattern, fixed)
    combined = layout.combine(tables)
    assert layout.window_count + layout.k - 1 == layout.n == n - len(fixed)
    y, x, free = np.arange(1 << layout.n), np.zeros(1 << layout.n, dtype=np.int64), 0
    for v in range(n):
        x |= (np.full_like(y, fixed[v]) if v in fixed else y >> free & 1) << v
        free += v not in fixed
    labels = layout.signs[contents(y, layout.k, layout.offset)]
    assert labels.tolist() == pattern.evaluate_indices(x).tolist() == layout.labels().tolist()
    values = sum(combined[j, contents(y, layout.k, j)] for j in range(layout.window_count))
    assert values.tolist() == sum(tables[j, contents(x, k, j)] for j in range(window_count)).tolist()
    marks = rng.integers(-9, 10, y.size)
    marginals = np.array([np.bincount(contents(y, layout.k, j), marks, 1 << layout.k)
                          for j in range(layout.window_count)]).astype(np.int64)
    expected = [np.bincount(contents(x, k, j), marks, 1 << k).tolist() for j in range(window_count)]
    assert layout.distribute(marginals).tolist() == expected


def test_nothing_is_copied_where_nothing_changes() -> None:
    layout, tables = WindowLayout(3, 2, 4, KPattern.parity(4, 2)), np.zeros((3, 4))
    assert layout.is_plain and layout.combine(tables) is tables and layout.distribute(tables) is tables
    assert not WindowLayout(3, 2, 5, KPattern.parity(5, 2)).is_plain
