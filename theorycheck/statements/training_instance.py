"""What every statement about a trained network shares: its parameters, its instance, and one certified run of it.

The network starts from W uniform on {±1/k}^(q×k), b_i = 1/k-1 and readout 0.  Filters that start equal stay equal, so
the run lives on at most 2^k classes with multiplicities m_z, whatever q (collapse); every norm here is of the full
network, all q filters of it.
"""
from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any

from theorycheck.claims import Choice, Count, Level, Parameters, Rational, Settings, Text, option
from theorycheck.errors import InstanceTooLarge, ParameterError, abbreviate, require_integer
from theorycheck.rigor import Real, exact_rational

if TYPE_CHECKING:
    import numpy as np

    from theorycheck.networks.architectures import WindowNetwork
    from theorycheck.statements.training_run import TrainingRun

# 2^k classes, each with its own filter, at every one of T steps.
LARGEST_K = 8
# Numbers in a readout, one for each class at each window.
_MOST_CELLS = 2**18


@dataclass(frozen=True)
class TrainingParameters(Parameters):
    """A trained network: the cube, the pattern, the draw, the step size and the number of steps."""

    n: int = option(Count(), "dimension of the cube")
    k: int = option(Count(), "number of bits of the pattern, at most 8")
    q: int | None = option(Count(), "number of filters (default: the smallest that the paper allows)", None)
    steps: int | None = option(Count(), "T, number of gradient steps", 50)
    delta: Fraction = option(Level(), "allowed probability of failure, read exactly", Fraction(1, 10))
    eta: str = option(Text("X", takes_numbers=True), "step size: paper for sqrt(n)/(sqrt(q) T), or a number read "
                                                     "exactly", "paper")
    pattern: str = option(Text(metavar="NAME"), "parity, and, majority, random or a truth table 0x…, bit z set where "
                                                "g(z)=-1", "parity")
    offset: int = option(Count(0), "first bit of the pattern's window, 0-based", 0)
    tie: str = option(Choice(("+1", "-1"), metavar="+1|-1"), "value of a majority that ties", "+1")
    windows: str = option(Choice(("all", "paper"), metavar="all|paper"), "n-k+1 windows, or the paper's n-k", "all")
    activation: str = option(Text(metavar="NAME"), "relu, clipped_relu:C, leaky_relu:A, clip:A,B, abs, square, "
                                                   "identity, tanh, cosine:R, triangle:R, peaks:R or zero",
                             "clipped_relu:1")
    init: str = option(Text(metavar="NAME"), "multiplicities of the 2^k sign patterns: balanced, paper (drawn from the "
                                             "seed), or M0,M1,… by index", "balanced")
    distribution: str = option(Text(metavar="NAME"), "uniform, product:B, product:B1,…,Bn (B=E x_i) or point:INDEX",
                               "uniform")
    gamma: Fraction = option(Rational(0, 1), "slope of the hinge at margin exactly 1", Fraction(0))
    kink_slope: Fraction = option(Rational(0, 1), "share of the right-hand slope at a kink of the activation; "
                                                  "sigma'(0) for ReLU", Fraction(0))
    c: str | None = option(Text("X", takes_numbers=True),
                           "the constant with |sigma| <= c (default: the activation's bound; if it has none, an "
                           "a-priori bound along the run)", None)
    records: int = option(Count(2), "at how many steps everything is checked; 0 and T are among them", 20)

    def validate(self) -> None:
        require_integer("k", self.k, minimum=1, maximum=self.n, maximum_name="n")
        if self.k > LARGEST_K:
            raise InstanceTooLarge(f"'k' must be at most {LARGEST_K}, not {abbreviate(self.k)}: each of T steps takes "
                                   "2^k filters at 2^k window contents.")
        if self.n << self.k > _MOST_CELLS:
            raise InstanceTooLarge(f"'n' must be at most {_MOST_CELLS >> self.k} at k={self.k}, not "
                                   f"{abbreviate(self.n)}: a readout has 2^k numbers at each window.")
        require_integer("offset", self.offset, minimum=0, maximum=self.n - self.k, maximum_name="n-k")
        if self.windows == "paper" and self.n == self.k:
            raise ParameterError(f"'n' must be at least k+1={self.k + 1} with the paper's windows, not {self.n}.")
        if self.eta != "paper":
            _require_positive("eta", self.eta)
        if self.c is not None:
            _require_positive("c", self.c)
        if self.q is None:
            # Filled in, so that every report and every command to repeat it says which q was run.
            from theorycheck.probability.draws import sufficient_draws_bound
            object.__setattr__(self, "q", sufficient_draws_bound(self.k, self.delta))


def _require_positive(name: str, text: str) -> Fraction:
    number = exact_rational(text, name)
    if number <= 0:
        raise ParameterError(f"'{name}' must be greater than 0, not {abbreviate(text)}.")
    return number


class Training:
    """A trained network: everything about it that does not need the run, and the run.

    Parameters
    ----------
    parameters : TrainingParameters
    settings : Settings
    tied : bool
        A CNN if True, an LCN (filters of its own at every window) if False.

    Attributes
    ----------
    n, k, q, steps, window_count : int
        Sizes; ``steps`` is T, ``window_count`` is N.
    eta : Real
        Step size.
    eta_squared : Fraction
        Its square, which is rational also for the paper's step size.
    c : Real or None
        The constant of |σ| <= c; None where nothing is known and none was given.
    multiplicities : ndarray of int64, (2^k,)
        m_z of every sign pattern z, empty classes included.
    occupied : ndarray of int64
        The z with m_z > 0, the order of the classes in ``start``.
    """

    #: Modules of bounds in which :meth:`bound` looks up a formula by its name.
    formulas: tuple[str, ...] = ()

    def __init__(self, parameters: TrainingParameters, settings: Settings, tied: bool = True) -> None:
        import numpy as np

        from theorycheck.cube.patterns import KPattern
        from theorycheck.cube.points import window_count
        from theorycheck.networks.activations import activation_named
        from theorycheck.networks.problems import LearningProblem
        from theorycheck.probability.draws import sufficient_draws_bound
        from theorycheck.statements.training_options import distribution_named, multiplicities_named
        assert parameters.q is not None and parameters.steps is not None
        self.parameters, self.settings, self.tied = parameters, settings, tied
        self.n, self.k, self.q = parameters.n, parameters.k, parameters.q
        self.steps, self.delta = parameters.steps, parameters.delta
        self.window_count = window_count(self.n, self.k, parameters.windows)
        self.paper_q = sufficient_draws_bound(self.k, self.delta)
        self.q_is_enough = self.q >= self.paper_q
        self.eta_squared = (Fraction(self.n, self.q * self.steps**2) if parameters.eta == "paper"
                            else exact_rational(parameters.eta)**2)
        self.eta = Real(self.eta_squared).sqrt()
        self.activation = activation_named(parameters.activation).with_kink_slope(parameters.kink_slope)
        # The streams of Lemma 6's page, so that one seed means one draw in both.
        draw, pattern, self._further = np.random.SeedSequence(settings.seed).spawn(3)
        self.pattern = KPattern.from_name(parameters.pattern, self.n, self.k, parameters.offset,
                                          int(parameters.tie), np.random.default_rng(pattern))
        self.distribution = distribution_named(parameters.distribution, self.n)
        self.problem = LearningProblem(self.pattern, self.distribution, parameters.gamma)
        self.multiplicities = multiplicities_named(parameters.init, self.q, self.k, np.random.default_rng(draw))
        self.occupied = np.flatnonzero(self.multiplicities)

    @property
    def rng(self) -> np.random.Generator:
        """A generator for what a statement draws besides, always from its beginning."""
        import numpy as np
        return np.random.default_rng(self._further)

    @property
    def is_in_event(self) -> bool:
        """Whether every m_z > μ/2."""
        return int(self.multiplicities.min()) * 2**(self.k + 1) > self.q

    @cached_property
    def a_priori_bound(self) -> Real | None:
        """A bound on |σ| at every pre-activation of the T steps, for a σ of slope at most 1; None for any other.

        With A the largest |σ| at the start, |σ| <= A+s and s, S grow by at most ηkS, ηN(A+s) a step, where s bounds
        ‖w_i-w_i^(0)‖_1 and S bounds Σ_j |u_i^(j)|: A+s <= A cosh(ηT√(kN)), and √k for √(kN) in an LCN.
        """
        from flint import ctx

        from theorycheck.features.maps import level_values
        if self.activation.lipschitz is None or self.activation.lipschitz > 1 or not self.activation.is_rational:
            return None
        start = max(abs(value.exact or Fraction(0)) for value in level_values(self.activation, self.k))
        reach = (Real(self.eta_squared * self.k * (self.window_count if self.tied else 1)).sqrt()) * self.steps
        return Real(lambda: Real(start).enclose(ctx.prec) * reach.enclose(ctx.prec).cosh())

    @cached_property
    def c(self) -> Real | None:
        """The constant given, else the activation's bound (1 for σ = 0), else the a-priori bound along the run."""
        if self.parameters.c is not None:
            return Real(exact_rational(self.parameters.c, "c"))
        if self.activation.bound is not None:
            return Real(self.activation.bound or Fraction(1))
        return self.a_priori_bound

    @cached_property
    def start(self) -> WindowNetwork:
        """The collapsed network at step 0: one filter for each occupied sign pattern, readout 0."""
        from theorycheck.networks.architectures import ConvolutionalNetwork, LocallyConnectedNetwork
        step = Fraction(1, self.k)
        filters = [[-step if z >> bit & 1 else step for bit in range(self.k)] for z in self.occupied.tolist()]
        biases, count = [step - 1] * len(filters), self.window_count
        readout = [[Fraction(0)] * len(filters)] * count
        windows = self.parameters.windows
        if self.tied:
            return ConvolutionalNetwork(filters, biases, readout, self.activation, windows)
        return LocallyConnectedNetwork([filters] * count, [biases] * count, readout, self.activation, windows)

    @property
    def class_multiplicities(self) -> np.ndarray:
        """m_z of the occupied sign patterns, in the order of ``start``'s filters."""
        return self.multiplicities[self.occupied]

    @cached_property
    def separator(self) -> np.ndarray | None:
        """Lemma 6's u*_z = (k/m_z) g(z) on the pattern's window, (N, classes) Fractions; None if it does not exist."""
        import numpy as np
        if len(self.occupied) < 2**self.k or self.pattern.offset >= self.window_count:
            return None
        readout = np.full((self.window_count, len(self.occupied)), Fraction(0), dtype=object)
        readout[self.pattern.offset] = [Fraction(self.k * int(g), int(m))
                                        for g, m in zip(self.pattern.table, self.multiplicities)]
        return readout

    @property
    def separator_squared_norm(self) -> Fraction | None:
        """‖u*‖² = k² Σ_z 1/m_z; None where there is no separator."""
        if self.separator is None:
            return None
        return self.k**2 * sum((Fraction(1, int(m)) for m in self.multiplicities), Fraction(0))

    @property
    def separator_norm_1(self) -> Fraction | None:
        """‖u*‖_1 = 2^k k; None where there is no separator."""
        return None if self.separator is None else Fraction(self.k * 2**self.k)

    @cached_property
    def run(self) -> TrainingRun:
        """The run, certified; shared by all statements about the same training."""
        from theorycheck.statements.training_run import shared_run
        return shared_run(self)

    @property
    def values(self) -> dict[str, Any]:
        """The symbols' values at this instance; c is left out where it is not known."""
        named: dict[str, Any] = {"n": self.n, "k": self.k, "q": self.q, "T": self.steps, "delta": self.delta,
                                 "eta": self.eta, "N": max(1, self.window_count), "mu": Fraction(self.q, 2**self.k)}
        return named if self.c is None else {**named, "c": self.c}

    def bound(self, formula: Any, **values: Any) -> Real:
        """Evaluate a formula, or the one of this name in ``formulas``, here; ``values`` for symbols of its own."""
        from theorycheck.bounds.evaluate import evaluate
        expression = self.formula(formula) if isinstance(formula, str) else formula
        return evaluate(expression, {**self.values, **values})

    @classmethod
    def formula(cls, name: str) -> Any:
        """Return the sympy expression of this name from the bounds that the statement rests on."""
        for module in map(import_module, cls.formulas):
            if hasattr(module, name):
                return getattr(module, name)()
        raise ParameterError(f"'formula' must be in one of {', '.join(cls.formulas)}, not {name!r}.")
