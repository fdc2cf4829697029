"""∇L_I - ∇L_0 for every parity I of k variables, exactly, one neuron of a fully connected network after the other.

The difference in θ_c is the Fourier coefficient v̂_c(I) of :mod:`theorycheck.orbits.parities`; two transforms of each
neuron give it for all I at once.
"""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import comb
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theorycheck.cube.characters import subsets_of_level
from theorycheck.errors import InstanceTooLarge, require_integer
from theorycheck.networks.architectures import FullyConnectedNetwork
from theorycheck.networks.rationals import RationalArray, rational_array, scaled_integers
from theorycheck.orbits.cube_tables import exact_spectrum
from theorycheck.orbits.network_tables import NeuronTables, exact_tables
from theorycheck.orbits.parities import read_hinge_slope, require_fully_connected

#: Numbers of a table of all parities by all variables.
DIFFERENCE_LIMIT = 2**22


@dataclass(frozen=True, eq=False)
class ParityDifferences:
    """∇L_I - ∇L_0 for one neuron (or several equal ones) and every parity I.

    Attributes
    ----------
    places : tuple of int
        The neurons.
    filters : RationalArray (C(n,k), n)
        The same for all of them but for the factor u_i: the difference in w_ij is u_i times this.
    readout : RationalArray (C(n,k),)
    """

    places: tuple[int, ...]
    filters: RationalArray
    readout: RationalArray


def parity_differences(network: FullyConnectedNetwork, k: int, *, hinge_slope: Any = 0,
                       threads: int | None = None) -> Iterator[ParityDifferences]:
    """Yield ∇L_I - ∇L_0 for every parity I, exactly, one distinct neuron after the other.

    Parameters
    ----------
    network, k, hinge_slope, threads
        As for :func:`theorycheck.orbits.parities.parity_average`; in rationals.  The parities come in increasing order
        of their bit masks, as :func:`theorycheck.cube.characters.subsets_of_level` lists them.

    Raises
    ------
    InstanceTooLarge
        ``n=30, k=15 has 155117520 parities of 30 variables, above the limit of 4194304 numbers.``

    Notes
    -----
    Where |h| < 1 everywhere, this is ∇L_I itself.

    Examples
    --------
    >>> network = FullyConnectedNetwork([[1, 1]], [0], ["1/4"])
    >>> [(part.filters.fractions(), part.readout.fractions()) for part in parity_differences(network, 2)]
    [([Fraction(-1, 4), Fraction(-1, 4)], [Fraction(-1, 2)])]
    """
    require_fully_connected(network)
    level = require_integer("k", k, 0, network.n, "n")
    slope = read_hinge_slope(hinge_slope)
    if comb(network.n, level) * network.n > DIFFERENCE_LIMIT:
        raise InstanceTooLarge(f"n={network.n}, k={level} has {comb(network.n, level)} parities of {network.n} "
                               f"variables, above the limit of {DIFFERENCE_LIMIT} numbers.")
    subsets = np.array(list(subsets_of_level(network.n, level)), dtype=np.int64)
    neighbours = subsets[:, None] ^ (1 << np.arange(network.n, dtype=np.int64))
    _, neurons = exact_tables(network, slope)
    return (_differences(tables, subsets, neighbours, threads) for tables in neurons)


def parity_deviations(network: FullyConnectedNetwork, k: int, *, hinge_slope: Any = 0,
                      threads: int | None = None) -> RationalArray:
    """Return ‖∇L_I - ∇L_0‖² for every parity I of k variables, exactly, in increasing order of the bit masks.

    Parameters and errors as for :func:`parity_differences`; shape (C(n,k),).

    Examples
    --------
    >>> network = FullyConnectedNetwork([[2, 1]], [0], ["1/4"])
    >>> [str(deviation) for deviation in parity_deviations(network, 1).fractions()]
    ['65/64', '17/64']
    """
    parts = parity_differences(network, k, hinge_slope=hinge_slope, threads=threads)
    readout, total = rational_array(network.readout, "readout"), None
    for part in parts:
        outer = sum((readout[place]**2 for place in part.places), Fraction(0))
        by_filter = RationalArray(scaled_integers(_row_squares(part.filters.numerators), outer.numerator),
                                  part.filters.denominator**2 * outer.denominator)
        by_readout = RationalArray(scaled_integers(_row_squares(part.readout.numerators[:, None]), len(part.places)),
                                   part.readout.denominator**2)
        both = by_filter.plus(by_readout)
        total = both if total is None else total.plus(both)
    assert total is not None
    return total


def _differences(tables: NeuronTables, subsets: NDArray[np.int64], neighbours: NDArray[np.int64],
                 threads: int | None) -> ParityDifferences:
    assert isinstance(tables.slope, RationalArray) and isinstance(tables.value, RationalArray)
    slope, value = exact_spectrum(tables.slope, threads), exact_spectrum(tables.value, threads)
    return ParityDifferences(tables.places, RationalArray(-slope.numerators[neighbours], slope.denominator),
                             RationalArray(-value.numerators[subsets], value.denominator))


def _row_squares(rows: NDArray) -> NDArray:
    """Σ_j of the squares in each row, in Python integers, as denominators are squared too."""
    wide = rows.astype(object)
    return np.array([sum(entry * entry for entry in row) for row in wide.tolist()], dtype=object)
