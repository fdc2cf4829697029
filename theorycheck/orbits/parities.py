"""The gradients of all parities of k variables at once, at any parameters of a fully connected network.

With f = χ_I and the uniform distribution, ∂L_I/∂θ_c - ∂L_0/∂θ_c = v̂_c(I), where L_0 = ½E[ℓ(h,1)+ℓ(h,-1)] is the loss
of labels by a fair coin and v_c = -a ∂_c h with the hinge factor a = (s(h)+s(-h))/2, 1/2 <= a <= 1.  So the mean over
all C(n,k) parities is a level weight: avg_I ‖∇L_I-∇L_0‖² = Σ_c W^{=k}[v_c] / C(n,k).  For w_ij the function v_c is
-u_i x_j a σ'(s_i), and the sum over j needs the levels k-1 and k+1 of the one table a σ'(s_i).
"""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import comb
from typing import Any

from theorycheck.errors import ParameterError, abbreviate, require_choice, require_integer
from theorycheck.networks.architectures import FullyConnectedNetwork
from theorycheck.networks.rationals import total_of
from theorycheck.orbits.cube_tables import mean_square, table_level_weights
from theorycheck.orbits.float_tables import float_tables
from theorycheck.orbits.network_tables import HingeFactor, NeuronTables, exact_tables, is_enumerated_exactly
from theorycheck.rigor import Real, exact_rational

METHODS = ("auto", "exact", "float")


@dataclass(frozen=True, eq=False)
class NeuronAverage:
    """The share of one neuron, or of several equal ones, in the means over all parities.

    Attributes
    ----------
    places : tuple of int
        Which neurons of the network.
    filters, readout : Real
        The mean over I of the squared difference in their weights, and in their readout, all of them together.
    """

    places: tuple[int, ...]
    filters: Real
    readout: Real


@dataclass(frozen=True, eq=False)
class ParityAverage:
    """Means over all C(n,k) parities, and what bounds them.

    Attributes
    ----------
    n, k : int
    neurons : tuple of NeuronAverage
    second_moment : Real
        Σ_c E[v_c²] over all parameters c: what C(n,k) times the mean is at most (Parseval).
    network_moment : Real
        E‖∇_θ h‖², which is at least the second moment and at most 4 times it.
    margin_kinks : int
        Points with |h| = 1.
    is_still : bool
        |h| < 1 everywhere, for certain, so that ∇L_0 = 0.
    method, reason : str
        ``exact`` or ``float``, and why.
    """

    n: int
    k: int
    neurons: tuple[NeuronAverage, ...]
    second_moment: Real
    network_moment: Real
    margin_kinks: int
    is_still: bool
    method: str
    reason: str

    @property
    def parities(self) -> int:
        """C(n,k)."""
        return comb(self.n, self.k)

    @property
    def filters(self) -> Real:
        """avg_I ‖∇_W L_I - ∇_W L_0‖²."""
        return total_of([neuron.filters for neuron in self.neurons])

    @property
    def readout(self) -> Real:
        """avg_I ‖∇_u L_I - ∇_u L_0‖²."""
        return total_of([neuron.readout for neuron in self.neurons])

    @property
    def total(self) -> Real:
        """avg_I ‖∇L_I - ∇L_0‖²."""
        return self.filters + self.readout


def parity_average(network: FullyConnectedNetwork, k: int, *, hinge_slope: Any = 0, method: str = "auto",
                   threads: int | None = None) -> ParityAverage:
    """Return the mean of ‖∇L_I - ∇L_0‖² over all parities I of k variables, and its bounds.

    Parameters
    ----------
    network : FullyConnectedNetwork
    k : int
        0 <= k <= n.
    hinge_slope : rational in [0, 1]
        γ, the slope of the hinge at margin 1.
    method : str
        ``"exact"``: in rationals.  ``"float"``: float64 tables with proved bounds, any n within memory.  ``"auto"``:
        exact where n <= 14 or 64 bits do, else float.
    threads : int, optional

    Raises
    ------
    ParameterError
        ``'k' must be at least 0 and at most n=3, not 4.``,
        ``'hinge_slope' must be at least 0 and at most 1, not 2.``
    InstanceTooLarge
        Where the cube is above the memory budget.

    Notes
    -----
    Two transforms for each distinct neuron: O(q n 2^n).  MS21, Theorem 12, and what "stuck" needs beyond it.

    Examples
    --------
    >>> network = FullyConnectedNetwork([[1, 1, 1, 1]], ["1/2"], ["1/10"])
    >>> average = parity_average(network, 2)
    >>> average.filters, average.readout, average.is_still
    (Real(1/1280), Real(49/1024), True)
    """
    require_fully_connected(network)
    level = require_integer("k", k, 0, network.n, "n")
    slope = read_hinge_slope(hinge_slope)
    chosen, reason, factor, neurons = _tables(network, slope, require_choice("method", method, METHODS))
    averages, moments, plain, count = [], [], [], comb(network.n, level)
    for tables in neurons:
        near = table_level_weights(tables.slope, (level - 1, level + 1), threads)
        both = near[level - 1] * (network.n - level + 1) + near[level + 1] * (level + 1)
        value = table_level_weights(tables.value, (level,), threads)[level]
        averages.append(NeuronAverage(tables.places, both * tables.squared_readout / count,
                                      value * len(tables.places) / count))
        moments += _moments(network.n, tables, tables.slope, tables.value)
        plain += moments[-2:] if factor.is_one else _moments(network.n, tables, tables.plain_slope, tables.plain_value)
    return ParityAverage(network.n, level, tuple(averages), total_of(moments), total_of(plain), factor.margin_kinks,
                         factor.is_one, chosen, reason)


def read_hinge_slope(value: Any) -> Fraction:
    """Return γ, a rational in [0, 1].

    Raises
    ------
    ParameterError
        ``'hinge_slope' must be at least 0 and at most 1, not 2.``

    Examples
    --------
    >>> read_hinge_slope("1/2")
    Fraction(1, 2)
    """
    slope = exact_rational(value, "hinge_slope")
    if not 0 <= slope <= 1:
        raise ParameterError(f"'hinge_slope' must be at least 0 and at most 1, not {abbreviate(slope)}.")
    return slope


def require_fully_connected(network: Any) -> None:
    """Refuse anything but a fully connected network.

    Raises
    ------
    ParameterError
        ``'network' must be a FullyConnectedNetwork, not int.``

    Examples
    --------
    >>> require_fully_connected(FullyConnectedNetwork([[1]], [0], [1]))
    """
    if not isinstance(network, FullyConnectedNetwork):
        raise ParameterError(f"'network' must be a FullyConnectedNetwork, not {type(network).__name__}.")


def _tables(network: FullyConnectedNetwork, slope: Fraction,
            method: str) -> tuple[str, str, HingeFactor, Iterator[NeuronTables]]:
    reason = "as asked"
    if method == "auto":
        is_exact = is_enumerated_exactly(network, slope)
        method = "exact" if is_exact else "float"
        reason = "rationals are short enough at this n" if is_exact else (
            "this n has too many points for long rationals" if network.activation.is_rational else
            f"{network.activation.name} is not rational")
    return (method, reason, *(exact_tables if method == "exact" else float_tables)(network, slope))


def _moments(n: int, tables: NeuronTables, slope: Any, value: Any) -> list[Real]:
    """Σ_c E of the squares over one neuron's weights, and over its readout: |x_j| = 1, so each weight counts alike."""
    return [mean_square(slope) * (n * tables.squared_readout), mean_square(value) * len(tables.places)]
