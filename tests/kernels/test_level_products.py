"""Sums of products over levels against the textbook transform and a dictionary, in Python's integers."""
from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

from theorycheck.kernels.level_products import gather_tile, neighbour_products, product_sums, square_sums


def transformed(values: np.ndarray) -> np.ndarray:
    """The transform along the first axis, one level after another."""
    table, stride = values.astype(object), 1
    while stride < len(table):
        for low in range(len(table)):
            if not low & stride:
                x, y = table[low].copy(), table[low + stride].copy()
                table[low], table[low + stride] = x + y, x - y
        stride *= 2
    return table


def level_sums(left: np.ndarray, right: np.ndarray) -> dict[int, int]:
    """Products of two tables of rows, by the ones of their flat index."""
    totals: dict[int, int] = defaultdict(int)
    for index, value in enumerate((left * right).ravel().tolist()):
        totals[index.bit_count()] += value
    return totals


def sorted_places(columns: int) -> tuple[np.ndarray, np.ndarray]:
    ones = [place.bit_count() for place in range(columns)]
    places = sorted(range(columns), key=ones.__getitem__)
    return np.array(places), np.array([sum(one < level for one in ones) for level in range(columns.bit_length() + 1)])


def combined(sums: np.ndarray) -> list[int]:
    return [(high << 64) + low % 2**64 for high, low in sums.tolist()]


@pytest.mark.parametrize("dtype", [np.int32, np.int64])
@pytest.mark.parametrize("rows", [2, 4, 8, 16, 32, 64, 128])
def test_gather_tile(dtype: type, rows: int) -> None:
    table = np.random.default_rng(rows).integers(-99, 99, (rows, 48)).astype(dtype)
    tile = np.zeros((rows, 16), dtype=dtype)
    gather_tile(table, 32, tile)
    assert np.array_equal(tile, transformed(table)[:, 32:])


@pytest.mark.parametrize("dtype", [np.int32, np.int64])
@pytest.mark.parametrize("rows, columns, width", [(1, 8, 32), (1, 1, 1), (4, 8, 32), (16, 32, 64)])
def test_square_sums(dtype: type, rows: int, columns: int, width: int) -> None:
    table = np.random.default_rng(1).integers(-1000, 1000, (rows, width)).astype(dtype)
    expected = level_sums(*[transformed(table)] * 2)
    low, high = columns.bit_length() - 1, (rows * width // columns).bit_length() - 1
    for add in (square_sums, square_sums.py_func)[:1 + (rows == 1)]:
        sums, tile = np.zeros((high + 1, columns), dtype=np.int64), np.zeros((rows, columns), dtype=dtype)
        for first in range(0, width, columns):
            add(table, tile, first, first + columns, 0, high, sums)
        found: dict[int, int] = defaultdict(int)
        for (group, place), value in np.ndenumerate(sums):
            found[group + place.bit_count()] += int(value)
        assert found == expected and low + high == max(expected)


def test_square_sums_leaves_out_the_rows_it_may() -> None:
    table, sums = np.ones((1, 32), dtype=np.int32), np.zeros((3, 8), dtype=np.int64)
    square_sums(table, table, 0, 32, 1, 1, sums)
    assert sums.tolist() == [[0] * 8, [2] * 8, [0] * 8]


@pytest.mark.parametrize("left_type, right_type, size", [(np.int32, np.int32, 2**20), (np.int32, np.int64, 2**20),
                                                         (np.int64, np.int64, 2**57)])
@pytest.mark.parametrize("rows", [1, 4, 16])
def test_product_sums(left_type: type, right_type: type, size: int, rows: int) -> None:
    rng = np.random.default_rng(2)
    left = rng.integers(-(2**20), 2**20, (rows, 64)).astype(left_type)
    right = rng.integers(-size, size, (rows, 64)).astype(right_type)
    expected = level_sums(transformed(left), transformed(right))
    places, starts = sorted_places(16)
    levels = np.array([-1, 0, 1, 3, 4, 6, 30])
    sums = np.zeros((levels.size, 2), dtype=np.int64)
    tiles = np.zeros((rows, 16), left_type), np.zeros((rows, 16), right_type)
    for first, stop in ((0, 16), (16, 64)):
        product_sums(left, right, *tiles, False, first, stop, places, starts, levels, sums)
    assert combined(sums) == [expected[level] for level in levels.tolist()]


def test_product_sums_of_a_table_with_itself() -> None:
    table = np.random.default_rng(3).integers(-(2**56), 2**56, (8, 32))
    expected, sums = level_sums(*[transformed(table)] * 2), np.zeros((9, 2), dtype=np.int64)
    tile = np.zeros((8, 32), dtype=np.int64)
    product_sums(table, table, tile, tile, True, 0, 32, *sorted_places(32), np.arange(9), sums)
    assert combined(sums) == [expected[level] for level in range(9)]
    assert max(expected.values()) > 2**100


def test_neighbour_products() -> None:
    rng = np.random.default_rng(4)
    variables, level = 5, 3
    steps, others = rng.integers(-99, 99, 1 << variables), rng.integers(-99, 99, (2, 1 << variables))
    rows = [[int(steps[subset ^ 1 << j]) for j in range(variables)] + [int(steps[subset]), *others[:, subset].tolist()]
            for subset in range(1 << variables) if subset.bit_count() in (level - 1, level)]
    expected = np.triu(np.array(rows).T @ np.array(rows))
    for add in (neighbour_products, neighbour_products.py_func):
        products = np.zeros((8, 8), dtype=np.int64)
        add(steps, others, level, 0, 11, products)
        add(steps, others, level, 11, 32, products)
        assert np.array_equal(products, expected)
