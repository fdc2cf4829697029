"""The product in 128 bits against Python's integers."""
from __future__ import annotations

from itertools import product

import numpy as np

from theorycheck.kernels.compilation import kernel
from theorycheck.kernels.level_products_intrinsics import add_product

EDGES = (0, 1, -1, 2**31, -(2**32) - 1, 2**62 - 1, 2**63 - 1, -(2**63))


@kernel
def added(high: int, low: int, left: int, right: int) -> tuple[int, int]:
    return add_product(high, low, left, right)


def test_add_product() -> None:
    for left, right in product(EDGES, EDGES):
        for start in (0, 5, -1, 2**64 - 1, 2**100 + 12345, -(2**90)):
            low = start % 2**64
            high, rest = added(np.int64(start >> 64), np.uint64(low).astype(np.int64), np.int64(left), np.int64(right))
            assert (high << 64) + rest % 2**64 == start + left * right
