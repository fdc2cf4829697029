"""An instance of Comment 7: the drawn Gaussian filters, with and without bias, and what several steps share."""
from __future__ import annotations

from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

from theorycheck.claims import Settings
from theorycheck.rigor import Real, decide

if TYPE_CHECKING:
    import numpy as np

    from theorycheck.features.initialisation import GivenFilters
    from theorycheck.features.maps import FeatureMap
    from theorycheck.networks.rationals import RationalArray
    from theorycheck.statements.comment7 import Comment7Parameters


def formula(name: str) -> Any:
    """Return the function of this name from the bounds of Comment 7."""
    from theorycheck.bounds import comment7
    return getattr(comment7, name)


def sufficient_width(k: int, beta: Fraction, delta: Fraction) -> int | None:
    """Return the smallest integer q that the bound for Gaussian filters allows; None where λ_min is 0."""
    least = least_eigenvalue(k, beta)
    if least.exact == 0:
        return None
    from theorycheck.bounds.evaluate import evaluate
    from theorycheck.bounds.lemma6 import smallest_integer_from
    width = formula("sufficient_filters")(r=formula("spread_bound")(beta=beta))
    exact = evaluate(smallest_integer_from(width), {"k": k, "delta": delta, "lambda_min": least}).exact
    assert exact is not None
    return int(exact)


def least_eigenvalue(k: int, beta: Fraction) -> Real:
    """Return λ_min of E[φφᵀ]."""
    from theorycheck.bounds.arithmetic import extremum
    from theorycheck.features.gaussian import gaussian_level_eigenvalues
    return extremum(gaussian_level_eigenvalues(k, beta), largest=False)


class Comment7:
    """An instance of Comment 7: its pattern, its drawn filters, and what the steps share."""

    def __init__(self, parameters: Comment7Parameters, settings: Settings) -> None:
        import numpy as np

        from theorycheck.cube.patterns import KPattern
        self.parameters, self.settings = parameters, settings
        self.n, self.k, self.beta, self.delta = parameters.n, parameters.k, parameters.beta, parameters.delta
        assert parameters.q is not None
        self.q = parameters.q
        # Independent streams: a random pattern, drawn networks and trials leave the filters as they are.
        streams = np.random.SeedSequence(settings.seed).spawn(4)
        self._streams = {name: stream for name, stream in zip(("filters", "pattern", "network", "trials"), streams)}
        self.pattern = KPattern.from_name(parameters.pattern, self.n, self.k, parameters.offset, int(parameters.tie),
                                          self.rng("pattern"))

    def rng(self, name: str) -> np.random.Generator:
        """A generator for one of ``filters``, ``pattern``, ``network``, ``trials``, always from its beginning."""
        import numpy as np
        return np.random.default_rng(self._streams[name])

    def bound(self, expression: Any) -> Real:
        """Evaluate a formula here."""
        from theorycheck.bounds.evaluate import evaluate
        return evaluate(expression, {"k": self.k, "q": self.q, "delta": self.delta, "lambda_min": self.least})

    @cached_property
    def eigenvalues(self) -> tuple[Real, ...]:
        """λ_0 … λ_k of E[φφᵀ]."""
        from theorycheck.features.gaussian import gaussian_level_eigenvalues
        return gaussian_level_eigenvalues(self.k, self.beta)

    @cached_property
    def least(self) -> Real:
        """λ_min."""
        return least_eigenvalue(self.k, self.beta)

    @property
    def is_positive(self) -> bool:
        """Whether every λ_l is known to be positive."""
        return decide(self.least, ">", 0) is True

    @cached_property
    def sufficient_width(self) -> int | None:
        """The smallest q that the bound for this law allows; None where no width does."""
        return sufficient_width(self.k, self.beta, self.delta)

    @cached_property
    def spread(self) -> Real:
        """The bound on the largest eigenvalue of E[|Y|²YYᵀ]; λ_min must not be 0."""
        return self.bound(formula("spread_bound")(beta=self.beta))

    @cached_property
    def filters(self) -> GivenFilters:
        """The drawn first layer."""
        from theorycheck.features.initialisation import sample_gaussian
        return sample_gaussian(self.q, self.k, self.rng("filters"), self.beta)

    @cached_property
    def gram(self) -> RationalArray:
        """ΦᵀΦ of all drawn filters, exactly."""
        from theorycheck.features.maps import blocked_window_gram
        from theorycheck.networks.activations import activation_named
        return blocked_window_gram(activation_named("relu"), self.filters)

    @cached_property
    def rank(self) -> int:
        """The rank of ΦᵀΦ."""
        from theorycheck.features.bias_free import rank_of_gram
        return rank_of_gram(self.gram)

    @cached_property
    def is_in_event(self) -> bool | None:
        """Whether ΦᵀΦ/q exceeds half of E[φφᵀ] in this draw; None if it is not decided."""
        from theorycheck.features.gaussian import exceeds_share_of_covariance
        return exceeds_share_of_covariance(self.gram, self.q, self.eigenvalues)

    @cached_property
    def least_norm(self) -> Fraction | np.ndarray:
        """min ‖u‖² at the pattern's window, or a function orthogonal to every feature but not to g."""
        from theorycheck.features.gaussian import least_squared_norm
        return least_squared_norm(self.gram, self.pattern.table)

    @cached_property
    def limit(self) -> Real | None:
        """The limit of q‖u*‖²; None where it is infinite."""
        from theorycheck.features.gaussian import limiting_squared_norm
        return limiting_squared_norm(self.pattern.table, self.eigenvalues)

    @cached_property
    def bias_free_features(self) -> FeatureMap:
        """The exact features of the first drawn filters, their biases left out."""
        from theorycheck.features.initialisation import GivenFilters
        from theorycheck.features.maps import given_features
        from theorycheck.networks.activations import activation_named
        count = min(self.q, 64 + 2**(self.k + 3))
        return given_features(activation_named("relu"), GivenFilters(self.filters.filters[:count]))
