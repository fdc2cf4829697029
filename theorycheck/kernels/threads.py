"""Running one kernel on several threads at once.

Kernels release the GIL, so plain Python threads run them side by side.  Numba's own layers are avoided: OpenMP aborts a
forked child and stalls when a core is busy, the workqueue layer aborts on concurrent calls, ``parallel=True`` multiplies
compile times.  Starting a helper costs some 50 microseconds: use it above half a millisecond of work.
"""
from __future__ import annotations

import functools
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

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


def run_together(work: Callable[[], object], helpers: list[Callable[[], object]]) -> None:
    """Call ``work`` here and each of ``helpers`` on a thread of its own.

    The pieces must be claimed by those who run (``atomic_add``), and ``work`` must return only when all are done: a helper
    that comes too late to claim anything is not waited for, so nested and concurrent calls cannot lock one another out.
    """
    if not helpers:
        work()
        return
    pool = _pool(os.getpid())
    futures = [pool.submit(helper) for helper in helpers]
    try:
        work()
    finally:
        for future in futures:
            future.cancel()
