from __future__ import annotations

from fractions import Fraction
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from theorycheck.neurons.neuron import IntegerSteps
from theorycheck.neurons.symmetric_parts import SymmetricPart, integer_components, symmetric_part

fractions = st.fractions(-3, 3, max_denominator=5)


@st.composite
def steps(draw):
    starts = sorted(draw(st.sets(st.integers(-6, 6), max_size=4)))
    return IntegerSteps(tuple(starts), tuple(draw(st.lists(fractions, min_size=len(starts) + 1,
                                                           max_size=len(starts) + 1))))


def pieces_at(part, s):
    """The constant and the multiple of s (without √r)."""
    place = sum(start <= s for start in part.starts)
    return part.constant_unit * part.constants[place], part.slope_unit * part.slopes[place] * s


@given(steps(), steps(), st.sampled_from([0, 1]), st.integers(0, 9))
def test_symmetric_part_is_what_it_says(intercept, rise, parity, reach):
    part, sign = symmetric_part(intercept, rise, parity, reach), (-1) ** parity
    for s in range(-reach, reach + 1):
        assert pieces_at(part, s) == (intercept(s) + sign * intercept(-s), rise(s) * s - sign * rise(-s) * s)
    assert all(-reach < start <= reach for start in part.starts)
    changes = list(zip(part.constants, part.slopes))
    assert all(left != right for left, right in zip(changes, changes[1:]))


def table(starts, component, d):
    """The component's table on the half with x_{d-1} = +1, with s for the starts from all of ``magnitudes``."""
    def value(s, form):
        place = sum(start <= s for start in starts)
        return component.constants[place] + component.slopes[place] * form
    return value


def points(d):
    return [[1 - 2 * (index >> j & 1) for j in range(d)] for index in range(1 << (d - 1))]


def forms(weights):
    return [sum(w * x for w, x in zip(weights, point)) for point in points(len(weights))]


def spectrum(values, d):
    return {subset: sum(value * prod(x for j, x in enumerate(point) if subset >> j & 1)
                        for value, point in zip(values, points(d))) for subset in range(1 << (d - 1))}


sizes = st.sampled_from([4, 1000, 2**33, 10**19, 10**50])


@given(st.data(), steps(), steps(), st.sampled_from([0, 1]), st.integers(0, 3), sizes, sizes,
       st.sampled_from([Fraction(1), Fraction(4, 9), Fraction(2)]))
def test_components_add_up_and_fit(data, intercept, rise, parity, lowest, size, factor, squared_scale):
    magnitudes = sorted(data.draw(st.lists(st.integers(1, size), min_size=1, max_size=4)))
    intercept = IntegerSteps(tuple(start * size // 4 for start in intercept.starts),
                             tuple(value * factor for value in intercept.values))
    part, d = symmetric_part(intercept, rise, parity, sum(magnitudes)), len(magnitudes)
    components = integer_components(part, squared_scale, magnitudes, lowest)
    root = {1: Fraction(1), Fraction(4, 9): Fraction(2, 3)}.get(squared_scale)
    totals = [[Fraction(0), Fraction(0)] for _ in points(d)]
    for component in components:
        values = [table(part.starts, component, d)(s, form)
                  for s, form in zip(forms(magnitudes), forms(component.weights))]
        bits = 8 * component.itemsize - 1
        assert all(abs(value) < 2**bits for value in values)
        # The entries that are read: those of S with |S| >= lowest of this parity, S without the last variable.
        read = [value for subset, value in spectrum(values, d).items()
                if max(subset.bit_count() + ((subset.bit_count() - parity) % 2), lowest) - subset.bit_count() <= 1]
        assert all(abs(value) < 2**bits for value in read)
        assert not component.squares_fit or sum(value**2 for value in read) < 2**63
        for total, value in zip(totals, values):
            total[component.is_rooted] += component.scale * value
    for total, s in zip(totals, forms(magnitudes)):
        constant, slope = pieces_at(part, s)
        if root is None:
            assert total == [constant, slope]
        else:
            assert total[0] + root * total[1] == constant + root * slope


@pytest.mark.parametrize("magnitudes, lowest, itemsize", [([1] * 24, 2, 4), ([100] * 24, 2, 4), ([100] * 24, 0, 8),
                                                          ([1000] * 24, 2, 8), ([1000] * 20, 2, 4)])
def test_narrow_where_the_levels_that_are_read_are_small(magnitudes, lowest, itemsize):
    # |s|, a ReLU's even part, whose coefficients at level 2 and up are far below its values.
    part = SymmetricPart((0,), (0, 0), (-1, 1), Fraction(1), Fraction(1))
    [component] = integer_components(part, Fraction(1), magnitudes, lowest)
    assert component.itemsize == itemsize


def test_what_is_called_narrow_may_come_within_a_factor_of_four_of_32_bits():
    # 2^28 |x + y| = 2^28 (1 + xy): the sum over the half cube for {x, y} is 2^29.
    part = SymmetricPart((0,), (0, 0), (-1, 1), Fraction(1), Fraction(1))
    [component] = integer_components(part, Fraction(1), [2**28, 2**28], 2)
    assert component.itemsize == 4 and component.squares_fit
    assert spectrum([2**29, 0], 2)[1] == 2**29
