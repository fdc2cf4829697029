"""Loss and gradient of fully-connected neurons with any activation, block by block of points.

The points are listed (explicit distributions and samples, any n), or they are the rows of the cube, where a
pre-activation is a sum of two table entries and moments come from sums along rows and columns: no factor n.
"""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import fsum
from typing import Any, Protocol

import numpy as np

from theorycheck.gradients.neuron_cube import NearPoints, Sums
from theorycheck.networks.activations import Activation

# Pre-activations held at once: a few arrays of 2 MiB.
BLOCK_VALUES = 2**18
_COLUMN_BITS = 8


class Block(Protocol):
    """Some points with their labels and weights."""

    labels: np.ndarray
    weights: np.ndarray

    def pre_activations(self, filters: np.ndarray, biases: np.ndarray) -> np.ndarray:
        """Return ⟨w_i, x⟩ + b_i, shape (q, points)."""

    def moments(self, values: np.ndarray) -> np.ndarray:
        """Return Σ_x values[i, x] x_l, shape (q, n), from values of shape (q, points)."""


class PointSource(Protocol):
    """The points of a distribution; a point counts ``weights·unit``."""

    unit: float

    def blocks(self, neurons: int) -> Iterator[Block]:
        """Yield the points in an order that depends on their number and the neurons' alone."""


@dataclass
class _ListedBlock:
    points: np.ndarray
    labels: np.ndarray
    weights: np.ndarray

    def pre_activations(self, filters: np.ndarray, biases: np.ndarray) -> np.ndarray:
        return filters @ self.points.T + biases[:, None]

    def moments(self, values: np.ndarray) -> np.ndarray:
        return values @ self.points


@dataclass
class ListedPoints:
    """Points (m, n) of signs with labels and weights (m,)."""

    points: np.ndarray
    labels: np.ndarray
    weights: np.ndarray
    unit: float

    def blocks(self, neurons: int) -> Iterator[_ListedBlock]:
        """Yield the points, a few at a time."""
        step = max(1, BLOCK_VALUES // max(neurons, self.points.shape[1]))
        for start in range(0, self.labels.size, step):
            part = slice(start, start + step)
            yield _ListedBlock(self.points[part].astype(np.float64), self.labels[part], self.weights[part])


@dataclass
class _RowBlock:
    signs: np.ndarray  # of the variables above the block
    row_bits: int
    column_bits: int
    labels: np.ndarray
    weights: np.ndarray

    def pre_activations(self, filters: np.ndarray, biases: np.ndarray) -> np.ndarray:
        low, high = self.column_bits, self.column_bits + self.row_bits
        columns = _doubled(np.zeros(biases.size), filters[:, :low])
        rows = _doubled(biases + filters[:, high:] @ self.signs, filters[:, low:high])
        return (rows[:, :, None] + columns[:, None, :]).reshape(biases.size, -1)

    def moments(self, values: np.ndarray) -> np.ndarray:
        shaped = values.reshape(-1, 1 << self.row_bits, 1 << self.column_bits)
        total = shaped.sum(axis=(1, 2))
        return np.hstack([shaped.sum(axis=1) @ _sign_matrix(self.column_bits),
                          shaped.sum(axis=2) @ _sign_matrix(self.row_bits), total[:, None] * self.signs])


@dataclass
class CubePoints:
    """All 2^n points in order, with labels, and weights or None for 1 each."""

    n: int
    labels: np.ndarray
    weights: np.ndarray | None
    unit: float

    def blocks(self, neurons: int) -> Iterator[_RowBlock]:
        """Yield some rows of up to 2^8 points at a time."""
        column_bits = min(self.n, _COLUMN_BITS)
        room = max(1, BLOCK_VALUES >> column_bits) // max(1, neurons)
        row_bits = min(self.n - column_bits, max(0, room.bit_length() - 1))
        size, above = 1 << (column_bits + row_bits), self.n - column_bits - row_bits
        for number in range(1 << above):
            part = slice(number * size, (number + 1) * size)
            signs = 1.0 - 2.0 * ((number >> np.arange(above)) & 1)
            yield _RowBlock(signs, row_bits, column_bits, self.labels[part],
                            np.ones(size) if self.weights is None else self.weights[part])


class NeuronPoints:
    """The passes over blocks of points, through the activation's float64 values and slopes.

    Parameters
    ----------
    activation : Activation
    biases, copies : float64 arrays (q,)
        b_i, and how many equal neurons each stands for.
    source : PointSource
    hinge_slope : float

    Notes
    -----
    A value and a slope of σ for each point and neuron; for listed points also O(q n) multiplications a point.  One
    thread, so that a user's activation need not be safe to share.
    """

    def __init__(self, activation: Activation, biases: np.ndarray, copies: np.ndarray, source: PointSource,
                 hinge_slope: float) -> None:
        self.activation, self.biases, self.copies = activation, biases, copies
        self.source, self.hinge_slope = source, hinge_slope

    def evaluate(self, filters: np.ndarray, readout: np.ndarray) -> Sums:
        """Return loss and gradient at these parameters, float64 arrays (q, n) and (q,)."""
        outer, inner = np.zeros(readout.shape), np.zeros(filters.shape)
        losses, kinks, ties, nearest = [], 0, 0, np.inf
        for block in self.source.blocks(readout.size):
            pre_activations = block.pre_activations(filters, self.biases)
            values, distances, weights = self._hinge(block, pre_activations, readout)
            positive = block.weights > 0
            losses.append(float(np.sum(block.weights * np.maximum(distances, 0.0))))
            ties += int(np.count_nonzero((distances == 0) & positive))
            nearest = min(nearest, float(np.min(np.abs(distances), where=positive, initial=np.inf)))
            outer += values @ weights
            left, right = self.activation.form.slopes_on_array(pre_activations)
            kinks += int(np.count_nonzero((left != right) & positive))
            inner += block.moments((left + float(self.activation.kink_slope) * (right - left)) * weights)
        unit = self.source.unit
        return Sums(fsum(losses) * unit, -unit * outer, -unit * readout[:, None] * inner, ties, kinks, nearest)

    def near_points(self, filters: np.ndarray, readout: np.ndarray, margin_radius: float, breakpoints: np.ndarray,
                    radii: np.ndarray, everywhere: bool = False) -> NearPoints:
        """Return the probability of margins within ``margin_radius`` of 1, and of pre-activations within radii (K, q)
        of the breakpoints: among the points where the loss has a slope, or ``everywhere``."""
        margins, masses = 0.0, np.zeros(radii.shape)
        for block in self.source.blocks(readout.size):
            inner = block.pre_activations(filters, self.biases)
            _, distances, weights = self._hinge(block, inner, readout)
            margins += float(np.sum(block.weights[np.abs(distances) <= margin_radius]))
            counted = block.weights if everywhere else np.abs(weights)
            for k, (point, radius) in enumerate(zip(breakpoints, radii)):
                masses[k] += (np.abs(inner - point) <= radius[:, None]) @ counted
        return NearPoints(margins * self.source.unit, masses * self.source.unit)

    def sign_masses(self, filters: np.ndarray, readout: np.ndarray, radius: float) -> tuple[float, float]:
        """Return P(f h < -radius) and P(|h| <= radius), in one pass over the points."""
        wrong, near = [], []
        for block in self.source.blocks(readout.size):
            values = self.activation.on_array(block.pre_activations(filters, self.biases))
            margins = block.labels * ((self.copies * readout) @ values)
            wrong.append(float(np.sum(block.weights[margins < -radius])))
            # What is no number is undecided.
            near.append(float(np.sum(block.weights[~(np.abs(margins) > radius)])))
        return fsum(wrong) * self.source.unit, fsum(near) * self.source.unit

    def _hinge(self, block: Block, inner: np.ndarray, readout: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Values of σ, distances 1 - f h, and weights p f s of a block's points."""
        values = self.activation.on_array(inner)
        distances = 1.0 - block.labels * ((self.copies * readout) @ values)
        slopes = np.where(distances > 0, 1.0, np.where(distances == 0, self.hinge_slope, 0.0))
        return values, distances, block.weights * block.labels * slopes


def _doubled(start: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """start[i] + Σ_l ±weights[i, l] for all signs, minus where bit l of the column is set."""
    values = np.empty((start.size, 1 << weights.shape[1]))
    values[:, 0] = start
    for bit in range(weights.shape[1]):
        size = 1 << bit
        np.subtract(values[:, :size], weights[:, bit:bit + 1], out=values[:, size:2 * size])
        values[:, :size] += weights[:, bit:bit + 1]
    return values


def _sign_matrix(bits: int) -> np.ndarray:
    """The points of a small cube as rows of ±1."""
    return 1.0 - 2.0 * ((np.arange(1 << bits)[:, None] >> np.arange(bits)) & 1)


def listed_points(points: Any, labels: Any, weights: Any, unit: float) -> ListedPoints:
    """Return listed points from arrays (m, n), (m,), (m,)."""
    return ListedPoints(np.asarray(points, dtype=np.int8), np.asarray(labels, dtype=np.int8),
                        np.asarray(weights, dtype=np.float64), unit)
