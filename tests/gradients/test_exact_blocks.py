"""Exact slopes at kinks, exact products, the gradient of a block."""
from __future__ import annotations

from fractions import Fraction

import numpy as np
import oracles
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theorycheck.gradients.exact_blocks import block_gradient, exact_dot, exact_product, slopes_of
from theorycheck.networks.activations import Activation, activation_named, step_wise, user_activation
from theorycheck.networks.rationals import RationalArray, rational_array

F = Fraction
ACTIVATIONS = [activation_named(name).with_kink_slope("2/5") for name in (
    "relu", "clipped_relu:1/2", "leaky_relu:1/7", "clip:-1/3,2", "abs", "square", "identity", "zero")] + [
    step_wise("steps", (0, F(1, 2)), (-1, 3, 2)),
    user_activation("mine", lambda t: t**3, derivative=lambda t: (3 * t * t, 3 * t * t + (t == 1))).with_kink_slope(1)]
numbers = st.integers(-2**70, 2**70) | st.integers(-4, 4)


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda a: a.name)
@pytest.mark.parametrize("scale", [1, 2**70])
def test_slopes_are_the_activations_own(activation: Activation, scale: int) -> None:
    points = np.arange(-12, 13, dtype=object) * scale
    slopes, kinks = slopes_of(activation, RationalArray(points if scale > 1 else points.astype(np.int64), 6 * scale))
    exact = [F(int(p), 6 * scale) for p in points]
    assert slopes.fractions() == [activation.derivative(t).exact for t in exact]
    breakpoints = getattr(activation.form, "breakpoints", (F(1),))
    assert kinks.tolist() == [t in breakpoints for t in exact]


@given(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=6))
def test_products_never_overflow(pairs: list[tuple[int, int]]) -> None:
    left, right = (rational_array([pair[i] for pair in pairs], "x").numerators for i in range(2))
    assert exact_dot(left, right) == sum(a * b for a, b in pairs)
    assert exact_product(left, right).tolist() == [a * b for a, b in pairs]


def test_the_largest_safe_products_stay_in_int64() -> None:
    assert exact_product(np.array([2**31]), np.array([2**31])).dtype == np.int64
    assert exact_product(np.array([2**32]), np.array([2**31])).dtype == object


@pytest.mark.parametrize("scale", [1, 10**25])
def test_the_gradient_of_a_block_by_definition(scale: int) -> None:
    rng, columns = np.random.default_rng(0), oracles.cube_points(2)
    inner, readout, marginals = (rng.integers(-3, 4, shape) for shape in ((3, 4), (2, 3), (2, 4)))
    activation = activation_named("relu").with_kink_slope("1/2")
    found = block_gradient(RationalArray(inner.astype(object) * scale, 2 * scale), RationalArray(readout, 5),
                           RationalArray(marginals, 7), np.array(columns), activation)
    slope = [[F(t > 0) if t else F(1, 2) for t in row] for row in inner.tolist()]
    assert found[0].fractions() == [-sum(F(int(m), 7) * F(max(int(t), 0), 2) for m, t in zip(row, values))
                                    for row in marginals for values in inner]
    assert found[1].fractions() == [
        -sum(F(int(readout[j, i]), 5) * F(int(marginals[j, c]), 7) * slope[i][c] * columns[c][bit]
             for j in range(2) for c in range(4)) for i in range(3) for bit in range(2)]
    assert found[2].tolist() == (inner == 0).tolist()


def test_a_sum_of_safe_products_may_be_unsafe() -> None:
    assert exact_dot(np.full(4, 2**61), np.full(4, 2)) == 2**64
