"""Gradient descent on the readout and the filters of a network: in float64, in rationals, or in balls.

One call runs it, records what happens at chosen steps, and leaves a checkpoint that continues bit for bit.
"""
from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from theorycheck.errors import ParameterError, abbreviate, require_choice, require_integer
from theorycheck.gradients.enclosed_activations import Undecided
from theorycheck.networks.collapse import require_multiplicities
from theorycheck.networks.problems import LearningProblem
from theorycheck.networks.requirements import require_problem_for, require_step_size
from theorycheck.rigor import Real, decide
from theorycheck.training.checkpoints import (number_text, read_checkpoint, read_number, record_from_json,
                                              record_to_json, require_writable, write_checkpoint)
from theorycheck.training.enclosed_descent import TRAINED
from theorycheck.training.enclosed_run import PRECISION_FACTOR
from theorycheck.training.trajectories import MARGIN_EDGES, Record, Trajectory, read_edges, record_steps

ARITHMETICS = ("float64", "rational", "enclosed")
Progress = Callable[[int, int, str], None]


def train(network: Any, problem: LearningProblem, *, eta: Any, steps: int, arithmetic: str = "float64",
          trains: str = "all", multiplicities: ArrayLike | None = None, record: Any = "auto",
          margin_edges: Any = MARGIN_EDGES, population: LearningProblem | None = None,
          progress: Progress | None = None, checkpoint: str | os.PathLike[str] | None = None,
          checkpoint_every: int = 1000, resume: bool = False, precision: int = 128,
          threads: int | None = None) -> Trajectory:
    """Run θ_{t+1} = θ_t - η∇L(θ_t) on θ = (u, W), biases fixed.

    Parameters
    ----------
    network : ConvolutionalNetwork, LocallyConnectedNetwork or FullyConnectedNetwork
        The start; :mod:`theorycheck.networks.initialisers` draws them.
    problem : LearningProblem
        The loss.  For a sample: an EmpiricalDistribution.
    eta : rational or Real
        Step size above 0; rational for ``arithmetic="rational"``, rounded to float64 for ``"float64"``.
    steps : int
        T, at least 1.
    arithmetic : str
        ``"float64"``; ``"rational"``: exact, for few steps; ``"enclosed"``: Arb balls, every kink decided.
    trains : str
        ``"all"``, or ``"readout"``: the filters stay.
    multiplicities : array of q non-negative integers, optional
        Filter i stands for that many equal ones.
    record : "auto" or iterable of int
        The steps to record, in 0 … T; ``"auto"``: at most 21, 0 and T among them.
    margin_edges : iterable of rationals
        Edges of the margin histograms, increasing; -1, -1/2, …, 2 unless given.
    population : LearningProblem, optional
        Its loss is recorded beside that of ``problem``.
    progress : callable, optional
        ``progress(done, total, title)``, about a thousand times, and once at the end.
    checkpoint : path, optional
        Written every ``checkpoint_every`` steps, at the end, and on Ctrl-C; replaced at once, never half.
    resume : bool
        Go on from ``checkpoint``, which must be of this very instance; else the file must not exist yet.
    precision : int
        Bits of the balls, 16 to 65536; an undecided kink starts again with twice as many, up to 64 times.
    threads : int, optional
        Most threads; nothing depends on it.

    Returns
    -------
    Trajectory
        After Ctrl-C what was done so far, ``interrupted`` set; before the first step KeyboardInterrupt goes through.

    Raises
    ------
    ParameterError
        ``'eta' must be above 0, not -1.``, ``'steps' must be at least 1, not 0.``,
        ``'record' must be at least 0 and at most steps=10, not 11.``,
        ``'eta' must be smaller: a parameter is not finite after 7 steps.``, and what is said of checkpoints in
        :mod:`theorycheck.training.checkpoints`.
    InstanceTooLarge
        From the gradients, where the points are too many.
    Undecided
        An enclosed run with a kink that no precision decides: only rational arithmetic can.

    Notes
    -----
    A step costs one gradient.  A run of T steps and one that was interrupted at any step and resumed give the same
    numbers, bit for bit.  MS21, Sections 2 and 3.

    Examples
    --------
    >>> from theorycheck.cube.patterns import KPattern
    >>> from theorycheck.networks.initialisers import collapsed_network
    >>> start, counts = collapsed_network(4, 2, [1, 1, 1, 1])
    >>> run = train(start, LearningProblem(KPattern.parity(4, 2, 1)), eta=1, steps=3, arithmetic="rational",
    ...             multiplicities=counts)
    >>> [str(loss) for loss in run.losses], run.mean_loss
    (['1', '15/16', '55/64', '749/1024'], Fraction(179, 192))
    """
    instance = _read_instance(network, problem, eta=eta, steps=steps, arithmetic=arithmetic, trains=trains,
                              multiplicities=multiplicities, record=record, margin_edges=margin_edges,
                              population=population, precision=precision, threads=threads)
    if progress is not None and not callable(progress):
        raise ParameterError(f"'progress' must be callable, not {abbreviate(repr(progress))}.")
    keeper = _Keeper(instance, progress or _silent,
                     _read_path(checkpoint, resume), require_integer("checkpoint_every", checkpoint_every, minimum=1))
    state = keeper.load() if resume else None
    bits, restarts = (instance.precision, 0) if state is None else (int(state["precision"]), int(state["restarts"]))
    while True:
        try:
            return keeper.follow(instance.descent(bits, restarts), state)
        except Undecided:
            if instance.arithmetic != "enclosed" or 2 * bits > PRECISION_FACTOR * instance.precision:
                raise
        state, bits, restarts = None, 2 * bits, restarts + 1


@dataclass(frozen=True, eq=False)
class _Instance:
    """What determines a run, validated."""

    network: Any
    problem: LearningProblem
    population: LearningProblem | None
    eta: Fraction | Real
    steps: int
    arithmetic: str
    trains: str
    multiplicities: NDArray[np.int64]
    recorded: tuple[int, ...]
    edges: tuple[Fraction, ...]
    precision: int
    threads: int | None

    def fingerprint(self) -> dict[str, str]:
        from theorycheck.training.fingerprints import instance_fingerprint
        return instance_fingerprint(
            self.network, self.problem, self.population, multiplicities=self.multiplicities, eta=self.eta,
            steps=self.steps, arithmetic=self.arithmetic, trains=self.trains, precision=self.precision,
            recorded=self.recorded, edges=self.edges)

    def descent(self, precision: int, restarts: int) -> Any:
        shared: dict[str, Any] = {"steps": self.steps, "trains": self.trains, "multiplicities": self.multiplicities,
                                  "edges": self.edges}
        if self.arithmetic == "float64":
            from theorycheck.training.float_descent import FloatDescent
            return FloatDescent(self.network, self.problem, self.population, eta=float(self.eta), threads=self.threads,
                                **shared)
        from theorycheck.training.certified_descent import CertifiedDescent
        return CertifiedDescent(self.network, self.problem, self.population, eta=self.eta, arithmetic=self.arithmetic,
                                precision=precision, restarts=restarts, **shared)


@dataclass(frozen=True, eq=False)
class _Kept:
    """All that is known after a step: Ctrl-C finds either this or the one before."""

    step: Any
    total: Any
    records: tuple[Record, ...]


@dataclass(frozen=True, eq=False)
class _Keeper:
    """Follows a descent, and keeps what it does."""

    instance: _Instance
    progress: Progress
    path: Path | None
    every: int

    def load(self) -> dict[str, Any]:
        assert self.path is not None
        return read_checkpoint(self.path, self.instance.fingerprint())

    def follow(self, descent: Any, state: dict[str, Any] | None) -> Trajectory:
        """Take the steps up to T, from the start or from a saved state."""
        steps, is_interrupted = self.instance.steps, False
        stride, recorded = max(1, steps // 1000), set(self.instance.recorded)
        title = "gradient descent" + (f" at {descent.precision} bits" if descent.restarts else "")
        kept: _Kept | None = None
        try:
            for step in descent.run(None if state is None else state["parameters"]):
                if kept is None and state is not None:
                    kept = _Kept(step, read_number(state["total"]), tuple(map(record_from_json, state["records"])))
                else:
                    total = Fraction(0) if kept is None else descent.plus(kept.total, descent.loss(kept.step))
                    new = (descent.record(step),) if step.t in recorded else ()
                    kept = _Kept(step, total, (() if kept is None else kept.records) + new)
                    if 0 < step.t < steps and step.t % self.every == 0:
                        self._save(descent, kept)
                if step.t % stride == 0 and step.t < steps:
                    self.progress(step.t, steps, title)
        except KeyboardInterrupt:
            if kept is None:
                raise
            is_interrupted = True
        finally:
            self.progress(steps, steps, "")
        assert kept is not None
        return self._trajectory(descent, kept, is_interrupted, self._save(descent, kept))

    def _save(self, descent: Any, kept: _Kept) -> str:
        """Write the checkpoint, if there is to be one; what went wrong, as a full disk must not end the run."""
        if self.path is None:
            return ""
        try:
            write_checkpoint(self.path, self.instance.fingerprint(), {
                "parameters": descent.saved(kept.step), "total": number_text(kept.total),
                "records": [record_to_json(record) for record in kept.records],
                "precision": descent.precision, "restarts": descent.restarts})
        except (OSError, ParameterError) as error:
            return f"The checkpoint could not be written: {error}"
        return ""

    def _trajectory(self, descent: Any, kept: _Kept, is_interrupted: bool, trouble: str) -> Trajectory:
        instance, t = self.instance, int(kept.step.t)
        network, radius = descent.finish(kept.step)
        is_enclosed = instance.arithmetic == "enclosed"
        return Trajectory(
            network, instance.multiplicities, kept.records, t, instance.steps, instance.eta,
            descent.mean(kept.total, t) if t else None, is_interrupted, instance.arithmetic, radius,
            descent.precision if is_enclosed else 0, descent.restarts,
            (descent.limits if kept.records else ()) + ((trouble,) if trouble else ()))


def _read_instance(network: Any, problem: Any, *, eta: Any, steps: Any, arithmetic: Any, trains: Any,
                   multiplicities: Any, record: Any, margin_edges: Any, population: Any, precision: Any,
                   threads: Any) -> _Instance:
    require_problem_for(network, problem)
    if population is not None:
        require_problem_for(network, population, "population")
    steps = require_integer("steps", steps, minimum=1)
    require_choice("arithmetic", arithmetic, ARITHMETICS)
    return _Instance(
        network, problem, population, _read_eta(eta, arithmetic), steps, arithmetic,
        require_choice("trains", trains, TRAINED), require_multiplicities(network, multiplicities),
        record_steps(steps, record), read_edges(margin_edges),
        require_integer("precision", precision, minimum=16, maximum=65536),
        None if threads is None else require_integer("threads", threads, minimum=1))


def _read_eta(eta: Any, arithmetic: str) -> Fraction | Real:
    size = require_step_size(eta, arithmetic)
    if arithmetic == "float64" and (decide(size, ">", 2**1000) is not False or decide(size, "<", Fraction(1, 2**1000))
                                    is not False or not isfinite(float(size))):
        raise ParameterError("'eta' must be in 2^-1000 ... 2^1000 for arithmetic='float64'.")
    return size if size.exact is None else size.exact


def _read_path(checkpoint: Any, resume: Any) -> Path | None:
    if not isinstance(resume, bool):
        raise ParameterError(f"'resume' must be True or False, not {abbreviate(repr(resume))}.")
    if checkpoint is None:
        if resume:
            raise ParameterError("'checkpoint' must be given to resume.")
        return None
    if not isinstance(checkpoint, (str, os.PathLike)) or not str(checkpoint):
        raise ParameterError(f"'checkpoint' must be a path, not {abbreviate(repr(checkpoint))}.")
    path = require_writable(checkpoint)
    if path.exists() and not resume:
        raise ParameterError(f"'checkpoint' {path} exists already: resume=True goes on from it; give another path to "
                             "start anew, or delete it.")
    return path


def _silent(done: int, total: int, title: str) -> None:
    """Show no progress."""
