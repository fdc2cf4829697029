"""Loss and gradient of a fully-connected network in float64 over a whole distribution, with rounding-error bounds."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike

from theorycheck.cube.distributions import ProductDistribution, UniformDistribution
from theorycheck.cube.memory import require_memory
from theorycheck.cube.points import BooleanCube
from theorycheck.cube.weighted_distributions import EmpiricalDistribution, ExplicitDistribution
from theorycheck.errors import ParameterError, abbreviate, require_integer
from theorycheck.gradients.neuron_cube import NearPoints, NeuronCube, rectified_form
from theorycheck.gradients.neuron_points import CubePoints, NeuronPoints, PointSource, listed_points
from theorycheck.gradients.neuron_rounding import neuron_error_bounds
from theorycheck.gradients.results import ErrorBounds, SignMasses
from theorycheck.networks.architectures import FullyConnectedNetwork
from theorycheck.networks.problems import LearningProblem
from theorycheck.networks.rationals import require_floats
from theorycheck.networks.requirements import float_parameters

# The fused kernels need a full tile of 2^12 points.
_LEAST_FUSED = 12
_LARGEST_MULTIPLICITY = 2**53
_LARGEST_PRE_ACTIVATION = 1e300
_TOO_LARGE = "'readout' and 'filters' are too large for float64: the loss or its gradient is not finite."
# Pairs of a point and a neuron below which threads cost more than they bring: about half a millisecond.
_FEW_PAIRS = 2**22
# An explicit distribution that lists at least this share of the cube is spread over it.
_DENSE_SHARE = 16


@dataclass(frozen=True)
class NeuronGradient:
    """The loss and its gradient, see :class:`theorycheck.gradients.results.LossAndGradient`."""

    loss: float
    readout: np.ndarray
    filters: np.ndarray
    margin_kinks: int
    activation_kinks: int
    smallest_distance: float
    _plan: NeuronGradients = field(repr=False)
    _at: tuple[np.ndarray, np.ndarray] = field(repr=False)

    def error_bounds(self) -> ErrorBounds:
        """Return bounds on the rounding errors; they cost about as much again.

        Raises
        ------
        ParameterError
            ``'activation' mine states no rounding error of its float64 values; compute in exact rationals instead.``
        """
        return neuron_error_bounds(self._plan, *self._at, self.loss)


class NeuronGradients:
    """The gradient plan of a fully-connected network.

    Parameters
    ----------
    network : FullyConnectedNetwork
        Its biases and activation are kept; its filters and readout give the shapes.
    problem : LearningProblem
        Any target, any distribution.
    multiplicities : array of q non-negative integers, optional
        Neuron i stands for that many equal ones; the gradient is that of one of them.
    threads : int, optional
        Most threads, of the processors available; results do not depend on it.

    Raises
    ------
    ParameterError
        ``'multiplicities' must be q=2 non-negative integers, not …``, ``'threads' must be at least 1, not 0.`` and
        ``'problem' must have the network's dimension n=3, not 4.``
    InstanceTooLarge
        Above the cube's memory budget: 8 bytes a point under the uniform distribution, 40 otherwise.

    Notes
    -----
    With a continuous piecewise linear σ on the whole cube (n >= 12): O(q 2^n) and no factor n, for each breakpoint of σ
    about two float64 operations and one on bytes for a point and neuron.  Any other σ: block by block through its array
    functions.  Listed points: O(m q n).  Never an array of 2^n by q.

    Examples
    --------
    >>> from theorycheck.cube import KPattern
    >>> network = FullyConnectedNetwork(np.eye(2), np.zeros(2), np.array([0.5, -0.5]))
    >>> result = NeuronGradients(network, LearningProblem(KPattern.parity(2, 2))).evaluate(
    ...     network.filters, network.readout)
    >>> result.loss, (result.readout + 0).tolist(), result.activation_kinks
    (1.0, [0.0, 0.0], 0)
    """

    def __init__(self, network: FullyConnectedNetwork, problem: LearningProblem, *,
                 multiplicities: ArrayLike | None = None, threads: int | None = None) -> None:
        if not isinstance(network, FullyConnectedNetwork):
            raise ParameterError(f"'network' must be a FullyConnectedNetwork, not {type(network).__name__}.")
        if problem.n != network.n:
            raise ParameterError(f"'problem' must have the network's dimension n={network.n}, not {problem.n}.")
        if threads is not None:
            threads = require_integer("threads", threads, minimum=1)
        self.activation, self.form = network.activation, rectified_form(network.activation)
        self.shape = network.filters.shape
        self.biases = np.array(network.biases, dtype=np.float64)
        self.copies = _copies(multiplicities, network.filter_count)
        self.summation_depth, self._engine = self._prepare(problem, threads)

    def _prepare(self, problem: LearningProblem, threads: int | None) -> tuple[int, NeuronCube | NeuronPoints]:
        """The depth of the sums over points, and the passes over the points."""
        slope, n, distribution = float(problem.hinge_slope), problem.n, problem.distribution
        is_cube = isinstance(distribution, (UniformDistribution, ProductDistribution)) or _is_dense(distribution)
        if is_cube and self.form is not None and n >= _LEAST_FUSED:
            require_memory(n, 8 if problem.is_uniform else 40)
            probabilities = None if problem.is_uniform else _probabilities(distribution)
            # Integers do not round; weighted sums run along lanes, rows, chunks of rows, and parts of the rows' sums.
            depth = 0 if probabilities is None else 500 + (1 << max(0, n - 14)) + (1 << max(0, n - 17)) + 2 * n
            if self.copies.size << n < _FEW_PAIRS:
                threads = 1
            return depth, NeuronCube(self.form, float(self.activation.kink_slope), self.biases, self.copies,
                                     problem.labels(), probabilities, slope, threads)
        source = _source(problem)
        # Block sums in any order, then one block after another.
        sizes = [block.labels.size for block in source.blocks(self.copies.size)]
        return max(sizes) + len(sizes), NeuronPoints(self.activation, self.biases, self.copies, source, slope)

    def evaluate(self, filters: np.ndarray, readout: np.ndarray) -> NeuronGradient:
        """Return loss and gradient at these parameters.

        Parameters
        ----------
        filters, readout : float64 arrays (q, n) and (q,)

        Raises
        ------
        ParameterError
            ``'filters' must have shape (2, 3), not (2, 2).``, ``'filters' must be finite, not nan.``,
            ``'readout' and 'filters' are too large for float64: the loss or its gradient is not finite.``
        """
        weights, outer = self._own(filters, readout)
        too_large = ParameterError(_TOO_LARGE)
        with np.errstate(over="ignore", invalid="ignore"):
            try:
                sums = self._engine.evaluate(weights, outer)
            except OverflowError:  # fsum of finite losses
                raise too_large from None
        if not (np.isfinite(sums.loss) and np.isfinite(sums.readout).all() and np.isfinite(sums.filters).all()):
            raise too_large
        return NeuronGradient(sums.loss, sums.readout, sums.filters, sums.margin_kinks, sums.activation_kinks,
                              sums.smallest_distance, self, (weights, outer))

    def sign_masses(self, filters: np.ndarray, readout: np.ndarray, radius: float = 0.0) -> SignMasses:
        """Return where h is for certain of the wrong sign, and where it is nearer to 0 than ``radius``.

        Costs a pass over the values.  See :meth:`theorycheck.gradients.results.GradientPlan.sign_masses`.

        Examples
        --------
        >>> from theorycheck.cube import KPattern
        >>> network = FullyConnectedNetwork(np.array([[1.0, 1.0]]), np.array([0.0]), np.array([1.0]))
        >>> plan = NeuronGradients(network, LearningProblem(KPattern.parity(2, 2)))
        >>> plan.sign_masses(network.filters, network.readout)
        SignMasses(wrong=0.0, undecided=0.75)
        """
        weights, outer = self._own(filters, readout)
        with np.errstate(over="ignore", invalid="ignore"):
            return SignMasses(*self._engine.sign_masses(weights, outer, radius))

    def _own(self, filters: np.ndarray, readout: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The parameters, as copies, once they are small enough for pre-activations in float64."""
        weights, outer = _given(filters, "filters", self.shape), _given(readout, "readout", self.shape[:1])
        with np.errstate(over="ignore", invalid="ignore"):
            # The kernels look pre-activations up in tables, where an infinity has no place.
            if not (np.abs(weights).sum(axis=1) + np.abs(self.biases) < _LARGEST_PRE_ACTIVATION).all():
                raise ParameterError(_TOO_LARGE)
        return weights, outer

    def near_points(self, filters: np.ndarray, readout: np.ndarray, margin_radius: float, radii: np.ndarray,
                    everywhere: bool = False) -> NearPoints:
        """Return the probability of margins and of pre-activations nearer to a kink than the given radii.

        Parameters
        ----------
        filters, readout : float64 arrays (q, n) and (q,)
        margin_radius : float
        radii : array (K, q)
            For each breakpoint of the activation and each neuron; below 0 for none.
        everywhere : bool
            Count pre-activations at all points, not only where the loss has a slope.
        """
        if isinstance(self._engine, NeuronCube):
            assert self.form is not None
            bent = np.array([t in self.form.breakpoints for t in self._all_breakpoints()], dtype=bool)
            near = self._engine.near_points(filters, readout, margin_radius, radii[bent])
            activations = np.zeros(radii.shape)
            activations[bent] = near.activations
            return NearPoints(near.margins, activations)
        points = np.array([float(t) for t in self._all_breakpoints()])
        return self._engine.near_points(filters, readout, margin_radius, points, radii, everywhere)

    def _all_breakpoints(self) -> tuple[Fraction, ...]:
        return getattr(self.activation.form, "breakpoints", ())


def _given(values: np.ndarray, name: str, shape: tuple[int, ...]) -> np.ndarray:
    return require_floats(float_parameters(name, values, tuple(shape)), name).copy()


def _copies(multiplicities: ArrayLike | None, count: int) -> np.ndarray:
    """The multiplicities as float64, which holds them exactly."""
    if multiplicities is None:
        return np.ones(count)
    array = np.asarray(multiplicities)
    if array.shape != (count,) or array.dtype.kind not in "iu" or (array < 0).any():
        raise ParameterError(f"'multiplicities' must be q={count} non-negative integers, not {abbreviate(array)}.")
    if (array > _LARGEST_MULTIPLICITY).any():
        raise ParameterError(f"'multiplicities' must be at most 2^53, not {array.max()}.")
    return array.astype(np.float64)


def _is_dense(distribution: object) -> bool:
    return (isinstance(distribution, ExplicitDistribution) and distribution.n <= 62
            and len(distribution.weights) * _DENSE_SHARE >= 1 << distribution.n)


def _weights(distribution: ExplicitDistribution) -> Mapping[int, Fraction]:
    assert isinstance(distribution.weights, Mapping)
    return distribution.weights


def _probabilities(distribution: object) -> np.ndarray:
    """All 2^n probabilities, each with at most 2n+1 roundings; positive where they are, even if float64 underflows."""
    if isinstance(distribution, ExplicitDistribution):
        dense = np.zeros(1 << distribution.n)
        for index, weight in _weights(distribution).items():
            dense[index] = float(weight)
        return dense
    assert isinstance(distribution, ProductDistribution)
    values, support = np.ones(1), np.ones(1, dtype=bool)
    for bias in distribution.biases:
        plus, minus = (1 + bias) / 2, (1 - bias) / 2
        values = np.concatenate([values * float(plus), values * float(minus)])
        support = np.concatenate([support & (plus > 0), support & (minus > 0)])
    return np.maximum(values, np.where(support, np.finfo(np.float64).smallest_subnormal, 0.0))


def _source(problem: LearningProblem) -> PointSource:
    """The points of the distribution, for the passes that take any activation."""
    distribution, n = problem.distribution, problem.n
    if isinstance(distribution, UniformDistribution):
        require_memory(n, 8)
        return CubePoints(n, problem.labels(), None, 1.0 / (1 << n))
    if isinstance(distribution, EmpiricalDistribution):
        points, counts = np.unique(np.asarray(distribution.points), axis=0, return_counts=True)
        return listed_points(points, problem.target.evaluate(points), counts, 1.0 / distribution.size)
    if isinstance(distribution, ExplicitDistribution):
        weights = _weights(distribution)
        points = np.array([BooleanCube(n).point(index) for index in weights])
        return listed_points(points, problem.target.evaluate(points), [float(weight) for weight in weights.values()],
                             1.0)
    require_memory(n, 40)
    return CubePoints(n, problem.labels(), _probabilities(distribution), 1.0)
