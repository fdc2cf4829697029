"""Products of spectra of integer tables over half a cube, level by level.

A table is transformed row by row as it is filled, while a row is in the cache.  The levels across the rows are left to
the sums over the spectrum, which read every column once and write nothing back.
"""
from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theorycheck.neurons.half_cubes import HalfCube
from theorycheck.neurons.symmetric_parts import Component

_ROW_BYTES = 1 << 19
_MOST_ROWS = 64
# A part ends with a fight for the interpreter's lock, which may take as long as the work on 2^16 entries.
_ENTRIES_PER_PART = 1 << 18


def level_products(half: HalfCube, starts: Sequence[int], components: Sequence[Component], levels: Sequence[int],
                   threads: int | None) -> dict[tuple[int, int], list[int]]:
    """Return Σ left^(S)·right^(S) over |S| = level for each level and each pair of components, exactly.

    Parameters
    ----------
    half : HalfCube
    starts : sequence of int
        Where the components' pieces begin.
    components : sequence of Component
        Their tables' transforms, sums over the half cube with its m variables, are left^ and right^.
    levels : sequence of int, ascending
        Negative ones and those above m give 0.
    threads : int or None

    Returns
    -------
    dict (i, j), j <= i, -> list of integers, one for each level

    Notes
    -----
    For each component O(2^m) for the table and O(m 2^m) for the transform, for each pair O(2^m).  Rows of 512 KiB, or
    longer ones where there would be more than 64 of them.
    """
    from theorycheck.kernels.phases import run_phases
    widest = max(component.itemsize for component in components)
    rows = min(_MOST_ROWS, max(1, half.points * widest // _ROW_BYTES))
    tables = [np.empty((rows, half.points // rows), dtype=f"i{component.itemsize}") for component in components]
    batches = max(1, min(rows, half.points // _ENTRIES_PER_PART))
    phases = [(batches, _row_transformer(half, starts, *pair, batches)) for pair in zip(components, tables)]
    sums: dict[tuple[int, int], list[NDArray[np.int64]]] = {}
    parts = max(1, min(half.points // rows // _columns(tables[0]), half.points // _ENTRIES_PER_PART))
    for place, table in enumerate(tables):
        for other in range(place + 1):
            sums[place, other] = [np.zeros(0, np.int64)] * parts
            is_small = place == other and components[place].squares_fit
            phases.append((parts, _adder(_add_squares if is_small else _add_products, table, tables[other], levels,
                                         sums[place, other])))
    run_phases(phases, threads)
    return {(place, other): _sorted_squares(found, levels) if place == other and components[place].squares_fit else
            [sum((high << 64) + low % 2**64 for high, low in pairs) for pairs in zip(*(s.tolist() for s in found))]
            for (place, other), found in sums.items()}


def _columns(table: NDArray[Any]) -> int:
    """How many columns are added at a time."""
    from theorycheck.kernels.level_products import MOST_COLUMNS
    return min(table.shape[1], MOST_COLUMNS)


def _row_transformer(half: HalfCube, starts: Sequence[int], component: Component, table: NDArray[Any],
                     batches: int) -> Callable[[int], None]:
    """Return what fills and transforms one batch of the table's rows."""
    from theorycheck.kernels.walsh_hadamard import transform_rows_in_place
    fill = half.filler(starts, component.constants, component.slopes, component.weights, table.dtype)

    def transform_rows(batch: int) -> None:
        first, stop = len(table) * batch // batches, len(table) * (batch + 1) // batches
        fill(first * table.shape[1], table[first:stop])
        transform_rows_in_place(table[first:stop])
    return transform_rows


def _adder(add: Callable[..., NDArray[np.int64]], left: NDArray[Any], right: NDArray[Any], levels: Sequence[int],
           sums: list[NDArray[np.int64]]) -> Callable[[int], None]:
    """Return what sets sums[part] from its share of the columns."""
    columns, parts = _columns(left), len(sums)
    bounds = [left.shape[1] // columns * part // parts * columns for part in range(parts + 1)]
    # Made here: a helper's own heap gives memory back at once, and pages would be made anew in every call.
    tiles = [[np.empty((rows.shape[0], columns), rows.dtype) for rows in (left, right)] for _ in range(parts)]

    def add_part(part: int) -> None:
        sums[part] = add(left, right, tiles[part], bounds[part], bounds[part + 1], levels)
    return add_part


def _add_squares(rows: NDArray[Any], _: NDArray[Any], tiles: Sequence[NDArray[Any]], first: int, stop: int,
                 levels: Sequence[int]) -> NDArray[np.int64]:
    """The squares in some of the columns, by the ones of row and high bits of the column and by its low bits."""
    from theorycheck.kernels.level_products import square_sums
    columns = tiles[0].shape[1]
    low, variables = columns.bit_length() - 1, rows.size.bit_length() - 1
    sums = np.zeros((variables - low + 1, columns), dtype=np.int64)
    square_sums(rows, tiles[0], first, stop, levels[0] - low, levels[-1], sums)
    return sums


def _sorted_squares(found: Sequence[NDArray[np.int64]], levels: Sequence[int]) -> list[int]:
    """The squares of all columns by level."""
    total = found[0] if len(found) == 1 else np.sum(found, axis=0)
    places, starts = _places(total.shape[1])
    # Groups of levels that were not asked for may have wrapped; no diagonal adds them to one that was.
    groups = np.add.reduceat(total.take(places, axis=1), starts[:-1], axis=1)[:, ::-1]
    return [int(groups.trace(groups.shape[1] - 1 - level)) for level in levels]


def _add_products(left: NDArray[Any], right: NDArray[Any], tiles: Sequence[NDArray[Any]], first: int, stop: int,
                  levels: Sequence[int]) -> NDArray[np.int64]:
    """The products in some of the columns, by level: 64 bits and 64 unsigned ones."""
    from theorycheck.kernels.level_products import product_sums
    sums = np.zeros((len(levels), 2), dtype=np.int64)
    product_sums(left, right, tiles[0], tiles[left is not right], left is right, first, stop,
                 *_places(tiles[0].shape[1]),
                 np.array(levels, dtype=np.int64), sums)
    return sums


@functools.cache
def _places(columns: int) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """The numbers below ``columns`` by their number of ones, and where each number of ones begins."""
    ones = np.bitwise_count(np.arange(columns))
    places = np.argsort(ones, kind="stable")
    return places, np.searchsorted(ones[places], np.arange(columns.bit_length() + 1))
