"""Times of the probability room: the exact event, the smallest q, tails, sampling; run as a script.

    python tests/benchmarks/occupancy.py

Each line is the median of five runs in one process, at 128 bits unless it says otherwise, then the result.
"""
from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Callable
from typing import Any

_STARTED = time.perf_counter()

import numpy as np  # noqa: E402

from theorycheck.probability.binomial import binomial_lower_tail  # noqa: E402
from theorycheck.probability.draws import smallest_sufficient_draws, sufficient_draws_bound  # noqa: E402
from theorycheck.probability.estimation import estimate_event_probability  # noqa: E402
from theorycheck.probability.intervals import clopper_pearson_interval  # noqa: E402
from theorycheck.probability.multiplicities import sample_multiplicities  # noqa: E402
from theorycheck.probability.occupancy import exact_occupancy_probability, occupancy_failure_probability  # noqa: E402

_INSTANCES = [(650, 4, None), (47_664, 10, None), (38_000, 10, None), (37_000, 10, None), (30_000, 10, None),
              (75_646, 10, None), (200_000, 10, None), (10**6, 10, None), (10**6, 10, 850), (10**6, 10, 880),
              (10**6, 1, None), (10**6, 4, None), (10**6, 4, 61_000), (10**6, 4, 62_000), (10**6, 16, None)]


def measure(label: str, call: Callable[[], Any], runs: int = 5) -> None:
    """Print the median time of ``call`` and its result."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        result = call()
        times.append(time.perf_counter() - start)
    print(f"{1000 * statistics.median(times):10.2f} ms  {label:<58} {result}")


def main() -> None:
    """Run every measurement."""
    print(f"imports {1000 * (time.perf_counter() - _STARTED):.0f} ms")
    for q, k, minimum in _INSTANCES:
        for bits in (64, 128, 256):
            measure(f"failure q={q} k={k} minimum={minimum or 'event'} bits={bits}",
                    lambda: occupancy_failure_probability(q, k, minimum).enclose(bits).str(15))
    measure("exact rational q=650 k=4, bits of the numerator",
            lambda: exact_occupancy_probability(650, 4).numerator.bit_length())
    for k in (4, 5, 10, 20):
        measure(f"smallest q by the paper, k={k}", lambda: sufficient_draws_bound(k, "0.1"))
        measure(f"smallest q exactly, k={k}", lambda: smallest_sufficient_draws(k, "0.1"))
    for p, m in (("1/1024", 488), ("1/2", 500_000)):
        measure(f"P[Bin(10^6, {p}) <= {m}]", lambda: binomial_lower_tail(10**6, p, m).enclose(128).str(15))
    measure("Clopper-Pearson 9966 of 10000", lambda: float(clopper_pearson_interval(9966, 10**4).lower))
    measure("multiplicities q=10^6 k=10", lambda: sample_multiplicities(10**6, 10, np.random.default_rng(0)).min())
    measure("10000 trials q=650 k=4",
            lambda: estimate_event_probability(650, 4, 10**4, np.random.default_rng(0)).successes)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
