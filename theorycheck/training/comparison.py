"""Several networks on one problem, each with every step size of one grid: exact population gradients, float64 steps.

A finished run is kept whatever happens to the next: Ctrl-C returns what there is, and a folder holds the finished runs
so that the same comparison goes on from them.
"""
from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from theorycheck.errors import InstanceTooLarge, ParameterError, abbreviate, require_integer
from theorycheck.networks.collapse import require_multiplicities
from theorycheck.networks.problems import LearningProblem
from theorycheck.networks.requirements import require_problem_for
from theorycheck.rigor import exact_rational
from theorycheck.training.checkpoints import require_writable
from theorycheck.training.compared_runs import ComparedRun, best_run, compared_steps
from theorycheck.training.planned_runs import INTERRUPTED, PlannedRun, Start
from theorycheck.training.trajectories import record_steps

__all__ = ["Comparison", "Start", "compare_networks"]

Progress = Callable[[int, int, str], None]
# Every run keeps its loss at every step.
LARGEST_STEPS = 10**6


@dataclass(frozen=True, eq=False)
class Comparison:
    """What :func:`compare_networks` returns.

    Attributes
    ----------
    runs : tuple of ComparedRun
        Every (start, step size) in order, as far as the comparison came; the last may be unfinished.
    etas : tuple of Fractions
        The grid.
    steps : int
    is_interrupted : bool
        Whether Ctrl-C ended it.
    limits : tuple of str
        What went wrong on the way: a run that could not be written to the folder.
    """

    runs: tuple[ComparedRun, ...]
    etas: tuple[Fraction, ...]
    steps: int
    is_interrupted: bool = False
    limits: tuple[str, ...] = ()

    def of(self, name: str) -> tuple[ComparedRun, ...]:
        """Return the runs of one start."""
        return tuple(run for run in self.runs if run.name == name)

    def best(self, name: str, target: Fraction | float) -> ComparedRun | None:
        """Return a start's best finished run; see :func:`theorycheck.training.compared_runs.best_run`."""
        return best_run(self.of(name), target)


def compare_networks(starts: Sequence[Start], problem: LearningProblem, *, etas: Iterable[Any], steps: int,
                     record: Any = "auto", save: str | os.PathLike[str] | None = None,
                     progress: Progress | None = None, threads: int | None = None) -> Comparison:
    """Train every start with every step size: θ_{t+1} = θ_t - η∇L(θ_t) on θ = (u, W), biases fixed.

    Parameters
    ----------
    starts : sequence of Start
        Their names must differ.
    problem : LearningProblem
        One for all.
    etas : iterable of rationals above 0
        The grid, one for all; rounded to float64.
    steps : int
        T, at least 1 and at most a million.
    record : "auto" or iterable of int
        The steps at which accuracy, gradient norms and rounding errors are worked out; ``"auto"``: see
        :func:`theorycheck.training.compared_runs.compared_steps`.  The loss is kept at every step.
    save : path, optional
        A folder for finished runs, made where it is missing.  Those of this very comparison that it holds are taken
        over, bit for bit; files of other instances are left alone.
    progress : callable, optional
        ``progress(done, total, title)``, steps of all runs together.
    threads : int, optional
        Most threads; nothing depends on it.

    Returns
    -------
    Comparison
        After Ctrl-C what was done so far, ``is_interrupted`` set.

    Raises
    ------
    ParameterError
        ``'etas' must be at least one number above 0.``, ``'starts' must have names of their own, not CNN twice.``,
        ``'save' must be a folder that can be written to; …``, and what is said of a damaged file there.
    InstanceTooLarge
        ``'steps' must be at most 1000000, not …: every run keeps its loss at every step.``; and from the gradients,
        where the points are too many.

    Notes
    -----
    A step costs one gradient, a record about two more.  A run that leaves the range of float64 ends there and says so
    in ``trouble``.

    Examples
    --------
    >>> from theorycheck.cube.patterns import KPattern
    >>> from theorycheck.networks.initialisers import collapsed_network
    >>> start, counts = collapsed_network(4, 2, [4, 4, 4, 4])
    >>> result = compare_networks([Start("CNN", start, counts)], LearningProblem(KPattern.parity(4, 2, 1)),
    ...                           etas=["1/8", 1], steps=3)
    >>> best = result.best("CNN", Fraction(1, 10))
    >>> best.eta, best.losses
    (Fraction(1, 1), (1.0, 0.75, 0.4375, 0.0))
    """
    grid = _read_grid(etas)
    steps = require_integer("steps", steps, minimum=1)
    if steps > LARGEST_STEPS:
        raise InstanceTooLarge(f"'steps' must be at most {LARGEST_STEPS}, not {abbreviate(steps)}: every run keeps its "
                               "loss at every step.")
    recorded = compared_steps(steps) if isinstance(record, str) and record == "auto" else record_steps(steps, record)
    _require_starts(starts, problem)
    folder = None if save is None else _read_folder(save)
    planned = [PlannedRun(start, problem, eta, steps, recorded, threads) for start in starts for eta in grid]
    runs: list[ComparedRun] = []
    limits: list[str] = []
    show = progress or _silent
    try:
        for number, plan in enumerate(planned):
            run, parameters = _do(plan, folder, number * steps, len(planned) * steps, show)
            runs.append(run)  # before it is saved, so that Ctrl-C while saving loses nothing
            if run.trouble == INTERRUPTED:
                break
            if folder is not None and parameters:
                limits += _save(plan, folder, run, parameters)
        is_interrupted = bool(runs) and runs[-1].trouble == INTERRUPTED
    except KeyboardInterrupt:
        is_interrupted = True
    finally:
        show(len(planned) * steps, len(planned) * steps, "")
    return Comparison(tuple(runs), grid, steps, is_interrupted, tuple(limits))


def _do(plan: PlannedRun, folder: Path | None, before: int, total: int,
        show: Progress) -> tuple[ComparedRun, dict[str, Any]]:
    """A run from the folder, with nothing to save; or else done, with its last parameters."""
    known = None if folder is None else plan.load(folder)
    if known is not None:
        return known, {}
    return plan.train(lambda step: show(before + step, total, f"{plan.title}, step {step} of {plan.steps}"))


def _save(plan: PlannedRun, folder: Path, run: ComparedRun, parameters: dict[str, Any]) -> tuple[str, ...]:
    """Put a run into the folder, and return what went wrong in doing so."""
    try:
        plan.save(folder, run, parameters)
    except (OSError, ParameterError) as error:
        return (f"{plan.title} could not be saved: {error}",)
    return ()


def _read_grid(etas: Any) -> tuple[Fraction, ...]:
    if isinstance(etas, str) or not isinstance(etas, Iterable):
        raise ParameterError(f"'etas' must be several numbers, not {abbreviate(repr(etas))}.")
    grid = tuple(exact_rational(eta, "etas") for eta in etas)
    if not grid or any(eta <= 0 for eta in grid):
        raise ParameterError("'etas' must be at least one number above 0"
                             f"{', not ' + abbreviate(min(grid)) if grid else ''}.")
    if len(set(grid)) < len(grid):
        raise ParameterError("'etas' must differ from one another.")
    if not all(Fraction(1, 2**1000) < eta < 2**1000 for eta in grid):
        raise ParameterError("'etas' must be in 2^-1000 ... 2^1000.")
    return grid


def _require_starts(starts: Any, problem: Any) -> None:
    if not starts or not all(isinstance(start, Start) for start in starts):
        raise ParameterError("'starts' must be at least one Start.")
    names = [start.name for start in starts]
    for name in names:
        if not isinstance(name, str) or not name.strip():
            raise ParameterError(f"'starts' must have names, not {abbreviate(repr(name))}.")
        if names.count(name) > 1:
            raise ParameterError(f"'starts' must have names of their own, not {name} twice.")
    for start in starts:
        require_problem_for(start.network, problem)
        require_multiplicities(start.network, start.multiplicities)


def _read_folder(save: Any) -> Path:
    if not isinstance(save, (str, os.PathLike)) or not str(save):
        raise ParameterError(f"'save' must be a path, not {abbreviate(repr(save))}.")
    folder = Path(save)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        require_writable(folder / "run.json")
    except (OSError, ValueError, ParameterError) as error:
        reason = getattr(error, "strerror", None) or "not a folder that can be written to"
        raise ParameterError(f"'save' must be a folder that can be written to; {abbreviate(save)}: {reason}.") from None
    return folder


def _silent(done: int, total: int, title: str) -> None:
    """Show no progress."""
