"""Loss and all gradients of a CNN and an LCN over the whole cube against torch, in one interleaved run.

Run from the root of the checkout, in an environment with the package installed::

    python tests/benchmarks/window_gradients.py                       # n = 20 and 24, k = 4, q = 1024
    python tests/benchmarks/window_gradients.py 16 20 --q 256 --runs 15
    python tests/benchmarks/window_gradients.py 20 --brute            # torch over all inputs too
    python tests/benchmarks/window_gradients.py --largest 40 44       # one step each, with its peak memory

torch is optional; without it only the package's own figures and the pass over memory are printed::

    pip install '.[experiments]'

The baselines are torch autograd written with window tables, so that q filters meet 2^k contents only: ``lookup`` adds
up tables[j][x^(j)] with preallocated window contents, as one would write it; ``doubled`` is given the package's way of
building h by doubling, which torch does not find by itself.  Warm, one and all threads, eager and with --compile.
``pass`` is one multiplication in place of a float64 array of 2^n.  The parameters change from call to call, so that no
branch predictor learns them.
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
from typing import Any

import numba
import numpy as np

from theorycheck.cube.patterns import KPattern
from theorycheck.gradients.window_gradients import WindowGradients
from theorycheck.networks.architectures import ConvolutionalNetwork, LocallyConnectedNetwork
from theorycheck.networks.problems import LearningProblem

Contender = Callable[[], object]
VARIANTS = 8
LARGE = """
import time, resource
import numpy as np
from theorycheck.cube.patterns import KPattern
from theorycheck.networks.architectures import ConvolutionalNetwork
from theorycheck.networks.problems import LearningProblem
from theorycheck.gradients.window_gradients import WindowGradients
def step(n, k, q):
    rng = np.random.default_rng(0)
    network = ConvolutionalNetwork(rng.normal(size=(q, k)), rng.normal(size=q), rng.normal(size=(n - k + 1, q)) / q)
    plan = WindowGradients(network, LearningProblem(KPattern.parity(n, k, (n - k) // 2)))
    start = time.perf_counter()
    plan.evaluate(network.filters, network.readout)
    return time.perf_counter() - start
step(24, {k}, {q})
print(step({n}, {k}, {q}), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20)
"""


def own(n: int, k: int, q: int, is_local: bool = False, threads: int | None = None) -> Contender:
    """A step of the package at the next of a few parameter sets."""
    rng, count = np.random.default_rng(0), n - k + 1
    shape: tuple[int, ...] = (count, q) if is_local else (q,)
    sets = [(rng.normal(size=(*shape, k)), rng.normal(size=(count, q)) / np.sqrt(q)) for _ in range(VARIANTS)]
    kind: Any = LocallyConnectedNetwork if is_local else ConvolutionalNetwork
    network = kind(sets[0][0], rng.normal(size=shape), sets[0][1])
    plan = WindowGradients(network, LearningProblem(KPattern.parity(n, k, (n - k) // 2)), threads=threads)
    parameters = itertools.cycle(sets)
    return lambda: plan.evaluate(*next(parameters))


def collapsed(n: int, k: int, q: int) -> Contender:
    """A step of 2^k filters that stand for q."""
    rng, classes = np.random.default_rng(0), 1 << k
    readout = rng.normal(size=(n - k + 1, classes)) / q
    network = ConvolutionalNetwork(rng.normal(size=(classes, k)), rng.normal(size=classes), readout)
    copies = np.full(classes, q // classes)
    plan = WindowGradients(network, LearningProblem(KPattern.parity(n, k, (n - k) // 2)), multiplicities=copies)
    return lambda: plan.evaluate(network.filters, network.readout)


def torch_module() -> Any:
    try:
        import torch
    except ImportError as error:
        print(f"torch is missing ({error}): no baselines.")
        return None
    return torch


def with_tables(torch: Any, n: int, k: int, q: int, threads: int, is_doubled: bool, is_compiled: bool) -> Contender:
    """Torch autograd through window tables: looked up at preallocated contents, or doubled as the package does."""
    rng, count, half = np.random.default_rng(0), n - k + 1, 1 << (k - 1)
    filters = torch.tensor(rng.normal(size=(q, k)), requires_grad=True)
    biases, readout = torch.tensor(rng.normal(size=q)), torch.tensor(rng.normal(size=(count, q)) / np.sqrt(q))
    readout.requires_grad_(True)
    points = torch.tensor([[1.0 - 2 * (z >> i & 1) for i in range(k)] for z in range(1 << k)], dtype=torch.float64)
    labels = torch.tensor(KPattern.parity(n, k, (n - k) // 2).truth_table().values.astype(float))
    contents = [] if is_doubled else [(torch.arange(1 << n) >> j) & (2 * half - 1) for j in range(count)]

    def loss() -> Any:
        tables = readout @ torch.relu(points @ filters.T + biases).T
        values = tables[0] if is_doubled else tables[0][contents[0]]
        for j in range(1, count):
            if is_doubled:
                values = (values.view(1, half, 1 << j) + tables[j].view(2, half, 1)).reshape(-1)
            else:
                values = values + tables[j][contents[j]]
        return torch.relu(1 - labels * values).mean()
    compute = torch.compile(loss) if is_compiled else loss

    def step() -> None:
        torch.set_num_threads(threads)
        filters.grad = readout.grad = None
        compute().backward()
    return step


def over_all_inputs(torch: Any, n: int, k: int, q: int, batch: int) -> Callable[[], float]:
    """Torch autograd over one batch of inputs; returns its milliseconds scaled to all 2^n."""
    rng, count = np.random.default_rng(0), n - k + 1
    filters = torch.tensor(rng.normal(size=(q, k)), requires_grad=True)
    biases, readout = torch.tensor(rng.normal(size=q)), torch.tensor(rng.normal(size=(count, q)), requires_grad=True)
    points = torch.tensor(rng.choice([-1.0, 1.0], (batch, n)))
    labels = points[:, :k].prod(dim=1)

    def step() -> float:
        start = time.perf_counter()
        values = (torch.relu(points.unfold(1, k, 1) @ filters.T + biases) * readout).sum(dim=(1, 2))
        torch.relu(1 - labels * values).sum().backward()
        return 1e3 * (time.perf_counter() - start) * 2**n / batch
    return step


def medians(contenders: dict[str, Contender], runs: int) -> dict[str, float]:
    """Median milliseconds of each contender, one after the other in every round; quick ones several times a round."""
    samples: dict[str, list[float]] = {name: [] for name in contenders}
    repeats = {}
    for name, step in contenders.items():
        step()
        start = time.perf_counter()
        step()
        repeats[name] = max(1, min(20, int(0.02 / (time.perf_counter() - start))))
    for _ in range(runs):
        for name, step in contenders.items():
            step()  # meets warm caches and awake threads
            for _ in range(repeats[name]):
                start = time.perf_counter()
                step()
                samples[name].append(1e3 * (time.perf_counter() - start))
    return {name: statistics.median(times) for name, times in samples.items()}


def compare(n: int, k: int, q: int, runs: int, torch: Any, compiles: bool) -> None:
    """Print the medians of a step at one n, and the ratios that matter."""
    values = np.ones(1 << n)
    contenders: dict[str, Contender] = {
        "CNN": own(n, k, q), "LCN": own(n, k, q, True), f"CNN, 2^k={1 << k} filters": own(n, k, 1 << k),
        "CNN, q=10^6 collapsed": collapsed(n, k, 10**6), "pass": lambda: np.multiply(values, 1.0000001, out=values)}
    for threads, is_doubled in itertools.product(sorted({1, os.cpu_count() or 1}), (False, True) if torch else ()):
        # Compiling the doubled form takes more than minutes.
        for is_compiled in (False, True) if compiles and not is_doubled else (False,):
            name = f"torch, {'doubled' if is_doubled else 'lookup'}{', compiled' * is_compiled}, {threads}"
            contenders[name] = with_tables(torch, n, k, q, threads, is_doubled, is_compiled)
    found = medians(contenders, runs)
    print(f"\nn={n}, k={k}, q={q}, float64, load {os.getloadavg()[0]:.1f}\n{'':<28}{'ms':>12}{'times the CNN':>16}")
    for name, milliseconds in found.items():
        print(f"{name:<28}{milliseconds:>12.3f}{milliseconds / found['CNN']:>16.2f}")
    for kind in ("lookup", "doubled") if torch else ():
        best = min(found[name] for name in found if kind in name)
        print(f"best torch with window tables, {kind} / CNN: {best / found['CNN']:.0f}")


def brute(n: int, k: int, q: int, torch: Any) -> None:
    """Print torch over all inputs, scaled up from one batch, for several batch sizes."""
    torch.set_num_threads(os.cpu_count() or 1)
    for batch in (64, 256, 1024):
        step = over_all_inputs(torch, n, k, q, batch)
        step()
        print(f"torch over all inputs, n={n}, batches of {batch}: {min(step() for _ in range(3)):.0f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dimensions", type=int, nargs="*", default=[20, 24], metavar="n")
    parser.add_argument("--k", type=int, default=4)
    parser.add_argument("--q", type=int, default=1024)
    parser.add_argument("--runs", type=int, default=5, help="rounds (default 5)")
    parser.add_argument("--largest", type=int, nargs="*", default=[], metavar="n", help="single steps with q=64")
    parser.add_argument("--brute", action="store_true", help="torch over all inputs too")
    parser.add_argument("--compile", action="store_true", help="torch.compile of lookup too, a minute more")
    parser.add_argument("--no-torch", action="store_true")
    options = parser.parse_args()
    torch = None if options.no_torch else torch_module()
    print(f"{os.cpu_count()} processors, Numba {numba.__version__}"
          + (f", torch {torch.__version__}" if torch is not None else ""))
    for n in [] if options.largest else options.dimensions:
        compare(n, options.k, options.q, options.runs, torch, options.compile)
        if options.brute and torch is not None:
            brute(n, options.k, options.q, torch)
    for n in options.largest:
        code = LARGE.format(n=n, k=options.k, q=64)
        seconds, memory = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True,
                                         text=True).stdout.split()
        print(f"n={n}, k={options.k}, q=64: {float(seconds):.2f} s, peak memory of the process {float(memory):.2f} GiB")


if __name__ == "__main__":
    main()
