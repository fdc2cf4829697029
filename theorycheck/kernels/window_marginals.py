"""Window marginals by enumeration, and the folds that end every way of computing them.

A CNN or LCN is h(x) = Σ_j T_j[x^(j)].  Its loss and gradient need M_j[z] = Σ_{x: x^(j)=z} p(x) f(x) 1{f(x)h(x) < 1}
(the active marginals) and the same over f(x)h(x) = 1 (the tied ones), with integer or float weights p.
"""
from __future__ import annotations

import numpy as np

from theorycheck.kernels.compilation import kernel


@kernel
def add_windows(tables: np.ndarray, first: int, values: np.ndarray) -> None:
    """Fill values[x] = Σ_{j >= first} tables[j, x^(j-first)] by doubling, from k-1 variables without a window.
    See theorycheck.gradients.window_marginals; 2^(N-first+k-1) values."""
    half = tables.shape[1] // 2
    for x in range(half):
        values[x] = 0.0
    length, run = half, 1
    for j in range(first, tables.shape[0]):
        table = tables[j]
        for row in range(half):
            low, high = table[row], table[row + half]
            start = row * run
            for x in range(start, start + run):
                value = values[x]
                values[x + length] = value + high
                values[x] = value + low
        length *= 2
        run *= 2


@kernel
def fold_windows(values: np.ndarray, length: int, first: int, marginals: np.ndarray) -> None:
    """Write marginals[first + i, z] = Σ_{x < length: x^(i) = z} values[x] for all i, folding values in place.
    See theorycheck.gradients.window_marginals; about three passes over the values."""
    size = marginals.shape[1]
    half, run = size // 2, length // size
    window = first
    while run > 1:
        run //= 2
        window += 1
    run = length // size
    while True:
        row = marginals[window]
        for z in range(size):
            total = values[0] - values[0]
            for x in range(z * run, (z + 1) * run):
                total += values[x]
            row[z] = total
        if run == 1:
            return
        length = half * run
        for x in range(length):
            values[x] += values[x + length]
        run //= 2
        window -= 1


@kernel
def mark_active(values: np.ndarray, labels: np.ndarray, weights: np.ndarray, threshold: float, active: np.ndarray,
                tied: np.ndarray, counts: np.ndarray, masses: np.ndarray) -> float:
    """Set active[x] and tied[x] to weights[x]·labels[x] where the margin is below and at the threshold, else 0.
    See theorycheck.gradients.window_marginals; 2^i weights in a cycle; returns min |threshold - margin|, weight > 0."""
    closest = np.inf
    for x in range(values.size):
        weight = weights[x & (weights.size - 1)]
        margin = labels[x] * values[x]
        signed = weight * labels[x]
        none = signed - signed
        active[x] = signed if margin < threshold else none
        tied[x] = signed if margin == threshold else none
        if weight > 0:
            closest = min(closest, abs(threshold - margin))
            if margin < threshold:
                counts[0] += 1
                masses[0] += weight
            elif margin == threshold:
                counts[1] += 1
                masses[1] += weight
    return closest
