"""The sequences of losses on which Theorem 10 is checked, brought to the sums that its proof is about."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from theorycheck.networks.rationals import total_of
from theorycheck.rigor import Real, exact_rational
from theorycheck.statements.training_run import recorded_steps
from theorycheck.training.convex_losses import (AbsoluteLoss, ConvexLoss, HingeLoss, LinearLoss, QuadraticLoss,
                                                UserLoss, inner_product)
from theorycheck.training.online import OnlineRun, online_gradient_descent, total

if TYPE_CHECKING:
    from theorycheck.statements.theorem10 import Theorem10Parameters
    from theorycheck.statements.training_records import TrainingRun


@dataclass(frozen=True, eq=False)
class Prefix:
    """The first T' rounds of a sequence; means are over them.

    Attributes
    ----------
    steps : int
        T'.
    value, comparator_value, regret : Real
        Means of f_t(θ_t), f_t(θ*) and ⟨θ_t-θ*, g_t⟩.
    norms, squares : Real
        Means of ‖g_t‖ and ‖g_t‖²; ``norms`` is 0 where θ_1 = 0, since only ‖θ_1‖ times it is asked for.
    start_product : Real
        Mean of ⟨θ_1, g_t⟩.
    start_norm, comparator_square, start_square, end_square, shifted_end_square : Real
        ‖θ_1‖, ‖θ*‖², ‖θ_1-θ*‖², ‖θ_{T'+1}-θ*‖² and ‖θ_{T'+1}-θ_1-θ*‖².
    """

    steps: int
    value: Real
    comparator_value: Real
    regret: Real
    norms: Real
    squares: Real
    start_product: Real
    start_norm: Real
    comparator_square: Real
    start_square: Real
    end_square: Real
    shifted_end_square: Real

    def symbols(self) -> dict[str, Any]:
        """The values of the symbols in :mod:`theorycheck.bounds.theorem10`."""
        return {"T": self.steps, "values": self.comparator_value, "norms": self.norms, "squares": self.squares,
                "start_norm": self.start_norm, "comparator_square": self.comparator_square,
                "start_square": self.start_square, "end_square": self.end_square}


def online_run(parameters: Theorem10Parameters, rng: np.random.Generator, precision: int) -> OnlineRun:
    """Run online gradient descent on the sequence that the parameters ask for, in rationals."""
    assert parameters.steps is not None and parameters.dimension is not None
    losses = _losses(parameters, rng)
    start = _vector(parameters.start, "start", parameters.dimension, rng)
    if parameters.comparator == "last":
        run = online_gradient_descent(losses, start, parameters.eta, precision=precision)
        return run.against(run.points[-1])
    comparator = _vector(parameters.comparator, "comparator", parameters.dimension, rng)
    return online_gradient_descent(losses, start, parameters.eta, comparator, precision=precision)


def _losses(parameters: Theorem10Parameters, rng: np.random.Generator) -> list[ConvexLoss]:
    size, steps = parameters.dimension or 1, parameters.steps or 1
    if parameters.sequence == "linear":
        given = parameters.weights
        return [LinearLoss(_draw(size, rng) if given is None else _listed(given, "weights", size))] * steps
    if parameters.sequence == "concave":
        return [UserLoss(lambda theta: inner_product(theta, theta) * Fraction(-1, 2),
                         lambda theta: [-entry for entry in theta], "concave")] * steps
    makers = {"absolute": AbsoluteLoss, "hinge": HingeLoss, "quadratic": QuadraticLoss, "random": LinearLoss}
    kinds = list(makers.values()) if parameters.sequence == "mixed" else [makers[parameters.sequence]]
    return [kinds[int(rng.integers(len(kinds)))](_draw(size, rng), _draw(1, rng)[0]) for _ in range(steps)]


def _draw(size: int, rng: np.random.Generator) -> list[Fraction]:
    """Quarters between -2 and 2."""
    return [Fraction(int(value), 4) for value in rng.integers(-8, 9, size=size)]


def _listed(text: str, name: str, size: int) -> list[Fraction]:
    parts = [exact_rational(part, name) for part in text.split(",")]
    return parts * size if len(parts) == 1 else parts


def _vector(text: str, name: str, size: int, rng: np.random.Generator) -> list[Fraction]:
    return _draw(size, rng) if text == "random" else _listed(text, name, size)


def prefixes_of_sequence(run: OnlineRun, records: int) -> list[Prefix]:
    """Return the first T' rounds of an online run for some T', the last of them all of it."""
    return [_prefix(run, steps) for steps in sorted(recorded_steps(run.steps, records)) if steps]


def _prefix(run: OnlineRun, steps: int) -> Prefix:
    start, end, best = run.points[0], run.points[steps], run.comparator

    def mean(numbers: Sequence[Any]) -> Real:
        return Real(total(numbers[:steps])) / steps

    start_square = inner_product(start, start)
    is_origin = start_square == 0 if isinstance(start_square, Fraction) else False
    shifted = tuple(last - first - entry for last, first, entry in zip(end, start, best))
    return Prefix(
        steps, mean(run.values), mean(run.comparator_values), mean(run.linear_regrets),
        Real(0) if is_origin else total_of(run.gradient_norms[:steps]) / steps, mean(run.squared_gradient_norms),
        mean([inner_product(start, gradient) for gradient in run.gradients[:steps]]), Real(start_square).sqrt(),
        Real(inner_product(best, best)), Real(run.squared_distances[0]), Real(run.squared_distances[steps]),
        Real(inner_product(shifted, shifted)))


def prefixes_of_training(run: TrainingRun, separator_square: Fraction) -> list[Prefix]:
    """Return the first T' steps of a training as rounds: f_t(u) = L(u, W^(t)), θ_1 = 0 and θ* = u*."""
    start, found = Real(separator_square), []
    for record in run.records[1:]:
        steps, zero = record.step, Real(0)
        assert record.total_comparator_loss is not None and record.total_linear_regret is not None
        assert record.squared_distance is not None
        found.append(Prefix(
            steps, record.total_loss / steps, record.total_comparator_loss / steps, record.total_linear_regret / steps,
            zero, record.total_squared_gradient_norm / steps, zero, zero, start, start, record.squared_distance,
            record.squared_distance))
    return found
