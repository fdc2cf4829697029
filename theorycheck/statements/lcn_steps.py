"""Lemmas 8 and 9 for the locally connected network, along the run: what its own filters per location change."""
from __future__ import annotations

from typing import TYPE_CHECKING

from theorycheck.claims import Outcome, Quantity
from theorycheck.rigor import Real
from theorycheck.statements.theorem4_steps import moved_records
from theorycheck.statements.training_checks import Comparison, check_all, is_slope_bounded

if TYPE_CHECKING:
    from theorycheck.statements.theorem4_instance import Theorem4

_SHARP = "with T(T-1)/2 for T^2"


def readout(instance: Theorem4) -> Outcome:
    """Lemma 8: ‖u^(t,j)‖ <= η t √q c at every location and recorded step."""
    rows = [Comparison(f"t={row.step}, j={j}", norm, instance.bound("window_norm_bound", T=row.step))
            for row in moved_records(instance) for j, norm in enumerate(row.window_norms, 1)]
    argument = "each of the q entries gains at most eta*c a step" if is_slope_bounded(instance) else ""
    return check_all(rows, names=("||u^(t,j)||", ""), method=instance.run.method, argument=argument)


def window_drift(instance: Theorem4) -> Outcome:
    """Lemma 8 per location: ‖W^(t,j)-W^(0,j)‖ <= c η² t² √(qk), both sides squared."""
    rows = []
    for row in moved_records(instance):
        stated, sharp = (instance.bound(name, T=row.step) for name in ("window_drift_bound",
                                                                       "sharp_window_drift_bound"))
        rows += [Comparison(f"t={row.step}, j={j}", square, stated * stated, (Quantity.of(sharp * sharp, _SHARP),))
                 for j, square in enumerate(row.squared_drifts, 1)]
    return check_all(rows, names=("||W^(t,j)-W^(0,j)||^2", ""), method=instance.run.method)


def drift(instance: Theorem4) -> Outcome:
    """Lemma 8 over all locations: √N times as much, both sides squared."""
    rows = []
    for row in moved_records(instance):
        stated, sharp = (instance.bound(name, T=row.step) for name in ("drift_bound", "sharp_drift_bound"))
        rows.append(Comparison(f"t={row.step}", sum(row.squared_drifts, Real(0)), stated * stated,
                               (Quantity.of(sharp * sharp, _SHARP),)))
    return check_all(rows, names=("||W^(t)-W^(0)||^2", ""), method=instance.run.method)


def loss_change(instance: Theorem4) -> Outcome:
    """Lemma 9: |L(u*, W^(t)) - L(u*, W^(0))| <= c η² t² k √q ‖u*‖ for this run's u*."""
    reason = instance.without_separator
    if reason:
        return Outcome(None, note=reason)
    from theorycheck.bounds.arithmetic import absolute
    squared_norm, norm_1 = instance.separator_squared_norm, instance.separator_norm_1
    start = instance.run.record(0).comparator_loss
    assert squared_norm is not None and norm_1 is not None and start is not None
    rows = []
    for row in moved_records(instance):
        assert row.comparator_loss is not None
        stated = instance.bound("loss_change_bound", T=row.step, window_norms=Real(squared_norm).sqrt())
        sharp = instance.bound("sharp_loss_change_bound", T=row.step, norm_1=norm_1)
        rows.append(Comparison(f"t={row.step}", absolute(row.comparator_loss - start), stated,
                               (Quantity.of(sharp, f"{_SHARP} and ||u*||_1"),)))
    return check_all(rows, names=("|L(u*,W^(t))-L(u*,W^(0))|", ""), method=instance.run.method)
