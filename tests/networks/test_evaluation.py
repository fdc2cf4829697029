"""Exact values of networks against the definitions written out, by every path."""
from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import oracles
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theorycheck.cube.memory import memory_budget
from theorycheck.errors import InstanceTooLarge, ParameterError
from theorycheck.networks import evaluation
from theorycheck.networks.architectures import (ConvolutionalNetwork, FullyConnectedNetwork, LocallyConnectedNetwork,
                                                with_float64_parameters)
from theorycheck.networks.evaluation import (add_windows, pre_activations, value_at, values_on_cube, window_sums,
                                             window_tables)
from theorycheck.networks.rationals import RationalArray, rational_array
from theorycheck.rigor import decide

F = Fraction
ACTIVATIONS = {"relu": oracles.relu, "clip:-1/2,1": oracles.clipped(F(-1, 2), 1), "square": lambda t: t * t,
               "abs": abs}
entries = st.fractions(min_value=-3, max_value=3, max_denominator=4)


def nested(*shape: int) -> st.SearchStrategy:
    if not shape:
        return entries
    return st.lists(nested(*shape[1:]), min_size=shape[0], max_size=shape[0])


@st.composite
def networks(draw: st.DrawFn) -> tuple:
    count, q, k = draw(st.integers(1, 3)), draw(st.integers(1, 3)), draw(st.integers(1, 3))
    name = draw(st.sampled_from(sorted(ACTIVATIONS)))
    return (name, draw(nested(count, q)), draw(nested(count, q, k)), draw(nested(count, q)))


@settings(max_examples=40)
@given(networks())
def test_locally_connected(parts: tuple) -> None:
    name, u, w, b = parts
    network = LocallyConnectedNetwork(w, b, u, name)
    expected = [oracles.lcn_value(x, u, w, b, ACTIVATIONS[name]) for x in oracles.cube_points(network.n)]
    assert values_on_cube(network).fractions() == expected
    assert [value_at(network, x).exact for x in oracles.cube_points(network.n)] == expected


@settings(max_examples=40)
@given(networks())
def test_convolutional(parts: tuple) -> None:
    name, u, w, b = parts
    network = ConvolutionalNetwork(w[0], b[0], u, name)
    expected = [oracles.cnn_value(x, u, w[0], b[0], ACTIVATIONS[name]) for x in oracles.cube_points(network.n)]
    assert values_on_cube(network).fractions() == expected
    assert [network(x).exact for x in oracles.cube_points(network.n)] == expected


@settings(max_examples=40)
@given(networks())
def test_fully_connected(parts: tuple) -> None:
    name, u, w, b = parts
    network = FullyConnectedNetwork(w[0], b[0], u[0], name)
    expected = [oracles.fcn_value(x, u[0], w[0], b[0], ACTIVATIONS[name]) for x in oracles.cube_points(network.n)]
    assert network.values_on_cube().fractions() == expected
    assert [network(x).exact for x in oracles.cube_points(network.n)] == expected


def test_paper_windows_ignore_the_last_variable() -> None:
    network = ConvolutionalNetwork([[1, 2]], [0], [[1], [3]], windows="paper")
    values = network.values_on_cube().fractions()
    assert network.n == 4 and values[:8] == values[8:]
    with_all = ConvolutionalNetwork([[1, 2]], [0], [[1], [3]])
    assert with_all.values_on_cube().fractions() == values[:8]
    assert network([1, -1, 1, -1]).exact == values[0b1010]


def test_an_off_by_one_window_is_noticed() -> None:
    # The same tables read one variable later give another function.
    tables = RationalArray(np.array([[1, 2, 3, 4]]), 1)
    shifted = RationalArray(np.array([[0, 0, 0, 0], [1, 2, 3, 4]]), 1)
    assert not window_sums(tables, 3).equals(window_sums(shifted, 3))


@pytest.mark.parametrize("scale", [1, 2**50, 2**80])
def test_large_parameters_stay_exact(scale: int) -> None:
    u, w, b = [[3 * scale, -scale], [scale, 7]], [[scale, -1], [5, 2 * scale]], [1, -scale]
    network = ConvolutionalNetwork(w, b, u)
    assert values_on_cube(network).fractions() == [oracles.cnn_value(x, u, w, b) for x in oracles.cube_points(3)]
    dense = FullyConnectedNetwork(w, b, u[0])
    assert values_on_cube(dense).fractions() == [oracles.fcn_value(x, u[0], w, b) for x in oracles.cube_points(2)]


def test_float_parameters_are_dyadic() -> None:
    rng = np.random.default_rng(0)
    w, b, u = rng.standard_normal((3, 2)), rng.standard_normal(3), rng.standard_normal((2, 3))
    network = ConvolutionalNetwork(w, b, u)
    exact = [[[F(e) for e in row] for row in part] for part in (w.tolist(), u.tolist())]
    expected = [oracles.cnn_value(x, exact[1], exact[0], [F(e) for e in b.tolist()]) for x in oracles.cube_points(3)]
    assert values_on_cube(network).fractions() == expected
    assert with_float64_parameters(network)([1, 1, -1]).exact == expected[4]


def test_tanh_at_a_point_is_enclosed_and_refused_on_the_cube() -> None:
    network = ConvolutionalNetwork([[1, 0]], [0], [[1], [-1]], "tanh")
    # tanh(1) - tanh(-1) = 2(e²-1)/(e²+1) = 1.523188...
    ball = network([1, -1, 1]).enclose(64)
    assert ball > F(15231, 10**4).__float__() and ball < 1.5232
    with pytest.raises(ParameterError, match="must map rationals to rationals here; tanh"):
        network.values_on_cube()


def test_pre_activations_by_doubling() -> None:
    w, b = [[F(1, 2), -3, 5]], [F(1, 3)]
    assert pre_activations(w, b).fractions() == [oracles.dot(w[0], z) + b[0] for z in oracles.cube_points(3)]
    assert pre_activations([[2**62, 2**62]], [0]).fractions() == [2**63, 0, 0, -2**63]


@pytest.mark.parametrize("scale", [1, 2**62])
def test_window_sums_of_integers_of_any_size(scale: int) -> None:
    tables = [[3, -1, 4, 1], [-5, 9, 2, -6], [5, 3, -5, 8]]
    array = rational_array([[F(entry * scale, 7) for entry in row] for row in tables], "tables")
    expected = [sum(F(tables[j][(x >> j) & 3] * scale, 7) for j in range(3)) for x in range(32)]
    assert window_sums(array, 5).fractions() == expected


def test_window_tables_of_tied_filters_agree() -> None:
    w, b, u = [[1, 2], [-1, F(1, 2)]], [0, 1], [[1, 2], [3, 4]]
    cnn, lcn = ConvolutionalNetwork(w, b, u), LocallyConnectedNetwork([w, w], [b, b], u)
    assert window_tables(cnn).equals(window_tables(lcn))


def test_too_large() -> None:
    network = ConvolutionalNetwork([[1]], [0], [[1]] * 40)
    with pytest.raises(InstanceTooLarge, match="n=40 needs 8.0 TiB"):
        network.values_on_cube()
    wide = FullyConnectedNetwork([[1] * 40], [0], [1])
    with pytest.raises(InstanceTooLarge, match="n=40 needs"):
        wide.values_on_cube()
    with memory_budget(1000), pytest.raises(InstanceTooLarge, match="the largest n that fits is 6"):
        window_sums(RationalArray(np.array([[1, 2]]), 1), 7)


def test_big_integers_have_a_limit_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation, "PYTHON_INTEGER_LIMIT", 4)
    with pytest.raises(InstanceTooLarge, match=r"n=3 has 2\^3 values beyond 64 bits; the largest n that fits is 2."):
        window_sums(rational_array([[2**64, 0]], "tables"), 3)
    with pytest.raises(InstanceTooLarge, match="beyond 64 bits"):
        FullyConnectedNetwork([[2**64, 1, 1]], [0], [1]).values_on_cube()
    monkeypatch.setattr(evaluation, "NEURON_TABLE_LIMIT", 7)
    with pytest.raises(InstanceTooLarge, match=r"'q'=2 filters on 2\^2 points are above the limit of 7"):
        pre_activations([[1, 1], [1, 1]], [0, 0])


def test_bad_points() -> None:
    network = ConvolutionalNetwork([[1, 1]], [0], [[1], [1]])
    with pytest.raises(ParameterError, match=r"'point' must have n=3 entries, not shape \(2,\)."):
        network([1, 1])
    with pytest.raises(ParameterError, match="'point' must hold only"):
        network([1, 0, 1])
    with pytest.raises(ParameterError, match=r"'n' must be at least N\+k-1=3, not 2."):
        window_sums(RationalArray(np.array([[1, 0, 0, 0], [2, 0, 0, 0]]), 1), 2)


@pytest.mark.parametrize("dtype", [np.int64, np.float64, object])
@pytest.mark.parametrize("count, k, extra", [(1, 1, 0), (3, 1, 0), (1, 3, 0), (4, 3, 0), (2, 2, 2), (5, 4, 1)])
def test_add_windows_against_the_sum_written_out(dtype: Any, count: int, k: int, extra: int) -> None:
    # Integers below 2^40: float64 adds at most 5 of them exactly.
    tables = np.random.default_rng(count + 10 * k).integers(-2**40, 2**40, (count, 1 << k)).astype(dtype)
    values = np.empty(1 << (count + k - 1 + extra), dtype=dtype)
    add_windows(tables, values)
    assert values.tolist() == [sum(tables[j, (x >> j) & ((1 << k) - 1)] for j in range(count))
                               for x in range(values.size)]


def test_a_thousand_enclosed_neurons() -> None:
    # 1000 terms tanh(1/2): a nested sum would exceed Python's recursion limit.
    network = ConvolutionalNetwork(np.full((1000, 1), F(1, 2)), [0] * 1000, [[1] * 1000], "tanh")
    value = value_at(network, [1])
    assert decide(value, ">", F(46211, 100)) is True and decide(value, "<", F(46212, 100)) is True


def test_a_fully_connected_network_is_refused_before_its_pre_activations(monkeypatch: pytest.MonkeyPatch) -> None:
    def unwanted(*_: object) -> None:
        raise AssertionError("2^23 Python integers were made")
    monkeypatch.setattr(evaluation, "pre_activations", unwanted)
    network = FullyConnectedNetwork(np.full((1, 23), 1e-20), [0], [1])
    with pytest.raises(InstanceTooLarge, match=r"n=23 has 2\^23 values beyond 64 bits; the largest n"):
        values_on_cube(network)
