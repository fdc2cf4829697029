"""Gradient descent on the population hinge loss in exact rationals or in Arb balls.

Every step knows for certain which points have margin below, at or above 1 and on which piece of σ every pre-activation
lies.  Where a ball does not tell, :class:`Undecided` is raised, and
:func:`theorycheck.training.enclosed_run.enclosed_run` starts again with twice the precision.
"""
from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

from flint import arb_mat, ctx, fmpq_mat
from numpy.typing import ArrayLike

from theorycheck.cube.points import BooleanCube
from theorycheck.errors import ParameterError, abbreviate, require_choice, require_integer
from theorycheck.gradients.active_sets import ActiveMarginals
from theorycheck.gradients.enclosed_activations import Undecided
from theorycheck.gradients.enclosed_blocks import FilterBlock
from theorycheck.gradients.filtered_sets import active_sets
from theorycheck.gradients.flint_matrices import Matrix, Scalar, rational_scalar, row_of, stack_rows
from theorycheck.networks.architectures import ConvolutionalNetwork, FullyConnectedNetwork, Network
from theorycheck.networks.collapse import require_multiplicities
from theorycheck.networks.problems import LearningProblem
from theorycheck.networks.requirements import require_problem_for, require_step_size
from theorycheck.networks.support import support_of
from theorycheck.rigor import Real

ARITHMETICS = ("rational", "enclosed")
TRAINED = ("all", "readout")
# Bits; memory ends long before FLINT's own limit.
LARGEST_PRECISION = 2**26


@dataclass(frozen=True, eq=False, slots=True)
class DescentStep:
    """Everything about the network after t steps.

    Matrices are :class:`flint.fmpq_mat` (rational) or :class:`flint.arb_mat` (enclosed).  For an LCN ``filters``,
    ``features``, ``slopes`` and ``filters_gradient`` are tuples with a matrix for each window.  For an FCN there is one
    window, whose columns are the points of positive probability in the order of their indices.

    Attributes
    ----------
    t : int
    filters : matrix (C, k)
    readout : matrix (N, C)
    features, slopes : matrix (C, 2^k)
        σ(⟨w_i, z⟩ + b_i) and σ' there.
    tables : matrix (N, 2^k)
        T_j[z] = Σ_i m_i u_i^(j) σ(⟨w_i, z⟩ + b_i), so that h(x) = Σ_j T_j[x^(j)].
    marginals : fmpq_mat (N, 2^k)
        E[s f 1{x^(j) = z}] with s = 1, γ, 0 as the margin is below, at, above 1; exact.
    active : ActiveMarginals
    loss : fmpq or arb
    readout_gradient, filters_gradient : matrix
        ∂L/∂u and ∂L/∂W of one copy, in the shapes of ``readout`` and ``filters``.
    activation_kinks : int
        Pairs (filter at a window, content of positive probability) whose pre-activation is exactly a breakpoint of σ.
    """

    t: int
    filters: Any
    readout: Matrix
    features: Any
    slopes: Any
    tables: Matrix
    marginals: fmpq_mat
    active: ActiveMarginals
    loss: Scalar
    readout_gradient: Matrix
    filters_gradient: Any
    activation_kinks: int

    @property
    def margin_kinks(self) -> int:
        """Points of positive probability whose margin is exactly 1."""
        return self.active.tied_count

    @property
    def smallest_distance(self) -> float:
        """min |1 - f h| over the points of positive probability, rounded."""
        return self.active.smallest_distance


class ResumePoint(NamedTuple):
    """Where a run goes on: t, filters and readout as in a :class:`DescentStep`."""

    t: int
    filters: Any
    readout: Matrix


class _Descent:
    """The state of a run."""

    def __init__(self, network: Network, problem: LearningProblem, eta: Real, multiplicities: ArrayLike | None,
                 is_enclosed: bool, trains: str) -> None:
        copies = require_multiplicities(network, multiplicities).tolist()
        self.eta, self.is_enclosed, self.trains = eta, is_enclosed, trains
        self.is_local = not isinstance(network, (ConvolutionalNetwork, FullyConnectedNetwork))
        support = None
        if isinstance(network, FullyConnectedNetwork):
            support = support_of(problem)
            parts = [(network.filters, network.biases, network.readout[None])]
            k, count, signs = None, 1, support.signs()
        else:
            k, count = network.k, network.window_count
            signs = BooleanCube(k).all_points()
            parts = [(network.filters, network.biases, network.readout)]
            if self.is_local:
                parts = [(network.filters[j], network.biases[j], network.readout[j:j + 1]) for j in range(count)]
        self.blocks = [FilterBlock(w, b, u, copies, signs, network.activation, is_enclosed) for w, b, u in parts]
        self.sets = active_sets(problem, k, count, support)
        self.occurs = self._occurring(problem, k, count)
        self._last: tuple[ActiveMarginals, Matrix, list[Matrix]] | None = None

    def _occurring(self, problem: LearningProblem, k: int | None, count: int) -> list[list[bool]]:
        """For each block, which columns have positive probability at some window of the block."""
        if k is None:
            return [[True] * self.sets.columns]
        each = [[mass > 0 for mass in problem.distribution.window_marginal(k, j)] for j in range(count)]
        return each if self.is_local else [[any(column) for column in zip(*each)]]

    def restore(self, point: ResumePoint | DescentStep) -> None:
        filters = point.filters if self.is_local else (point.filters,)
        for j, block in enumerate(self.blocks):
            block.restore(filters[j], row_of(point.readout, j) if self.is_local else point.readout)

    def evaluate(self, t: int) -> DescentStep:
        tables = stack_rows([block.tables() for block in self.blocks])
        entries = tables.entries()
        active = self.sets.update(tables, entries)
        own, parts = self._in_own_numbers(active)
        kind: Any = arb_mat if self.is_enclosed else fmpq_mat
        loss = active.slope_mean - (own * kind(len(entries), 1, entries))[0, 0]
        by_readout, by_filters = zip(*(block.gradients(part) for block, part in zip(self.blocks, parts)))
        filters, features, slopes = zip(*((block.filters, block.features, block.slopes) for block in self.blocks))
        return DescentStep(t, self._each(filters), stack_rows([block.readout for block in self.blocks]),
                           self._each(features), self._each(slopes), tables, active.matrix, active, loss,
                           stack_rows(by_readout), self._each(by_filters), self._kinks())

    def _in_own_numbers(self, active: ActiveMarginals) -> tuple[Matrix, list[Matrix]]:
        """The marginals as one row and for each block, converted only when they change."""
        if self._last is None or self._last[0].matrix is not active.matrix:
            matrix: Matrix = arb_mat(active.matrix) if self.is_enclosed else active.matrix
            row = type(matrix)(1, matrix.nrows() * matrix.ncols(), matrix.entries())
            parts = [row_of(matrix, j) for j in range(matrix.nrows())] if self.is_local else [matrix]
            self._last = active, row, parts
        return self._last[1], self._last[2]

    def _each(self, matrices: tuple[Matrix, ...]) -> Any:
        return matrices if self.is_local else matrices[0]

    def _kinks(self) -> int:
        return sum(1 for block, occurs in zip(self.blocks, self.occurs) if any(block.kinks)
                   for place, kink in enumerate(block.kinks) if kink and occurs[place % len(occurs)])

    def move(self, step: DescentStep) -> None:
        eta = self.eta.enclose(ctx.prec) if self.is_enclosed else rational_scalar(self.eta.exact or Fraction(0))
        for j, block in enumerate(self.blocks):
            readout = row_of(step.readout_gradient, j) if self.is_local else step.readout_gradient
            filters = step.filters_gradient[j] if self.is_local else step.filters_gradient
            block.move(readout * eta, filters * eta if self.trains == "all" else None)


def descend(network: Network, problem: LearningProblem, eta: Real | Fraction | int, steps: int, *,
            multiplicities: ArrayLike | None = None, arithmetic: str = "rational", precision: int = 128,
            trains: str = "all", resume: ResumePoint | DescentStep | None = None) -> Iterator[DescentStep]:
    """Yield the network after t = 0, 1, ..., ``steps`` steps of gradient descent, everything decided.

    Parameters
    ----------
    network : ConvolutionalNetwork, LocallyConnectedNetwork or FullyConnectedNetwork
        Where the run starts; its parameters are taken as the exact rationals that they are.
    problem : LearningProblem
        Target, distribution, γ.
    eta : Real, Fraction or int
        The step size, above 0; rational for ``arithmetic="rational"``.
    steps : int
    multiplicities : array of q non-negative integers, optional
        Filter i stands for that many equal ones.
    arithmetic : str
        ``"rational"``: exact; for a piecewise linear σ the numbers grow by the bits of η and of D at each step, for
        other polynomials they multiply in length.  ``"enclosed"``: Arb balls of ``precision`` bits.
    precision : int
    trains : str
        ``"all"``: readout and filters; ``"readout"``: the readout only.
    resume : ResumePoint or DescentStep, optional
        Begin at this step of an earlier run of the same network, arithmetic and precision, and go on to step ``steps``:
        every number is then the same as without the interruption.

    Raises
    ------
    Undecided
        While iterating: a ball contains a breakpoint of σ, or a margin's ball contains 1.
    ParameterError
        ``'eta' must be above 0, not -1.``, ``'eta' must be rational for arithmetic='rational'.``,
        ``'problem' must have the network's dimension n=3, not 4.``
    InstanceTooLarge
        Where the points cannot be enumerated.

    Notes
    -----
    A step costs a few products of matrices of the given sizes and a pass over the points in float64.

    Examples
    --------
    >>> from theorycheck.cube.patterns import KPattern
    >>> start = ConvolutionalNetwork([["1/2", "1/2"], ["-1/2", "1/2"]], ["-1/2", "-1/2"], [[0, 0]])
    >>> [str(step.loss) for step in descend(start, LearningProblem(KPattern.parity(2, 2)), 1, 2)]
    ['1', '31/32', '119/128']
    """
    require_problem_for(network, problem)
    is_enclosed = require_choice("arithmetic", arithmetic, ARITHMETICS) == "enclosed"
    size = require_step_size(eta, arithmetic)
    require_integer("steps", steps, minimum=0)
    require_integer("precision", precision, minimum=16, maximum=LARGEST_PRECISION)
    require_choice("trains", trains, TRAINED)
    if not isinstance(resume, (ResumePoint, DescentStep, type(None))):
        raise ParameterError(f"'resume' must be a ResumePoint or a DescentStep, not {abbreviate(repr(resume))}.")
    if resume is not None:
        require_integer("resume", resume.t, minimum=0, maximum=steps, maximum_name="steps")

    def start() -> _Descent:
        return _Descent(network, problem, size, multiplicities, is_enclosed, trains)

    return _run(start, steps, precision, resume)


def _run(start: Callable[[], _Descent], steps: int, precision: int,
         resume: ResumePoint | DescentStep | None) -> Iterator[DescentStep]:
    # The precision is global to FLINT, so it is set within each step and never while the caller works.
    t = first = 0 if resume is None else resume.t
    try:
        with ctx.workprec(precision):
            state = start()
            if resume is not None:
                state.restore(resume)
            step = state.evaluate(first)
        yield step
        for t in range(first + 1, steps + 1):
            with ctx.workprec(precision):
                state.move(step)
                step = state.evaluate(t)
            yield step
    except Undecided as reason:
        raise Undecided(f"Step {t} at {precision} bits: {reason}") from None
