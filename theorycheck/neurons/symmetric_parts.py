"""The even and odd parts of a piecewise affine function of s, and their integer tables.

f(s) ± f(-s) has the spectrum of f at the even or at the odd levels alone, twice.  Where it does not fit a transform in
64 bits it is split into components that do: f = Σ scale·table, with the digits of its numbers for tables.
"""
from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, isqrt, lcm

from theorycheck.neurons.neuron import IntegerSteps


@dataclass(frozen=True)
class SymmetricPart:
    """s ↦ constant_unit·constants[i] + √r·slope_unit·slopes[i]·s, i the number of ``starts`` that are at most s.

    Parameters
    ----------
    starts : tuple of integers, strictly increasing
    constants, slopes : tuples of integers, one more than starts
    constant_unit, slope_unit : Fraction
    """

    starts: tuple[int, ...]
    constants: tuple[int, ...]
    slopes: tuple[int, ...]
    constant_unit: Fraction
    slope_unit: Fraction


@dataclass(frozen=True)
class Component:
    """The integer table constants[i] + slopes[i]·Σ_j weights[j]·x_j, to be multiplied by ``scale`` (and by √r).

    Parameters
    ----------
    constants, slopes, weights : tuples of integers, the weights at least 0
    scale : Fraction
    is_rooted : bool
        Whether √r is a factor.
    itemsize : int
        4 or 8: bytes of an entry that hold the table and, at the levels asked for, its transform.
    squares_fit : bool
        Whether the squares of the transform at the levels asked for add up to less than 2^63.
    """

    constants: tuple[int, ...]
    slopes: tuple[int, ...]
    weights: tuple[int, ...]
    scale: Fraction
    is_rooted: bool
    itemsize: int
    squares_fit: bool


def symmetric_part(intercept: IntegerSteps, rise: IntegerSteps, parity: int, reach: int) -> SymmetricPart:
    """Return s ↦ f(s) + (-1)^parity·f(-s) for |s| <= reach, where f(s) = intercept(s) + √r·rise(s)·s.

    Examples
    --------
    >>> step = IntegerSteps((1,), (Fraction(0), Fraction(1)))
    >>> part = symmetric_part(step, IntegerSteps((), (Fraction(0),)), 1, 5)
    >>> part.starts, part.constants, part.slopes
    ((0, 1), (-1, 0, 1), (0, 0, 0))
    """
    (heights, height_unit), (tilts, tilt_unit) = (_integers(steps.values) for steps in (intercept, rise))
    sign = 1 - 2 * parity
    starts, constants, slopes = list[int](), list[int](), list[int]()
    for start in _changes({*intercept.starts, *rise.starts}, reach):
        there, opposite = ([bisect_right(steps.starts, s) for steps in (intercept, rise)] for s in (start, -start))
        constant = heights[there[0]] + sign * heights[opposite[0]]
        slope = tilts[there[1]] - sign * tilts[opposite[1]]
        if not constants or (constant, slope) != (constants[-1], slopes[-1]):
            starts.append(start)
            constants.append(constant)
            slopes.append(slope)
    height, tilt = gcd(*constants) or 1, gcd(*slopes) or 1
    return SymmetricPart(tuple(starts[1:]), tuple(constant // height for constant in constants),
                         tuple(slope // tilt for slope in slopes), height_unit * height, tilt_unit * tilt)


def _changes(starts: set[int], reach: int) -> list[int]:
    """-reach, and where f(s) or f(-s) may change above it."""
    both = starts | {1 - start for start in starts}
    return [-reach, *sorted(start for start in both if -reach < start <= reach)]


def _integers(values: Sequence[Fraction]) -> tuple[list[int], Fraction]:
    """The values as integers over one denominator, and one over it."""
    common = lcm(*(value.denominator for value in values))
    return [value.numerator * (common // value.denominator) for value in values], Fraction(1, common)


def integer_components(part: SymmetricPart, squared_scale: Fraction, magnitudes: Sequence[int],
                       lowest: int) -> list[Component]:
    """Return tables whose scaled sum is ``part``, as few and as narrow as its transform's size allows.

    Parameters
    ----------
    part : SymmetricPart
    squared_scale : Fraction
        The number r.
    magnitudes : sequence of d positive integers, ascending
    lowest : int
        The lowest level asked for; only coefficients from there on need to fit.
    """
    has_constants, root = any(part.constants), _rational_root(squared_scale)
    if not any(part.slopes):
        whole = _component(part, part.constants, part.slopes, magnitudes, part.constant_unit, False, lowest)
    elif not has_constants:
        whole = _component(part, part.constants, part.slopes, magnitudes, part.slope_unit, True, lowest)
    elif root is not None:
        unit = _common_unit(part.constant_unit, part.slope_unit * root)
        factors = int(part.constant_unit / unit), int(part.slope_unit * root / unit)
        constants, slopes = (tuple(factor * value for value in values)
                             for factor, values in zip(factors, (part.constants, part.slopes)))
        whole = _component(part, constants, slopes, magnitudes, unit, False, lowest)
    else:
        whole = None
    return [whole] if whole is not None else list(_split(part, magnitudes, lowest))


def _split(part: SymmetricPart, magnitudes: Sequence[int], lowest: int) -> Iterator[Component]:
    """The constants' digits, then the products of the slopes' digits with the magnitudes'."""
    d, none = len(magnitudes), (0,) * len(part.constants)
    # Bits of a slope and a weight together: 2^(d-1) sums of d products of theirs stay below 2^62.
    room = 62 - (d - 1) - d.bit_length()
    for shift, constants in _digits(part.constants, room):
        step = _component(part, constants, none, magnitudes, part.constant_unit * 2**shift, False, lowest)
        assert step is not None
        yield step
    whole = _component(part, none, part.slopes, magnitudes, part.slope_unit, True, lowest)
    if not any(part.slopes) or whole is not None:
        yield from [whole] if any(part.slopes) and whole is not None else []
        return
    bits = min(max(abs(value).bit_length() for value in part.slopes), room // 2)
    for shift, slopes in _digits(part.slopes, bits):
        for further, weights in _digits(magnitudes, room - bits):
            yield Component(none, slopes, weights, part.slope_unit * 2**(shift + further), True, 8, False)


def _digits(values: Sequence[int], bits: int) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Split integers as Σ 2^shift·digits, digits below 2^bits and of the integer's sign; rows of 0 are left out."""
    shift, rest = 0, [abs(value) for value in values]
    while any(rest):
        digits = [value & ((1 << bits) - 1) for value in rest]
        if any(digits):
            yield shift, tuple(-digit if value < 0 else digit for digit, value in zip(digits, values))
        rest = [value >> bits for value in rest]
        shift += bits


def _component(part: SymmetricPart, constants: tuple[int, ...], slopes: tuple[int, ...], magnitudes: Sequence[int],
               scale: Fraction, is_rooted: bool, lowest: int) -> Component | None:
    """The component with the narrowest entries; None where 8 bytes are too few."""
    m = len(magnitudes) - 1
    largest = max(map(abs, constants)) + max(map(abs, slopes)) * sum(magnitudes)
    if max(largest << m, largest) >= 2**62:
        return None
    # |f^(S)| is at most largest; from level 2 on also at most E|f(s + w) - f(s - w)|/2, w any magnitude in S and so at
    # most the level-th largest, where an affine function may be taken off f: half the slopes' range, and jumps remain.
    # The squares add up to at most E f^2, and from level 2 on to Σ_j E((f(s + w_j) - f(s - w_j))/2)^2 (Poincaré).
    coefficient, squares = 2 * largest, 4 * largest**2
    if lowest >= 2:
        spread = max(slopes) - min(slopes)
        jumps = sum(abs(after - before + (right - left) * start) for start, before, after, left, right
                    in zip(part.starts, constants, constants[1:], slopes, slopes[1:]))
        coefficient = min(coefficient, spread * magnitudes[-min(lowest, m + 1)] + jumps)
        squares = min(squares, sum((spread * magnitude + jumps) ** 2 for magnitude in magnitudes))
    # Sums wrap, so only the coefficients that are read must fit: 2^m f^(S) with twice f^(S) bounded here.
    itemsize = 4 if largest < 2**30 and coefficient << m < 2**32 else 8
    return Component(constants, slopes, tuple(magnitudes), scale, is_rooted, itemsize, squares << 2 * m < 2**65)


def _common_unit(left: Fraction, right: Fraction) -> Fraction:
    """The largest number of which both are integer multiples."""
    common = lcm(left.denominator, right.denominator)
    return Fraction(gcd(left.numerator * (common // left.denominator), right.numerator * (common // right.denominator)),
                    common)


def _rational_root(value: Fraction) -> Fraction | None:
    top, bottom = isqrt(value.numerator), isqrt(value.denominator)
    return Fraction(top, bottom) if top * top == value.numerator and bottom * bottom == value.denominator else None
