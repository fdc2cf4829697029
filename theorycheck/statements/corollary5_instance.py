"""An instance of Corollary 5: its sizes, stated and correct, and the sample experiment."""
from __future__ import annotations

from fractions import Fraction
from functools import cached_property
from math import floor, isqrt
from typing import TYPE_CHECKING, Any

from theorycheck.claims import Settings
from theorycheck.rigor import Real, decide

if TYPE_CHECKING:
    import numpy as np

    from theorycheck.cube.patterns import KPattern
    from theorycheck.statements.corollary5 import Corollary5Parameters
    from theorycheck.statements.corollary5_sample import Fit

# y^2 at most this: the lower bound is valid (y < arccosh 2) and increases with q (tanh(2y) > y).
LARGEST_SQUARED_EXPONENT = Fraction(9, 10)


def formula(name: str, **given: Any) -> Any:
    """Return the sympy expression of this name from the bounds of Corollary 5 or Theorem 4."""
    from theorycheck.bounds import corollary5, theorem4
    return getattr(corollary5 if hasattr(corollary5, name) else theorem4, name)(**given)


def sufficient_sizes(parameters: Corollary5Parameters, q: int | None = None) -> tuple[int, int]:
    """Return the correct number of filters and, for q of them (default: that number), the correct number of steps."""
    from theorycheck.bounds.evaluate import evaluate
    values: dict[str, Any] = {"n": parameters.n, "k": parameters.k, "epsilon": parameters.epsilon,
                              "delta": parameters.delta, "c": parameters.c}
    width = _integer(evaluate(formula("sufficient_width"), values))
    squared = evaluate(formula("sufficient_steps")**2, {**values, "q": q or width}).exact
    assert squared is not None
    # The smallest integer whose square is at least the rational square.
    root = isqrt(floor(squared))
    return width, root + (root * root < squared)


def _integer(value: Real) -> int:
    assert value.exact is not None and value.exact.denominator == 1
    return int(value.exact)


class Corollary5:
    """An instance of Corollary 5: its sizes, and what the steps share."""

    def __init__(self, parameters: Corollary5Parameters, settings: Settings) -> None:
        self.parameters, self.settings = parameters, settings
        self.n, self.k, self.epsilon, self.delta = parameters.n, parameters.k, parameters.epsilon, parameters.delta
        assert parameters.q is not None and parameters.steps is not None
        self.q, self.steps, self.window_count = parameters.q, parameters.steps, parameters.n - parameters.k + 1
        self.sufficient_q, self.sufficient_steps = sufficient_sizes(parameters, self.q)

    @cached_property
    def values(self) -> dict[str, Any]:
        """The symbols' values at this instance."""
        return {"n": self.n, "k": self.k, "N": self.window_count, "q": self.q, "T": self.steps,
                "epsilon": self.epsilon, "delta": self.delta, "c": self.parameters.c, "C": self.parameters.constant}

    def bound(self, name: str, **changed: Any) -> Real:
        """Evaluate the formula called ``name`` here, with some values changed."""
        return self.evaluate(formula(name), **changed)

    def evaluate(self, expression: Any, **changed: Any) -> Real:
        """Evaluate an expression here, with some values changed."""
        from theorycheck.bounds.evaluate import evaluate
        return evaluate(expression, {**self.values, **changed})

    def root_bound(self, name: str, **changed: Any) -> Real:
        """Evaluate a formula that is the root of a rational, through its square: exact where the root is."""
        return self.evaluate(formula(name)**2, **changed).sqrt()

    def terms(self, **changed: Any) -> tuple[Real, Real, Real]:
        """Theorem 4's three terms."""
        return (self.bound("first_term", **changed), self.root_bound("second_term", **changed),
                self.root_bound("third_term", **changed))

    @cached_property
    def stated_q(self) -> int:
        """The stated number of filters, and of steps, as the smallest integer from the rate on."""
        from theorycheck.bounds.lemma6 import smallest_integer_from
        return _integer(self.evaluate(smallest_integer_from(formula("stated_width"))))

    def lower_bound(self, q: int) -> Real | None:
        """The lower bound on the loss of every step at q filters; None where it does not apply."""
        if self.window_count * self.n * self.k > LARGEST_SQUARED_EXPONENT * q * 4**self.k:
            return None
        return self.bound("loss_lower_bound", q=q)

    @cached_property
    def necessary_q(self) -> int | None:
        """The smallest q from which on the lower bound is at most ε; None where it says nothing."""
        low = int(self.window_count * self.n * self.k / (LARGEST_SQUARED_EXPONENT * 4**self.k)) + 1
        if not self._is_refuted(low):
            return None
        high = max(2 * low, self.sufficient_q)
        while self._is_refuted(high):
            high *= 2
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._is_refuted(middle) else (low, middle)
        return high

    def _is_refuted(self, q: int) -> bool:
        bound = self.lower_bound(q)
        return bound is not None and decide(bound, ">", self.epsilon) is True

    @cached_property
    def dimension(self) -> int:
        """d = 2^(k-1)(N+1)."""
        return _integer(self.bound("dimension_bound"))

    @cached_property
    def vapnik_examples(self) -> int:
        """The smallest sample, at least d, for which the deviation bound at δ/2 is at most ε."""
        low, high = self.dimension - 1, 2 * self.dimension
        while not self._suffices(high):
            low, high = high, 2 * high
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self._suffices(middle) else (middle, high)
        return high

    def deviation(self, size: int) -> Real:
        """The deviation bound for a sample of this size, at δ/2."""
        return self.evaluate(formula("deviation_bound", d=self.dimension), M=size, delta=self.delta / 2)

    def _suffices(self, size: int) -> bool:
        return decide(self.deviation(size), "<=", self.epsilon) is True

    @cached_property
    def pattern(self) -> KPattern:
        """The pattern of the sample experiment."""
        import numpy as np

        from theorycheck.cube.patterns import KPattern
        parameters = self.parameters
        rng = np.random.default_rng(np.random.SeedSequence(self.settings.seed).spawn(3)[0])
        return KPattern.from_name(parameters.pattern, self.n, self.k, parameters.offset, int(parameters.tie), rng)

    def rng(self, name: str) -> np.random.Generator:
        """A generator for the ``sample`` or the ``trials``, always from its beginning."""
        import numpy as np
        streams = np.random.SeedSequence(self.settings.seed).spawn(3)
        return np.random.default_rng(streams[("pattern", "sample", "trials").index(name)])

    @cached_property
    def fit(self) -> Fit:
        """Training on the drawn sample."""
        from theorycheck.statements.corollary5_sample import fit_sample
        size = self.parameters.sample
        assert size is not None
        return fit_sample(self, self.rng("sample").integers(0, 1 << self.n, size=size))
