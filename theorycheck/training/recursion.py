"""The class recursion: MS21's run on 2^k numbers a_z and N·2^k numbers u_z^(j), for ReLU while every class is frozen.

From filters z/k with biases 1/k-1 and readout 0, the filters of sign pattern z stay equal to (1/k + s_z) z and equal in
readout.  Write a_z = 1/k + k s_z for their pre-activation on their own pattern; at Hamming distance d it is
a_z - 2d(a_z+1-1/k)/k.  While 0 < a_z < 1/k + 1/(k-2) (no upper end for k <= 2) only the first is positive: the class
is **frozen**, it fires on its own pattern alone, and with G_z^(j) = E[s f 1{x^(j)=z}], s = 1, γ, 0 below, at and above
margin 1,

    u_z^(j) <- u_z^(j) + η a_z G_z^(j),   a_z <- a_z + η k Σ_j u_z^(j) G_z^(j)   (LCN: a_z^(j), without the sum),

the old values on the right, and h(x) = Σ_j m_z a_z u_z^(j) at z = x^(j).
"""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from flint import ctx
from numpy.typing import ArrayLike, NDArray

from theorycheck.errors import require_choice, require_integer
from theorycheck.gradients.enclosed_activations import Undecided
from theorycheck.networks.initialisers import read_multiplicities, require_window_count
from theorycheck.networks.problems import LearningProblem
from theorycheck.networks.requirements import require_problem, require_step_size
from theorycheck.rigor import Real
from theorycheck.training.enclosed_descent import LARGEST_PRECISION
from theorycheck.training.recursion_slopes import slope_sums

ARITHMETICS = ("rational", "enclosed", "float64")


@dataclass(frozen=True, eq=False)
class RecursionStep:
    """The classes after t steps; arrays of Fractions, of Arb balls or of float64.

    Attributes
    ----------
    t : int
    readout : ndarray (N, 2^k)
        u_z^(j); classes without a filter keep 0.
    scales : ndarray (1, 2^k) or (N, 2^k)
        a_z, or a_z^(j) for an LCN; classes without a filter keep 1/k.
    is_frozen : bool
        Whether every occupied class is; where one is not, this is the last step, its u and a still those of gradient
        descent, and the following fields are None.
    loss : number or None
    tables : ndarray (N, 2^k) or None
        m_z a_z u_z^(j).
    marginals : ndarray (N, 2^k) or None
        G_z^(j).
    margin_kinks : int or None
        Points of positive probability with margin exactly 1.
    smallest_distance : float or None
        min |1 - f h|, rounded.
    """

    t: int
    readout: NDArray
    scales: NDArray
    is_frozen: bool
    loss: Any = None
    tables: NDArray | None = None
    marginals: NDArray | None = None
    margin_kinks: int | None = None
    smallest_distance: float | None = None


def class_recursion(problem: LearningProblem, k: int, multiplicities: ArrayLike, eta: Real | Fraction | int,
                    steps: int, *, tied: bool = True, arithmetic: str = "rational", precision: int = 128,
                    windows: str = "all") -> Iterator[RecursionStep]:
    """Yield the classes after t = 0, 1, ... steps: all ``steps``, or up to the first step that is not frozen.

    Parameters
    ----------
    problem : LearningProblem
    k : int
    multiplicities : array of 2^k non-negative integers
        m_z by sign pattern.
    eta : Real, Fraction or int
        Above 0; rational for rational arithmetic.
    steps : int
    tied : bool
        A CNN, or an LCN from the same start.
    arithmetic : str
        ``"rational"``, ``"enclosed"`` (Arb balls of ``precision`` bits) or ``"float64"``, which decides nothing.
    precision : int
    windows : str
        ``"all"`` or the ``"paper"``'s.

    Raises
    ------
    Undecided
        While iterating: a ball for a margin contains 1, or one for a_z an end of the frozen range.
    ParameterError
        ``'multiplicities' must have 2^k=4 entries, not 2.``, ``'eta' must be above 0, not -1.``,
        ``'eta' must be rational for arithmetic='rational'.``

    Notes
    -----
    N·2^k operations and one pass over the points for each step.  Where the last step is not frozen, go on with the full
    gradient, as :func:`theorycheck.training.recursion_fallback.recursion_or_descent` does.  MS21, Theorem 4's run.

    Examples
    --------
    >>> from theorycheck.cube.patterns import KPattern
    >>> problem = LearningProblem(KPattern.parity(4, 2, offset=1))
    >>> [str(step.loss) for step in class_recursion(problem, 2, [1, 1, 1, 1], 1, 3)]
    ['1', '15/16', '55/64', '749/1024']
    """
    require_problem(problem)
    count = require_window_count(problem.n, k, windows)
    # Python integers multiply numbers of every arithmetic.
    copies = read_multiplicities(multiplicities, k).astype(object)
    size = require_step_size(eta, require_choice("arithmetic", arithmetic, ARITHMETICS))
    require_integer("steps", steps, minimum=0)
    require_integer("precision", precision, minimum=16, maximum=LARGEST_PRECISION)
    return _run(_Classes(problem, k, count, copies, size, tied, arithmetic), steps, precision)


def _run(classes: _Classes, steps: int, precision: int) -> Iterator[RecursionStep]:
    for t in range(steps + 1):
        # FLINT's precision is global, so it is set within each step and never while the caller works.
        with ctx.workprec(precision):
            try:
                if t == 0:
                    classes.start()
                else:
                    classes.move()
                step = classes.evaluate(t)
            except Undecided as reason:
                raise Undecided(f"Step {t} at {precision} bits: {reason}") from None
        yield step
        if not step.is_frozen:
            return


class _Classes:
    """The state of a run."""

    def __init__(self, problem: LearningProblem, k: int, window_count: int, copies: NDArray, eta: Real, tied: bool,
                 arithmetic: str) -> None:
        self._k, self._shape, self._tied = k, (window_count, 1 << k), tied
        self._eta, self._is_occupied, self._arithmetic = eta, (copies > 0).astype(bool), arithmetic
        self._sums = slope_sums(problem, k, window_count, arithmetic)
        self._kind: Any = np.float64 if arithmetic == "float64" else object
        self._copies = copies.astype(self._kind)

    def _number(self, value: Any) -> Any:
        """A rational or a Real as a number of this arithmetic."""
        number = Real(value)
        if self._arithmetic == "enclosed":
            return number.enclose(ctx.prec)
        return float(number) if self._arithmetic == "float64" else number.exact

    def start(self) -> None:
        """Set u = 0 and a = 1/k."""
        rows = 1 if self._tied else self._shape[0]
        self._readout: NDArray = np.full(self._shape, self._number(0), dtype=self._kind)
        self._scales: NDArray = np.full((rows, self._shape[1]), self._number(Fraction(1, self._k)), dtype=self._kind)

    def move(self) -> None:
        """One step with the marginals of the last evaluation, from the old values on the right."""
        eta = self._number(self._eta)
        force = self._readout * self._marginals
        if self._tied:
            force = force.sum(axis=0, keepdims=True)
        self._readout = self._readout + self._scales * self._marginals * eta
        self._scales = self._scales + force * (eta * self._k)

    def evaluate(self, t: int) -> RecursionStep:
        """Return everything about the present classes."""
        if not self._is_frozen():
            return RecursionStep(t, self._readout, self._scales, False)
        tables = self._scales * self._readout * self._copies
        found = self._sums(tables)
        self._marginals = np.where(self._is_occupied, found.marginals, self._number(0))
        loss = found.slope_mean - (found.marginals * tables).sum()
        return RecursionStep(t, self._readout, self._scales, True, loss, tables, found.marginals, found.tied_count,
                             found.smallest_distance)

    def _is_frozen(self) -> bool:
        values = self._scales[:, self._is_occupied].ravel().tolist()
        zero = self._number(0)
        end = self._number(Fraction(1, self._k) + Fraction(1, self._k - 2)) if self._k > 2 else None
        if any(value <= zero or (end is not None and value >= end) for value in values):
            return False
        # A comparison of balls is true only where it is certain.
        if all(value > zero and (end is None or value < end) for value in values):
            return True
        raise Undecided("An end of the frozen range is not told from a class.")
