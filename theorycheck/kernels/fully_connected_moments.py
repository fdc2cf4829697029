"""Degree-1 moments Σ_x g(x) x_l 1{⟨w, x⟩ + b > t} over the cube for many neurons: the gradient of rectified neurons.

With the points laid out as in :mod:`theorycheck.kernels.fully_connected`, a row's active columns are those whose value
exceeds t - c[row].  Columns are ranked once for each neuron; a row then needs one look-up among the sorted values.
Where g is -1, 0 or 1 a comparison of ranks, a selection and the sums down the columns and along the rows are done on
bytes, 32 at a time.  These sums are integers, so no order matters and nothing rounds.
"""
from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from theorycheck.kernels.compilation import kernel
from theorycheck.kernels.fully_connected import COLUMN_BITS, COLUMNS
from theorycheck.kernels.fully_connected_intrinsics import add_selected_bytes, add_selected_doubles
from theorycheck.kernels.intrinsics import address, advanced

_CHUNK_BITS = 6  # 64 rows: their bytes stay in the first-level cache, and no byte overflows
_BUCKETS = 1024
_FOLDED = 256  # terms added one by one before their sum is added: keeps rounding small


@kernel
def _bucket(value: float, least: float, scale: float) -> int:
    """Return the bucket of a number: a monotone function of it, within the table.
    See _rank."""
    place = (value - least) * scale
    place = place if place > 0.0 else 0.0
    return int(place if place < _BUCKETS - 1 else _BUCKETS - 1)


@kernel
def _prepare_neuron(columns: NDArray[np.float64], ordered: NDArray[np.float64], values: NDArray[np.float64],
                    counts: NDArray[np.int64], buckets: NDArray[np.int16], ranks: NDArray[np.uint8]) -> tuple:
    """Fill values (distinct, then infinities), counts, buckets (how many values lie in lower buckets) and ranks.
    Return (least value, buckets a unit, bits of the fullest bucket) for _rank; ordered is columns sorted."""
    distinct = 0
    for place in range(COLUMNS):
        if place == 0 or ordered[place] != ordered[place - 1]:
            values[distinct] = ordered[place]
            counts[distinct] = 0
            distinct += 1
        counts[distinct - 1] += 1
    values[distinct:] = np.inf
    least = values[0]
    spread = values[distinct - 1] - least
    scale = (_BUCKETS - 1) / spread if spread > 0.0 else 0.0
    if not scale < np.inf:
        scale = 0.0  # all in one bucket
    buckets[:] = 0
    for place in range(distinct):
        buckets[_bucket(values[place], least, scale)] += 1
    total, fullest = 0, 0
    for bucket in range(_BUCKETS):
        inside = buckets[bucket]
        buckets[bucket] = total
        total += inside
        fullest = max(fullest, inside)
    bits = 0
    while (1 << bits) <= fullest:
        bits += 1
    for place in range(COLUMNS):
        ranks[place] = _rank(columns[place], values, buckets, least, scale, bits) - 1
    return least, scale, bits


@kernel
def _rank(threshold: float, values: NDArray[np.float64], buckets: NDArray[np.int16], least: float, scale: float,
          bits: int) -> np.int64:
    """Return how many of the distinct values are at most ``threshold``, without a branch.
    Values in lower buckets are below it and those in higher ones above, so only its own needs comparisons."""
    rank = np.int64(buckets[_bucket(threshold, least, scale)])
    step = 1 << bits >> 1
    while step > 0:
        rank += step * (values[rank + step - 1] <= threshold)
        step >>= 1
    return rank


@kernel
def _chunk_thresholds(weights: NDArray[np.float64], bias: float, breakpoint: float, first: int,
                      thresholds: NDArray[np.float64]) -> None:
    """Set thresholds[row] = breakpoint - c[first + row] for a power of two of rows, as in the forward pass.
    c is the bias plus ±weights from the highest bit down."""
    value = bias
    size = 1
    for bit in range(weights.size - 1, COLUMN_BITS - 1, -1):
        weight = weights[bit]
        if thresholds.size >> (bit - COLUMN_BITS) <= 1:
            value = value - weight if first >> (bit - COLUMN_BITS) & 1 else value + weight
            thresholds[0] = value
        else:
            if size == 1:
                thresholds[0] = value
            for row in range(size - 1, -1, -1):
                value = thresholds[row]
                thresholds[2 * row + 1] = value - weight
                thresholds[2 * row] = value + weight
            size *= 2
    for row in range(thresholds.size):
        thresholds[row] = breakpoint - thresholds[row]


@kernel
def _fold(values: NDArray, first: int, moments: NDArray) -> None:
    """Set moments[first + l] = Σ_j ±values[j], minus where bit l of j is set, and moments[-1] = Σ_j values[j].
    Destroys values, whose length is a power of two."""
    size = values.size
    bit = 0
    while 1 << bit < size:
        bit += 1
    while size > 1:
        size //= 2
        bit -= 1
        moments[first + bit] = 0
        for start in range(0, size, _FOLDED):
            moment = values[0] - values[0]
            for j in range(start, min(size, start + _FOLDED)):
                moment += values[j] - values[size + j]
                values[j] += values[size + j]
            moments[first + bit] += moment
    moments[moments.size - 1] = values[0]


@kernel
def sign_moments(signs: NDArray[np.int8], weights: NDArray[np.float64], biases: NDArray[np.float64],
                 breakpoints: NDArray[np.float64], columns: NDArray[np.float64], ordered: NDArray[np.float64],
                 moments: NDArray[np.int64], kinks: NDArray[np.int64]) -> None:
    """Set moments[i, l] = Σ_x signs[x] x_l 1{s_i(x) > t_i}, the plain sum last, and kinks[i] = #{x: s_i(x) = t_i}.
    signs are -1, 0, 1; columns (neurons, 256) are a_i and ordered the same sorted; a few neurons share the cache."""
    neurons, rows = biases.size, signs.size // COLUMNS
    chunk = min(rows, 1 << _CHUNK_BITS)
    values, counts = np.empty((neurons, 2 * COLUMNS)), np.empty((neurons, COLUMNS), np.int64)
    buckets, ranks = np.empty((neurons, _BUCKETS), np.int16), np.empty((neurons, COLUMNS), np.uint8)
    bits, least, scale = np.empty(neurons, np.int64), np.empty(neurons), np.empty(neurons)
    row_sums, column_sums = np.zeros((neurons, rows), np.int32), np.zeros((neurons, COLUMNS), np.int64)
    thresholds, bytes_down = np.empty(chunk), np.empty(COLUMNS, np.int8)
    listed, cutoffs = np.empty(chunk, np.int64), np.empty(chunk, np.uint8)
    for i in range(neurons):
        least[i], scale[i], bits[i] = _prepare_neuron(columns[i], ordered[i], values[i], counts[i], buckets[i],
                                                      ranks[i])
        kinks[i] = 0
    for first in range(0, rows, chunk):
        for i in range(neurons):
            _chunk_thresholds(weights[i], biases[i], breakpoints[i], first, thresholds)
            chosen = 0
            for row in range(chunk):
                rank = _rank(thresholds[row], values[i], buckets[i], least[i], scale[i], bits[i])
                listed[chosen] = row
                cutoffs[chosen] = rank
                chosen += values[i, rank] < np.inf  # else no column is active
                below = max(rank - 1, 0)
                kinks[i] += counts[i, below] if values[i, below] == thresholds[row] else 0
            add_selected_bytes(address(ranks[i]), advanced(address(signs), first * COLUMNS), address(listed),
                               address(cutoffs), chosen, address(bytes_down), address(row_sums[i, first:]))
            for column in range(COLUMNS):
                column_sums[i, column] += bytes_down[column]
    for i in range(neurons):
        _fold(row_sums[i].astype(np.int64), COLUMN_BITS, moments[i])
        _fold(column_sums[i], 0, moments[i])


@kernel
def weighted_moments(weights_of_points: NDArray[np.float64], weights: NDArray[np.float64],
                     biases: NDArray[np.float64], breakpoints: NDArray[np.float64], columns: NDArray[np.float64],
                     at_kink: bool, moments: NDArray[np.float64]) -> None:
    """Set moments[i, l] = Σ_x g(x) x_l 1{s_i(x) > t_i}, or 1{s_i(x) = t_i} if ``at_kink``, the plain sum last.
    Sums run over 64 rows, then over these chunks, then fold; see rounding in the networks room."""
    rows = weights_of_points.size // COLUMNS
    chunk = min(rows, 1 << _CHUNK_BITS)
    thresholds = np.empty(chunk)
    row_sums, column_sums, chunk_sums = np.empty(rows), np.empty(COLUMNS), np.empty(COLUMNS)
    for i in range(biases.size):
        column_sums[:] = 0.0
        for first in range(0, rows, chunk):
            _chunk_thresholds(weights[i], biases[i], breakpoints[i], first, thresholds)
            chunk_sums[:] = 0.0
            for row in range(chunk):
                start = (first + row) * COLUMNS
                row_sums[first + row] = add_selected_doubles(
                    address(columns[i]), thresholds[row], advanced(address(weights_of_points), start), at_kink,
                    address(chunk_sums))
            for column in range(COLUMNS):
                column_sums[column] += chunk_sums[column]
        _fold(row_sums, COLUMN_BITS, moments[i])
        _fold(column_sums, 0, moments[i])


@kernel
def near_moments(weights_of_points: NDArray[np.float64], weights: NDArray[np.float64], biases: NDArray[np.float64],
                 breakpoints: NDArray[np.float64], columns: NDArray[np.float64], radii: NDArray[np.float64],
                 masses: NDArray[np.float64], counts: NDArray[np.int64]) -> None:
    """Set masses[i] = Σ weights_of_points over the points with |s_i(x) - t_i| <= radii[i], and counts[i] their number.
    Points of weight 0 are left out of both."""
    rows = weights_of_points.size // COLUMNS
    chunk = min(rows, 1 << _CHUNK_BITS)
    thresholds = np.empty(chunk)
    for i in range(biases.size):
        masses[i] = 0.0
        counts[i] = 0
        for first in range(0, rows, chunk):
            _chunk_thresholds(weights[i], biases[i], breakpoints[i], first, thresholds)
            for row in range(chunk):
                start = (first + row) * COLUMNS
                near = 0
                for column in range(COLUMNS):
                    near += abs(columns[i, column] - thresholds[row]) <= radii[i]
                if near > 0:
                    for column in range(COLUMNS):
                        weight = weights_of_points[start + column]
                        if abs(columns[i, column] - thresholds[row]) <= radii[i] and weight > 0.0:
                            masses[i] += weight
                            counts[i] += 1
