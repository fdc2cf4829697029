"""The functions that everyone means by name.

Truth is +1: AND is the minimum of the variables and OR the maximum, as MS21's runs need (with -1 for truth, as in
O'Donnell's book, AND and OR trade places; level weights and influences are the same).
"""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from theorycheck.cube.boolean_function import BooleanFunction
from theorycheck.cube.characters import character, subset_mask
from theorycheck.cube.memory import require_memory
from theorycheck.cube.points import require_signs
from theorycheck.cube.tables import common_denominator, require_sequence
from theorycheck.errors import ParameterError, require_integer
from theorycheck.rigor.exact import exact_rational

_BLOCK_BITS = 16


def parity(n: int, variables: Iterable[int] | None = None) -> BooleanFunction:
    """Return the product of the given variables (0-based), by default of all n.

    Examples
    --------
    >>> parity(2).values.tolist(), parity(2, [1]).values.tolist()
    ([1, -1, -1, 1], [1, 1, -1, -1])
    """
    n = require_integer("n", n, minimum=1)
    return character(n, (1 << n) - 1 if variables is None else subset_mask(variables, n))


def dictator(n: int, variable: int) -> BooleanFunction:
    """Return the function that is one variable (0-based).

    Examples
    --------
    >>> dictator(2, 0).values.tolist()
    [1, -1, 1, -1]
    """
    return parity(n, [variable])


def majority(n: int, tie: int = 1) -> BooleanFunction:
    """Return the sign of the sum of all variables; ``tie`` where that is 0, counted in ``tie_count``.

    Examples
    --------
    >>> majority(2).values.tolist(), majority(2, tie=-1).tie_count
    ([1, 1, 1, -1], 2)
    """
    return linear_threshold([1] * require_integer("n", n, minimum=1), 0, tie)


def logical_and(n: int, variables: Iterable[int] | None = None) -> BooleanFunction:
    """Return AND: +1 where all the given variables (by default all n) are +1, else -1.

    Examples
    --------
    >>> logical_and(2).values.tolist()
    [1, -1, -1, -1]
    """
    chosen = _indicator(n, variables)
    return linear_threshold(chosen, 1 - sum(chosen))


def logical_or(n: int, variables: Iterable[int] | None = None) -> BooleanFunction:
    """Return OR: +1 where some of the given variables (by default all n) is +1, else -1.

    Examples
    --------
    >>> logical_or(2).values.tolist()
    [1, 1, 1, -1]
    """
    chosen = _indicator(n, variables)
    return linear_threshold(chosen, sum(chosen) - 1)


def tribes(width: int, count: int) -> BooleanFunction:
    """Return the OR of ``count`` ANDs of ``width`` consecutive variables each; n = width*count.

    With truth +1 this is -Tribes(-x) in the notation of O'Donnell, Analysis of Boolean Functions, Definition 2.7, with
    the same level weights and influences.  Cost O(2^n).

    Examples
    --------
    >>> tribes(2, 2).mean == 1 - 2 * (1 - 1 / 4) ** 2
    True
    """
    width, count = require_integer("width", width, minimum=1), require_integer("count", count, minimum=1)
    require_memory(width * count, 2, "width*count")
    tribe = logical_and(width).values
    table = tribe
    for _ in range(count - 1):
        table = np.maximum.outer(tribe, table).reshape(-1)
    return BooleanFunction(table)


def linear_threshold(weights: Sequence[Any], bias: Any = 0, tie: int = 1) -> BooleanFunction:
    """Return the sign of ``<weights, x> + bias``, decided exactly.

    Parameters
    ----------
    weights : sequence of n rationals
        int, Fraction, text, or float read as its shortest decimal (0.1 is 1/10).
    bias : rational
        Added to the inner product.
    tie : +1 or -1
        The value where the sum is exactly 0; ``tie_count`` of the result says at how many points.

    Raises
    ------
    ParameterError
        ``'tie' must be +1 or -1, not 0.``, ``'weights' must be a finite number, not nan.``, ``'weights' must have sums
        below 2^62 over their common denominator.``

    Notes
    -----
    Time O(2^n), memory 2^n bytes: sums of the low 16 variables are added to sums of the high ones, block by block.

    Examples
    --------
    >>> f = linear_threshold([2, 1, 1])
    >>> f.values.tolist(), f.tie_count
    ([1, 1, 1, -1, 1, -1, 1, -1], 2)
    """
    tie = require_tie(tie)
    numbers = [exact_rational(weight, "weights") for weight in require_sequence("weights", weights)]
    scaled, _ = common_denominator([*numbers, exact_rational(bias, "bias")])
    if sum(abs(value) for value in scaled) >= 2**62:
        raise ParameterError("'weights' must have sums below 2^62 over their common denominator.")
    n = len(numbers)
    require_memory(n, 2)
    values, tie_count = np.empty(1 << n, dtype=np.int8), 0
    for block, sums in _subset_sums(sum(scaled), [-2 * weight for weight in scaled[:-1]]):
        zero = sums == 0
        tie_count += int(np.count_nonzero(zero))
        values[block] = np.where(zero, tie, np.where(sums > 0, 1, -1))
    return BooleanFunction(values, tie_count=tie_count)


def junta(n: int, variables: Sequence[int], table: ArrayLike) -> BooleanFunction:
    """Return the function of n variables that reads ``table`` at the given variables only.

    Parameters
    ----------
    n : int
        Dimension.
    variables : sequence of r distinct integers
        0-based; the b-th of them is bit b of the table's index.
    table : array of shape (2^r,)
        Any values.

    Raises
    ------
    ParameterError
        ``'variables' must be distinct, not [0, 0].``, ``'truth_table' must have 2^n=4 values, not 2.``

    Examples
    --------
    >>> junta(3, [2, 0], [1, -1, 5, 7]).values.tolist()
    [1, 5, 1, 5, -1, 7, -1, 7]
    """
    n = require_integer("n", n, minimum=1)
    chosen = [require_integer("variables", v, 0, n - 1, "n-1") for v in require_sequence("variables", variables)]
    if len(set(chosen)) != len(chosen):
        raise ParameterError(f"'variables' must be distinct, not {chosen}.")
    inner = BooleanFunction.from_truth_table(table, n=len(chosen))
    require_memory(n, 2 * inner.values.itemsize)
    values = np.empty(1 << n, dtype=inner.values.dtype)
    places = [1 << chosen.index(variable) if variable in chosen else 0 for variable in range(n)]
    for block, index in _subset_sums(0, places):
        values[block] = inner.values[index]
    return BooleanFunction(values, inner.denominator, inner.tie_count << (n - inner.n))


def require_tie(tie: object) -> int:
    """Return ``tie`` if it is +1 or -1, or raise ParameterError."""
    if require_integer("tie", tie) not in (1, -1):
        raise ParameterError(f"'tie' must be +1 or -1, not {tie}.")
    return int(require_signs("tie", np.array([tie]))[0])


def _indicator(n: int, variables: Iterable[int] | None) -> list[int]:
    n = require_integer("n", n, minimum=1)
    mask = (1 << n) - 1 if variables is None else subset_mask(variables, n)
    if mask == 0:
        raise ParameterError("'variables' must have at least one entry.")
    return [mask >> variable & 1 for variable in range(n)]


def _subset_sums(start: int, terms: list[int]) -> Iterator[tuple[slice, NDArray[np.int64]]]:
    """Yield ``start + sum of the terms at the set bits`` for every mask, in blocks of increasing masks."""
    low = _doubled(0, terms[:_BLOCK_BITS])
    for place, base in enumerate(_doubled(start, terms[_BLOCK_BITS:])):
        yield slice(place * low.size, (place + 1) * low.size), low + base


def _doubled(start: int, terms: list[int]) -> NDArray[np.int64]:
    sums = np.empty(1 << len(terms), dtype=np.int64)
    sums[0] = start
    for bit, term in enumerate(terms):
        sums[1 << bit:2 << bit] = sums[:1 << bit] + term
    return sums
