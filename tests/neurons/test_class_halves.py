from __future__ import annotations

from itertools import combinations
from math import prod

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import cube_points

from theorycheck.neurons.class_halves import ClassHalf

magnitudes = st.one_of(st.integers(1, 6), st.integers(10**30, 10**30 + 5))
halves = st.dictionaries(magnitudes, st.integers(1, 3), max_size=3).filter(lambda d: sum(d.values()) <= 6).map(
    lambda classes: ClassHalf(tuple(sorted(classes.items()))))


def totals_by_listing(half, taken):
    """sum -> total of χ_S over the points with that sum, S the first variables of each class; sums without points left
    out."""
    weights = [magnitude for magnitude, size in half.classes for _ in range(size)]
    inside = [place < c for (_, size), c in zip(half.classes, taken) for place in range(size)]
    totals: dict[int, int] = {}
    for x in cube_points(len(weights)):
        s = sum(w * value for w, value in zip(weights, x))
        totals[s] = totals.get(s, 0) + prod(value for value, is_in in zip(x, inside) if is_in)
    return totals


def count_vectors(half, size):
    """(c_1, …) -> how many subsets of that size have it, by listing the subsets."""
    kinds = [kind for kind, (_, many) in enumerate(half.classes) for _ in range(many)]
    found: dict[tuple[int, ...], int] = {}
    for chosen in combinations(kinds, size):
        vector = tuple(chosen.count(kind) for kind in range(len(half.classes)))
        found[vector] = found.get(vector, 0) + 1
    return found


@settings(max_examples=40)
@given(halves)
def test_rows_are_the_totals_of_characters_over_the_points_with_each_sum(half):
    rows = half.rows(0, half.count)
    assert sorted(rows) == list(range(half.count + 1))
    for size, some in rows.items():
        expected = sorted((many, sorted(item for item in totals_by_listing(half, vector).items() if item[1]))
                          for vector, many in count_vectors(half, size).items())
        seen = []
        for row in some:
            assert len(row.totals.coeffs()) == half.length == len(half.sums)
            by_sum: dict[int, int] = {}
            for s, total in zip(half.sums, row.totals.coeffs()):
                by_sum[s] = by_sum.get(s, 0) + int(total)
            seen.append((row.subsets, sorted(item for item in by_sum.items() if item[1])))
        assert sorted(seen) == expected


@settings(max_examples=40)
@given(halves, st.integers(-2, 7), st.integers(0, 9))
def test_sizes_count_the_rows_between_two_sizes(half, least, most):
    rows = half.rows(least, most)
    assert half.sizes(least, most) == {size: len(some) for size, some in rows.items()}
    assert all(max(0, least) <= size <= most for size in rows)


@pytest.mark.parametrize("classes, exponents, length", [
    (((1, 100), (2, 100)), (1, 2), 301),        # sums are fewer than combinations
    (((2, 100), (4, 100)), (1, 2), 301),        # a common factor does not count
    (((3, 10), (10**300, 10)), (1, 11), 121),   # combinations are fewer than sums
    ((), (), 1)])
def test_the_shorter_of_the_two_codes_is_taken(classes, exponents, length):
    half = ClassHalf(classes)
    assert (half.exponents, half.length, len(half.sums)) == (exponents, length, length)


def test_an_empty_half_has_the_sum_zero_and_the_empty_subset():
    half = ClassHalf(())
    row, = half.rows(-3, 5)[0]
    assert half.sums == (0,) and (row.subsets, row.totals.coeffs()) == (1, [1]) and half.sizes(0, 3) == {0: 1}
