"""Running one kernel on several threads at once.

Kernels release the GIL, so plain Python threads run them side by side.  Numba's own layers are avoided: OpenMP aborts
a forked child and stalls when a core is busy, the workqueue layer aborts on concurrent calls, and ``parallel=True``
multiplies compile times.  A helper costs some 50 microseconds to start: use it above half a millisecond of work.
"""
from __future__ import annotations

import functools
import itertools
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

MAXIMUM_THREADS = 64


def available_threads() -> int:
    """Return the number of processors this process may run on, at most ``MAXIMUM_THREADS``."""
    if hasattr(os, "sched_getaffinity"):
        return min(len(os.sched_getaffinity(0)), MAXIMUM_THREADS)
    return min(os.cpu_count() or 1, MAXIMUM_THREADS)


@functools.cache
def _pool(process: int) -> ThreadPoolExecutor:
    """Return the pool of this process; a forked child, whose copy has lost its threads, gets its own."""
    return ThreadPoolExecutor(MAXIMUM_THREADS - 1, thread_name_prefix="theorycheck")


def run_together(work: Callable[[], object], helpers: Sequence[Callable[[], object]]) -> None:
    """Call ``work`` here and each of ``helpers`` on a thread of its own.

    All claim their parts from shared counters (``atomic_add``), and ``work`` returns only when every part is done.  So
    a helper that comes too late is not waited for, and nested and concurrent calls cannot lock one another out.
    """
    futures: list[Future[object]] = []
    for helper in helpers:
        try:
            futures.append(_pool(os.getpid()).submit(helper))
        except RuntimeError:
            break  # no further thread, at a limit or as the interpreter ends: those that run share the parts
    try:
        work()
    finally:
        for future in futures:
            future.cancel()


def run_parts(parts: int, run: Callable[[int], object], threads: int | None) -> None:
    """Call ``run`` on 0 ... parts-1, each once, on at most ``threads`` threads; an exception is passed on.

    Returns when every part is done.  Parts must not depend on one another.
    """
    team = min(parts, threads or available_threads(), MAXIMUM_THREADS)
    if team <= 1:
        for part in range(parts):
            run(part)
        return
    claims, finished, failures = itertools.count(), threading.Semaphore(0), list[BaseException]()

    def work() -> None:
        while (part := next(claims)) < parts:
            try:
                if not failures:
                    run(part)
            except BaseException as failure:
                failures.append(failure)
            finally:
                finished.release()

    def lead() -> None:
        work()
        for _ in range(parts):
            finished.acquire()
    run_together(lead, [work] * (team - 1))
    if failures:
        raise failures[0]
