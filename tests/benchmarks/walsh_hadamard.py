"""The Walsh-Hadamard transform against other people's, and level weights against the transform, in one interleaved run.

Run from the root of the checkout, in an environment with the package installed::

    python tests/benchmarks/walsh_hadamard.py                    # n = 16, 18 ... 24
    python tests/benchmarks/walsh_hadamard.py 20 21 --dtypes float32 int64 --runs 15
    python tests/benchmarks/walsh_hadamard.py --largest 28       # up to 2 GiB of values

The peers are optional; one that is missing is named at the top and its columns stay empty::

    pip install pyfwht boofun numpy setuptools wheel pybind11
    pip install --no-build-isolation ffht-unofficial

Every timed call follows an untimed one of the same kind, so that each meets warm caches and awake threads (an OpenMP
worker spins for a while after its work, and would be charged to whoever comes next).  The values are zeros: no time
here depends on them, and nothing overflows.
"""
from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import numba
import numpy as np

from theorycheck.kernels.walsh_hadamard import transform_in_place

Contender = Callable[[np.ndarray], object]
SLOW = {"boofun", "naive"}  # left out above n = 24, where one call takes seconds
MEMORY = """
import numpy as np
from theorycheck.kernels.walsh_hadamard import transform_in_place
def kibibytes(name):
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith(name))
values = np.ones(2**{n})
transform_in_place(values[:2**12])
open("/proc/self/clear_refs", "w").write("5")  # forget the peak so far
before = kibibytes("VmRSS")
transform_in_place(values, {threads})
print((kibibytes("VmHWM") - before) / 1024)
"""


@numba.njit(nogil=True)  # type: ignore[untyped-decorator, unused-ignore]
def naive(values: np.ndarray) -> None:
    """The textbook loop in Numba: radix 2, one pass over memory for each level."""
    stride = 1
    while stride < values.size:
        for group in range(0, values.size, 2 * stride):
            for low in range(group, group + stride):
                x, y = values[low], values[low + stride]
                values[low], values[low + stride] = x + y, x - y
        stride *= 2


def peers() -> dict[str, tuple[Contender, tuple[str, ...]]]:
    """Each peer that is installed, with the dtypes it takes; say which are not."""
    found: dict[str, tuple[Contender, tuple[str, ...]]] = {}
    try:
        import ffht
        found["ffht"] = ffht.fht_, ("float32", "float64")
    except ImportError as error:
        print(f"ffht-unofficial is missing ({error}): no comparison with FFHT.")
    try:
        import pyfwht
        if not pyfwht.has_openmp():
            print("pyfwht was built without OpenMP.")
        found["pyfwht"] = lambda values: pyfwht.transform(values, pyfwht.Backend.OPENMP), ("int32", "float64")
    except ImportError as error:
        print(f"pyfwht is missing ({error}): no comparison with it.")
    try:
        from boofun.core.optimizations import fast_walsh_hadamard_numba
        found["boofun"] = fast_walsh_hadamard_numba, ("float64",)  # copies, and divides by 2^n
    except ImportError as error:
        print(f"boofun is missing ({error}): no comparison with it.")
    found["naive"] = naive, ("int32", "int64", "float32", "float64")
    return found


def medians(contenders: dict[str, Contender], values: np.ndarray, runs: int) -> dict[str, float]:
    """Median milliseconds of each contender, one after the other in every round."""
    samples: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(runs):
        for name, transform in contenders.items():
            transform(values)
            start = time.perf_counter()
            transform(values)
            samples[name].append(1e3 * (time.perf_counter() - start))
    return {name: statistics.median(times) for name, times in samples.items()}


def compare(dimensions: list[int], dtypes: list[str], runs: int) -> None:
    """Print medians and, for each peer, the ratios to the transform on one and on two threads."""
    others = peers()
    header = "".join(f"{name:>12} {'/1':>5} {'/2':>5}" for name in others)
    print("\nmilliseconds; /1 and /2: how many times as long as one and as two threads here")
    print(f"{'dtype':<8}{'n':>3}{'1 thread':>11}{'2 threads':>11}{header}")
    for dtype in dtypes:
        for n in dimensions:
            values = np.zeros(1 << n, dtype)
            contenders: dict[str, Contender] = {"one": lambda array: transform_in_place(array, 1),
                                                "two": lambda array: transform_in_place(array, 2)}
            contenders |= {name: transform for name, (transform, known) in others.items()
                           if dtype in known and not (n > 24 and name in SLOW)}
            found = medians(contenders, values, runs if n <= 24 else max(3, runs // 2))
            row = f"{dtype:<8}{n:>3}{found['one']:>11.3f}{found['two']:>11.3f}"
            for name in others:
                ratios = [f"{found[name] / found[own]:.2f}" if name in found else "-" for own in ("one", "two")]
                time_taken = f"{found[name]:.3f}" if name in found else "-"
                row += f"{time_taken:>12} {ratios[0]:>5} {ratios[1]:>5}"
            print(row, flush=True)


def level_weights(n: int, runs: int) -> None:
    """Time the exact level weights of an int32 function beside its transform alone."""
    from theorycheck.kernels.fourier import level_sums

    def weights(values: np.ndarray, threads: int) -> None:
        transform_in_place(values, threads)
        level_sums(values, np.zeros(n + 1, np.int64))

    print(f"\nexact level weights, int32, n={n} (milliseconds)\nthreads  transform  transform and weights  ratio")
    for threads in (1, 2):
        found = medians({"transform": lambda array: transform_in_place(array, threads),
                         "weights": lambda array: weights(array, threads)}, np.zeros(1 << n, np.int32), runs)
        print(f"{threads:>7}{found['transform']:>11.2f}{found['weights']:>23.2f}"
              f"{found['weights'] / found['transform']:>7.2f}")


def memory(n: int) -> None:
    """Print what the transform's process takes beside the array, at its peak."""
    if not os.path.exists("/proc/self/clear_refs"):
        print("\npeak memory is measured on Linux only.")
        return
    print(f"\npeak memory beside the array, float64, n={n} ({2**n // 2**17} MiB)")
    for threads in (1, 2, 64):
        peak = subprocess.run([sys.executable, "-c", MEMORY.format(n=n, threads=threads)], check=True,
                              capture_output=True, text=True)
        print(f"{threads:>3} threads: {float(peak.stdout):.1f} MiB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dimensions", type=int, nargs="*", default=[16, 18, 20, 22, 24], metavar="n")
    parser.add_argument("--largest", type=int, default=0, help="continue in steps of 2 up to this n")
    parser.add_argument("--dtypes", nargs="+", default=["float64", "float32", "int32", "int64"])
    parser.add_argument("--runs", type=int, default=9, help="timed calls of each, half as many above n=24 (default 9)")
    options = parser.parse_args()
    dimensions = options.dimensions + list(range(max(options.dimensions) + 2, options.largest + 1, 2))
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}, Numba {numba.__version__}")
    compare(dimensions, options.dtypes, options.runs)
    level_weights(24, options.runs)
    memory(24)


if __name__ == "__main__":
    main()
