"""A neuron's gradient averaged over all n! permutations, exactly, against the transform alone and against sampling.

Run from the root of the checkout, in an environment with the package installed::

    python tests/benchmarks/orbit_averages.py                      # n = 20 and 24, k = 4 and n/2, some minutes
    python tests/benchmarks/orbit_averages.py 20 --runs 51 --no-torch
    python tests/benchmarks/orbit_averages.py 24 --threads 1 --processor-time --no-torch     # on a busy machine
    python tests/benchmarks/orbit_averages.py 20 --digits 2 6 16   # 16: float64 draws, wider than 64 bits

The neuron is a ReLU with rational weights (so many decimal digits) and bias 1/7, new in every round, so that nothing is
computed beforehand; (i) is the average of the squared norm of the gradient in the weights (levels k-1 and k+1 of the
slope), (ii) that of the square of the one in the readout (level k of the value).  ``transform`` is the int32 transform
of 2^n entries alone, in place.  Aims: (i) at most 2 times the transform, (i) and (ii) together at most 5 times.

Torch (the extra ``experiments``) samples the average of (i): for random parities of k variables, which is the same as
random permutations, the gradient by one product with all 2^n points, in batches of parities.  How long it would take to
a standard error of 1% is extrapolated from the time of one sample and the spread of the samples seen, an underestimate:
few parities carry most of the average, and few samples meet them.
"""
from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from fractions import Fraction
from math import comb
from typing import Any

import numpy as np

from theorycheck.kernels.walsh_hadamard import transform_in_place
from theorycheck.neurons.neuron import Neuron, read_neuron
from theorycheck.neurons.transform_levels import transform_levels

try:
    import torch
except ImportError:
    torch = None  # type: ignore[assignment, unused-ignore]

FLOAT_DIGITS = 16
POINTS_PER_BATCH = 1 << 14
PARITIES_PER_BATCH = 32


def draw(n: int, digits: int, rng: np.random.Generator) -> Neuron:
    """A ReLU neuron with random weights in (0, 1] and random signs."""
    if digits >= FLOAT_DIGITS:
        return read_neuron(rng.normal(size=n), "1/7")
    numerators = rng.integers(1, 10**digits, n, endpoint=True) * rng.choice([-1, 1], n)
    return read_neuron([Fraction(int(p), 10**digits) for p in numerators], "1/7")


def filters(neuron: Neuron, k: int, threads: int) -> Fraction:
    """The average (i), without (ii)."""
    levels = transform_levels(neuron, (k - 1, k + 1), (), threads=threads).slope
    total = (neuron.n - k + 1) * levels[k - 1] + (k + 1) * levels[k + 1]
    assert total.exact is not None
    return total.exact / comb(neuron.n, k)


def compare(n: int, k: int, digits: int, threads: int, runs: int, clock: Callable[[], float]) -> None:
    """Print the medians for one size, every contender once in each round."""
    rng, values = np.random.default_rng(0), np.zeros(1 << n, np.int32)
    contenders: dict[str, Callable[[Neuron], Any]] = {
        "transform": lambda neuron: transform_in_place(values, threads),
        "(i)": lambda neuron: filters(neuron, k, threads),
        "(ii)": lambda neuron: transform_levels(neuron, (), (k,), threads=threads),
        "both": lambda neuron: transform_levels(neuron, (k - 1, k + 1), (k,), threads=threads)}
    samples: dict[str, list[float]] = {name: [] for name in contenders}
    for run in range(runs + 1):
        for name, call in contenders.items():
            neuron = draw(n, digits, rng)
            call(draw(n, digits, rng)) if name == "transform" else None  # warm: it starts from a table in the cache
            start = clock()
            call(neuron)
            if run:  # the first round compiles
                samples[name].append(1e3 * (clock() - start))
    medians = {name: statistics.median(times) for name, times in samples.items()}
    best = {name: min(times) for name, times in samples.items()}
    row = "".join(f"{name} {medians[name]:8.2f} ms  " for name in contenders)
    ratios, least = ([found[name] / found["transform"] for name in ("(i)", "both")] for found in (medians, best))
    print(f"n={n:<3}k={k:<3}digits={digits:<3}threads={threads}  {row}(i)/transform {ratios[0]:5.2f}  both/transform "
          f"{ratios[1]:5.2f}  (of the best runs {least[0]:.2f}, {least[1]:.2f})", flush=True)


class TorchSamples:
    """Squared gradient norms in the weights for random parities, over all points, batch by batch in float32."""

    def __init__(self, neuron: Neuron, k: int, rng: np.random.Generator) -> None:
        self.n, self.k, self.rng = neuron.n, k, rng
        weights = torch.from_numpy(neuron.weights.to_float64())
        self.batches = []
        for start in range(0, 1 << self.n, POINTS_PER_BATCH):
            indices = torch.arange(start, min(start + POINTS_PER_BATCH, 1 << self.n))
            points = (1 - 2 * ((indices >> torch.arange(self.n)[:, None]) & 1)).to(torch.int8)
            active = weights @ points.double() + float(neuron.bias) > 0
            self.batches.append((points, active.to(torch.float32)))

    def __call__(self) -> np.ndarray:
        subsets = torch.from_numpy(np.stack([self.rng.permutation(self.n)[:self.k] for _ in range(PARITIES_PER_BATCH)]))
        gradient = torch.zeros(self.n, PARITIES_PER_BATCH)
        for stored, active in self.batches:
            points = stored.float()
            values = points[subsets[:, 0]] * active
            for place in range(1, self.k):
                values *= points[subsets[:, place]]
            gradient += points @ values.T
        return ((gradient.double() / 2**self.n) ** 2).sum(dim=0).numpy()


def sample(n: int, k: int, digits: int, batches: int, threads: int) -> None:
    """Print how long torch would sample until its standard error is 1%, and whether it agrees with the exact value."""
    torch.set_num_threads(threads)
    neuron = draw(n, digits, np.random.default_rng(0))
    exact = filters(neuron, k, threads)
    start = time.perf_counter()
    filters(draw(n, digits, np.random.default_rng(1)), k, threads)
    ours = time.perf_counter() - start
    draws = TorchSamples(neuron, k, np.random.default_rng(1))
    start = time.perf_counter()
    values = np.concatenate([draws() for _ in range(batches)])
    each = (time.perf_counter() - start) / values.size
    spread = values.std(ddof=1) / values.mean()
    needed = (spread / 0.01) ** 2
    print(f"n={n:<3}k={k:<3}digits={digits:<3}threads={threads}  torch {1e3 * each:.1f} ms a parity, relative spread "
          f"{spread:.2f}: 1% after {needed:.0f} parities, {needed * each:.1f} s EXTRAPOLATED from {values.size}; here "
          f"{1e3 * ours:.1f} ms, exact: {needed * each / ours:.0f} times (the "
          f"samples' mean is {values.mean() / float(exact):.2f} of it)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("n", nargs="*", type=int, default=[20, 24])
    parser.add_argument("--digits", nargs="+", type=int, default=[2, 6])
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--runs", type=int, default=21)
    parser.add_argument("--batches", type=int, default=2, help=f"of {PARITIES_PER_BATCH} parities for torch")
    parser.add_argument("--no-torch", action="store_true")
    parser.add_argument("--processor-time", action="store_true", help="of all threads, instead of the clock's time")
    options = parser.parse_args()
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
    if torch is None:
        print("torch is missing: no comparison with it; pip install theorycheck[experiments]")
    for n in options.n:
        for digits in options.digits:
            for k in (4, n // 2):
                for threads in options.threads:
                    compare(n, k, digits, threads, options.runs,
                            time.process_time if options.processor_time else time.perf_counter)
    if torch is not None and not options.no_torch:
        for n in options.n:
            for k in (4, n // 2):
                sample(n, k, options.digits[0], options.batches, options.threads[-1])


if __name__ == "__main__":
    main()
