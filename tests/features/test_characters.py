"""Characters of a window."""
from __future__ import annotations

from fractions import Fraction

import numpy as np
import oracles
import pytest

from theorycheck.errors import ParameterError
from theorycheck.features.characters import (character_matrix, fourier_coefficients_of, require_multiplicities,
                                             require_pattern)


@pytest.mark.parametrize("k", [0, 1, 3])
def test_character_matrix(k: int) -> None:
    points = oracles.cube_points(k)
    assert character_matrix(k).tolist() == [[oracles.character(s, z) for z in points] for s in range(2**k)]


def test_coefficients() -> None:
    columns = [[1, -1, 1, 1, -1, -1, 1, 1], [3, 0, 2, 0, -7, 1, 1, 5]]
    found = fourier_coefficients_of(np.array(columns).T)
    for c, column in enumerate(columns):
        assert [found[s, c] for s in range(8)] == oracles.fourier_coefficients([Fraction(v) for v in column])


@pytest.mark.parametrize("table, text", [
    ([1, -1, 1], r"'table' must hold 2\^k signs, k at least 1, not 3 of them."),
    ([1], "'table' must hold"), ([[1, -1]], "'table' must hold"),
    ([1, 0], r"'table' must hold only \+1 and -1"),
])
def test_bad_patterns(table: list, text: str) -> None:
    with pytest.raises(ParameterError, match=text):
        require_pattern(table)


@pytest.mark.parametrize("value", [[1], [1, -1], [1.0, 1.0], [True, True], [[1, 1]], [1, 2**62 + 1], [1, 2**70]])
def test_bad_multiplicities(value: list) -> None:
    with pytest.raises(ParameterError, match="'multiplicities' must be 2 integers that are at least 0."):
        require_multiplicities(value, 2)


def test_multiplicities_are_a_frozen_copy() -> None:
    counts = require_multiplicities(np.array([3, 0], dtype=np.uint8), 2)
    assert counts.dtype == np.int64 and counts.tolist() == [3, 0] and not counts.flags.writeable
    with pytest.raises(ParameterError, match="'multiplicities' must be 2 integers that are at least 1."):
        require_multiplicities([3, 0], 2, minimum=1)
