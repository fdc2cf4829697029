"""Counts of active and tied points by meeting in the middle: exact and rounded sums, outer variables, threads."""
from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theorycheck.cube.memory import memory_budget
from theorycheck.errors import InstanceTooLarge
from theorycheck.neurons import threshold_counts as module
from theorycheck.neurons import threshold_rounding
from theorycheck.neurons.threshold_counts import threshold_counts
from theorycheck.neurons.threshold_rounding import IntegerThreshold


def direct(form: IntegerThreshold, members: list[int]) -> tuple[list[int], list[int], int]:
    """Sums over active and over tied points against each variable and 1, and the number of ties, point by point."""
    active, tied, ties = [0] * (len(members) + 1), [0] * (len(members) + 1), 0
    for point in product((1, -1), repeat=len(members)):
        gap = sum(w * x for w, x in zip(form.weights, point)) - form.threshold
        character = 1
        for x, member in zip(point, members):
            character *= x if member else 1
        ties += gap == 0
        if gap >= 0:
            chosen = active if gap else tied
            for place, x in enumerate((*point, 1)):
                chosen[place] += x * character
    return active, tied, ties


INTEGERS = st.lists(st.tuples(st.integers(-4, 4).filter(bool), st.integers(0, 1)), min_size=1, max_size=8)
WIDE = st.lists(st.tuples(st.integers(-2**70, 2**70).filter(bool), st.integers(0, 1)), min_size=1, max_size=5)


@given(INTEGERS, st.integers(-6, 6))
@settings(deadline=None)
def test_small_integers(variables: list[tuple[int, int]], threshold: int) -> None:
    weights, members = zip(*variables)
    form = IntegerThreshold(weights, threshold)
    active, tied, ties = direct(form, list(members))
    found = threshold_counts(form, members, True)
    assert (found.active, found.tied, found.ties, found.shift, found.decided) == (active, tied, ties, 0, 0)
    plain = threshold_counts(form, members, False)
    assert (plain.active, plain.tied, plain.ties) == (active, [0] * len(active), ties)


@given(WIDE, st.lists(st.sampled_from([-1, 0, 1]), min_size=5, max_size=5), st.integers(-1, 1))
@settings(deadline=None)
def test_wide_integers_on_and_beside_the_threshold(variables: list[tuple[int, int]], signs: list[int],
                                                   offset: int) -> None:
    # Every weight twice, so that sums can cancel; thresholds that some points meet exactly, or miss by 1.
    weights, members = (list(row) * 2 for row in zip(*variables))
    form = IntegerThreshold(tuple(weights), 2 * sum(w * s for w, s in zip(weights, signs)) + offset)
    found = threshold_counts(form, members, True)
    assert (found.active, found.tied, found.ties) == direct(form, members)


@pytest.mark.parametrize("seed", range(12))
def test_rounded_sums_are_mended_in_their_band(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    # With 4 to 7 bits most points are in the band; the chunk makes the list come in parts.
    rng = np.random.default_rng(seed)
    monkeypatch.setattr(threshold_rounding, "SUM_BITS", 4 + seed % 4)
    monkeypatch.setattr(module, "_CHUNK", 7)
    weights, members = rng.integers(-30, 31, 8), rng.integers(0, 2, 8).tolist()
    form = IntegerThreshold(tuple(np.where(weights == 0, 3, weights).tolist()), int(rng.integers(-30, 31)))
    for budget in (2**30, 40 * 2**3):
        with memory_budget(budget):
            found = threshold_counts(form, members, True)
            plain = threshold_counts(form, members, False)
        assert found.shift > 0 and found.decided > 0 and (found.outer > 0) == (budget < 2**30)
        assert (found.active, found.tied, found.ties) == direct(form, members)
        assert (plain.active, plain.ties) == (found.active, found.ties)


def test_without_the_band_rounded_sums_are_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threshold_rounding, "SUM_BITS", 5)
    form, members = IntegerThreshold((29, -17, 23, 5, 11, -28, 13), 4), [1, 0, 1, 1, 0, 0, 1]
    expected = direct(form, members)
    found = threshold_counts(form, members, False)
    assert (found.active, found.ties) == (expected[0], expected[2])
    monkeypatch.setattr(module._Meeting, "_decide", lambda *arguments: None)
    assert threshold_counts(form, members, False).active != expected[0]


@pytest.mark.parametrize("outer_bytes", (34 << 2, 34 << 4))
def test_outer_variables_change_nothing(outer_bytes: int) -> None:
    rng = np.random.default_rng(outer_bytes)
    weights = rng.choice([-3, -2, -1, 1, 2, 3], 11)
    form = IntegerThreshold(tuple(weights.tolist()), int(weights.sum()) % 2)
    members = rng.integers(0, 2, 11).tolist()
    whole = threshold_counts(form, members, True)
    with memory_budget(outer_bytes):
        parted = threshold_counts(form, members, True)
    assert parted.outer > whole.outer == 0 and whole.ties > 0
    assert (parted.active, parted.tied, parted.ties) == (whole.active, whole.tied, whole.ties)


@pytest.mark.parametrize("weights", ([1, 2, 3] * 9 + [5], list(range(2**40, 2**40 + 28))))
def test_threads_change_nothing(weights: list[int]) -> None:
    form, members = IntegerThreshold(tuple(weights), 2), [0, 1] * 14
    single, *others = (threshold_counts(form, members, True, threads) for threads in (1, 2, 5))
    assert all(other == single for other in others)


def test_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InstanceTooLarge) as caught:
        threshold_counts(IntegerThreshold((1,) * 63, 0), [0] * 63, False)
    assert str(caught.value) == (
        "63 weights that are not 0 are too many to meet in the middle; the largest number that fits is 62.")
    monkeypatch.setattr(module, "MOST_DECIDED", 3)
    wide = (2**70 + 1, 2**70 - 1, 2**70 + 3, 2**70 - 5)
    with pytest.raises(InstanceTooLarge) as caught:
        threshold_counts(IntegerThreshold(wide, 0), [0] * 4, False)
    assert str(caught.value) == (
        "6 points or more lie so near the threshold that 64-bit sums cannot decide them, and at most 3 are decided one "
        "by one; weights that over a common denominator add up to less than 2^59 need none of that.")


def test_any_number_of_threads_makes_few_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    # A part for each thread asked for would take minutes at 10^9.
    monkeypatch.setattr(module, "_THREADED_SIDE", 1)
    sizes: list[int] = []
    original = module.run_parts

    def counted(parts: int, run: object, threads: int | None) -> None:
        sizes.append(parts)
        assert parts <= module.MAXIMUM_THREADS
        original(parts, run, threads)
    monkeypatch.setattr(module, "run_parts", counted)
    form, members = IntegerThreshold((1, 2, 3, 5, 7), 2), (1, 0, 1, 0, 0)
    found = threshold_counts(form, members, True, threads=10**9)
    assert (found.active, found.tied, found.ties) == direct(form, list(members)) and max(sizes) > 2
