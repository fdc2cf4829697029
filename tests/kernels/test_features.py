"""The features' kernels against loops written out, compiled and as Python."""
from __future__ import annotations

import numpy as np
import pytest

from theorycheck.kernels.features import accumulate_neurons, largest_quadratic_form


@pytest.mark.parametrize("run", [accumulate_neurons, accumulate_neurons.py_func], ids=["compiled", "python"])
def test_accumulate_neurons(run: object) -> None:
    rng = np.random.default_rng(0)
    cells, weights = rng.integers(0, 8, 20), rng.integers(-5, 6, 20)
    starts, values = np.array([0, 7, 7, 20]), rng.integers(-9, 10, 8)
    sums = np.ones((3, 8), dtype=np.int64)
    run(cells, weights, starts, values, sums)  # type: ignore[operator]
    expected = [[1 + sum(int(weights[i] * values[cells[i] ^ z]) for i in range(starts[g], starts[g + 1]))
                 for z in range(8)] for g in range(3)]
    assert sums.tolist() == expected


@pytest.mark.parametrize("run", [largest_quadratic_form, largest_quadratic_form.py_func], ids=["compiled", "python"])
@pytest.mark.parametrize("size, reach", [(2, 5), (4, 3), (4, 2**29), (8, 2**29)])
def test_largest_quadratic_form(run: object, size: int, reach: int) -> None:
    rng = np.random.default_rng(size)
    for _ in range(5):
        limbs = rng.integers(0, reach, (size, size, 3))
        limbs[:, :, 2] -= reach // 2
        limbs = np.maximum(limbs, limbs.transpose(1, 0, 2))
        matrix = [[sum(int(limbs[i, j, place]) << (30 * place) for place in range(3)) for j in range(size)]
                  for i in range(size)]

        def form(code: int) -> int:
            signs = [1 - 2 * (code >> i & 1) for i in range(size)]
            return sum(matrix[i][j] * signs[i] * signs[j] for i in range(size) for j in range(size))
        best = max(form(code) for code in range(2**size))
        assert form(int(run(limbs, 30))) == best  # type: ignore[operator]
