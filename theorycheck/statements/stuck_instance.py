"""An instance of "stuck": the start, its run on fair-coin labels, and the means over all parities along it."""
from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from math import comb
from typing import TYPE_CHECKING, Any

from theorycheck.claims import Settings
from theorycheck.errors import InstanceTooLarge, ParameterError
from theorycheck.rigor import Real, exact_rational, nearest_decimal
from theorycheck.statements.stuck_averages import average_of, largest_value

if TYPE_CHECKING:
    import numpy as np

    from theorycheck.networks.activations import Activation
    from theorycheck.networks.architectures import FullyConnectedNetwork
    from theorycheck.orbits.laws import WeightLaw
    from theorycheck.orbits.parities import ParityAverage
    from theorycheck.statements.stuck import StuckParameters

# The largest instance whose every parity has its gradient taken one at a time, from the definition.
SMALL_N, SMALL_Q, SMALL_STEPS = 8, 8, 4
# Neurons times points times steps of a run in rationals.
_MOST_WORK = 2**20


@dataclass(frozen=True, eq=False)
class PathPoint:
    """The run on fair-coin labels after some steps, and the means over all parities there."""

    steps: str
    network: FullyConnectedNetwork
    average: ParityAverage


def formula(name: str) -> Any:
    """Return the function of this name from the bounds of "stuck"."""
    from theorycheck.bounds import stuck
    return getattr(stuck, name)


def law_of(text: str) -> WeightLaw:
    """Return the law of the weights by its name."""
    from theorycheck.orbits.laws import law_named
    return law_named(text)


class Stuck:
    """An instance of "stuck".

    Parameters
    ----------
    parameters : StuckParameters
    settings : Settings

    Attributes
    ----------
    n, k, q, steps : int
    eta, tau, gamma : Fraction
    """

    def __init__(self, parameters: StuckParameters, settings: Settings) -> None:
        import numpy as np

        from theorycheck.networks.activations import activation_named
        self.parameters, self.settings = parameters, settings
        self.n, self.k, self.q, self.steps = parameters.n, parameters.k, parameters.q, parameters.steps
        self.eta, self.tau, self.gamma = parameters.eta, parameters.tau, parameters.gamma
        self.activation: Activation = activation_named(parameters.activation).with_kink_slope(parameters.kink_slope)
        # Independent streams: another number of permutations leaves the weights as they are.
        streams = np.random.SeedSequence(settings.seed).spawn(3)
        self._streams = dict(zip(("weights", "readout", "permutations"), streams))

    def rng(self, name: str) -> np.random.Generator:
        """A generator for one of ``weights``, ``readout``, ``permutations``, always from its beginning."""
        import numpy as np
        return np.random.default_rng(self._streams[name])

    @property
    def parities(self) -> int:
        """C(n,k)."""
        return comb(self.n, self.k)

    @property
    def parities_text(self) -> str:
        """C(n,k) for a note: in full up to fifteen digits."""
        return str(self.parities) if self.parities < 10**15 else nearest_decimal(self.parities, 4)

    @property
    def threads(self) -> int | None:
        """Most threads of the kernels."""
        return self.settings.threads

    def bound(self, name: str, **values: Any) -> Real:
        """Evaluate a formula here; ``values`` for symbols of its own."""
        from theorycheck.bounds.evaluate import evaluate
        given: dict[str, Any] = {"n": self.n, "k": self.k, "q": self.q, "T": self.steps, "tau": self.tau,
                                 "eta": self.eta}
        return evaluate(formula(name)(), {**given, **values})

    @cached_property
    def network(self) -> FullyConnectedNetwork:
        """The start θ_0."""
        from theorycheck.networks.architectures import FullyConnectedNetwork
        rows, biases, law, rng = [], [], law_of(self.parameters.weights), self.rng("weights")
        copies = 2 if self.parameters.readout == "pairs" else 1
        for _ in range(self.q // copies):
            rows += [_scaled(law.sample_weights(self.n, rng).fractions(), law.squared_scale(self.n))] * copies
            shift = law.bias_scale * Fraction(float(rng.standard_normal())) if law.bias_scale else Fraction(0)
            biases += [self.parameters.bias + shift] * copies
        silent = FullyConnectedNetwork(rows, biases, [0] * self.q, self.activation)
        return replace(silent, readout=self._readout(silent))

    def _readout(self, network: FullyConnectedNetwork) -> list[Fraction]:
        name = self.parameters.readout
        if name == "pairs":
            return [Fraction(1 - 2 * (place % 2)) for place in range(self.q)]
        signs = [1 - 2 * int(sign) for sign in self.rng("readout").integers(0, 2, self.q)]
        if name == "1/q":
            largest = largest_value(network)
            if largest is None:
                raise ParameterError(f"'readout' must be a number for {self.activation.name}: no bound on its values "
                                     "is known.")
            size = 1 / (2 * self.q * (largest or Fraction(1)))
        else:
            size = exact_rational(name, "readout")
        return [sign * size for sign in signs]

    @cached_property
    def average(self) -> ParityAverage:
        """The means over all parities at θ_0."""
        return average_of(self.network, self.k, self.gamma, self.threads)

    @property
    def is_still(self) -> bool:
        """Whether |h| < 1 everywhere at θ_0, so that the run on fair-coin labels does not move."""
        return self.average.is_still

    @cached_property
    def small(self) -> FullyConnectedNetwork:
        """The start itself, or at most 8 of its neurons on its first 8 variables, weights times n/8 to reach as far."""
        if self.n <= SMALL_N and self.q <= SMALL_Q:
            return self.network
        columns, whole = min(self.n, SMALL_N), self.network
        scale = Fraction(self.n, columns)
        rows = [[Fraction(weight) * scale for weight in row[:columns]] for row in whole.filters[:SMALL_Q].tolist()]
        return replace(whole, filters=rows, biases=whole.biases[:SMALL_Q], readout=whole.readout[:SMALL_Q])

    @cached_property
    def small_k(self) -> int:
        """k for the small network: the same share of its variables, and not all of them unless k = n."""
        columns = self.small.n
        if columns == self.n or self.k == self.n:
            return min(self.k, columns)
        return min(max(1, round(Fraction(self.k * columns, self.n))), columns - 1)

    @property
    def small_note(self) -> str:
        """What a step says that was checked on the small network in place of the whole one."""
        if self.small is self.network:
            return ""
        return (f"at n={self.small.n}, k={self.small_k}, q={self.small.filter_count}: the first neurons and variables "
                f"of the start, weights times {Fraction(self.n, self.small.n)}")

    @cached_property
    def moving(self) -> FullyConnectedNetwork:
        """The small network with a readout so large that |h| reaches 2, if it was still: then its run moves."""
        from theorycheck.networks.evaluation import values_on_cube
        if not self.activation.is_rational:
            return self.small
        values = values_on_cube(self.small)
        largest = Fraction(max(abs(int(value)) for value in values.numerators.tolist()), values.denominator)
        if largest >= 1 or largest == 0:
            return self.small
        return replace(self.small, readout=[Fraction(u) * 2 / largest for u in self.small.readout.tolist()])

    @cached_property
    def path(self) -> tuple[PathPoint, ...]:
        """θ_0, …, θ_(T-1) of the run on fair-coin labels; one point that stands for all where it stands still.

        Raises
        ------
        InstanceTooLarge
            ``q*2^n*T must be at most 1048576 for a run in rationals, not …``
        """
        from theorycheck.orbits.fair_coin import fair_coin_descent
        if self.is_still:
            return (PathPoint("every t", self.network, self.average),)
        work = self.q * self.steps << self.n
        if work > _MOST_WORK or not self.activation.is_rational:
            raise InstanceTooLarge(f"q*2^n*T must be at most {_MOST_WORK} for a run in rationals, and the activation "
                                   f"rational, not {work} and {self.activation.name}; a smaller --readout keeps |h| < "
                                   "1, and the run still.")
        run = fair_coin_descent(self.network, self.eta, self.steps - 1, hinge_slope=self.gamma)
        return tuple(PathPoint(f"t={t}", network, average_of(network, self.k, self.gamma, self.threads))
                     for t, (network, _) in enumerate(run))

    @cached_property
    def largest_moment(self) -> Real:
        """G²: the largest Σ_c E v_c² along the path."""
        from theorycheck.bounds.arithmetic import extremum
        return extremum([point.average.second_moment for point in self.path], largest=True)

    @cached_property
    def mean_sum(self) -> Real:
        """The sum over the T steps of the mean over parities of ‖∇L_I-∇L_0‖²."""
        from theorycheck.networks.rationals import total_of
        if self.is_still:
            return self.average.total * self.steps
        return total_of([point.average.total for point in self.path])

    @cached_property
    def markov_share(self) -> Real:
        """The means over tau², which bound the share told apart: one step's where the run stands still."""
        return (self.average.total if self.is_still else self.mean_sum) / self.tau**2

    @property
    def told_apart(self) -> int | None:
        """How many parities have ‖∇L_I-∇L_0‖ > tau at one of the T steps; None where they are too many to list."""
        return None if self.listing is None else self.listing[0]

    @cached_property
    def listing(self) -> tuple[int, tuple[Fraction, ...]] | None:
        """How many are told apart, and at each point of the path the mean of ‖∇L_I-∇L_0‖² over the parities listed."""
        from theorycheck.orbits.network_tables import is_enumerated_exactly
        from theorycheck.orbits.parity_differences import DIFFERENCE_LIMIT, parity_deviations
        if self.parities * self.n > DIFFERENCE_LIMIT or not is_enumerated_exactly(self.network, self.gamma):
            return None
        import numpy as np
        apart, means = np.zeros(self.parities, dtype=bool), []
        for point in self.path:
            squares = parity_deviations(point.network, self.k, hinge_slope=self.gamma, threads=self.threads)
            listed, limit = squares.numerators.tolist(), self.tau**2 * squares.denominator
            apart |= np.array([entry > limit for entry in listed])
            means.append(Fraction(sum(listed), squares.denominator * self.parities))
        return int(np.count_nonzero(apart)), tuple(means)


def _scaled(weights: list[Fraction], squared_scale: Fraction) -> list[Fraction]:
    """The weights times the root of the scale, rounded to float64 where the root is not rational."""
    root = Real(squared_scale).sqrt()
    if root.exact is not None:
        return [weight * root.exact for weight in weights]
    return [Fraction(float(weight) * float(root)) for weight in weights]
