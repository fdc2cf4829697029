"""Sums of squares over the levels of a spectrum, in one pass over it.

An entry's index is its mask: the high bits name a block, the low bits a place within it.  Blocks whose high bits have
the same number of ones are added up place by place, which vectorises; places are sorted into levels once, at the end.
"""
from __future__ import annotations

import numpy as np

from theorycheck.kernels.compilation import kernel

# A block and its row of sums stay in the first-level cache.
_LOW_BITS = 8
_HALF = np.uint64(32)
_LOW_HALF = np.uint64(2**32 - 1)


@kernel
def bit_count(value: int) -> int:
    """Number of ones of a non-negative integer.
    See theorycheck.cube.characters.subset_level."""
    count = 0
    while value:
        value &= value - 1
        count += 1
    return count


@kernel
def level_sums(spectrum: np.ndarray, sums: np.ndarray) -> None:
    """Add the squares of 2^n entries to sums[number of ones of the index]; sums has n+1 int64 or float64.
    See theorycheck.cube.spectral_weights.level_weights, which checks that the total fits."""
    low_bits = min(sums.size - 1, _LOW_BITS)
    low = 1 << low_bits
    rows = np.zeros((sums.size - low_bits, low), dtype=sums.dtype)
    for high in range(spectrum.size >> low_bits):
        row = rows[bit_count(high)]
        block = spectrum[high << low_bits:(high + 1) << low_bits]
        for place in range(low):
            value = sums.dtype.type(block[place])
            row[place] += value * value
    for level in range(rows.shape[0]):
        for place in range(low):
            sums[level + bit_count(place)] += rows[level, place]


@kernel
def add_square(value: int, limbs: np.ndarray) -> None:
    """Add value^2, |value| < 2^63, to the sum of limbs[i] 2^(32 i): four uint64, up to 2^31 terms.
    Exact where int64 would overflow; see wide_level_sums."""
    magnitude = np.uint64(abs(value))
    high, low = magnitude >> _HALF, magnitude & _LOW_HALF
    cross, bottom = high * low, low * low
    middle = (bottom >> _HALF) + np.uint64(2) * (cross & _LOW_HALF)
    limbs[0] += bottom & _LOW_HALF
    limbs[1] += middle & _LOW_HALF
    top = high * high + np.uint64(2) * (cross >> _HALF) + (middle >> _HALF)
    limbs[2] += top & _LOW_HALF
    limbs[3] += top >> _HALF


@kernel
def wide_level_sums(spectrum: np.ndarray, limbs: np.ndarray) -> None:
    """The same as level_sums where 64 bits do not hold the sums; limbs is (n+1, 4) uint64.
    See theorycheck.cube.spectral_weights.level_weights."""
    for subset in range(spectrum.size):
        add_square(spectrum[subset], limbs[bit_count(subset)])
