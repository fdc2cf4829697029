"""Hinge loss and gradient over the cube in float64, with a rounding-error bound: one door for all networks."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from theorycheck.errors import ParameterError
from theorycheck.networks.architectures import FullyConnectedNetwork, Network
from theorycheck.networks.problems import LearningProblem


@dataclass(frozen=True)
class ErrorBounds:
    """How far the float64 results can be from the exact ones at the same float64 parameters.

    Attributes
    ----------
    loss : float
        Bound on |computed - exact| of the loss.
    readout, filters : float
        Bound on the largest error of an entry of the gradient.
    """

    loss: float
    readout: float
    filters: float


class LossAndGradient(Protocol):
    """The loss and its gradient at float64 parameters; every plan returns one.

    ``readout`` and ``filters`` have the network's shapes and are fresh arrays.  ``margin_kinks`` counts the points of
    positive probability whose computed margin f(x)h(x) is 1; ``activation_kinks`` the pairs (neuron or filter at a
    window content of the cube, that is with positive probability) whose pre-activation is computed as a kink of σ.
    ``smallest_distance`` is min |1 - f(x)h(x)| over the points of positive probability, as computed.
    """

    @property
    def loss(self) -> float:
        """The hinge loss."""

    @property
    def readout(self) -> np.ndarray:
        """Its gradient in the readout."""

    @property
    def filters(self) -> np.ndarray:
        """Its gradient in the filters."""

    @property
    def margin_kinks(self) -> int:
        """How many points have a computed margin of exactly 1."""

    @property
    def activation_kinks(self) -> int:
        """How many pre-activations are computed as a kink."""

    @property
    def smallest_distance(self) -> float:
        """The smallest computed |1 - f(x)h(x)|."""

    def error_bounds(self) -> ErrorBounds:
        """Work out the rounding-error bounds; on demand, as they cost about as much again."""


class GradientPlan(Protocol):
    """Everything about a gradient that stays when the trained parameters change."""

    def evaluate(self, filters: np.ndarray, readout: np.ndarray) -> LossAndGradient:
        """Return loss and gradient at these float64 parameters."""


def plan_gradients(network: Network, problem: LearningProblem, *, multiplicities: ArrayLike | None = None,
                   threads: int | None = None) -> GradientPlan:
    """Prepare the gradient for a network of this shape, with its biases and its activation.

    Parameters
    ----------
    network : ConvolutionalNetwork, LocallyConnectedNetwork or FullyConnectedNetwork
        Its biases and activation are kept; its filters and readout only give the shapes.
    problem : LearningProblem
        Target, distribution and hinge slope.
    multiplicities : array of q non-negative integers, optional
        Filter i stands for that many equal ones; the gradient is that of one of them.
    threads : int, optional
        Most threads; results do not depend on it.

    Returns
    -------
    GradientPlan

    Raises
    ------
    ParameterError
        ``'problem' must have the network's dimension n=3, not 4.``

    Examples
    --------
    >>> from theorycheck.cube import KPattern
    >>> from theorycheck.networks.architectures import ConvolutionalNetwork
    >>> network = ConvolutionalNetwork(np.eye(2), np.zeros(2), np.zeros((2, 2)))
    >>> plan = plan_gradients(network, LearningProblem(KPattern.parity(3, 2)))
    >>> plan.evaluate(network.filters, network.readout).loss
    1.0
    """
    if problem.n != network.n:
        raise ParameterError(f"'problem' must have the network's dimension n={network.n}, not {problem.n}.")
    if isinstance(network, FullyConnectedNetwork):
        from theorycheck.networks.neuron_gradients import NeuronGradients
        return NeuronGradients(network, problem, multiplicities=multiplicities, threads=threads)
    from theorycheck.networks.window_gradients import WindowGradients
    return WindowGradients(network, problem, multiplicities=multiplicities, threads=threads)


def loss_and_gradient(network: Network, problem: LearningProblem, *, multiplicities: ArrayLike | None = None,
                      threads: int | None = None) -> LossAndGradient:
    """Return the float64 hinge loss and its gradient in filters and readout at the network's parameters.

    Rational parameters are rounded to float64 first.  See :func:`plan_gradients` for the arguments and
    :mod:`theorycheck.networks.exact_gradients` for exact rationals.

    Examples
    --------
    >>> from theorycheck.cube import KPattern
    >>> from theorycheck.networks.architectures import ConvolutionalNetwork
    >>> network = ConvolutionalNetwork([[1, 0]], [0], [["1/2"], [0]])
    >>> loss_and_gradient(network, LearningProblem(KPattern.parity(3, 2))).loss
    1.0
    """
    plan = plan_gradients(network, problem, multiplicities=multiplicities, threads=threads)
    return plan.evaluate(np.asarray(network.filters, dtype=np.float64), np.asarray(network.readout, dtype=np.float64))
