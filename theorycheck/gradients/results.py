"""What a float64 gradient over the cube returns: the loss, the gradient, and bounds on their rounding errors."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np


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
