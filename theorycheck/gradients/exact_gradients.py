"""The hinge loss of a network and its gradient as exact rationals, by enumeration of the points.

Any ±1 labelling, any distribution, any activation that maps rationals to rationals; integers over one denominator, in
int64 wherever a bound proves that they fit.
"""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from theorycheck.cube.points import BooleanCube
from theorycheck.errors import require_integer
from theorycheck.gradients.exact_blocks import block_gradient, exact_product
from theorycheck.gradients.exact_hinge import exact_hinge, table_marginals, table_values
from theorycheck.networks.architectures import ConvolutionalNetwork, FullyConnectedNetwork, Network
from theorycheck.networks.collapse import require_multiplicities
from theorycheck.networks.evaluation import pre_activations, window_tables
from theorycheck.networks.problems import LearningProblem
from theorycheck.networks.rationals import RationalArray, integer_product, rational_array, scaled_integers
from theorycheck.networks.requirements import require_problem_for, require_step_size
from theorycheck.networks.support import Support, support_of


@dataclass(frozen=True, eq=False)
class ExactLossAndGradient:
    """The exact hinge loss and its gradient.

    Attributes
    ----------
    loss : Fraction
        E max(0, 1 - f h).
    readout, filters : RationalArray
        ∂L/∂u and ∂L/∂W in the network's shapes; with multiplicities those of one copy.
    margin_kinks : int
        Points of positive probability with margin exactly 1.
    activation_kinks : int
        Pairs (filter, content of positive probability) whose pre-activation is exactly a breakpoint of σ: for a CNN a
        content counts once however many windows it occurs at, for an LCN once at each window, for an FCN it is a
        point.
    active_probability, tied_probability : Fraction
        P(f h < 1) and P(f h = 1).
    smallest_distance : Fraction
        min |1 - f h| over the points of positive probability.
    marginals : RationalArray (N, 2^k)
        E[s f 1{x^(j) = z}] with s = 1, γ, 0 as the margin is below, at, above 1; for an FCN (1, P), point by point.
    """

    loss: Fraction
    readout: RationalArray
    filters: RationalArray
    margin_kinks: int
    activation_kinks: int
    active_probability: Fraction
    tied_probability: Fraction
    smallest_distance: Fraction
    marginals: RationalArray


def exact_loss_and_gradient(network: Network, problem: LearningProblem, *,
                            multiplicities: ArrayLike | None = None) -> ExactLossAndGradient:
    """Return the hinge loss and its gradient as exact rationals.

    Parameters
    ----------
    network : ConvolutionalNetwork, LocallyConnectedNetwork or FullyConnectedNetwork
        Its activation must map rationals to rationals.
    problem : LearningProblem
    multiplicities : array of q non-negative integers, optional
        Filter i stands for that many equal ones; the gradient is that of one of them.

    Raises
    ------
    ParameterError
        ``'problem' must have the network's dimension n=3, not 4.``,
        ``'activation' must map rationals to rationals here; tanh does not at 1/3.``
    InstanceTooLarge
        Where the points of positive probability are above the memory budget.

    Notes
    -----
    O(N P + q 2^k) exact operations for P points of positive probability (LCN: O(N P + N q 2^k), FCN: O(q P)), in int64
    where that is safe and in Python's integers elsewhere.  MS21, Section 2.

    Examples
    --------
    >>> from theorycheck.cube.patterns import KPattern
    >>> network = ConvolutionalNetwork([["1/2", "1/2"]], ["-1/2"], [[0], [0]])
    >>> result = exact_loss_and_gradient(network, LearningProblem(KPattern.parity(3, 2)))
    >>> result.loss, result.readout.fractions()
    (Fraction(1, 1), [Fraction(-1, 8), Fraction(0, 1)])
    """
    require_problem_for(network, problem)
    copies = require_multiplicities(network, multiplicities)
    support = support_of(problem)
    hinge = exact_hinge(_values(network, support, copies), support, problem.hinge_slope)
    marginals, readout, filters, kinks = _gradient(network, support, hinge.signed_slopes)
    return ExactLossAndGradient(hinge.loss, readout, filters, hinge.tied_count, kinks, hinge.active_probability,
                                hinge.tied_probability, hinge.smallest_distance, marginals)


def exact_descent(network: Network, problem: LearningProblem, eta: object, steps: int, *,
                  multiplicities: ArrayLike | None = None) -> Iterator[tuple[Network, ExactLossAndGradient]]:
    """Yield the network and its loss and gradient after t = 0, 1, ..., ``steps`` steps of gradient descent.

    Raises
    ------
    ParameterError
        ``'eta' must be above 0, not -1.``

    Notes
    -----
    For a piecewise linear σ the numbers grow by the bits of η and of D at each step; for other polynomials they
    multiply in length.

    Examples
    --------
    >>> from theorycheck.cube.patterns import KPattern
    >>> network = ConvolutionalNetwork([["1/2", "1/2"], ["-1/2", "1/2"]], ["-1/2", "-1/2"], [[0, 0]])
    >>> run = exact_descent(network, LearningProblem(KPattern.parity(2, 2)), 1, 2)
    >>> [str(result.loss) for _, result in run]
    ['1', '31/32', '119/128']
    """
    size = require_step_size(eta, "rational").exact
    assert size is not None
    require_integer("steps", steps, minimum=0)
    return _descent(network, problem, size, steps, multiplicities)


def _descent(network: Network, problem: LearningProblem, eta: Fraction, steps: int,
             multiplicities: ArrayLike | None) -> Iterator[tuple[Network, ExactLossAndGradient]]:
    for step in range(steps + 1):
        result = exact_loss_and_gradient(network, problem, multiplicities=multiplicities)
        yield network, result
        if step < steps:
            network = replace(network, filters=_moved(network.filters, result.filters, eta),
                              readout=_moved(network.readout, result.readout, eta))


def _moved(values: NDArray, gradient: RationalArray, eta: Fraction) -> RationalArray:
    change = RationalArray(scaled_integers(gradient.numerators, -eta.numerator), gradient.denominator * eta.denominator)
    return rational_array(values, "parameters").plus(change).reduced()


def _values(network: Network, support: Support, copies: NDArray[np.int64]) -> RationalArray:
    """h(x) at the points of the support."""
    readout = rational_array(network.readout, "readout")
    weighted = exact_product(readout.numerators, np.broadcast_to(copies, readout.shape))
    whole: Any = replace(network, readout=RationalArray(weighted, readout.denominator))
    if isinstance(whole, FullyConnectedNetwork):
        return _neuron_sums(whole, support)
    return table_values(window_tables(whole), support)


def _neuron_sums(network: FullyConnectedNetwork, support: Support) -> RationalArray:
    readout = rational_array(network.readout, "readout")
    total = RationalArray(np.zeros(support.size, dtype=np.int64), 1)
    for i, inner in enumerate(_neurons(network, support)):
        outer, scale = network.activation.on_numerators(inner.numerators[0], inner.denominator)
        term = scaled_integers(outer, int(readout.numerators[i]))
        total = total.plus(RationalArray(term, scale * readout.denominator))
    return total


def _neurons(network: FullyConnectedNetwork, support: Support) -> Iterator[RationalArray]:
    """The pre-activations of one neuron after the other at the points of the support, shape (1, P)."""
    filters, biases = rational_array(network.filters, "filters"), rational_array(network.biases, "biases")
    for i in range(network.filter_count):
        if support.is_cube:
            yield pre_activations(filters[i:i + 1], biases[i:i + 1])
        else:
            inner = RationalArray(integer_product(filters.numerators[i:i + 1], support.signs().T.astype(np.int64)),
                                  filters.denominator)
            bias = np.full(inner.shape, biases.numerators[i], dtype=biases.numerators.dtype)
            yield inner.plus(RationalArray(bias, biases.denominator))


def _gradient(network: Network, support: Support,
              signed: RationalArray) -> tuple[RationalArray, RationalArray, RationalArray, int]:
    """Marginals, gradients of readout and filters in the network's shapes, count of pre-activations on a kink."""
    filters, readout = rational_array(network.filters, "filters"), rational_array(network.readout, "readout")
    if isinstance(network, FullyConnectedNetwork):
        row = RationalArray(signed.numerators[None], signed.denominator)
        signs = support.signs().astype(np.int64)
        parts = [block_gradient(inner, _entry(readout, i), row, signs,
                                network.activation) for i, inner in enumerate(_neurons(network, support))]
        return (row, _joined([part[0] for part in parts], readout.shape),
                _joined([part[1] for part in parts], filters.shape), sum(int(part[2].sum()) for part in parts))
    marginals = table_marginals(signed, support, network.k, network.window_count)
    contents = [np.bincount(support.contents(network.k, j), minlength=1 << network.k) > 0
                for j in range(network.window_count)]
    signs = BooleanCube(network.k).all_points().astype(np.int64)
    if isinstance(network, ConvolutionalNetwork):
        inner = pre_activations(filters, rational_array(network.biases, "biases"))
        found = block_gradient(inner, readout, marginals, signs, network.activation)
        return marginals, found[0], found[1], int((found[2] & np.any(contents, axis=0)).sum())
    parts = [block_gradient(pre_activations(network.filters[j], network.biases[j]), readout[j:j + 1],
                            marginals[j:j + 1], signs, network.activation) for j in range(network.window_count)]
    return (marginals, _joined([part[0] for part in parts], readout.shape),
            _joined([part[1] for part in parts], filters.shape),
            sum(int((part[2] & content).sum()) for part, content in zip(parts, contents)))


def _entry(readout: RationalArray, i: int) -> RationalArray:
    return RationalArray(readout.numerators[i:i + 1, None], readout.denominator)


def _joined(parts: list[RationalArray], shape: tuple[int, ...]) -> RationalArray:
    """The entries of the parts one after the other, over one denominator, in this shape."""
    entries = rational_array([value for part in parts for value in part.fractions()], "gradient")
    return RationalArray(entries.numerators.reshape(shape), entries.denominator)
