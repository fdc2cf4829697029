"""When is Σ w_j x_j above a threshold?  The same question in small integers, and how far rounded ones can be trusted.

Weights of any width become 64-bit integers in two steps.  The first changes no answer: where all large weights are
multiples of some g more than twice the sum of the small ones, g can be made smaller.  The second rounds what is still
too wide to multiples of 2^e; a rounded sum is then off by at most half a unit for each weight and for the threshold, so
outside a band of that width the rounded answer is proved, and inside it :func:`signs_at` decides exactly.
"""
from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import gcd, isqrt

import numpy as np

from theorycheck.networks.rationals import RationalArray

# Entries of a sorted list are twice a sum; with a threshold added they stay within 63 bits.
SUM_BITS = 60
# n + 1 limbs of this width, and a carry clipped at LARGEST_CARRY times 2^LIMB_BITS, add up within 63 bits.
LIMB_BITS = 48
LARGEST_CARRY = 128


@dataclass(frozen=True)
class IntegerThreshold:
    """The sign of Σ weights[j]·x_j − threshold.

    Parameters
    ----------
    weights : tuple of m integers, none of them 0
    threshold : int

    Examples
    --------
    >>> IntegerThreshold((2**400, -2**400, 3), 1).compressed()
    IntegerThreshold(weights=(8, -8, 3), threshold=1)
    """

    weights: tuple[int, ...]
    threshold: int

    @property
    def reach(self) -> int:
        """The largest sum."""
        return sum(map(abs, self.weights))

    def compressed(self) -> IntegerThreshold:
        """Return the same sign at every x, ties included, from smaller weights where they have gaps.

        Notes
        -----
        Split the weights by size and let v be the sum of the small ones, g the common factor of the large ones.  Write
        the threshold as g·u + r with |r| ≤ g/2; the sum minus it is g·(U−u) + (V−r) with |V| ≤ v.  If g > 2v, then
        |V−r| < g, so that U decides unless U = u; and there only the order of V and r matters, so that r may be
        clipped to ±(v+1).  Any g above 2v+1 then gives the same signs.
        """
        weights, threshold = list(self.weights), self.threshold
        order = sorted(range(len(weights)), key=lambda j: abs(weights[j]))
        small = 0
        for place, j in enumerate(order):
            factor, needed = gcd(*(weights[i] for i in order[place:])), 2 * small + 2
            if factor > needed:
                quotient = (2 * threshold + factor) // (2 * factor)
                rest = threshold - factor * quotient
                threshold = needed * quotient + max(-small - 1, min(rest, small + 1))
                for i in order[place:]:
                    weights[i] = weights[i] // factor * needed
            small += abs(weights[j])
        return IntegerThreshold(tuple(weights), threshold)

    def rounded(self) -> RoundedThreshold:
        """Return the sums in units of a power of two, so that they fit 64 bits."""
        shift = max(0, (self.reach + abs(self.threshold)).bit_length() - SUM_BITS + 1)
        half = 1 << shift >> 1
        weights = np.array([(weight + half) >> shift for weight in self.weights], dtype=np.int64)
        return RoundedThreshold(weights, (self.threshold + half) >> shift,
                                (len(self.weights) + 1) // 2 if shift else 0, shift)


@dataclass(frozen=True, eq=False)
class RoundedThreshold:
    """An :class:`IntegerThreshold` in units of 2^shift, rounded to the nearest.

    Parameters
    ----------
    weights : int64 array (m,)
        Their sizes and that of the threshold add up to less than 2^60.
    threshold : int
    band : int
        A sum that differs from the threshold by more than this is on the same side as the exact one; 0 with shift 0,
        where a difference of 0 is a tie.
    shift : int
    """

    weights: np.ndarray
    threshold: int
    band: int
    shift: int


def integer_threshold(weights: RationalArray, bias: Fraction, squared_scale: Fraction) -> IntegerThreshold:
    """Return the integers that decide √squared_scale·⟨w, x⟩ + bias > 0, for the weights that are not 0.

    Examples
    --------
    >>> from theorycheck.networks.rationals import rational_array
    >>> integer_threshold(rational_array(["1/2", 0, "-3/4"], "weights"), Fraction(1, 4), Fraction(1))
    IntegerThreshold(weights=(2, -3), threshold=-1)

    A sum of an even and an odd weight is odd, so a threshold between two integers may as well be the even one.

    >>> integer_threshold(rational_array([2, 3], "weights"), Fraction(-1, 2), Fraction(1)).threshold
    0
    """
    numerators = [p for p in weights.numerators.tolist() if p]
    factor = gcd(*numerators) or 1
    integers = tuple(p // factor for p in numerators)
    distance = -bias * weights.denominator / factor
    square = distance**2 / squared_scale
    root = isqrt(square.numerator // square.denominator)
    if root * root == square:
        return IntegerThreshold(integers, root if distance > 0 else -root)
    below = root if distance > 0 else -root - 1
    return IntegerThreshold(integers, below + (sum(integers) - below + 1) % 2)


def signs_at(form: IntegerThreshold, points: np.ndarray) -> np.ndarray:
    """Return the exact sign of the sum minus the threshold at each point.

    Parameters
    ----------
    form : IntegerThreshold
        At most 62 weights, of any width.
    points : int64 array (p, m) of 1 and -1

    Returns
    -------
    int64 array (p,) of -1, 0 and 1

    Notes
    -----
    Integers are cut into limbs of 48 bits.  From the top limb down, the sum so far is carried into the next limb; where
    it exceeds all that can still come it is clipped, which keeps its sign.

    Examples
    --------
    >>> form = IntegerThreshold((2**100, -2**100, 1), 1)
    >>> signs_at(form, np.array([[1, 1, 1], [1, 1, -1], [-1, 1, 1]])).tolist()
    [0, -1, -1]
    """
    numbers = [*form.weights, -form.threshold]
    count = max(abs(number).bit_length() for number in numbers) // LIMB_BITS + 1
    mask = (1 << LIMB_BITS) - 1
    limbs = np.array([[(abs(number) >> LIMB_BITS * place & mask) * (1 if number > 0 else -1) for number in numbers]
                      for place in range(count)], dtype=np.int64)
    total = np.zeros(len(points), np.int64)
    for row in limbs[::-1]:
        np.clip(total, -LARGEST_CARRY, LARGEST_CARRY, out=total)
        total = (total << LIMB_BITS) + points @ row[:-1] + row[-1]
    return np.sign(total)
