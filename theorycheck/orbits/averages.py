"""Theorem 12's orbit averages: the mean over all n! permutations of a neuron's weights, from its level weights.

While |h| <= 1 and the hinge's slope is 1, with s = √r⟨w, x⟩ + b and a readout u,
(1/n!) Σ_π ‖∂L/∂w‖² = (u²/C(n,k)) [(n-k+1) W^{=k-1}[σ'(s)] + (k+1) W^{=k+1}[σ'(s)]] and
(1/n!) Σ_π (∂L/∂u)² = W^{=k}[σ(s)]/C(n,k); as well means over all C(n,k) parities of k variables, w held fixed.
"""
from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import comb
from typing import Any

from theorycheck.errors import ParameterError, require_integer
from theorycheck.networks.architectures import FullyConnectedNetwork
from theorycheck.networks.rationals import exact_entries, rational_array, total_of
from theorycheck.neurons.level_weights import neuron_level_weights
from theorycheck.neurons.neuron import Neuron, read_neuron, require_neuron
from theorycheck.neurons.results import NeuronLevels
from theorycheck.rigor import Real, exact_rational


@dataclass(frozen=True, eq=False)
class OrbitAverage:
    """Means over all n! permutations of a neuron's weights, hinge slope 1 everywhere.

    Attributes
    ----------
    filters : Real
        Of ‖∂L/∂w‖², the sum over the n coordinates.
    readout : Real
        Of (∂L/∂u)².
    levels : NeuronLevels
        The level weights behind both, and by which method.
    """

    filters: Real
    readout: Real
    levels: NeuronLevels


@dataclass(frozen=True, eq=False)
class NetworkOrbitAverage:
    """Means over the permutations of every neuron's weights of the squared norms of a network's gradient.

    Attributes
    ----------
    filters, readout : Real
        Of ‖∂L/∂W‖² (Frobenius) and ‖∂L/∂u‖², summed over the neurons.
    neurons, distinct : int
        How many neurons, and how many different level computations they took.
    methods : mapping str -> int
        How many of the distinct neurons each method computed.
    """

    filters: Real
    readout: Real
    neurons: int
    distinct: int
    methods: dict[str, int]


def orbit_average(neuron: Neuron, k: int, *, readout: Any = 1, method: str = "auto",
                  threads: int | None = None) -> OrbitAverage:
    """Return the exact means over all permutations of one neuron's weights, or over all parities of k variables.

    Parameters
    ----------
    neuron : Neuron
    k : int
        Variables of the parity, 1 to n.
    readout : rational
        u; the filters' mean has the factor u².
    method, threads
        As in :func:`~theorycheck.neurons.level_weights.neuron_level_weights`.

    Raises
    ------
    ParameterError
        ``'k' must be at least 1 and at most n=20, not 21.``
    InstanceTooLarge
        As ``neuron_level_weights``.

    Notes
    -----
    The cost is that of the level weights k-1, k+1 of σ' and k of σ.  MS21, Theorem 12.

    Examples
    --------
    >>> average = orbit_average(read_neuron([1, 2, 3, 4, 5, 6], bias="1/2"), 2)
    >>> average.filters.exact, average.readout.exact
    (Fraction(179, 2560), Fraction(7079, 15360))
    """
    n = require_neuron(neuron).n
    k = require_integer("k", k, 1, n, "n")
    u = exact_rational(readout, "readout")
    levels = neuron_level_weights(neuron, slope_levels(n, k), [k], method=method, threads=threads)
    return OrbitAverage(filters_average(levels, n, k) * u**2, levels.value[k] / comb(n, k), levels)


def slope_levels(n: int, k: int) -> list[int]:
    """Return the levels of σ' that the average needs: k-1, and k+1 unless k=n.

    Examples
    --------
    >>> slope_levels(5, 2), slope_levels(5, 5)
    ([1, 3], [4])
    """
    return [level for level in (k - 1, k + 1) if level <= n]


def filters_average(levels: NeuronLevels, n: int, k: int) -> Real:
    """Return [(n-k+1) W^{=k-1}[σ'] + (k+1) W^{=k+1}[σ']]/C(n,k) from the level weights of σ'.

    Examples
    --------
    >>> filters_average(NeuronLevels({1: Real(1), 3: Real(0)}, {}, None, "transform"), 4, 2)
    Real(1/2)
    """
    above = levels.slope[k + 1] * (k + 1) if k < n else Real(0)
    return (levels.slope[k - 1] * (n - k + 1) + above) / comb(n, k)


def network_orbit_average(network: FullyConnectedNetwork, k: int, *, method: str = "auto",
                          threads: int | None = None,
                          progress: Callable[[int, int], None] | None = None) -> NetworkOrbitAverage:
    """Return the means over the permutations of each neuron's weights, summed over the neurons, one at a time.

    Parameters
    ----------
    network : FullyConnectedNetwork
        Its float64 parameters stand for the dyadic numbers that they are.
    k : int
        Variables of the parity.
    method, threads
        As in :func:`orbit_average`.
    progress : callable, optional
        Called with (done, distinct) after each distinct neuron.

    Raises
    ------
    ParameterError
        ``'network' must be fully connected, not convolutional.`` and as :func:`orbit_average`.
    InstanceTooLarge
        As :func:`orbit_average`.

    Notes
    -----
    Neurons that differ by a permutation, by signs of weights or in their readout are computed once.  Memory: one
    neuron's.

    Examples
    --------
    >>> network = FullyConnectedNetwork([[1, 1, 1], [1, -1, 1]], [0, 0], [1, -1])
    >>> average = network_orbit_average(network, 2)
    >>> average.filters.exact, average.readout.exact, average.distinct
    (Fraction(3, 8), Fraction(1, 8), 1)
    """
    if not isinstance(network, FullyConnectedNetwork):
        raise ParameterError(f"'network' must be fully connected, not {getattr(network, 'kind', repr(network))}.")
    k = require_integer("k", k, 1, network.n, "n")
    groups, examples = _grouped(network)
    filters, readouts, methods = _Total(), _Total(), Counter[str]()
    for done, (key, readout) in enumerate(groups.items(), start=1):
        average = orbit_average(examples[key], k, method=method, threads=threads)
        filters.add(average.filters * readout.squares)
        readouts.add(average.readout * readout.count)
        methods[average.levels.method] += 1
        if progress is not None:
            progress(done, len(groups))
    return NetworkOrbitAverage(filters.value(), readouts.value(), network.filter_count, len(groups), dict(methods))


@dataclass
class _Readouts:
    """How many neurons share their level weights, and the sum of the squares of their readouts."""

    count: int = 0
    squares: Fraction = Fraction(0)


def _grouped(network: FullyConnectedNetwork) -> tuple[dict[Any, _Readouts], dict[Any, Neuron]]:
    groups: dict[Any, _Readouts] = {}
    examples: dict[Any, Neuron] = {}
    biases, readouts = (exact_entries(getattr(network, name), name)[0] for name in ("biases", "readout"))
    for row, bias, readout in zip(network.filters, biases, readouts):
        neuron = read_neuron(rational_array(row, "filters"), bias, network.activation)
        group = groups.setdefault(neuron.key, _Readouts())
        group.count += 1
        group.squares += readout**2
        examples.setdefault(neuron.key, neuron)
    return groups, examples


class _Total:
    """A sum of many reals whose recipe nests two calls deep."""

    def __init__(self) -> None:
        self._exact, self._enclosed = Fraction(0), list[Real]()

    def add(self, term: Real) -> None:
        """Add a term."""
        if term.exact is not None:
            self._exact += term.exact
        else:
            self._enclosed.append(term)

    def value(self) -> Real:
        """Return the sum."""
        return total_of([Real(self._exact), *self._enclosed]) if self._enclosed else Real(self._exact)
