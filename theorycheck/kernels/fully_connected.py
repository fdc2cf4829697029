"""Sums of rectified linear neurons on the whole cube and the hinge of their margins: O(q 2^n), no factor n.

A point is (row, column): its low 8 bits are the column, the others the row.  A neuron's pre-activation is
a[column] + c[row], each made by adding one ±weight at a time, and with its breakpoint t

    max(a + c - t, 0) = max(a, t - c) - (t - c).

So a neuron costs a maximum and a multiplication with addition for each point; the part -(t - c) is affine, and is added
for all neurons together.
"""
from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from theorycheck.kernels.compilation import kernel
from theorycheck.kernels.fully_connected_intrinsics import BLOCK_COLUMNS, BLOCK_ROWS, add_maxima
from theorycheck.kernels.intrinsics import address, advanced

COLUMN_BITS = 8
COLUMNS = 1 << COLUMN_BITS
TILE_BITS = 4
_TILE_ROWS = 1 << TILE_BITS
LEAST_BITS = COLUMN_BITS + TILE_BITS  # a smaller cube has no full tile
_COLUMN_BLOCKS = COLUMNS // BLOCK_COLUMNS
# Neurons whose thresholds and columns stay in the second-level cache: 128 KiB.
_NEURONS_AT_ONCE = 512


@kernel
def signed_sums(weights: NDArray[np.float64], sums: NDArray[np.float64]) -> None:
    """Add ±weights[i, l] to sums[i, 0] for l = 0, 1, ... in this order: sums[i, j] takes minus where bit l of j is set.
    sums has shape (q, 2^length), and its first column holds the starting values."""
    for i in range(weights.shape[0]):
        row = sums[i]
        size = 1
        for bit in range(weights.shape[1]):
            weight = weights[i, bit]
            for j in range(size):
                row[size + j] = row[j] - weight
                row[j] += weight
            size *= 2


@kernel
def _tile_thresholds(weights: NDArray[np.float64], biases: NDArray[np.float64], breakpoints: NDArray[np.float64],
                     tile: int, thresholds: NDArray[np.float64]) -> None:
    """Set thresholds[row, i] = breakpoints[i] - c_i[row] for the rows of a tile; weights is (n, neurons).
    c_i is the bias plus ±weights from the highest bit down to that of the lowest row."""
    count = biases.size
    top = COLUMN_BITS + TILE_BITS
    for i in range(count):
        thresholds[0, i] = biases[i]
    for bit in range(weights.shape[0] - 1, top - 1, -1):
        sign = 1.0 - 2.0 * (tile >> (bit - top) & 1)
        for i in range(count):
            thresholds[0, i] += sign * weights[bit, i]
    size = 1
    for bit in range(top - 1, COLUMN_BITS - 1, -1):
        for row in range(size - 1, -1, -1):
            for i in range(count):
                value = thresholds[row, i]
                thresholds[2 * row + 1, i] = value - weights[bit, i]
                thresholds[2 * row, i] = value + weights[bit, i]
        size *= 2
    for row in range(_TILE_ROWS):
        for i in range(count):
            thresholds[row, i] = breakpoints[i] - thresholds[row, i]


@kernel
def _tile_values(tables: NDArray[np.float64], weights: NDArray[np.float64], biases: NDArray[np.float64],
                 breakpoints: NDArray[np.float64], readout: NDArray[np.float64], row_part: NDArray[np.float64],
                 column_part: NDArray[np.float64], tile: int, thresholds: NDArray[np.float64],
                 values: NDArray[np.float64]) -> None:
    """Set values[row, column] of a tile: the affine part, then neuron by neuron.
    See RectifiedNeurons; tables has shape (column blocks, neurons, columns of a block)."""
    neurons = biases.size
    _tile_thresholds(weights, biases, breakpoints, tile, thresholds)
    for row in range(_TILE_ROWS):
        base = row_part[tile * _TILE_ROWS + row]
        for column in range(COLUMNS):
            values[row, column] = base + column_part[column]
    for first in range(0, neurons, _NEURONS_AT_ONCE):
        count = min(_NEURONS_AT_ONCE, neurons - first)
        for block in range(_COLUMN_BLOCKS):
            columns = advanced(address(tables), (block * neurons + first) * BLOCK_COLUMNS)
            for row in range(0, _TILE_ROWS, BLOCK_ROWS):
                add_maxima(columns, advanced(address(thresholds), row * neurons + first), neurons,
                           advanced(address(readout), first), count,
                           advanced(address(values), row * COLUMNS + block * BLOCK_COLUMNS), COLUMNS)


@kernel
def _finish_lanes(lanes: NDArray[np.float64], tile: int, losses: NDArray[np.float64],
                  distances: NDArray[np.float64]) -> None:
    """Reduce a tile's lanes to its loss and its least distance, in a fixed order."""
    losses[tile] = 0.0
    distances[tile] = np.inf
    for column in range(COLUMNS):
        losses[tile] += lanes[0, column]
        distances[tile] = min(distances[tile], lanes[1, column])


@kernel
def _uniform_hinge(values: NDArray[np.float64], labels: NDArray[np.int8], signs: NDArray[np.int8],
                   lanes: NDArray[np.float64]) -> int:
    """Set signs[x] to f(x), 2 f(x) or 0 as the margin is below, at or above 1, and return how many are at it.
    lanes[0] and lanes[1] collect the sums of max(0, 1 - margin) and the least |1 - margin| by column."""
    ties = 0
    lanes[0] = 0.0
    lanes[1] = np.inf
    for start in range(0, values.size, COLUMNS):
        for column in range(COLUMNS):
            label = labels[start + column]
            distance = 1.0 - label * values[start + column]
            lanes[0, column] += distance if distance > 0.0 else 0.0
            size = abs(distance)
            lanes[1, column] = size if size < lanes[1, column] else lanes[1, column]
            ties += distance == 0.0
            signs[start + column] = label if distance > 0.0 else (2 * label if distance == 0.0 else 0)
    return ties


@kernel
def _weighted_hinge(values: NDArray[np.float64], labels: NDArray[np.int8], probabilities: NDArray[np.float64],
                    hinge_slope: float, weights: NDArray[np.float64], lanes: NDArray[np.float64]) -> int:
    """Set weights[x] = p(x) f(x) s(x), s = 1, hinge_slope, 0 below, at, above margin 1; else as _uniform_hinge.
    Points of probability 0 count for nothing."""
    ties = 0
    lanes[0] = 0.0
    lanes[1] = np.inf
    for start in range(0, values.size, COLUMNS):
        for column in range(COLUMNS):
            label, probability = labels[start + column], probabilities[start + column]
            distance = 1.0 - label * values[start + column]
            lanes[0, column] += probability * distance if distance > 0.0 else 0.0
            size = abs(distance) if probability > 0.0 else np.inf
            lanes[1, column] = size if size < lanes[1, column] else lanes[1, column]
            ties += distance == 0.0 and probability > 0.0
            slope = 1.0 if distance > 0.0 else (hinge_slope if distance == 0.0 else 0.0)
            weights[start + column] = slope * (probability * label)
    return ties


@kernel
def uniform_tiles(tables: NDArray[np.float64], weights: NDArray[np.float64], biases: NDArray[np.float64],
                  breakpoints: NDArray[np.float64], readout: NDArray[np.float64],
                  row_part: NDArray[np.float64], column_part: NDArray[np.float64], labels: NDArray[np.int8],
                  first: int, stop: int, signs: NDArray[np.int8], losses: NDArray[np.float64],
                  distances: NDArray[np.float64], ties: NDArray[np.int64]) -> None:
    """Do the tiles first ... stop-1 under the uniform distribution: signs as in _uniform_hinge, and by tile the sum of
    max(0, 1 - margin), the least |1 - margin| and the number of margins at 1.  See RectifiedNeurons."""
    thresholds, values = np.empty((_TILE_ROWS, biases.size)), np.empty((_TILE_ROWS, COLUMNS))
    lanes = np.empty((2, COLUMNS))
    for tile in range(first, stop):
        _tile_values(tables, weights, biases, breakpoints, readout, row_part, column_part, tile, thresholds,
                     values)
        part = slice(tile << LEAST_BITS, (tile + 1) << LEAST_BITS)
        ties[tile] = _uniform_hinge(values.ravel(), labels[part], signs[part], lanes)
        _finish_lanes(lanes, tile, losses, distances)


@kernel
def weighted_tiles(tables: NDArray[np.float64], weights: NDArray[np.float64], biases: NDArray[np.float64],
                   breakpoints: NDArray[np.float64], readout: NDArray[np.float64],
                   row_part: NDArray[np.float64], column_part: NDArray[np.float64], labels: NDArray[np.int8],
                   first: int, stop: int, probabilities: NDArray[np.float64], hinge_slope: float,
                   point_weights: NDArray[np.float64], losses: NDArray[np.float64], distances: NDArray[np.float64],
                   ties: NDArray[np.int64]) -> None:
    """Do the tiles first ... stop-1 under given probabilities: point weights as in _weighted_hinge, else as
    uniform_tiles with each point counted by its probability.  See RectifiedNeurons."""
    thresholds, values = np.empty((_TILE_ROWS, biases.size)), np.empty((_TILE_ROWS, COLUMNS))
    lanes = np.empty((2, COLUMNS))
    for tile in range(first, stop):
        _tile_values(tables, weights, biases, breakpoints, readout, row_part, column_part, tile, thresholds,
                     values)
        part = slice(tile << LEAST_BITS, (tile + 1) << LEAST_BITS)
        ties[tile] = _weighted_hinge(values.ravel(), labels[part], probabilities[part], hinge_slope,
                                     point_weights[part], lanes)
        _finish_lanes(lanes, tile, losses, distances)


@kernel
def tile_values(tables: NDArray[np.float64], weights: NDArray[np.float64], biases: NDArray[np.float64],
                breakpoints: NDArray[np.float64], readout: NDArray[np.float64],
                row_part: NDArray[np.float64], column_part: NDArray[np.float64], first: int, stop: int,
                values: NDArray[np.float64]) -> None:
    """Set values to those of the tiles first ... stop-1 alone.
    See RectifiedNeurons."""
    thresholds, tile_part = np.empty((_TILE_ROWS, biases.size)), values.reshape(-1, _TILE_ROWS, COLUMNS)
    for tile in range(first, stop):
        _tile_values(tables, weights, biases, breakpoints, readout, row_part, column_part, tile, thresholds,
                     tile_part[tile - first])


class RectifiedNeurons:
    """x -> affine(x) + Σ_i v_i max(⟨w_i, x⟩ + b_i - t_i, 0) on the cube, laid out for the kernels above.

    Parameters: float64 arrays weights (K, n) with n >= 12, biases, breakpoints, readout (K,), and the affine part
    (n+1,), the constant last.  ``arguments`` are what the kernels take first.
    """

    def __init__(self, weights: NDArray[np.float64], biases: NDArray[np.float64], breakpoints: NDArray[np.float64],
                 readout: NDArray[np.float64], affine: NDArray[np.float64]) -> None:
        n = weights.shape[1]
        self.tiles = 1 << (n - LEAST_BITS)
        columns = np.zeros((readout.size, COLUMNS))
        signed_sums(np.ascontiguousarray(weights[:, :COLUMN_BITS]), columns)
        tables = np.ascontiguousarray(columns.reshape(readout.size, _COLUMN_BLOCKS, BLOCK_COLUMNS).swapaxes(0, 1))
        # -v (t - c) of every neuron, as one affine function.
        linear = affine[:-1] + np.concatenate([np.zeros(COLUMN_BITS), readout @ weights[:, COLUMN_BITS:]])
        column_part, row_part = np.zeros((1, COLUMNS)), np.zeros((1, 1 << (n - COLUMN_BITS)))
        row_part[0, 0] = affine[-1] + readout @ (biases - breakpoints)
        signed_sums(linear[None, :COLUMN_BITS].copy(), column_part)
        signed_sums(linear[None, COLUMN_BITS:].copy(), row_part)
        self.arguments: tuple[Any, ...] = (tables, np.ascontiguousarray(weights.T), biases, breakpoints, readout,
                                           row_part[0], column_part[0])
