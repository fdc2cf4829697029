"""Level weights of values whose weights are too wide for a few transforms in 64 bits: numbers of any size.

s = Σ_j w_j x_j makes the spectrum of slopes(s)·s a sum of neighbours in the spectrum T of slopes(s), a narrow table:
Σ_j w_j T(S △ {j}).  The sums of squares over a level are a quadratic form in the w_j, whose integer matrix takes one
short transform, however many digits the w_j have.
"""
from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import comb

import numpy as np
from numpy.typing import NDArray

from theorycheck.kernels.threads import run_parts
from theorycheck.neurons.half_cubes import HalfCube, require_tables
from theorycheck.neurons.symmetric_parts import Component, SymmetricPart

_PARTS = 64
# Operations an entry: of a transform with its table, of a product of two spectra, of looking at a subset.
_TRANSFORM, _PRODUCT, _LOOK = 8, 2, 4


def is_wide_cheaper(components: Sequence[Component], variables: int, levels: Sequence[int]) -> bool:
    """Whether the quadratic form takes fewer operations than the transforms of all components."""
    points, many = 1 << (variables - 1), len(components)
    plain = points * (_TRANSFORM * many + _PRODUCT * many * (many + 1) // 2)
    subsets = sum(comb(variables, level) for level in levels)
    return subsets * (variables + 2) ** 2 // 2 + points * (2 * _TRANSFORM + _LOOK * len(levels)) < plain


def step_components(part: SymmetricPart, variables: int) -> tuple[Component, list[Component]] | None:
    """Return the tables of the slopes and, where there are any, of the constants; None where 32 bits are too few."""
    none, weights = (0,) * len(part.slopes), (0,) * variables
    found = [Component(part.slopes, none, weights, part.slope_unit, True, 4, True),
             Component(part.constants, none, weights, part.constant_unit, False, 4, True)]
    # Parseval: the squares of a spectrum add up to those of 2^(d-1) times its table.
    if any(max(map(abs, component.constants)) << (variables - 1) >= 2**31 for component in found):
        return None
    return found[0], [found[1]] if any(part.constants) else []


def wide_levels(half: HalfCube, part: SymmetricPart, squared_scale: Fraction, levels: Sequence[int],
                threads: int | None) -> dict[int, tuple[Fraction, Fraction]] | None:
    """Return a and b of W = a + b·√r for each level; None where the slopes or constants need more than 32 bits.

    Raises
    ------
    InstanceTooLarge
        Where 4 bytes for each of 2^(d-1) points, or 8 with constants, are above the memory budget.

    Notes
    -----
    One or two 32-bit transforms, and d^2/2 products for each subset of a level.
    """
    chosen = step_components(part, len(half.magnitudes))
    if chosen is None:
        return None
    slopes, constants = chosen
    require_tables(len(half.magnitudes), 4 * (1 + len(constants)))
    spectra = np.empty((1 + len(constants), half.points), dtype=np.int32)
    for row, component in zip(spectra, (slopes, *constants)):
        _set_spectrum(row, half, part.starts, component, threads)
    # The factor of every neighbour and whether √r is one more.
    factors = [(slopes.scale * magnitude, True) for magnitude in half.magnitudes]
    factors += [(component.scale, False) for component in constants]
    return {level: _quadratic_form(_products(spectra[0], spectra[1:], level, threads), factors, squared_scale,
                                   len(half.magnitudes)) for level in levels}


def _set_spectrum(table: NDArray[np.int32], half: HalfCube, starts: Sequence[int], component: Component,
                  threads: int | None) -> None:
    from theorycheck.kernels.walsh_hadamard import transform_in_place
    half.filler(starts, component.constants, component.slopes, component.weights, table.dtype)(0, table)
    if table.size > 1:
        transform_in_place(table, threads)


def _products(steps: NDArray[np.int32], others: NDArray[np.int32], level: int, threads: int | None) -> list[list[int]]:
    from theorycheck.kernels.level_products import neighbour_products
    size = steps.size.bit_length() + others.shape[0]
    parts = min(_PARTS, steps.size)
    found = np.zeros((parts, size, size), dtype=np.int64)

    def add_part(part: int) -> None:
        neighbour_products(steps, others, level, steps.size * part // parts, steps.size * (part + 1) // parts,
                           found[part])
    run_parts(parts, add_part, threads)
    return list(found.sum(axis=0).tolist())


def _quadratic_form(products: list[list[int]], factors: Sequence[tuple[Fraction, bool]], squared_scale: Fraction,
                    variables: int) -> tuple[Fraction, Fraction]:
    totals = [Fraction(0), Fraction(0)]
    for row, (left, is_rooted) in enumerate(factors):
        for column in range(row, len(factors)):
            right, is_rooted_too = factors[column]
            scale = squared_scale if is_rooted and is_rooted_too else 1
            totals[is_rooted != is_rooted_too] += (1 + (row != column)) * left * right * scale * products[row][column]
    return totals[0] / 4**variables, totals[1] / 4**variables
