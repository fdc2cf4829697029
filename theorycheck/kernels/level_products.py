"""Sums of products over the levels of two spectra, together with the last levels of their transforms.

A table comes as a row for each value of its high bits, every row transformed.  What is left is a transform of each
column: tiles of columns are gathered with their first butterfly applied, finished in the cache and summed there, never
written back.  Columns come in groups of 2^8 or, where rows are shorter, whole.
"""
from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from theorycheck.kernels.compilation import kernel
from theorycheck.kernels.fourier import bit_count
from theorycheck.kernels.intrinsics import VECTOR_BYTES, address, advanced, butterfly_2, butterfly_4, butterfly_8
from theorycheck.kernels.level_products_intrinsics import add_product

MOST_COLUMNS = 256


@kernel
def _sweep(radix: int, source: Any, source_stride: int, target: Any, target_stride: int, length: int,
           lanes: int) -> None:
    """Butterfly ``radix`` rows of ``length`` columns, a multiple of the lanes.
    See gather_tile."""
    column = 0
    while column < length:
        if radix == 8:
            butterfly_8(source, source_stride, target, target_stride, column)
        elif radix == 4:
            butterfly_4(source, source_stride, target, target_stride, column)
        else:
            butterfly_2(source, source_stride, target, target_stride, column)
        column += lanes


@kernel
def gather_tile(table: NDArray[Any], first: int, tile: NDArray[Any]) -> None:
    """Set the tile to the columns first, first+1, ... of the table, 2 or more rows of them, each column transformed.
    See product_sums; as many rows as the table, a multiple of 8 columns."""
    rows, width, length = table.shape[0], table.shape[1], tile.shape[1]
    lanes = VECTOR_BYTES // tile.itemsize
    source, target = advanced(address(table), first), address(tile)
    height = min(8, rows)
    for row in range(0, rows, height):
        _sweep(height, advanced(source, row * width), width, advanced(target, row * length), length, length, lanes)
    while height < rows:
        radix = min(8, rows // height)
        for group in range(0, rows, radix * height):
            for row in range(group, group + height):
                inner = advanced(target, row * length)
                _sweep(radix, inner, height * length, inner, height * length, length, lanes)
        height *= radix


@kernel
def _add_squares(values: NDArray[Any], sums: NDArray[np.int64]) -> None:
    """Add the square of every value to the sum at its place.
    See square_sums."""
    for place in range(sums.size):
        value = np.int64(values[place])
        sums[place] += value * value


@kernel
def square_sums(table: NDArray[Any], tile: NDArray[Any], first: int, stop: int, lowest: int, highest: int,
                sums: NDArray[np.int64]) -> None:
    """Add the squares in columns first ... stop-1 to sums[ones of the row and of the column's high bits, low bits].

    Those with fewer ones there than ``lowest`` or more than ``highest`` are left out.  The columns of the table's rows
    are transformed first, through ``tile``; the squares in all must fit 64 bits.
    """
    length = sums.shape[1]
    for start in range(first, stop, length):
        if table.shape[0] > 1:
            gather_tile(table, start, tile)
        ones = bit_count(start // length)
        for row in range(table.shape[0]):
            group = ones + bit_count(row)
            if group < lowest or group > highest:
                continue
            if table.shape[0] > 1:
                _add_squares(tile[row], sums[group])
            else:
                _add_squares(table[row, start:start + length], sums[group])


@kernel
def _add_products(left: NDArray[Any], right: NDArray[Any], places: NDArray[Any], sums: NDArray[np.int64]) -> None:
    """Add left[i] right[i] over the places i to sums[0] 2^64 + sums[1], the latter in unsigned bits.
    See product_sums."""
    high, low = sums[0], sums[1]
    for place in places:
        high, low = add_product(high, low, np.int64(left[place]), np.int64(right[place]))
    sums[0], sums[1] = high, low


@kernel
def product_sums(left: NDArray[Any], right: NDArray[Any], left_tile: NDArray[Any], right_tile: NDArray[Any],
                 is_square: bool, first: int, stop: int, places: NDArray[Any], starts: NDArray[np.int64],
                 levels: NDArray[np.int64], sums: NDArray[np.int64]) -> None:
    """Add products in columns first ... stop-1, over indices with levels[i] ones, to the two halves of sums[i].

    ``places`` lists the low bits of a column by their number of ones: those with p ones from starts[p] to below
    starts[p+1].  The columns of the tables' rows are transformed first, through the tiles; with
    ``is_square`` left is right, tile and all.  Exact where the sums fit 128 bits.
    """
    length = places.size
    for start in range(first, stop, length):
        if left.shape[0] > 1:
            gather_tile(left, start, left_tile)
            if not is_square:
                gather_tile(right, start, right_tile)
        for row in range(left.shape[0]):
            ones = bit_count(start // length) + bit_count(row)
            a = left_tile[row] if left.shape[0] > 1 else left[row, start:start + length]
            b = right_tile[row] if left.shape[0] > 1 else right[row, start:start + length]
            for place in range(levels.size):
                rest = levels[place] - ones
                if 0 <= rest < starts.size - 1:
                    _add_products(a, b, places[starts[rest]:starts[rest + 1]], sums[place])


@kernel
def neighbour_products(steps: NDArray[Any], others: NDArray[Any], level: int, first: int, stop: int,
                       products: NDArray[np.int64]) -> None:
    """Add v[i] v[j], i <= j, over the S from first to below stop that have ``level`` ones or one less.

    v holds steps[S △ {0}], steps[S △ {1}], ..., steps[S] and then every row of ``others`` at S, spectra of 2^m entries.
    The squares must add up to less than 2^63.
    See theorycheck.neurons.wide_levels.
    """
    variables = products.shape[0] - 1 - others.shape[0]
    values = np.empty(products.shape[0], dtype=np.int64)
    for subset in range(first, stop):
        ones = bit_count(subset)
        if ones != level and ones != level - 1:
            continue
        for variable in range(variables):
            values[variable] = steps[subset ^ (1 << variable)]
        values[variables] = steps[subset]
        for other in range(others.shape[0]):
            values[variables + 1 + other] = others[other, subset]
        for row in range(values.size):
            for column in range(row, values.size):
                products[row, column] += values[row] * values[column]
