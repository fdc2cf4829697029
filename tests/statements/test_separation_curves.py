from __future__ import annotations

from theorycheck.claims import Evidence, Settings
from theorycheck.statements.separation_curves import FIGURES, HIGHEST_LOSS, MOST_POINTS, curves
from theorycheck.statements.separation_instance import Separation
from theorycheck.statements.separation_parameters import SeparationParameters


def instance(**values):
    given = {"n": 5, "k": 2, "q": 8, "steps": 12, "etas": "1/2,2", **values}
    return Separation(SeparationParameters.from_values(given), Settings())


def test_there_is_nothing_to_draw_before_a_run():
    assert curves(instance()) == ()


def test_every_run_is_drawn_and_the_best_in_front():
    one = instance()
    one.comparison("CNN")
    one.comparison("FCN")
    found = curves(one)
    assert [figure for figure in FIGURES for curve in found if curve.figure == figure] == [c.figure for c in found]
    assert {curve.evidence for curve in found} == {Evidence.FLOAT}
    for name in ("CNN", "FCN"):
        mine = [curve for curve in found if curve.label.split()[0] == name]
        best = one.best(name)
        loss = next(curve for curve in mine if curve.figure == FIGURES[0] and curve.is_main)
        assert loss.y == tuple(best.losses) and loss.x[-1] == 12
        accuracy = next(curve for curve in mine if curve.figure == FIGURES[1] and curve.is_main)
        assert accuracy.y == tuple(record.accuracy for record in best.records) and accuracy.y[0] == 0.5
        others = [curve.label for curve in mine if not curve.is_main]
        other = next(run for run in one.done[name].runs if run is not best)
        assert others == [f"{name} eta={other.eta}"] * 2
    steps = {curve.label: curve for curve in found if curve.figure == FIGURES[2]}
    assert steps["CNN"].x == (0.5, 2.0) and steps["CNN"].x_scale == "log"
    assert steps["CNN"].y == tuple(float(run.settled(one.target)) for run in one.done["CNN"].runs)


def test_large_losses_leave_the_picture_and_step_sizes_that_never_settle_are_left_out():
    one = instance(etas="64", steps=3, fcn_weights="gaussian")
    one.comparison("FCN")
    found = curves(one)
    losses = [curve for curve in found if curve.figure == FIGURES[0]]
    assert max(max(curve.y) for curve in losses) > HIGHEST_LOSS and {curve.y_top for curve in losses} == {HIGHEST_LOSS}
    assert [curve.figure for curve in found] == list(FIGURES[:2])


def test_a_long_run_is_drawn_at_its_records():
    one = instance(steps=MOST_POINTS, etas="2")
    one.comparison("CNN")
    loss = next(curve for curve in curves(one) if curve.figure == FIGURES[0])
    best = one.best("CNN")
    assert loss.is_main and loss.x[-1] == MOST_POINTS and len(loss.x) == len(best.records) < 100
    assert loss.y == tuple(record.loss for record in best.records) == tuple(best.losses[int(t)] for t in loss.x)
