"""One run of a comparison: its losses at every step, what was measured at some, and where it ended."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from math import inf, nextafter
from typing import Any

from theorycheck.networks.architectures import Network
from theorycheck.rigor import Real
from theorycheck.training.checkpoints import number_text, read_number

# Records are this much apart, as a share of the step, but at least one step.
_RATIO = Fraction(5, 4)


@dataclass(frozen=True)
class ComparedRecord:
    """What was measured at one step of a float64 run, all of it at the float64 parameters that were reached.

    Attributes
    ----------
    step : int
    loss, loss_error : float
        The hinge loss as computed, and a bound on its rounding error; infinite where σ states none.
    accuracy : float
        P(sign h = f) as computed, where h = 0 counts half.
    least_accuracy, largest_accuracy : float
        Between which it is for certain, also if h = 0 is decided at will.
    squared_readout_norm, squared_filters_norm : float
        ‖∂L/∂u‖² and ‖∂L/∂W‖_F² of the whole network: a class counts with its multiplicity.
    readout_error, filters_error : float
        Bounds on the largest rounding error of an entry of either gradient.
    """

    step: int
    loss: float
    loss_error: float
    accuracy: float
    least_accuracy: float
    largest_accuracy: float
    squared_readout_norm: float
    squared_filters_norm: float
    readout_error: float
    filters_error: float

    @property
    def enclosed_loss(self) -> Real:
        """The exact loss at these parameters; unbounded above where σ states no rounding error.

        Examples
        --------
        >>> record = ComparedRecord(0, 0.5, 2.0**-50, 0.5, 0.5, 0.5, 0.0, 0.0, 0.0, 0.0)
        >>> record.enclosed_loss.is_exact, bool(record.enclosed_loss.enclose().contains(0.5))
        (False, True)
        """
        from flint import arb
        if self.loss_error == inf:
            return Real(arb(0, inf))
        low, high = (Fraction(self.loss) + sign * Fraction(self.loss_error) for sign in (-1, 1))
        return Real(lambda: arb(_flint(max(low, Fraction(0)))).union(arb(_flint(max(high, Fraction(0))))))


def _flint(value: Fraction) -> Any:
    from flint import fmpq
    return fmpq(value.numerator, value.denominator)


@dataclass(frozen=True, eq=False)
class ComparedRun:
    """Gradient descent from one start with one step size, in float64.

    Attributes
    ----------
    name : str
        Of the start.
    eta : Fraction
        The step size; the run used the nearest float64 number.
    steps : int
        T.
    losses : tuple of floats
        At the steps 0, 1, …, as far as the run came.
    records : tuple of ComparedRecord
        At the recorded steps, as far as it came.
    network : Network
        After the last step done.
    trouble : str
        Why it ended early: that it left the range of float64; or that it was interrupted; else empty.
    """

    name: str
    eta: Fraction
    steps: int
    losses: tuple[float, ...]
    records: tuple[ComparedRecord, ...]
    network: Network
    trouble: str = ""

    @property
    def is_finished(self) -> bool:
        """Whether all T steps are done."""
        return len(self.losses) == self.steps + 1

    def settled(self, target: Fraction | float) -> int | None:
        """Return the first step from which on every loss is at most ``target``, as computed; None for never.

        Examples
        --------
        >>> run = ComparedRun("CNN", Fraction(1), 3, (1.0, 0.05, 0.5, 0.0), (), None)
        >>> run.settled(Fraction(1, 10)), run.settled(Fraction(1, 1000)), run.settled(Fraction(1, 2))
        (3, 3, 1)
        """
        if not self.is_finished or self.losses[-1] > target:
            return None
        limit = float(target)  # then the largest float64 number up to it, as there may be a million losses
        limit = limit if limit <= target else nextafter(limit, -inf)
        return next((step + 1 for step in range(self.steps, -1, -1) if self.losses[step] > limit), 0)

    def record(self, step: int) -> ComparedRecord | None:
        """Return the record of a step, None where there is none."""
        return next((record for record in self.records if record.step == step), None)


def compared_steps(steps: int) -> tuple[int, ...]:
    """Return the steps to record: all of the first, then each a quarter beyond the one before, and T.

    Examples
    --------
    >>> compared_steps(20)
    (0, 1, 2, 3, 4, 5, 7, 9, 12, 15, 19, 20)
    """
    chosen = [0]
    while chosen[-1] < steps:
        chosen.append(min(steps, max(chosen[-1] + 1, -int(-chosen[-1] * _RATIO // 1))))
    return tuple(chosen)


def best_run(runs: tuple[ComparedRun, ...], target: Fraction | float) -> ComparedRun | None:
    """Return the best of finished runs: the first to settle at or below ``target``, else the least final loss.

    Runs that are at the target for certain come before those that are there as computed, with an error bound too wide
    to say.  Of equally quick ones the one of lower final loss, then of the smaller step size.  None where none is
    finished.

    Examples
    --------
    >>> slow, quick, never = (ComparedRun("CNN", Fraction(eta), 2, losses, (), None) for eta, losses in (
    ...     (1, (1.0, 0.5, 0.0)), (2, (1.0, 0.05, 0.05)), (3, (1.0, 2.0, 0.4))))
    >>> best_run((slow, quick, never), Fraction(1, 10)) is quick, best_run((never,), Fraction(1, 10)) is never
    (True, True)
    """
    def rank(run: ComparedRun) -> tuple[bool, bool, float, float, Fraction]:
        settled, last = run.settled(target), run.record(run.steps)
        is_certain = last is None or last.loss + last.loss_error <= target
        if settled is None:
            return True, False, inf, run.losses[-1], run.eta
        return False, not is_certain, settled, run.losses[-1], run.eta

    finished = [run for run in runs if run.is_finished]
    return min(finished, key=rank) if finished else None


def run_to_json(run: ComparedRun, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return a run in JSON's own types, every number exactly; its network as ``parameters``."""
    return {"losses": [number_text(loss) for loss in run.losses], "trouble": run.trouble,
            "parameters": dict(parameters),
            "records": [{name: value if name == "step" else number_text(value)
                         for name, value in asdict(record).items()} for record in run.records]}


def run_from_json(state: Mapping[str, Any], name: str, eta: Fraction, steps: int, network: Network) -> ComparedRun:
    """Read back what :func:`run_to_json` wrote; the network is read elsewhere."""
    records = tuple(ComparedRecord(**{key: value if key == "step" else read_number(value)
                                      for key, value in record.items()}) for record in state["records"])
    return ComparedRun(name, eta, steps, tuple(read_number(loss) for loss in state["losses"]), records, network,
                       str(state["trouble"]))
