"""Level weights of any σ from its table over the classes of equal magnitudes, exactly or by balls of any precision.

With n_i variables of magnitude w_i, ĝ(S) depends on the numbers c_i of them in S alone:
ĝ(c) = 2^-n Σ_m Π K_{m_i}(c_i) g(Σ w_i (n_i - 2 m_i)), with K_m(c) = [z^m] (1-z)^c (1+z)^{n_i-c}.  One matrix product
along each axis of the table gives all of it, and W^{=l} = Σ_{|c|=l} Π C(n_i, c_i) ĝ(c)².
"""
from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import product
from math import comb, lcm, prod
from typing import Any

from flint import arb, arb_mat, ctx, fmpz_mat, fmpz_poly

from theorycheck.errors import InstanceTooLarge
from theorycheck.neurons.activation_values import Parts, enclosed_values, exact_parts, kink_sums
from theorycheck.neurons.neuron import Neuron
from theorycheck.neurons.results import NeuronLevels, listed_levels
from theorycheck.rigor import Real

# Entries of the table and products of numbers: about a second each.
_MOST_ENTRIES, _MOST_PRODUCTS = 1 << 16, 1 << 22
_GUARD_BITS = 64


def table_cost(neuron: Neuron, levels: Iterable[int]) -> tuple[int, int]:
    """Return the number of entries of the table over the classes and how many products the transform takes.

    Examples
    --------
    >>> from theorycheck.neurons.neuron import read_neuron
    >>> table_cost(read_neuron([1] * 10), [2])
    (11, 11)
    """
    counts, asked = _counts(neuron), set(levels)
    rows = [len(axis) for axis in _rows(counts, asked)]
    entries, products = prod(count + 1 for count in counts), 0
    for place, count in enumerate(counts):
        products += prod(rows[:place + 1]) * prod(other + 1 for other in counts[place:])
    return entries, products


def table_levels(neuron: Neuron, slope_levels: Iterable[int], value_levels: Iterable[int]) -> NeuronLevels:
    """Return level weights of σ' and σ from the table over the classes of equal magnitudes.

    Parameters
    ----------
    neuron : Neuron
        Any activation that can be evaluated at its sums.
    slope_levels, value_levels : iterables of int
        Levels above the number of nonzero weights, or below 0, have weight 0.

    Returns
    -------
    NeuronLevels
        Exact where every value is rational, or rational times √squared_scale; else balls that a comparison refines.

    Raises
    ------
    InstanceTooLarge
        ``A table over 20 magnitudes has 1048576 entries, above the limit of 65536: …``

    Notes
    -----
    Time: Π(n_i+1) values of σ and as many products of n-bit numbers for every row of a Krawtchouk matrix.

    Examples
    --------
    >>> from theorycheck.neurons.neuron import read_neuron
    >>> table_levels(read_neuron([1, 1, 2], activation="square"), [], [0, 1, 2]).value
    {0: Real(36), 1: Real(0), 2: Real(36)}
    """
    asked = listed_levels("slope_levels", slope_levels), listed_levels("value_levels", value_levels)
    require_table(neuron, asked[0] + asked[1])
    sums = _sums(neuron)
    kinks = kink_sums(neuron, sorted(set(sums)))
    counted = None if kinks is None else _points_at(neuron, sums, kinks)
    weights = [_weights(neuron, sums, order, sorted(set(levels)))
               for order, levels in zip((1, 0), asked)]
    return NeuronLevels(weights[0], weights[1], counted, "classes")


def require_table(neuron: Neuron, levels: Iterable[int]) -> None:
    """Raise InstanceTooLarge unless the table and its transform are within the limits.

    Examples
    --------
    >>> from theorycheck.neurons.neuron import read_neuron
    >>> require_table(read_neuron([1] * 1000, activation="tanh"), [3])
    """
    entries, products = table_cost(neuron, levels)
    if entries > _MOST_ENTRIES or products > _MOST_PRODUCTS:
        raise InstanceTooLarge(
            f"A table over {len(_counts(neuron))} magnitudes has {entries} entries and its transform takes {products} "
            f"products, above the limits of {_MOST_ENTRIES} and {_MOST_PRODUCTS}: take fewer distinct magnitudes.")


def _counts(neuron: Neuron) -> list[int]:
    return [count for magnitude, count in neuron.classes if magnitude]


def _sums(neuron: Neuron) -> list[int]:
    """s for every vector m of numbers of minus signs, the last class fastest."""
    sums = [0]
    for magnitude, count in neuron.classes:
        if magnitude:
            sums = [s + magnitude * (count - 2 * m) for s in sums for m in range(count + 1)]
    return sums


def _points_at(neuron: Neuron, sums: Sequence[int], where: set[int]) -> int:
    """How many points of the cube have their sum in ``where``."""
    free = neuron.n - sum(_counts(neuron))
    ways = [1]
    for count in _counts(neuron):
        ways = [w * comb(count, m) for w in ways for m in range(count + 1)]
    return sum(w for s, w in zip(sums, ways) if s in where) << free


def _rows(counts: Sequence[int], levels: set[int]) -> list[list[int]]:
    """For each class the numbers c_i that occur in some vector c with |c| in ``levels``."""
    total, rows = sum(counts), []
    low, high = (min(levels), max(levels)) if levels else (0, -1)
    for count in counts:
        axis = range(max(0, low - (total - count)), min(count, high) + 1)
        rows.append([c for c in axis if len(counts) > 1 or c in levels])
    return rows


def _weights(neuron: Neuron, sums: list[int], order: int, levels: list[int]) -> Mapping[int, Real]:
    if not levels:
        return {}
    distinct = sorted(set(sums))
    where = {s: place for place, s in enumerate(distinct)}
    places, counts = [where[s] for s in sums], _counts(neuron)
    parts = exact_parts(neuron, distinct, order)
    if parts is not None:
        return _exact_weights(parts, places, counts, levels)
    enclosed = _EnclosedWeights(neuron, distinct, order, places, counts, levels)
    return {level: enclosed.weight(level) for level in levels}


def _exact_weights(parts: Parts, places: list[int], counts: list[int], levels: list[int]) -> Mapping[int, Real]:
    numbers = parts.rational + parts.radical
    common = lcm(*(number.denominator for number in numbers))
    integers = [number.numerator * (common // number.denominator) for number in numbers]
    spectra = []
    for start in range(0, len(integers), len(parts.rational)):
        table = [integers[start + place] for place in places]
        spectra.append(_transformed(table, counts, levels, fmpz_mat))
    scale = Fraction(1, (common << sum(counts))**2)
    result = {}
    for level in levels:
        terms = list(_terms(counts, levels, level))
        square = sum(ways * int(spectra[0][at])**2 for at, ways in terms) * scale
        cross = Fraction(0)
        if len(spectra) > 1:
            square += sum(ways * int(spectra[1][at])**2 for at, ways in terms) * scale * parts.radicand
            cross = sum(ways * int(spectra[0][at]) * int(spectra[1][at]) for at, ways in terms) * scale * 2
        result[level] = Real(square) if cross == 0 else Real(square) + Real(cross) * Real(parts.radicand).sqrt()
    return result


class _EnclosedWeights:
    """The level weights as balls, computed once for every precision asked for."""

    def __init__(self, neuron: Neuron, distinct: list[int], order: int, places: list[int], counts: list[int],
                 levels: list[int]) -> None:
        self._neuron, self._distinct, self._order, self._places = neuron, distinct, order, places
        self._counts, self._levels = counts, levels
        self._known: dict[int, dict[int, arb]] = {}

    def weight(self, level: int) -> Real:
        """Return W^{=level}, refined by comparisons."""
        return Real(lambda: self.at(ctx.prec)[level])

    def at(self, bits: int) -> dict[int, arb]:
        """Return the ball of each level at ``bits`` bits."""
        if bits not in self._known:
            # Sums of 2^n terms cancel by up to n bits.
            with ctx.workprec(bits + sum(self._counts) + _GUARD_BITS):
                values = enclosed_values(self._neuron, self._distinct, self._order)
                table = [values[place] for place in self._places]
                spectrum = _transformed(table, self._counts, self._levels, arb_mat)
                scale = arb(2)**(-2 * sum(self._counts))
                # x*x: Arb's power of a ball around 0 is not finite.
                squares = [entry * entry for entry in spectrum]
                self._known[bits] = {
                    level: sum((squares[at] * ways for at, ways in _terms(self._counts, self._levels, level)),
                               arb(0)) * scale for level in self._levels}
        return self._known[bits]


def _transformed(table: list[Any], counts: Sequence[int], levels: Iterable[int], matrix: Any) -> list[Any]:
    """Multiply each axis of the table by its Krawtchouk rows; each pass moves the first axis to the end."""
    entries = table
    for count, rows in zip(counts, _rows(counts, set(levels))):
        krawtchouk = fmpz_mat(len(rows), count + 1, [entry for c in rows for entry in _krawtchouk_row(count, c)])
        rest = len(entries) // (count + 1)
        moved = matrix(krawtchouk) * matrix(count + 1, rest, entries)
        entries = moved.transpose().entries()
    return entries


def _krawtchouk_row(count: int, c: int) -> list[int]:
    return list(map(int, (fmpz_poly([1, -1])**c * fmpz_poly([1, 1])**(count - c)).coeffs()))


def _terms(counts: Sequence[int], levels: Iterable[int], level: int) -> Iterable[tuple[int, int]]:
    """Places of the vectors c with |c| = level in the transformed table, and how many subsets each stands for."""
    for place, c in enumerate(product(*_rows(counts, set(levels)))):
        if sum(c) == level:
            yield place, prod(comb(count, taken) for count, taken in zip(counts, c))
