"""Sums over windows: from N tables of 2^k entries to the 2^n values of the network they make."""
from __future__ import annotations

import numpy as np

from theorycheck.kernels.compilation import kernel


@kernel
def sum_windows(tables: np.ndarray, values: np.ndarray) -> None:
    """Set values[x] = Σ_j tables[j, (x >> j) mod 2^k] by extending prefixes one bit at a time: about 2·2^n additions.
    See theorycheck.networks.evaluation; tables is (N, 2^k), values has 2^n >= 2^(N+k-1) entries of the same type."""
    count, size = tables.shape
    half = size >> 1
    for z in range(size):
        values[z] = tables[0, z]
    length = size
    for window in range(1, count):
        run = 1 << window
        for high in range(half):
            below, above = tables[window, high], tables[window, high + half]
            for x in range(high * run, (high + 1) * run):
                prefix = values[x]
                values[x] = prefix + below
                values[length + x] = prefix + above
        length *= 2
    # Variables beyond the last window do not matter.
    while length < values.size:
        for x in range(length):
            values[length + x] = values[x]
        length *= 2
