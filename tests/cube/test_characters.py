from __future__ import annotations

from itertools import combinations
from math import comb
from typing import Any

import oracles
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theorycheck.cube.characters import (character, character_values, covering_window_count, levels, require_subset,
                                         subset_diameter, subset_level, subset_mask, subset_variables, subsets_of_level,
                                         window_dimension, window_support)
from theorycheck.cube.memory import memory_budget
from theorycheck.errors import InstanceTooLarge, ParameterError
from theorycheck.strategies import subsets


def test_golden_masks() -> None:
    assert subset_mask([2, 0], 3) == 0b101
    assert subset_variables(0b101) == (0, 2)
    assert character(2, 0b10).values.tolist() == [1, 1, -1, -1]
    assert (subset_diameter(0b101), subset_diameter(0b100), subset_diameter(0)) == (2, 0, 0)


@given(subsets(st.integers(1, 200)))
def test_masks_and_variables_are_inverse(mask: int) -> None:
    variables = subset_variables(mask)
    assert subset_mask(variables, 200) == mask
    assert subset_level(mask) == len(variables)
    assert subset_diameter(mask) == (max(variables) - min(variables) if variables else 0)


@settings(deadline=None)
@given(subsets(6))
def test_characters(mask: int) -> None:
    expected = oracles.table(6, lambda x: oracles.character(mask, x))
    assert character(6, mask).values.tolist() == expected
    assert character_values(6, mask, range(64)).tolist() == expected


def test_characters_of_many_variables_at_single_points() -> None:
    assert character_values(62, (1 << 62) - 1, [0, 1, 2**61, 2**62 - 1]).tolist() == [1, -1, -1, 1]


@pytest.mark.parametrize("n", [1, 2, 5, 9])
def test_levels(n: int) -> None:
    sizes = levels(n).tolist()
    assert sizes == [bin(mask).count("1") for mask in range(1 << n)]
    for level in range(n + 1):
        masks = list(subsets_of_level(n, level))
        assert masks == [mask for mask in range(1 << n) if sizes[mask] == level]
        assert len(masks) == comb(n, level)


def test_subsets_of_a_large_cube_come_one_by_one() -> None:
    masks = subsets_of_level(1000, 999)
    assert next(masks) == (1 << 999) - 1
    assert sum(1 for _ in masks) == 999


@pytest.mark.parametrize("n, k, dimension", [(4, 2, 8), (5, 3, 16), (7, 3, 24)])
def test_golden_dimensions(n: int, k: int, dimension: int) -> None:
    assert window_dimension(n, k) == len(window_support(n, k)) == dimension


@pytest.mark.parametrize("windows", ["all", "paper"])
@pytest.mark.parametrize("n", [1, 2, 3, 5, 6])
def test_window_support_is_the_union_of_the_windows_subsets(n: int, windows: str) -> None:
    for k in range(1, n + 1):
        count = n - k + 1 if windows == "all" else n - k
        inside = [set(range(j, j + k)) for j in range(count)]
        expected = [mask for mask in range(1 << n)
                    if any({v for v in range(n) if mask >> v & 1} <= window for window in inside)]
        assert list(window_support(n, k, windows)) == expected
        assert window_dimension(n, k, windows) == len(expected)
        for mask in range(1 << n):
            covering = sum({v for v in range(n) if mask >> v & 1} <= window for window in inside)
            assert covering_window_count(n, mask, k, windows) == covering
        if windows == "all":
            assert expected == [mask for mask in range(1 << n) if subset_diameter(mask) < k]


def test_structured_counts_need_no_enumeration() -> None:
    n = 10**6
    assert window_dimension(n, 4) == 8 * (n - 2)
    assert covering_window_count(n, 0b11 << (n - 2), 4) == 1
    assert covering_window_count(n, 1 << 500, 4) == 4
    with memory_budget(10**6), pytest.raises(InstanceTooLarge):
        window_support(n, 4)


def test_negative_control_an_off_by_one_window_changes_the_support() -> None:
    assert window_support(5, 3) != window_support(5, 3, windows="paper")
    assert all(v in window_support(5, 2) for v in (sum(1 << i for i in pair) for pair in combinations(range(2), 2)))


@pytest.mark.parametrize("call, text", [
    (lambda: subset_mask([3], 3), "'variables' must be at least 0 and at most n-1=2, not 3."),
    (lambda: subset_mask([0, 0], 3), "'variables' must be distinct, not [0, 0]."),
    (lambda: subset_variables(-1), "'subset' must be at least 0, not -1."),
    (lambda: character(3, 8), "'subset' must be a bit mask of n=3 variables, at least 0 and below 2^3, not 8."),
    (lambda: character(3, True), "'subset' must be an integer, not the boolean True."),
    (lambda: require_subset(1 << 10**5, 5), "'subset' must be a bit mask of n=5 variables, at least 0 and below 2^5."),
    (lambda: list(subsets_of_level(3, 4)), "'level' must be at least 0 and at most n=3, not 4."),
    (lambda: window_support(3, 4), "'k' must be at least 1 and at most n=3, not 4."),
    (lambda: covering_window_count(3, 8, 2), "'subset' must be a bit mask of n=3 variables, at least 0 and below 2^3, "
                                             "not 8."),
    (lambda: levels(0), "'n' must be at least 1, not 0."),
])
def test_bad_input(call: Any, text: str) -> None:
    with pytest.raises(ParameterError) as caught:
        call()
    assert str(caught.value) == text
