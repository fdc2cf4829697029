"""What a float64 gradient over the cube returns: the loss, the gradient, and bounds on their rounding errors."""
from __future__ import annotations

from dataclasses import dataclass
from math import inf
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
    values : float
        Bound on the largest error of h at a point; infinite where it was not worked out.
    """

    loss: float
    readout: float
    filters: float
    values: float = inf


@dataclass(frozen=True)
class SignMasses:
    """Where h has the sign of the label, in probability; of a uniform distribution, n <= 53, without rounding.

    Attributes
    ----------
    wrong : float
        P(f h < -radius).
    undecided : float
        P(|h| <= radius).

    Examples
    --------
    >>> masses = SignMasses(wrong=0.25, undecided=0.5)
    >>> masses.accuracy, masses.accuracy_range
    (0.5, (0.25, 0.75))
    """

    wrong: float
    undecided: float

    @property
    def accuracy(self) -> float:
        """The probability that sign h is the label where a fair coin decides the undecided."""
        return 1.0 - self.wrong - self.undecided / 2

    @property
    def accuracy_range(self) -> tuple[float, float]:
        """The least and the largest it can be, however the undecided are decided."""
        return max(0.0, 1.0 - self.wrong - self.undecided), 1.0 - self.wrong


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

    def sign_masses(self, filters: np.ndarray, readout: np.ndarray, radius: float = 0.0) -> SignMasses:
        """Return where h is for certain of the wrong sign, and where it is nearer to 0 than ``radius``.

        With a radius of at least twice :attr:`ErrorBounds.values` this is so of the exact h, too.
        """
