"""The maximum-margin separator: the smallest ‖u‖ with f(x)h(x) ≥ 1 for every x, within one window or over all.

Its dual is a nonnegative least-squares problem in one weight a_x ≥ 0 for each point.  Points enter as they are violated
(found by dynamic programming over the windows, never by listing the cube), a maintained float64 solver proposes the
weights, and the answer is then certified in rationals.  With w = Σ_x a_x f(x)φ(x), whatever the weights,

    (Σ_x a_x)² / ‖w‖²  ≤  min ‖u‖²  ≤  ‖w‖² / μ²,     μ = min_x f(x)⟨w, φ(x)⟩ > 0.
"""
from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import gcd
from typing import Any

import numpy as np

from theorycheck.cube.points import require_offset
from theorycheck.errors import InstanceTooLarge, ParameterError, require_choice, require_integer
from theorycheck.features.all_windows import READOUT_LIMIT
from theorycheck.features.least_margins import least_margin, least_values, point_of_windows
from theorycheck.features.linear_systems import bilinear
from theorycheck.features.maps import FeatureMap
from theorycheck.features.quadratic_programs import QUADRATIC_SOLVERS, solve_least_distance
from theorycheck.features.separators import Separator, require_table
from theorycheck.features.window_coordinates import WindowCoordinates
from theorycheck.networks.rationals import RationalArray, integer_array, integer_product, scaled_integers, to_flint

_WEIGHT_BITS = 40
_TOLERANCE = 1e-9
# (windows)·2^k: above it the least-squares problems take minutes.
MARGIN_LIMIT = 1024


@dataclass(frozen=True, eq=False)
class MaximumMargin:
    """A certified enclosure of min ‖u‖² subject to f(x)h(x) ≥ 1 for every x.

    Parameters
    ----------
    lower : Fraction
        From the dual weights.
    upper : Fraction or None
        ‖u‖² of ``separator``; None where no readout with all margins positive was found.
    is_infeasible : bool
        Whether no readout has all margins positive: the weights then give w = 0 exactly.
    points, weights : tuple of int
        The dual: points by index and their nonnegative integer weights.
    separator : Separator or None
        A feasible readout (margins at least 1, not h = f); None where its entries exceed 2^20 or there is none.
    rounds : int
        How often points were added.
    """

    lower: Fraction
    upper: Fraction | None
    is_infeasible: bool
    points: tuple[int, ...]
    weights: tuple[int, ...]
    separator: Separator | None
    rounds: int

    @property
    def relative_gap(self) -> Fraction | None:
        """(upper - lower)/upper."""
        return None if self.upper is None else (self.upper - self.lower) / self.upper


def maximum_margin_separator(features: FeatureMap, table: Any, n: int | None = None, offset: int = 0,
                             windows: str = "all", solver: str = "nnls", rounds: int = 100) -> MaximumMargin:
    """Return a certified enclosure of the smallest ‖u‖² with f(x)h(x) ≥ 1 for every x of the cube.

    Parameters
    ----------
    features : FeatureMap
    table : array-like (2^k,) of signs
        g; f(x) = g(x_offset, ..., x_{offset+k-1}).
    n : int, optional
        Number of variables; k, that is one window, unless given.
    offset : int
    windows : str
    solver : str
        ``"nnls"`` (SciPy) or ``"clarabel"`` (extra ``quadratic``).
    rounds : int
        At most so many times are points added; stopping early only widens the enclosure.

    Raises
    ------
    ParameterError
        ``'solver' must be one of nnls, clarabel, not 'cvxopt'.`` and
        ``'offset'=2 is no window of the paper's indexing; the last is 1.``

    InstanceTooLarge
        ``n=100, k=4 has 97*2^4 unknowns, above the limit of 1024; the largest n that fits is 67.``

    Notes
    -----
    Each round: O(4^k N²) for the points and one least-squares problem in N·2^k unknowns.  The smallest norm with h = f
    is never below this one.  n=20, k=4: half a second.

    Examples
    --------
    >>> from theorycheck.features.maps import sign_grid_features
    >>> from theorycheck.networks.activations import activation_named
    >>> features = sign_grid_features(activation_named("relu"), [3, 2, 1, 2])
    >>> within = maximum_margin_separator(features, [1, -1, -1, 1])
    >>> within.lower <= Fraction(28, 3) <= within.upper, within.relative_gap < Fraction(1, 10**6)
    (True, True)
    """
    require_choice("solver", solver, QUADRATIC_SOLVERS)
    require_integer("rounds", rounds, minimum=1)
    coordinates = WindowCoordinates(features.k if n is None else n, features.k, windows)
    signs = require_table(features, table)
    offset = require_offset(coordinates.n, coordinates.k, offset)
    if offset >= coordinates.window_count:
        raise ParameterError(f"'offset'={offset} is no window of the paper's indexing; the last is "
                             f"{coordinates.window_count - 1}.")
    _require_small(coordinates)
    # Features times a constant have the same margins, divided by it, and the same weights up to a factor.
    factor = _factor(features.window_gram.to_scaled_float64()[0])
    points, weights, done, is_feasible = _cutting_planes(factor, signs, coordinates.window_count, offset, solver,
                                                         rounds)
    integers = None if is_feasible else contradiction(features.window_gram, points, signs[points[:, offset]], weights)
    if integers is None:
        integers = np.rint(weights / float(weights.max()) * 2.0**_WEIGHT_BITS).astype(np.int64)
    return _certify(features, signs, coordinates, offset, points, integers, done)


def _factor(gram: np.ndarray) -> np.ndarray:
    """B with BᵀB = G up to rounding: (rank, 2^k)."""
    values, vectors = np.linalg.eigh(gram)
    keep = values > 1e-12 * max(float(values[-1]), 1e-300)
    return np.sqrt(values[keep])[:, None] * vectors[:, keep].T


def _cutting_planes(factor: np.ndarray, signs: np.ndarray, count: int, offset: int, solver: str,
                    rounds: int) -> tuple[np.ndarray, np.ndarray, int, bool]:
    """Points (as windows), their float64 dual weights, the rounds done, and whether a readout was found."""
    places, patterns = (grid.ravel() for grid in np.meshgrid(np.arange(count), np.arange(signs.size), indexing="ij"))
    tables = np.zeros((count, signs.size))
    points = np.empty((0, count), dtype=np.int64)
    weights = np.empty(0)
    for done in range(1, rounds + 1):
        values, found = least_values(tables, signs, offset, places, patterns)
        fresh = found[values < 1 - _TOLERANCE]
        merged = np.unique(np.concatenate([points, fresh]), axis=0)
        if len(merged) == len(points):
            return points, weights, done, True
        points = merged
        labels = signs[points[:, offset]]
        rows = labels[:, None] * factor[:, points].transpose(1, 2, 0).reshape(len(points), -1)
        weights, readout = solve_least_distance(rows, solver)
        if readout is None:
            return points, weights, done, False
        tables = readout.reshape(count, -1) @ factor
        # Points without weight are dropped: the optimum over those kept is the same, and it grows from round to round.
        kept = weights > 1e-10 * weights.max()
        points, weights = points[kept], weights[kept]
    return points, weights, rounds, True


def _require_small(coordinates: WindowCoordinates) -> None:
    count, k = coordinates.window_count, coordinates.k
    if count << k > MARGIN_LIMIT:
        largest = coordinates.largest_n(MARGIN_LIMIT >> k)
        nearest = f"the largest n that fits is {largest}" if largest else \
            f"the largest k is {MARGIN_LIMIT.bit_length() - 1}"
        raise InstanceTooLarge(f"n={coordinates.n}, k={k} has {count}*2^{k} unknowns, above the limit of "
                               f"{MARGIN_LIMIT}; {nearest}.")


def contradiction(gram: RationalArray, points: np.ndarray, labels: np.ndarray,
                  weights: np.ndarray) -> np.ndarray | None:
    """Return integers a ≥ 0, not all 0, near the given weights, with Σ_x a_x f(x)φ(x) = 0 exactly; or None.

    Parameters
    ----------
    gram : RationalArray (2^k, 2^k)
        One window's Gram matrix.
    points : ndarray (M, N) of int64
        The points as their windows.
    labels : ndarray (M,) of ±1
    weights : ndarray (M,) of float64

    Notes
    -----
    By Gordan's theorem such weights exist exactly when no readout has all margins positive.  The free unknowns of the
    linear system are the rounded weights; the others follow exactly and must come out nonnegative.
    """
    # An interior-point solver leaves small weights on points that do not matter.
    heavy = weights > 1e-4 * weights.max()
    points, labels, light = points[heavy], labels[heavy], weights[heavy]
    equations = np.concatenate([gram.numerators[:, points[:, j]] * labels for j in range(points.shape[1])])
    reduced, scale, rank = to_flint(equations).rref()
    rows = [[int(entry) for entry in row] for row in reduced.tolist()[:rank]]
    pivots = [next(c for c, entry in enumerate(row) if entry) for row in rows]
    values = [int(round(w / float(light.max()) * 2.0**_WEIGHT_BITS)) * abs(int(scale)) for w in light]
    for row, pivot in zip(rows, pivots):
        values[pivot] = 0
    for row, pivot in zip(rows, pivots):
        values[pivot] = -sum(entry * value for entry, value in zip(row, values) if entry) // row[pivot]
    if min(values) < 0 or not any(values):
        return None
    common = gcd(*values)
    result = np.zeros(len(weights), dtype=object)
    result[heavy] = [value // common for value in values]
    return integer_array(result.tolist(), result.shape)


def _certify(features: FeatureMap, signs: np.ndarray, coordinates: WindowCoordinates, offset: int,
             points: np.ndarray, integers: np.ndarray, rounds: int) -> MaximumMargin:
    """Exact bounds from integer weights, whatever nonnegative ones they are."""
    kept = integers > 0
    points, integers = points[kept], integers[kept]
    if sum(integers.tolist()) >= 2**63:
        integers = integers.astype(object)
    duals = np.zeros((coordinates.window_count, signs.size), dtype=integers.dtype)
    signed = integers * signs[points[:, offset]]
    for j in range(coordinates.window_count):
        np.add.at(duals[j], points[:, j], signed)
    gram = features.window_gram
    tables = RationalArray(integer_product(duals, gram.numerators), gram.denominator)
    squared = bilinear(RationalArray(duals, 1), tables)
    codes = tuple(point_of_windows(row, coordinates.k) for row in points)
    dual = (codes, tuple(int(a) for a in integers))
    total = sum(dual[1])
    if squared == 0:
        return MaximumMargin(Fraction(0), None, True, *dual, None, rounds)
    lower = total * total / squared
    margin, _ = least_margin(tables, signs, offset)
    if margin <= 0:
        return MaximumMargin(lower, None, False, *dual, None, rounds)
    scale = Fraction(margin, tables.denominator)
    upper = squared / (scale * scale)
    separator = None
    if coordinates.window_count * features.class_count <= READOUT_LIMIT:
        numerators = scaled_integers(duals, tables.denominator)
        separator = Separator(features.represent(RationalArray(numerators, margin)).reduced(),
                              features.multiplicities, upper)
    return MaximumMargin(lower, upper, False, *dual, separator, rounds)
