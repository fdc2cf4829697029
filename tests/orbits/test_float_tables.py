"""Float tables: the bounds hold against rationals, ties are decided, and what is not decided is counted."""
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import theorycheck.orbits.float_tables as module
from theorycheck.errors import ParameterError
from theorycheck.networks.activations import activation_named, user_activation
from theorycheck.networks.architectures import FullyConnectedNetwork
from theorycheck.networks.rationals import RationalArray
from theorycheck.orbits.float_tables import float_tables
from theorycheck.orbits.network_tables import exact_tables

ACTIVATIONS = ["relu", "clipped_relu:1/3", "leaky_relu:1/7", "abs", "clip:-1/3,2/7", "square", "identity", "zero"]


def check(network, gamma=Fraction(1, 3)):
    """Each table against its exact twin: rationals equal, floats within their error in the mean square."""
    (exact, rows), (found, columns) = exact_tables(network, gamma), float_tables(network, gamma)
    assert found.values.equals(exact.values) and found.margin_kinks == exact.margin_kinks
    assert found.is_one == exact.is_one and found.undecided_share == 0
    for known, tables in zip(rows, columns, strict=True):
        assert known.places == tables.places and known.squared_readout == tables.squared_readout
        for name in ("slope", "value", "plain_slope", "plain_value"):
            left, right = getattr(known, name), getattr(tables, name)
            if isinstance(right, RationalArray):
                assert left.equals(right), name
                continue
            gaps = [(a - Fraction(b))**2 for a, b in zip(left.fractions(), right.values.tolist())]
            assert sum(gaps) / len(gaps) <= Fraction(right.error)**2, name
            # Bounds of use: a few hundred roundings of 2^-53 of values below 100.
            assert right.error < 1e-11, name


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_the_bounds_hold(data):
    n, q = data.draw(st.integers(1, 5)), data.draw(st.integers(1, 3))
    numbers = st.fractions(-2, 2, max_denominator=9)
    rows = data.draw(st.lists(st.lists(numbers, min_size=n, max_size=n), min_size=q, max_size=q))
    sigma = activation_named(data.draw(st.sampled_from(ACTIVATIONS))).with_kink_slope(
        data.draw(st.sampled_from([0, "1/3", 1])))
    rest = [data.draw(st.lists(numbers, min_size=q, max_size=q)) for _ in range(2)]
    check(FullyConnectedNetwork(rows, *rest, sigma))


def test_dyadic_ties_are_certain_and_others_are_looked_at_again(monkeypatch):
    monkeypatch.setattr(module, "_MOST_SUMS", 0)
    # Multiples of 1/4: no sum rounds, so ties need no second look.
    check(FullyConnectedNetwork(np.array([[0.25, -0.5, 0.25, 1.0]]), np.array([0.0]), [Fraction(1, 9)]))
    network = FullyConnectedNetwork([["1/3"] * 4], [0], ["1/9"])
    tables = next(float_tables(network, Fraction(0))[1])
    assert tables.slope.error >= np.sqrt(6 / 16)  # six of 16 points are ties, undecided
    monkeypatch.undo()
    check(network)


def test_outputs_that_are_not_decided_are_counted(monkeypatch):
    network = FullyConnectedNetwork([["1/3", "1/3", "1/3"]], [0], [1])
    check(network)
    monkeypatch.setattr(module, "_MOST_OUTPUTS", 0)
    factor, neurons = float_tables(network, Fraction(1))
    assert factor.undecided_share == 1 / 8 and not factor.is_one
    tables = next(neurons)
    assert tables.slope.error >= 0.5 * np.sqrt(1 / 8) and tables.value.error >= 0.5 * np.sqrt(1 / 8)
    exact = next(exact_tables(network, Fraction(1))[1])
    for name in ("slope", "value"):
        gaps = getattr(tables, name).values - getattr(exact, name).to_float64()
        assert np.sqrt(np.mean(gaps**2)) <= getattr(tables, name).error


def test_smooth_activations_against_balls():
    network = FullyConnectedNetwork([["1/3", "-1/5", 2]], ["1/7"], ["1/2"], "tanh")
    tables = next(float_tables(network, Fraction(0))[1])
    inner = [Fraction(1, 7) + Fraction(a, 3) - Fraction(b, 5) + 2 * c
             for c in (1, -1) for b in (1, -1) for a in (1, -1)]
    for t, value, slope in zip(inner, tables.value.values.tolist(), tables.slope.values.tolist()):
        assert abs(float(network.activation(t)) - value) <= tables.value.error < 1e-13
        assert abs(float(network.activation.derivative(t)) - slope) <= tables.slope.error < 1e-13


def test_activations_without_bounds_and_parameters_without_floats():
    mine = user_activation("mine", lambda t: t**3, derivative=lambda t: 3 * t * t)
    with pytest.raises(ParameterError, match="mine states no rounding error"):
        float_tables(FullyConnectedNetwork([[1]], [0], [1], mine), Fraction(0))
    for filters, biases, readout in (([[10**400]], [0], [1]), ([[1]], [0], [10**150]), ([[1]], [10**141], [1])):
        with pytest.raises(ParameterError, match="'network' has parameters too large for float64 tables."):
            float_tables(FullyConnectedNetwork(filters, biases, readout), Fraction(0))
