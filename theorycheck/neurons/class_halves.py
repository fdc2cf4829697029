"""Some of a neuron's weights, by magnitude: their sums, and the characters' totals over the points with each sum.

Variables of one magnitude are alike, so a subset is known by how many variables c_i it takes from each class.  The
total of χ over the points with p_i coordinates -1 in class i is the coefficient of Π z^(p_i e_i) in
Π (1-z^e_i)^c_i (1+z^e_i)^(n_i-c_i).  With e_i the magnitudes, the power says the sum s = Σ a_i (n_i - 2 p_i): short
while the magnitudes are small integers.  With mixed radices e_i, every combination of the p_i has a power of its own:
short while the classes are few, whatever their magnitudes.  The shorter is taken.
"""
from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from math import comb, gcd, prod
from operator import mul
from typing import TypeAlias

from flint import fmpz_poly

Classes: TypeAlias = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class ClassRow:
    """The subsets that take the same numbers c_i of variables from the classes.

    Parameters
    ----------
    subsets : int
        How many there are: Π C(n_i, c_i).
    totals : fmpz_poly
        Coefficient number i is the total of χ over the points with the sum ``ClassHalf.sums[i]``.
    """

    subsets: int
    totals: fmpz_poly


@dataclass(frozen=True)
class ClassHalf:
    """Variables whose weights have the given magnitudes.

    Parameters
    ----------
    classes : tuple of (magnitude above 0, how many)
        May be empty: then the only sum is 0.

    Examples
    --------
    Two weights 1 and one 10^9: every combination has a power of its own.

    >>> half = ClassHalf(((1, 2), (10**9, 1)))
    >>> half.exponents, half.sums
    ((1, 3), (1000000002, 1000000000, 999999998, -999999998, -1000000000, -1000000002))
    >>> [(row.subsets, str(row.totals)) for row in ClassHalf(((1, 3),)).rows(1, 1)[1]]
    [(3, '(-1)*x^3 + (-1)*x^2 + x + 1')]
    """

    classes: Classes

    @cached_property
    def count(self) -> int:
        """Number of variables."""
        return sum(size for _, size in self.classes)

    @cached_property
    def exponents(self) -> tuple[int, ...]:
        """The power of z that one coordinate -1 in each class contributes."""
        if self._is_by_sum:
            return tuple(magnitude // self._unit for magnitude, _ in self.classes)
        return tuple(accumulate((size + 1 for _, size in self.classes[:-1]), mul, initial=1))

    @cached_property
    def _unit(self) -> int:
        return gcd(*(magnitude for magnitude, _ in self.classes)) or 1

    @cached_property
    def _reach(self) -> int:
        return sum(magnitude * size for magnitude, size in self.classes)

    @cached_property
    def _is_by_sum(self) -> bool:
        """Whether the sums are fewer than the combinations."""
        sums = self._reach // self._unit + 1
        # There are at least 2^(number of classes) combinations.
        return len(self.classes) >= sums.bit_length() or sums <= prod(size + 1 for _, size in self.classes)

    @cached_property
    def length(self) -> int:
        """Number of powers of z, and of entries of ``sums``."""
        return self._reach // self._unit + 1 if self._is_by_sum else prod(size + 1 for _, size in self.classes)

    @cached_property
    def sums(self) -> tuple[int, ...]:
        """The sum that each power stands for, whether or not a point has it."""
        if not self._is_by_sum:
            found = [self._reach]
            for magnitude, size in self.classes:
                found = [s - 2 * magnitude * lowered for lowered in range(size + 1) for s in found]
            return tuple(found)
        step = 2 * self._unit
        return tuple(range(self._reach, self._reach - step * self.length, -step))

    def sizes(self, least: int, most: int) -> dict[int, int]:
        """Return how many rows there are for each size c = Σ c_i from ``least`` to ``most``.

        Examples
        --------
        >>> ClassHalf(((1, 2), (5, 1))).sizes(0, 3)
        {0: 1, 1: 2, 2: 2, 3: 1}
        """
        product = fmpz_poly([1])
        for size, many in Counter(size for _, size in self.classes).items():
            ways = fmpz_poly([1] * (min(size, most) + 1)).pow_trunc(many, most + 1)
            product = product.mul_low(ways, most + 1)
        return {c: int(product[c]) for c in range(max(0, least), min(most, self.count) + 1)}

    def rows(self, least: int, most: int) -> dict[int, list[ClassRow]]:
        """Return the rows of each size from ``least`` to ``most``; every size in between has some.

        Notes
        -----
        One product of polynomials of the half's length for each row, and for each of its beginnings.
        """
        found = {0: [ClassRow(1, fmpz_poly([1]))]}
        left = self.count
        for exponent, (_, size) in zip(self.exponents, self.classes):
            left -= size
            lengthened: dict[int, list[ClassRow]] = {}
            for before, rows in found.items():
                # What the classes to come cannot make up for is left out.
                for taken in range(max(0, least - before - left), min(size, most - before) + 1):
                    factor = _class_polynomial(exponent, size, taken)
                    ways = comb(size, taken)
                    lengthened.setdefault(before + taken, []).extend(
                        ClassRow(row.subsets * ways, row.totals * factor) for row in rows)
            found = lengthened
        return {c: rows for c, rows in found.items() if least <= c <= most}


def _class_polynomial(exponent: int, size: int, taken: int) -> fmpz_poly:
    """(1 - z^e)^taken (1 + z^e)^(size - taken)."""
    return (fmpz_poly([1, -1])**taken * fmpz_poly([1, 1])**(size - taken)).inflate(exponent)
