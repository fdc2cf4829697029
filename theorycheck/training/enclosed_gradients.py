"""The hinge loss and its gradient for any activation: exact where everything is rational, else enclosed."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from theorycheck.gradients.enclosed_activations import Undecided
from theorycheck.gradients.flint_matrices import as_real
from theorycheck.networks.architectures import FullyConnectedNetwork, Network
from theorycheck.networks.problems import LearningProblem
from theorycheck.rigor import Real
from theorycheck.rigor.real import precision_range
from theorycheck.training.enclosed_descent import DescentStep, descend


@dataclass(frozen=True, eq=False)
class EnclosedLossAndGradient:
    """The hinge loss and its gradient as Reals.

    Attributes
    ----------
    loss : Real
    readout, filters : ndarray of Real
        ∂L/∂u and ∂L/∂W in the network's shapes; with multiplicities those of one copy.
    margin_kinks, activation_kinks : int
        As in :class:`~theorycheck.gradients.exact_gradients.ExactLossAndGradient`.
    precision : int
        Bits of the balls that decided everything; 0 for rationals.
    """

    loss: Real
    readout: NDArray
    filters: NDArray
    margin_kinks: int
    activation_kinks: int
    precision: int


def enclosed_loss_and_gradient(network: Network, problem: LearningProblem, *,
                               multiplicities: ArrayLike | None = None) -> EnclosedLossAndGradient:
    """Return the hinge loss and its gradient: rational for a rational σ, else Arb balls, for tanh or a user's function.

    Parameters
    ----------
    network : ConvolutionalNetwork, LocallyConnectedNetwork or FullyConnectedNetwork
    problem : LearningProblem
    multiplicities : array of q non-negative integers, optional
        Filter i stands for that many equal ones; the gradient is that of one of them.

    Raises
    ------
    Undecided
        Where 64 times the working precision does not tell a margin from 1.
    ParameterError
        As :func:`~theorycheck.training.enclosed_descent.descend` does.

    Notes
    -----
    As one step of :func:`~theorycheck.training.enclosed_descent.descend`.

    Examples
    --------
    >>> from theorycheck.cube.patterns import KPattern
    >>> network = FullyConnectedNetwork([[1]], [0], ["1/2"], "tanh")
    >>> round(float(enclosed_loss_and_gradient(network, LearningProblem(KPattern.parity(1, 1))).loss), 9)
    0.619202922
    """
    bits, limit = precision_range()
    arithmetic = "rational" if network.activation.is_rational else "enclosed"
    while True:
        try:
            step = next(descend(network, problem, 1, 0, multiplicities=multiplicities, arithmetic=arithmetic,
                                precision=bits))
            return _as_reals(network, step, bits if arithmetic == "enclosed" else 0)
        except Undecided:
            bits *= 2
            if bits > limit:
                raise


def _as_reals(network: Network, step: DescentStep, bits: int) -> EnclosedLossAndGradient:
    filters = step.filters_gradient if isinstance(step.filters_gradient, tuple) else (step.filters_gradient,)
    entries: list[Any] = [as_real(entry) for matrix in filters for entry in matrix.entries()]
    readout = _array([as_real(entry) for entry in step.readout_gradient.entries()])
    shape = (-1,) if isinstance(network, FullyConnectedNetwork) else network.readout.shape
    return EnclosedLossAndGradient(as_real(step.loss), readout.reshape(shape),
                                   _array(entries).reshape(network.filters.shape), step.margin_kinks,
                                   step.activation_kinks, bits)


def _array(entries: list[Any]) -> NDArray:
    array = np.empty(len(entries), dtype=object)
    array[:] = entries
    return array
