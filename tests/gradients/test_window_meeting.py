"""Where meeting in the middle splits, and its buffers."""
from __future__ import annotations

import numpy as np
import pytest

from theorycheck.cube.memory import memory_budget
from theorycheck.cube.patterns import KPattern
from theorycheck.errors import InstanceTooLarge
from theorycheck.gradients import window_meeting
from theorycheck.gradients.window_layout import WindowLayout
from theorycheck.gradients.window_meeting import Meeting, cheapest_split, mirrored_contents


def layout(n: int, k: int, offset: int) -> WindowLayout:
    return WindowLayout(n - k + 1, k, n, KPattern.parity(n, k, offset))


@pytest.mark.parametrize("k", (1, 2, 5))
def test_mirrored_contents(k: int) -> None:
    expected = [int(format(z, f"0{k}b")[::-1], 2) for z in range(1 << k)]
    assert mirrored_contents(k).tolist() == expected


@pytest.mark.parametrize("n, k", [(6, 2), (20, 4), (24, 4), (40, 4), (13, 12), (9, 1)])
def test_the_target_lies_above_the_split_one_way_round(n: int, k: int) -> None:
    for offset in range(n - k + 1):
        split, cost = cheapest_split(layout(n, k, offset))
        first = split - k + 1
        assert first >= 0 and (offset >= first or n - k - offset >= first) and 0 < cost < np.inf
        # Not lopsided: within a factor of 2^(k+1) of the square root.
        assert (n - k - 3) // 2 <= split <= (n + k + 5) // 2


def test_a_cube_of_one_window_has_no_split() -> None:
    assert cheapest_split(layout(1, 1, 0)) == (0, pytest.approx(12 + 2 * 10))  # one low word, two searches of no step
    assert Meeting(layout(3, 3, 0)).low_bits == 2


def test_buffers_are_within_the_budget() -> None:
    with memory_budget(2**20), pytest.raises(InstanceTooLarge):
        Meeting(layout(40, 4, 0))
    assert Meeting(layout(20, 4, 0), 2).team == 1  # too little work to share


def test_lists_shared_by_threads_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    tables = np.random.default_rng(0).normal(size=(12, 8))
    alone = Meeting(layout(14, 3, 11)).prepare(tables, 1.0)
    monkeypatch.setattr(window_meeting, "_SHARED_COST", 0.0)
    monkeypatch.setattr(window_meeting, "_SHARED_BITS", 3)
    meeting = Meeting(layout(14, 3, 11), 3)
    assert meeting.team == 3
    for one, other in zip(alone, meeting.prepare(tables, 1.0)):
        np.testing.assert_array_equal(one, other)
