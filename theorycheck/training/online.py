"""Online gradient descent on a sequence of convex losses, with every quantity of MS21's Theorem 10, exactly.

The telescoping identity behind the theorem,
Σ_t ⟨θ_t-θ*, g_t⟩ = (‖θ_1-θ*‖² - ‖θ_{T+1}-θ*‖²)/(2η) + (η/2) Σ_t ‖g_t‖², holds with equality in rationals.
"""
from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

from theorycheck.errors import ParameterError, abbreviate, require_integer
from theorycheck.networks.rationals import total_of
from theorycheck.networks.requirements import Number, number
from theorycheck.rigor import Real, decide
from theorycheck.training.convex_losses import ConvexLoss, Vector, inner_product, vector


@dataclass(frozen=True, eq=False)
class OnlineRun:
    """θ_1, …, θ_{T+1} with θ_{t+1} = θ_t - ηg_t, and what Theorem 10 says about them.

    Sequences over t hold index t-1.  Numbers are Fractions where all is rational, else enclosed Reals.

    Attributes
    ----------
    losses : tuple of T losses
    eta : Fraction or Real
    points : tuple of T+1 vectors
        θ_1 … θ_{T+1}.
    values, gradients : tuples of T
        f_t(θ_t) and g_t, a subgradient of f_t at θ_t.
    comparator : vector
        θ*.
    comparator_values : tuple of T
        f_t(θ*).
    precision : int
        Bits of the enclosures; of no matter to rationals.
    interrupted : bool
        Whether Ctrl-C ended the run early; then everything is about the T steps that were done.
    """

    losses: tuple[ConvexLoss, ...]
    eta: Number
    points: tuple[Vector, ...]
    values: tuple[Number, ...]
    gradients: tuple[Vector, ...]
    comparator: Vector
    comparator_values: tuple[Number, ...]
    precision: int
    interrupted: bool = False

    @property
    def steps(self) -> int:
        """T."""
        return len(self.losses)

    @cached_property
    def is_exact(self) -> bool:
        """Whether every number of the run is rational."""
        numbers = [self.eta, *self.values, *self.comparator_values, *self.comparator,
                   *(entry for point in (*self.points, *self.gradients) for entry in point)]
        return all(isinstance(entry, Fraction) for entry in numbers)

    @cached_property
    def squared_gradient_norms(self) -> tuple[Number, ...]:
        """‖g_t‖², T of them."""
        return tuple(self._settle(inner_product(g, g)) for g in self.gradients)

    @cached_property
    def gradient_norms(self) -> tuple[Real, ...]:
        """‖g_t‖, T of them; exact where the root is rational."""
        return tuple(Real(square).sqrt() for square in self.squared_gradient_norms)

    @cached_property
    def squared_distances(self) -> tuple[Number, ...]:
        """‖θ_t-θ*‖², T+1 of them."""
        steps = (_difference(point, self.comparator) for point in self.points)
        return tuple(self._settle(inner_product(step, step)) for step in steps)

    @cached_property
    def linear_regrets(self) -> tuple[Number, ...]:
        """⟨θ_t-θ*, g_t⟩, T of them."""
        return tuple(self._settle(inner_product(_difference(point, self.comparator), gradient))
                     for point, gradient in zip(self.points, self.gradients))

    @cached_property
    def convexity_gaps(self) -> tuple[Number, ...]:
        """f_t(θ*) - f_t(θ_t) - ⟨g_t, θ*-θ_t⟩, T of them: a negative one proves that f_t is not convex."""
        return tuple(self._settle(best - value + regret) for best, value, regret in
                     zip(self.comparator_values, self.values, self.linear_regrets))

    @property
    def telescoped(self) -> Number:
        """(‖θ_1-θ*‖² - ‖θ_{T+1}-θ*‖²)/(2η) + (η/2) Σ‖g_t‖², which equals the sum of ``linear_regrets``."""
        ends = self.squared_distances[0] - self.squared_distances[-1]
        return self._settle(ends / (2 * self.eta) + total(self.squared_gradient_norms) * self.eta / 2)

    @property
    def mean_value(self) -> Number:
        """(1/T) Σ f_t(θ_t)."""
        return total(self.values) / Fraction(self.steps)

    @property
    def mean_comparator_value(self) -> Number:
        """(1/T) Σ f_t(θ*)."""
        return total(self.comparator_values) / Fraction(self.steps)

    @property
    def mean_linear_regret(self) -> Number:
        """(1/T) Σ ⟨θ_t-θ*, g_t⟩."""
        return total(self.linear_regrets) / Fraction(self.steps)

    @property
    def mean_gradient_norm(self) -> Real:
        """(1/T) Σ ‖g_t‖."""
        return total_of(self.gradient_norms) / Fraction(self.steps)

    @property
    def mean_squared_gradient_norm(self) -> Number:
        """(1/T) Σ ‖g_t‖²."""
        return total(self.squared_gradient_norms) / Fraction(self.steps)

    def against(self, comparator: Any) -> OnlineRun:
        """Return the same run beside another θ*; the theorem holds for every one.

        Raises
        ------
        ParameterError
            ``'comparator' must have 3 entries, not 2.``
        """
        best = vector(comparator, "comparator", len(self.points[0]))
        values = tuple(self._settle(_value(loss, best)) for loss in self.losses)
        return replace(self, comparator=best, comparator_values=values)

    def _settle(self, value: Number) -> Number:
        return _settled(value, self.precision)


def online_gradient_descent(losses: Iterable[Any], start: Any, eta: Any, comparator: Any = None, *,
                            precision: int = 128,
                            progress: Callable[[int, int, str], None] | None = None) -> OnlineRun:
    """Run θ_{t+1} = θ_t - η∇f_t(θ_t) over a sequence of losses.

    Parameters
    ----------
    losses : iterable of T ≥ 1 losses
        Objects with ``value(point)`` and ``subgradient(point)``, such as those of
        :mod:`theorycheck.training.convex_losses`; a point is a tuple of numbers.
    start : vector of d numbers
        θ_1.  Rationals, decimals read exactly, a float64 array (its dyadic numbers), or Reals.
    eta : number above 0
        A rational or a Real.
    comparator : vector, optional
        θ*; the origin unless given.
    precision : int
        Bits of an enclosed run, 2 to 65536.
    progress : callable, optional
        ``progress(done, total, title)``, called before each step and at the end.

    Returns
    -------
    OnlineRun

    Raises
    ------
    ParameterError
        ``'losses' must have at least one loss.``, ``'losses' must have value(point) and subgradient(point), not …``,
        ``'eta' must be above 0, not -1.``, ``'precision' must be larger: the sign of 1 - margin is not decided.``

    Notes
    -----
    Exact Fractions while every number is rational; their size grows with T for losses that are not piecewise linear.
    Otherwise balls of the given precision, which widen with T.  O(Td) numbers are held.  Ctrl-C keeps the steps that
    are done.  That a loss is convex is not known beforehand: ``convexity_gaps`` shows where one was not.  MS21,
    Theorem 10.

    Examples
    --------
    >>> from theorycheck.training.convex_losses import AbsoluteLoss, LinearLoss
    >>> run = online_gradient_descent([AbsoluteLoss([1], 1), LinearLoss([2])], [0], "1/2")
    >>> [point[0] for point in run.points]
    [Fraction(0, 1), Fraction(1, 2), Fraction(-1, 2)]
    >>> sum(run.linear_regrets) == run.telescoped
    True
    """
    sequence = _read_losses(losses)
    if progress is not None and not callable(progress):
        raise ParameterError(f"'progress' must be callable, not {abbreviate(repr(progress))}.")
    point = vector(start, "start")
    rate = number(eta, "eta")
    if decide(rate, ">", 0) is not True:
        raise ParameterError(f"'eta' must be above 0, not {abbreviate(rate)}.")
    precision = require_integer("precision", precision, minimum=2, maximum=65536)
    origin = (Fraction(0),) * len(point)
    best = origin if comparator is None else vector(comparator, "comparator", len(point))
    done = list(_steps(sequence, point, rate, precision, progress))
    values, gradients, points = zip(*done)
    run = OnlineRun(sequence[:len(done)], rate, (point, *points), values, gradients, origin, (), precision,
                    len(done) < len(sequence))
    return run.against(best)


def _steps(losses: tuple[ConvexLoss, ...], point: Vector, rate: Number, precision: int,
           progress: Callable[[int, int, str], None] | None) -> Iterator[tuple[Number, Vector, Vector]]:
    """Yield f_t(θ_t), g_t and θ_{t+1}; Ctrl-C ends the sequence once there is a step to keep."""
    report = progress or (lambda done, total, title: None)
    done = 0
    try:
        for loss in losses:
            report(done, len(losses), "online gradient descent")
            value = _settled(_value(loss, point), precision)
            gradient = tuple(_settled(entry, precision) for entry in
                             vector(loss.subgradient(point), "subgradient", len(point)))
            point = tuple(_settled(entry - rate * slope, precision) for entry, slope in zip(point, gradient))
            yield value, gradient, point
            done += 1
    except KeyboardInterrupt:
        if done == 0:
            raise
    finally:
        report(len(losses), len(losses), "")


def total(numbers: Sequence[Number]) -> Number:
    """Return the sum: a Fraction where all are, else a Real that nests no deeper than its deepest term.

    Examples
    --------
    >>> total([Fraction(1, 2), Fraction(1, 2)])
    Fraction(1, 1)
    """
    result = total_of([Real(entry) for entry in numbers])
    return result if result.exact is None else result.exact


def _read_losses(losses: Any) -> tuple[ConvexLoss, ...]:
    sequence = tuple(losses) if isinstance(losses, Iterable) else ()
    if not sequence:
        raise ParameterError("'losses' must have at least one loss.")
    for loss in sequence:
        if isinstance(loss, type) or not isinstance(loss, ConvexLoss):
            raise ParameterError("'losses' must have value(point) and subgradient(point), not "
                                 f"{abbreviate(repr(loss))}.")
    return sequence


def _value(loss: ConvexLoss, point: Vector) -> Number:
    return number(loss.value(point), "value")


def _difference(left: Vector, right: Vector) -> Vector:
    return tuple(a - b for a, b in zip(left, right, strict=True))


def _settled(value: Number, precision: int) -> Number:
    """A ball in place of the recipe that would nest one level deeper with every step."""
    if isinstance(value, Fraction):
        return value
    return Real(value.enclose(precision)) if value.exact is None else value.exact
