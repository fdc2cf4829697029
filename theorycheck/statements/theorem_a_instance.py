"""An instance of Theorem A: the flow, the times at which it is looked at, and what the proof's steps compare."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

from theorycheck.claims import Settings, Text, option
from theorycheck.errors import ParameterError
from theorycheck.rigor import Real, decide, exact_rational
from theorycheck.statements.training_instance import Training, TrainingParameters

if TYPE_CHECKING:
    from theorycheck.flow.gradient_flow import GradientFlow
    from theorycheck.flow.snapshots import FlowSnapshot


@dataclass(frozen=True)
class TheoremAParameters(TrainingParameters):
    """The instance of Theorem A: a training, and until when the flow is followed."""

    activation: str = option(Text(metavar="NAME"), "relu, or clipped_relu:C while no scale reaches C", "relu")
    time: str = option(Text("X", takes_numbers=True), "s, until when the flow is followed: separator for ||u*||^2, "
                                                      "where the bound is 1/4, or a number read exactly", "separator")

    def validate(self) -> None:
        super().validate()
        if self.time != "separator" and exact_rational(self.time, "time") <= 0:
            raise ParameterError(f"'time' must be greater than 0, not {self.time}.")


class TheoremA(Training):
    """Theorem A at one instance; quantities of the flow are functions of the time s."""

    formulas = ("theorycheck.bounds.theorem_a", "theorycheck.bounds.lemma6_norms")

    def __init__(self, parameters: TheoremAParameters, settings: Settings) -> None:
        super().__init__(parameters, settings)
        self.named_time = parameters.time

    @cached_property
    def time(self) -> Fraction:
        """Until when the flow is followed."""
        if self.named_time != "separator":
            return exact_rational(self.named_time, "time")
        norm = self.separator_squared_norm
        return norm if norm is not None else Fraction(self.k**2 * 4**self.k, self.q)

    @cached_property
    def cap(self) -> Fraction | None:
        """The cap of a clipped ReLU, None for ReLU."""
        return self.activation.bound

    @property
    def is_rectifier(self) -> bool:
        """Whether the activation is ReLU, or ReLU clipped at 1/k or above."""
        name = self.activation.name
        return name == "relu" or (name.startswith("clipped_relu") and self.activation.bound is not None
                                  and self.activation.bound >= Fraction(1, self.k))

    @property
    def values(self) -> dict[str, Any]:
        """The symbols' values at this instance."""
        more: dict[str, Any] = {"s": self.time}
        if self.separator is not None:
            more["m_z"] = [int(m) for m in self.multiplicities]
        return {**super().values, **more}

    @cached_property
    def flow(self) -> GradientFlow:
        """The flow, followed until ``time``."""
        from theorycheck.flow.gradient_flow import GradientFlow

        def tell(steps: int) -> None:
            self.settings.progress(steps, steps + 1, "gradient flow")
        return GradientFlow(self.problem, self.multiplicities, k=self.k, windows=self.parameters.windows, cap=self.cap,
                            horizon=self.time, precision=min(max(self.settings.precision, 64), 2048), progress=tell)

    @cached_property
    def times(self) -> tuple[Fraction, ...]:
        """At how many times ``records`` says, evenly up to ``time``, as far as the flow is known."""
        count, end = self.parameters.records, self.flow.end
        known = [self.time * i / count for i in range(1, count + 1)]
        return tuple(s for s in known if end is None or decide(s, "<=", end) is True)

    @cached_property
    def moving_times(self) -> tuple[Fraction, ...]:
        """The times before the flow rests; from then on both sides of the proof's steps are 0."""
        last = self.flow.phases[-1]
        if self.flow.stop != "rest":
            return self.times
        return tuple(s for s in self.times if decide(s, "<", last.start) is True)

    def of_flow(self, s: Fraction, measure: Callable[[FlowSnapshot], Any]) -> Real:
        """A number of the flow at time s."""
        return self.flow.quantity(s, measure)

    def _separator_at(self, z: int) -> Any:
        from flint import arb
        return arb(self.k * int(self.pattern.table[z])) / int(self.multiplicities[z])

    def squared_distance(self, s: Fraction) -> Real:
        """‖u-u*‖² over the full network."""
        from flint import arb
        offset = self.pattern.offset

        def measure(now: FlowSnapshot) -> Any:
            total = arb(0)
            seen = set()
            for (j, z), u in now.readout_of.items():
                away = u - self._separator_at(z) if j == offset else u
                total += int(self.multiplicities[z]) * away * away
                seen.add((j, z))
            for z in range(2**self.k):
                if (offset, z) not in seen:
                    total += int(self.multiplicities[z]) * self._separator_at(z)**2
            return total
        return self.of_flow(s, measure)

    def certain_pairing(self, s: Fraction) -> Real:
        """w = ⟨∇_u L, u-u*⟩ = E[slope·(f h_{u*,W} - f h)], with any slope in [0, 1] at points of margin about 1."""
        from flint import arb

        from theorycheck.flow.models import ball
        offset = self.pattern.offset

        def measure(now: FlowSnapshot) -> Any:
            total = arb(0)
            for row, p, b in zip(now.finer.rows, now.finer.probabilities, now.quotient.blocks):
                z = next(z for j, z in (now.slots[i] for i in row) if j == offset)
                total += ball(p) * now.certain_slopes[b] * (self.k * now.scale_of[z] - now.margins[b])
            return total
        return self.of_flow(s, measure)

    def pairing(self, s: Fraction) -> Real:
        """The same over the slots, with the slopes of the path's mode, which hold sliding margins at 1."""
        from flint import arb
        offset = self.pattern.offset

        def measure(now: FlowSnapshot) -> Any:
            total = arb(0)
            for (j, z), u in now.readout_of.items():
                away = u - self._separator_at(z) if j == offset else u
                total -= int(self.multiplicities[z]) * now.scale_of[z] * now.force_of[j, z] * away
            return total
        return self.of_flow(s, measure)

    def squared_gradient_norm(self, s: Fraction) -> Real:
        """‖∇_u L‖² over the full network."""
        from flint import arb

        def measure(now: FlowSnapshot) -> Any:
            # A product, as python-flint's square of a ball around exactly 0 is nan.
            slopes = [(int(self.multiplicities[z]), now.scale_of[z] * force) for (_, z), force in now.force_of.items()]
            return sum((m * slope * slope for m, slope in slopes), arb(0))
        return self.of_flow(s, measure)

    def separator_loss(self, s: Fraction) -> Real:
        """L(u*, W(s)) = Σ_z P[window = z] max(0, 1 - k a_z)."""
        from flint import arb

        from theorycheck.flow.models import ball
        weights = self.distribution.window_marginal(self.k, self.pattern.offset)

        def measure(now: FlowSnapshot) -> Any:
            zero = arb(0)
            return sum((ball(p) * (1 - self.k * now.scale_of[z]).max(zero) for z, p in enumerate(weights)
                        if p and z in now.scale_of), zero)
        return self.of_flow(s, measure)

    @cached_property
    def window_probabilities(self) -> tuple[Fraction, Fraction]:
        """max_z P_z and Σ_z m_z P_z, P_z = Σ_j p_j(z)²."""
        rows = [self.distribution.window_marginal(self.k, j) for j in range(self.window_count)]
        squares = [sum((row[z]**2 for row in rows), Fraction(0)) for z in range(2**self.k)]
        return max(squares), sum((int(m) * p for m, p in zip(self.multiplicities, squares)), Fraction(0))
