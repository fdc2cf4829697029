"""Lemma 9, step by step, for several u* at every recorded step of the run."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from theorycheck.claims import Outcome, Quantity, Verdict
from theorycheck.rigor import Real, decide
from theorycheck.statements.training_checks import Comparison, check_all, sum_of_steps_argument
from theorycheck.statements.training_instance import Training

if TYPE_CHECKING:
    from theorycheck.statements.lemma9_comparators import LossChange
    from theorycheck.statements.training_records import TrainingRecord


class Lemma9(Training):
    """An instance of Lemma 9."""

    formulas = ("theorycheck.bounds.lemma9", "theorycheck.bounds.lemma8")

    @cached_property
    def changes(self) -> list[LossChange]:
        """The comparators, each with its losses along the run."""
        from theorycheck.statements.lemma9_comparators import LossChange, comparators
        return [LossChange(self, comparator) for comparator in comparators(self)]

    def separator_bound(self) -> Real | None:
        """The stated bound for Lemma 6's u*, whose loss it starts from is 0; None where u* or c does not exist."""
        norm = self.separator_squared_norm
        if norm is None or self.c is None:
            return None
        return self.bound("loss_change_bound", window_norms=Real(norm).sqrt())


def is_vacuous(instance: Lemma9) -> bool:
    """Whether the stated bound lets the loss of Lemma 6's u* rise from 0 to 1, the loss of h = 0."""
    bound = instance.separator_bound()
    return bound is not None and decide(bound, ">=", 1) is True


def _pairs(instance: Lemma9, first: int) -> Iterator[tuple[LossChange, TrainingRecord, str]]:
    for change in instance.changes:
        for record in instance.run.records:
            if record.step >= first:
                yield change, record, f"t={record.step}, {change.comparator.name}"


def _last(instance: Lemma9, rows: list[Comparison]) -> Comparison | None:
    """The row of Lemma 6's u*, or of the first one drawn, at T."""
    name = instance.changes[0].comparator.name
    return next((row for row in reversed(rows) if row.place.endswith(f", {name}")), None)


def hinge(instance: Lemma9) -> Outcome:
    """Step 1: |L(u*,W^(t)) - L(u*,W^(0))| <= E|h_t - h_0|."""
    rows = [Comparison(place, change.change(record), change.mean_difference(record))
            for change, record, place in _pairs(instance, 1)]
    return check_all(rows, names=("change of the loss", "E|h_t-h_0|"), method=instance.run.method,
                     headline=_last(instance, rows), argument="the hinge has slope at most 1")


def triangle(instance: Lemma9) -> Outcome:
    """Step 2: E|h_t - h_0| <= Σ_j Σ_i |u*_i^(j)| E|σ_t - σ_0|."""
    rows = [Comparison(place, change.mean_difference(record), change.termwise(record))
            for change, record, place in _pairs(instance, 1)]
    return check_all(rows, names=("E|h_t-h_0|", "filter by filter"), method=instance.run.method,
                     headline=_last(instance, rows), argument="h is the sum of these terms")


def activation(instance: Lemma9) -> Outcome:
    """Step 3: |σ(⟨w_i^(t),z⟩+b_i) - σ(⟨w_i^(0),z⟩+b_i)| <= ‖w_i^(t)-w_i^(0)‖_1 for every filter and content."""
    from flint import ctx

    from theorycheck.gradients.flint_matrices import as_real
    from theorycheck.statements.training_quantities import RunFrame, largest_size
    frame, start, rows = RunFrame(instance), instance.run.record(0), []
    with ctx.workprec(instance.run.precision):
        for record in instance.run.records[1:]:
            parts = (record.state.features, start.state.features, record.state.filters)
            matrices = zip(*(frame.by_window(part) for part in parts))
            for features, before, filters in matrices:
                for z, now, old, w, first in zip(frame.occupied, features.tolist(), before.tolist(), filters.tolist(),
                                                 frame.first_filters):
                    moved = largest_size(a - b for a, b in zip(now, old))
                    distance = sum((abs(a - b) for a, b in zip(w, first)), start=0 * moved)
                    rows.append(Comparison(f"t={record.step}, sign pattern {z}", as_real(moved), as_real(distance)))
    slope = instance.activation.lipschitz
    return check_all(rows, names=("largest change of sigma", "||w_i^(t)-w_i^(0)||_1"), method=instance.run.method,
                     argument="sigma has slope at most 1" if slope is not None and slope <= 1 else "")


def distance(instance: Lemma9) -> Outcome:
    """Step 4: ‖w_i^(t)-w_i^(0)‖_1 <= kcNη²t(t-1)/2, by Lemma 8 on each of its k entries."""
    if unknown := _needs_constant(instance):
        return unknown
    rows = [Comparison(f"t={record.step}", record.largest_move * instance.k,
                       instance.bound("filter_distance_bound", T=record.step))
            for record in instance.run.records if record.step >= _first_moved(instance)]
    return check_all(rows, names=("k times the largest |w_i^(t)-w_i^(0)|", "k*c*N*eta^2*t(t-1)/2"),
                     method=instance.run.method, argument=sum_of_steps_argument(instance),
                     note="" if rows else "no filter moves in the first step")


def _first_moved(instance: Lemma9) -> int:
    # At t=1 nothing has moved: exactly in rationals, within a ball else.
    return 1 if instance.run.arithmetic == "rational" else 2


def _needs_constant(instance: Lemma9) -> Outcome | None:
    note = f"no bound on |{instance.activation.name}| is known and none was given"
    return Outcome(Verdict.INCONCLUSIVE, note=note) if instance.c is None else None


def sharp_change(instance: Lemma9) -> Outcome:
    """Sharp: |L(u*,W^(t)) - L(u*,W^(0))| <= kcNη²(t(t-1)/2)‖u*‖_1."""
    return _against(instance, _first_moved(instance), lambda change, step: instance.bound(
        "sharp_loss_change_bound", T=step, norm_1=change.comparator.norm_1), "sharp bound")


def one_norm(instance: Lemma9) -> Outcome:
    """‖u*‖_1 <= √q Σ_j ‖u*^(j)‖ for every u*."""
    rows = [Comparison(change.comparator.name, change.comparator.norm_1, _norms(change, instance.q))
            for change in instance.changes]
    return check_all(rows, names=("||u*||_1", "sqrt(q)*sum_j ||u*^(j)||"), method="the readouts themselves",
                     argument="it is Cauchy and Schwarz's inequality for q entries")


def _norms(change: LossChange, factor: int) -> Real:
    """Σ_j √(factor ‖u*^(j)‖²): under one root, which is then more often exact."""
    from flint import ctx

    from theorycheck.networks.rationals import total_of
    from theorycheck.statements.training_quantities import square_root
    scaled = [square * factor for square in change.comparator.window_squares()]
    # A trained readout may be 0 in a window, known as a ball round 0 of which arb takes no root.
    return total_of([square.sqrt() if square.is_exact else square_root(square.enclose(ctx.prec))
                     for square in scaled])


def stated_change(instance: Lemma9) -> Outcome:
    """The lemma: |L(u*,W^(t)) - L(u*,W^(0))| <= cη²t²nk√q Σ_j ‖u*^(j)‖."""
    return _against(instance, 1, lambda change, step: instance.bound(
        "loss_change_bound", T=step, window_norms=_norms(change, 1)), "stated bound")


def _against(instance: Lemma9, first: int, bound: Callable[[LossChange, int], Real], name: str) -> Outcome:
    if unknown := _needs_constant(instance):
        return unknown
    rows = []
    for change, record, place in _pairs(instance, first):
        sharp = instance.bound("sharp_loss_change_bound", T=record.step, norm_1=change.comparator.norm_1)
        shown = (Quantity.of(change.first_loss, "L(u*,W^(0))"), Quantity.of(change.loss(record), "L(u*,W^(t))"),
                 Quantity.of(sharp, "sharp bound"))
        rows.append(Comparison(place, change.change(record), bound(change, record.step), shown))
    return check_all(rows, names=("change of the loss", name), method=instance.run.method,
                     headline=_last(instance, rows),
                     argument="it follows from the steps before" if sum_of_steps_argument(instance) else "",
                     note="" if rows else "no filter moves in the first step")
