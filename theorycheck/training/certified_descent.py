"""Gradient descent in rationals or balls: what is recorded of its steps, and their exact text for a checkpoint."""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb, arb_mat, ctx, fmpq, fmpq_mat
from numpy.typing import NDArray

from theorycheck.errors import ParameterError
from theorycheck.gradients.exact_gradients import exact_loss_and_gradient
from theorycheck.gradients.filtered_sets import active_sets
from theorycheck.gradients.flint_matrices import (Matrix, Scalar, as_real, integers_of, rational_matrix,
                                                  rational_scalar, rounded)
from theorycheck.networks.architectures import FullyConnectedNetwork, LocallyConnectedNetwork, Network
from theorycheck.networks.problems import LearningProblem
from theorycheck.networks.rationals import RationalArray, from_flint
from theorycheck.rigor import Real, from_text, to_text
from theorycheck.training.enclosed_descent import DescentStep, ResumePoint, descend
from theorycheck.training.measurements import (POINT_LIMIT, enumerable_support, integer_tables, margin_histogram,
                                               window_level_weights, window_values)
from theorycheck.training.trajectories import MarginHistogram, Measured, Record

# Margins of integers beyond 64 bits are sorted one Python object at a time.
EXACT_POINT_LIMIT = 2**16
# The cube of an FCN whose values, rationals or balls, are transformed one Python object at a time.
LEVEL_POINT_LIMIT = 2**12


class CertifiedDescent:
    """θ_{t+1} = θ_t - η∇L(θ_t) in rationals or in balls, with every kink decided.

    Parameters
    ----------
    network, problem, population, multiplicities
        As in :func:`theorycheck.training.descent.train`.
    eta : Fraction or Real
    steps : int
    trains : str
    edges : sequence of Fractions
        Of the margin histograms.
    arithmetic : str
        ``"rational"`` or ``"enclosed"``.
    precision, restarts : int
        Bits of the balls, and how often they were doubled to get there.

    Raises
    ------
    ParameterError
        ``'population' needs arithmetic float64 or rational for a fully connected network.``
    """

    def __init__(self, network: Network, problem: LearningProblem, population: LearningProblem | None, *,
                 eta: Fraction | Real, steps: int, trains: str, multiplicities: NDArray[np.int64],
                 edges: Sequence[Fraction], arithmetic: str, precision: int, restarts: int) -> None:
        self.network, self.problem, self.population = network, problem, population
        self.is_enclosed, self.precision, self.restarts = arithmetic == "enclosed", precision, restarts
        self.is_full = isinstance(network, FullyConnectedNetwork)
        if self.is_enclosed and self.is_full and population is not None:
            raise ParameterError("'population' needs arithmetic float64 or rational for a fully connected network.")
        self.copies, self.edges = multiplicities, tuple(edges)
        self._eta, self._steps, self._trains = Real(eta), steps, trains
        self._support, self.limits = enumerable_support(
            network, problem, POINT_LIMIT if self.is_enclosed else EXACT_POINT_LIMIT, LEVEL_POINT_LIMIT)
        self._sets = None if population is None or isinstance(network, FullyConnectedNetwork) else active_sets(
            population, network.k, network.window_count)
        start = network.filters if isinstance(network, LocallyConnectedNetwork) else network.filters[None]
        self._start = _entries(rational_matrix(block, "filters") for block in start)
        counts, width = multiplicities.tolist(), int(network.filters.shape[-1])
        self._filter_counts = [count for count in counts for _ in range(width)] * len(start)
        self._readout_counts = counts * (network.readout.size // len(counts))

    def run(self, saved: Mapping[str, Any] | None = None) -> Iterator[DescentStep]:
        """Yield the steps from the start, or again from a saved one, up to T.

        Raises
        ------
        Undecided
            Where a ball contains a kink.
        """
        point = None
        if saved is not None:
            blocks = tuple(self._matrix(rows) for rows in saved["filters"])
            filters = blocks if isinstance(self.network, LocallyConnectedNetwork) else blocks[0]
            point = ResumePoint(int(saved["step"]), filters, self._matrix(saved["readout"]))
        return descend(self.network, self.problem, self._eta, self._steps, multiplicities=self.copies,
                       arithmetic="enclosed" if self.is_enclosed else "rational", precision=self.precision,
                       trains=self._trains, resume=point)

    def loss(self, step: DescentStep) -> Fraction | Real:
        """The loss of a step."""
        return _measured(step.loss)

    def plus(self, total: Fraction | Real, loss: Fraction | Real) -> Fraction | Real:
        """Add a loss to a sum: exact, or a ball at the run's precision."""
        if isinstance(total, Fraction) and isinstance(loss, Fraction):
            return total + loss
        return Real((Real(total) + Real(loss)).enclose(self.precision))

    def mean(self, total: Fraction | Real, count: int) -> Fraction | Real:
        """The mean of ``count`` losses."""
        return total / count if isinstance(total, Fraction) else Real((total / count).enclose(self.precision))

    def record(self, step: DescentStep) -> Record:
        """Measure everything about a step.

        Raises
        ------
        Undecided
            Where a ball contains a margin of the population of exactly 1.
        """
        with ctx.workprec(self.precision):
            drift = [w - w0 for w, w0 in zip(_entries(_blocks(step.filters)), self._start)]
            return Record(
                step.t, self.loss(step), None, self._population_loss(step),
                squared_drift=_square(drift, self._filter_counts),
                squared_readout_norm=_square(step.readout.entries(), self._readout_counts),
                squared_readout_gradient_norm=_square(step.readout_gradient.entries(), self._readout_counts),
                squared_filters_gradient_norm=_square(_entries(_blocks(step.filters_gradient)), self._filter_counts),
                margin_kinks=step.margin_kinks, activation_kinks=step.activation_kinks,
                smallest_distance=step.smallest_distance, margins=self._margins(step),
                level_weights=self._level_weights(step))

    def saved(self, step: DescentStep) -> dict[str, Any]:
        """Return everything that :meth:`run` needs to go on from a step, as text."""
        return {"step": step.t, "filters": [_texts(block) for block in _blocks(step.filters)],
                "readout": _texts(step.readout)}

    def finish(self, step: DescentStep) -> tuple[Network, float]:
        """Return the network of a step, balls by their mid points, and the largest radius of a parameter."""
        blocks = [_middles(block).reshape(block.nrows(), block.ncols()) for block in _blocks(step.filters)]
        filters = np.array(blocks) if isinstance(self.network, LocallyConnectedNetwork) else blocks[0]
        readout = _middles(step.readout).reshape(self.network.readout.shape)
        entries = _entries(_blocks(step.filters)) + step.readout.entries()
        # float() may round a radius of 30 bits down by one unit in the last place.
        radius = max(float(np.nextafter(float(entry.rad()), 1)) for entry in entries) if self.is_enclosed else 0.0
        return replace(self.network, filters=filters, readout=readout), radius

    def _population_loss(self, step: DescentStep) -> Fraction | Real | None:
        if self.population is None:
            return None
        if self._sets is None:
            return exact_loss_and_gradient(self.finish(step)[0], self.population, multiplicities=self.copies).loss
        entries = step.tables.entries()
        active = self._sets.update(step.tables, entries)
        return _measured(active.slope_mean - sum((m * t for m, t in zip(active.matrix.entries(), entries)), fmpq(0)))

    def _margins(self, step: DescentStep) -> MarginHistogram | None:
        if self._support is None:
            return None
        shape = (step.tables.nrows(), step.tables.ncols())
        if self.is_enclosed:
            entries = step.tables.entries()
            numbers, errors = rounded(entries)
            # The tables of a readout of zeros are exactly 0, and 0 may be an edge.
            errors[[place for place in np.flatnonzero(numbers == 0).tolist() if entries[place] == 0]] = 0.0
            numbers, errors = numbers.reshape(shape), errors.reshape(shape)
            values = numbers[0] if self.is_full else window_values(numbers, self._support)
            # Adding N numbers errs by at most N·2^-52 times the sum of their sizes.
            radius = (1.001 * float(errors.max(axis=1).sum())
                      + shape[0] * 2.0**-52 * float(np.abs(numbers).max(axis=1).sum()))
            return margin_histogram(values, self._support, self.edges, radius=radius)
        tables = RationalArray(*integers_of(step.tables))
        numerators = integer_tables(tables)
        values = numerators[0] if self.is_full else window_values(numerators, self._support)
        return margin_histogram(values, self._support, self.edges, denominator=tables.denominator)

    def _level_weights(self, step: DescentStep) -> tuple[Measured, ...] | None:
        entries, shape = step.tables.entries(), (step.tables.nrows(), step.tables.ncols())
        if self.is_full and (self._support is None or not self._support.is_cube
                             or self._support.size > LEVEL_POINT_LIMIT):
            return None
        tables = np.empty(len(entries), dtype=object)
        tables[:] = entries
        # An FCN's table is the one of a single window that is the whole cube.
        weights = window_level_weights(tables.reshape(shape), self.network.n)
        return tuple(_measured(weight) for weight in weights)

    def _matrix(self, rows: Sequence[Sequence[str]]) -> Matrix:
        kind: Any = arb_mat if self.is_enclosed else fmpq_mat
        return kind(len(rows), len(rows[0]), [_scalar(text) for row in rows for text in row])


def _blocks(filters: Any) -> Sequence[Matrix]:
    return filters if isinstance(filters, tuple) else (filters,)


def _entries(blocks: Iterable[Matrix]) -> list[Scalar]:
    return [entry for block in blocks for entry in block.entries()]


def _square(entries: Sequence[Scalar], counts: Sequence[int]) -> Fraction | Real:
    """The sum of squares over the whole network: an entry of a class counts as often as the class."""
    return _measured(sum((entry * entry * count for entry, count in zip(entries, counts, strict=True)), fmpq(0)))


def _middles(matrix: Matrix) -> NDArray:
    """The entries, balls by their mid points, as Fractions."""
    values = np.empty(matrix.nrows() * matrix.ncols(), dtype=object)
    values[:] = [from_flint(entry) if isinstance(entry, fmpq) else _middle(entry) for entry in matrix.entries()]
    return values


def _middle(ball: arb) -> Fraction:
    mantissa, exponent = (int(part) for part in ball.mid().man_exp())
    return Fraction(mantissa) * Fraction(2) ** exponent


def _texts(matrix: Matrix) -> list[list[str]]:
    return [[to_text(as_real(entry)) for entry in row] for row in matrix.tolist()]


def _scalar(text: str) -> Scalar:
    value = from_text(text)
    return value.enclose() if value.exact is None else rational_scalar(value.exact)


def _measured(value: Any) -> Fraction | Real:
    if isinstance(value, (int, Fraction)):
        return Fraction(value)
    return from_flint(value) if isinstance(value, fmpq) else Real(value)
