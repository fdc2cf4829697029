"""A run of gradient descent that starts again with twice the precision whenever something was not decided."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Generic, TypeVar

from flint import ctx
from numpy.typing import ArrayLike

from theorycheck.errors import require_integer
from theorycheck.gradients.enclosed_activations import Undecided
from theorycheck.networks.architectures import Network
from theorycheck.networks.problems import LearningProblem
from theorycheck.rigor import Real
from theorycheck.training.enclosed_descent import DescentStep, descend

PRECISION_FACTOR = 64
Result = TypeVar("Result")


@dataclass(frozen=True)
class EnclosedRun(Generic[Result]):
    """What a run gave, and at what precision.

    Attributes
    ----------
    result : object
        What ``consume`` returned.
    precision : int
        Bits of the balls in the run that went through.
    restarts : int
        How often the precision was doubled.
    """

    result: Result
    precision: int
    restarts: int


def enclosed_run(network: Network, problem: LearningProblem, eta: Real | Fraction | int, steps: int,
                 consume: Callable[[Iterator[DescentStep]], Result], *, multiplicities: ArrayLike | None = None,
                 arithmetic: str = "enclosed", precision: int = 128, trains: str = "all") -> EnclosedRun[Result]:
    """Hand the steps of :func:`~theorycheck.training.enclosed_descent.descend` to ``consume``, at enough precision.

    Parameters
    ----------
    network, problem, eta, steps, multiplicities, arithmetic, trains
        As for :func:`~theorycheck.training.enclosed_descent.descend`.
    consume : callable
        Takes the iterator of steps and returns a result.  It runs with FLINT's precision set to that of the balls, and
        is called afresh after every restart, so it must keep its sums to itself.
    precision : int
        Bits to begin with; doubled up to 64 times that.

    Raises
    ------
    Undecided
        Where 64 times the precision does not decide: most likely a margin of exactly 1, or a pre-activation exactly at
        a breakpoint, which only rational arithmetic can tell.

    Examples
    --------
    >>> from theorycheck.cube.patterns import KPattern
    >>> from theorycheck.networks.architectures import ConvolutionalNetwork
    >>> start = ConvolutionalNetwork([["1/2", "1/2"], ["-1/2", "1/2"]], ["-1/2", "-1/2"], [[0, 0]])
    >>> run = enclosed_run(start, LearningProblem(KPattern.parity(2, 2)), 1, 2, lambda steps: [s.loss for s in steps])
    >>> [float(loss) for loss in run.result], run.precision, run.restarts
    ([1.0, 0.96875, 0.9296875], 128, 0)
    """
    bits, restarts = require_integer("precision", precision, minimum=16), 0
    while True:
        steps_of_run = descend(network, problem, eta, steps, multiplicities=multiplicities, arithmetic=arithmetic,
                               precision=bits, trains=trains)
        try:
            with ctx.workprec(bits):
                return EnclosedRun(consume(steps_of_run), bits, restarts)
        except Undecided:
            if arithmetic != "enclosed" or 2 * bits > PRECISION_FACTOR * precision:
                raise
        bits, restarts = 2 * bits, restarts + 1
