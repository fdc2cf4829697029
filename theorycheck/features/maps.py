"""Feature maps: σ(⟨w, z⟩ + b) for every filter and every z, exactly, with equal filters collapsed into classes.

A filter of the paper's grid at Hamming distance d from z has the pre-activation (k-2d)/k + b, so the grid's features
need σ at k+1 rationals only, and q filters are 2^k classes with multiplicities.
"""
from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from theorycheck.errors import InstanceTooLarge, ParameterError, require_integer
from theorycheck.features.characters import require_multiplicities
from theorycheck.features.filters import GivenFilters, SignGridFilters, paper_bias
from theorycheck.networks.activations import Activation
from theorycheck.networks.evaluation import pre_activations
from theorycheck.networks.rationals import RationalArray, integer_product, largest_magnitude, rational_array
from theorycheck.rigor import Real, decide, exact_rational

# Exact feature values held at once: (classes)·2^k.
FEATURE_LIMIT = 2**22
# Exact feature values visited for a Gram matrix.
GRAM_LIMIT = 2**25


@dataclass(frozen=True, eq=False)
class FeatureMap:
    """The exact features of q filters in classes of equal filters.

    Parameters
    ----------
    k : int
    values : RationalArray (C, 2^k)
        σ(⟨w_c, z⟩ + b_c).
    multiplicities : ndarray (C,) of int64
        How many filters each class has; 0 is allowed.
    levels : tuple of Fraction, optional
        For the sign grid: σ at Hamming distance d = 0 ... k, so that values[c, z] = levels[|c xor z|].

    Examples
    --------
    >>> from theorycheck.networks.activations import activation_named
    >>> features = sign_grid_features(activation_named("relu"), [3, 1, 2, 2])
    >>> features.q, features.window_gram.fractions()[:2]
    (8, [Fraction(3, 4), Fraction(0, 1)])
    """

    k: int
    values: RationalArray
    multiplicities: Any
    levels: tuple[Fraction, ...] | None = None

    def __post_init__(self) -> None:
        counts = require_multiplicities(self.multiplicities, self.values.shape[0])
        if self.values.shape[1] != 1 << self.k:
            raise ParameterError(f"'values' must have 2^k={1 << self.k} columns, not {self.values.shape[1]}.")
        object.__setattr__(self, "multiplicities", counts)

    @property
    def q(self) -> int:
        """Number of filters."""
        return sum(self.multiplicities.tolist())

    @property
    def class_count(self) -> int:
        """Number of classes, empty ones included."""
        return int(self.values.shape[0])

    @cached_property
    def is_diagonal(self) -> bool:
        """Whether class z is active at z only, as the paper's conditions on σ make it."""
        table = self.values.numerators
        return table.shape[0] == table.shape[1] and np.count_nonzero(table) == np.count_nonzero(table.diagonal())

    @cached_property
    def window_gram(self) -> RationalArray:
        """ΦᵀΦ = Σ_c m_c φ_c φ_cᵀ, (2^k, 2^k), exactly; its rank says which tables one window can represent."""
        table = self.values.numerators
        if self.is_diagonal:
            squares = [int(p) ** 2 * int(m) for p, m in zip(table.diagonal(), self.multiplicities)]
            diagonal = rational_array([Fraction(s, self.values.denominator**2) for s in squares], "values")
            gram = np.zeros((table.shape[1],) * 2, dtype=diagonal.numerators.dtype)
            np.fill_diagonal(gram, diagonal.numerators)
            return RationalArray(gram, diagonal.denominator)
        weighted = _weighted(table, self.multiplicities[:, None])
        product = integer_product(np.ascontiguousarray(table.T), weighted)
        return RationalArray(product, self.values.denominator**2).reduced()

    def table(self, readout: RationalArray) -> RationalArray:
        """Return T[z] = Σ_c m_c u_c φ_c(z) for each row of a readout (windows, C): shape (windows, 2^k), exactly."""
        weighted = _weighted(readout.numerators, self.multiplicities)
        return RationalArray(integer_product(weighted, self.values.numerators),
                             readout.denominator * self.values.denominator)

    def represent(self, dual: RationalArray) -> RationalArray:
        """Return the readout u_c = Σ_z φ_c(z) a[z] for each row of a (windows, 2^k): shape (windows, C), exactly."""
        product = integer_product(dual.numerators, np.ascontiguousarray(self.values.numerators.T))
        return RationalArray(product, dual.denominator * self.values.denominator)


def _weighted(integers: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Integers times multiplicities, in Python integers where int64 might not hold them."""
    if integers.dtype != object and largest_magnitude(integers) * largest_magnitude(counts) < 2**63:
        return integers * counts
    return integers.astype(object) * counts.astype(object)


def level_values(activation: Activation, k: int, bias: object | None = None) -> tuple[Real, ...]:
    """Return σ((k-2d)/k + b) for d = 0 ... k: a grid filter's value at Hamming distance d.

    Parameters
    ----------
    activation : Activation
    k : int
    bias : rational, optional
        The paper's 1/k - 1 unless given.

    Notes
    -----
    k+1 evaluations.  MS21, Lemma 6, step 6.

    Examples
    --------
    >>> from theorycheck.networks.activations import activation_named
    >>> [str(level.exact) for level in level_values(activation_named("relu"), 3)]
    ['1/3', '0', '0', '0']
    """
    k = require_integer("k", k, minimum=1)
    shift = paper_bias(k) if bias is None else exact_rational(bias, "bias")
    return tuple(activation(Fraction(k - 2 * d, k) + shift) for d in range(k + 1))


def indicator_failures(activation: Activation, k: int, bias: object | None = None) -> tuple[int, ...]:
    """Return the Hamming distances d where σ does not meet Lemma 6's conditions, in increasing order.

    The conditions are σ = 1/k at distance 0 and σ = 0 at every other distance; empty means that they hold.  A distance
    counts as a failure unless equality is decided.

    Examples
    --------
    >>> from theorycheck.networks.activations import activation_named
    >>> indicator_failures(activation_named("relu"), 4), indicator_failures(activation_named("abs"), 3)
    ((), (1, 2, 3))
    """
    levels = level_values(activation, k, bias)
    return tuple(d for d, level in enumerate(levels)
                 if decide(level, "==", Fraction(1, k) if d == 0 else Fraction(0)) is not True)


def exact_level_values(activation: Activation, k: int, bias: object | None = None) -> tuple[Fraction, ...]:
    """Return :func:`level_values` as rationals.

    Raises
    ------
    ParameterError
        ``'activation' must map rationals to rationals here; tanh does not at 1/3.``
    """
    shift = paper_bias(require_integer("k", k, minimum=1)) if bias is None else exact_rational(bias, "bias")
    return tuple(activation.exact_value(Fraction(k - 2 * d, k) + shift) for d in range(k + 1))


def distances(k: int) -> np.ndarray:
    """Return the number of set bits of every code 0 ... 2^k-1, int64."""
    return np.bitwise_count(np.arange(1 << k, dtype=np.uint64)).astype(np.int64)


def sign_grid_features(activation: Activation, multiplicities: Any, bias: object | None = None) -> FeatureMap:
    """Return the feature map of the paper's grid, class z holding ``multiplicities[z]`` filters.

    Parameters
    ----------
    activation : Activation
        Must map rationals to rationals.
    multiplicities : array-like (2^k,) of integers, at least 0
    bias : rational, optional
        The paper's 1/k - 1 unless given.

    Raises
    ------
    ParameterError
        ``'multiplicities' must hold 2^k integers, k at least 1, not 3 of them.``
    InstanceTooLarge
        ``k=12 has 2^24 feature values, above the limit of 4194304; the largest k that fits is 11.``

    Notes
    -----
    4^k values; q does not enter.
    """
    counts = np.asarray(multiplicities)
    size = counts.size
    if counts.ndim != 1 or size < 2 or size & (size - 1):
        raise ParameterError(f"'multiplicities' must hold 2^k integers, k at least 1, not {size} of them.")
    k = size.bit_length() - 1
    if size * size > FEATURE_LIMIT:
        raise InstanceTooLarge(f"k={k} has 2^{2 * k} feature values, above the limit of {FEATURE_LIMIT}; the largest "
                               f"k that fits is {(FEATURE_LIMIT.bit_length() - 1) // 2}.")
    levels = exact_level_values(activation, k, bias)
    integers = rational_array(levels, "levels")
    codes = np.arange(size)
    table = integers.numerators[distances(k)[codes[:, None] ^ codes[None, :]]]
    return FeatureMap(k, RationalArray(table, integers.denominator), counts, levels)


def given_features(activation: Activation, filters: GivenFilters) -> FeatureMap:
    """Return the feature map of filters held as numbers, one class for each.

    Raises
    ------
    InstanceTooLarge
        ``q=1000000, k=4 has 16000000 exact feature values, above the limit of 4194304; the largest q that fits is
        262144.``

    Notes
    -----
    q·2^k exact values; drawn float64 weights are dyadic rationals, so their numerators rarely fit 64 bits.

    Examples
    --------
    >>> from theorycheck.networks.activations import activation_named
    >>> given_features(activation_named("relu"), GivenFilters([["1/2", "1/3"]])).values.fractions()[:2]
    [Fraction(5, 6), Fraction(0, 1)]
    """
    q, k = filters.q, filters.k
    if q << k > FEATURE_LIMIT:
        raise InstanceTooLarge(f"q={q}, k={k} has {q << k} exact feature values, above the limit of {FEATURE_LIMIT}; "
                               f"the largest q that fits is {FEATURE_LIMIT >> k}.")
    inner = pre_activations(filters.exact_filters(), filters.exact_biases())
    outer, scale = activation.on_numerators(inner.numerators, inner.denominator)
    return FeatureMap(k, RationalArray(outer, scale), np.ones(q, dtype=np.int64))


def blocked_window_gram(activation: Activation, filters: GivenFilters, block_size: int = 2**12) -> RationalArray:
    """Return ΦᵀΦ of filters held as numbers, exactly, ``block_size`` filters at a time: for more than fit at once.

    Returns
    -------
    RationalArray (2^k, 2^k)
        What :func:`theorycheck.features.separators.minimum_norm_form` takes in place of a feature map.

    Raises
    ------
    InstanceTooLarge
        ``q=10000000, k=4 has 160000000 exact feature values, above the limit of 33554432 for a Gram matrix.``

    Notes
    -----
    q·2^k values and 4^k sums of integers beyond 64 bits: one to two microseconds a value.

    Examples
    --------
    >>> from theorycheck.networks.activations import activation_named
    >>> filters = GivenFilters([[1], ["1/2"]])
    >>> blocked_window_gram(activation_named("relu"), filters, 1).fractions()[0]
    Fraction(5, 4)
    """
    q, k = filters.q, filters.k
    if q << k > GRAM_LIMIT:
        raise InstanceTooLarge(f"q={q}, k={k} has {q << k} exact feature values, above the limit of {GRAM_LIMIT} for a "
                               f"Gram matrix.")
    total = RationalArray(np.zeros((1 << k, 1 << k), dtype=np.int64), 1)
    for start in range(0, q, require_integer("block_size", block_size, minimum=1)):
        part = GivenFilters(filters.filters[start:start + block_size], filters.biases[start:start + block_size])
        total = total.plus(given_features(activation, part).window_gram)
    return total.reduced()


def features_of(activation: Activation, filters: SignGridFilters | GivenFilters) -> FeatureMap:
    """Return the feature map of drawn filters, collapsed where they come from the grid."""
    if isinstance(filters, SignGridFilters):
        return sign_grid_features(activation, filters.multiplicities(), filters.bias)
    return given_features(activation, filters)
