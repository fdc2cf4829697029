"""Compressed, rounded and exactly decided thresholds, against sums in Python integers."""
from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theorycheck.networks.rationals import rational_array
from theorycheck.neurons import threshold_rounding
from theorycheck.neurons.threshold_rounding import IntegerThreshold, integer_threshold, signs_at

SCALES = (1, 3, 2**40, 3**60, 2**1000, 2**2000 + 1)
WEIGHTS = st.lists(st.builds(lambda scale, factor: scale * factor, st.sampled_from(SCALES),
                             st.sampled_from([-5, -3, -2, -1, 1, 2, 7])), min_size=1, max_size=6)
FORMS = st.builds(lambda weights, signs, offset: IntegerThreshold(
    tuple(weights), sum(w * s for w, s in zip(weights, signs)) + offset), WEIGHTS,
    st.lists(st.sampled_from([-1, 0, 1]), min_size=6, max_size=6), st.sampled_from([-2**41, -1, 0, 1, 3**60]))


def signs(form: IntegerThreshold) -> list[int]:
    """The sign at every point, in Python integers."""
    sums = [sum(w * x for w, x in zip(form.weights, point)) - form.threshold
            for point in product((1, -1), repeat=len(form.weights))]
    return [(value > 0) - (value < 0) for value in sums]


@given(FORMS)
@settings(deadline=None)
def test_compression_keeps_every_sign(form: IntegerThreshold) -> None:
    smaller = form.compressed()
    assert signs(smaller) == signs(form)
    assert smaller.reach <= form.reach and smaller.compressed() == smaller


@given(FORMS)
@settings(deadline=None)
def test_limbs_decide(form: IntegerThreshold) -> None:
    cube = np.array(list(product((1, -1), repeat=len(form.weights))), np.int64)
    assert signs_at(form, cube).tolist() == signs(form)


def test_limbs_of_the_most_weights_do_not_overflow() -> None:
    # All limbs full, so that carries are as large as they can be, and a sum whose sign only the last limb knows.
    full = (1 << 48 * 5) - 1
    form = IntegerThreshold((full,) * 31 + (-full,) * 31, 0)
    cube = np.ones((3, 62), np.int64)
    cube[1, 0], cube[2, 61] = -1, -1
    assert signs_at(form, cube).tolist() == [0, -1, 1]
    assert signs_at(IntegerThreshold(form.weights[:61] + (1 - full,), 0), cube[:1]).tolist() == [1]
    assert signs_at(IntegerThreshold((full,) * 62, 62 * full), cube[:1]).tolist() == [0]


def test_gaps_are_closed() -> None:
    assert IntegerThreshold((2**1000, -3 * 2**1000, 1, 1), 0).compressed().reach == 4 * 6 + 2
    # The middle weight is no multiple of anything large: nothing to close but below it.
    assert IntegerThreshold((2**90 + 1, 2**90 - 1), 0).compressed() == IntegerThreshold((2**90 + 1, 2**90 - 1), 0)


@given(FORMS, st.integers(4, 20))
@settings(deadline=None)
def test_outside_the_band_the_rounded_sum_has_the_exact_sign(form: IntegerThreshold, bits: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(threshold_rounding, "SUM_BITS", bits)
        rounded = form.rounded()
    cube = np.array(list(product((1, -1), repeat=len(form.weights))), np.int64)
    gaps = cube @ rounded.weights - rounded.threshold
    assert all(abs(gap) <= rounded.band or np.sign(gap) == sign for gap, sign in zip(gaps.tolist(), signs(form)))
    assert rounded.shift or rounded.band == 0
    # The rounding halves of m weights and the threshold come on top of the bits.
    assert int(abs(rounded.weights).sum()) + abs(rounded.threshold) <= 2**bits + len(form.weights) + 1


def test_the_band_is_needed() -> None:
    # In units of 4 these round to 1, 1, 1 against 2: at (1, 1, 1) a gap of +1, where the exact one is -1.
    form = IntegerThreshold((2, 2, 2), 7)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(threshold_rounding, "SUM_BITS", 3)
        rounded = form.rounded()
    assert (rounded.weights.tolist(), rounded.threshold, rounded.band, rounded.shift) == ([1, 1, 1], 2, 2, 2)
    assert signs(form)[0] == -1


@pytest.mark.parametrize("weights, bias, scale, expected", [
    ([2, 4], 3, 1, ((1, 2), -2)),  # sums are odd, above -3/2: from -1 on, as above -2
    ([2, 4], 6, 1, ((1, 2), -3)), ([1, 1], -1, 1, ((1, 1), 1)), ([1, 1, 1], "-1/2", 1, ((1, 1, 1), 0)),
    ([1, 1, 0, 1], "-3/2", 1, ((1, 1, 1), 2)), ([1, 1], -1, "1/2", ((1, 1), 1)), ([1, 1, 1], -1, "1/2", ((1,) * 3, 2)),
    ([1, 1, 1, 1], -1, "1/4", ((1,) * 4, 2)), ([1, 1, 1, 1], 1, "1/4", ((1,) * 4, -2)), ([0, 0], -1, 1, ((), 1)),
    ([0], "-1/3", 1, ((), 1)), ([0], "1/3", 1, ((), -1)), ([0], 0, 1, ((), 0))])
def test_reading(weights: list, bias: object, scale: object, expected: tuple) -> None:
    form = integer_threshold(rational_array(weights, "weights"), Fraction(bias), Fraction(scale))
    assert (form.weights, form.threshold) == expected


@given(st.lists(st.integers(-9, 9), min_size=1, max_size=5), st.fractions(-9, 9, max_denominator=6),
       st.fractions("1/6", 9, max_denominator=6))
@settings(deadline=None)
def test_reading_keeps_every_sign(weights: list[int], bias: Fraction, scale: Fraction) -> None:
    form = integer_threshold(rational_array(weights, "weights"), bias, scale)
    for point in product((1, -1), repeat=len(weights)):
        # √scale·s + bias > 0, squared with its sign.
        s = sum(w * x for w, x in zip(weights, point))
        left, right = scale * s * abs(s), -bias * abs(bias)
        kept = [x for w, x in zip(weights, point) if w]
        gap = sum(w * x for w, x in zip(form.weights, kept)) - form.threshold
        assert (gap > 0, gap == 0) == (left > right, left == right)
