"""Why "stuck" does not follow from a small first gradient: a network with a smaller one that learns, exactly.

n=4, k=2: sixteen neurons, one for each sign pattern z, with weights s·z/4, bias s/4 and readout s/32.  The start is the
same under every permutation of the variables, |h| <= 1, and its gradient is of order s.  Gradient descent with step
size 4 leaves the neighbourhood of 0 at an exponential rate: it reaches loss exactly 0 after a number of steps that
grows like log(1/s).
"""
from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import product
from typing import TYPE_CHECKING

from theorycheck.claims import Outcome, Quantity, relation_outcome
from theorycheck.rigor import Real, decide, nearest_decimal
from theorycheck.statements.stuck_instance import Stuck

if TYPE_CHECKING:
    from theorycheck.networks.architectures import FullyConnectedNetwork

_N, _K, _ETA = 4, 2, 4
# Halvings of s: the square of the gradient is then about 1e-242, and the run takes seconds.
_MOST_HALVINGS, _MOST_STEPS = 400, 400
# Where no start that is run has a smaller gradient than the instance: one with about 1e-26 still shows that it learns.
_ANY_HALVINGS = 40


@dataclass(frozen=True, eq=False)
class LearningRun:
    """A run that learns.

    Attributes
    ----------
    halvings : int
        s = 2^-halvings.
    squared_gradient : Fraction
        ‖∇L‖² at the start.
    losses : tuple of Fraction
        At steps 0, 1, …
    """

    halvings: int
    squared_gradient: Fraction
    losses: tuple[Fraction, ...]

    @property
    def steps(self) -> int:
        """How many steps were taken."""
        return len(self.losses) - 1


def learning_start(halvings: int) -> FullyConnectedNetwork:
    """Return the start with s = 2^-halvings.

    Examples
    --------
    >>> start = learning_start(1)
    >>> start.filters[1].tolist() == [Fraction(1, 8)] * 3 + [-Fraction(1, 8)], start.readout[0]
    (True, Fraction(1, 64))
    """
    from theorycheck.networks.architectures import FullyConnectedNetwork
    size = Fraction(1, 2**halvings)
    rows = [[size * sign / _N for sign in signs] for signs in product((1, -1), repeat=_N)]
    return FullyConnectedNetwork(rows, [size / _N] * len(rows), [size / (2 * len(rows))] * len(rows))


@cache
def learning_run(halvings: int) -> LearningRun:
    """Run gradient descent in rationals from that start on the parity of two bits until the loss is 0.

    Examples
    --------
    >>> run = learning_run(0)
    >>> run.steps, run.losses[-1], float(run.squared_gradient) < 0.04
    (4, Fraction(0, 1), True)
    """
    from theorycheck.cube.characters import character
    from theorycheck.gradients.exact_gradients import exact_descent
    from theorycheck.networks.problems import LearningProblem
    problem = LearningProblem(character(_N, (1 << _K) - 1))
    losses, square = list[Fraction](), Fraction(0)
    for _, result in exact_descent(learning_start(halvings), problem, _ETA, _MOST_STEPS):
        if not losses:
            square = sum((e**2 for e in result.readout.fractions() + result.filters.fractions()), Fraction(0))
        losses.append(result.loss)
        if result.loss == 0:
            break
    return LearningRun(halvings, square, tuple(losses))


def first_squared_gradient(halvings: int) -> Fraction:
    """Return ‖∇L‖² at that start: it falls by a factor 4 with each halving of s, as ReLU is homogeneous.

    Examples
    --------
    >>> first_squared_gradient(3) == learning_run(3).squared_gradient
    True
    """
    return _largest_squared_gradient() / 4**halvings


@cache
def _largest_squared_gradient() -> Fraction:
    from theorycheck.cube.characters import character
    from theorycheck.gradients.exact_gradients import exact_loss_and_gradient
    from theorycheck.networks.problems import LearningProblem
    result = exact_loss_and_gradient(learning_start(0), LearningProblem(character(_N, (1 << _K) - 1)))
    return sum((entry**2 for entry in result.readout.fractions() + result.filters.fractions()), Fraction(0))


def halvings_below(mean: Real) -> int | None:
    """Return how often s is halved until ‖∇L‖² at the start is at most ``mean``; None if 400 times do not suffice.

    Examples
    --------
    >>> halvings_below(Real(1)), halvings_below(Real(Fraction(1, 1000))), halvings_below(Real(0))
    (0, 3, None)
    """
    for halvings in range(_MOST_HALVINGS + 1):
        if decide(first_squared_gradient(halvings), "<=", mean) is True:
            return halvings
    return None


def run_below(instance: Stuck) -> tuple[LearningRun, bool]:
    """Return a run that learns, and whether its first gradient is at most the instance's mean over all parities."""
    halvings = halvings_below(instance.average.total)
    return learning_run(_ANY_HALVINGS if halvings is None else halvings), halvings is not None


def smaller_gradient(instance: Stuck) -> Outcome:
    """The learning network's first gradient is smaller than this instance's mean over all parities."""
    mean = instance.average.total
    run, is_smaller = run_below(instance)
    start = (f"n={_N}, k={_K}, q={2**_N}: one neuron for each sign pattern, weights ±s/4, bias s/4, readout s/32, "
             f"s=2^-{run.halvings}: the same under every permutation of the variables, |h| <= 1")
    if not is_smaller:
        return Outcome(None, note=f"this instance's mean is {nearest_decimal(mean, 4)}, the start that is run has "
                                  f"||grad L||^2 = {nearest_decimal(Real(run.squared_gradient), 4)}; {start}")
    return relation_outcome(
        Quantity.of(run.squared_gradient, "||grad L||^2 at the start that learns"), "<=",
        Quantity.of(mean, "this instance's mean"), method="rationals", note=start)


def learns(instance: Stuck) -> Outcome:
    """And yet it learns: gradient descent from there reaches loss exactly 0."""
    run, _ = run_below(instance)
    return relation_outcome(
        Quantity.of(run.losses[-1], f"loss after {run.steps} steps"), "==", Quantity.of(0),
        alternatives=(Quantity.of(run.losses[0], "loss at the start"),
                      Quantity.of(run.losses[run.steps // 2], f"loss after {run.steps // 2} steps")),
        method=f"gradient descent in rationals, step size {_ETA}",
        note=f"t={run.steps} steps of size {_ETA}; their number grows like log(1/s), s=1 takes "
             f"{learning_run(0).steps}; by equivariance all six parities of two bits are learned alike",
        counterexample={"s": f"2^-{run.halvings}", "loss": str(float(run.losses[-1]))})
