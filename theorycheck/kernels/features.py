"""Loops of the random-features solver: neurons summed one by one, and quadratic forms over all sign patterns."""
from __future__ import annotations

import numpy as np

from theorycheck.kernels.compilation import kernel


@kernel
def accumulate_neurons(cells: np.ndarray, weights: np.ndarray, starts: np.ndarray, values: np.ndarray,
                       sums: np.ndarray) -> None:
    """Add weights[i]·values[cells[i] xor z] to sums[g, z] for the neurons i = starts[g] ... starts[g+1]-1 and all z.
    See theorycheck.features.evaluation; values[y] is σ where z disagrees with the filter's signs on the bits y."""
    for group in range(sums.shape[0]):
        row = sums[group]
        for i in range(starts[group], starts[group + 1]):
            cell, weight = cells[i], weights[i]
            for z in range(row.size):
                row[z] += weight * values[cell ^ z]


@kernel
def largest_quadratic_form(limbs: np.ndarray, bits: int) -> int:
    """Return a sign pattern (set bit = -1) with the largest g'Mg, M[i,j] = Σ_l limbs[i,j,l]·2^(bits·l), exactly.
    See theorycheck.features.worst_pattern; Gray code over 2^(size-1) patterns, as g and -g agree."""
    size, count = limbs.shape[0], limbs.shape[2]
    signs = np.ones(size, dtype=np.int64)
    products = np.zeros((size, count), dtype=np.int64)
    value = np.zeros(count, dtype=np.int64)
    for row in range(size):
        for column in range(size):
            for place in range(count):
                products[row, place] += limbs[row, column, place]
                value[place] += limbs[row, column, place]
    best = np.empty(count, dtype=np.int64)
    current = np.empty(count, dtype=np.int64)
    pattern, best_pattern, step = 0, 0, 0
    while True:
        # Carry into the canonical form: every limb but the last in 0 ... 2^bits-1.
        carry = 0
        for place in range(count - 1):
            total = value[place] + carry
            carry = total >> bits
            current[place] = total - (carry << bits)
        current[count - 1] = value[count - 1] + carry
        is_larger = step == 0
        place = count - 1
        while place >= 0 and step > 0:
            if current[place] != best[place]:
                is_larger = current[place] > best[place]
                break
            place -= 1
        if is_larger:
            for place in range(count):
                best[place] = current[place]
            best_pattern = pattern
        step += 1
        if step == 1 << (size - 1):
            return best_pattern
        flip = 0
        while (step >> flip) & 1 == 0:
            flip += 1
        sign = signs[flip]
        for place in range(count):
            value[place] += 4 * (limbs[flip, flip, place] - sign * products[flip, place])
        for row in range(size):
            for place in range(count):
                products[row, place] -= 2 * sign * limbs[row, flip, place]
        signs[flip] = -sign
        pattern ^= 1 << flip
