"""A network's tables on the cube in float64, each with a bound on its error; what can be decided exactly is.

Where a float64 value is too near to a kink, of the hinge or of σ, the point is looked at again in rationals, if it can
be; what then is not decided is counted, and its share of the points bounds the error in the mean square.
"""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from theorycheck.cube.memory import require_memory
from theorycheck.cube.points import BooleanCube
from theorycheck.errors import ParameterError
from theorycheck.gradients.exact_blocks import slopes_of
from theorycheck.gradients.neuron_rounding import ActivationConstants, activation_constants, gamma, lowest_bits
from theorycheck.networks.activation_forms import PiecewisePolynomial
from theorycheck.networks.architectures import FullyConnectedNetwork
from theorycheck.networks.evaluation import value_at
from theorycheck.networks.rationals import RationalArray, integer_product, rational_array
from theorycheck.orbits.cube_tables import CubeTable, FloatTable
from theorycheck.orbits.network_tables import (HingeFactor, NeuronTables, equal_neurons, factor_from_sides,
                                               product_with, squared_readout)

# Points looked at again in rationals, all neurons and one neuron.
_MOST_OUTPUTS, _MOST_SUMS = 2**10, 2**16
_LARGEST = 1e140  # squares and products of what is at most this stay finite
_UNIT = 2.0**-53
_INFLATION = 1 + 1e-9


@dataclass(frozen=True, eq=False)
class _Neuron:
    """Pre-activations of one neuron, how far they can be wrong, and the activation's constants there."""

    sums: NDArray[np.float64]
    error: float
    constants: ActivationConstants

    @property
    def value_error(self) -> float:
        """Bound on the error of σ at any point: from the sum, from σ in float64, from a piece that is the wrong one."""
        at = self.constants
        wrong_piece = at.value_jumps[:, 0] + 2 * at.slope_jumps[:, 0] * (self.error + at.breakpoint_errors)
        return float(at.lipschitz[0] * self.error + at.value_error[0] + wrong_piece.sum()) * _INFLATION

    def near(self, breakpoint: int) -> NDArray[np.bool_]:
        """Where the sum is so near to a breakpoint that float64 does not tell on which side it is."""
        point, wrong = self.constants.breakpoints[breakpoint], self.constants.breakpoint_errors[breakpoint]
        return np.abs(self.sums - point) <= (self.error + wrong) * _INFLATION


def float_tables(network: FullyConnectedNetwork, hinge_slope: Fraction) -> tuple[HingeFactor, Iterator[NeuronTables]]:
    """Return the hinge factor and, one distinct neuron after the other, the tables, in float64 with bounds.

    Parameters
    ----------
    network : FullyConnectedNetwork
        Exact parameters; they are rounded here, and the bounds cover it.
    hinge_slope : Fraction

    Raises
    ------
    ParameterError
        ``'network' has parameters too large for float64 tables.``; for a user's activation, that it states no rounding
        error of its float64 values.
    InstanceTooLarge
        From the cube's memory budget, 80 bytes a point.

    Notes
    -----
    σ' of a piecewise linear activation is a table of rationals, exact wherever no point is left undecided.

    Examples
    --------
    >>> factor, neurons = float_tables(FullyConnectedNetwork([[1, 1]], [0], ["1/4"]), Fraction(0))
    >>> factor.is_one, next(neurons).slope.fractions()
    (True, [Fraction(1, 1), Fraction(0, 1), Fraction(0, 1), Fraction(0, 1)])
    """
    require_memory(network.n, 80)
    rounded = _Rounded(network)
    factor = rounded.hinge_factor(hinge_slope)
    return factor, (rounded.tables(places, factor) for places in equal_neurons(network))


class _Rounded:
    """The network with its parameters rounded to float64."""

    def __init__(self, network: FullyConnectedNetwork) -> None:
        self.network = network
        self.exact_filters = rational_array(network.filters, "filters")
        self.exact_biases = rational_array(network.biases, "biases")
        try:
            self.filters, self.biases, self.readout = (
                np.asarray(values, dtype=np.float64) for values in (network.filters, network.biases, network.readout))
        except OverflowError:
            raise ParameterError("'network' has parameters too large for float64 tables.") from None
        reach = np.abs(self.filters).sum(axis=1) + np.abs(self.biases)
        if not (np.abs(self.readout).sum() * (1 + reach.max()) < _LARGEST and reach.max() < _LARGEST):
            raise ParameterError("'network' has parameters too large for float64 tables.")

    def neuron(self, place: int) -> _Neuron:
        """Pre-activations by doubling: every partial sum is one of ± weights and the bias, so below the reach."""
        weights, bias, n = self.filters[place], self.biases[place], self.network.n
        sums = np.empty(1 << n)
        sums[0] = bias + weights.sum()
        for i, weight in enumerate(weights.tolist()):
            np.subtract(sums[:1 << i], 2 * weight, out=sums[1 << i:2 << i])
        reach = float(np.abs(weights).sum() + abs(bias)) * _INFLATION
        error = 0.0 if self._is_exact(place, reach) else gamma(4 * n + 10) * reach + 1e-300
        return _Neuron(sums, error, activation_constants(self.network.activation, np.array([reach + error])))

    def _is_exact(self, place: int, reach: float) -> bool:
        """Whether the parameters are float64 numbers and multiples of one power of two, so that no sum rounds."""
        rows = [*zip(self.filters[place].tolist(), self.exact_filters[place].fractions()),
                (float(self.biases[place]), self.exact_biases[place])]
        if any(Fraction(number) != exact for number, exact in rows):
            return False
        lowest = int(lowest_bits(np.array([number for number, _ in rows])).min())
        return lowest > -1000 and reach <= 2.0**min(lowest + 50, 1000)

    def hinge_factor(self, hinge_slope: Fraction) -> HingeFactor:
        """a(x), with the outputs that are near ±1 looked at again."""
        total, error, size = np.zeros(1 << self.network.n), 0.0, 0.0
        for group in equal_neurons(self.network):
            neuron, readout = self.neuron(group[0]), self.readout[list(group)]
            mixed, top = float(np.abs(readout).sum()), float(neuron.constants.size[0])
            total += float(readout.sum()) * self.network.activation.on_array(neuron.sums)
            error += mixed * (neuron.value_error + gamma(len(group) + 4) * top)
            size += mixed * top
        error = (error + gamma(self.network.filter_count + 4) * size) * _INFLATION + 1e-290
        sizes = np.abs(total)
        near = np.flatnonzero(np.abs(sizes - 1.0) <= error)
        below, tied = sizes < 1.0, np.zeros(sizes.shape, dtype=bool)
        if near.size > _MOST_OUTPUTS or not self.network.activation.is_rational:
            return factor_from_sides(below, tied, hinge_slope, near.size / sizes.size)
        for index in near.tolist():
            value = value_at(self.network, BooleanCube(self.network.n).point(index)).exact
            assert value is not None
            below[index], tied[index] = abs(value) < 1, abs(value) == 1
        return factor_from_sides(below, tied, hinge_slope)

    def tables(self, places: tuple[int, ...], factor: HingeFactor) -> NeuronTables:
        """The four tables of one neuron."""
        neuron, activation = self.neuron(places[0]), self.network.activation
        constants, form = neuron.constants, activation.form
        steepness = float(constants.steepness[0])
        if isinstance(form, PiecewisePolynomial) and form.degree <= 1:
            slope = self._rational_slope(places[0], neuron, form)
        else:
            slope = self._float_slope(neuron)
        value = FloatTable(activation.on_array(neuron.sums), neuron.value_error)
        return NeuronTables(places, squared_readout(self.network, places), _times(factor, slope, steepness),
                            _times(factor, value, float(constants.size[0])), slope, value)

    def _float_slope(self, neuron: _Neuron) -> CubeTable:
        at = neuron.constants
        jumps = sum(float(jump) * sqrt(float(np.mean(neuron.near(place))))
                    for place, jump in enumerate(at.slope_jumps[:, 0]))
        error = float(at.slope_lipschitz[0]) * neuron.error + float(at.slope_error[0]) + jumps
        return FloatTable(self.network.activation.derivative_on_array(neuron.sums), error * _INFLATION)

    def _rational_slope(self, place: int, neuron: _Neuron, form: PiecewisePolynomial) -> CubeTable:
        """σ' of a piecewise linear σ as rationals, if it is decided at every point."""
        at, share = neuron.constants, self.network.activation.kink_slope
        lines = [(tuple(line) + (Fraction(0),) * 2)[1] for line in form.coefficients]
        choices = rational_array(lines + [(1 - share) * left + share * right for left, right in zip(lines, lines[1:])],
                                 "slopes")
        which, again = np.zeros(neuron.sums.shape, dtype=np.int64), np.zeros(neuron.sums.shape, dtype=bool)
        for number, point in enumerate(at.breakpoints.tolist()):
            which += neuron.sums > point
            if neuron.error or at.breakpoint_errors[number]:
                again |= neuron.near(number)
            else:
                which[neuron.sums == point] = len(lines) + number
        table = RationalArray(choices.numerators[which], choices.denominator)
        indices = np.flatnonzero(again)
        if indices.size > _MOST_SUMS:
            return self._float_slope(neuron)
        return _with_entries(table, indices, self._exact_slopes(place, indices)) if indices.size else table

    def _exact_slopes(self, place: int, indices: NDArray[np.int64]) -> RationalArray:
        signs = BooleanCube(self.network.n).points(indices).T.astype(np.int64)
        weights = self.exact_filters[place:place + 1]
        inner = RationalArray(integer_product(weights.numerators, signs), weights.denominator)
        bias = self.exact_biases[place:place + 1].numerators.repeat(indices.size)[None]
        return slopes_of(self.network.activation, inner.plus(RationalArray(bias, self.exact_biases.denominator)))[0]


def _with_entries(table: RationalArray, places: NDArray[np.int64], entries: RationalArray) -> RationalArray:
    """The table with some entries replaced; its denominator is a multiple of theirs."""
    values = table.numerators.copy()
    for place, entry in zip(places.tolist(), entries.numerators.ravel().tolist()):
        values[place] = int(Fraction(entry, entries.denominator) * table.denominator)
    return RationalArray(values, table.denominator)


def _times(factor: HingeFactor, table: CubeTable, size: float) -> CubeTable:
    """a times a table whose exact values are at most ``size``."""
    if isinstance(table, RationalArray):
        if not factor.undecided_share:
            return product_with(factor, table)
        table = FloatTable(table.to_float64(), _UNIT * size)
    if factor.is_one:
        return table
    error = table.error + 2 * _UNIT * (size + table.error) + 0.5 * sqrt(factor.undecided_share) * size
    return FloatTable(factor.values.to_float64() * table.values, error * _INFLATION)
