"""Lemma 8, step by step, at every recorded step of the run."""
from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from theorycheck.claims import Outcome, Quantity, Verdict, relation_outcome
from theorycheck.statements.training_checks import (Comparison, check_all, is_filter_slope_bounded, is_slope_bounded,
                                                    sum_of_steps_argument)
from theorycheck.statements.training_instance import Training, TrainingParameters

if TYPE_CHECKING:
    from theorycheck.statements.training_records import TrainingRecord


class Lemma8(Training):
    """An instance of Lemma 8."""

    formulas = ("theorycheck.bounds.lemma8",)


def _records(instance: Training, first: int) -> Iterator[TrainingRecord]:
    return (record for record in instance.run.records if record.step >= first)


def _needs_constant(instance: Training) -> Outcome | None:
    note = f"no bound on |{instance.activation.name}| is known and none was given"
    return Outcome(Verdict.INCONCLUSIVE, note=note) if instance.c is None else None


def readout_slope(instance: Lemma8) -> Outcome:
    """Step 1: |∂L/∂u_i^(j)| <= c at every step t < T."""
    if unknown := _needs_constant(instance):
        return unknown
    run = instance.run
    row = Comparison("any t < T", run.largest_readout_slope, instance.bound("readout_slope_bound"),
                     (Quantity.of(run.largest_activation, "largest |sigma| of the run"),))
    return check_all([row], names=("largest |dL/du| of all steps", "c"), method=run.method,
                     note=f"all {instance.steps} steps, {instance.window_count} windows and {instance.q} filters",
                     argument="|sigma| <= c everywhere" if is_slope_bounded(instance) else "")


def readout_entry(instance: Lemma8) -> Outcome:
    """Step 2: |u_i^(t,j)| <= ηtc."""
    if unknown := _needs_constant(instance):
        return unknown
    rows = [Comparison(f"t={record.step}", record.largest_readout, instance.bound("readout_entry_bound", T=record.step))
            for record in _records(instance, 1)]
    return check_all(rows, names=("largest |u_i^(j)|", "eta*t*c"), method=instance.run.method,
                     argument="each step adds at most eta*c" if is_slope_bounded(instance) else "")


def window_norm(instance: Lemma8) -> Outcome:
    """The first bound stated: ‖u^(t,j)‖ <= ηt√q c, for every window."""
    if unknown := _needs_constant(instance):
        return unknown
    rows = [Comparison(f"t={record.step}, window {j + 1}", norm, instance.bound("window_norm_bound", T=record.step))
            for record in _records(instance, 1) for j, norm in enumerate(record.window_norms)]
    entries = readout_entry(instance).verdict is Verdict.VERIFIED
    return check_all(rows, names=("||u^(t,j)||", "eta*t*sqrt(q)*c"), method=instance.run.method,
                     argument="each of the q entries is at most eta*t*c" if entries else "")


def filter_slope(instance: Lemma8) -> Outcome:
    """Step 3: ‖∂L/∂w_i‖_∞ <= Σ_j |u_i^(j)| for every filter."""
    rows = [Comparison(f"t={record.step}, sign pattern {z}", slope, total) for record in _records(instance, 0)
            for z, (slope, total) in zip(instance.occupied.tolist(), record.filter_slopes)]
    return check_all(rows, names=("||dL/dw_i||_inf", "sum_j |u_i^(j)|"), method=instance.run.method,
                     argument="sum_z |E[s f 1{x^(j)=z}]| <= 1, exactly, with |sigma'| <= 1"
                     if is_filter_slope_bounded(instance) else "")


def sum_over_steps(instance: Lemma8) -> Outcome:
    """Step 4: Σ_{t<T} t = T(T-1)/2, term by term."""
    from theorycheck.bounds.evaluate import MAXIMUM_TERMS
    steps = min(instance.steps, MAXIMUM_TERMS)
    return relation_outcome(Quantity.of(instance.bound("sum_of_steps", T=steps)), "==",
                            Quantity.of(instance.bound("pairs_of_steps", T=steps)), method=f"{steps} terms added up",
                            note="" if steps == instance.steps else f"the first {steps} of {instance.steps} terms")


def _sharp_records(instance: Lemma8) -> Iterator[TrainingRecord]:
    # At t=1 the sharp bounds are 0, and so is every move: exactly in rationals, within a ball else.
    return _records(instance, 1 if instance.run.arithmetic == "rational" else 2)


def filter_move(instance: Lemma8) -> Outcome:
    """Step 4: ‖w_i^(t)-w_i^(0)‖_∞ <= cNη²t(t-1)/2 for every filter."""
    if unknown := _needs_constant(instance):
        return unknown
    rows = [Comparison(f"t={record.step}", record.largest_move, instance.bound("filter_move_bound", T=record.step))
            for record in _sharp_records(instance)]
    return check_all(rows, names=("largest |w_i^(t)-w_i^(0)|", "c*N*eta^2*t(t-1)/2"), method=instance.run.method,
                     argument=sum_of_steps_argument(instance),
                     note="" if rows else "no filter moves in the first step: dL/dW = 0 as u = 0")


def sharp_drift(instance: Lemma8) -> Outcome:
    """Sharp: ‖W^(t)-W^(0)‖_F <= cNη²√(qk) t(t-1)/2, squared."""
    if unknown := _needs_constant(instance):
        return unknown
    from theorycheck.networks.rationals import total_of
    rows = [Comparison(f"t={record.step}", total_of(record.squared_drifts),
                       instance.bound("squared_sharp_drift_bound", T=record.step),
                       (Quantity.of(record.drift, "||W^(t)-W^(0)||"),
                        Quantity.of(instance.bound("sharp_drift_bound", T=record.step), "sharp bound")))
            for record in _sharp_records(instance)]
    return check_all(rows, names=("||W^(t)-W^(0)||^2", "its bound"), method=instance.run.method,
                     argument=sum_of_steps_argument(instance),
                     note="" if rows else "no filter moves in the first step: dL/dW = 0 as u = 0")


def drift(instance: Lemma8) -> Outcome:
    """The second bound stated: ‖W^(t)-W^(0)‖ <= cη²t²n√(qk)."""
    if unknown := _needs_constant(instance):
        return unknown
    rows = [Comparison(f"t={record.step}", record.drift, instance.bound("drift_bound", T=record.step),
                       (Quantity.of(instance.bound("sharp_drift_bound", T=record.step), "sharp"),))
            for record in _records(instance, 1)]
    return check_all(rows, names=("||W^(t)-W^(0)||", "c*eta^2*t^2*n*sqrt(q*k)"), method=instance.run.method)


def attaining_training(instance: Training) -> Lemma8:
    """Return the training in which the sharp bound is attained at T = 2.

    One filter with all signs +, all of D on the point with all variables +1, f = 1 and ReLU: |σ| is 1/k = c before
    either step, every margin is below 1, and all N windows push alike.
    """
    k, windows = instance.k, min(instance.window_count, 3)
    everywhere_plus = f"0x{0:0{max(1, 2**k // 4)}X}"
    parameters = TrainingParameters(
        n=windows + k - 1, k=k, q=1, steps=2, eta="1/8", pattern=everywhere_plus, activation="relu",
        distribution="point:0", c=str(Fraction(1, k)), records=3)
    return Lemma8(parameters, instance.settings)


def attained(instance: Lemma8) -> Outcome:
    """The sharp bound is attained: at T=2, with c=1/k, on one filter and one point."""
    from theorycheck.networks.rationals import total_of
    extreme = attaining_training(instance)
    last = extreme.run.record(-1)
    given = extreme.parameters
    return relation_outcome(
        Quantity.of(total_of(last.squared_drifts), "||W^(2)-W^(0)||^2"), "==",
        Quantity.of(extreme.bound("squared_sharp_drift_bound")),
        alternatives=(Quantity.of(extreme.bound("drift_bound"), "stated bound, not squared"),
                      Quantity.of(extreme.run.largest_activation, "largest |sigma| before either step")),
        method=extreme.run.method,
        note=f"n={given.n}, k={given.k}, q=1, T=2, eta={given.eta}, relu with c=1/k, f=1, D all on (+1,...,+1)",
        counterexample={"n": str(given.n), "k": str(given.k), "eta": given.eta})
