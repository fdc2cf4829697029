"""One run of a comparison, done: its steps, what is measured of them, and its file in a folder of finished runs."""
from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theorycheck.errors import ParameterError, abbreviate
from theorycheck.gradients.results import SignMasses
from theorycheck.networks.architectures import Network
from theorycheck.networks.collapse import require_multiplicities
from theorycheck.networks.problems import LearningProblem
from theorycheck.training.checkpoints import read_checkpoint, write_checkpoint
from theorycheck.training.compared_runs import ComparedRecord, ComparedRun, run_from_json, run_to_json
from theorycheck.training.fingerprints import instance_fingerprint
from theorycheck.training.float_descent import FloatDescent, FloatStep

#: What an interrupted run says in ``trouble``.
INTERRUPTED = "interrupted"
_REMEDY = "Delete it, or give another folder; it was left as it is."


@dataclass(frozen=True, eq=False)
class Start:
    """A network to train, under a name.

    Parameters
    ----------
    name : str
    network : Network
    multiplicities : array of q non-negative integers, optional
        Filter i stands for that many equal ones.
    """

    name: str
    network: Network
    multiplicities: Any = None


@dataclass(frozen=True, eq=False)
class PlannedRun:
    """Gradient descent from one start with one step size.

    Parameters
    ----------
    start : Start
    problem : LearningProblem
    eta : Fraction
    steps : int
    recorded : tuple of int
        The steps to measure.
    threads : int or None

    Examples
    --------
    >>> from theorycheck.cube.patterns import KPattern
    >>> from theorycheck.networks.initialisers import collapsed_network
    >>> start = Start("CNN", *collapsed_network(4, 2, [4, 4, 4, 4]))
    >>> planned = PlannedRun(start, LearningProblem(KPattern.parity(4, 2, 1)), Fraction(1), 3, (0, 3), None)
    >>> run, _ = planned.train(lambda step: None)
    >>> run.losses, run.records[-1].accuracy, float(run.records[-1].enclosed_loss) < 1e-12
    ((1.0, 0.75, 0.4375, 0.0), 1.0, True)
    """

    start: Start
    problem: LearningProblem
    eta: Fraction
    steps: int
    recorded: tuple[int, ...]
    threads: int | None

    @property
    def title(self) -> str:
        """Network and step size."""
        return f"{self.start.name} eta={self.eta}"

    @property
    def copies(self) -> NDArray[np.int64]:
        """The multiplicities, 1 each where none are given."""
        return require_multiplicities(self.start.network, self.start.multiplicities)

    def train(self, show: Callable[[int], None]) -> tuple[ComparedRun, dict[str, Any]]:
        """Take the steps, and return the run with its last parameters as text; Ctrl-C and an overflow end it early."""
        descent, losses, trouble = self._descent(), np.empty(self.steps + 1), ""
        records: list[ComparedRecord] = []
        last: FloatStep | None = None
        stride = max(1, self.steps // 100)
        try:
            for step in descent.run():
                losses[step.t] = step.result.loss
                if step.t in self.recorded:
                    records.append(measure(descent, step, self.copies))
                last = step  # only now does the step count, for Ctrl-C may part the lines above
                if not (step.result.readout.any() or step.result.filters.any()):
                    break  # every further step is this one
                if step.t % stride == 0:
                    show(step.t)
        except ParameterError as error:
            if last is None:
                raise
            trouble = str(error)
        except KeyboardInterrupt:
            if last is None:
                raise
            trouble = INTERRUPTED
        assert last is not None
        records, end = [record for record in records if record.step <= last.t], last.t
        if not trouble and end < self.steps:
            losses[end:], end = losses[end], self.steps
            at_rest = measure(descent, last, self.copies)
            records += [replace(at_rest, step=step) for step in self.recorded if step > last.t]
        return ComparedRun(self.start.name, self.eta, self.steps, tuple(losses[:end + 1].tolist()), tuple(records),
                           descent.finish(last)[0], trouble), descent.saved(last)

    def file(self, folder: Path) -> Path:
        """Where the folder keeps this run: a name that begins with network and step size, and no other instance's."""
        digest = hashlib.sha256(repr(sorted(self._fingerprint().items())).encode()).hexdigest()[:16]
        name = "".join(letter if letter.isalnum() else "-" for letter in self.start.name)[:40]
        return folder / f"{name}-eta-{str(self.eta).replace('/', '_')[:40]}-{digest}.json"

    def save(self, folder: Path, run: ComparedRun, parameters: dict[str, Any]) -> None:
        """Write what :meth:`train` returned, in place of a file that is there only once it is whole."""
        write_checkpoint(self.file(folder), self._fingerprint(), run_to_json(run, parameters))

    def load(self, folder: Path) -> ComparedRun | None:
        """Return the run as the folder holds it, None where it does not.

        Raises
        ------
        ParameterError
            ``'save' …/CNN-eta-1-….json is cut off or was edited: ….``, ``'save' …/CNN-eta-1-….json holds no run of a
            comparison: ….``
        """
        path = self.file(folder)
        if not path.exists():
            return None
        try:
            state = read_checkpoint(path, self._fingerprint())
        except ParameterError as error:
            text = str(error).replace("'checkpoint'", "'save'", 1)
            raise ParameterError(text.replace("Without resume a run starts anew.", _REMEDY)) from None
        descent = self._descent()
        try:
            network = descent.finish(next(descent.run(state["parameters"])))[0]
            return run_from_json(state, self.start.name, self.eta, self.steps, network)
        except (KeyError, TypeError, ValueError) as error:  # whole, but another version's or made by hand
            raise ParameterError(f"'save' {path} holds no run of a comparison: {abbreviate(error)}. "
                                 f"{_REMEDY}") from None

    def _descent(self) -> FloatDescent:
        return FloatDescent(self.start.network, self.problem, None, eta=float(self.eta), steps=self.steps,
                            trains="all", multiplicities=self.copies, edges=(), threads=self.threads)

    def _fingerprint(self) -> dict[str, str]:
        whole = instance_fingerprint(
            self.start.network, self.problem, None, multiplicities=self.copies, eta=self.eta, steps=self.steps,
            arithmetic="float64", trains="all", precision=0, recorded=self.recorded, edges=())
        return {**whole, "kind": "a run of a comparison"}


def measure(descent: FloatDescent, step: FloatStep, copies: NDArray[np.int64]) -> ComparedRecord:
    """Return everything a comparison records of a step.

    Parameters
    ----------
    descent : FloatDescent
    step : FloatStep
        One that ``descent.run`` yielded.
    copies : int64 array (q,)
        Its multiplicities.

    Notes
    -----
    About two gradients.  Where σ states no rounding error, and beyond the range of float64, errors are infinite.

    Examples
    --------
    >>> from theorycheck.cube.patterns import KPattern
    >>> from theorycheck.networks.initialisers import collapsed_network
    >>> network, counts = collapsed_network(4, 2, [4, 4, 4, 4])
    >>> descent = FloatDescent(network, LearningProblem(KPattern.parity(4, 2, 1)), None, eta=1.0, steps=1,
    ...                        trains="all", multiplicities=counts, edges=(), threads=None)
    >>> record = measure(descent, next(descent.run()), counts)
    >>> record.loss, record.accuracy, record.least_accuracy, record.squared_readout_norm
    (1.0, 0.5, 0.0, 0.25)
    """
    result, weights = step.result, copies.astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        bounds = descent.error_bounds(step)
        plain, certain = None, SignMasses(0.0, 1.0)
        if bounds is not None and bounds.values < inf:
            # Twice, as a comparison with a limit rounds once more than the value itself.
            certain = descent.sign_masses(step, float(np.nextafter(2 * bounds.values, inf)))
            plain = certain if certain.undecided == 0 else None
        plain = plain or descent.sign_masses(step)
        outer = float(np.sum(result.readout * result.readout * weights))
        inner = float(np.sum(result.filters * result.filters * weights[:, None]))
    errors = (inf,) * 3 if bounds is None else (bounds.loss, bounds.readout, bounds.filters)
    loss, readout, filters = (error if error < inf else inf for error in errors)
    return ComparedRecord(step.t, float(result.loss), loss, plain.accuracy, *certain.accuracy_range, outer, inner,
                          readout, filters)
