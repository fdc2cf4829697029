"""Gradient descent in float64: the steps, what is recorded of them, and their exact bits for a checkpoint."""
from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theorycheck.errors import ParameterError
from theorycheck.gradients.plans import plan_gradients
from theorycheck.gradients.results import ErrorBounds, LossAndGradient, SignMasses
from theorycheck.networks.activation_forms import UserForm
from theorycheck.networks.architectures import (ConvolutionalNetwork, FullyConnectedNetwork, Network,
                                                with_float64_parameters)
from theorycheck.networks.problems import LearningProblem
from theorycheck.networks.support import Support
from theorycheck.training.measurements import (POINT_LIMIT, enumerable_support, margin_histogram, neuron_values,
                                               window_level_weights, window_values)
from theorycheck.training.trajectories import Record


@dataclass(frozen=True, eq=False)
class FloatStep:
    """The network after t steps, with its loss and gradient."""

    t: int
    filters: NDArray[np.float64]
    readout: NDArray[np.float64]
    result: LossAndGradient


class FloatDescent:
    """θ_{t+1} = θ_t - η∇L(θ_t) in float64 for any network.

    Parameters
    ----------
    network, problem, population, multiplicities
        As in :func:`theorycheck.training.descent.train`.
    eta : float
    steps : int
    trains : str
    edges : sequence of Fractions
        Of the margin histograms.
    threads : int or None

    Notes
    -----
    Between two gradients only entrywise operations: with a plan that does not depend on the number of threads, neither
    does the run.
    """

    restarts = 0
    precision = 0

    def __init__(self, network: Network, problem: LearningProblem, population: LearningProblem | None, *, eta: float,
                 steps: int, trains: str, multiplicities: NDArray[np.int64], edges: Sequence[Fraction],
                 threads: int | None) -> None:
        self.network = with_float64_parameters(network)
        self.eta, self.steps, self.trains_filters = eta, steps, trains == "all"
        self.copies = multiplicities.astype(np.float64)
        self.edges = tuple(edges)
        self._plan = plan_gradients(self.network, problem, multiplicities=multiplicities, threads=threads)
        self._population = None if population is None else plan_gradients(
            self.network, population, multiplicities=multiplicities, threads=threads)
        self._problem = problem
        self._is_bounded = not isinstance(network.activation.form, UserForm)

    @cached_property
    def _enumerable(self) -> tuple[Support | None, tuple[str, ...]]:
        return enumerable_support(self.network, self._problem, POINT_LIMIT, POINT_LIMIT)

    @property
    def limits(self) -> tuple[str, ...]:
        """What the records leave out, and why."""
        unbounded = () if self._is_bounded else ("No bounds on rounding errors: a user's activation states none.",)
        return self._enumerable[1] + unbounded

    def run(self, saved: Mapping[str, Any] | None = None) -> Iterator[FloatStep]:
        """Yield the steps from the start, or again from a saved one, up to T.

        Raises
        ------
        ParameterError
            ``'eta' must be smaller: a parameter is not finite after 7 steps.``,
            ``'eta' must be smaller; after 7 steps: ….``
        """
        first, filters, readout = 0, self.network.filters, self.network.readout
        if saved is not None:
            first = int(saved["step"])
            filters, readout = _from_bits(saved["filters"], filters.shape), _from_bits(saved["readout"], readout.shape)
        for t in range(first, self.steps + 1):
            if not (np.isfinite(filters).all() and np.isfinite(readout).all()):
                raise ParameterError(f"'eta' must be smaller: a parameter is not finite after {t} steps.")
            result = self._evaluate(t, filters, readout)
            yield FloatStep(t, filters, readout, result)
            with np.errstate(over="ignore", invalid="ignore"):
                if self.trains_filters:
                    filters = filters - self.eta * result.filters
                readout = readout - self.eta * result.readout

    def _evaluate(self, t: int, filters: NDArray[np.float64], readout: NDArray[np.float64]) -> LossAndGradient:
        try:
            with np.errstate(over="ignore", invalid="ignore"):  # the plan refuses what is not finite
                return self._plan.evaluate(filters, readout)
        except ParameterError as error:
            if t == 0:
                raise
            # What the start does not do comes of the steps.
            raise ParameterError(f"'eta' must be smaller; after {t} steps: {error}") from None

    def loss(self, step: FloatStep) -> float:
        """The loss of a step."""
        return float(step.result.loss)

    def error_bounds(self, step: FloatStep) -> ErrorBounds | None:
        """Bounds on a step's rounding errors; None where a user's activation states none."""
        return step.result.error_bounds() if self._is_bounded else None

    def sign_masses(self, step: FloatStep, radius: float = 0.0) -> SignMasses:
        """Where a step's network has the sign of the label; see :class:`theorycheck.gradients.results.SignMasses`."""
        return self._plan.sign_masses(step.filters, step.readout, radius)

    def plus(self, total: Fraction, loss: float) -> Fraction:
        """Add a loss to a sum, which stays exact."""
        return total + Fraction(loss)

    def mean(self, total: Fraction, count: int) -> float:
        """The mean of ``count`` losses, rounded once."""
        return float(total / count)

    def record(self, step: FloatStep) -> Record:
        """Measure everything about a step."""
        result = step.result
        losses = {"population_loss": None if self._population is None else
                  float(self._population.evaluate(step.filters, step.readout).loss)}
        weighted = self.copies[:, None]
        with np.errstate(over="ignore", invalid="ignore"):  # beyond float64's range a norm is infinite
            values, levels = self._values(step)
        support = self._enumerable[0]
        return Record(
            step.t, self.loss(step), float(result.error_bounds().loss) if self._is_bounded else None, **losses,
            squared_drift=_square(step.filters - self.network.filters, weighted),
            squared_readout_norm=_square(step.readout, self.copies),
            squared_readout_gradient_norm=_square(result.readout, self.copies),
            squared_filters_gradient_norm=_square(result.filters, weighted),
            margin_kinks=int(result.margin_kinks), activation_kinks=int(result.activation_kinks),
            smallest_distance=float(result.smallest_distance),
            margins=None if values is None or support is None else margin_histogram(values, support, self.edges),
            level_weights=None if levels is None else tuple(levels))

    def saved(self, step: FloatStep) -> dict[str, Any]:
        """Return everything that :meth:`run` needs to go on from a step, as text."""
        return {"step": step.t, "filters": _to_bits(step.filters), "readout": _to_bits(step.readout)}

    def finish(self, step: FloatStep) -> tuple[Network, float]:
        """Return the network of a step, and 0 as the radius of its parameters."""
        return replace(self.network, filters=step.filters, readout=step.readout), 0.0

    def _values(self, step: FloatStep) -> tuple[NDArray | None, Sequence[float] | None]:
        """h at the support's points, and its level weights."""
        network, readout, support = self.network, step.readout * self.copies, self._enumerable[0]
        if isinstance(network, FullyConnectedNetwork):
            if support is None:
                return None, None
            values = neuron_values(step.filters, network.biases, readout, network.activation, support.signs())
            if not np.isfinite(values).all():
                name = "'eta' must be smaller" if step.t else "'network' must have smaller parameters"
                raise ParameterError(f"{name}: a value after {step.t} steps is not finite in float64.")
            if not support.is_cube:
                return values, None
            from theorycheck.cube.spectral_weights import level_weights
            return values, [float(weight) for weight in level_weights(values)]
        tables = _window_tables(network, step.filters, readout)
        return (None if support is None else window_values(tables, support),
                window_level_weights(tables, network.n))


def _window_tables(network: Any, filters: NDArray, readout: NDArray) -> NDArray[np.float64]:
    """T_j[z], with sums in a fixed order."""
    from theorycheck.cube.points import BooleanCube
    signs = BooleanCube(network.k).all_points().astype(np.float64)
    if isinstance(network, ConvolutionalNetwork):
        inner = np.einsum("ik,zk->iz", filters, signs) + network.biases[:, None]
        return np.einsum("ji,iz->jz", readout, network.activation.on_array(inner))
    inner = np.einsum("jik,zk->jiz", filters, signs) + network.biases[:, :, None]
    return np.einsum("ji,jiz->jz", readout, network.activation.on_array(inner))


def _square(entries: NDArray, weights: NDArray) -> float:
    """The weighted sum of squares; a class of multiplicity m counts m times."""
    with np.errstate(over="ignore"):
        return float(np.sum(entries * entries * weights))


def _to_bits(array: NDArray[np.float64]) -> str:
    """The bytes of the float64 numbers, least significant first, in hexadecimal."""
    return np.ascontiguousarray(array, dtype="<f8").tobytes().hex()


def _from_bits(text: str, shape: tuple[int, ...]) -> NDArray[np.float64]:
    return np.frombuffer(bytes.fromhex(text), dtype="<f8").astype(np.float64).reshape(shape)
