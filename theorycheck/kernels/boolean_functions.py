"""Differences of a function across one variable."""
from __future__ import annotations

import numpy as np

from theorycheck.kernels.compilation import kernel
from theorycheck.kernels.fourier import add_square


@kernel
def difference_square_sum(values: np.ndarray, variable: int, zero: float) -> float:
    """Sum of (f(x) - f(y))^2 over the 2^(n-1) pairs that differ in one variable, in the type of zero.
    See theorycheck.cube.variable_influence, which checks that it fits."""
    step = 1 << variable
    total = zero
    base = 0
    while base < values.size:
        for x in range(base, base + step):
            difference = values[x] - values[x + step]
            total += difference * difference
        base += 2 * step
    return total


@kernel
def wide_difference_square_sum(values: np.ndarray, variable: int, limbs: np.ndarray) -> None:
    """The same where the squares exceed 64 bits (|values| < 2^62); limbs is four uint64.
    See theorycheck.kernels.fourier.add_square."""
    step = 1 << variable
    base = 0
    while base < values.size:
        for x in range(base, base + step):
            add_square(values[x] - values[x + step], limbs)
        base += 2 * step
