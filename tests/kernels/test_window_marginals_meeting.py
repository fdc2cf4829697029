"""Merging, searching and counting of the meeting in the middle, against sorting and sums written out."""
from __future__ import annotations

import numpy as np
import pytest

from theorycheck.kernels import window_marginals_meeting as meeting

VARIANTS = pytest.mark.parametrize("is_compiled", (True, False))


def variant(function, is_compiled: bool):
    return function if is_compiled else function.py_func


def sides(k: int, windows: int, tables: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    low = windows + k - 1
    values, words = np.empty((2, 1 << low)), np.empty((2, 1 << low), np.int32)
    meeting.sort_low_side(tables, windows, values, words)
    return values[windows % 2], words[windows % 2]


@VARIANTS
@pytest.mark.parametrize("left, right", [([1.0, 3.0, 5.0, 7.0], [2.0, 2.0, 2.0, 9.0]), ([0.0], [0.0]),
                                         ([1.0, 2.0], [5.0, 6.0]), ([5.0, 6.0], [1.0, 2.0]),
                                         ([-0.0, 0.0], [0.0, -0.0])])
def test_two_lists_are_merged(is_compiled: bool, left: list, right: list) -> None:
    size = len(left)
    values, words = np.full(2 * size, np.nan), np.full(2 * size, -1, np.int32)
    places = np.arange(size, dtype=np.int32)
    # The places beyond the first entry are never read, but NumPy's own unsigned numbers warn when they wrap.
    with np.errstate(over="ignore"):
        variant(meeting._merge_pair, is_compiled)(np.array(left), np.array(right), places, places,
                                                  np.array([0.5, 0.25]), np.array([0, 8], np.int32), values, words)
    shifted = [x + 0.5 for x in left] + [y + 0.25 for y in right]
    assert values.tolist() == sorted(shifted)
    # Every word once, each beside its own value.
    assert sorted(words.tolist()) == [*range(size), *range(8, 8 + size)]
    assert values.tolist() == [shifted[w if w < 8 else size + w - 8] for w in words.tolist()]


@VARIANTS
@pytest.mark.parametrize("k, windows", [(1, 0), (1, 5), (2, 4), (3, 0), (3, 1), (3, 4), (4, 3)])
def test_the_low_side_is_sorted(is_compiled: bool, k: int, windows: int) -> None:
    tables = np.random.default_rng(windows).integers(-9, 10, (windows + 1, 1 << k)).astype(float)
    low, half = windows + k - 1, 1 << (k - 1)
    values, words = np.full((2, 1 << low), np.nan), np.full((2, 1 << low), -1, np.int32)
    variant(meeting.sort_low_side, is_compiled)(tables, windows, values, words)
    found, places = values[windows % 2].reshape(half, -1), words[windows % 2].reshape(half, -1)
    assert sorted(places.ravel().tolist()) == list(range(1 << low))
    for boundary in range(half):
        assert found[boundary].tolist() == sorted(found[boundary].tolist())
        for value, word in zip(found[boundary].tolist(), places[boundary].tolist()):
            assert word >> windows == boundary
            assert value == sum(tables[j, (word >> j) % (1 << k)] for j in range(windows))


@VARIANTS
@pytest.mark.parametrize("size", (1, 2, 8))
def test_searches(is_compiled: bool, size: int) -> None:
    ordered = np.sort(np.random.default_rng(size).integers(0, 4, 2 * size)).astype(float)
    ordered[size:].sort()
    thresholds = np.array([-1.0, 0, 0.5, 1, 2, 3, 3.5])
    places, part = np.empty(7, np.uint64), ordered[size:]
    variant(meeting._lower_bounds, is_compiled)(part, thresholds, places, 7)
    assert places.tolist() == np.searchsorted(part, thresholds, "left").tolist()
    for is_upper, side in ((False, "left"), (True, "right")):
        found = [variant(meeting.place_of, is_compiled)(ordered, size, size, t, is_upper) for t in thresholds]
        assert found == np.searchsorted(part, thresholds, side).tolist()


@VARIANTS
@pytest.mark.parametrize("k, windows, bits", [(1, 4, 9), (2, 3, 7), (3, 2, 7), (3, 0, 5)])
def test_counts(is_compiled: bool, k: int, windows: int, bits: int) -> None:
    rng = np.random.default_rng(bits)
    # Halves and few values, so that many margins are exactly 1.
    tables = rng.integers(-2, 3, (bits - k + 1, 1 << k)) / 2
    signs, shift = rng.choice(np.array([-1, 1], np.int8), 1 << k), 1
    ordered, words = sides(k, windows, tables)
    low_bits, boundaries = windows + k - 1, 1 << (k - 1)
    x = np.arange(1 << bits)
    values = sum(tables[j, (x >> j) % (1 << k)] for j in range(bits - k + 1))
    labels = signs[(x >> (windows + shift)) % (1 << k)].astype(np.int64)
    high_values = np.zeros(1 << (bits - windows))
    for j in range(windows, bits - k + 1):
        high_values += tables[j, (np.arange(high_values.size) >> (j - windows)) % (1 << k)]
    arguments = (ordered, words, high_values, signs, shift, 1.0, boundaries)
    low, high, counts = np.full(1 << low_bits, -1), np.full(high_values.size, -1), np.zeros(2, np.int64)
    closest = [variant(meeting.count_active, is_compiled)(*arguments, low, high, b, b + 1, counts)
               for b in range(boundaries)]
    margins = labels * values
    assert counts.tolist() == [(margins < 1).sum(), (margins == 1).sum()] and counts[1] > 0
    assert min(closest) == np.abs(1 - margins).min()
    for chosen in (margins < 1, margins == 1):
        assert low.tolist() == np.bincount(x % (1 << low_bits), labels * chosen, low.size).tolist()
        assert high.tolist() == np.bincount(x >> windows, labels * chosen, high.size).tolist()
        variant(meeting.count_tied, is_compiled)(*arguments, low, high)
