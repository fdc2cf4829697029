"""Sorted sums, the walk along two of them, bands and folds, against all words written out."""
from __future__ import annotations

import numpy as np
import pytest

from theorycheck.kernels import threshold_meeting as meeting

VARIANTS = pytest.mark.parametrize("is_compiled", (True, False))


def variant(function, is_compiled: bool):
    return function if is_compiled else function.py_func


def points(m: int) -> np.ndarray:
    """All words as rows of 1 and -1."""
    return 1 - 2 * (np.arange(1 << m)[:, None] >> np.arange(m) & 1)


def characters(m: int, members: np.ndarray) -> np.ndarray:
    return np.where(members == 1, points(m), 1).prod(axis=1)


def side(weights: list[int], members: list[int], is_compiled: bool = True) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A side's values, choices and words."""
    size = 1 << len(weights)
    values, choices, spare = np.full(size, -99), np.full(size, -1, np.int8), np.empty(max(1, size // 2), np.int64)
    variant(meeting.sort_sums, is_compiled)(np.array(weights, np.int64), np.array(members, np.int64), values, spare,
                                            choices)
    words = np.full(size, -1, np.int32)
    variant(meeting.list_words, is_compiled)(choices, words, spare.astype(np.int32))
    return values, choices, words


# Equal, zero and opposite weights make long runs of equal sums, which a flip of the character does not keep in order.
SIDES = [([], []), ([3], [1]), ([-3], [0]), ([0], [1]), ([1, 1], [1, 0]), ([0, 0, 0, 0], [1, 0, 1, 1]),
         ([1] * 7, [1, 0, 1, 1, 0, 1, 0]), ([2, -1, 0, 2, -2, 1, 1], [0, 1, 1, 0, 1, 1, 1]),
         ([2**57, -2**57, 2**56 + 1, 1, 2**56], [1, 1, 0, 1, 0]), ([5, 9, 1, 30, 2, 7], [0] * 6)]


@VARIANTS
@pytest.mark.parametrize("weights, members", SIDES)
def test_sides_are_sorted_with_their_characters(is_compiled: bool, weights: list[int], members: list[int]) -> None:
    values, _, words = side(weights, members, is_compiled)
    m = len(weights)
    assert sorted(words.tolist()) == list(range(1 << m))
    assert (np.diff(values >> 1) >= 0).all()
    assert ((values >> 1) == (points(m) @ np.array(weights, np.int64))[words]).all()
    assert (1 - 2 * (values & 1) == characters(m, np.array(members))[words]).all()
    assert (words + words[::-1] == (1 << m) - 1).all()
    assert variant(meeting.sum_characters, is_compiled)(values) == characters(m, np.array(members)).sum()


@pytest.mark.parametrize("seed", range(6))
def test_long_lists_of_few_sums(seed: int) -> None:
    # Both walks of a merge must meet exactly: a place lost or doubled would show as a word missing.
    rng = np.random.default_rng(seed)
    weights, members = rng.integers(-2, 3, 11), rng.integers(0, 2, 11)
    values, _, words = side(weights.tolist(), members.tolist())
    assert sorted(words.tolist()) == list(range(1 << 11))
    assert ((values >> 1) == (points(11) @ weights)[words]).all() and (np.diff(values >> 1) >= 0).all()
    assert (1 - 2 * (values & 1) == characters(11, members)[words]).all()


@VARIANTS
@pytest.mark.parametrize("flip, parity", ((0, 0), (0, 1), (1, 0), (1, 1)))
def test_one_merge(is_compiled: bool, flip: int, parity: int) -> None:
    # Four sums and their mirror images, with runs of equal ones whose characters stand in no order.
    low = np.array([-7, -8, -2, -1])
    source = np.concatenate([low, (((low & 1) ^ parity) - (low & -2))[::-1]])
    target, choices = np.full(16, 99), np.full(8, -1, np.int8)
    variant(meeting._merge_shifted, is_compiled)(source, 2, flip, flip ^ parity, target, choices)
    assert sorted(target.tolist()) == sorted([*(source + 2).tolist(), *((source - 2) ^ flip).tolist()])
    assert (np.diff(target >> 1) >= 0).all() and set(choices.tolist()) <= {0, 1}


@VARIANTS
def test_one_step_back(is_compiled: bool) -> None:
    # Entries 0 and 1 came from the right and the left, so their mirrors 3 and 2 from the left and the right.
    parts = np.full(4, 99)
    found = variant(meeting._unmerge, is_compiled)(np.array([1, 10, 100, 1000]), np.array([1, 0], np.int8), parts)
    assert found == (10 + 1000) - (1 + 100) and parts[:2].tolist() == [10 + 1, 1000 + 100]


def pair_of_sides(seed: int) -> tuple[tuple[np.ndarray, ...], tuple[np.ndarray, ...], np.ndarray]:
    """Two sides of few sums, and the low sum less the high one for every pair of places."""
    rng = np.random.default_rng(seed)
    low_count, high_count = (4, 5) if seed % 2 else (5, 3)
    low = side(rng.integers(-3, 4, low_count).tolist(), rng.integers(0, 2, low_count).tolist())
    high = side(rng.integers(-3, 4, high_count).tolist(), rng.integers(0, 2, high_count).tolist())
    return low, high, (low[0][:, None] >> 1) - (high[0] >> 1)


def walk(low: np.ndarray, high: np.ndarray, threshold: int, sign: int, parts: int,
         is_compiled: bool) -> tuple[np.ndarray, np.ndarray, int, int]:
    """Counts from 5 on, so that they must be added, not set; the least distance; and what was given."""
    counts = np.full(low.size, 5, np.int32), np.full(high.size, 5)
    cuts = [(low.size + high.size) * part // parts for part in range(parts + 1)]
    on_low = [variant(meeting.place_on_path, is_compiled)(low, high, threshold, cut) for cut in cuts]
    assert on_low[0] == 0 and on_low[-1] == low.size
    found = []
    for part in range(parts):
        a, b = on_low[part], cuts[part] - on_low[part]
        ahead, behind = meeting.sum_characters(low[a:]), meeting.sum_characters(high[:b])
        ends = np.array([on_low[part + 1], cuts[part + 1] - on_low[part + 1]])
        found.append(variant(meeting.join, is_compiled)(low, high, threshold, sign, np.array([a, b, ahead, behind]),
                                                        ends, *counts))
    return counts[0] - 5, counts[1] - 5, min(row[0] for row in found), sum(row[1] for row in found)


@VARIANTS
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("parts", (1, 3))
def test_walks(is_compiled: bool, seed: int, parts: int) -> None:
    (low, _, _), (high, _, _), gaps = pair_of_sides(seed)
    signs = (1 - 2 * (low & 1))[:, None] * (1 - 2 * (high & 1))
    for threshold, sign in ((0, 1), (1, -1), (-4, 1), (100, 1), (-100, 1)):
        active = gaps > threshold
        low_counts, high_counts, nearest, given = walk(low, high, threshold, sign, parts, is_compiled)
        assert low_counts.tolist() == (sign * signs * active).sum(axis=1).tolist()
        assert high_counts.tolist() == (sign * signs * active).sum(axis=0).tolist()
        assert nearest == abs(gaps - threshold).min() and given == (sign * signs * active).sum()
        assert variant(meeting.count_pairs, is_compiled)(low, high, threshold) == active.sum()


def test_a_walk_that_starts_wrong_is_noticed() -> None:
    (low, _, _), (high, _, _), gaps = pair_of_sides(0)
    counts = np.zeros(low.size, np.int64), np.zeros(high.size, np.int64)
    starts = np.array([0, 0, meeting.sum_characters(low) + 1, 0])
    meeting.join(low, high, 0, 1, starts, np.array([low.size, high.size]), *counts)
    signs = (1 - 2 * (low & 1))[:, None] * (1 - 2 * (high & 1))
    assert counts[1].tolist() != (signs * (gaps > 0)).sum(axis=0).tolist()


@VARIANTS
@pytest.mark.parametrize("capacity", (1, 3, 1000))
@pytest.mark.parametrize("reach", (0, 2, 50))
def test_bands_are_listed_in_parts(is_compiled: bool, capacity: int, reach: int) -> None:
    (low, _, _), (high, _, _), gaps = pair_of_sides(1)
    expected = {(int(a), int(b)) for a, b in np.argwhere(abs(gaps - 1) <= reach)}
    cursor, places, found = np.zeros(3, np.int64), np.empty((2, capacity), np.int64), []
    while written := variant(meeting.list_band, is_compiled)(low, high, 1, reach, cursor, *places):
        found += list(zip(*places[:, :written].tolist()))
    assert len(found) == len(expected) and set(found) == expected


@VARIANTS
def test_pairs_are_added_with_their_characters(is_compiled: bool) -> None:
    low, high = np.array([-4, 3, 7]), np.array([0, 2, 5])
    counts = np.zeros(3, np.int32), np.zeros(3, np.int32)
    first, second, changes = np.array([0, 1, 1]), np.array([2, 2, 0]), np.array([10, 1, -7])
    # Characters: low 1, -1, -1, high 1, 1, -1.
    assert variant(meeting.add_pairs, is_compiled)(low, high, first, second, changes, *counts) == -10 + 1 + 7
    assert counts[0].tolist() == [-10, 8, 0] and counts[1].tolist() == [7, 0, -9]


@VARIANTS
@pytest.mark.parametrize("weights, members", SIDES)
@pytest.mark.parametrize("dtype", (np.int32, np.int64))
def test_folds(is_compiled: bool, weights: list[int], members: list[int], dtype: type) -> None:
    _, choices, words = side(weights, members)
    m = len(weights)
    counts = np.random.default_rng(m).integers(-2**30, 2**30, 1 << m).astype(dtype)
    sums = np.empty(m + 1, np.int64)
    variant(meeting.fold_counts, is_compiled)(counts, choices, np.empty(1 << m, np.int64), sums)
    by_word = np.empty(1 << m, np.int64)
    by_word[words] = counts
    assert sums.tolist() == [*(by_word @ points(m)).tolist(), counts.sum()]
