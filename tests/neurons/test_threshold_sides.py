"""The sides' sums and the split of the variables."""
from __future__ import annotations

import numpy as np
import pytest

from theorycheck.cube.memory import memory_budget
from theorycheck.errors import InstanceTooLarge
from theorycheck.neurons.threshold_sides import Side, Tally, split_variables


def test_a_side() -> None:
    side = Side(np.array([3, -1, 2]), np.array([1, 0, 1]))
    sums = [3 * a - b + 2 * c for c in (1, -1) for b in (1, -1) for a in (1, -1)]
    assert (side.values >> 1).tolist() == sorted(sums) == [sums[word] for word in side.words().tolist()]
    assert side.total == 0 and Side(np.array([3, -1]), np.array([0, 0])).total == 4


@pytest.mark.parametrize("threads", (1, 2))
def test_what_entries_were_given_is_summed_against_coordinates(threads: int) -> None:
    rng = np.random.default_rng(5)
    low, high = (Side(rng.integers(-5, 6, m), rng.integers(0, 2, m)) for m in (3, 4))
    # Each point of the cube of 3 + 4 + 2 variables gives its value to its low, its high and its outer word.
    values = rng.integers(-9, 10, (4, 16, 8))
    tally = Tally(3, 4, 2)
    tally.low[:] = values.sum(axis=(0, 1))[low.words()]
    tally.high[:] = values.sum(axis=(0, 2))[high.words()]
    tally.given = values.sum(axis=(1, 2)).tolist()
    points = 1 - 2 * (np.arange(512)[:, None] >> np.arange(9) & 1)
    assert tally.sums(low, high, 2, threads) == [*(values.ravel() @ points).tolist(), values.sum()]


def test_splits_take_the_fewest_outer_variables_that_fit() -> None:
    assert [split_variables(count) for count in (1, 2, 7)] == [(0, 1, 0), (1, 1, 0), (3, 4, 0)]
    # 2·13 bytes for each of 2^half entries, 2·17 with tied points, 2·19 and 2·23 where words are listed.
    for is_tied, is_wide, size in ((False, False, 26), (True, False, 34), (False, True, 38), (True, True, 46)):
        with memory_budget(size << 10):
            assert split_variables(20, is_tied, is_wide) == (10, 10, 0)
            assert split_variables(21, is_tied, is_wide) == (10, 10, 1)
        with memory_budget((size << 10) - 1):
            assert split_variables(20, is_tied, is_wide) == (9, 9, 2)


def test_entries_of_many_partners_are_counted_in_64_bits() -> None:
    with memory_budget(4 * 2**30):
        assert split_variables(52) == (26, 26, 0)
        # 26 + 10 bits no longer fit 32: each side takes 17 bytes.
        assert split_variables(62) == (26, 26, 10)
    assert Tally(1, 18, 12).low.dtype == np.int32 and Tally(1, 19, 12).low.dtype == np.int64


def test_too_many_weights_for_the_memory() -> None:
    with memory_budget(26 << 10), pytest.raises(InstanceTooLarge) as caught:
        split_variables(33)
    assert str(caught.value) == (
        "33 weights that are not 0 do not fit memory, even with all but two halves of them left outside (12 at most): "
        "half=11 needs 52.0 KiB (26 bytes for each of 2^11 points), above the budget of 26.0 KiB; the largest half "
        "that fits is 10.")
    with memory_budget(26 << 10):
        assert split_variables(32) == (10, 10, 12)
