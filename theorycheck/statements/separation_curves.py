"""The separation as curves: loss and accuracy over steps, and how many steps each step size takes to the target."""
from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from theorycheck.claims import Curve, Evidence
from theorycheck.statements.separation_instance import NETWORKS, Separation

if TYPE_CHECKING:
    from theorycheck.training.compared_runs import ComparedRun

#: Pictures end here: h=0 has loss 1, and a step too large for a moment leads far above it.
HIGHEST_LOSS = 2.0
# Beyond so many steps a curve has the recorded ones only, so that a report stays small.
MOST_POINTS = 10**4
FIGURES = ("Loss at the best step size, others pale", "Accuracy at the best step size, others pale",
           "Steps until the loss stays at the target, if it does")


def curves(instance: Separation) -> tuple[Curve, ...]:
    """Return the curves of every run that there is; those of a network's best run in front.

    Losses and accuracies are float64's: to look at.  The accuracy counts h = 0 half.
    """
    found: list[Curve] = []
    for name in NETWORKS:
        best = instance.best(name)
        runs = instance.done[name].runs if name in instance.done else ()
        for run in runs:
            found += _over_steps(run, run is best)
        found += _by_step_size(name, runs, instance.target)
    return tuple(sorted(found, key=lambda curve: FIGURES.index(curve.figure)))


def _over_steps(run: ComparedRun, is_best: bool) -> list[Curve]:
    label = run.name if is_best else f"{run.name} eta={run.eta}"
    steps = [float(record.step) for record in run.records]
    is_whole = is_best and len(run.losses) <= MOST_POINTS
    losses = run.losses if is_whole else [record.loss for record in run.records]
    at = [float(step) for step in range(len(losses))] if is_whole else steps
    rows = ((FIGURES[0], "hinge loss", at, losses, HIGHEST_LOSS),
            (FIGURES[1], "P(sign h = f)", steps, [record.accuracy for record in run.records], None))
    return [Curve(figure, label, "step", y_label, tuple(x), tuple(y), Evidence.FLOAT, is_best, "symlog", top)
            for figure, y_label, x, y, top in rows if x]


def _by_step_size(name: str, runs: tuple[ComparedRun, ...], target: Fraction) -> list[Curve]:
    """The step sizes that never settle are left out."""
    rows = [(float(run.eta), float(settled)) for run in runs if (settled := run.settled(target)) is not None]
    if not rows:
        return []
    x, y = zip(*rows)
    return [Curve(FIGURES[2], name, "step size", "steps", x, y, Evidence.FLOAT, x_scale="log")]
