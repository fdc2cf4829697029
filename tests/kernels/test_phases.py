"""Phases: everything once, in order, on any number of threads, and failures passed on."""
from __future__ import annotations

import threading
import time

import pytest

from theorycheck.kernels.phases import run_phases


@pytest.mark.parametrize("threads", [None, 1, 2, 5])
def test_every_part_runs_once_and_a_phase_waits_for_the_one_before(threads: int | None) -> None:
    log: list[tuple[int, int]] = []

    def run(phase: int, part: int) -> None:
        time.sleep(0.001 * (part % 3))
        log.append((phase, part))
    phases = [(parts, lambda part, phase=phase: run(phase, part)) for phase, parts in enumerate((7, 1, 0, 4))]
    run_phases(phases, threads)
    assert sorted(log) == [(phase, part) for phase, parts in enumerate((7, 1, 0, 4)) for part in range(parts)]
    assert [phase for phase, _ in log] == sorted(phase for phase, _ in log)


def test_a_wait_longer_than_the_patience() -> None:
    done = []
    run_phases([(2, lambda part: time.sleep(0.05 * part)), (1, done.append)], 2)
    assert done == [0]


def test_parts_run_on_several_threads() -> None:
    # Each of two parts waits for the other to begin, which one thread alone would never see.
    meeting = threading.Barrier(2, timeout=60)
    run_phases([(2, lambda part: meeting.wait()), (2, lambda part: meeting.wait())], 2)


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("failing", [(0, 0), (0, 3), (1, 0)])
def test_a_failure_is_passed_on_and_ends_the_rest(threads: int, failing: tuple[int, int]) -> None:
    later = []

    def run(phase: int, part: int) -> None:
        if (phase, part) == failing:
            raise ValueError("broken")
    with pytest.raises(ValueError, match="broken"):
        run_phases([(4, lambda part: run(0, part)), (4, lambda part: run(1, part)), (2, later.append)], threads)
    assert later == []


def test_calls_may_be_nested() -> None:
    found = []
    run_phases([(3, lambda part: run_phases([(2, lambda inner: found.append((part, inner)))], 2))], 2)
    assert sorted(found) == [(part, inner) for part in range(3) for inner in range(2)]
