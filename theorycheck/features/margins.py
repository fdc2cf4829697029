"""The maximum-margin separator: the smallest ‖u‖ with f(x)h(x) ≥ 1 for every x, within one window or over all.

Its dual is a nonnegative least-squares problem in one weight a_x ≥ 0 for each point.  Points enter as they are violated
(found by dynamic programming over the windows, never by listing the cube), a maintained float64 solver proposes the
weights, and the answer is then certified in rationals.  With w = Σ_x a_x f(x)φ(x), whatever the weights,

    (Σ_x a_x)² / ‖w‖²  ≤  min ‖u‖²  ≤  ‖w‖² / μ²,     μ = min_x f(x)⟨w, φ(x)⟩ > 0.
"""
from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from theorycheck.errors import ParameterError, require_choice, require_integer
from theorycheck.features.all_windows import READOUT_LIMIT
from theorycheck.features.least_margins import least_margin, least_values, point_of_windows
from theorycheck.features.linear_systems import bilinear
from theorycheck.features.maps import FeatureMap
from theorycheck.features.quadratic_programs import QUADRATIC_SOLVERS, solve_least_distance
from theorycheck.features.separators import Separator, _pattern_of
from theorycheck.features.window_coordinates import WindowCoordinates
from theorycheck.networks.rationals import RationalArray, integer_product, scaled_integers

_WEIGHT_BITS = 40
_TOLERANCE = 1e-10
verbose = False


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
                             windows: str = "all", solver: str = "nnls", rounds: int = 200) -> MaximumMargin:
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

    Notes
    -----
    Each round: O(4^k N) for the points and one least-squares problem in N·2^k unknowns at most.  The smallest norm
    with h = f is never below this one.

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
    signs = _pattern_of(features, table)
    if not 0 <= offset < coordinates.window_count:
        coordinates.set_out_of_reach(RationalArray(signs[:, None], 1), offset)
        raise ParameterError(f"'offset'={offset} is no window of the paper's indexing; the last is "
                             f"{coordinates.window_count - 1}.")
    factor = _factor(features.window_gram.to_float64())
    points, weights, done = _cutting_planes(factor, signs, coordinates.window_count, offset, solver, rounds)
    return _certify(features, signs, coordinates, offset, points, weights, done)


def _factor(gram: np.ndarray) -> np.ndarray:
    """B with BᵀB = G up to rounding: (rank, 2^k)."""
    values, vectors = np.linalg.eigh(gram)
    keep = values > 1e-12 * max(float(values[-1]), 1e-300)
    return np.sqrt(values[keep])[:, None] * vectors[:, keep].T


def _cutting_planes(factor: np.ndarray, signs: np.ndarray, count: int, offset: int, solver: str,
                    rounds: int) -> tuple[np.ndarray, np.ndarray, int]:
    """Points (as windows) and float64 weights that solve the dual over the points found so far."""
    places, patterns = (grid.ravel() for grid in np.meshgrid(np.arange(count), np.arange(signs.size), indexing="ij"))
    tables = np.zeros((count, signs.size))
    points = np.empty((0, count), dtype=np.int64)
    weights = np.empty(0)
    for done in range(1, rounds + 1):
        values, found = least_values(tables, signs, offset, places, patterns)
        fresh = found[values < 1 - _TOLERANCE]
        merged = np.unique(np.concatenate([points, fresh]), axis=0)
        if len(merged) == len(points):
            return points, weights, done
        points = merged
        if verbose: print(done, len(points), len(fresh), values.min())
        labels = signs[points[:, offset]]
        rows = labels[:, None] * factor[:, points].transpose(1, 2, 0).reshape(len(points), -1)
        weights, readout = solve_least_distance(rows, solver)
        if readout is None:
            return points, weights, done
        tables = readout.reshape(count, -1) @ factor
        # Points without weight are dropped: the optimum over those kept is the same, and it grows from round to round.
        kept = weights > 1e-10 * weights.max()
        points, weights = points[kept], weights[kept]
    return points, weights, rounds


def _certify(features: FeatureMap, signs: np.ndarray, coordinates: WindowCoordinates, offset: int,
             points: np.ndarray, weights: np.ndarray, rounds: int) -> MaximumMargin:
    """Exact bounds from rounded weights, whatever they are."""
    largest = float(weights.max())
    integers = np.rint(np.maximum(weights, 0) / largest * 2.0**_WEIGHT_BITS).astype(np.int64)
    kept = integers > 0
    points, integers = points[kept], integers[kept]
    duals = np.zeros((coordinates.window_count, signs.size), dtype=np.int64)
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
