"""Gradient descent on labels by a fair coin: the run that no parity tells anything about.

L_0 = ½E[ℓ(h,1) + ℓ(h,-1)] is the mean of the losses of the two constant labellings.  Its derivative in h(x) is
(s(-h) - s(h))/2, so that it does not move while |h| < 1 everywhere.
"""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from theorycheck.cube.boolean_function import BooleanFunction
from theorycheck.cube.memory import require_memory
from theorycheck.errors import ParameterError, require_integer
from theorycheck.gradients.exact_gradients import exact_loss_and_gradient
from theorycheck.networks.architectures import FullyConnectedNetwork
from theorycheck.networks.problems import LearningProblem
from theorycheck.networks.rationals import RationalArray, rational_array, scaled_integers
from theorycheck.networks.requirements import require_step_size


@dataclass(frozen=True, eq=False)
class FairCoinGradient:
    """L_0 and its gradient, exactly.

    Attributes
    ----------
    loss : Fraction
    readout, filters : RationalArray (q,), (q, n)
    """

    loss: Fraction
    readout: RationalArray
    filters: RationalArray

    @property
    def squared_norm(self) -> Fraction:
        """‖∇L_0‖²."""
        return sum((entry**2 for part in (self.readout, self.filters) for entry in part.fractions()), Fraction(0))


def fair_coin_gradient(network: FullyConnectedNetwork, *, hinge_slope: Any = 0) -> FairCoinGradient:
    """Return the loss of fair-coin labels and its gradient, in rationals.

    Parameters
    ----------
    network : FullyConnectedNetwork
        Its activation must map rationals to rationals.
    hinge_slope : rational in [0, 1]
        γ, the slope of the hinge at margin 1.

    Raises
    ------
    ParameterError, InstanceTooLarge
        As :func:`theorycheck.gradients.exact_gradients.exact_loss_and_gradient`.

    Notes
    -----
    Two gradients: O(q n 2^n) exact operations.

    Examples
    --------
    >>> inside = fair_coin_gradient(FullyConnectedNetwork([[1]], [0], ["1/2"]))
    >>> inside.loss, inside.squared_norm
    (Fraction(1, 1), Fraction(0, 1))
    >>> fair_coin_gradient(FullyConnectedNetwork([[1]], [0], [3])).readout.fractions()
    [Fraction(1, 4)]
    """
    if not isinstance(network, FullyConnectedNetwork):
        raise ParameterError(f"'network' must be a FullyConnectedNetwork, not {type(network).__name__}.")
    require_memory(network.n, 100)
    sides = [exact_loss_and_gradient(network, LearningProblem(_constant(network.n, label), hinge_slope=hinge_slope))
             for label in (1, -1)]
    return FairCoinGradient((sides[0].loss + sides[1].loss) / 2, _mean(sides[0].readout, sides[1].readout),
                            _mean(sides[0].filters, sides[1].filters))


def fair_coin_descent(network: FullyConnectedNetwork, eta: Any, steps: int, *,
                      hinge_slope: Any = 0) -> Iterator[tuple[FullyConnectedNetwork, FairCoinGradient]]:
    """Yield the network and ∇L_0 after t = 0, 1, …, ``steps`` steps of gradient descent on L_0, in rationals.

    Raises
    ------
    ParameterError
        ``'eta' must be above 0, not -1.``, ``'steps' must be at least 0, not -1.``

    Examples
    --------
    >>> run = list(fair_coin_descent(FullyConnectedNetwork([[1]], [0], [3]), "1/2", 2))
    >>> [str(gradient.loss) for _, gradient in run], run[2][0].filters[0].tolist()
    (['3/2', '307/256', '1'], [Fraction(17, 64)])
    """
    size = require_step_size(eta, "rational").exact
    assert size is not None
    return _descent(network, size, require_integer("steps", steps, minimum=0), hinge_slope)


def _descent(network: FullyConnectedNetwork, eta: Fraction, steps: int,
             hinge_slope: Any) -> Iterator[tuple[FullyConnectedNetwork, FairCoinGradient]]:
    for step in range(steps + 1):
        gradient = fair_coin_gradient(network, hinge_slope=hinge_slope)
        yield network, gradient
        if step < steps:
            network = replace(network, filters=_moved(network.filters, gradient.filters, eta),
                              readout=_moved(network.readout, gradient.readout, eta))


def _constant(n: int, label: int) -> BooleanFunction:
    return BooleanFunction(np.full(1 << n, label, dtype=np.int8))


def _mean(first: RationalArray, second: RationalArray) -> RationalArray:
    total = first.plus(second)
    return RationalArray(total.numerators, 2 * total.denominator).reduced()


def _moved(values: Any, gradient: RationalArray, eta: Fraction) -> RationalArray:
    step = RationalArray(scaled_integers(gradient.numerators, -eta.numerator), gradient.denominator * eta.denominator)
    return rational_array(values, "parameters").plus(step).reduced()
