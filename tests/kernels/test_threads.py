"""The team of threads: who runs, who is waited for, and what happens when no thread is to be had."""
from __future__ import annotations

import os
import threading
import time

import pytest

from theorycheck.kernels import threads
from theorycheck.kernels.threads import MAXIMUM_THREADS, available_threads, run_parts, run_together


def test_available_threads_follow_the_affinity(monkeypatch: pytest.MonkeyPatch) -> None:
    for processors, expected in [({0}, 1), ({1, 3, 5}, 3), (set(range(500)), MAXIMUM_THREADS)]:
        monkeypatch.setattr(os, "sched_getaffinity", lambda _, found=processors: found, raising=False)
        assert available_threads() == expected


@pytest.mark.parametrize(("count", "expected"), [(None, 1), (6, 6), (500, MAXIMUM_THREADS)])
def test_without_affinities_the_processors_are_counted(count: int | None, expected: int,
                                                       monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: count)
    assert available_threads() == expected


def test_each_runs_on_a_thread_of_its_own() -> None:
    meeting = threading.Barrier(4)
    seen: list[int] = []

    def work() -> None:
        meeting.wait(30)  # passes only if all four run at once
        seen.append(threading.get_ident())
        meeting.wait(30)

    run_together(work, [work] * 3)
    assert len(set(seen)) == 4
    assert threading.get_ident() in seen


def test_without_helpers_no_thread_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(threads, "_pool")
    done: list[int] = []
    run_together(lambda: done.append(1), [])
    assert done == [1]


def test_a_late_helper_is_not_waited_for() -> None:
    release = threading.Event()
    done: list[str] = []
    try:
        run_together(lambda: done.append("caller"), [lambda: release.wait(60)] * (2 * MAXIMUM_THREADS))
        assert done == ["caller"]
    finally:
        release.set()


def test_an_error_of_the_caller_is_raised_and_the_queue_emptied() -> None:
    release, started = threading.Event(), threading.Event()
    late: list[int] = []

    def fail() -> None:
        started.wait(60)
        raise ValueError("no")

    def hold() -> None:
        started.set()
        release.wait(60)

    helpers = [hold] * (MAXIMUM_THREADS - 1) + [lambda: late.append(1)] * 5  # the five find no free thread
    with pytest.raises(ValueError, match="no"):
        run_together(fail, helpers)
    release.set()
    time.sleep(0.05)
    assert late == []


@pytest.mark.parametrize("error", [RuntimeError("can't start new thread"),
                                   RuntimeError("cannot schedule new futures after shutdown")])
def test_where_no_thread_is_to_be_had_the_caller_works_alone(error: RuntimeError,
                                                             monkeypatch: pytest.MonkeyPatch) -> None:
    class Exhausted:
        def submit(self, _: object) -> None:
            raise error

    monkeypatch.setattr(threads, "_pool", lambda _: Exhausted())
    done: list[int] = []
    run_together(lambda: done.append(1), [lambda: done.append(2)])
    assert done == [1]


@pytest.mark.parametrize("team", [1, 2, 5])
def test_every_part_runs_once_before_the_call_returns(team: int) -> None:
    done: list[int] = []

    def run(part: int) -> None:
        time.sleep(0.001 * (part % 3))
        done.append(part)
    run_parts(20, run, team)
    assert sorted(done) == list(range(20))
    run_parts(0, run, team)


@pytest.mark.parametrize("team", [1, 3])
def test_an_exception_is_passed_on(team: int) -> None:
    def run(part: int) -> None:
        if part == 2:
            raise KeyError("part 2")
    with pytest.raises(KeyError, match="part 2"):
        run_parts(8, run, team)


def test_parts_run_side_by_side() -> None:
    meeting = threading.Barrier(2, timeout=20)
    run_parts(2, lambda part: meeting.wait(), 2)  # times out unless two threads run them
