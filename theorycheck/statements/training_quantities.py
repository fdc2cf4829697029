"""What is computed from one step of a run: losses, regrets, norms, largest entries, over rationals or over balls."""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from flint import arb, fmpq, fmpq_mat

from theorycheck.gradients.flint_matrices import Scalar, rational_scalar
from theorycheck.networks.rationals import from_flint
from theorycheck.rigor import Real

if TYPE_CHECKING:
    from theorycheck.statements.training_instance import Training
    from theorycheck.training.enclosed_descent import DescentStep


def largest_size(values: Iterable[Scalar], least: Scalar = fmpq(0)) -> Scalar:
    """Return the largest size of the numbers, at least ``least``; of balls, a ball that contains it.

    Examples
    --------
    >>> largest_size([fmpq(1, 2), fmpq(-2, 3)])
    2/3
    """
    best, low = least, -least
    for value in values:
        # True of balls only where it is certain; most numbers are below the largest so far.
        if low <= value <= best:
            continue
        size = abs(value)
        if isinstance(size, fmpq) and isinstance(best, fmpq):
            best = max(best, size)
        else:
            best = _ball(best).max(_ball(size))
        low = -best
    return best


def _ball(value: Any) -> arb:
    return value if isinstance(value, arb) else arb(value)


def square_root(square: Scalar) -> Real:
    """Return the root of a number known to be non-negative: exact where rational, else a ball, also round 0.

    Examples
    --------
    >>> square_root(fmpq(1, 4)), square_root(arb(0, 1e-30)).enclose().contains(arb(0))
    (Real(1/2), True)
    """
    if isinstance(square, fmpq):
        return Real(from_flint(square)).sqrt()
    if square > 0 or square == 0:
        return Real(square.sqrt())
    # A ball round 0: the root of its upper end bounds, and arb.sqrt of the ball itself is no number.
    return Real(arb(0).union(square.abs_upper().sqrt()))


class StepQuantities:
    """The quantities of one step, each worked out when first asked for.

    Parameters
    ----------
    frame : RunFrame
        What all steps of the run share.
    state : DescentStep
        The step.
    """

    def __init__(self, frame: RunFrame, state: DescentStep) -> None:
        self.frame, self.state = frame, state

    @cached_property
    def readout(self) -> list[Scalar]:
        """u, window by window."""
        return list(self.state.readout.entries())

    @cached_property
    def readout_slopes(self) -> list[Scalar]:
        """∂L/∂u of one filter of each class, window by window."""
        return list(self.state.readout_gradient.entries())

    def _weighted(self, left: Sequence[Scalar], right: Sequence[Scalar]) -> Scalar:
        """Σ over windows and all q filters of left·right."""
        return sum((m * a * b for m, a, b in zip(self.frame.entry_multiplicities, left, right)), fmpq(0))

    @cached_property
    def squared_gradient_norm(self) -> Scalar:
        """‖∇_u f_t‖²."""
        return self._weighted(self.readout_slopes, self.readout_slopes)

    @cached_property
    def _deviation(self) -> list[Scalar]:
        assert self.frame.separator is not None
        return [u - best for u, best in zip(self.readout, self.frame.separator)]

    @cached_property
    def linear_regret(self) -> Scalar:
        """⟨u_t-u*, ∇_u f_t⟩."""
        return self._weighted(self._deviation, self.readout_slopes)

    @cached_property
    def squared_distance(self) -> Scalar:
        """‖u_t-u*‖²."""
        return self._weighted(self._deviation, self._deviation)

    def comparator_loss(self) -> Scalar:
        """L(u*, W^(t)): u* reads one window, so that the loss is a sum over its 2^k contents."""
        frame = self.frame
        features = frame.by_window(self.state.features)[0 if frame.tied else frame.offset]
        values = (frame.separator_weights * features).entries()
        loss: Scalar = fmpq(0)
        for value, label, weight in zip(values, frame.labels, frame.window_weights):
            gap = 1 - label * value
            loss += weight * (gap.max(arb(0)) if isinstance(gap, arb) else max(gap, fmpq(0)))
        return loss

    def largest_activation(self, least: Scalar = fmpq(0)) -> Scalar:
        """max |σ| over classes and contents, and windows for an LCN; at least ``least``."""
        matrices = self.frame.by_window(self.state.features)
        return largest_size((value for matrix in matrices for value in matrix.entries()), least)

    def is_frozen(self) -> bool | None:
        """Whether every class is positive on its own sign pattern and 0 elsewhere."""
        answer: bool | None = True
        for matrix in self.frame.by_window(self.state.features):
            for row, own in zip(matrix.table(), self.frame.occupied):
                for z, value in enumerate(row):
                    holds = value > 0 if z == own else value == 0
                    if holds:
                        continue
                    if (value <= 0) if z == own else (value != 0):
                        return False
                    answer = None
        return answer

    def window_squared_norms(self) -> list[Scalar]:
        """‖u^(t,j)‖² over all q filters, for every window."""
        width = len(self.frame.multiplicities)
        squares = [m * u * u for m, u in zip(self.frame.entry_multiplicities, self.readout)]
        return [sum(squares[j:j + width], fmpq(0)) for j in range(0, len(squares), width)]

    def _filter_rows(self, matrices: Any) -> Iterator[tuple[int, int, list[Scalar]]]:
        """Yield (window, class, row) of the filters or their gradients; the window is 0 for all of a CNN."""
        for window, matrix in enumerate(self.frame.by_window(matrices)):
            for index, row in enumerate(matrix.table()):
                yield window, index, row

    def filter_slopes(self) -> Iterator[tuple[Scalar, Scalar]]:
        """Pairs (‖∂L/∂w_i‖_∞, Σ_j |u_i^(j)|), or (‖∂L/∂w_i^(j)‖_∞, |u_i^(j)|) for an LCN."""
        width = len(self.frame.multiplicities)
        for window, index, row in self._filter_rows(self.state.filters_gradient):
            mine = self.readout[index::width] if self.frame.tied else [self.readout[window * width + index]]
            total: Any = sum((abs(u) for u in mine), fmpq(0))
            yield largest_size(row), total

    @cached_property
    def _moves(self) -> list[tuple[int, int, list[Scalar]]]:
        return [(window, index, [entry - old for entry, old in zip(row, self.frame.first_filters[index])])
                for window, index, row in self._filter_rows(self.state.filters)]

    def largest_move(self) -> Scalar:
        """max_i ‖w_i^(t)-w_i^(0)‖_∞."""
        return largest_size(entry for _, _, row in self._moves for entry in row)

    def squared_drifts(self) -> list[Scalar]:
        """‖W^(t)-W^(0)‖_F² over all q filters, for every window of an LCN."""
        sums: dict[int, Scalar] = {}
        for window, index, row in self._moves:
            square = self.frame.multiplicities[index] * sum((entry * entry for entry in row), fmpq(0))
            sums[window] = sums.get(window, fmpq(0)) + square
        return list(sums.values())


class RunFrame:
    """What all steps of a run share: multiplicities, the separator, the weights of the pattern's window."""

    def __init__(self, training: Training) -> None:
        self.tied, self.offset = training.tied, training.pattern.offset
        self.occupied = training.occupied.tolist()
        self.multiplicities = training.class_multiplicities.tolist()
        self.entry_multiplicities = self.multiplicities * training.window_count
        self.labels = training.pattern.table.tolist()
        # All windows of an LCN start alike.
        rows = training.start.filters.tolist()
        self.first_filters = [[rational_scalar(entry) for entry in row] for row in (rows if training.tied else rows[0])]
        self.separator: list[fmpq] | None = None
        if training.separator is not None:
            self.separator = [rational_scalar(entry) for entry in training.separator.ravel().tolist()]
            # m_z u*_z = k g(z), of all the filters of a class together.
            self.separator_weights = fmpq_mat(1, len(self.labels), [training.k * g for g in self.labels])
            weights = training.distribution.window_marginal(training.k, self.offset)
            self.window_weights = [rational_scalar(weight) for weight in weights]

    def by_window(self, matrices: Any) -> list[Any]:
        """The one matrix of a CNN, or those of every window of an LCN."""
        return [matrices] if self.tied else list(matrices)
