"""An instance of Theorem 12: the law of the weights, its orbit averages, the constant c, and a small copy to list.

Permutations of the weights, and parities of k bits, are averaged over exactly; where a law's draws have orbits of their
own, each drawn orbit is exact and the mean over them has a confidence interval.
"""
from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from importlib import import_module
from math import ceil
from typing import TYPE_CHECKING, Any

from theorycheck.claims import Quantity, Settings
from theorycheck.errors import InstanceTooLarge, ParameterError, abbreviate
from theorycheck.rigor import Real, decide, exact_rational
from theorycheck.statements.theorem12_constants import largest_activation, law_bound
from theorycheck.statements.theorem12_enumeration import LARGEST_N
from theorycheck.statements.theorem12_small import SmallCopy

if TYPE_CHECKING:
    import numpy as np

    from theorycheck.networks.activations import Activation
    from theorycheck.neurons.neuron import Neuron
    from theorycheck.orbits.averages import OrbitAverage
    from theorycheck.orbits.invariance import InvarianceTest
    from theorycheck.orbits.laws import WeightLaw
    from theorycheck.statements.theorem12 import Theorem12Parameters

# The prefix of a law that is a Python function of n and a generator.
_SAMPLER = "sampler:"
# Of a user's sampler; the least p-value of the test is one over one more.
_COPIES = 199


def formula(name: str) -> Any:
    """Return the function of this name from the bounds of Theorem 12."""
    from theorycheck.bounds import theorem12, theorem12_asymptotics
    return getattr(theorem12 if hasattr(theorem12, name) else theorem12_asymptotics, name)


def law_of(text: str) -> WeightLaw:
    """Return the law that ``text`` names; ``sampler:MODULE:FUNCTION`` is a user's function of n and a generator.

    Raises
    ------
    ParameterError
        ``'weights' sampler needs MODULE:FUNCTION, as in sampler:my_laws:draw; ….``

    Examples
    --------
    >>> law_of("signs/n").shares_orbit, law_of("sampler:math:comb").is_invariant
    (True, False)
    """
    from theorycheck.orbits.laws import law_named, user_law
    if not text.startswith(_SAMPLER):
        return law_named(text)
    module, _, name = text.removeprefix(_SAMPLER).partition(":")
    try:
        function = getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise ParameterError("'weights' sampler needs MODULE:FUNCTION, as in sampler:my_laws:draw; "
                             f"{abbreviate(text)} is not found: {error}.") from error
    if not callable(function):
        raise ParameterError(f"'weights' {abbreviate(text)} must be callable, not {abbreviate(repr(function))}.")

    def draw(n: int, rng: np.random.Generator) -> Any:
        try:
            return function(n, rng)
        except Exception as error:  # another person's code may raise anything
            raise ParameterError(f"'weights' {abbreviate(text)} failed at n={n}: {error!r}.") from error

    return user_law(text, draw)


@dataclass(frozen=True, eq=False)
class Orbit:
    """One drawn neuron with its exact averages.

    Attributes
    ----------
    neuron : Neuron
    average : OrbitAverage
    constant : Real or None
        The largest |σ| between its extreme pre-activations.
    """

    neuron: Neuron
    average: OrbitAverage
    constant: Real | None


class Theorem12:
    """An instance of Theorem 12."""

    def __init__(self, parameters: Theorem12Parameters, settings: Settings) -> None:
        from theorycheck.networks.activations import activation_named
        self.parameters, self.settings = parameters, settings
        self.n, self.k, self.q, self.offset = parameters.n, parameters.k, parameters.q, parameters.offset
        self.bias, self.gamma = parameters.bias, parameters.gamma
        self.activation: Activation = activation_named(parameters.activation).with_kink_slope(parameters.kink_slope)
        self.law = law_of(parameters.weights)
        self.is_exact = self.law.shares_orbit
        #: What has been computed of E‖∂L/∂W‖² (filters) and E‖∂L/∂u‖² (readout), and of single orbits, once each.
        self.means: dict[str, Quantity | None] = {}
        self._averages: dict[Any, OrbitAverage] = {}
        #: How often one neuron reaches the largest |σ|, once it is computed.
        self.peak_share: Fraction | None = None
        #: The averages of the small copy by listing and by every method, once they are computed.
        self.listed: dict[str, Any] = {}

    @cached_property
    def invariance(self) -> InvarianceTest:
        """A test of the law for permutation invariance."""
        from theorycheck.orbits.invariance import invariance_test
        copies = max(_COPIES, ceil(1 / (1 - self.parameters.level)))
        return invariance_test(self.law, self.n, self.rng("invariance"), copies=copies)

    def rng(self, name: str) -> np.random.Generator:
        """A generator for one of ``weights``, ``small``, ``invariance``, always from its beginning."""
        import numpy as np
        streams = np.random.SeedSequence(self.settings.seed).spawn(3)
        return np.random.default_rng(streams[("weights", "small", "invariance").index(name)])

    def bound(self, name: str, **values: Any) -> Real:
        """Evaluate the formula called ``name`` here; ``values`` replace or add to the instance's."""
        from theorycheck.bounds.evaluate import evaluate
        given: dict[str, Any] = {"n": self.n, "k": self.k, "q": self.q}
        if self.c is not None:
            given["c"] = self.c
        return evaluate(formula(name)(), {**given, **values})

    @property
    def subset(self) -> tuple[int, ...]:
        """I: k consecutive bits from ``offset``."""
        return tuple(range(self.offset, self.offset + self.k))

    # ------------------------------------------------------------------ the constant c and the readout
    @cached_property
    def c(self) -> Real | None:
        """The constant with |σ| <= c; None where none holds for all draws of the law."""
        given = self.parameters.c
        return Real(exact_rational(given, "c")) if given is not None else self.reachable_bound

    @cached_property
    def reachable_bound(self) -> Real | None:
        """The same, or 1 where it is 0: any c above 0 will do where σ is 0 throughout."""
        value = self.largest_value
        return Real(1) if value is not None and value.exact == 0 else value

    @cached_property
    def largest_value(self) -> Real | None:
        """The largest |σ| at a pre-activation that the law allows, rounded up where the law has many orbits."""
        if self.law.shares_orbit:
            return largest_activation(self.neuron)
        return law_bound(self.law, self.n, self.activation, self.bias)

    @property
    def has_own_constants(self) -> bool:
        """Whether no c holds for the whole law, so that (ii) is read orbit by orbit with the orbit's own."""
        return self.c is None and not self.is_exact and self.is_understood

    @property
    def is_understood(self) -> bool:
        """Whether the largest |σ| of a neuron is known."""
        return largest_activation(self.neuron) is not None

    @cached_property
    def meets_the_constants(self) -> bool:
        """Whether |σ'| <= 1, |σ| <= c and |u_i| <= 1 are known to hold, and the law to be permutation invariant."""
        lipschitz, reachable = self.activation.lipschitz, self.reachable_bound
        is_bounded = self.has_own_constants or (
            self.c is not None and reachable is not None and decide(reachable, "<=", self.c) is not False)
        return (lipschitz is not None and lipschitz <= 1 and is_bounded and self.law.is_invariant
                and decide(self.largest_readout, "<=", 1) is True)

    @cached_property
    def squared_readouts(self) -> Real:
        """Σ_i u_i²."""
        kind = self.parameters.readout
        if kind in ("pairs", "ones"):
            return Real(self.q)
        if kind == "zero":
            return Real(0)
        return 1 / (self._readout_constant * self._readout_constant * self.q)

    @property
    def _readout_constant(self) -> Real:
        if self.c is None:
            raise ParameterError(f"'readout' 1/q needs a bound c on |{self.activation.name}|; none holds for the law "
                                 f"{self.law.name}: give --c, or take --readout pairs.")
        return self.c

    @property
    def largest_readout(self) -> Real:
        """The largest |u_i|."""
        kind = self.parameters.readout
        return Real(0) if kind == "zero" else Real(1) if kind != "1/q" else 1 / (self._readout_constant * self.q)

    @cached_property
    def largest_output(self) -> Real | None:
        """An upper end of |h|; None where none is known."""
        kind, reach = self.parameters.readout, self.largest_value
        if kind in ("pairs", "zero") or (reach is not None and reach.exact == 0):
            return Real(0)
        if kind == "1/q" and self.parameters.c is None:
            return None if self.c is None else Real(1)
        reach = self.c if reach is None else reach
        return None if reach is None else reach * self.largest_readout * self.q

    # ------------------------------------------------------------------ orbits
    @cached_property
    def neuron(self) -> Neuron:
        """One drawn neuron."""
        return self.law.sample_neuron(self.n, self.rng("weights"), self.bias, self.activation)

    @cached_property
    def obstacle(self) -> str:
        """Why no orbit average can be computed here; empty where it can."""
        try:
            self._average(self.neuron)
        except InstanceTooLarge as error:
            return str(error)
        return ""

    @cached_property
    def orbits(self) -> tuple[Orbit, ...]:
        """The orbit of the law, or of each of ``draws`` neurons; :attr:`obstacle` must be empty."""
        if self.is_exact:
            return (Orbit(self.neuron, self._average(self.neuron), self.c),)
        rng, count = self.rng("weights"), self.parameters.draws
        found = []
        for done in range(count):
            neuron = self.law.sample_neuron(self.n, rng, self.bias, self.activation)
            found.append(Orbit(neuron, self._average(neuron), self.c or largest_activation(neuron)))
            self.settings.progress(0, 1, f"orbit averages: {done + 1} of {count} draws")
        return tuple(found)

    def _average(self, neuron: Neuron) -> OrbitAverage:
        from theorycheck.orbits.averages import orbit_average
        if neuron.key not in self._averages:
            self._averages[neuron.key] = orbit_average(neuron, self.k, threads=self.settings.threads)
        return self._averages[neuron.key]

    @property
    def method(self) -> str:
        """How the orbits were computed."""
        levels = self.orbits[0].average.levels
        return f"{'by' if self.is_exact else 'each by'} {levels.method}: {levels.reason}"

    # ------------------------------------------------------------------ a small copy, to list permutations
    @cached_property
    def small(self) -> SmallCopy:
        """Some of the drawn weights on at most 7 bits, of which everything can be listed."""
        return SmallCopy.of(self, LARGEST_N)
