"""The exact-population gradient of a fully-connected network against torch over all inputs, in one interleaved run.

Run from the root of the checkout, in an environment with the package installed::

    python tests/benchmarks/neuron_gradients.py                        # n=20, q=256, a minute or two
    python tests/benchmarks/neuron_gradients.py 16 18 20 --q 256 1024 --activation clipped_relu:1
    python tests/benchmarks/neuron_gradients.py 24 --q 64 --no-torch
    python tests/benchmarks/neuron_gradients.py --threads 1 --processor-time   # on a busy machine

Torch (the extra ``experiments``) computes loss and gradient by autograd over batches of points that lie ready in
memory; the batch size is the best of several, found before the run on a smaller cube, for each number of threads.  Both
sides are warm, both are float64, and their gradients are compared.  Without torch its columns stay empty.
"""
from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from theorycheck.cube import KPattern
from theorycheck.gradients.plans import plan_gradients
from theorycheck.networks.architectures import FullyConnectedNetwork
from theorycheck.networks.problems import LearningProblem

try:
    import torch
except ImportError:
    torch = None  # type: ignore[assignment, unused-ignore]

BATCHES = (256, 512, 1024, 2048, 4096, 8192)
TUNING_DIMENSION = 15


class TorchGradient:
    """Loss and gradient by autograd, a batch at a time."""

    def __init__(self, network: FullyConnectedNetwork, target: KPattern, batch: int) -> None:
        self.batch, self.size = batch, 2**network.n
        indices = torch.arange(self.size)
        self.points = (1 - 2 * ((indices[:, None] >> torch.arange(network.n)) & 1)).to(torch.float64)
        self.labels = torch.from_numpy(target.truth_table().values.astype(np.float64))
        self.filters = torch.tensor(network.filters, requires_grad=True)
        self.readout = torch.tensor(network.readout, requires_grad=True)
        self.biases, self.activation = torch.tensor(network.biases), network.activation.name

    def hidden(self, inner: Any) -> Any:
        """The activation, in place of one pass where torch has it."""
        return inner.clamp(0, 1) if self.activation == "clipped_relu:1" else torch.relu(inner)

    def __call__(self) -> tuple[float, np.ndarray]:
        loss, self.filters.grad, self.readout.grad = 0.0, None, None
        for start in range(0, self.size, self.batch):
            part = slice(start, start + self.batch)
            hidden = self.hidden(torch.addmm(self.biases, self.points[part], self.filters.t()))
            batch_loss = torch.clamp(1 - self.labels[part] * (hidden @ self.readout), min=0).sum() / self.size
            batch_loss.backward()
            loss += batch_loss.item()
        return loss, self.filters.grad.numpy()


def draw(n: int, q: int, activation: str) -> tuple[FullyConnectedNetwork, KPattern]:
    """A network as it is initialised in practice, so that half the neurons are active at a point."""
    rng = np.random.default_rng(0)
    return FullyConnectedNetwork(rng.normal(size=(q, n)) / n**0.5, rng.normal(size=q) / 10,
                                 rng.normal(size=q) / q**0.5, activation), KPattern.parity(n, 3)


def seconds(call: Callable[[], Any], clock: Callable[[], float] = time.perf_counter) -> float:
    start = clock()
    call()
    return clock() - start


def best_batch(n: int, q: int, activation: str, threads: int) -> int:
    """The fastest batch size on a cube small enough to try them all."""
    torch.set_num_threads(threads)
    network, target = draw(min(n, TUNING_DIMENSION), q, activation)
    times = {}
    for batch in BATCHES:
        step = TorchGradient(network, target, batch)
        step()
        times[batch] = min(seconds(step) for _ in range(3))
    return min(times, key=times.__getitem__)


def compare(n: int, q: int, activation: str, counts: list[int], runs: int, with_torch: bool,
            clock: Callable[[], float]) -> None:
    """Print the medians for one size."""
    network, target = draw(n, q, activation)
    problem = LearningProblem(target)
    contenders: dict[tuple[str, int], Callable[[], Any]] = {}
    for threads in counts:
        plan = plan_gradients(network, problem, threads=threads)
        contenders["here", threads] = lambda plan=plan: plan.evaluate(network.filters, network.readout)
        if with_torch:
            batch = best_batch(n, q, activation, threads)
            contenders["torch", threads] = TorchGradient(network, target, batch)
            print(f"n={n} q={q}: torch on {threads} thread(s) takes batches of {batch}")
    times: dict[tuple[str, int], list[float]] = {name: [] for name in contenders}
    for run in range(runs + 1):
        for (name, threads), call in contenders.items():
            if name == "torch":
                torch.set_num_threads(threads)
            elapsed = seconds(call, clock)
            if run:  # the first round warms up
                times[name, threads].append(elapsed)
    medians = {name: statistics.median(values) for name, values in times.items()}
    for threads in counts:
        ours, theirs = medians["here", threads], medians.get(("torch", threads))
        shown = f"torch {theirs:8.3f} s   ratio {theirs / ours:6.1f}" if theirs else "torch        -"
        print(f"n={n} q={q} {activation} threads={threads}: here {1e3 * ours:9.2f} ms   {shown}", flush=True)
    if with_torch:
        loss, filters = contenders["torch", counts[0]]()
        result = contenders["here", counts[0]]()
        print(f"  largest difference of a gradient entry {np.abs(result.filters - filters).max():.1e}, of the loss "
              f"{abs(result.loss - loss):.1e}; rounding bounds here {result.error_bounds()}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("n", nargs="*", type=int, default=[20])
    parser.add_argument("--q", nargs="+", type=int, default=[256])
    parser.add_argument("--activation", choices=("relu", "clipped_relu:1"), default="relu")
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--no-torch", action="store_true")
    parser.add_argument("--processor-time", action="store_true", help="of all threads, instead of the clock's time")
    arguments = parser.parse_args()
    with_torch = torch is not None and not arguments.no_torch
    if torch is None:
        print("torch is missing: no comparison with it; pip install theorycheck[experiments]")
    elif with_torch:
        print(f"torch {torch.__version__}")
    for n in arguments.n:
        for q in arguments.q:
            compare(n, q, arguments.activation, arguments.threads, arguments.runs, with_torch,
                    time.process_time if arguments.processor_time else time.perf_counter)


if __name__ == "__main__":
    main()
