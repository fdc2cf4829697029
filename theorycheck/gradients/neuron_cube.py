"""Loss and gradient of rectified linear neurons on the whole cube: the kernels, fed and read.

A continuous piecewise linear σ is affine plus a ReLU at each breakpoint, σ(t) = α + β t + Σ_k Δ_k max(t - t_k, 0), so
one pair of kernels serves ReLU, clipped ReLU, leaky ReLU, clip, abs and the identity.  With the moments
G_k = Σ_x g(x) (x, 1) 1{s(x) > t_k}, plus the activation's kink share of the points at t_k, the gradients are products
of small matrices: Σ_x g σ'(s) x and Σ_x g σ(s) need no further pass over the cube.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import fsum
from typing import Any

import numpy as np

from theorycheck.networks.activation_forms import PiecewisePolynomial
from theorycheck.networks.activations import Activation

_PARTS = 64  # enough for threads to share evenly, fixed so that nothing depends on their number
_NEURONS_TOGETHER = 8  # share the points in cache


@dataclass(frozen=True)
class RectifiedForm:
    """σ(t) = intercept + slope t + Σ_k jumps[k] max(t - breakpoints[k], 0), in exact rationals."""

    intercept: Fraction
    slope: Fraction
    breakpoints: tuple[Fraction, ...]
    jumps: tuple[Fraction, ...]


def rectified_form(activation: Activation) -> RectifiedForm | None:
    """Return σ as an affine function and ReLUs, or None if it is not continuous and piecewise linear.

    Examples
    --------
    >>> from theorycheck.networks.activations import activation_named
    >>> form = rectified_form(activation_named("clipped_relu:1/2"))
    >>> [str(t) for t in form.breakpoints], [str(d) for d in form.jumps]
    (['0', '1/2'], ['1', '-1'])
    """
    form = activation.form
    if not isinstance(form, PiecewisePolynomial) or form.degree > 1:
        return None
    lines = [tuple(piece) + (Fraction(0),) * (2 - len(piece)) for piece in form.coefficients]
    bends = [(t, right[1] - left[1]) for t, left, right in zip(form.breakpoints, lines, lines[1:])]
    if any(c + s * t != d + r * t for t, (c, s), (d, r) in zip(form.breakpoints, lines, lines[1:])):
        return None
    bends = [(t, jump) for t, jump in bends if jump]
    return RectifiedForm(lines[0][0], lines[0][1], tuple(t for t, _ in bends), tuple(jump for _, jump in bends))


@dataclass
class Sums:
    """What a pass over the points gives: the loss, its gradient, and what was met on the way."""

    loss: float
    readout: np.ndarray
    filters: np.ndarray
    margin_kinks: int
    activation_kinks: int
    smallest_distance: float


@dataclass
class NearPoints:
    """Probability of the points too near to a kink to be classified: of the margins, and by neuron and breakpoint."""

    margins: float
    activations: np.ndarray  # (K, q)


class NeuronCube:
    """The fused passes over the cube, n >= 12.

    Parameters
    ----------
    form : RectifiedForm
        σ with K breakpoints.
    kink_slope : float
        The activation's share of the right-hand slope at a breakpoint.
    biases, copies : float64 arrays (q,)
        b_i, and how many equal neurons each stands for.
    labels : int8 array (2^n,)
    probabilities : float64 array (2^n,) or None
        None is the uniform distribution.
    hinge_slope : float
    threads : int or None

    Notes
    -----
    For each breakpoint about two floating-point operations and one on bytes for a point and neuron, some 8 bytes a
    point; with given probabilities floating-point throughout and 40 bytes.
    """

    def __init__(self, form: RectifiedForm, kink_slope: float, biases: np.ndarray, copies: np.ndarray,
                 labels: np.ndarray, probabilities: np.ndarray | None, hinge_slope: float,
                 threads: int | None) -> None:
        self.form, self.kink_slope, self.biases, self.copies = form, kink_slope, biases, copies
        self.labels, self.probabilities, self.hinge_slope, self.threads = labels, probabilities, hinge_slope, threads
        self.breakpoints = np.array([float(t) for t in form.breakpoints])
        self.jumps = np.array([float(jump) for jump in form.jumps])

    @property
    def least_probability_unit(self) -> float:
        """What a point counted once weighs: 2^-n, or 1 where probabilities are given."""
        return 1.0 / self.labels.size if self.probabilities is None else 1.0

    def evaluate(self, filters: np.ndarray, readout: np.ndarray) -> Sums:
        """Return loss and gradient at these parameters, float64 arrays (q, n) and (q,)."""
        forward = self._forward(filters, readout)
        if self.probabilities is None:
            moments, whole, kinks = self._uniform_moments(filters, forward.weights, forward.ties)
        else:
            moments, whole, kinks = self._weighted_moments(filters, forward.weights)
        unit = self.least_probability_unit
        slope, jumps = float(self.form.slope), self.jumps[:, None]
        shifts = self.biases - self.breakpoints[:, None]
        inner = slope * whole[:-1] + (jumps[:, :, None] * moments[:, :, :-1]).sum(axis=0)
        affine = float(self.form.intercept) * whole[-1] + slope * (filters @ whole[:-1] + self.biases * whole[-1])
        outer = affine + (jumps * ((filters * moments[:, :, :-1]).sum(axis=2) + shifts * moments[:, :, -1])).sum(axis=0)
        return Sums(forward.loss, -unit * outer, -unit * readout[:, None] * inner, forward.ties, kinks,
                    forward.distance)

    def near_points(self, filters: np.ndarray, readout: np.ndarray, margin_radius: float,
                    radii: np.ndarray) -> NearPoints:
        """Return the probability of margins within ``margin_radius`` of 1, and of pre-activations within radii (K, q)
        of the breakpoints among the points where the loss has a slope."""
        from theorycheck.kernels.fully_connected_moments import near_moments
        forward = self._forward(filters, readout)
        margins = 0.0
        if forward.distance <= margin_radius:
            distances = np.abs(1.0 - self.labels * self._values(filters, readout))
            weights = np.ones(1) if self.probabilities is None else self.probabilities
            margins = float(np.sum(np.broadcast_to(weights, distances.shape)[distances <= margin_radius]))
        weights = np.abs(forward.weights).astype(np.float64)
        if self.probabilities is None:
            np.minimum(weights, 1.0, out=weights)
        masses, counts = np.zeros(radii.shape), np.zeros(radii.shape, np.int64)

        def run(k: int, part: slice, columns: np.ndarray) -> None:
            near_moments(weights, filters[part], self.biases[part], self._same(k, part), columns, radii[k, part],
                         masses[k, part], counts[k, part])
        self._over_neurons(filters, run)
        return NearPoints(margins * self.least_probability_unit, masses * self.least_probability_unit)

    def sign_masses(self, filters: np.ndarray, readout: np.ndarray, radius: float) -> tuple[float, float]:
        """Return P(f h < -radius) and P(|h| <= radius), in one pass over the values."""
        margins = self.labels * self._values(filters, readout)
        # What is no number is undecided.
        masks = margins < -radius, ~(np.abs(margins) > radius)
        wrong, near = (float(np.count_nonzero(mask) if self.probabilities is None else np.sum(self.probabilities[mask]))
                       for mask in masks)
        return wrong * self.least_probability_unit, near * self.least_probability_unit

    def _network(self, filters: np.ndarray, readout: np.ndarray) -> Any:
        """The readout-weighted rectified neurons, a block of q for each breakpoint, and the affine part."""
        from theorycheck.kernels.fully_connected import RectifiedNeurons
        weight, count = self.copies * readout, self.breakpoints.size
        slope = float(self.form.slope)
        affine = np.append(slope * (weight @ filters),
                           weight @ (float(self.form.intercept) + slope * self.biases))
        return RectifiedNeurons(np.tile(filters, (count, 1)), np.tile(self.biases, count),
                                np.repeat(self.breakpoints, weight.size), (self.jumps[:, None] * weight).ravel(),
                                affine)

    def _forward(self, filters: np.ndarray, readout: np.ndarray) -> _Forward:
        from theorycheck.kernels.fully_connected import uniform_tiles, weighted_tiles
        from theorycheck.kernels.threads import run_parts
        network = self._network(filters, readout)
        losses, distances = np.empty(network.tiles), np.empty(network.tiles)
        ties = np.empty(network.tiles, np.int64)
        is_uniform = self.probabilities is None
        weights = np.empty(self.labels.size, np.int8 if is_uniform else np.float64)
        ends = _part_ends(network.tiles)

        def run(part: int) -> None:
            if is_uniform:
                uniform_tiles(*network.arguments, self.labels, ends[part], ends[part + 1], weights, losses, distances,
                              ties)
            else:
                weighted_tiles(*network.arguments, self.labels, ends[part], ends[part + 1], self.probabilities,
                               self.hinge_slope, weights, losses, distances, ties)
        run_parts(len(ends) - 1, run, self.threads)
        return _Forward(fsum(losses.tolist()) * self.least_probability_unit, int(ties.sum()), float(distances.min()),
                        weights)

    def _values(self, filters: np.ndarray, readout: np.ndarray) -> np.ndarray:
        from theorycheck.kernels.fully_connected import LEAST_BITS, tile_values
        from theorycheck.kernels.threads import run_parts
        network = self._network(filters, readout)
        values = np.empty(self.labels.size)
        ends = _part_ends(network.tiles)

        def run(part: int) -> None:
            first, stop = ends[part], ends[part + 1]
            tile_values(*network.arguments, first, stop, values[first << LEAST_BITS:stop << LEAST_BITS])
        run_parts(len(ends) - 1, run, self.threads)
        return values

    def _same(self, k: int, part: slice) -> np.ndarray:
        return np.full(self.biases[part].size, self.breakpoints[k])

    def _over_neurons(self, filters: np.ndarray, run: Callable[[int, slice, np.ndarray], None]) -> None:
        """Call ``run(breakpoint, neurons, columns)`` for a few neurons at a time, on the threads."""
        from theorycheck.kernels.fully_connected import COLUMN_BITS, COLUMNS, signed_sums
        from theorycheck.kernels.threads import run_parts
        q = filters.shape[0]
        together = max(1, min(_NEURONS_TOGETHER, q // 16))
        starts = range(0, q, together)
        columns = np.zeros((q, COLUMNS))
        signed_sums(np.ascontiguousarray(filters[:, :COLUMN_BITS]), columns)

        def part(number: int) -> None:
            k, place = divmod(number, len(starts))
            chosen = slice(starts[place], min(q, starts[place] + together))
            run(k, chosen, columns[chosen])
        run_parts(len(starts) * self.breakpoints.size, part, self.threads)

    def _uniform_moments(self, filters: np.ndarray, codes: np.ndarray,
                         ties: int) -> tuple[np.ndarray, np.ndarray, int]:
        """Moments (K, q, n+1), those of g alone (n+1,), and the number of kinks; integers but for the two slopes."""
        if ties == 0:
            return self._sign_moments(filters, codes)
        moments, whole, kinks = self._sign_moments(filters, np.where(np.abs(codes) == 1, codes, 0).astype(np.int8))
        if self.hinge_slope:
            at_ties, tied, _ = self._sign_moments(filters, np.where(np.abs(codes) == 2, codes // 2, 0).astype(np.int8))
            moments, whole = moments + self.hinge_slope * at_ties, whole + self.hinge_slope * tied
        return moments, whole, kinks

    def _sign_moments(self, filters: np.ndarray, signs: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
        from theorycheck.kernels.fully_connected_moments import sign_moments, weighted_moments
        q, n = filters.shape
        moments = np.empty((self.breakpoints.size, q, n + 1), np.int64)
        at_kinks, kinks = np.zeros(moments.shape), np.empty(moments.shape[:2], np.int64)

        def run(k: int, part: slice, columns: np.ndarray) -> None:
            sign_moments(signs, filters[part], self.biases[part], self._same(k, part), columns,
                         np.sort(columns, axis=1), moments[k, part], kinks[k, part])
        self._over_neurons(filters, run)
        if self.kink_slope and kinks.any():
            weights = signs.astype(np.float64)

            def run_kinks(k: int, part: slice, columns: np.ndarray) -> None:
                if kinks[k, part].any():
                    weighted_moments(weights, filters[part], self.biases[part], self._same(k, part), columns, True,
                                     at_kinks[k, part])
            self._over_neurons(filters, run_kinks)
        whole = np.empty(n + 1)
        cube_moments(signs, whole)
        return moments + self.kink_slope * at_kinks, whole, int(kinks.sum())

    def _weighted_moments(self, filters: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
        from theorycheck.kernels.fully_connected_moments import near_moments, weighted_moments
        q, n = filters.shape
        moments, at_kinks = np.zeros((2, self.breakpoints.size, q, n + 1))
        kinks, ignored = np.zeros((self.breakpoints.size, q), np.int64), np.zeros((self.breakpoints.size, q))

        def run(k: int, part: slice, columns: np.ndarray) -> None:
            given = (filters[part], self.biases[part], self._same(k, part), columns)
            near_moments(self.probabilities, *given, np.zeros(columns.shape[0]), ignored[k, part], kinks[k, part])
            weighted_moments(weights, *given, False, moments[k, part])
            if self.kink_slope and kinks[k, part].any():
                weighted_moments(weights, *given, True, at_kinks[k, part])
        self._over_neurons(filters, run)
        whole = np.empty(n + 1)
        cube_moments(weights, whole)
        return moments + self.kink_slope * at_kinks, whole, int(kinks.sum())


@dataclass
class _Forward:
    loss: float
    ties: int
    distance: float
    weights: np.ndarray  # -1, 0, 1, and -2, 2 at margin 1; or float weights


def _part_ends(tiles: int) -> list[int]:
    ends: list[int] = np.linspace(0, tiles, min(_PARTS, tiles) + 1).astype(int).tolist()
    return ends


def cube_moments(values: np.ndarray, moments: np.ndarray) -> None:
    """Set moments[l] = Σ_x values[x] x_l and moments[n] = Σ_x values[x]; exact for int8 values.

    Examples
    --------
    >>> moments = np.empty(2)
    >>> cube_moments(np.array([3, 1], dtype=np.int8), moments)
    >>> moments.tolist()
    [2.0, 4.0]
    """
    sums = values.astype(np.int64) if values.dtype == np.int8 else values
    for bit in reversed(range(moments.size - 1)):
        half = sums.size // 2
        moments[bit] = np.sum(sums[:half] - sums[half:])
        sums = sums[:half] + sums[half:]
    moments[-1] = sums[0]
