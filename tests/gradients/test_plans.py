"""The door to float64 gradients: the right plan for each network, exact rationals within the stated bound."""
from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theorycheck import strategies
from theorycheck.cube import KPattern
from theorycheck.errors import ParameterError
from theorycheck.gradients.exact_gradients import exact_loss_and_gradient
from theorycheck.gradients.plans import loss_and_gradient, plan_gradients
from theorycheck.networks.architectures import ConvolutionalNetwork, FullyConnectedNetwork, with_float64_parameters
from theorycheck.networks.embedding import as_fully_connected, as_locally_connected
from theorycheck.networks.evaluation import add_windows
from theorycheck.networks.problems import LearningProblem

NETWORKS = (strategies.convolutional_networks, strategies.locally_connected_networks,
            strategies.fully_connected_networks)


@settings(deadline=None, max_examples=60)
@given(st.data(), st.integers(1, 5), st.sampled_from(NETWORKS))
def test_every_network_agrees_with_exact_rationals_within_its_bound(data, n, networks):
    network = with_float64_parameters(data.draw(networks(n)))
    problem = data.draw(strategies.learning_problems(n))
    counts = data.draw(strategies.multiplicities(network.filter_count))
    found = loss_and_gradient(network, problem, multiplicities=counts)
    # float64 arrays stand for the dyadic numbers that they hold, so the exact gradient is at the same parameters.
    exact, bounds = exact_loss_and_gradient(network, problem, multiplicities=counts), found.error_bounds()
    assert abs(Fraction(found.loss) - exact.loss) <= Fraction(bounds.loss)
    for computed, wanted, bound in ((found.readout, exact.readout, bounds.readout),
                                    (found.filters, exact.filters, bounds.filters)):
        assert computed.shape == wanted.shape
        errors = [abs(Fraction(a) - b) for a, b in zip(computed.ravel().tolist(), wanted.fractions())]
        assert max(errors) <= Fraction(bound)


@settings(deadline=None, max_examples=30)
@given(st.data(), st.integers(2, 5))
def test_a_cnn_is_its_tied_lcn_and_its_embedding(data, n):
    network = with_float64_parameters(data.draw(strategies.convolutional_networks(n)))
    problem = data.draw(strategies.learning_problems(n))
    found = [exact_loss_and_gradient(form, problem)
             for form in (network, as_locally_connected(network), as_fully_connected(network))]
    cnn, lcn, fcn = found
    assert cnn.loss == lcn.loss == fcn.loss
    assert cnn.readout.fractions() == lcn.readout.fractions() == fcn.readout.fractions()
    # Tied filters collect the gradients of all their copies; the dense network's lie at the copies' own places.
    q, k = network.filter_count, network.k
    tied = np.array(lcn.filters.fractions()).reshape(-1, q, k).sum(axis=0)
    assert tied.ravel().tolist() == cnn.filters.fractions()
    dense = np.array(fcn.filters.fractions()).reshape(-1, q, n)
    windows = [dense[j, :, j:j + k] for j in range(network.window_count)]
    assert np.array(windows).ravel().tolist() == lcn.filters.fractions()


def test_rational_parameters_are_rounded_to_float64():
    network = ConvolutionalNetwork([["1/3", "1/7"]], [0], [["1/3"], ["1/5"]])
    problem = LearningProblem(KPattern.parity(3, 2))
    rounded = with_float64_parameters(network)
    assert loss_and_gradient(network, problem).loss == loss_and_gradient(rounded, problem).loss


def test_a_plan_is_used_at_many_parameters_and_leaves_earlier_results_alone():
    network = ConvolutionalNetwork(np.eye(2), np.zeros(2), np.zeros((2, 2)))
    plan = plan_gradients(network, LearningProblem(KPattern.parity(3, 2)))
    first = plan.evaluate(network.filters, network.readout)
    kept = first.readout.copy(), first.filters.copy(), first.loss
    plan.evaluate(2 * np.eye(2), np.ones((2, 2)))
    assert (first.readout == kept[0]).all() and (first.filters == kept[1]).all() and first.loss == kept[2] == 1.0


@pytest.mark.parametrize("make", [lambda h: h, as_locally_connected, as_fully_connected])
def test_another_dimension_is_refused(make):
    network = make(ConvolutionalNetwork(np.eye(2), np.zeros(2), np.zeros((2, 2))))
    with pytest.raises(ParameterError, match="^'problem' must have the network's dimension n=3, not 4.$"):
        plan_gradients(network, LearningProblem(KPattern.parity(4, 2)))


def test_what_is_no_network_or_no_problem_is_refused():
    network, problem = ConvolutionalNetwork(np.eye(2), np.zeros(2), np.zeros((2, 2))), LearningProblem(
        KPattern.parity(3, 2))
    for call in (plan_gradients, loss_and_gradient):
        with pytest.raises(ParameterError, match="^'network' must be a network, not 5.$"):
            call(5, problem)
        with pytest.raises(ParameterError, match="^'problem' must be a LearningProblem, not 5.$"):
            call(network, 5)


@pytest.mark.parametrize("make", [lambda h: h, as_locally_connected, as_fully_connected])
@pytest.mark.parametrize("counts", [[1], [1, -1], [1.5, 1], [True, False], "ab"])
def test_bad_multiplicities_are_refused(make, counts):
    network = make(ConvolutionalNetwork(np.eye(2), np.zeros(2), np.zeros((2, 2))))
    with pytest.raises(ParameterError, match="'multiplicities'"):
        plan_gradients(network, LearningProblem(KPattern.parity(3, 2)), multiplicities=counts)


def test_negative_control_a_broken_gradient_is_noticed():
    network = with_float64_parameters(ConvolutionalNetwork([[1, 0]], [0], [["1/2"], [0]]))
    problem = LearningProblem(KPattern.parity(3, 2))
    found, other = loss_and_gradient(network, problem), exact_loss_and_gradient(
        replace(network, readout=np.array([[0.5], [2.0]])), problem)
    assert abs(Fraction(found.loss) - other.loss) > Fraction(found.error_bounds().loss)


@pytest.mark.parametrize("make", [lambda h: h, as_locally_connected, as_fully_connected])
@pytest.mark.parametrize("bad", ["x", None, [[True]], [[1j]], [["1"]], object()])
def test_parameters_that_are_no_numbers_are_refused(make, bad):
    network = with_float64_parameters(make(ConvolutionalNetwork(np.eye(2), np.zeros(2), np.zeros((2, 2)))))
    plan = plan_gradients(network, LearningProblem(KPattern.parity(3, 2)))
    for name, arguments in (("filters", (bad, network.readout)), ("readout", (network.filters, bad))):
        with pytest.raises(ParameterError, match=f"^'{name}' must be (an array of numbers|a finite number), not "):
            plan.evaluate(*arguments)


def exact_values(network, counts):
    """h on the cube as Fractions, with each filter counted as often as it stands."""
    readout = np.array([[Fraction(float(u)) * int(m) for u, m in zip(row, counts)]
                        for row in np.atleast_2d(network.readout)], dtype=object)
    return replace(network, readout=readout.reshape(network.readout.shape)).values_on_cube().fractions()


def check_sign_masses(network, problem, counts):
    plan = plan_gradients(network, problem, multiplicities=counts)
    values, masses = exact_values(network, counts), problem.distribution.probabilities()
    margins = [int(f) * h for f, h in zip(problem.labels(), values)]
    wrong = sum(p for p, m in zip(masses, margins) if m < 0)
    zero = sum(p for p, m in zip(masses, margins) if m == 0)
    radius = 2 * plan.evaluate(network.filters, network.readout).error_bounds().values
    found = plan.sign_masses(network.filters, network.readout, float(np.nextafter(radius, np.inf)))
    # Up to 32 float64 probabilities add up with errors of a few units in the last place; counts of points are exact.
    rounding = 0 if problem.is_uniform else Fraction(1, 10**14)
    assert Fraction(found.wrong) <= wrong + rounding
    assert wrong + zero <= Fraction(found.wrong) + Fraction(found.undecided) + rounding
    assert found.accuracy_range[0] - rounding <= 1 - wrong - zero <= 1 - wrong <= found.accuracy_range[1] + rounding
    return found, float(wrong), float(zero)


@settings(deadline=None, max_examples=60)
@given(st.data(), st.integers(1, 5), st.sampled_from(NETWORKS))
def test_sign_masses_enclose_the_exact_ones(data, n, networks):
    network = with_float64_parameters(data.draw(networks(n)))
    check_sign_masses(network, data.draw(strategies.learning_problems(n)),
                      data.draw(strategies.multiplicities(network.filter_count)))


@pytest.mark.parametrize("name", ["relu", "clip:-1/2,1", "square"])
def test_sign_masses_of_the_fused_kernels_are_counts(name):
    rng = np.random.default_rng(1)
    network = FullyConnectedNetwork(rng.integers(-4, 5, (3, 12)) / 4, rng.integers(-4, 5, 3) / 4,
                                    np.array([1.0, -0.5, 0.25]), name)
    problem = LearningProblem(KPattern.parity(12, 3, 2))
    found, wrong, zero = check_sign_masses(network, problem, [2, 1, 3])
    # Everything is a multiple of 2^-4 and small, so that nothing rounds and the plain count is exact.
    plain = plan_gradients(network, problem, multiplicities=[2, 1, 3]).sign_masses(network.filters, network.readout)
    assert (plain.wrong, plain.undecided) == (wrong, zero) and 0 < wrong < 1


def test_the_bound_on_values_bounds_them():
    rng = np.random.default_rng(2)
    network = ConvolutionalNetwork(rng.normal(size=(5, 3)), rng.normal(size=5), 100 * rng.normal(size=(4, 5)))
    found = loss_and_gradient(network, LearningProblem(KPattern.parity(6, 3)))
    values = np.empty(64)
    add_windows(found.tables, values)
    errors = [abs(Fraction(a) - b) for a, b in zip(values.tolist(), exact_values(network, [1] * 5))]
    # At most about N·q·k roundings of numbers below 2000.
    assert 0 < max(errors) <= Fraction(found.error_bounds().values) < Fraction(1, 10**9)
