"""Tables of piecewise affine functions of one linear form over the cube.

A point is a row (its high bits) and a column (its low bits).  The linear form is the sum of one number of the row and
one of the column, so where it is compared with a threshold only the column's place in the order of their numbers
matters.  Columns have keys from 0 on in that order (ranks, or small numbers themselves), and each row has one cut for
each threshold, the key from which on it is reached: exact whatever the numbers are.  A row that no threshold divides
costs one store an entry.
"""
from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from theorycheck.kernels.compilation import kernel


@kernel
def fill_steps(keys: NDArray[Any], cuts: NDArray[Any], constants: NDArray[Any], table: NDArray[Any]) -> None:
    """Set table[row, column] to constants[i], i the number of the row's cuts that are at most the column's key.
    See theorycheck.neurons.half_cubes; a row's cuts ascend, and the first key is the largest."""
    regions, largest = cuts.shape[1], keys[0]
    for row in range(table.shape[0]):
        region = 0
        while region < regions and cuts[row, region] == 0:
            region += 1
        target, value = table[row], constants[region]
        if region == regions or cuts[row, region] > largest:
            target[:] = value
            continue
        cut, after = cuts[row, region], constants[region + 1]
        for column in range(keys.size):
            target[column] = after if keys[column] >= cut else value
        region += 1
        while region < regions and cuts[row, region] <= largest:
            cut, after = cuts[row, region], constants[region + 1]
            for column in range(keys.size):
                target[column] = after if keys[column] >= cut else target[column]
            region += 1


@kernel
def fill_affine_steps(keys: NDArray[Any], cuts: NDArray[Any], constants: NDArray[np.int64], slopes: NDArray[np.int64],
                      row_sums: NDArray[np.int64], columns: NDArray[Any], table: NDArray[Any]) -> None:
    """The same with constants[i] + slopes[i] row_sums[row] + columns[i, column].
    See theorycheck.neurons.half_cubes; columns[i] is slopes[i] times the columns' sums, in the table's type."""
    regions, largest = cuts.shape[1], keys[0]
    for row in range(table.shape[0]):
        region = 0
        while region < regions and cuts[row, region] == 0:
            region += 1
        target, shares = table[row], columns[region]
        value = table.dtype.type(constants[region] + slopes[region] * row_sums[row])
        if region == regions or cuts[row, region] > largest:
            for column in range(keys.size):
                target[column] = value + shares[column]
            continue
        region += 1
        cut, others = cuts[row, region - 1], columns[region]
        after = table.dtype.type(constants[region] + slopes[region] * row_sums[row])
        for column in range(keys.size):
            below, above = value + shares[column], after + others[column]
            target[column] = above if keys[column] >= cut else below
        while region < regions and cuts[row, region] <= largest:
            region += 1
            cut, others = cuts[row, region - 1], columns[region]
            after = table.dtype.type(constants[region] + slopes[region] * row_sums[row])
            for column in range(keys.size):
                above = after + others[column]
                target[column] = above if keys[column] >= cut else target[column]
