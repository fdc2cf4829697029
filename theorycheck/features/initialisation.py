"""Drawing the first layer: the paper's sign grid, Gaussian, uniform, or filters that the user gives.

The paper's grid is held as q cell codes, never as a q×k matrix: cell z is the filter w with k·w_i = +1 where bit i of z
is 0 and -1 where it is 1, and its bias is 1/k - 1.
"""
from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from theorycheck.errors import InstanceTooLarge, ParameterError, require_integer
from theorycheck.networks.rationals import RationalArray, rational_array
from theorycheck.probability.multiplicities import sample_cells
from theorycheck.rigor import exact_rational

_NAMES = ("paper", "gaussian", "gaussian:BETA", "uniform")
# float64 weights held at once: one GiB.
WEIGHT_LIMIT = 2**27


def paper_bias(k: int) -> Fraction:
    """Return 1/k - 1, the bias of every filter in MS21, Lemma 6.

    Examples
    --------
    >>> paper_bias(4)
    Fraction(-3, 4)
    """
    return Fraction(1, require_integer("k", k, minimum=1)) - 1


@dataclass(frozen=True, eq=False)
class SignGridFilters:
    """q filters from {±1/k}^k, one cell code for each, with one bias.

    Parameters
    ----------
    k : int
    cells : array-like (q,) of integers in 0 ... 2^k-1
    bias : Fraction, optional
        The paper's 1/k - 1 unless given.

    Raises
    ------
    ParameterError
        ``'cells' must be integers in 0 ... 2^k-1=3, not 4.``

    Examples
    --------
    >>> filters = SignGridFilters(2, [0, 3, 3])
    >>> filters.q, filters.multiplicities().tolist(), filters.row(1)
    (3, [1, 0, 0, 2], (Fraction(-1, 2), Fraction(-1, 2)))
    """

    k: int
    cells: Any
    bias: Any = None

    def __post_init__(self) -> None:
        k = require_integer("k", self.k, minimum=1, maximum=26)
        cells = np.array(self.cells)
        if cells.ndim != 1 or cells.size == 0 or cells.dtype.kind not in "iu":
            raise ParameterError(f"'cells' must be a vector of at least one integer, not {cells.dtype} {cells.shape}.")
        wrong = cells[(cells < 0) | (cells >= 1 << k)]
        if wrong.size:
            raise ParameterError(f"'cells' must be integers in 0 ... 2^k-1={2**k - 1}, not {wrong[0]}.")
        cells.flags.writeable = False
        object.__setattr__(self, "cells", cells)
        bias = paper_bias(k) if self.bias is None else exact_rational(self.bias, "bias")
        object.__setattr__(self, "bias", bias)

    @property
    def q(self) -> int:
        """Number of filters."""
        return int(self.cells.size)

    def multiplicities(self) -> np.ndarray:
        """Return m_z for all 2^k cells, int64."""
        return np.bincount(self.cells, minlength=1 << self.k).astype(np.int64)

    def row(self, i: int) -> tuple[Fraction, ...]:
        """Return filter i as k rationals."""
        cell = int(self.cells[i])
        return tuple(Fraction(-1 if cell >> bit & 1 else 1, self.k) for bit in range(self.k))


@dataclass(frozen=True, eq=False)
class GivenFilters:
    """q filters and biases as numbers: drawn float64, standing for the dyadic rationals they hold, or user-given.

    Parameters
    ----------
    filters : array-like (q, k)
    biases : array-like (q,), optional
        Zero unless given.

    Raises
    ------
    ParameterError
        ``'biases' must have shape (q,) with q=2, not (3,).``

    Examples
    --------
    >>> GivenFilters([["1/2", 0.1]]).exact_filters()[0, 1]
    Fraction(1, 10)
    """

    filters: Any
    biases: Any = None

    def __post_init__(self) -> None:
        weights = _frozen(self.filters, "filters")
        if len(weights.shape) != 2 or 0 in weights.shape:
            raise ParameterError(f"'filters' must have shape (q, k), not {weights.shape}.")
        q = weights.shape[0]
        shifts = _frozen(np.zeros(q, dtype=np.int64) if self.biases is None else self.biases, "biases")
        if shifts.shape != (q,):
            raise ParameterError(f"'biases' must have shape (q,) with q={q}, not {shifts.shape}.")
        object.__setattr__(self, "filters", weights)
        object.__setattr__(self, "biases", shifts)

    @property
    def q(self) -> int:
        """Number of filters."""
        return int(self.filters.shape[0])

    @property
    def k(self) -> int:
        """Number of variables in a window."""
        return int(self.filters.shape[1])

    def exact_filters(self) -> RationalArray:
        """Return the filters as exact rationals, (q, k)."""
        return rational_array(self.filters, "filters")

    def exact_biases(self) -> RationalArray:
        """Return the biases as exact rationals, (q,)."""
        return rational_array(self.biases, "biases")


def sample_sign_grid(q: int, k: int, rng: np.random.Generator) -> SignGridFilters:
    """Draw q filters uniformly from {±1/k}^k.

    Notes
    -----
    O(q) time; eight bytes for each filter at most.  MS21, Lemma 6.

    Examples
    --------
    >>> sample_sign_grid(1000, 3, np.random.default_rng(0)).multiplicities().sum()
    np.int64(1000)
    """
    return SignGridFilters(k, sample_cells(q, k, rng))


def sample_gaussian(q: int, k: int, rng: np.random.Generator, bias_scale: object = 0) -> GivenFilters:
    """Draw w ~ N(0, I_k) and b ~ N(0, β²), β = ``bias_scale``, in float64.

    Notes
    -----
    8qk bytes.  β is rounded to float64, so that the biases are dyadic rationals.  MS21, Comment 7.

    Examples
    --------
    >>> sample_gaussian(5, 3, np.random.default_rng(0)).filters.shape
    (5, 3)
    """
    _require_weights(q, k)
    scale = float(_scale(bias_scale))
    weights = rng.standard_normal((q, k))
    return GivenFilters(weights, scale * rng.standard_normal(q) if scale else np.zeros(q))


def sample_uniform(q: int, k: int, rng: np.random.Generator) -> GivenFilters:
    """Draw weights and biases uniformly from [-1/√k, 1/√k), the common default of deep-learning libraries.

    Examples
    --------
    >>> bool(abs(sample_uniform(5, 4, np.random.default_rng(0)).filters).max() <= 0.5)
    True
    """
    _require_weights(q, k)
    reach = k**-0.5
    return GivenFilters(rng.uniform(-reach, reach, (q, k)), rng.uniform(-reach, reach, q))


@dataclass(frozen=True)
class Initialisation:
    """A law of the first layer.

    Parameters
    ----------
    name : str
        ``paper``, ``gaussian`` or ``uniform``.
    bias_scale : Fraction
        β of the Gaussian; 0 means no bias.

    Examples
    --------
    >>> initialisation_named("paper").sample(3, 2, np.random.default_rng(0)).q
    3
    """

    name: str
    bias_scale: Fraction = Fraction(0)

    def sample(self, q: int, k: int, rng: np.random.Generator) -> SignGridFilters | GivenFilters:
        """Draw q filters of k weights."""
        if self.name == "paper":
            return sample_sign_grid(q, k, rng)
        if self.name == "gaussian":
            return sample_gaussian(q, k, rng, self.bias_scale)
        return sample_uniform(q, k, rng)


def initialisation_named(text: str) -> Initialisation:
    """Return the law that ``text`` names: ``paper``, ``gaussian``, ``gaussian:1`` (bias scale β) or ``uniform``.

    Raises
    ------
    ParameterError
        ``'init' must be one of paper, gaussian, gaussian:BETA, uniform, not 'xavier'.``

    Examples
    --------
    >>> initialisation_named("gaussian:1/2").bias_scale
    Fraction(1, 2)
    """
    name, colon, scale = text.strip().partition(":") if isinstance(text, str) else ("", "", "")
    if name not in ("paper", "gaussian", "uniform") or (colon and name != "gaussian"):
        raise ParameterError(f"'init' must be one of {', '.join(_NAMES)}, not {text!r}.")
    return Initialisation(name, _scale(scale) if colon else Fraction(0))


def _frozen(value: Any, name: str) -> np.ndarray | RationalArray:
    """A float64 array as it is, read-only; anything else as exact rationals."""
    if not isinstance(value, np.ndarray) or not np.issubdtype(value.dtype, np.floating):
        return rational_array(value, name)
    if not np.isfinite(value).all():
        raise ParameterError(f"'{name}' must be finite, not {value[~np.isfinite(value)][0]}.")
    frozen = np.array(value, dtype=np.float64)
    frozen.flags.writeable = False
    return frozen


def _scale(value: object) -> Fraction:
    scale = exact_rational(value, "bias_scale")
    if scale < 0:
        raise ParameterError(f"'bias_scale' must be at least 0, not {scale}.")
    return scale


def _require_weights(q: int, k: int) -> None:
    require_integer("q", q, minimum=1)
    require_integer("k", k, minimum=1)
    if q * k > WEIGHT_LIMIT:
        raise InstanceTooLarge(f"q={q}, k={k} needs {8 * q * k} bytes of weights; the largest q that fits is "
                               f"{WEIGHT_LIMIT // k}.")
