"""The class recursion while it holds, and the collapsed full gradient from there on, each loss saying which it is."""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from numpy.typing import ArrayLike

from theorycheck.errors import require_choice
from theorycheck.networks.initialisers import collapsed_network
from theorycheck.networks.problems import LearningProblem
from theorycheck.networks.rationals import from_flint
from theorycheck.rigor import Real
from theorycheck.training.enclosed_descent import ARITHMETICS, descend
from theorycheck.training.recursion import RecursionStep, class_recursion


@dataclass(frozen=True, eq=False)
class LossStep:
    """The loss after t steps and which computation gave it: ``"recursion"`` or ``"collapsed gradient"``."""

    t: int
    loss: Any
    source: str


def recursion_or_descent(problem: LearningProblem, k: int, multiplicities: ArrayLike, eta: Real | Fraction | int,
                         steps: int, *, tied: bool = True, arithmetic: str = "rational", precision: int = 128,
                         windows: str = "all") -> Iterator[LossStep]:
    """Yield the loss after t = 0 ... ``steps`` steps: by the recursion while frozen, then by the collapsed gradient.

    Parameters
    ----------
    problem, k, multiplicities, eta, steps, tied, precision, windows
        As for :func:`theorycheck.training.recursion.class_recursion`.
    arithmetic : str
        ``"rational"`` or ``"enclosed"``.

    Raises
    ------
    Undecided
        While iterating, as for :func:`~theorycheck.training.recursion.class_recursion` and
        :func:`~theorycheck.training.enclosed_descent.descend`.

    Notes
    -----
    The gradient starts again from t = 0, so a run that leaves the frozen range costs up to twice.

    Examples
    --------
    >>> from theorycheck.cube.patterns import KPattern
    >>> problem = LearningProblem(KPattern.parity(3, 3))
    >>> steps = list(recursion_or_descent(problem, 3, [1] * 8, 8, 3))
    >>> [step.source for step in steps], str(steps[-1].loss)
    (['recursion', 'recursion', 'collapsed gradient', 'collapsed gradient'], '0')
    """
    require_choice("arithmetic", arithmetic, ARITHMETICS)
    recursion = class_recursion(problem, k, multiplicities, eta, steps, tied=tied, arithmetic=arithmetic,
                                precision=precision, windows=windows)
    return _then_descend(recursion, problem, k, multiplicities, Real(eta), steps, tied, arithmetic, precision, windows)


def _then_descend(recursion: Iterator[RecursionStep], problem: LearningProblem, k: int, multiplicities: ArrayLike,
                  eta: Real, steps: int, tied: bool, arithmetic: str, precision: int,
                  windows: str) -> Iterator[LossStep]:
    unfrozen = None
    for step in recursion:
        if step.is_frozen:
            yield LossStep(step.t, step.loss, "recursion")
        else:
            unfrozen = step.t
    if unfrozen is None:
        return
    start, copies = collapsed_network(problem.n, k, multiplicities, windows=windows, tied=tied)
    for state in descend(start, problem, eta, steps, multiplicities=copies, arithmetic=arithmetic,
                         precision=precision):
        if state.t >= unfrozen:
            loss = from_flint(state.loss) if arithmetic == "rational" else state.loss
            yield LossStep(state.t, loss, "collapsed gradient")
