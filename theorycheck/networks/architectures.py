"""The networks of the paper as frozen dataclasses: Definition 1 (CNN), Definition 2 (FCN), Definition 11 (LCN).

Parameters are exact rationals, or float64 arrays, which stand for the dyadic numbers that they hold; so every network
has exact values, which :mod:`theorycheck.networks.evaluation` computes.
"""
from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal, cast

import numpy as np
from numpy.typing import ArrayLike

from theorycheck.cube.points import WINDOWS
from theorycheck.errors import ParameterError, require_choice
from theorycheck.networks.activations import Activation, activation_named
from theorycheck.networks.rationals import RationalArray, exact_entries, require_floats
from theorycheck.rigor import Real


class _Evaluated:
    """Values, for every network."""

    def __call__(self, point: ArrayLike) -> Real:
        """Return h(x) at a point of n signs: exact, or enclosed where σ is not rational."""
        from theorycheck.networks.evaluation import value_at
        return value_at(cast("Network", self), point)

    def values_on_cube(self) -> RationalArray:
        """Return the exact h(x) for every x, in the cube's order."""
        from theorycheck.networks.evaluation import values_on_cube
        return values_on_cube(cast("Network", self))


class _Windowed:
    """The sizes of a network with windows, tied or not."""

    filters: Any
    biases: Any
    readout: Any
    windows: str

    @property
    def n(self) -> int:
        """Number of variables."""
        return self.window_count + self.k - (1 if self.windows == "all" else 0)

    @property
    def k(self) -> int:
        """Number of variables in a window."""
        return int(self.filters.shape[-1])

    @property
    def filter_count(self) -> int:
        """Number q of filters at each window."""
        return int(self.biases.shape[-1])

    @property
    def window_count(self) -> int:
        """Number N of windows."""
        return int(self.readout.shape[0])


@dataclass(frozen=True, eq=False)
class ConvolutionalNetwork(_Evaluated, _Windowed):
    """Definition 1: h(x) = Σ_j ⟨u^(j), σ(W x^(j) + b)⟩, with stride 1 and depth 2.

    Parameters
    ----------
    filters : array-like (q, k)
        The rows of W.
    biases : array-like (q,)
    readout : array-like (N, q)
        u^(j), one row for each window.
    activation : Activation or str
    windows : str
        ``"all"``: n = N+k-1.  ``"paper"``: n = N+k, so that the last k-bit window is missing, as the paper sums.

    Raises
    ------
    ParameterError
        ``'readout' must have shape (N, q) with q=2, not (3, 4).`` and the like; NaN and infinities are refused.

    Notes
    -----
    A float64 array is kept as it is; anything else becomes an array of Fractions, a Python float being read as its
    shortest decimal.  The arrays are read-only.

    Examples
    --------
    >>> network = ConvolutionalNetwork([[1, 1]], [-1], [[1], [2]], "relu")
    >>> network.n, network.k, network.filter_count, network.window_count
    (3, 2, 1, 2)
    >>> network([1, 1, 1]), network([-1, 1, 1])
    (Real(3), Real(2))
    """

    kind: ClassVar[Literal["convolutional"]] = "convolutional"

    filters: Any
    biases: Any
    readout: Any
    activation: Activation = field(default_factory=lambda: activation_named("relu"))
    windows: str = "all"

    def __post_init__(self) -> None:
        filters = _parameters(self, "filters", ("q", "k"), {})
        biases = _parameters(self, "biases", ("q",), {"q": filters.shape[0]})
        _parameters(self, "readout", ("N", "q"), {"q": biases.shape[0]})
        _set_activation(self)
        require_choice("windows", self.windows, WINDOWS)


@dataclass(frozen=True, eq=False)
class LocallyConnectedNetwork(_Evaluated, _Windowed):
    """Definition 11: h(x) = Σ_j ⟨u^(j), σ(W^(j) x^(j) + b^(j))⟩, filters of its own at every window.

    Parameters
    ----------
    filters : array-like (N, q, k)
    biases : array-like (N, q)
    readout : array-like (N, q)
    activation : Activation or str
    windows : str
        As in :class:`ConvolutionalNetwork`.

    Raises
    ------
    ParameterError
        ``'biases' must have shape (N, q) with N=2, q=1, not (2, 3).`` and the like.

    Examples
    --------
    >>> network = LocallyConnectedNetwork([[[1, 1]], [[1, -1]]], [[-1], [-1]], [[1], [2]])
    >>> network([1, 1, 1]), network([1, 1, -1])
    (Real(1), Real(3))
    """

    kind: ClassVar[Literal["locally connected"]] = "locally connected"

    filters: Any
    biases: Any
    readout: Any
    activation: Activation = field(default_factory=lambda: activation_named("relu"))
    windows: str = "all"

    def __post_init__(self) -> None:
        filters = _parameters(self, "filters", ("N", "q", "k"), {})
        sizes = {"N": filters.shape[0], "q": filters.shape[1]}
        _parameters(self, "biases", ("N", "q"), sizes)
        _parameters(self, "readout", ("N", "q"), sizes)
        _set_activation(self)
        require_choice("windows", self.windows, WINDOWS)


@dataclass(frozen=True, eq=False)
class FullyConnectedNetwork(_Evaluated):
    """Definition 2: h(x) = Σ_i u_i σ(⟨w^(i), x⟩ + b_i).

    Parameters
    ----------
    filters : array-like (q, n)
    biases : array-like (q,)
    readout : array-like (q,)
    activation : Activation or str

    Raises
    ------
    ParameterError
        ``'readout' must have shape (q,) with q=2, not (3,).`` and the like.

    Examples
    --------
    >>> network = FullyConnectedNetwork([[1, 1, 1]], [-2], [5])
    >>> network([1, 1, 1]), network([1, -1, 1])
    (Real(5), Real(0))
    """

    kind: ClassVar[Literal["fully connected"]] = "fully connected"

    filters: Any
    biases: Any
    readout: Any
    activation: Activation = field(default_factory=lambda: activation_named("relu"))

    def __post_init__(self) -> None:
        filters = _parameters(self, "filters", ("q", "n"), {})
        _parameters(self, "biases", ("q",), {"q": filters.shape[0]})
        _parameters(self, "readout", ("q",), {"q": filters.shape[0]})
        _set_activation(self)

    @property
    def n(self) -> int:
        """Number of variables."""
        return int(self.filters.shape[1])

    @property
    def filter_count(self) -> int:
        """Number q of neurons."""
        return int(self.filters.shape[0])


WindowNetwork = ConvolutionalNetwork | LocallyConnectedNetwork
Network = ConvolutionalNetwork | LocallyConnectedNetwork | FullyConnectedNetwork


def with_float64_parameters(network: Any) -> Any:
    """Return the same network with its parameters rounded to float64.

    Examples
    --------
    >>> network = with_float64_parameters(FullyConnectedNetwork([["1/3"]], [0], [1]))
    >>> network.filters.dtype
    dtype('float64')
    """
    rounded = {name: np.asarray(getattr(network, name), dtype=np.float64) for name in ("filters", "biases", "readout")}
    return replace(network, **rounded)


def _parameters(network: Any, name: str, axes: tuple[str, ...], sizes: dict[str, int]) -> np.ndarray:
    """Validate one parameter array, freeze it and store it."""
    value = getattr(network, name)
    if isinstance(value, RationalArray):
        value = np.array(value.fractions() + [None], dtype=object)[:-1].reshape(value.shape)
    # A float array is kept as it is; no Fraction is made of each of its numbers.
    is_float = isinstance(value, np.ndarray) and np.issubdtype(value.dtype, np.floating)
    entries, shape = ([], require_floats(value, name).shape) if is_float else exact_entries(value, name)
    known = ", ".join(f"{axis}={sizes[axis]}" for axis in axes if axis in sizes)
    fits = len(shape) == len(axes) and all(sizes.get(axis, size) == size for axis, size in zip(axes, shape))
    if not fits:
        label = f"({', '.join(axes)}{',' if len(axes) == 1 else ''})"
        raise ParameterError(f"'{name}' must have shape {label}{' with ' + known if known else ''}, not {shape}.")
    if 0 in shape:
        raise ParameterError(f"'{name}' must not be empty, not of shape {shape}.")
    if is_float:
        frozen = np.array(value, dtype=np.float64)
    else:
        frozen = np.empty(len(entries), dtype=object)
        frozen[:] = entries
        frozen = frozen.reshape(shape)
    frozen.flags.writeable = False
    object.__setattr__(network, name, frozen)
    return frozen


def _set_activation(network: Any) -> None:
    if isinstance(network.activation, str):
        object.__setattr__(network, "activation", activation_named(network.activation))
    elif not isinstance(network.activation, Activation):
        raise ParameterError(f"'activation' must be an Activation or its name, not {network.activation!r}.")
