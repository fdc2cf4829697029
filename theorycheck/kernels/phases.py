"""Running phases of parts on several threads, a phase when the one before is done.

Each phase on its own through ``run_parts`` would wake its helpers anew and then sleep until they are done, some hundred
microseconds in all, as long as the work on a cube of 2^20 points.  Here the threads stay, and wait without sleeping.
"""
from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from theorycheck.kernels.compilation import kernel
from theorycheck.kernels.intrinsics import atomic_add
from theorycheck.kernels.threads import MAXIMUM_THREADS, available_threads, run_together

_PATIENCE = 100_000  # about a millisecond, several times what a part takes
_PAUSE = 5e-5  # seconds


@kernel
def _count(done: NDArray[np.int64], phase: int) -> None:
    """Count one more part of the phase as done.
    See run_phases."""
    atomic_add(done, phase, 1)


@kernel
def _is_done(done: NDArray[np.int64], phase: int, parts: int) -> bool:
    """Wait for the parts that other threads are working on; False if that takes much longer than a part.
    See run_phases."""
    for _ in range(_PATIENCE):
        if atomic_add(done, phase, 0) >= parts:
            return True
    return False


def run_phases(phases: Sequence[tuple[int, Callable[[int], object]]], threads: int | None) -> None:
    """For each phase (parts, run) in turn call ``run`` on 0 ... parts-1, on at most ``threads`` threads.

    Returns when all is done; an exception is passed on, and what had not begun by then is left out.  Parts of one phase
    must not depend on one another.
    """
    team = min(max(parts for parts, _ in phases), threads or available_threads(), MAXIMUM_THREADS)
    if team <= 1:
        for parts, run in phases:
            for part in range(parts):
                run(part)
        return
    claims, done = [itertools.count() for _ in phases], np.zeros(len(phases), np.int64)
    failures = list[BaseException]()

    def work() -> None:
        for phase, (parts, run) in enumerate(phases):
            while (part := next(claims[phase])) < parts:
                try:
                    if not failures:
                        run(part)
                except BaseException as failure:
                    failures.append(failure)
                finally:
                    _count(done, phase)  # also what failed or was left out: nobody waits for ever
            while not _is_done(done, phase, parts):
                time.sleep(_PAUSE)  # another process has the other thread's core: leave it ours
    run_together(work, [work] * (team - 1))
    if failures:
        raise failures[0]
