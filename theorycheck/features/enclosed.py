"""Smallest norms for activations that do not map rationals to rationals: enclosed by Arb at any precision."""
from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb, arb_mat, ctx

from theorycheck.errors import InstanceTooLarge, ParameterError
from theorycheck.features.all_windows import require_exact_coordinates
from theorycheck.features.characters import character_matrix, require_multiplicities, require_pattern
from theorycheck.features.eigenvalues import require_eigenvalues
from theorycheck.features.filters import GivenFilters, SignGridFilters
from theorycheck.features.maps import distances, level_values
from theorycheck.features.window_coordinates import WindowCoordinates
from theorycheck.networks.activations import Activation
from theorycheck.networks.evaluation import pre_activations
from theorycheck.networks.rationals import RationalArray, total_of
from theorycheck.rigor import Real

# Feature values enclosed one Arb ball at a time.
_BALL_LIMIT = 2**18


def enclosed_minimum_norm(activation: Activation, filters: SignGridFilters | GivenFilters, table: Any,
                          n: int | None = None, offset: int = 0, windows: str = "all") -> Real:
    """Return the smallest ‖u‖² with h = f, over all windows or (n not given) within one, for any σ.

    Parameters
    ----------
    activation : Activation
    filters : SignGridFilters or GivenFilters
    table : array-like (2^k,) of signs
    n : int, optional
        Number of variables; k, that is one window, unless given.
    offset : int
    windows : str

    Returns
    -------
    Real
        Enclosed.  Where no precision tried shows the Gram matrix to be regular the enclosure is the whole line: every
        comparison with it stays undecided.

    Raises
    ------
    ParameterError
        ``'offset'=2 puts the last variable in no window, and 'table' depends on it.`` (the paper's windows)
    InstanceTooLarge
        ``d=2^{k-1}(N+1)=304 equations are above the limit of 300 for an exact solution; n=39 fits.`` and
        ``q=100000, k=4 has 1600000 feature values, above the limit of 262144 enclosed ones.``

    Notes
    -----
    O(d³) ball operations at each precision: 0.1 seconds at d=144.

    Examples
    --------
    >>> from theorycheck.networks.activations import activation_named
    >>> filters = SignGridFilters(2, [0, 1, 2, 3])
    >>> enclosed_minimum_norm(activation_named("tanh"), filters, [1, -1, -1, 1])
    Real([17.2743989409323 +/- 1.88e-14])
    """
    signs = require_pattern(table)
    coordinates = WindowCoordinates(filters.k if n is None else n, filters.k, windows)
    require_exact_coordinates(coordinates)
    values, counts = _values(activation, filters)
    basis = np.asarray(character_matrix(filters.k))
    target = (basis @ signs)[:, None]
    if coordinates.set_out_of_reach(RationalArray(target, 1), offset) is not None:
        raise ParameterError(f"'offset'={offset} puts the last variable in no window, and 'table' depends on it.")
    side = coordinates.expand(RationalArray(target, 1), offset).numerators[:, 0]

    def enclosure() -> arb:
        rows = arb_mat([[entry.enclose(ctx.prec) for entry in row] for row in values])
        weighted = arb_mat([[rows[c, z] * int(m) for z in range(rows.ncols())] for c, m in enumerate(counts)])
        characters = arb_mat(basis.tolist())
        window = characters * (rows.transpose() * weighted) * characters
        gram = arb_mat(coordinates.dimension, coordinates.dimension)
        for places in coordinates.places.tolist():
            for a, row in enumerate(places):
                for b, column in enumerate(places):
                    gram[row, column] += window[a, b]
        right = arb_mat(coordinates.dimension, 1, side.tolist())
        try:
            dual = gram.solve(right)
        except ZeroDivisionError:
            return arb(0, float("inf"))
        # The characters' factors 2^{-k} cancel between G = 4^{-k}(...) and the two f̂ = 2^{-k}(...).
        return sum((int(p) * dual[i, 0] for i, p in enumerate(side) if p), arb(0))
    return Real(enclosure)


def _values(activation: Activation, filters: SignGridFilters | GivenFilters) -> tuple[Sequence[Sequence[Real]], Any]:
    """σ on every class and point, and the classes' multiplicities."""
    k = filters.k
    classes = 1 << k if isinstance(filters, SignGridFilters) else filters.q
    if classes << k > _BALL_LIMIT:
        raise InstanceTooLarge(f"q={filters.q}, k={k} has {classes << k} feature values, above the limit of "
                               f"{_BALL_LIMIT} enclosed ones.")
    if isinstance(filters, SignGridFilters):
        levels, distance = level_values(activation, k, filters.bias), distances(k)
        return [[levels[distance[c ^ z]] for z in range(1 << k)] for c in range(1 << k)], filters.multiplicities()
    inner = pre_activations(filters.exact_filters(), filters.exact_biases())
    rows = [[activation(Fraction(int(p), inner.denominator)) for p in row] for row in inner.numerators.tolist()]
    return rows, np.ones(filters.q, dtype=np.int64)


def minimum_norm_by_levels(table: Any, eigenvalues: Sequence[Real], multiplicities: Any) -> Real:
    """Return the squared norm of the only cell-wise separator when every λ_l ≠ 0 and every cell is occupied.

    Parameters
    ----------
    table : array-like (2^k,) of signs
    eigenvalues : sequence of k+1 Real
        From :func:`theorycheck.features.eigenvalues.level_eigenvalues`; enclosed ones serve, so that any σ does.
    multiplicities : array-like (2^k,) of integers, at least 1

    Notes
    -----
    O(4^k) operations.  Φ is invertible, so t = Φ^{-1}g = Σ_S (ĝ(S)/λ_{|S|})χ_S and ‖u‖² = Σ_c t_c²/m_c.

    Examples
    --------
    >>> minimum_norm_by_levels([1, -1, -1, 1], [Real(3), Real(-1), Real(1)], [2, 2, 2, 2]).exact
    Fraction(2, 1)
    """
    signs = require_pattern(table)
    k = signs.size.bit_length() - 1
    require_eigenvalues(eigenvalues, k)
    counts = require_multiplicities(multiplicities, signs.size, minimum=1)
    characters = character_matrix(k)
    spectrum = characters @ signs
    squares = []
    masks = [int(mask) for mask in np.flatnonzero(spectrum)]
    scaled = {mask: Real(Fraction(int(spectrum[mask]), signs.size)) / eigenvalues[mask.bit_count()] for mask in masks}
    for cell, count in enumerate(counts.tolist()):
        entry = total_of([scaled[mask] * int(characters[mask, cell]) for mask in masks])
        squares.append(entry * entry * Fraction(1, count))
    return total_of(squares)
