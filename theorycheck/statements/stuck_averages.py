"""The means over all parities at a start, from the cube or beyond it, and how large σ gets there."""
from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from theorycheck.rigor import Real

if TYPE_CHECKING:
    from theorycheck.networks.architectures import FullyConnectedNetwork
    from theorycheck.orbits.parities import ParityAverage


def average_of(network: FullyConnectedNetwork, k: int, gamma: Fraction, threads: int | None) -> ParityAverage:
    """Return the means over all parities: from the cube, or above n=14 from each neuron's level weights if |h| < 1.

    Raises
    ------
    InstanceTooLarge
        From the cube's memory budget where |h| < 1 is not known beforehand, or from the level weights.
    """
    from theorycheck.networks.rationals import rational_array
    from theorycheck.orbits.network_tables import EXACT_DIMENSION, equal_neurons
    from theorycheck.orbits.parities import parity_average
    if network.n > EXACT_DIMENSION and network.activation.lipschitz is not None:
        # Equal neurons act as one, with the sum of their readouts: so do pairs with u = ±1, which cancel.
        readout = rational_array(network.readout, "readout").fractions()
        mixed = [sum((readout[place] for place in group), Fraction(0)) for group in equal_neurons(network)]
        sizes = sum(map(abs, mixed), Fraction(0))
        largest = largest_value(network)
        if largest is not None and sizes * largest < 1:
            return _average_by_levels(network, k, largest, threads)
    return parity_average(network, k, hinge_slope=gamma, threads=threads)


def _average_by_levels(network: FullyConnectedNetwork, k: int, largest: Fraction,
                       threads: int | None) -> ParityAverage:
    from theorycheck.networks.rationals import rational_array
    from theorycheck.neurons.neuron import read_neuron
    from theorycheck.orbits.averages import orbit_average
    from theorycheck.orbits.parities import NeuronAverage, ParityAverage
    filters, biases, readout = (rational_array(getattr(network, name), name)
                                for name in ("filters", "biases", "readout"))
    known: dict[Any, Any] = {}
    neurons, moment, steepness = [], Fraction(0), network.activation.lipschitz or Fraction(0)
    for place, u in enumerate(readout.fractions()):
        neuron = read_neuron(filters[place], biases[place], network.activation)
        if neuron.key not in known:
            known[neuron.key] = orbit_average(neuron, k, threads=threads)
        found = known[neuron.key]
        neurons.append(NeuronAverage((place,), found.filters * u**2, found.readout))
        moment += largest**2 + network.n * (u * steepness)**2
    method = ", ".join(sorted({average.levels.method for average in known.values()}))
    return ParityAverage(network.n, k, tuple(neurons), Real(moment), Real(moment), 0, True, method,
                         "level weights of each neuron; of the moments a bound, by |sigma| <= c and the slope of sigma")


def largest_value(network: FullyConnectedNetwork) -> Fraction | None:
    """Return a bound on |σ| at all pre-activations: attained between their ends for a piecewise linear σ.

    For any other σ its own bound, None where there is none.
    """
    from theorycheck.networks.activation_forms import PiecewisePolynomial
    from theorycheck.networks.rationals import rational_array
    activation, form = network.activation, network.activation.form
    if not isinstance(form, PiecewisePolynomial) or form.degree > 1:
        return activation.bound
    filters, biases = rational_array(network.filters, "filters"), rational_array(network.biases, "biases")
    largest = Fraction(0)
    for place, row in enumerate(filters.numerators.tolist()):
        reach, bias = Fraction(sum(map(abs, row)), filters.denominator), biases[place]
        inside = [number for number, t in enumerate(form.breakpoints) if abs(t - bias) <= reach]
        values = [activation.exact_value(t) for t in (bias - reach, bias + reach)]
        # A breakpoint belongs to the piece on its right; the one on its left may end higher up.
        values += [sum((c * form.breakpoints[number]**power for power, c in enumerate(piece)), Fraction(0))
                   for number in inside for piece in form.coefficients[number:number + 2]]
        largest = max([largest, *map(abs, values)])
    return largest
