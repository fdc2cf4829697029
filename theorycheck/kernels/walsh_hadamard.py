"""The Walsh–Hadamard transform in place: F[S] = sum over x of (-1)^popcount(S & x) f[x].

Memory traffic decides the speed, so the levels are grouped by what fits where: eight vectors in registers, 16 KiB
pieces in the first-level cache, 1 MiB blocks in the levels behind it, then columns across the blocks.  A tile of
columns is gathered with its first radix-8 step already applied and scattered with its last: two trips through memory
in all.
Every entry meets the levels in ascending order, so floats round exactly as in the textbook loop, whatever the sizes and
the number of threads.
"""
from __future__ import annotations

import functools
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theorycheck.kernels.compilation import kernel
from theorycheck.kernels.intrinsics import (VECTOR_BYTES, address, advanced, atomic_add, butterfly_2, butterfly_4,
                                            butterfly_8, half_butterfly_2, half_butterfly_4, half_butterfly_8,
                                            transform_eight_vectors)
from theorycheck.kernels.threads import MAXIMUM_THREADS, available_threads, run_together

_HALF_VECTOR_BYTES = VECTOR_BYTES // 2
_LINE_BYTES = 64
_PIECE_BYTES = 16 << 10
_BLOCK_BYTES = 1 << 20
# A tile has at most 2^12 rows, each a cache line longer than its share of 512 KiB, since lines at strides of a power of
# two evict one another.  With 64 threads that is 48 MiB.
_TILE_BYTES = 512 << 10
_MOST_ROW_LEVELS = 12
_BYTES_PER_THREAD = 2 << 20  # a quarter of a millisecond of work
_MOST_COUNTERS = 128
_PATIENCE = 100_000  # about a millisecond, several times what a part takes
_PAUSE = 5e-5  # seconds


@kernel
def _short_transform(values: NDArray[Any]) -> None:
    """Transform an array too short for eight vectors, by the textbook loop.
    See transform_in_place."""
    stride = 1
    while stride < values.size:
        for low in range(values.size):
            if not low & stride:
                x, y = values[low], values[low + stride]
                values[low], values[low + stride] = x + y, x - y
        stride *= 2


@kernel
def _sweep(radix: int, source: Any, source_stride: int, target: Any, target_stride: int,
           length: int, lead: int, lanes: int) -> None:
    """Butterfly ``radix`` rows of ``length`` columns; ``lead`` (none or half a vector) precede the aligned ones.
    See transform_in_place."""
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
def _levels(data: Any, stride: int, size: int, lead: int, lanes: int) -> None:
    """Transform ``size`` consecutive elements from the level of ``stride`` upwards.
    See transform_in_place."""
    while stride < size:
        radix = min(8, size // stride)
        group = 0
        while group < size:
            rows = advanced(data, group)
            _sweep(radix, rows, stride, rows, stride, stride, lead, lanes)
            group += radix * stride
        stride *= radix


@kernel
def _transform_block(data: Any, block: int, piece: int, lead: int, lanes: int) -> None:
    """Transform ``block`` consecutive elements, the lower levels in pieces of ``piece``.
    See transform_in_place."""
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
def _transform_columns(data: Any, rows: int, width: int, length: int, tile: Any, pitch: int, lead: int,
                       lanes: int) -> None:
    """Transform ``length`` columns of ``rows`` rows lying ``width`` apart, through a tile with rows ``pitch`` apart.
    See transform_in_place."""
    radix = min(8, rows)
    if rows == radix:
        _sweep(radix, data, width, data, width, length, lead, lanes)
        return
    for row in range(0, rows, 8):
        _sweep(radix, advanced(data, row * width), width, advanced(tile, row * pitch), pitch, length, lead, lanes)
    height = 8
    while rows > 8 * height:
        for group in range(0, rows, 8 * height):
            for row in range(group, group + height):
                inner = advanced(tile, row * pitch)
                _sweep(radix, inner, height * pitch, inner, height * pitch, length, lead, lanes)
        height *= 8
    for row in range(height):
        inner = advanced(tile, row * pitch)
        _sweep(rows // height, inner, height * pitch, advanced(data, row * width), height * width, length, lead, lanes)


@kernel
def _all_done(progress: NDArray[np.int64], done: int, parts: int) -> bool:
    """Wait for the parts that other threads are working on; False if that takes much longer than a part.
    See transform_in_place."""
    for _ in range(_PATIENCE):
        if atomic_add(progress, done, 0) == parts:
            return True
    return False


@kernel
def _transform(values: NDArray[Any], piece: int, width: int, most_rows: int, tile: NDArray[Any], capacity: int,
               lead: int, progress: NDArray[np.int64]) -> bool:
    """Transform ``values`` together with the other threads that run this kernel on the same ``progress``.

    Each phase has two counters there: of parts begun, from which whoever is free claims the next, and of parts done.
    False where the other threads are slow to finish theirs: sleep, then call again.
    """
    size = values.size
    lanes, line = VECTOR_BYTES // values.itemsize, _LINE_BYTES // values.itemsize
    data, cache = address(values), address(tile)
    parts = size // width
    part = atomic_add(progress, 0, 1)
    while part < parts:
        _transform_block(advanced(data, part * width), width, piece, lead, lanes)
        atomic_add(progress, 1, 1)
        part = atomic_add(progress, 0, 1)
    begun, done = 0, 1
    while width < size:
        if not _all_done(progress, done, parts):
            return False
        begun, done = begun + 2, done + 2
        rows = min(size // width, most_rows)
        window = min(width, max(line, capacity // rows))
        windows = width // window
        parts = size // (rows * window)
        part = atomic_add(progress, begun, 1)
        while part < parts:
            # Windows after the first begin at an aligned column; the tile is aligned as the array is.
            first = part % windows * window
            skip = lead if first > 0 else 0
            length = min(first + window + lead, width) - first - skip
            _transform_columns(advanced(data, part // windows * rows * width + first + skip), rows, width, length,
                               advanced(cache, skip), window + line, lead - skip, lanes)
            atomic_add(progress, done, 1)
            part = atomic_add(progress, begun, 1)
        width *= rows
    return _all_done(progress, done, parts)


def _address(array: NDArray[Any]) -> int:
    return int(array.__array_interface__["data"][0])


def _tile(values: NDArray[Any]) -> NDArray[Any]:
    """Allocate a thread's tile, placed in its cache line as ``values`` is."""
    lines = _LINE_BYTES << _MOST_ROW_LEVELS  # one in each row
    buffer = np.empty((max(_TILE_BYTES, lines) + lines + _LINE_BYTES) // values.itemsize, values.dtype)
    return buffer[(_address(values) - _address(buffer)) % _LINE_BYTES // values.itemsize:]


def _take_part(*arguments: Any) -> None:
    while not _transform(*arguments):
        time.sleep(_PAUSE)  # another process has the other thread's core: leave it ours


def transform_in_place(values: NDArray[Any], threads: int | None = None) -> None:
    """Replace ``values``, a contiguous int32, int64, float32 or float64 vector of length 2^n, by its transform.

    Integers wrap.  ``threads`` defaults to the processors available; the result does not depend on it.  At most 50 MiB
    beside ``values``: 768 KiB for each thread.
    """
    if values.nbytes < 8 * VECTOR_BYTES:
        _short_transform(values)
        return
    itemsize = values.itemsize
    # At least eight blocks where there are eight pieces: threads share a small array evenly too.
    block = min(values.nbytes, max(_PIECE_BYTES, min(_BLOCK_BYTES, values.nbytes // 8))) // itemsize
    row_levels = (values.size // block).bit_length() - 1
    passes = max(1, -(-row_levels // _MOST_ROW_LEVELS))
    most_rows = 1 << -(-row_levels // passes)
    shares = values.nbytes // _BYTES_PER_THREAD
    team = min(shares, threads or available_threads(), MAXIMUM_THREADS) if shares > 1 else 1
    # Vectors of a buffer that is 16 bytes off (as NumPy's are) would straddle cache lines: half a vector goes first.
    lead = _HALF_VECTOR_BYTES // itemsize if _address(values) % VECTOR_BYTES == _HALF_VECTOR_BYTES else 0
    progress = np.zeros(_MOST_COUNTERS, np.int64)
    work = [functools.partial(_take_part, values, min(block, _PIECE_BYTES // itemsize), block, most_rows,
                              _tile(values) if most_rows > 8 else values, _TILE_BYTES // itemsize, lead, progress)
            for _ in range(team)]
    run_together(work[0], work[1:])


@kernel
def _transform_rows(rows: NDArray[Any], piece: int, lead: int) -> None:
    """Transform every row, none longer than a block.
    See transform_rows_in_place."""
    for row in range(rows.shape[0]):
        _transform_block(address(rows[row]), rows.shape[1], piece, lead, VECTOR_BYTES // rows.itemsize)


def transform_rows_in_place(rows: NDArray[Any]) -> None:
    """Replace every row of a contiguous table by its transform, as :func:`transform_in_place` on one thread.

    Rows that fit the second-level cache go through one kernel together, so that threads meet the interpreter once.
    """
    row_bytes = rows.shape[1] * rows.itemsize
    if not _PIECE_BYTES <= row_bytes <= _BLOCK_BYTES:
        for row in rows:
            if row.size > 1:
                transform_in_place(row, 1)
        return
    lead = _HALF_VECTOR_BYTES // rows.itemsize if _address(rows) % VECTOR_BYTES == _HALF_VECTOR_BYTES else 0
    _transform_rows(rows, _PIECE_BYTES // rows.itemsize, lead)
