"""An instance of Lemma 6: its pattern, its drawn filters, and the numbers that several steps share."""
from __future__ import annotations

from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

from theorycheck.claims import Settings
from theorycheck.rigor import Real

if TYPE_CHECKING:
    import numpy as np

    from theorycheck.features.initialisation import GivenFilters, SignGridFilters
    from theorycheck.networks.rationals import RationalArray
    from theorycheck.statements.lemma6 import Lemma6Parameters


def formula(name: str) -> Any:
    """Return the sympy expression of this name from the bounds of Lemma 6."""
    from theorycheck.bounds import lemma6, lemma6_norms
    return getattr(lemma6 if hasattr(lemma6, name) else lemma6_norms, name)()


class Lemma6:
    """An instance of Lemma 6: its pattern, its drawn filters, and what the steps share."""

    def __init__(self, parameters: Lemma6Parameters, settings: Settings) -> None:
        import numpy as np

        from theorycheck.cube.patterns import KPattern
        from theorycheck.cube.points import window_count
        from theorycheck.features.initialisation import initialisation_named
        from theorycheck.networks.activations import activation_named
        from theorycheck.probability.draws import sufficient_draws_bound
        self.parameters, self.settings = parameters, settings
        self.n, self.k, self.delta = parameters.n, parameters.k, parameters.delta
        self.paper_q = sufficient_draws_bound(self.k, self.delta)
        assert parameters.q is not None
        self.q = parameters.q
        self.q_is_enough = self.q >= self.paper_q
        self.mean = Fraction(self.q, 2**self.k)
        self.window_count = window_count(self.n, self.k, parameters.windows)
        self.activation = activation_named(parameters.activation)
        self.initialisation = initialisation_named(parameters.init)
        # Independent streams, so that asking for trials or a random pattern leaves the draw as it was.
        draw, pattern, trials = np.random.SeedSequence(settings.seed).spawn(3)
        self.draw_rng, self.trial_rng = np.random.default_rng(draw), np.random.default_rng(trials)
        self.pattern = KPattern.from_name(parameters.pattern, self.n, self.k, parameters.offset,
                                          int(parameters.tie), np.random.default_rng(pattern))

    @property
    def values(self) -> dict[str, Any]:
        """The symbols' values at this instance."""
        return {"n": self.n, "k": self.k, "q": self.q, "delta": self.delta, "mu": self.mean,
                "N": max(1, self.window_count)}

    def bound(self, name: str) -> Real:
        """Evaluate the formula called ``name`` here."""
        from theorycheck.bounds.evaluate import evaluate
        return evaluate(formula(name), self.values)

    @cached_property
    def filters(self) -> SignGridFilters | GivenFilters:
        """The drawn first layer."""
        return self.initialisation.sample(self.q, self.k, self.draw_rng)

    @cached_property
    def cells(self) -> np.ndarray:
        """The sign pattern of each filter."""
        from theorycheck.features.initialisation import SignGridFilters
        if isinstance(self.filters, SignGridFilters):
            return self.filters.cells
        import numpy as np
        return (np.asarray(self.filters.filters) < 0) @ (1 << np.arange(self.k))

    @cached_property
    def multiplicities(self) -> np.ndarray:
        """m_z for every z."""
        import numpy as np
        return np.bincount(self.cells, minlength=2**self.k)

    @property
    def is_in_event(self) -> bool:
        """Whether every m_z > μ/2 in this draw."""
        return int(self.multiplicities.min()) * 2**(self.k + 1) > self.q

    @cached_property
    def responses(self) -> RationalArray:
        """R[c, z]: the drawn filters of cell c, each evaluated at z by Definition 1, summed."""
        from theorycheck.features.evaluation import cell_responses
        from theorycheck.features.initialisation import SignGridFilters
        if isinstance(self.filters, SignGridFilters):
            return cell_responses(self.filters, self.activation, self.settings.threads)
        return _given_responses(self)

    @cached_property
    def failure(self) -> Real:
        """P[some m_z <= μ/2], exactly or enclosed."""
        from theorycheck.probability.occupancy import occupancy_failure_probability
        return occupancy_failure_probability(self.q, self.k)

    @cached_property
    def tail(self) -> Real:
        """P[m_z <= μ/2] for one z, exactly or enclosed."""
        from theorycheck.probability.binomial import binomial_lower_tail
        return binomial_lower_tail(self.q, Fraction(1, 2**self.k), self.q >> (self.k + 1))

    @cached_property
    def squared_norm(self) -> Fraction:
        """‖u*‖² = k² Σ_z 1/m_z; every m_z must be positive."""
        from theorycheck.features.separators import canonical_squared_norm
        return canonical_squared_norm(self.multiplicities)


def _given_responses(instance: Lemma6) -> RationalArray:
    from theorycheck.features.maps import features_of
    from theorycheck.networks.rationals import rational_array
    features = features_of(instance.activation, instance.filters)
    indicator = [[int(cell == c) for cell in instance.cells] for c in range(2**instance.k)]
    return features.table(rational_array(indicator, "readout"))
