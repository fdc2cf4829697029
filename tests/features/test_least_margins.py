"""The dynamic program against listing the cube, in floats, int64 and integers of any size."""
from __future__ import annotations

import numpy as np
import oracles
import pytest

from theorycheck.features.least_margins import least_margin, least_values, point_of_windows
from theorycheck.networks.rationals import RationalArray, integer_array

SHAPES = [(1, 1, 0), (3, 1, 2), (1, 3, 0), (4, 2, 0), (4, 2, 3), (3, 3, 1)]


def listed(tables: np.ndarray, n: int) -> list[int]:
    count, size = tables.shape
    return [sum(int(tables[j, x >> j & (size - 1)]) for j in range(count)) for x in range(2**n)]


@pytest.mark.parametrize("scale", [1, 2**70])
@pytest.mark.parametrize("count, k, offset", SHAPES)
def test_least_margin(count: int, k: int, offset: int, scale: int) -> None:
    rng = np.random.default_rng(count + k)
    n = count + k - 1
    for _ in range(5):
        small = rng.integers(-20, 21, (count, 2**k))
        tables = integer_array((int(v) * scale for v in small.ravel()), small.shape)
        g = rng.choice([-1, 1], 2**k)
        margins = [int(g[x >> offset & (2**k - 1)]) * h for x, h in enumerate(listed(tables, n))]
        value, windows = least_margin(RationalArray(tables, 3), g, offset)
        assert value == min(margins) == margins[point_of_windows(windows, k)]
        assert windows.tolist() == [point_of_windows(windows, k) >> j & (2**k - 1) for j in range(count)]


@pytest.mark.parametrize("count, k, offset", SHAPES)
def test_every_prescription(count: int, k: int, offset: int) -> None:
    rng = np.random.default_rng(k)
    n, size = count + k - 1, 2**k
    tables, g = rng.integers(-20, 21, (count, size)), rng.choice([-1, 1], size)
    places, patterns = (grid.ravel() for grid in np.meshgrid(np.arange(count), np.arange(size), indexing="ij"))
    values, windows = least_values(tables, g, offset, places, patterns)
    h = listed(tables, n)
    expected = []
    for sign in (1, -1):
        for place, pattern in zip(places, patterns):
            points = [x for x in range(2**n) if g[x >> offset & (size - 1)] == sign
                      and x >> place & (size - 1) == pattern]
            if points:
                expected.append(min(sign * h[x] for x in points))
    assert values.tolist() == expected
    for value, row in zip(values, windows):
        x = point_of_windows(row, k)
        assert g[x >> offset & (size - 1)] * h[x] == value
    floats = least_values(tables.astype(np.float64), g, offset, places, patterns)
    assert (floats[0] == values).all()


def test_sums_beyond_the_64_bit_edge() -> None:
    tables = np.array([[2**62, -2**62]] * 3)
    assert least_margin(RationalArray(tables, 1), np.array([1, 1]), 0)[0] == -3 * 2**62


def test_point_of_windows_of_a_long_chain() -> None:
    index = 0b1011001110001111
    windows = np.array([index >> j & 7 for j in range(14)])
    assert point_of_windows(windows, 3) == index
    assert oracles.point_index(oracles.cube_points(3)[5]) == point_of_windows(np.array([5]), 3)
