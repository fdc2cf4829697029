"""The convention itself: golden values first, since every oracle below could share a mistake with the code."""
from __future__ import annotations

from typing import Any

import numpy as np
import oracles
import pytest
from hypothesis import given, settings

from theorycheck.cube.points import BooleanCube, require_offset, require_signs, window_count
from theorycheck.errors import InstanceTooLarge, ParameterError
from theorycheck.strategies import dimensions, points


def test_golden_variable_i_is_bit_i_and_bit_1_is_minus_1() -> None:
    cube = BooleanCube(3)
    assert cube.point(0).tolist() == [1, 1, 1]
    assert cube.point(0b001).tolist() == [-1, 1, 1]
    assert cube.point(0b110).tolist() == [1, -1, -1]
    assert cube.index([1, 1, -1]) == 4
    assert BooleanCube(2).all_points().tolist() == [[1, 1], [-1, 1], [1, -1], [-1, -1]]


def test_golden_window_is_bits_offset_onwards() -> None:
    cube = BooleanCube(4)
    assert cube.window_indices([0b1011], k=2, offset=0).tolist() == [0b11]
    assert cube.window_indices([0b1011], k=2, offset=1).tolist() == [0b01]
    assert cube.window_indices([0b1011], k=2, offset=2).tolist() == [0b10]
    assert cube.window([[-1, -1, 1, -1]], k=2, offset=2).tolist() == [[1, -1]]


@given(dimensions(1, 8))
def test_all_points_agree_with_the_oracle(n: int) -> None:
    cube = BooleanCube(n)
    everything = cube.all_points()
    assert everything.dtype == np.int8
    assert [tuple(x) for x in everything.tolist()] == oracles.cube_points(n)
    assert cube.indices(everything).tolist() == list(range(cube.size))


@given(points(dimensions(1, 70)))
def test_point_and_index_are_inverse_beyond_64_bits_too(x: np.ndarray) -> None:
    cube = BooleanCube(x.size)
    assert cube.index(x) == oracles.point_index(x.tolist())
    assert cube.point(cube.index(x)).tolist() == x.tolist()
    if x.size <= 62:
        assert cube.indices([x]).tolist() == [cube.index(x)]
        assert cube.points([cube.index(x)]).tolist() == [x.tolist()]


def test_a_million_variables() -> None:
    cube = BooleanCube(10**6)
    x = cube.point(1 << 999_999)
    assert x[-1] == -1 and x.sum() == 10**6 - 2
    assert cube.index(x) == 1 << 999_999
    assert cube.window(x[None], 2, 10**6 - 2).tolist() == [[1, -1]]
    for ask in (lambda: cube.indices(x[None]), lambda: next(cube.blocks()), cube.all_points, lambda: cube.points([0])):
        with pytest.raises(InstanceTooLarge):
            ask()


def test_blocks_cover_the_cube_once_in_order() -> None:
    for size in (1, 3, 8, 100):
        blocks = list(BooleanCube(3).blocks(size))
        assert np.concatenate(blocks).tolist() == list(range(8))
        assert max(map(len, blocks)) <= size


def test_window_count() -> None:
    assert [window_count(5, k) for k in range(1, 6)] == [5, 4, 3, 2, 1]
    assert [window_count(5, k, windows="paper") for k in range(1, 6)] == [4, 3, 2, 1, 0]


def test_floats_that_are_signs_are_accepted_and_nothing_is_changed() -> None:
    given_points = np.array([[1.0, -1.0]])
    assert BooleanCube(2).indices(given_points).tolist() == [2]
    assert given_points.tolist() == [[1.0, -1.0]]
    assert require_signs("x", given_points).dtype == np.int8


@pytest.mark.parametrize("call, text", [
    (lambda: BooleanCube(0), "'n' must be at least 1, not 0."),
    (lambda: BooleanCube(True), "'n' must be an integer, not the boolean True."),
    (lambda: BooleanCube(2.0), "'n' must be an integer, not 2.0."),  # type: ignore[arg-type]
    (lambda: BooleanCube(3).point(8), "'index' must be at least 0 and at most 2^n-1=7, not 8."),
    (lambda: BooleanCube(10**5).point(1 << 10**5), "'index' must be at least 0 and at most 2^n-1 with n=100000."),
    (lambda: BooleanCube(3).point(-1), "'index' must be at least 0, not -1."),
    (lambda: BooleanCube(3).index([1, -1]), "'point' must have n=3 entries, not shape (2,)."),
    (lambda: BooleanCube(2).index([1, 0]), "'point' must hold only +1 and -1, not 0."),
    (lambda: BooleanCube(2).index([1, float("nan")]), "'point' must hold only +1 and -1, not nan."),
    (lambda: BooleanCube(2).index([True, True]), "'point' must hold only the numbers +1 and -1, not bool."),
    (lambda: BooleanCube(2).index(["+", "-"]), "'point' must hold only the numbers +1 and -1, not <U1."),
    (lambda: BooleanCube(3).indices([[1, 1]]), "'points' must have shape (m, n) with n=3, not (1, 2)."),
    (lambda: BooleanCube(3).points([8]), "'indices' must lie in 0 ... 2^n-1=7."),
    (lambda: BooleanCube(3).points([-1]), "'indices' must lie in 0 ... 2^n-1=7."),
    (lambda: BooleanCube(3).points([0.5]), "'indices' must be integers, not float64."),
    (lambda: BooleanCube(3).points(3), "'indices' must be a vector, not of shape ()."),
    (lambda: window_count(20, 21), "'k' must be at least 1 and at most n=20, not 21."),
    (lambda: window_count(20, 4, "some"), "'windows' must be one of all, paper, not 'some'."),
    (lambda: require_offset(20, 4, 17), "'offset' must be at least 0 and at most n-k=16, not 17."),
    (lambda: require_offset(20, 4, -1), "'offset' must be at least 0 and at most n-k=16, not -1."),
])
def test_bad_input(call: Any, text: str) -> None:
    with pytest.raises(ParameterError) as caught:
        call()
    assert str(caught.value) == text


@settings(max_examples=20)
@given(dimensions(1, 6))
def test_no_points_at_all(n: int) -> None:
    assert BooleanCube(n).points([]).shape == (0, n)
    assert BooleanCube(n).indices(np.empty((0, n))).shape == (0,)
