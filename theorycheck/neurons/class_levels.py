"""Few distinct magnitudes: level weights over count vectors instead of subsets, n in the hundreds.

ĝ(S) depends only on how many variables c_i the subset takes from each magnitude, so W^{=m} is the sum of
Π C(n_i, c_i) ĝ(c)² over the vectors with Σ c_i = m.  The magnitudes are split into two halves.  For a subset of the
right half and a sum l of the left half, the right half's points are added up with the neuron's pieces at l: between
thresholds those are running sums.  What is left is an inner product over the left half's sums, for all subsets of both
halves a product of integer matrices (FLINT's, exact at any size).
"""
from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from flint import fmpz, fmpz_mat
from numpy.typing import NDArray

from theorycheck.neurons.affine_steps import AffineSteps, ValueParts, slope_function, value_parts
from theorycheck.neurons.class_halves import Classes, ClassRow
from theorycheck.neurons.class_splits import BLOCK, ClassSplit, best_split, require_feasible_split
from theorycheck.neurons.neuron import Neuron
from theorycheck.neurons.results import NeuronLevels, listed_levels


def class_cost(neuron: Neuron, levels: Iterable[int]) -> int:
    """Return about how many nanoseconds :func:`class_levels` would take for the slope and the value at these levels.

    Parameters
    ----------
    neuron : Neuron
        Piecewise linear.
    levels : iterable of int

    Returns
    -------
    int
        Of the order of the time, not nearer; above 10^15 only a lower bound.  It grows with the number of count
        vectors, which for d magnitudes and a small level m is C(m+d-1, d-1).

    Raises
    ------
    ParameterError
        ``'activation' must be piecewise linear here, not tanh.``

    Examples
    --------
    >>> from theorycheck.neurons.neuron import read_neuron
    >>> class_cost(read_neuron([1, 2] * 100), (3, 5)) < 10**9 < class_cost(read_neuron(range(100)), (50,))
    True
    """
    return class_split(neuron, levels).cost


def class_split(neuron: Neuron, levels: Iterable[int]) -> ClassSplit:
    """Return the halves that :func:`class_levels` would work with, and what it would take.

    Parameters
    ----------
    neuron : Neuron
        Piecewise linear.
    levels : iterable of int

    Raises
    ------
    ParameterError
        ``'activation' must be piecewise linear here, not tanh.``

    Examples
    --------
    >>> from theorycheck.neurons.neuron import read_neuron
    >>> class_split(read_neuron([1, 2] * 100), (3, 5)).is_feasible
    True
    """
    classes = _nonzero_classes(neuron)
    return best_split(classes, _inside(listed_levels("levels", levels), classes), _pieces(neuron))


def class_levels(neuron: Neuron, slope_levels: Iterable[int], value_levels: Iterable[int]) -> NeuronLevels:
    """Return level weights of a piecewise linear neuron, exactly, by the distinct magnitudes of its weights.

    Parameters
    ----------
    neuron : Neuron
        Piecewise linear; weights of any size.
    slope_levels, value_levels : iterable of int
        Levels above the number of nonzero weights, or below 0, have weight 0.

    Returns
    -------
    NeuronLevels
        Method ``classes``; exact wherever the weight is rational.  Where no level has any weight, the kinks are counted
        only if they easily can be, and else None.

    Raises
    ------
    ParameterError
        ``'activation' must be piecewise linear here, not tanh.``
    InstanceTooLarge
        ``40 distinct magnitudes at level 20 need about … operations …; the largest level that may fit is 5.``

    Notes
    -----
    Time: the number of count vectors times the number of distinct sums of one half of the weights; see
    :func:`class_cost`.

    Examples
    --------
    >>> from theorycheck.neurons.neuron import read_neuron
    >>> levels = class_levels(read_neuron([1, 2, 3, 4, 5, 6], bias="1/2"), (1, 3), (2,))
    >>> str((5 * levels.slope[1].exact + 3 * levels.slope[3].exact) / 15), str(levels.value[2].exact / 15)
    ('179/2560', '7079/15360')
    """
    classes, pieces = _nonzero_classes(neuron), _pieces(neuron)
    asked = (listed_levels("slope_levels", slope_levels), listed_levels("value_levels", value_levels))
    levels = _inside(asked[0] + asked[1], classes)
    split = best_split(classes, levels, pieces)
    if levels:
        require_feasible_split(split, levels, pieces)
    parts = (ValueParts((slope_function(neuron),), Fraction(1)), value_parts(neuron))
    sums = _sums_of_products(split, parts, [set(levels) & set(part) for part in asked])
    count = split.left.count + split.right.count
    slope, value = ({level: part.weight(tuple(_scaled(part, found.get(level), count))) for level in some}
                    for part, some, found in zip(parts, asked, sums))
    kinks = _points_at(split, neuron.pieces.kinks) << (neuron.n - count) if split.is_feasible else None
    return NeuronLevels(slope, value, kinks, "classes",
                        f"{len(classes)} distinct magnitudes besides 0: exact sums over count vectors")


def _nonzero_classes(neuron: Neuron) -> Classes:
    return tuple((magnitude, size) for magnitude, size in neuron.classes if magnitude)


def _pieces(neuron: Neuron) -> int:
    return len(neuron.pieces.slope.starts) + 1


def _inside(levels: Iterable[int], classes: Classes) -> list[int]:
    return sorted({level for level in levels if 0 <= level <= sum(size for _, size in classes)})


def _scaled(part: ValueParts, sums: list[fmpz] | None, count: int) -> Iterator[Fraction]:
    for place, (i, j) in enumerate(part.pairs):
        bottom = (part.functions[i].denominator * part.functions[j].denominator) << (2 * count)
        yield Fraction(int(sums[place]), bottom) if sums is not None else Fraction(0)


def _sums_of_products(split: ClassSplit, parts: Sequence[ValueParts], levels: Sequence[set[int]]
                      ) -> list[dict[int, list[fmpz]]]:
    """For each part and level, Σ f̂_i(S) f̂_j(S) over the subsets of that size, for the part's pairs; not scaled."""
    wanted = set().union(*levels)
    if not wanted:
        return [{} for _ in parts]
    right = _RightHalf(split)
    lefts = {size: _LeftRows(rows, split.left.length) for size, rows
             in split.left.rows(min(wanted) - split.right.count, max(wanted)).items()}
    sums = [{level: [fmpz(0)] * len(part.pairs) for level in some} for part, some in zip(parts, levels)]
    for size, rows in split.right.rows(min(wanted) - split.left.count, max(wanted)).items():
        for first in range(0, len(rows), BLOCK):
            block = rows[first:first + BLOCK]
            suffixes = right.suffix_sums(block)
            for part, some, found in zip(parts, levels, sums):
                usable = [level for level in some if level - size in lefts]
                if usable:
                    gathered = [right.gathered(function, suffixes) for function in part.functions]
                for level in usable:
                    found[level] = [old + new for old, new in zip(
                        found[level], lefts[level - size].products(gathered, block, part.pairs))]
    return sums


class _LeftRows:
    """The left half's subsets of one size as a matrix: a row for each kind of subset, a column for each sum."""

    def __init__(self, rows: list[ClassRow], length: int) -> None:
        self.subsets = np.array([row.subsets for row in rows], dtype=object)
        self.matrix = fmpz_mat(len(rows), length, [entry for row in rows for entry in row.totals.coeffs()])

    def products(self, gathered: list[fmpz_mat], block: list[ClassRow], pairs: Sequence[tuple[int, int]]
                 ) -> Iterator[fmpz]:
        """Σ over both halves' subsets of the products of two functions' coefficients."""
        weights = self.subsets[:, None] * np.array([row.subsets for row in block], dtype=object)
        coefficients = [np.array((self.matrix * columns).entries(), dtype=object).reshape(weights.shape)
                        for columns in gathered]
        for i, j in pairs:
            yield (weights * coefficients[i] * coefficients[j]).sum()


class _RightHalf:
    """The right half's points in the order of their sums, added up from the top."""

    def __init__(self, split: ClassSplit) -> None:
        self.left_sums = split.left.sums
        self.order = sorted(range(split.right.length), key=split.right.sums.__getitem__)
        self.sums = [split.right.sums[place] for place in self.order]
        self.places: dict[int, NDArray[np.intp]] = {}

    def suffix_sums(self, block: list[ClassRow]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Totals of χ, and of s·χ, over the points with the i-th sum or a higher one; one line for each row."""
        plain = np.zeros((len(block), len(self.sums) + 1), dtype=object)
        for place, row in enumerate(block):
            entries = row.totals.coeffs()
            plain[place, :-1] = [entries[index] for index in self.order]
        risen = plain * np.array([*self.sums, 0], dtype=object)
        return tuple(np.add.accumulate(table[:, ::-1], axis=1)[:, ::-1]  # type: ignore[return-value]
                     for table in (plain, risen))

    def gathered(self, function: AffineSteps, suffixes: tuple[NDArray[Any], NDArray[Any]]) -> fmpz_mat:
        """Σ over the right half's points of f(l + their sum) χ: a row for each left sum l, a column for each subset."""
        plain, risen = suffixes
        total = np.zeros((plain.shape[0], len(self.left_sums)), dtype=object)
        own = np.array(self.left_sums, dtype=object)
        for start, constant, rise in ((None, function.intercepts[0], function.rises[0]), *function.changes):
            places = self._places(start)
            if constant:
                total = total + constant * plain[:, places]
            if rise:
                total = total + rise * (own * plain[:, places] + risen[:, places])
        return fmpz_mat(total.shape[1], total.shape[0], total.T.ravel().tolist())

    def _places(self, start: int | None) -> NDArray[np.intp]:
        """For each left sum l, the first of the right sums with l + sum >= start."""
        if start is None:
            return np.zeros(len(self.left_sums), dtype=np.intp)
        if start not in self.places:
            self.places[start] = np.array([bisect_left(self.sums, start - own) for own in self.left_sums],
                                          dtype=np.intp)
        return self.places[start]


def _points_at(split: ClassSplit, places: Iterable[int]) -> int:
    """How many points have one of these sums."""
    right = _RightHalf(split)
    left, suffixes = _LeftRows(split.left.rows(0, 0)[0], split.left.length), right.suffix_sums(
        split.right.rows(0, 0)[0])
    return sum(int((left.matrix * right.gathered(AffineSteps((place, place + 1), (0, 1, 0), (0, 0, 0), 1),
                                                 suffixes))[0, 0]) for place in places)
