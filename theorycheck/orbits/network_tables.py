"""What the gradients of all parities are made of: for each neuron two tables on the cube, exact or in float64.

With f = χ_I the derivative of the hinge in h(x) is -f s(f h), where s is 1 below margin 1, γ at it and 0 above.  Its
part that depends on the label is -χ_I(x) a(x) with the *hinge factor* a = (s(h) + s(-h))/2: 1 where |h| < 1, (1+γ)/2
where |h| = 1, and 1/2 beyond.  So each neuron counts through a σ'(s_i) and a σ(s_i).
"""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

import numpy as np
from numpy.typing import NDArray

from theorycheck.cube.memory import require_memory
from theorycheck.gradients.exact_blocks import exact_product, slopes_of
from theorycheck.networks.activation_forms import PiecewisePolynomial
from theorycheck.networks.architectures import FullyConnectedNetwork
from theorycheck.networks.evaluation import pre_activations, values_on_cube
from theorycheck.networks.rationals import RationalArray, largest_magnitude, rational_array
from theorycheck.orbits.cube_tables import CubeTable

#: Up to here rationals of any length are enumerated.
EXACT_DIMENSION = 14
#: Up to here those that fit 64 bits are.
NARROW_DIMENSION = 22
_WIDE = 2**62


@dataclass(frozen=True, eq=False)
class NeuronTables:
    """One neuron, or several equal ones, on the whole cube.

    Attributes
    ----------
    places : tuple of int
        Which neurons of the network: all with these weights and this bias.
    squared_readout : Fraction
        Σ u_i² over them.
    slope, value : RationalArray or FloatTable, (2^n,)
        a σ'(s) and a σ(s).
    plain_slope, plain_value : RationalArray or FloatTable
        σ'(s) and σ(s); the same objects where a = 1 everywhere.
    """

    places: tuple[int, ...]
    squared_readout: Fraction
    slope: CubeTable
    value: CubeTable
    plain_slope: CubeTable
    plain_value: CubeTable


@dataclass(frozen=True, eq=False)
class HingeFactor:
    """a(x) on the cube, and what was met on the way.

    Attributes
    ----------
    values : RationalArray (2^n,)
    is_one : bool
        Whether |h| < 1 everywhere, for certain: then L_0 has gradient 0.
    margin_kinks : int
        Points with |h| = 1; of float tables those that are certain.
    undecided_share : float
        Share of the points where the float values do not tell on which side of 1 |h| lies; there a errs by up to 1/2.
    """

    values: RationalArray
    is_one: bool
    margin_kinks: int
    undecided_share: float = 0.0


def hinge_factor(outputs: RationalArray, hinge_slope: Fraction) -> HingeFactor:
    """Return a = (s(h) + s(-h))/2 for the exact values h of a network.

    Examples
    --------
    >>> factor = hinge_factor(RationalArray(np.array([0, 2, -2, 3]), 2), Fraction(1, 3))
    >>> [str(a) for a in factor.values.fractions()], factor.is_one, factor.margin_kinks
    (['1', '2/3', '2/3', '1/2'], False, 2)
    """
    sizes = np.abs(outputs.numerators)
    return factor_from_sides(np.asarray(sizes < outputs.denominator, dtype=bool),
                             np.asarray(sizes == outputs.denominator, dtype=bool), hinge_slope)


def factor_from_sides(below: NDArray[np.bool_], tied: NDArray[np.bool_], hinge_slope: Fraction,
                      undecided_share: float = 0.0) -> HingeFactor:
    """Return a from where |h| < 1 and where |h| = 1.

    Examples
    --------
    >>> factor_from_sides(np.array([True, False]), np.array([False, False]), Fraction(0)).values.fractions()
    [Fraction(1, 1), Fraction(1, 2)]
    """
    top, bottom = hinge_slope.numerator, hinge_slope.denominator
    values = np.full(below.shape, bottom, dtype=np.int64 if bottom < 2**60 else object)
    values[below], values[tied] = 2 * bottom, bottom + top
    return HingeFactor(RationalArray(values, 2 * bottom), undecided_share == 0 and bool(below.all()),
                       int(np.count_nonzero(tied)), undecided_share)


def is_enumerated_exactly(network: FullyConnectedNetwork, hinge_slope: Fraction) -> bool:
    """Whether the tables are made in rationals: n <= 14, or n <= 22 with all sums within 64 bits.

    Examples
    --------
    >>> is_enumerated_exactly(FullyConnectedNetwork([[1] * 20], [0], [1]), Fraction(0))
    True
    >>> is_enumerated_exactly(FullyConnectedNetwork(np.full((1, 20), 0.1), [0], [1]), Fraction(0))
    False
    """
    if not network.activation.is_rational or network.n > NARROW_DIMENSION:
        return False
    return network.n <= EXACT_DIMENSION or _fits(network, hinge_slope)


def _fits(network: FullyConnectedNetwork, hinge_slope: Fraction) -> bool:
    form = network.activation.form
    if not isinstance(form, PiecewisePolynomial) or form.degree > 1:
        return False
    weights, biases = rational_array(network.filters, "filters"), rational_array(network.biases, "biases")
    readout = rational_array(network.readout, "readout")
    common = weights.denominator * biases.denominator
    reach = (network.n * largest_magnitude(weights.numerators) * biases.denominator
             + largest_magnitude(biases.numerators) * weights.denominator)
    numbers = [c for piece in form.coefficients for c in piece] + list(form.breakpoints)
    scale = lcm(*(number.denominator for number in numbers))
    size = scale * (common + reach) * int(1 + max((abs(number) for number in numbers), default=Fraction(0)))
    total = size * network.filter_count * max(1, largest_magnitude(readout.numerators)) * readout.denominator
    return max((2 * hinge_slope.denominator * size) << network.n, total * scale) < _WIDE


def exact_tables(network: FullyConnectedNetwork, hinge_slope: Fraction) -> tuple[HingeFactor, Iterator[NeuronTables]]:
    """Return the hinge factor and, one distinct neuron after the other, the tables, all in rationals.

    Raises
    ------
    ParameterError
        ``'activation' must map rationals to rationals here; tanh does not at 1/3.``
    InstanceTooLarge
        From the cube's memory budget.

    Notes
    -----
    O(2^n) operations for each distinct neuron, about 100 bytes a point; Python integers where 64 bits do not do.

    Examples
    --------
    >>> network = FullyConnectedNetwork([[1], [1]], [0, 0], ["1/2", "-1/2"])
    >>> factor, neurons = exact_tables(network, Fraction(0))
    >>> [(tables.places, tables.squared_readout, tables.slope.fractions()) for tables in neurons]
    [((0, 1), Fraction(1, 2), [Fraction(1, 1), Fraction(0, 1)])]
    """
    require_memory(network.n, 100)
    factor = hinge_factor(values_on_cube(network), hinge_slope)
    return factor, (_exact_neuron(network, places, factor) for places in equal_neurons(network))


def equal_neurons(network: FullyConnectedNetwork) -> tuple[tuple[int, ...], ...]:
    """Return the neurons in groups of equal weights and bias, in the order of their first.

    Examples
    --------
    >>> equal_neurons(FullyConnectedNetwork([[1], [2], [1]], [0, 0, 0], [1, 2, 3]))
    ((0, 2), (1,))
    """
    filters, biases = rational_array(network.filters, "filters"), rational_array(network.biases, "biases")
    groups: dict[tuple[int, ...], list[int]] = {}
    for place, (row, bias) in enumerate(zip(filters.numerators.tolist(), biases.numerators.tolist())):
        groups.setdefault((*row, bias), []).append(place)
    return tuple(map(tuple, groups.values()))


def squared_readout(network: FullyConnectedNetwork, places: tuple[int, ...]) -> Fraction:
    """Return Σ u_i² over some neurons, exactly."""
    readout = rational_array(network.readout, "readout")
    return sum((readout[place]**2 for place in places), Fraction(0))


def _exact_neuron(network: FullyConnectedNetwork, places: tuple[int, ...], factor: HingeFactor) -> NeuronTables:
    first = places[0]
    inner = pre_activations(rational_array(network.filters, "filters")[first:first + 1],
                            rational_array(network.biases, "biases")[first:first + 1])
    outer, scale = network.activation.on_numerators(inner.numerators[0], inner.denominator)
    slopes = slopes_of(network.activation, inner)[0]
    value, slope = RationalArray(outer, scale), RationalArray(slopes.numerators[0], slopes.denominator)
    return NeuronTables(places, squared_readout(network, places), product_with(factor, slope),
                        product_with(factor, value), slope, value)


def product_with(factor: HingeFactor, table: RationalArray) -> RationalArray:
    """Return a times a table of rationals; the table itself where a is 1."""
    if factor.is_one:
        return table
    return RationalArray(exact_product(factor.values.numerators, table.numerators),
                         factor.values.denominator * table.denominator)
