"""One threshold coefficient with all its coordinates against the Walsh-Hadamard transform, in one interleaved run.

Run from the root of the checkout, in an environment with the package installed::

    python tests/benchmarks/threshold_coefficients.py                    # n=20, 32, 40 and peak memory at n=48
    python tests/benchmarks/threshold_coefficients.py 40 44 --runs 11 --largest 48 52
    python tests/benchmarks/threshold_coefficients.py 40 --processor-time     # on a busy machine

Weights and bias are Gaussian float64 numbers, taken as the exact dyadic numbers that they are; the time includes
reading them and ends with exact Fractions.  The transform is the package's own of 2^26 float64 values, in place in a
table that lies ready.  Aims: n=40 in less time than that transform, n=48 within 1 GiB for the whole process.
"""
from __future__ import annotations

import argparse
import itertools
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import numba
import numpy as np

from theorycheck.kernels.walsh_hadamard import transform_in_place
from theorycheck.neurons.threshold_coefficients import threshold_coefficients

Contender = Callable[[], object]
VARIANTS = 5
LARGE = """
import resource, time
import numpy as np
from theorycheck.neurons.threshold_coefficients import threshold_coefficients
def memory():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
rng = np.random.default_rng(0)
threshold_coefficients(rng.normal(size=32), "0.3", 6)
before, start = memory(), time.perf_counter()
found = threshold_coefficients(rng.normal(size={n}), "0.3", 15 << {n} // 3)
print(time.perf_counter() - start, before, memory(), found.reason, sep="|")
"""


def coefficients(n: int, threads: int) -> Contender:
    """A call with the next of a few sets of weights, so that no branch predictor learns them."""
    rng = np.random.default_rng(n)
    instances = itertools.cycle([(rng.normal(size=n), np.float64(rng.normal()), int(rng.integers(0, 2**n)))
                                 for _ in range(VARIANTS)])
    return lambda: threshold_coefficients(*next(instances), threads=threads)


def transform(n: int, threads: int) -> Contender:
    """The float64 transform in place."""
    values = np.zeros(1 << n)
    return lambda: transform_in_place(values, threads)


def medians(contenders: dict[str, Contender], runs: int, clock: Callable[[], float]) -> dict[str, float]:
    """Median milliseconds of each contender, one after the other in every round."""
    samples: dict[str, list[float]] = {name: [] for name in contenders}
    for contender in contenders.values():
        contender()
    for _ in range(runs):
        for name, contender in contenders.items():
            start = clock()
            contender()
            samples[name].append(1e3 * (clock() - start))
    return {name: statistics.median(times) for name, times in samples.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dimensions", type=int, nargs="*", default=[20, 32, 40], metavar="n")
    parser.add_argument("--runs", type=int, default=7, help="rounds (default 7)")
    parser.add_argument("--transform", type=int, default=26, help="n of the transform (default 26)")
    parser.add_argument("--largest", type=int, nargs="*", default=[48], metavar="n", help="time and peak memory (48)")
    parser.add_argument("--processor-time", action="store_true", help="of all threads together")
    options = parser.parse_args()
    print(f"{os.cpu_count()} processors, Numba {numba.__version__}, load {os.getloadavg()[0]:.1f}")
    # First, as a new process on Linux starts its peak from that of the process it was made from.
    for n in options.largest:
        seconds, before, after, reason = subprocess.run(
            [sys.executable, "-c", LARGE.format(n=n)], check=True, capture_output=True, text=True).stdout.split("|")
        print(f"n={n}: {float(seconds):.2f} s, peak memory of the whole process {float(after):.3f} GiB, "
              f"{float(before):.3f} before; {reason.strip()}")
    clock = time.process_time if options.processor_time else time.perf_counter
    for threads in sorted({1, os.cpu_count() or 1}):
        baseline = f"transform of 2^{options.transform} float64 values"
        contenders = {baseline: transform(options.transform, threads)}
        contenders |= {f"one coefficient, n={n}": coefficients(n, threads) for n in options.dimensions}
        found = medians(contenders, options.runs, clock)
        print(f"\n{f'{threads} thread' + 's' * (threads > 1):<40}{'ms':>12}{'transform / it':>18}")
        for name, milliseconds in found.items():
            print(f"{name:<40}{milliseconds:>12.3f}{found[baseline] / milliseconds:>18.1f}")


if __name__ == "__main__":
    main()
