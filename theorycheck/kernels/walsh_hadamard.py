"""The Walsh–Hadamard transform in place: F[S] = sum over x of (-1)^popcount(S & x) f[x].

Memory traffic decides the speed, so the levels are grouped by what fits where: eight vectors in registers, 16 KiB blocks in
the first-level cache, 512 KiB blocks in the second, then columns across the blocks.  A tile of columns is gathered with the
first radix-8 step already applied and scattered with the last: two trips through memory in all.  Every step takes the
levels in ascending order, so floats round exactly as in the textbook loop, whatever the number of threads.
"""
from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from theorycheck.kernels.compilation import kernel
from theorycheck.kernels.intrinsics import (
    VECTOR_BYTES, address, advanced, atomic_add, butterfly_2, butterfly_4, butterfly_8, half_butterfly_2, half_butterfly_4,
    half_butterfly_8, transform_eight_vectors)
from theorycheck.kernels.threads import MAXIMUM_THREADS, available_threads, run_together

_HALF_VECTOR_BYTES = VECTOR_BYTES // 2
_LINE_BYTES = 64
_FIRST_CACHE_BYTES = 16 << 10
_SECOND_CACHE_BYTES = 512 << 10
_TILE_BYTES = 256 << 10
_MOST_ROWS = 1 << 12
_BYTES_PER_THREAD = 2 << 20  # a quarter of a millisecond of work
_COUNTERS = 16


@kernel
def _rows(remaining):
    """Return how many rows"""
    passes = 1
    rows = remaining
    while rows > _MOST_ROWS:
        passes += 1
        rows = 1
        while rows ** passes < remaining:
            rows *= 2
    return rows


@kernel
def _window(rows, width, itemsize):
    return min(width, max(_LINE_BYTES, _TILE_BYTES // rows) // itemsize)


@kernel
def _edge(radix, source, source_stride, target, target_stride, column):  # type: ignore[no-untyped-def]
    """Butterfly half a vector of columns."""
    if radix == 8:
        half_butterfly_8(source, source_stride, target, target_stride, column)
    elif radix == 4:
        half_butterfly_4(source, source_stride, target, target_stride, column)
    else:
        half_butterfly_2(source, source_stride, target, target_stride, column)


@kernel
def _sweep(radix, source, source_stride, target, target_stride, length, lead, lanes):  # type: ignore[no-untyped-def]
    """Butterfly ``radix`` rows of ``length`` columns; ``lead`` columns (none or half a vector) precede the aligned ones."""
    column = 0
    if lead > 0:
        _edge(radix, source, source_stride, target, target_stride, 0)
        column = lead
    if radix == 8:
        while column + lanes <= length:
            butterfly_8(source, source_stride, target, target_stride, column)
            column += lanes
    elif radix == 4:
        while column + lanes <= length:
            butterfly_4(source, source_stride, target, target_stride, column)
            column += lanes
    else:
        while column + lanes <= length:
            butterfly_2(source, source_stride, target, target_stride, column)
            column += lanes
    if column < length:
        _edge(radix, source, source_stride, target, target_stride, column)


@kernel
def _levels(data, stride, size, lead, lanes):  # type: ignore[no-untyped-def]
    """Transform ``size`` elements from the level of ``stride`` upwards, in place."""
    while stride < size:
        radix = min(8, size // stride)
        group = 0
        while group < size:
            rows = advanced(data, group)
            _sweep(radix, rows, stride, rows, stride, stride, lead, lanes)
            group += radix * stride
        stride *= radix


@kernel
def _short_transform(values):  # type: ignore[no-untyped-def]
    """Transform an array too short for eight vectors by the textbook loop."""
    stride = 1
    while stride < values.size:
        for low in range(values.size):
            if not low & stride:
                x, y = values[low], values[low + stride]
                values[low], values[low + stride] = x + y, x - y
        stride *= 2


@kernel
def _transform_block(data, block, piece, lead, lanes):  # type: ignore[no-untyped-def]
    """Transform ``block`` consecutive elements, the lower levels in pieces of ``piece``."""
    start = 0
    while start < block:
        inner = advanced(data, start)
        position = 0
        while position < piece:
            transform_eight_vectors(advanced(inner, position))
            position += 8 * lanes
        _levels(inner, 8 * lanes, piece, lead, lanes)
        start += piece
    _levels(data, piece, block, lead, lanes)


@kernel
def _transform_window(data, width, rows, length, cache, pitch, lead, lanes):  # type: ignore[no-untyped-def]
    """Transform ``length`` columns of ``rows`` >= 16 rows lying ``width`` apart, through a tile with rows ``pitch`` apart."""
    for row in range(0, rows, 8):
        _sweep(8, advanced(data, row * width), width, advanced(cache, row * pitch), pitch, length, lead, lanes)
    height = 8
    while rows > 8 * height:
        for group in range(0, rows, 8 * height):
            for row in range(group, group + height):
                inner = advanced(cache, row * pitch)
                _sweep(8, inner, height * pitch, inner, height * pitch, length, lead, lanes)
        height *= 8
    for row in range(height):
        _sweep(rows // height, advanced(cache, row * pitch), height * pitch, advanced(data, row * width), height * width,
               length, lead, lanes)


@kernel
def _transform_columns(data, rows, width, number, window, cache, lead, lanes, line):  # type: ignore[no-untyped-def]
    """Transform window ``number`` of the columns of a ``rows`` by ``width`` matrix."""
    # Windows after the first begin at an aligned column; the tile has the array's alignment.
    skip = lead if number > 0 else 0
    begin = number * window + skip
    length = min((number + 1) * window + lead, width) - begin
    columns = advanced(data, begin)
    if rows <= 8:
        _sweep(rows, columns, width, columns, width, length, lead - skip, lanes)
    else:
        _transform_window(columns, width, rows, length, advanced(cache, skip), window + line, lead - skip, lanes)


@kernel
def _transform(values, lead, tile, progress):  # type: ignore[no-untyped-def]
    """Transform ``values`` together with every other thread that is in this kernel with the same ``progress``."""
    itemsize, size = values.itemsize, values.size
    lanes, line = VECTOR_BYTES // itemsize, _LINE_BYTES // itemsize
    data, cache = address(values), address(tile)
    width = min(size, _SECOND_CACHE_BYTES // itemsize)
    count = size // width
    number = atomic_add(progress, 0, 1)
    while number < count:
        _transform_block(advanced(data, number * width), width, min(width, _FIRST_CACHE_BYTES // itemsize), lead, lanes)
        atomic_add(progress, 1, 1)
        number = atomic_add(progress, 0, 1)
    while atomic_add(progress, 1, 0) < count:
        pass
    phase = 2
    while width < size:
        rows = _rows(size // width)
        window = _window(rows, width, itemsize)
        windows = width // window
        count = windows * (size // (rows * width))
        number = atomic_add(progress, phase, 1)
        while number < count:
            matrix = advanced(data, number // windows * rows * width)
            _transform_columns(matrix, rows, width, number % windows, window, cache, lead, lanes, line)
            atomic_add(progress, phase + 1, 1)
            number = atomic_add(progress, phase, 1)
        while atomic_add(progress, phase + 1, 0) < count:
            pass
        phase += 2
        width *= rows


def transform_in_place(values: NDArray[np.generic], threads: int | None = None) -> None:
    """Replace ``values``, a contiguous int32, int64, float32 or float64 vector of length 2^n, by its transform.

    Integers wrap.  ``threads`` defaults to the processors available; the result does not depend on it.
    """
    if values.nbytes < 8 * VECTOR_BYTES:
        _short_transform(values)
        return
    itemsize = values.itemsize
    threads = min(threads or available_threads(), values.nbytes // _BYTES_PER_THREAD, MAXIMUM_THREADS)
    start = values.__array_interface__["data"][0]
    lead = _HALF_VECTOR_BYTES // itemsize if start % VECTOR_BYTES == _HALF_VECTOR_BYTES else 0
    progress = np.zeros(_COUNTERS, np.int64)
    tile = _TILE_BYTES + (_MOST_ROWS + 2) * _LINE_BYTES if values.nbytes > 8 * _SECOND_CACHE_BYTES else 0
    def work():
        t = np.empty(tile // itemsize, values.dtype)
        t = t[(start - t.__array_interface__["data"][0]) % _LINE_BYTES // itemsize:]
        _transform(values, lead, t, progress)
    run_together(work, [work] * (threads - 1))
