"""Window marginals under independent variables, by meeting in the middle, and over listed points.

As theorycheck.kernels.window_marginals_meeting, with masses in place of counts: a high word meets a prefix sum of the
low words' probabilities, a low word the sum of the probabilities of the high words that reach it.
"""
from __future__ import annotations

import numpy as np

from theorycheck.kernels.compilation import kernel
from theorycheck.kernels.window_marginals_meeting import place_of


@kernel
def weigh_points(ordered: np.ndarray, words: np.ndarray, high_values: np.ndarray, signs: np.ndarray, shift: int,
                 limit: float, boundaries: int, low_weights: np.ndarray, high_weights: np.ndarray, low: np.ndarray,
                 high: np.ndarray, counts: np.ndarray, masses: np.ndarray) -> float:
    """Set low[s, word] and high[s, word] to signed masses, s=0 below and s=1 at the limit; add counts and masses.
    See the module; returns the smallest |limit - f h|."""
    size, queries = ordered.size // boundaries, high_values.size // boundaries
    prefix, differences = np.zeros(size + 1), np.zeros((2, size + 1))
    closest = np.inf
    for boundary in range(boundaries):
        start = boundary * size
        for place in range(size):
            prefix[place + 1] = prefix[place] + low_weights[words[start + place]]
        differences[:] = 0.0
        negative_mass = 0.0
        for query in range(queries):
            word = query * boundaries + boundary
            sign = np.int64(signs[(word >> shift) & (signs.size - 1)])
            weight = high_weights[query]
            threshold = sign * limit - high_values[word]
            begin = end = place_of(ordered, start, size, threshold, False)
            closest = min(closest, abs(threshold - ordered[start + max(begin - 1, 0)]),
                          abs(threshold - ordered[start + min(begin, size - 1)]))
            if begin < size and ordered[start + begin] == threshold:
                end = place_of(ordered, start, size, threshold, True)
            differences[0, begin if sign > 0 else end] += weight
            differences[1, end] += sign * weight
            differences[1, begin] -= sign * weight
            below = weight * (prefix[begin] if sign > 0 else prefix[size] - prefix[end])
            equal = weight * (prefix[end] - prefix[begin])
            negative_mass += weight if sign < 0 else 0.0
            counts[0] += begin if sign > 0 else size - end
            counts[1] += end - begin
            masses[0] += below
            masses[1] += equal
            high[0, word], high[1, word] = sign * below, sign * equal
        below, equal = -negative_mass, 0.0
        for place in range(size - 1, -1, -1):
            below += differences[0, place + 1]
            equal += differences[1, place + 1]
            word = words[start + place]
            low[0, word], low[1, word] = below * low_weights[word], equal * low_weights[word]
    return closest


@kernel
def sum_windows(tables: np.ndarray, contents: np.ndarray, values: np.ndarray) -> None:
    """Set values[i] = Σ_j tables[j, contents[i, j]] for points listed by their window contents.
    See theorycheck.gradients.window_sources."""
    for i in range(values.size):
        total = tables[0, contents[i, 0]]
        for j in range(1, tables.shape[0]):
            total += tables[j, contents[i, j]]
        values[i] = total


@kernel
def collect_windows(marks: np.ndarray, contents: np.ndarray, marginals: np.ndarray) -> None:
    """Add marks[i] to marginals[j, contents[i, j]] for every listed point i and window j.
    See theorycheck.gradients.window_sources."""
    for i in range(marks.size):
        if marks[i] != 0:
            for j in range(marginals.shape[0]):
                marginals[j, contents[i, j]] += marks[i]
