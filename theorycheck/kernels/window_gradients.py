"""Filters on their windows: pre-activations, clipped ReLU, tables and gradients, with the filters in the inner loop.

Arrays over contents z and filters i are [z, i], so that inner loops run along contiguous filters.  Rounding bounds are
in theorycheck.gradients.window_rounding; each sum over contents is a fold of depth k, each over filters has q terms.
"""
from __future__ import annotations

import numpy as np

from theorycheck.kernels.compilation import kernel


@kernel
def copy_finite(values: np.ndarray, copy: np.ndarray) -> bool:
    """Copy a vector, and return whether all its entries are finite.
    See theorycheck.gradients.window_gradients; BLAS, asked for a sum, would wake threads."""
    strange = 0
    for i in range(values.size):
        value = values[i]
        copy[i] = value
        strange += value - value != 0.0
    return strange == 0


@kernel
def reach_of(tables: np.ndarray) -> float:
    """Return Σ_j max_z |tables[j, z]|, which bounds every sum over windows; not finite where an entry is not.
    See theorycheck.gradients.window_gradients; N 2^k entries."""
    total, strange = 0.0, 0.0
    for j in range(tables.shape[0]):
        largest = 0.0
        for z in range(tables.shape[1]):
            size = abs(tables[j, z])
            strange += size - size
            largest = size if size > largest else largest
        total += largest
    return total + strange


@kernel
def oppose(marginals: np.ndarray, tables: np.ndarray, slopes: np.ndarray) -> float:
    """Set slopes = -marginals, and return Σ slopes·tables.
    See theorycheck.gradients.window_gradients; a plain sum of N 2^k terms."""
    total = 0.0
    for j in range(tables.shape[0]):
        for z in range(tables.shape[1]):
            slopes[j, z] = -marginals[j, z]
            total += slopes[j, z] * tables[j, z]
    return total


@kernel
def pre_activations(filters: np.ndarray, biases: np.ndarray, first: int, count: int, doubled: np.ndarray,
                    values: np.ndarray) -> None:
    """Set values[z, i] = ⟨filters[first+i], z⟩ + biases[first+i] for i < count and all rows z of values, by doubling.
    See theorycheck.gradients.window_filters; filters (q, k); doubled, 2·filters turned over; 2k roundings each."""
    origin, chosen, bias = values[0], filters[first:first + count], biases[first:first + count]
    for i in range(count):
        origin[i] = bias[i]
    for place in range(filters.shape[1]):
        change, weights = doubled[place], chosen[:, place]
        for i in range(count):
            change[i] = 2.0 * weights[i]
        for i in range(count):
            origin[i] += 0.5 * change[i]
    step, place = 1, 0
    while step < values.shape[0]:
        change = doubled[place]
        for z in range(step):
            source, target = values[z], values[z + step]
            for i in range(count):
                target[i] = source[i] - change[i]
        step *= 2
        place += 1


@kernel
def clip_values(values: np.ndarray, cap: float, features: np.ndarray) -> None:
    """Set features to values clipped to [0, cap]; cap may be infinite.
    See theorycheck.gradients.window_filters."""
    for z in range(values.shape[0]):
        source, target = values[z], features[z]
        for i in range(source.size):
            value = source[i] if source[i] > 0.0 else 0.0
            target[i] = value if value < cap else cap


@kernel
def weigh_by_slope(values: np.ndarray, cap: float, at_zero: float, at_cap: float, pulls: np.ndarray) -> None:
    """Multiply pulls by the slopes of the clipped ReLU at values, in place.
    See theorycheck.gradients.window_filters."""
    for z in range(values.shape[0]):
        source, target = values[z], pulls[z]
        if at_zero == 0.0 and at_cap == 1.0:
            for i in range(source.size):
                target[i] = target[i] if (source[i] > 0.0) & (source[i] <= cap) else 0.0
        else:
            for i in range(source.size):
                value = source[i]
                inside = 1.0 if (value > 0.0) & (value < cap) else 0.0
                slope = at_zero if value == 0.0 else (at_cap if value == cap else inside)
                target[i] *= slope


@kernel
def fold_filters(pulls: np.ndarray, count: int, k: int, moments: np.ndarray) -> None:
    """Set moments[l, i] = Σ_z z_l pulls[z, i] for l < k and i < count, and the last row to Σ_z pulls[z, i]; pulls go.
    See theorycheck.gradients.window_filters; pulls (2^k, >= count), two passes."""
    half = pulls.shape[0] // 2
    for place in range(k - 1, -1, -1):
        moment = moments[place]
        for i in range(count):
            moment[i] = 0.0
        for z in range(half):
            plus, minus = pulls[z], pulls[z + half]
            for i in range(count):
                x, y = plus[i], minus[i]
                moment[i] += x - y
                plus[i] = x + y
        half //= 2
    last = moments[moments.shape[0] - 1]
    for i in range(count):
        last[i] = pulls[0, i]


@kernel
def turn_over(moments: np.ndarray, gradient: np.ndarray) -> None:
    """Set gradient[i, l] = moments[l, i] for l < k.
    See theorycheck.gradients.window_filters."""
    for place in range(gradient.shape[1]):
        moment, column = moments[place], gradient[:, place]
        for i in range(moment.size):
            column[i] = moment[i]


@kernel
def local_tables(filters: np.ndarray, biases: np.ndarray, weights: np.ndarray, cap: float, chunk: int,
                 tables: np.ndarray) -> None:
    """Set tables[j, z] = Σ_i weights[j, i]·clip(⟨filters[j, i], z⟩ + biases[j, i]) for every window j.
    See theorycheck.gradients.window_filters; filters (N, q, k), ``chunk`` (a power of two) of them at once."""
    q, k, half = filters.shape[1], filters.shape[2], tables.shape[1] // 2
    doubled, values, sums = np.empty((k, chunk)), np.empty((half, chunk)), np.empty((2 * half, chunk))
    for j in range(tables.shape[0]):
        sums[:] = 0.0
        for first in range(0, q, chunk):
            count = min(chunk, q - first)
            pre_activations(filters[j], biases[j], first, count, doubled, values)
            weight, change = weights[j, first:first + count], doubled[k - 1]
            for z in range(half):
                source, plus, minus = values[z], sums[z], sums[z + half]
                if cap < np.inf:
                    for i in range(count):
                        x, y = source[i], source[i] - change[i]
                        x, y = x if x > 0.0 else 0.0, y if y > 0.0 else 0.0
                        plus[i] += weight[i] * (x if x < cap else cap)
                        minus[i] += weight[i] * (y if y < cap else cap)
                else:
                    for i in range(count):
                        x, y = source[i], source[i] - change[i]
                        plus[i] += weight[i] * (x if x > 0.0 else 0.0)
                        minus[i] += weight[i] * (y if y > 0.0 else 0.0)
        for z in range(tables.shape[1]):
            total, width = sums[z], chunk // 2
            while width > 0:
                for i in range(width):
                    total[i] += total[i + width]
                width //= 2
            tables[j, z] = total[0]


@kernel
def _select_active(values: np.ndarray, count: int, change: np.ndarray, slopes: np.ndarray, cap: float,
                   moment: np.ndarray, capped: np.ndarray) -> None:
    """Replace pre-activations by slopes[z] where 0 < t <= cap, folded once; sum those above the cap into capped.
    See local_gradients."""
    half = values.shape[0]
    for i in range(count):
        moment[i] = capped[i] = 0.0
    for z in range(half):
        row, upper, lower = values[z], slopes[z], slopes[z + half]
        if cap < np.inf:
            for i in range(count):
                x, y = row[i], row[i] - change[i]
                capped[i] += (upper if x > cap else 0.0) + (lower if y > cap else 0.0)
                x = upper if (x > 0.0) & (x <= cap) else 0.0
                y = lower if (y > 0.0) & (y <= cap) else 0.0
                moment[i] += x - y
                row[i] = x + y
        else:
            for i in range(count):
                x, y = row[i], row[i] - change[i]
                x, y = upper if x > 0.0 else 0.0, lower if y > 0.0 else 0.0
                moment[i] += x - y
                row[i] = x + y


@kernel
def local_gradients(filters: np.ndarray, biases: np.ndarray, readout: np.ndarray, slopes: np.ndarray, cap: float,
                    chunk: int, readout_gradient: np.ndarray, filters_gradient: np.ndarray) -> None:
    """Write the gradients of clipped ReLU filters of their own at every window; slopes 0 at 0 and 1 at the cap.
    See theorycheck.gradients.window_filters; Σ_z slopes[z]·σ(t_z) over 0 < t <= cap is ⟨w, moments⟩ + b·(their sum)."""
    q, k = filters.shape[1], filters.shape[2]
    doubled, moments, totals = np.empty((k, chunk)), np.empty((k + 1, chunk)), np.empty(chunk)
    values = np.empty((slopes.shape[1] // 2, chunk))
    for j in range(slopes.shape[0]):
        for first in range(0, q, chunk):
            count = min(chunk, q - first)
            pre_activations(filters[j], biases[j], first, count, doubled, values)
            _select_active(values, count, doubled[k - 1], slopes[j], cap, moments[k - 1], totals)
            fold_filters(values, count, k - 1, moments)
            bias, weight, result = biases[j, first:], readout[j, first:], readout_gradient[j, first:]
            everything = moments[k]
            for i in range(count):
                totals[i] = bias[i] * everything[i] + (cap * totals[i] if cap < np.inf else 0.0)
            for place in range(k):
                moment, change, column = moments[place], doubled[place], filters_gradient[j, first:, place]
                for i in range(count):
                    totals[i] += 0.5 * change[i] * moment[i]
                    moment[i] *= weight[i]
                for i in range(count):
                    column[i] = moment[i]
            for i in range(count):
                result[i] = totals[i]
