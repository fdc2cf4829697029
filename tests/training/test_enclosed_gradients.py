"""Loss and gradient for any activation, exact or enclosed."""
from __future__ import annotations

from fractions import Fraction
from math import tanh

import numpy as np
import pytest
from flint import arb, ctx

from theorycheck.cube.patterns import KPattern
from theorycheck.gradients.enclosed_activations import Undecided
from theorycheck.gradients.exact_gradients import exact_loss_and_gradient
from theorycheck.networks.activations import user_activation
from theorycheck.networks.architectures import ConvolutionalNetwork, FullyConnectedNetwork, LocallyConnectedNetwork
from theorycheck.networks.embedding import as_fully_connected, as_locally_connected
from theorycheck.networks.problems import LearningProblem
from theorycheck.rigor import Real, decide, working_precision
from theorycheck.rigor.real import precision_range
from theorycheck.training.enclosed_gradients import enclosed_loss_and_gradient

F = Fraction
PROBLEM = LearningProblem(KPattern.parity(4, 2, offset=1))


def network(activation: str) -> ConvolutionalNetwork:
    rng = np.random.default_rng(1)
    filters, readout = rng.integers(-5, 6, (3, 2)), rng.integers(-5, 6, (3, 3))
    return ConvolutionalNetwork([[F(int(e), 7) for e in row] for row in filters], [F(1, 5), F(-1, 3), F(1)],
                                [[F(int(e), 9) for e in row] for row in readout], activation)


@pytest.mark.parametrize("make", [lambda n: n, as_locally_connected, as_fully_connected])
def test_a_rational_activation_gives_the_exact_gradient(make) -> None:
    start = make(network("clipped_relu:1/2"))
    found, exact = enclosed_loss_and_gradient(start, PROBLEM), exact_loss_and_gradient(start, PROBLEM)
    assert found.loss.exact == exact.loss and found.precision == 0
    assert [g.exact for g in found.readout.ravel()] == exact.readout.fractions()
    assert [g.exact for g in found.filters.ravel()] == exact.filters.fractions()
    assert found.readout.shape == start.readout.shape and found.filters.shape == start.filters.shape


@pytest.mark.parametrize("make", [lambda n: n, as_locally_connected, as_fully_connected])
def test_tanh_against_differences(make) -> None:
    start = make(network("tanh"))
    found, step = enclosed_loss_and_gradient(start, PROBLEM), F(1, 10**12)
    for name in ("readout", "filters"):
        gradient, values = getattr(found, name), getattr(start, name)
        for place in list(np.ndindex(values.shape))[::3]:
            losses = []
            for sign in (1, -1):
                moved = values.copy()
                moved[place] += sign * step
                arrays = {"filters": start.filters, "readout": start.readout, name: moved}
                losses.append(enclosed_loss_and_gradient(type(start)(
                    arrays["filters"], start.biases, arrays["readout"], "tanh"), PROBLEM).loss)
            # Central differences err by h² times a third derivative, of size at most about 10 here.
            difference = (losses[0] - losses[1]) / (2 * step) - gradient[place]
            assert decide(difference, "<", F(1, 10**22)) and decide(difference, ">", F(-1, 10**22))


def test_tanh_by_hand() -> None:
    one = FullyConnectedNetwork([[F(1)]], [F(0)], [F(1, 2)], "tanh")
    found = enclosed_loss_and_gradient(one, LearningProblem(KPattern.parity(1, 1)))
    assert float(found.loss) == pytest.approx(1 - tanh(1) / 2, abs=1e-15)  # one rounding of numbers below 1
    assert float(found.readout[0]) == pytest.approx(-tanh(1), abs=1e-15)
    assert float(found.filters[0, 0]) == pytest.approx(-(1 - tanh(1)**2) / 2, abs=1e-15)


def test_a_users_irrational_function_and_multiplicities() -> None:
    exponential = user_activation("exp", lambda t: Real(t).exp(), derivative=lambda t: Real(t).exp(), is_rational=False)
    start = LocallyConnectedNetwork([[[F(1, 2)]], [[F(1, 3)]]], [[0], [0]], [[F(1, 9)], [F(1, 8)]], exponential)
    problem = LearningProblem(KPattern.parity(2, 1))
    twice = LocallyConnectedNetwork(np.repeat(start.filters, 2, axis=1), np.zeros((2, 2), dtype=int),
                                    np.repeat(start.readout, 2, axis=1), exponential)
    one = enclosed_loss_and_gradient(start, problem, multiplicities=[2])
    other = enclosed_loss_and_gradient(twice, problem)
    assert one.loss.enclose().overlaps(other.loss.enclose()) and one.loss.enclose().rad() < 1e-30
    assert one.filters[1, 0, 0].enclose().overlaps(other.filters[1, 1, 0].enclose())


def test_a_margin_of_exactly_one_stays_undecided() -> None:
    inverse = user_activation("inverse", lambda t: Real(3).sqrt(), derivative=lambda t: 0, is_rational=False)
    squares = FullyConnectedNetwork([[1], [1]], [0, 0], [1, -1], inverse)
    found = enclosed_loss_and_gradient(squares, LearningProblem(KPattern.parity(1, 1)))
    assert found.loss.enclose().contains(1)
    root = user_activation("root", lambda t: 1 + 0 * t if t > 0 else Real(lambda: Real(3).enclose().sqrt()**2 / 3),
                           derivative=lambda t: 0, is_rational=False)
    neuron = FullyConnectedNetwork([[-1]], [0], [1], root)
    with working_precision(16), pytest.raises(Undecided):
        enclosed_loss_and_gradient(neuron, LearningProblem(KPattern.parity(1, 1)))


@pytest.mark.parametrize("sign, active", [(1, 0), (-1, 1)])
def test_the_precision_rises_until_a_margin_is_told_from_1(sign: int, active: int) -> None:
    with ctx.workprec(1000):
        mantissa, exponent = (1 / arb(1).tanh()).mid().man_exp()
    near = F(int(mantissa)) * F(2) ** int(exponent) + sign * F(1, 10**100)
    network = FullyConnectedNetwork([[1]], [0], [near], "tanh")
    found = enclosed_loss_and_gradient(network, LearningProblem(KPattern.parity(1, 1)))
    # u·tanh(1) is within 10^-100 of 1 at both points, above or below: 333 bits tell, the first precision does not.
    assert found.precision > precision_range()[0]
    assert (abs(float(found.readout[0])) > 0.7) == bool(active)  # the gradient is -tanh(1) or 0
