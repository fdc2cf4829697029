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
_SECOND_CACHE_BYTES = 1 << 20
_TILE_BYTES = 1 << 20
_MOST_ROWS = 1 << 12
_BYTES_PER_THREAD = 2 << 20  # a quarter of a millisecond of work
_COUNTERS = 16


@kernel
def _sweep(radix, source, source_stride, target, target_stride, length, lead, lanes):  # type: ignore[no-untyped-def]
    """Butterfly ``radix`` rows of ``length`` columns; ``lead`` columns (none or half a vector) precede the aligned ones."""
    column = 0
    while column < length:
        if column < lead or column + lanes > length:
            if radix == 8:
                half_butterfly_8(source, source_stride, target, target_stride, column)
            elif radix == 4:
                half_butterfly_4(source, source_stride, target, target_stride, column)
            else:
                half_butterfly_2(source, source_stride, target, target_stride, column)
            column += lanes // 2
        elif radix == 8:
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
def _transform_columns(data, rows, width, length, cache, pitch, lead, lanes):  # type: ignore[no-untyped-def]
    """Transform ``length`` columns of ``rows`` rows that lie ``width`` apart, through a tile with rows ``pitch`` apart."""
    radix = min(8, rows)
    if rows == radix:
        _sweep(radix, data, width, data, width, length, lead, lanes)
        return
    for row in range(0, rows, 8):
        _sweep(radix, advanced(data, row * width), width, advanced(cache, row * pitch), pitch, length, lead, lanes)
    height = 8
    while rows > 8 * height:
        for group in range(0, rows, 8 * height):
            for row in range(group, group + height):
                inner = advanced(cache, row * pitch)
                _sweep(radix, inner, height * pitch, inner, height * pitch, length, lead, lanes)
        height *= 8
    for row in range(height):
        _sweep(rows // height, advanced(cache, row * pitch), height * pitch, advanced(data, row * width), height * width,
               length, lead, lanes)


@kernel
def _transform(values, piece, width, tile, capacity, most_rows, lead, progress):  # type: ignore[no-untyped-def]
    """Transform ``values`` together with the other threads that run this kernel on the same ``progress``.

    Each phase has two counters there: parts begun, whose next value whoever is free claims, and parts done.
    """
    itemsize, size = values.itemsize, values.size
    lanes, line = VECTOR_BYTES // itemsize, _LINE_BYTES // itemsize
    data, cache = address(values), address(tile)
    parts = size // width
    part = atomic_add(progress, 0, 1)
    while part < parts:
        _transform_block(advanced(data, part * width), width, piece, lead, lanes)
        atomic_add(progress, 1, 1)
        part = atomic_add(progress, 0, 1)
    phase = 0
    while width < size:
        while atomic_add(progress, phase + 1, 0) < parts:
            pass  # parts of the phase before are still under way elsewhere, and only those
        phase += 2
        rows = min(size // width, most_rows)
        window = min(width, max(line, capacity // rows))
        windows = width // window
        parts = size // (rows * window)
        part = atomic_add(progress, phase, 1)
        while part < parts:
            # Windows after the first begin at an aligned column; the tile is aligned as the array is.
            skip = lead if part % windows > 0 else 0
            begin = part % windows * window + skip
            length = min(begin - skip + window + lead, width) - begin
            _transform_columns(advanced(data, part // windows * rows * width + begin), rows, width, length,
                               advanced(cache, skip), window + line, lead - skip, lanes)
            atomic_add(progress, phase + 1, 1)
            part = atomic_add(progress, phase, 1)
        width *= rows
    while atomic_add(progress, phase + 1, 0) < parts:
        pass


def transform_in_place(values: NDArray[np.generic], threads: int | None = None) -> None:
    """Replace ``values``, a contiguous int32, int64, float32 or float64 vector of length 2^n, by its transform.

    Integers wrap.  ``threads`` defaults to the processors available; the result does not depend on it.
    """
    if values.nbytes < 8 * VECTOR_BYTES:
        _short_transform(values)
        return
    itemsize = values.itemsize
    threads = max(1, min(threads or available_threads(), values.nbytes // _BYTES_PER_THREAD, MAXIMUM_THREADS))
    start = values.__array_interface__["data"][0]
    lead = _HALF_VECTOR_BYTES // itemsize if start % VECTOR_BYTES == _HALF_VECTOR_BYTES else 0
    block = min(values.nbytes, _SECOND_CACHE_BYTES) // itemsize
    progress = np.zeros(_COUNTERS, np.int64)
    tile = _TILE_BYTES + (_MOST_ROWS + 2) * _LINE_BYTES if values.nbytes > 8 * _SECOND_CACHE_BYTES else 0
    def work():
        t = np.empty(tile // itemsize, values.dtype)
        t = t[(start - t.__array_interface__["data"][0]) % _LINE_BYTES // itemsize:]
        _transform(values, min(block, _FIRST_CACHE_BYTES // itemsize), block, t, _TILE_BYTES // itemsize, _MOST_ROWS, lead, progress)
    run_together(work, [work] * (threads - 1))
