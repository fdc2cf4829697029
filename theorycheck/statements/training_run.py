"""One certified run of gradient descent, with every quantity that a proof step asks for, shared by all statements.

Sums and largest values run over every step.  With a rational step size and few steps all numbers are rationals, else
Arb balls of fixed precision.
"""
from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING, Any

from flint import ctx, fmpq

from theorycheck.errors import InstanceTooLarge
from theorycheck.gradients.flint_matrices import Scalar, as_real
from theorycheck.networks.activation_forms import PiecewisePolynomial
from theorycheck.networks.rationals import total_of
from theorycheck.rigor import Real
from theorycheck.statements.training_quantities import RunFrame, StepQuantities, largest_size, square_root
from theorycheck.statements.training_records import TrainingRecord, TrainingRun

if TYPE_CHECKING:
    from theorycheck.statements.training_instance import Training
    from theorycheck.training.enclosed_descent import DescentStep

__all__ = ["TrainingRecord", "TrainingRun", "certified_run", "clear_shared_runs", "recorded_steps", "shared_run"]

# A rational run holds integers that grow by the bits of η and of the weights of D with every step: a long one is made
# only where balls do not decide; with a σ that is not piecewise linear they double in length with every step.
RATIONAL_STEPS, LONGEST_RATIONAL_STEPS, CURVED_STEPS = 64, 512, 6
# Runs kept for other statements about the same training.
_KEPT_RUNS = 6

_RUNS: OrderedDict[tuple[Any, ...], TrainingRun | InstanceTooLarge] = OrderedDict()


def shared_run(training: Training) -> TrainingRun:
    """Return the run of a training, made once in a process for all statements about the same training.

    Raises
    ------
    InstanceTooLarge
        What gradient descent on this network and distribution would need; or that 64 times the precision does not
        decide it.
    """
    key = _identity(training)
    if key not in _RUNS:
        try:
            _RUNS[key] = certified_run(training)
        except InstanceTooLarge as error:
            # Also worth remembering: every step of every page would try again.
            _RUNS[key] = error
        while len(_RUNS) > _KEPT_RUNS:
            _RUNS.popitem(last=False)
    _RUNS.move_to_end(key)
    found = _RUNS[key]
    if isinstance(found, InstanceTooLarge):
        raise InstanceTooLarge(str(found))
    return found


def clear_shared_runs() -> None:
    """Forget the runs made so far."""
    _RUNS.clear()


def _identity(training: Training) -> tuple[Any, ...]:
    """All that determines a run and its records."""
    given = training.parameters
    return (training.tied, training.n, training.k, training.steps, training.eta_squared, training.pattern,
            given.windows, given.activation, given.distribution, given.gamma, given.kink_slope, given.records,
            training.multiplicities.tobytes(), training.settings.precision)


def certified_run(training: Training) -> TrainingRun:
    """Run all T steps: in rationals, or in balls whose precision doubles as often as a margin is not decided.

    With a rational η and a piecewise linear σ up to 64 steps are run in rationals, and up to 512 where balls do not
    decide (a margin is exactly 1, say); with any other polynomial σ up to 6.

    Raises
    ------
    InstanceTooLarge
        ``No precision up to 8192 bits decides this run …``; or as for
        :func:`theorycheck.training.enclosed_descent.descend`.
    """
    from theorycheck.gradients.enclosed_activations import Undecided
    reason: Undecided | None = None
    for arithmetic in _arithmetics(training):
        try:
            return _run_in(training, arithmetic)
        except Undecided as error:
            reason = error
    from theorycheck.training.enclosed_run import PRECISION_FACTOR
    bits = PRECISION_FACTOR * training.settings.precision
    raise InstanceTooLarge(f"No precision up to {bits} bits decides this run, "
                           f"as if a number were exactly on a kink ({reason}) With a rational --eta and a piecewise "
                           f"linear activation up to {LONGEST_RATIONAL_STEPS} steps are run in rationals, which decide "
                           "everything.") from reason


def _arithmetics(training: Training) -> tuple[str, ...]:
    """What to run in, in this order."""
    form = training.activation.form
    if training.eta.exact is None or not training.activation.is_rational:
        return ("enclosed",)
    is_piecewise_linear = isinstance(form, PiecewisePolynomial) and form.degree <= 1
    if training.steps <= (RATIONAL_STEPS if is_piecewise_linear else CURVED_STEPS):
        return ("rational",)
    return ("enclosed", "rational")[:1 + (is_piecewise_linear and training.steps <= LONGEST_RATIONAL_STEPS)]


def _run_in(training: Training, arithmetic: str) -> TrainingRun:
    from theorycheck.training.enclosed_run import enclosed_run
    run = enclosed_run(training.start, training.problem, training.eta, training.steps,
                       lambda steps: _Accumulator(training).over(steps), arithmetic=arithmetic,
                       multiplicities=training.class_multiplicities, precision=training.settings.precision)
    return replace(run.result, arithmetic=arithmetic, precision=run.precision, restarts=run.restarts)


def recorded_steps(steps: int, records: int) -> frozenset[int]:
    """Return at which steps records are kept: ``records`` of them (all T+1 where that is fewer), evenly from 0 to T.

    Examples
    --------
    >>> sorted(recorded_steps(100, 5))
    [0, 25, 50, 75, 100]
    """
    gaps = max(1, min(records - 1, steps))
    return frozenset(i * steps // gaps for i in range(gaps + 1))


class _Accumulator:
    """Walks through the steps of one run, adding up what is asked of all of them."""

    def __init__(self, training: Training) -> None:
        self.training, self.frame = training, RunFrame(training)
        self.chosen = recorded_steps(training.steps, training.parameters.records)
        self.records: list[TrainingRecord] = []
        self.sums: dict[str, Scalar] = {}
        self.norms: list[Real] = []
        self.largest_slope: Scalar = fmpq(0)
        self.largest_activation: Scalar = fmpq(0)
        self.kinks = [0, 0]
        self.first_unfrozen: int | None = None
        self._told = monotonic()

    def over(self, steps: Iterable[DescentStep]) -> TrainingRun:
        """Take every step of a run, at the precision in force."""
        for state in steps:
            self._take(StepQuantities(self.frame, state))
            self._tell(state.t)
        has = self.frame.separator is not None
        return TrainingRun(
            records=tuple(self.records), mean_loss=self._mean("loss"), mean_later_loss=self._mean("later_loss"),
            mean_comparator_loss=self._mean("comparator_loss") if has else None,
            mean_later_comparator_loss=self._mean("later_comparator_loss") if has else None,
            mean_linear_regret=self._mean("linear_regret") if has else None,
            mean_gradient_norm=self._total_norm() / self.training.steps,
            mean_squared_gradient_norm=self._mean("squared_gradient_norm"),
            largest_readout_slope=as_real(self.largest_slope),
            largest_activation=as_real(self.largest_activation), first_unfrozen=self.first_unfrozen,
            margin_kinks=self.kinks[0], activation_kinks=self.kinks[1])

    def _mean(self, name: str) -> Real:
        return self._total(name) / self.training.steps

    def _total(self, name: str) -> Real:
        return as_real(self.sums.get(name, fmpq(0)))

    def _total_norm(self) -> Real:
        total = total_of(self.norms)
        # A ball in place of a sum of as many terms as there were steps.
        return total if total.is_exact else Real(total.enclose(ctx.prec))

    def _tell(self, step: int) -> None:
        if monotonic() - self._told > 0.2:
            self._told = monotonic()
            self.training.settings.progress(step, self.training.steps + 1, "gradient descent")

    def _take(self, now: StepQuantities) -> None:
        state, steps = now.state, self.training.steps
        comparator = now.comparator_loss() if self.frame.separator is not None else None
        if state.t in self.chosen:
            self.records.append(self._record(now, comparator))
        if state.t < steps:
            self._add("loss", state.loss)
            self._add("squared_gradient_norm", now.squared_gradient_norm)
            self.norms.append(square_root(now.squared_gradient_norm))
            self.largest_slope = largest_size(now.readout_slopes, self.largest_slope)
            self.largest_activation = now.largest_activation(self.largest_activation)
            self.kinks = [self.kinks[0] + state.margin_kinks, self.kinks[1] + state.activation_kinks]
            if comparator is not None:
                self._add("comparator_loss", comparator)
                self._add("linear_regret", now.linear_regret)
        if state.t > 0:
            self._add("later_loss", state.loss)
            if comparator is not None:
                self._add("later_comparator_loss", comparator)
        if self.first_unfrozen is None and now.is_frozen() is False:
            self.first_unfrozen = state.t

    def _add(self, name: str, value: Scalar) -> None:
        self.sums[name] = self.sums.get(name, fmpq(0)) + value

    def _record(self, now: StepQuantities, comparator: Scalar | None) -> TrainingRecord:
        state, has = now.state, comparator is not None
        return TrainingRecord(
            step=state.t, loss=as_real(state.loss), comparator_loss=None if comparator is None else as_real(comparator),
            linear_regret=as_real(now.linear_regret) if has else None,
            squared_distance=as_real(now.squared_distance) if has else None,
            squared_gradient_norm=as_real(now.squared_gradient_norm),
            gradient_norm=square_root(now.squared_gradient_norm),
            largest_readout_slope=as_real(largest_size(now.readout_slopes)),
            largest_readout=as_real(largest_size(now.readout)),
            window_norms=tuple(square_root(square) for square in now.window_squared_norms()),
            filter_slopes=tuple((as_real(slope), as_real(total)) for slope, total in now.filter_slopes()),
            largest_move=as_real(now.largest_move()),
            squared_drifts=tuple(as_real(square) for square in now.squared_drifts()),
            largest_activation=as_real(now.largest_activation()), is_frozen=now.is_frozen(),
            total_loss=self._total("loss"),
            total_comparator_loss=self._total("comparator_loss") if has else None,
            total_linear_regret=self._total("linear_regret") if has else None,
            total_squared_gradient_norm=self._total("squared_gradient_norm"), total_gradient_norm=self._total_norm(),
            margin_kinks=state.margin_kinks, activation_kinks=state.activation_kinks, state=state)
