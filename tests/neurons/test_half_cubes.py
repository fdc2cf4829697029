from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theorycheck.neurons.half_cubes import HalfCube, signed_sums

# Short, wider than 32 bits, wider than 64.
magnitudes = st.one_of(*(st.lists(st.integers(1, size), min_size=1, max_size=7) for size in (3, 50, 2**40, 10**40)))


def points(d):
    """The points with x_{d-1} = +1 in the order of the index."""
    return [[1 - 2 * (index >> j & 1) for j in range(d)] for index in range(1 << (d - 1))]


def forms(weights):
    return [sum(w * x for w, x in zip(weights, point)) for point in points(len(weights))]


def starts_near(data, sums):
    reach = max(sums)
    some = data.draw(st.lists(st.sampled_from(sums), max_size=3)) + data.draw(st.lists(
        st.integers(-reach - 3, reach + 3), max_size=2))
    return sorted({start + step for start, step in zip(some, (0, 1, -1, 0, 5))})


@given(st.lists(st.integers(-10**30, 10**30), max_size=6), st.integers(-5, 10**20))
def test_signed_sums(numbers, start):
    expected = [start + sum(w * (1 - 2 * (index >> j & 1)) for j, w in enumerate(numbers))
                for index in range(1 << len(numbers))]
    assert signed_sums(numbers, start).tolist() == expected


def test_signed_sums_are_narrow_where_they_can_be():
    assert signed_sums([2**61, 2**60]).dtype == np.int64
    assert signed_sums([2**61, 2**61]).dtype == object


@given(magnitudes, st.data())
def test_cuts_and_keys_tell_which_points_reach_a_start(numbers, data):
    half, sums = HalfCube(tuple(sorted(numbers))), forms(sorted(numbers))
    starts = starts_near(data, sums) + [max(sums) * 10**30]
    reached = half.cuts(starts)[:, None, :] <= half.keys[None, :, None]
    assert reached.reshape(-1, len(starts)).tolist() == [[s >= start for start in starts] for s in sums]
    assert half.keys[0] == half.keys.max() and half.keys.min() == 0


@given(magnitudes, st.integers(-2, 2))
def test_count(numbers, step):
    half, sums = HalfCube(tuple(sorted(numbers))), forms(sorted(numbers))
    assert half.count(sums[-1] + step) == sums.count(sums[-1] + step)
    assert half.reach == max(sums) and half.points == len(sums)


@settings(deadline=None)  # the first example compiles
@given(magnitudes, st.data())
def test_filled_tables_are_the_function(numbers, data):
    numbers = sorted(numbers)
    half, sums = HalfCube(tuple(numbers)), forms(numbers)
    starts = starts_near(data, sums)
    constants, slopes, weights = (data.draw(st.lists(st.integers(-9, 9), min_size=size, max_size=size))
                                  for size in (len(starts) + 1, len(starts) + 1, len(numbers)))
    if data.draw(st.booleans()):
        slopes = [0] * len(slopes)
    expected = [constants[i] + slopes[i] * form for i, form in
                zip((sum(start <= s for start in starts) for s in sums), forms(weights))]
    for kind in (np.int32, np.int64):
        table = np.full(len(sums), 99, dtype=kind)
        fill = half.filler(starts, constants, slopes, weights, np.dtype(kind))
        columns = 1 << half.low_variables
        fill(0, table[:columns])
        if len(sums) > columns:
            fill(columns, table[columns:])
        assert table.tolist() == expected


@pytest.mark.parametrize("d", [1, 2, 20, 28])
def test_low_variables_leave_few_rows(d):
    assert 0 <= d - 1 - HalfCube((1,) * d).low_variables <= 16
