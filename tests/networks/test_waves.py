"""Waves against products of signs listed one by one, their bounds, and their kinks."""
from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import prod

import numpy as np
import oracles
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theorycheck.networks.activation_forms import PiecewisePolynomial
from theorycheck.networks.activations import activation_named
from theorycheck.networks.waves import peaks_wave, triangle_wave

F = Fraction
WAVES = [make(count) for make in (triangle_wave, peaks_wave) for count in range(6)]


@pytest.mark.parametrize("count", range(7))
def test_at_every_sum_of_signs_the_product_comes_out(count: int) -> None:
    triangle, peaks = triangle_wave(count), peaks_wave(count)
    for signs in product((1, -1), repeat=count):
        s = F(sum(signs))
        assert [side.exact for side in triangle.slopes(s)] == [prod(signs)] * 2  # no kink there
        assert triangle.value(s).exact == 0 and peaks.value(s).exact == prod(signs)


@pytest.mark.parametrize("count", range(5))
def test_all_the_weight_is_at_one_level(count: int) -> None:
    """The parity law of Theorem 12's equality case, with one variable more than the neuron reads."""
    expected = [F(int(level == count)) for level in range(count + 2)]
    points = oracles.cube_points(count + 1)
    for name, at in (("triangle", "derivative"), ("cosine", "derivative"), ("peaks", "__call__")):
        function = getattr(activation_named(f"{name}:{count}"), at)
        assert oracles.level_weights([function(F(sum(x[:count]))).exact for x in points]) == expected


@pytest.mark.parametrize("wave", WAVES, ids=repr)
@given(s=st.fractions(-9, 9, max_denominator=12), t=st.fractions(-9, 9, max_denominator=12))
def test_waves_are_bounded_and_lipschitz(wave: PiecewisePolynomial, s: Fraction, t: Fraction) -> None:
    first, second = wave.value(s).exact, wave.value(t).exact
    assert first is not None and second is not None
    assert abs(first) <= 1 and abs(first - second) <= abs(s - t)


@pytest.mark.parametrize("count", range(6))
def test_kinks_are_real_and_continuous(count: int) -> None:
    assert triangle_wave(count).breakpoints == tuple(range(-count - 1, count + 2, 2))
    assert peaks_wave(count).breakpoints == (() if count == 0 else tuple(range(-count, count + 1, 2)))
    for wave in (triangle_wave(count), peaks_wave(count)):
        for point, left, right in zip(wave.breakpoints, wave.coefficients, wave.coefficients[1:]):
            ends = [sum(c * point**power for power, c in enumerate(piece)) for piece in (left, right)]
            assert ends[0] == ends[1]
            assert wave.slopes(point)[0].exact != wave.slopes(point)[1].exact


def test_beyond_the_sums_the_waves_are_constant() -> None:
    assert [triangle_wave(3).value(F(t)).exact for t in (-100, -4, 4, 100)] == [1, 1, 1, 1]
    assert [triangle_wave(2).value(F(t)).exact for t in (-100, -3, 3, 100)] == [-1, -1, 1, 1]
    assert [peaks_wave(3).value(F(t)).exact for t in (-100, -3, 3, 100)] == [-1, -1, 1, 1]


def test_integer_arithmetic_of_a_wave() -> None:
    wave, numbers = triangle_wave(4), np.arange(-20, 21)
    values, scale = wave.on_numerators(numbers, 3)
    assert [F(int(v), scale) for v in values] == [wave.value(F(int(p), 3)).exact for p in numbers]
