"""Lemma 6 as whole processes: the main job against ``import numba, sympy``, and the large instance k=10, q=10^6.

Run from the root of the checkout, in an environment with the package installed::

    python tests/benchmarks/lemma6.py            # interleaved, medians of 9
    python tests/benchmarks/lemma6.py --runs 21

The first run of each command fills the Numba cache and is not counted.
"""
from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time

COMMANDS = {
    "import numba, sympy": ["-c", "import numba, sympy"],
    "--help": ["-m", "theorycheck", "--help"],
    "lemma6 --n 20 --k 4": ["-m", "theorycheck", "lemma6", "--n", "20", "--k", "4"],
    "lemma6 --n 20 --k 10 --q 1000000": ["-m", "theorycheck", "lemma6", "--n", "20", "--k", "10", "--q", "1000000"],
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
    runs = parser.parse_args().runs
    for arguments in COMMANDS.values():
        run(arguments)
    samples: dict[str, list[tuple[float, float]]] = {name: [] for name in COMMANDS}
    for _ in range(runs):
        for name, arguments in COMMANDS.items():
            samples[name].append(run(arguments))
    base = statistics.median(seconds for seconds, _ in samples["import numba, sympy"])
    print(f"{'command':<36}{'median s':>10}{'min s':>8}{'peak MiB':>10}{'ratio':>8}")
    for name, rows in samples.items():
        seconds = [row[0] for row in rows]
        median = statistics.median(seconds)
        print(f"{name:<36}{median:>10.2f}{min(seconds):>8.2f}{max(row[1] for row in rows):>10.0f}{median / base:>8.2f}")


if __name__ == "__main__":
    main()
