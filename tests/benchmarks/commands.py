"""Commands as whole processes: Lemma 6 against ``import numba, sympy``; training, the separation, the whole paper.

Run from the root of the checkout, in an environment with the package installed::

    python tests/benchmarks/commands.py                   # Lemma 6, interleaved, medians of 9
    python tests/benchmarks/commands.py training --runs 3 # Theorem 4 at its two large instances, and ``all``
    python tests/benchmarks/commands.py separation --runs 3 # four networks, ten step sizes each, 300 steps

The first run of each command fills the Numba cache and is not counted.
"""
from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time

_BASE = "import numba, sympy"
_COMMANDS = {
    "lemma6": ["--help", "lemma6 --n 20 --k 4", "lemma6 --n 20 --k 10 --q 1000000"],
    "training": ["theorem4 --n 3 --k 2 --q 10723 --steps 2074", "theorem4 --n 4 --k 3 --q 598737 --steps 24589",
                 "all --quiet"],
    "separation": ["separation --n 16 --k 4 --q 1024 --steps 300"],
}


def run(arguments: list[str]) -> tuple[float, float]:
    """Wall seconds and peak memory in MiB of one process."""
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, *arguments], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    if status != 0:
        raise SystemExit(f"{' '.join(arguments)} ended with status {status}.")
    return seconds, usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=9, help="counted runs of each command (default 9)")
    parser.add_argument("group", nargs="?", choices=tuple(_COMMANDS), default="lemma6", help="(default lemma6)")
    chosen = parser.parse_args()
    commands = {_BASE: ["-c", _BASE]}
    commands |= {name: ["-m", "theorycheck", *name.split()] for name in _COMMANDS[chosen.group]}
    for arguments in commands.values():
        run(arguments)
    samples: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for _ in range(chosen.runs):
        for name, arguments in commands.items():
            samples[name].append(run(arguments))
    base = statistics.median(seconds for seconds, _ in samples[_BASE])
    print(f"{'command':<48}{'median s':>10}{'min s':>8}{'peak MiB':>10}{'ratio':>8}")
    for name, rows in samples.items():
        seconds = [row[0] for row in rows]
        median = statistics.median(seconds)
        print(f"{name:<48}{median:>10.2f}{min(seconds):>8.2f}{max(row[1] for row in rows):>10.0f}{median / base:>8.2f}")


if __name__ == "__main__":
    main()
