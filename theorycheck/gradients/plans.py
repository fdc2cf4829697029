"""Hinge loss and gradient over the cube in float64, with a rounding-error bound: one door for all networks."""
from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from theorycheck.gradients.results import GradientPlan, LossAndGradient
from theorycheck.networks.architectures import FullyConnectedNetwork, Network
from theorycheck.networks.problems import LearningProblem
from theorycheck.networks.requirements import require_problem_for


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
        ``'network' must be a network, not 5.``, ``'problem' must be a LearningProblem, not 5.``,
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
    require_problem_for(network, problem)
    if isinstance(network, FullyConnectedNetwork):
        from theorycheck.gradients.neuron_gradients import NeuronGradients
        return NeuronGradients(network, problem, multiplicities=multiplicities, threads=threads)
    from theorycheck.gradients.window_gradients import WindowGradients
    return WindowGradients(network, problem, multiplicities=multiplicities, threads=threads)


def loss_and_gradient(network: Network, problem: LearningProblem, *, multiplicities: ArrayLike | None = None,
                      threads: int | None = None) -> LossAndGradient:
    """Return the float64 hinge loss and its gradient in filters and readout at the network's parameters.

    Rational parameters are rounded to float64 first.  See :func:`plan_gradients` for the arguments and
    :mod:`theorycheck.gradients.exact_gradients` for exact rationals.

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
