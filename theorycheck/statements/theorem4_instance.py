"""An instance of Theorem 4, for the CNN or the LCN: width and steps chosen where they are not given, and the bound."""
from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, ClassVar

from theorycheck.claims import Count, Rational, Settings, option
from theorycheck.errors import ParameterError
from theorycheck.rigor import Real, decide, exact_rational
from theorycheck.rigor.real import RealLike
from theorycheck.statements.training_instance import Training, TrainingParameters

if TYPE_CHECKING:
    from theorycheck.bounds.theorem4_search import LossTarget


@dataclass(frozen=True)
class Theorem4Parameters(TrainingParameters):
    """A trained network, and the loss that the bound should reach."""

    #: The module of bounds whose terms are meant.
    formulas: ClassVar[str] = "theorycheck.bounds.theorem4"

    q: int | None = option(Count(), "number of filters (default: the one of the smallest q*T for which the bound "
                                    "reaches epsilon, above Lemma 6's)", None)
    steps: int | None = option(Count(), "T, number of gradient steps (default: with q, the one of the smallest q*T)",
                               None)
    epsilon: Fraction | None = option(Rational(0), "the mean loss that the bound should reach (default: less than 1, "
                                                   "the loss of h=0)", None)

    def validate(self) -> None:
        if self.epsilon == 0:
            raise ParameterError("'epsilon' must be greater than 0, not 0.")
        given = self.q
        super().validate()
        if given is None or self.steps is None:
            q, steps = self._chosen(given)
            # Filled in, so that every report and every command to repeat it says what was run.
            object.__setattr__(self, "q", q)
            object.__setattr__(self, "steps", steps)

    def target(self) -> LossTarget | None:
        """Return what the bound should reach, as a function of q and T; None where no constant c is known."""
        from theorycheck.bounds.theorem4_search import LossTarget
        from theorycheck.networks.activations import activation_named
        activation = activation_named(self.activation)
        c = None if self.c is None else exact_rational(self.c, "c")
        if c is None and activation.bound is not None:
            c = activation.bound or Fraction(1)
        if c is None and activation.name != "relu":
            return None
        windows = max(1, self.n - self.k + (self.windows == "all"))
        return LossTarget(self.n, self.k, self.delta, self.epsilon, c, windows, import_module(self.formulas))

    @property
    def cheapest(self) -> tuple[int, int] | None:
        """The (q, T) of smallest product for which the bound reaches epsilon; None where no constant c is known."""
        from theorycheck.bounds.theorem4_search import cheapest
        target = self.target()
        return None if target is None else cheapest(target)

    def _chosen(self, q: int | None) -> tuple[int, int]:
        """Width and steps, at least one of which was not given."""
        from theorycheck.bounds.theorem4_search import cheapest
        target = self.target()
        if target is None:
            raise ParameterError(f"'c' must be given, or both 'q' and 'steps', for {self.activation}: no constant c "
                                 "with |sigma| <= c is known to choose them by.")
        if q is not None:
            steps = target.least_steps(q)
            if steps is None:
                least, _ = cheapest(target)
                raise ParameterError(f"'q' must be larger, not {q}, for the bound to reach {self._goal} at any number "
                                     f"of steps; the cheapest is {least}. With 'steps' given it runs all the same.")
            return q, steps
        if self.steps is None:
            return cheapest(target)
        width = target.least_filters(self.steps)
        if width is None:
            _, steps = cheapest(target)
            raise ParameterError(f"'steps' must be larger, not {self.steps}, for the bound to reach {self._goal} at "
                                 f"any width; the cheapest is {steps}. With 'q' given it runs all the same.")
        return width, self.steps

    @property
    def _goal(self) -> str:
        return "less than 1" if self.epsilon is None else str(self.epsilon)


class Theorem4(Training):
    """An instance of Theorem 4 for the CNN; a subclass names the LCN's formulas."""

    formulas = ("theorycheck.bounds.theorem4", "theorycheck.bounds.lemma6_norms")
    parameters: Theorem4Parameters

    def __init__(self, parameters: Theorem4Parameters, settings: Settings, tied: bool = True) -> None:
        super().__init__(parameters, settings, tied)
        if self.c is None:
            raise ParameterError(f"'c' must be given for {parameters.activation}: no constant c with |sigma| <= c is "
                                 "known for it.")

    @cached_property
    def stated(self) -> Real:
        """The stated bound on the mean loss."""
        return self.bound("stated_bound")

    @cached_property
    def is_vacuous(self) -> bool:
        """Whether the stated bound is at least 1, the loss of h = 0."""
        return decide(self.stated, ">=", 1) is True

    @property
    def has_paper_step_size(self) -> bool:
        """Whether η is the theorem's √n/(√q T)."""
        return self.eta_squared == Fraction(self.n, self.q * self.steps**2)

    @cached_property
    def smallest_work(self) -> tuple[int, int] | None:
        """The (q, T) of smallest product from which the bound is below 1, at this n and k; None if c is not known."""
        from dataclasses import replace

        from theorycheck.bounds.theorem4_search import cheapest
        target = self.parameters.target()
        return None if target is None else cheapest(replace(target, epsilon=None))

    def sharp(self, name: str, squared_norm: Fraction, **values: RealLike) -> Real:
        """Evaluate the sharp bound of this name for a separator of this squared norm."""
        return self.bound(getattr(import_module(self.formulas[0]), name)(squared_norm=squared_norm), **values)

    @property
    def outside(self) -> str | None:
        """Why the bounds that lean on Lemma 6's norm are not judged for this draw, or None."""
        if self.is_in_event:
            return None
        least = int(self.multiplicities.min())
        return (f"this draw is outside Lemma 6's event (a sign pattern has {least} filters, half the mean is "
                f"{Fraction(self.q, 2**(self.k + 1))}); no counterexample, since it has probability at most delta")

    @property
    def without_separator(self) -> str | None:
        """Why there is no u*, or None."""
        if self.separator is not None:
            return None
        if self.pattern.offset >= self.window_count:
            return "the paper's sum of windows misses the last one, on which this pattern lies: no u* on it"
        empty = int((self.multiplicities == 0).nonzero()[0][0])
        return f"this draw has no filter with sign pattern z={empty}, so u* does not exist"
