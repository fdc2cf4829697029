"""Every way to level weights, orbit averages and coefficients against oracles that were written without looking at it.

The oracle, tests/orbit_oracles.py, lists permutations, parities and points of the cube in rationals and surds; where
the cube is too large it counts points by classes, or uses textbook closed forms.
"""
from __future__ import annotations

from fractions import Fraction
from math import comb, cos, pi, sin, tanh
from typing import Any

import numpy as np
import oracles
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from orbit_oracles import (NeuronOracle, Surd, average_by_levels, average_over_permutations, class_coefficient,
                           class_level, coin_gradient, deviation_mean_by_levels, equality_values, levels,
                           majority_coefficient, network_gradient, parity_deviations, relu_neuron,
                           threshold_coefficient, threshold_expectations)

from theorycheck import strategies
from theorycheck.cube.characters import subsets_of_level
from theorycheck.networks.activation_forms import PiecewisePolynomial
from theorycheck.networks.activations import activation_named, piecewise_linear, step_wise
from theorycheck.networks.architectures import FullyConnectedNetwork
from theorycheck.neurons.class_levels import class_levels
from theorycheck.neurons.integer_coefficients import integer_coefficients
from theorycheck.neurons.krawtchouk import krawtchouk_levels
from theorycheck.neurons.level_weights import neuron_level_weights
from theorycheck.neurons.neuron import Neuron, read_neuron
from theorycheck.neurons.threshold_coefficients import threshold_coefficients
from theorycheck.neurons.transform_levels import transform_levels
from theorycheck.orbits.averages import network_orbit_average, orbit_average
from theorycheck.orbits.laws import law_named
from theorycheck.orbits.parities import parity_average
from theorycheck.orbits.parity_differences import parity_deviations as computed_deviations
from theorycheck.orbits.parity_differences import parity_differences
from theorycheck.orbits.sampled_averages import expected_orbit_average
from theorycheck.rigor import Real, decide

F = Fraction
QUICK = settings(deadline=None, max_examples=40)
small = st.integers(1, 4)


def oracle_of(neuron: Neuron) -> NeuronOracle:
    """The oracle of a neuron, from nothing but its definition."""
    form = neuron.activation.form
    assert isinstance(form, PiecewisePolynomial)
    lines = tuple((tuple(piece) + (F(0), F(0)))[:2] for piece in form.coefficients)
    return NeuronOracle(tuple(neuron.weights.fractions()), neuron.bias, form.breakpoints, lines,  # type: ignore
                        neuron.activation.kink_slope, neuron.squared_scale)


def agrees(number: Real, expected: Any, is_float: bool = False) -> bool:
    """Whether a Real is this number: equal where it is exact, else an enclosure that is as fine as it claims."""
    surd = expected if isinstance(expected, Surd) else Surd(F(expected), F(0), F(1))
    if number.exact is not None:
        return surd.exact() == number.exact
    if surd.exact() is not None and not is_float:
        return False  # what is rational must come out as such
    low, high = surd.ends()
    # At 200 bits an enclosure of a number below 1000 is narrower than 10^-50; a float's is as wide as its bound.
    slack = F(1, 10**6 if is_float else 10**45) * max(1, abs(low))
    return decide(number, ">=", low) is not False and decide(number, "<=", high) is not False and (
        decide(number, "<=", low + slack) is not False and decide(number, ">=", high - slack) is not False)


def check_levels(found: Any, slopes: list[Any], values: list[Any], kinks: int | None = None,
                 is_float: bool = False) -> None:
    for level, number in found.slope.items():
        assert agrees(number, slopes[level], is_float), ("slope", level, number, slopes[level])
    for level, number in found.value.items():
        assert agrees(number, values[level], is_float), ("value", level, number, values[level])
    assert found.kinks is None or kinks is None or found.kinks == kinks


# ---------------------------------------------------------------- one neuron, all of the cube
@QUICK
@given(st.data(), small)
def test_every_method_gives_the_levels_of_the_listed_cube(data: Any, n: int) -> None:
    neuron = data.draw(strategies.neurons(n))
    oracle = oracle_of(neuron)
    slopes, values = levels(oracle)
    asked, kinks = range(n + 1), oracle.kinks()
    check_levels(transform_levels(neuron, asked, asked), slopes, values, kinks)
    check_levels(class_levels(neuron, asked, asked), slopes, values, kinks)
    check_levels(neuron_level_weights(neuron, asked, asked), slopes, values, kinks)
    check_levels(neuron_level_weights(neuron, asked, asked, method="float"), slopes, values, kinks,
                 is_float=True)
    if len({m for m in neuron.magnitudes if m}) == 1:
        check_levels(krawtchouk_levels(neuron, asked, asked), slopes, values, kinks)


@QUICK
@given(st.data(), small)
def test_orbit_averages_are_means_over_all_permutations(data: Any, n: int) -> None:
    neuron, k = data.draw(strategies.neurons(n)), data.draw(st.integers(1, n))
    u = data.draw(strategies.rationals(-2, 2))
    filters, readout = average_over_permutations(oracle_of(neuron), k)
    average = orbit_average(neuron, k, readout=u)
    assert average.filters.exact == filters * u**2 and agrees(average.readout, readout)
    # A permutation and a reflection of the variables change nothing.
    order = data.draw(strategies.permutations(n))
    signs = data.draw(st.lists(st.sampled_from((1, -1)), min_size=n, max_size=n))
    moved = read_neuron([signs[j] * w for j, w in zip(order, neuron.weights.fractions())], neuron.bias,
                        neuron.activation, neuron.squared_scale)
    assert orbit_average(moved, k).filters.exact == filters and moved.key == neuron.key


@pytest.mark.parametrize("method", ["transform", "classes"])
@pytest.mark.parametrize("weights, bias, scale", [
    ([0, 0, 0, 0], 0, 1), ([0, 0, 5], 0, 1), ([2, 2, 2, 2], 0, "1/4"), ([1, 1, 1, 1, 1], -1, "1/5"),
    ([3, -1, 0, 2, 1], "1/2", 2), (["1/3", "1/2", "1/6"], "-1/3", 1), ([1, 2, 4, 8], 15, 1), ([1, 2, 4, 8], 16, 1),
    ([10**9, 1, 10**9 - 1], 0, 1), ([1, 1, 1, 1], 2, "1/4"), ([1, 1], "1/2", "1/2"), ([7], -7, 1)])
def test_awkward_neurons(weights: Any, bias: Any, scale: Any, method: str) -> None:
    for sigma in ("relu", "clip:-1,1", "triangle:2"):
        neuron = read_neuron(weights, bias, activation_named(sigma).with_kink_slope("1/3"), scale)
        oracle = oracle_of(neuron)
        slopes, values = levels(oracle)
        asked = range(neuron.n + 1)
        check_levels(neuron_level_weights(neuron, asked, asked, method=method), slopes, values, oracle.kinks())


WIDE = {"huge": np.array([1e300, -1e300, 3.0, 1e284]), "subnormal": np.array([5e-324, 1.0, -5e-324, 1e-310]),
        "both": np.array([1e300, 5e-324, 2.5, 0.0]), "thirds": np.array([1 / 3, 1 / 3, 0.1, 0.2, -0.3]),
        "gaussian": np.random.default_rng(5).normal(size=5), "ulp": np.array([1.0, 1.0, 2**-52, 1.0 + 2**-52])}


@pytest.mark.parametrize("name", WIDE)
@pytest.mark.parametrize("bias", [0, 1, 5e-324])
def test_wide_weights_are_exact(name: str, bias: Any) -> None:
    neuron = read_neuron(WIDE[name], F(bias), activation_named("relu").with_kink_slope("1/2"))
    oracle = oracle_of(neuron)
    slopes, values = levels(oracle)
    asked = range(neuron.n + 1)
    check_levels(transform_levels(neuron, asked, asked), slopes, values, oracle.kinks())
    if neuron.reach < 10**6:
        check_levels(class_levels(neuron, asked, asked), slopes, values, oracle.kinks())


@pytest.mark.parametrize("weights", [[2**61] * 3, [2**61, 2**61, 2**61 + 1], [2**60 + j for j in range(6)],
                                     [2**62 - 1, 1], [2**63 - 1, 2], [1, 1, 2**70], [1, 3, 2**64],
                                     [2**31, 2**31 - 1, 1], [2**500, 1, -1]])
def test_sums_at_the_edges_of_machine_integers(weights: list[int]) -> None:
    total = sum(map(abs, weights))
    for bias in (0, -total, total, 1 - total, 2 - weights[0]):
        neuron = read_neuron(weights, bias, activation_named("clip:-1,1").with_kink_slope("1/3"))
        oracle = oracle_of(neuron)
        slopes, values = levels(oracle)
        asked = range(neuron.n + 1)
        check_levels(transform_levels(neuron, asked, asked), slopes, values, oracle.kinks())
        found = threshold_coefficients(weights, bias, 0b11, kink_slope="1/3")
        check_expectations(found, weights, bias, 0b11, F(1, 3))


def test_jumps_kinks_and_flat_pieces() -> None:
    shapes = [step_wise("steps", (-1, 0, "1/2"), (3, -1, 2, 0)), piecewise_linear("saw", (-1, 1), (
        (1, 1), (0, -1), ("1/2", 2))), piecewise_linear("flat", (0,), ((1, 0), (1, 0)))]
    for sigma in shapes:
        for weights, bias in (([1, 1, 1], 0), ([1, 2, -3], "-1/2"), ([2, 1, 0, 1], 1)):
            neuron = read_neuron(weights, bias, sigma.with_kink_slope("2/3"))
            slopes, values = levels(oracle_of(neuron))
            asked = range(neuron.n + 1)
            for method in (transform_levels, class_levels):
                check_levels(method(neuron, asked, asked), slopes, values, oracle_of(neuron).kinks())


def test_negative_control_a_wrong_number_is_noticed() -> None:
    neuron = read_neuron([1, 2, 3], "1/2", "relu", 2)
    slopes, values = levels(oracle_of(neuron))
    found = transform_levels(neuron, range(4), range(4))
    for wrong_slopes, wrong_values in ((slopes[::-1], values), (slopes, values[::-1]),
                                       (slopes, [v + F(1, 10**30) for v in values])):
        with pytest.raises(AssertionError):
            check_levels(found, wrong_slopes, wrong_values)
    assert not agrees(Real(F(1, 3)), F(1, 3) + F(1, 10**40)) and not agrees(Real(2).sqrt(), F(3, 2), is_float=True)


# ---------------------------------------------------------------- other activations
@pytest.mark.parametrize("n", [3, 8, 200])
def test_the_square_against_its_expansion(n: int) -> None:
    """(⟨w,x⟩ + b)² = Σw² + b² + 2bΣw_j x_j + 2Σ_{i<j} w_i w_j x_i x_j, with slope 2b + 2Σw_j x_j."""
    weights, bias = [F(j % 5 - 1, 2) for j in range(n)], F(1, 3)
    norm, fourth = sum(w**2 for w in weights), sum(w**4 for w in weights)
    found = neuron_level_weights(read_neuron(weights, bias, "square", 4), [0, 1, 2, 3], [0, 1, 2, 3])
    assert [found.slope[level].exact for level in range(4)] == [4 * bias**2, 16 * norm, 0, 0]
    # 2 Σ_{i<j} a_i a_j = (Σ a)² - Σ a², for a = 4w².
    assert [found.value[level].exact for level in range(4)] == [(4 * norm + bias**2)**2, 16 * bias**2 * norm,
                                                                2 * 16 * (norm**2 - fourth), 0]


@pytest.mark.parametrize("name, sigma, slope", [
    ("tanh", tanh, lambda t: 1 - tanh(t)**2),
    ("cosine:2", lambda t: 2 / pi * sin(pi * (t - 2) / 2), lambda t: cos(pi * (t - 2) / 2))])
@pytest.mark.parametrize("weights, bias", [([1, -2, 0, 3], "1/2"), (["1/3", "1/7", "-2/5"], 0), ([2, 2, 2, 1, 1], 1)])
def test_smooth_neurons_against_listed_floats(name: str, sigma: Any, slope: Any, weights: Any, bias: Any) -> None:
    exact = [F(w) for w in weights]
    n, inside = len(exact), [float(sum((w * c for w, c in zip(exact, x)), F(bias)))
                             for x in oracles.cube_points(len(weights))]
    found = neuron_level_weights(read_neuron(weights, bias, name), range(n + 1), range(n + 1))
    for numbers, function in ((found.slope, slope), (found.value, sigma)):
        expected = oracles.level_weights([F(function(t)) for t in inside])
        for level in range(n + 1):
            # The float values are within a few 10^-16 of the true ones, and the weights at most 1.
            assert decide(numbers[level], "<=", expected[level] + F(1, 10**12)) is True
            assert decide(numbers[level], ">=", expected[level] - F(1, 10**12)) is True


# ---------------------------------------------------------------- many variables
def relu(bias: Fraction) -> Any:
    return lambda s: max(s + bias, F(0))


def relu_slope(bias: Fraction) -> Any:
    return lambda s: F(int(s + bias > 0))


@pytest.mark.parametrize("classes, bias", [([(1, 12), (3, 9)], F(1, 2)), ([(2, 15), (5, 4), (0, 6)], F(-3)),
                                           ([(1, 7), (2, 6), (7, 5)], F(0))])
def test_few_magnitudes_against_counting_points(classes: Any, bias: Fraction) -> None:
    weights = [w for w, size in classes for _ in range(size)]
    neuron = read_neuron(weights, bias)
    for level in (0, 2, 3):
        slope = class_level(classes, level, relu_slope(bias))
        value = class_level(classes, level, relu(bias))
        for method in (class_levels, transform_levels) if neuron.n <= 21 else (class_levels, neuron_level_weights):
            found = method(neuron, [level], [level])
            assert (found.slope[level].exact, found.value[level].exact) == (slope, value)


@pytest.mark.parametrize("n, bias", [(40, F(0)), (41, F(0)), (60, F(7, 2)), (25, F(-26)), (9, F(9))])
def test_equal_weights_against_counting_points(n: int, bias: Fraction) -> None:
    neuron, asked = read_neuron([1] * n, bias), [0, 1, 2, 5, n // 2, n]
    for method in (krawtchouk_levels, class_levels):
        found = method(neuron, asked, asked)
        for level in asked:
            assert found.slope[level].exact == class_level([(1, n)], level, relu_slope(bias))
            assert found.value[level].exact == class_level([(1, n)], level, relu(bias))


@pytest.mark.parametrize("n", [1, 5, 101, 2001])
def test_majority_against_the_closed_form(n: int) -> None:
    asked = [level for level in (0, 1, 2, 3, 4, 7, 100, n) if level <= n]
    found = krawtchouk_levels(read_neuron([3] * n), asked, [])
    for level in asked:
        expected = comb(n, level) * majority_coefficient(n, level)**2 / 4 if level else F(1, 4)
        assert found.slope[level].exact == expected


@pytest.mark.parametrize("n, most", [(6, 2), (50, 20), (301, 3)])
def test_thresholds_against_the_closed_form(n: int, most: int) -> None:
    # sum > n - 2 most - 1 says: at most this many coordinates are -1.
    neuron = read_neuron([1] * n, -(n - 2 * most - 1))
    for found in (krawtchouk_levels(neuron, [0, 1, 4], []), neuron_level_weights(neuron, [0, 1, 4], [])):
        for level in (0, 1, 4):
            assert found.slope[level].exact == comb(n, level) * threshold_coefficient(n, most, level)**2


def test_zeros_among_many_variables() -> None:
    """Zero weights are variables that the neuron does not read: they change n, not the level weights."""
    for method in (krawtchouk_levels, class_levels, neuron_level_weights):
        found = method(read_neuron([1] * 11 + [0] * 500), [2, 3, 12], [2, 3, 12])
        for level in (2, 3):
            assert found.slope[level].exact == class_level([(1, 11)], level, relu_slope(F(0)))
            assert found.value[level].exact == class_level([(1, 11)], level, relu(F(0)))
        assert found.slope[12].exact == found.value[12].exact == 0


# ---------------------------------------------------------------- one coefficient with all its neighbours
def check_expectations(found: Any, weights: Any, bias: Any, subset: int, share: Any) -> None:
    constant, rows, ties, outside = threshold_expectations(weights, bias, subset, share)
    assert (found.constant, list(found.coordinates), found.ties) == (constant, rows, ties)
    assert found.relu.exact == outside and found.subset == subset
    assert found.squared_norm == sum(row**2 for row in rows)


@QUICK
@given(st.lists(st.integers(-6, 6), min_size=1, max_size=7), st.fractions(-8, 8, max_denominator=2), st.data())
def test_one_coefficient_of_small_integers(weights: list[int], bias: Fraction, data: Any) -> None:
    subset, share = data.draw(strategies.subsets(len(weights))), data.draw(strategies.rationals(0, 1, 3))
    check_expectations(threshold_coefficients(weights, bias, subset, kink_slope=share), weights, bias, subset, share)
    check_expectations(integer_coefficients(weights, bias, subset, kink_slope=share), weights, bias, subset, share)


@pytest.mark.parametrize("name", WIDE)
@pytest.mark.parametrize("bias", [0, -1, 5e-324, "0.3"])
def test_one_coefficient_of_wide_weights(name: str, bias: Any) -> None:
    weights = WIDE[name]
    exact = [F(w) for w in weights.tolist()]
    for subset in (0, 1, 2**len(exact) - 1, 0b101):
        found = threshold_coefficients(weights, F(bias), subset, kink_slope="1/4")
        check_expectations(found, exact, F(bias), subset, F(1, 4))


@pytest.mark.parametrize("scale", [F(1, 4), F(2), F(1, 3)])
def test_one_coefficient_with_a_scale(scale: Fraction) -> None:
    """With √r the neuron is that of r w² against b²: the oracle decides each sign by squares."""
    weights, bias, subset = [2, 1, -1, 3], F(1), 0b0011
    found = threshold_coefficients(weights, bias, subset, squared_scale=scale, kink_slope="1/2")
    oracle = relu_neuron(weights, bias, F(1, 2), scale)
    slopes, values = oracle.tables()
    size = len(slopes)
    signs = [(-1)**((place & subset).bit_count()) for place in range(size)]
    assert found.constant == sum((s * g for s, g in zip(signs, slopes)), F(0)) / size
    for j, row in enumerate(found.coordinates):
        assert row == sum((s * (1 - 2 * (place >> j & 1)) * g for place, (s, g) in enumerate(zip(signs, slopes))),
                          F(0)) / size
    expected = Surd(F(0), F(0), scale)
    for s, value in zip(signs, values):
        expected = expected + value * s
    assert found.ties == oracle.kinks() and agrees(found.relu, expected / size)


def test_one_coefficient_of_many_variables() -> None:
    """36 variables in two classes, by counting points: both ways, ties included."""
    classes, weights = [(1, 20), (2, 16)], [1] * 20 + [2] * 16
    subset = 0b111 | 0b11 << 20
    for found in (threshold_coefficients(weights, 0, subset), integer_coefficients(weights, 0, subset)):
        assert found.constant == class_coefficient(classes, (3, 2), relu_slope(F(0)))
        for place, counts in ((0, (2, 2)), (5, (4, 2)), (20, (3, 1)), (30, (3, 3))):
            assert found.coordinates[place] == class_coefficient(classes, counts, relu_slope(F(0)))
        assert found.relu.exact == class_coefficient(classes, (3, 2), relu(F(0)))
        assert found.ties == 2**36 * class_coefficient(classes, (0, 0), lambda s: F(int(s == 0)))


# ---------------------------------------------------------------- networks and all parities
@st.composite
def relu_networks(draw: Any) -> tuple[FullyConnectedNetwork, list[NeuronOracle], list[Fraction]]:
    n, q = draw(st.integers(2, 3)), draw(st.integers(1, 3))
    numbers = st.sampled_from([F(0), F(1), F(-1), F(1, 2), F(2), F(-3, 4)])
    rows = draw(st.lists(st.lists(numbers, min_size=n, max_size=n), min_size=q, max_size=q))
    biases, readout = (draw(st.lists(numbers, min_size=q, max_size=q)) for _ in range(2))
    sigma = activation_named("relu").with_kink_slope(draw(st.sampled_from([0, F(1, 2), 1])))
    return (FullyConnectedNetwork(rows, biases, readout, sigma),
            [relu_neuron(row, bias, sigma.kink_slope) for row, bias in zip(rows, biases)], readout)


@QUICK
@given(relu_networks(), st.integers(1, 3))
def test_network_orbit_averages(given_network: Any, k: int) -> None:
    network, neurons, readout = given_network
    k = min(k, network.n)
    parts = [average_by_levels(neuron, k) for neuron in neurons]
    average = network_orbit_average(network, k)
    assert average.filters.exact == sum((u**2 * filters for u, (filters, _) in zip(readout, parts)), F(0))
    assert average.readout.exact == sum((value.plain + value.over for _, value in parts), F(0))
    assert average.neurons == len(neurons) >= average.distinct


@QUICK
@given(relu_networks(), st.integers(1, 3), st.sampled_from([F(0), F(1, 3), F(1)]))
def test_all_parities_at_once(given_network: Any, k: int, gamma: Fraction) -> None:
    network, neurons, readout = given_network
    k = min(k, network.n)
    found = parity_average(network, k, hinge_slope=gamma)
    filters, outer, size = deviation_mean_by_levels(neurons, readout, k, gamma)
    assert (found.filters.exact, found.readout.exact, found.second_moment.exact) == (filters, outer, size)
    expected = parity_deviations(neurons, readout, k, gamma)
    order = list(subsets_of_level(network.n, k))
    assert sorted(expected) == sorted(order) == order
    assert computed_deviations(network, k, hinge_slope=gamma).fractions() == [sum(expected[s]) for s in order]
    plain = parity_average(network, k, hinge_slope=gamma, method="float")
    for number, exact in ((plain.filters, filters), (plain.readout, outer), (plain.second_moment, size)):
        assert agrees(number, exact, is_float=True)


@QUICK
@given(relu_networks(), st.sampled_from([F(0), F(1, 3), F(1)]))
def test_differences_parity_by_parity(given_network: Any, gamma: Fraction) -> None:
    network, neurons, readout = given_network
    k = n = network.n
    coin = coin_gradient(neurons, readout, gamma)
    labels = [(-1)**place.bit_count() for place in range(2**n)]
    expected = [a - b for a, b in zip(network_gradient(neurons, readout, labels, gamma), coin)]
    for part in parity_differences(network, k, hinge_slope=gamma):
        for place in part.places:
            rows = [readout[place] * entry for entry in part.filters.fractions()]
            assert rows == expected[place * n:(place + 1) * n]
            assert part.readout.fractions() == [expected[n * len(neurons) + place]]


# ---------------------------------------------------------------- laws, and equality in the theorem
@pytest.mark.parametrize("n, k", [(4, 1), (4, 2), (5, 3), (5, 5)])
def test_laws_of_one_orbit(n: int, k: int) -> None:
    for name, weights, scale in (("signs/n", [F(1, n)] * n, 1), ("signs/sqrt(n)", [F(1)] * n, F(1, n)),
                                 ("sparse:3", [F(1)] * 3 + [F(0)] * (n - 3), F(1, 3)),
                                 ("parity:2", [F(1)] * 2 + [F(0)] * (n - 2), 1),
                                 (f"orbit:{','.join(map(str, range(n)))}", [F(j) for j in range(n)], 1)):
        filters, readout = average_by_levels(relu_neuron(weights, F(1, 2), 0, scale), k)
        found = expected_orbit_average(law_named(name), n, k, bias="1/2")
        assert found.filters.exact is not None and found.filters.exact.exact == filters
        assert found.readout.exact is not None and agrees(found.readout.exact, readout)


@pytest.mark.parametrize("n, ones", [(3, 1), (5, 2), (6, 4), (8, 3)])
def test_equality_is_attained_by_the_parity_law(n: int, ones: int) -> None:
    for k in range(1, n + 1):
        filters, readout = equality_values(n, k, ones)
        law = law_named(f"parity:{ones}")
        for sigma in ("triangle", "cosine"):
            found = expected_orbit_average(law, n, k, activation=f"{sigma}:{ones}")
            assert found.filters.exact is not None and agrees(found.filters.exact, filters, sigma == "cosine")
        peaks = expected_orbit_average(law, n, k, activation=f"peaks:{ones}")
        assert peaks.readout.exact is not None and peaks.readout.exact.exact == readout


@QUICK
@given(st.data(), st.integers(2, 4), st.integers(0, 2**32 - 1))
def test_drawn_neurons_have_the_oracles_average(data: Any, n: int, seed: int) -> None:
    law, k = data.draw(strategies.weight_laws(n)), data.draw(st.integers(1, n))
    neuron = law.sample_neuron(n, np.random.default_rng(seed), "1/4")
    assume(law.name.startswith(("gaussian", "uniform", "sparse")))
    filters, readout = average_by_levels(oracle_of(neuron), k)
    average = orbit_average(neuron, k)
    assert average.filters.exact == filters and agrees(average.readout, readout)
