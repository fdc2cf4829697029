"""The numbering of subsets of windows, and the maps between windows and coordinates."""
from __future__ import annotations

from fractions import Fraction

import numpy as np
import oracles
import pytest

from theorycheck.errors import InstanceTooLarge, ParameterError
from theorycheck.features.all_windows import require_exact_coordinates
from theorycheck.features.characters import fourier_coefficients_of
from theorycheck.features.window_coordinates import WindowCoordinates, is_pattern_represented
from theorycheck.networks.fourier_support import fourier_support
from theorycheck.networks.rationals import RationalArray, rational_array

F = Fraction
SHAPES = [(n, k, w) for n in range(1, 8) for k in range(1, n + 1) for w in ("all", "paper") if w == "all" or k < n]


@pytest.mark.parametrize("n, k, windows", SHAPES)
def test_numbering_is_a_bijection_onto_the_support(n: int, k: int, windows: str) -> None:
    coordinates = WindowCoordinates(n, k, windows)
    masks = [coordinates.mask(place) for place in range(coordinates.dimension)]
    assert sorted(masks) == list(fourier_support(n, k, windows))
    for j in range(coordinates.window_count):
        assert [masks[place] for place in coordinates.places[j]] == [mask << j for mask in range(2**k)]


@pytest.mark.parametrize("n, k, windows", [(5, 2, "all"), (5, 3, "paper"), (4, 4, "all"), (4, 1, "all")])
def test_windows_containing(n: int, k: int, windows: str) -> None:
    coordinates = WindowCoordinates(n, k, windows)
    spans = [set(range(j, j + k)) for j in range(coordinates.window_count)]
    for offset in range(n - k + 1):
        expected = [sum({offset + i for i in range(k) if mask >> i & 1} <= span for span in spans)
                    for mask in range(2**k)]
        assert coordinates.windows_containing(offset).tolist() == expected


def test_expand_places_the_coefficients() -> None:
    coordinates = WindowCoordinates(5, 2)
    g = [1, -1, 1, 1]
    expanded = coordinates.expand(fourier_coefficients_of(np.array(g)[:, None]), 2)
    truth = oracles.fourier_coefficients([F(v) for v in oracles.pattern_table(5, 2, g, 2)])
    assert [expanded[i, 0] for i in range(coordinates.dimension)] == [
        truth[coordinates.mask(i)] for i in range(coordinates.dimension)]


@pytest.mark.parametrize("table, expected", [([1, 1, -1, -1], 2), ([1, -1, 1, -1], None), ([1, -1, -1, 1], 3)])
def test_the_papers_windows_miss_the_last_variable(table: list[int], expected: int | None) -> None:
    coordinates = WindowCoordinates(4, 2, "paper")
    coefficients = fourier_coefficients_of(np.array(table)[:, None])
    assert coordinates.set_out_of_reach(coefficients, 2) == expected
    assert coordinates.set_out_of_reach(coefficients, 1) is None
    if expected is None:
        truth = oracles.fourier_coefficients([F(v) for v in oracles.pattern_table(4, 2, table, 2)])
        expanded = coordinates.expand(coefficients, 2)
        assert [expanded[i, 0] for i in range(6)] == [truth[coordinates.mask(i)] for i in range(6)]


def test_gram_is_the_sum_over_windows() -> None:
    coordinates = WindowCoordinates(4, 2)
    window = RationalArray(np.arange(16).reshape(4, 4) + np.arange(16).reshape(4, 4).T, 3)
    gram = coordinates.gram(window)
    for a in range(coordinates.dimension):
        for b in range(coordinates.dimension):
            s, t = coordinates.mask(a), coordinates.mask(b)
            expected = sum((window[s >> j, t >> j] for j in range(3)
                            if (s | t) & ((1 << j) - 1) == 0 and (s | t) < 4 << j), F(0))
            assert gram[a, b] == expected


def test_gram_of_large_integers() -> None:
    # The empty set lies in all three windows.
    assert WindowCoordinates(4, 2).gram(RationalArray(np.full((4, 4), 2**62), 1))[0, 0] == 3 * 2**62


@pytest.mark.parametrize("scale", [1, 2**62])
def test_gather_and_scatter_are_adjoint(scale: int) -> None:
    coordinates = WindowCoordinates(5, 3)
    rng = np.random.default_rng(0)
    vector = rational_array([int(v) * scale for v in rng.integers(-9, 10, coordinates.dimension)], "v")
    windows = rational_array([[int(v) * scale for v in row] for row in rng.integers(-9, 10, (3, 8))], "w")
    left = sum(a * b for a, b in zip(coordinates.gather(vector).fractions(), windows.fractions()))
    assert left == sum(a * b for a, b in zip(vector.fractions(), coordinates.scatter(windows).fractions()))


def test_representation_is_decided_as_on_the_cube() -> None:
    rng = np.random.default_rng(0)
    g = np.array([1, -1, -1, -1])
    # The window's own table plus a telescoping sum of functions of single variables.
    tables = rng.integers(-5, 6, (3, 2))
    made = np.zeros((4, 4), dtype=np.int64)
    made[2] = g
    for j in range(3):
        made[j] += np.repeat(tables[j], 2)
        made[j + 1] -= np.tile(tables[j], 2)
    array = RationalArray(made, 1)
    values = [sum(int(made[j, x >> j & 3]) for j in range(4)) for x in range(32)]
    assert values == oracles.pattern_table(5, 2, g.tolist(), 2)
    assert is_pattern_represented(array, g, 5, 2)
    assert not is_pattern_represented(array, g, 5, 1)
    assert not is_pattern_represented(array, -g, 5, 2)
    made[0, 3] += 1
    assert not is_pattern_represented(RationalArray(made, 1), g, 5, 2)


def test_refusals() -> None:
    with pytest.raises(ParameterError, match=r"'n' must be at least k\+1=3 with the paper's windows, not 2."):
        WindowCoordinates(2, 2, "paper")
    with pytest.raises(InstanceTooLarge, match=r"n=1000000, k=4 has 999997\*2\^4 .* largest n that fits is 262147."):
        WindowCoordinates(10**6, 4).places
    assert WindowCoordinates(262147, 4).window_count == 2**18
    with pytest.raises(ParameterError, match=r"'tables' must have shape \(N, 2\^k\)=\(3, 4\), not \(2, 4\)."):
        is_pattern_represented(RationalArray(np.zeros((2, 4), dtype=np.int64), 1), [1, 1, 1, 1], 4)
    with pytest.raises(ParameterError, match="'offset' must be at least 0 and at most n-k=2, not 3."):
        is_pattern_represented(RationalArray(np.zeros((3, 4), dtype=np.int64), 1), [1, 1, 1, 1], 4, 3)


def test_the_nearest_instance_really_fits() -> None:
    assert [WindowCoordinates(9, 4).largest_n(count) for count in (0, 1, 5)] == [None, 4, 8]
    assert [WindowCoordinates(9, 4, "paper").largest_n(count) for count in (0, 1, 5)] == [None, 5, 9]
    for windows, n in (("all", 23), ("paper", 24)):
        with pytest.raises(InstanceTooLarge, match=r"1\*2\^23 window coordinates, .*; no n fits at this k."):
            WindowCoordinates(n, 23, windows).places
    with pytest.raises(InstanceTooLarge, match="no n fits at this k"):
        require_exact_coordinates(WindowCoordinates(10, 9, "paper"))
    assert not WindowCoordinates(3, 2).places.flags.writeable
