"""What a certified run of gradient descent leaves: a record of everything at chosen steps, and sums over all of them.

Norms, distances and inner products are those of the full network: an entry of class i counts m_i times.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flint import ctx

from theorycheck.networks.rationals import total_of
from theorycheck.rigor import Real
from theorycheck.rigor.real import precision_range
from theorycheck.statements.training_quantities import square_root

if TYPE_CHECKING:
    from theorycheck.training.enclosed_descent import DescentStep


@dataclass(frozen=True, eq=False)
class TrainingRecord:
    """Everything at one step t.

    Attributes
    ----------
    step : int
        t, from 0 to T.
    loss : Real
        f_t(u_t) = L(h_t).
    comparator_loss : Real or None
        f_t(u*) = L(u*, W^(t)) for Lemma 6's u*; None where that does not exist, as for the next three.
    linear_regret : Real or None
        ⟨u_t-u*, ∇_u f_t(u_t)⟩.
    squared_distance : Real or None
        ‖u_t-u*‖².
    squared_gradient_norm, gradient_norm : Real
        ‖∇_u f_t(u_t)‖² over all windows and filters, and its root.
    largest_readout_slope : Real
        max |∂L/∂u_i^(j)|.
    largest_readout : Real
        max |u_i^(t,j)|.
    window_norms : tuple of N Reals
        ‖u^(t,j)‖ over all q filters, for every window.
    filter_slopes : tuple of pairs of Reals
        (‖∂L/∂w_i‖_∞, Σ_j |u_i^(t,j)|) for every class; for an LCN (‖∂L/∂w_i^(j)‖_∞, |u_i^(t,j)|) for every window and
        class, window by window.
    largest_move : Real
        max_i ‖w_i^(t)-w_i^(0)‖_∞.
    squared_drifts : tuple of Reals
        ‖W^(t)-W^(0)‖_F² over all q filters; for an LCN one for every window.
    largest_activation : Real
        max |σ(⟨w_i,z⟩+b_i)| over classes and the 2^k contents z.
    is_frozen : bool or None
        Whether every class is positive on its own sign pattern and 0 elsewhere; None where that is not decided.
    total_loss, total_comparator_loss, total_linear_regret, total_squared_gradient_norm, total_gradient_norm : Real
        Sums of the above over the steps before t; the second and third are None where the separator does not exist.
    margin_kinks, activation_kinks : int
        Points of positive probability with margin exactly 1, and pairs (class, z) on a kink of σ.
    state : DescentStep
        Filters, readout, features and tables as FLINT matrices.
    """

    step: int
    loss: Real
    comparator_loss: Real | None
    linear_regret: Real | None
    squared_distance: Real | None
    squared_gradient_norm: Real
    gradient_norm: Real
    largest_readout_slope: Real
    largest_readout: Real
    window_norms: tuple[Real, ...]
    filter_slopes: tuple[tuple[Real, Real], ...]
    largest_move: Real
    squared_drifts: tuple[Real, ...]
    largest_activation: Real
    is_frozen: bool | None
    total_loss: Real
    total_comparator_loss: Real | None
    total_linear_regret: Real | None
    total_squared_gradient_norm: Real
    total_gradient_norm: Real
    margin_kinks: int
    activation_kinks: int
    state: DescentStep

    @property
    def drift(self) -> Real:
        """‖W^(t)-W^(0)‖_F, over all windows for an LCN."""
        square = total_of(self.squared_drifts)
        if square.is_exact:
            return square.sqrt()
        bits = precision_range()[0]
        with ctx.workprec(bits):
            return square_root(square.enclose(bits))


@dataclass(frozen=True, eq=False)
class TrainingRun:
    """A run of T steps.

    Attributes
    ----------
    records : tuple of TrainingRecord
        At the chosen steps, 0 and T among them.
    mean_loss, mean_later_loss : Real
        (1/T) Σ L(h_t) over t = 0…T-1, and over t = 1…T.
    mean_comparator_loss, mean_later_comparator_loss, mean_linear_regret : Real or None
        (1/T) Σ f_t(u*) over t = 0…T-1 and over t = 1…T, and (1/T) Σ ⟨u_t-u*, ∇f_t⟩ over t = 0…T-1.
    mean_gradient_norm, mean_squared_gradient_norm : Real
        (1/T) Σ ‖∇_u f_t(u_t)‖ and its square's mean, over t = 0…T-1.
    largest_readout_slope, largest_activation : Real
        Over t = 0…T-1, the steps whose gradients are used.
    first_unfrozen : int or None
        The first step t <= T at which a class is not frozen for certain.
    margin_kinks, activation_kinks : int
        Counted over t = 0…T-1.
    arithmetic : str
        ``rational`` or ``enclosed``.
    precision, restarts : int
        Bits of the balls, and how often an undecided margin doubled them.
    """

    records: tuple[TrainingRecord, ...]
    mean_loss: Real
    mean_later_loss: Real
    mean_comparator_loss: Real | None
    mean_later_comparator_loss: Real | None
    mean_linear_regret: Real | None
    mean_gradient_norm: Real
    mean_squared_gradient_norm: Real
    largest_readout_slope: Real
    largest_activation: Real
    first_unfrozen: int | None
    margin_kinks: int
    activation_kinks: int
    arithmetic: str = "enclosed"
    precision: int = 0
    restarts: int = 0

    def record(self, step: int) -> TrainingRecord:
        """Return the record of a step, which must be one of those chosen; -1 means the last."""
        return self.records[-1] if step == -1 else next(row for row in self.records if row.step == step)

    @property
    def method(self) -> str:
        """How the run was computed, in words."""
        if self.arithmetic == "rational":
            return "exact gradient descent in rationals"
        again = f", after {self.restarts} restarts" if self.restarts else ""
        return f"gradient descent in balls of {self.precision} bits{again}"
