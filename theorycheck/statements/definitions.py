"""Definitions 1, 2, 3 and 11: what a CNN, an FCN, a k-pattern and an LCN are, and what no CNN or LCN can be.

The paper sums over windows j = 1…n-k.  With k-bit windows the last one is missing, so this page uses N = n-k+1 and
offers the paper's indexing as an option, under which the window count is REFUTED.
"""
from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

from theorycheck.claims import (Choice, Claim, Cost, Count, Outcome, Parameters, Quantity, Settings, Side, Step,
                                StepResult, Text, Verdict, option, relation_outcome)
from theorycheck.errors import InstanceTooLarge, ParameterError, abbreviate, require_integer

if TYPE_CHECKING:
    import numpy as np

    from theorycheck.cube.boolean_function import BooleanFunction
    from theorycheck.networks.architectures import ConvolutionalNetwork, LocallyConnectedNetwork

_LARGEST, _MOST_FILTERS = 12, 1000


@dataclass(frozen=True)
class DefinitionsParameters(Parameters):
    """The instance: a cube, a window length, and the size of the networks drawn on it."""

    n: int = option(Count(), "dimension of the cube, at most 12: every input is evaluated by the definition", 6)
    k: int = option(Count(), "window length", 2)
    q: int = option(Count(), "number of filters of the networks drawn", 3)
    activation: str = option(Text(metavar="NAME"), "activation of the networks drawn", "relu")
    windows: str = option(Choice(("all", "paper"), metavar="all|paper"), "n-k+1 windows, or the paper's n-k", "all")

    def validate(self) -> None:
        require_integer("k", self.k, minimum=1, maximum=self.n, maximum_name="n")
        if self.n > _LARGEST:
            raise InstanceTooLarge(f"'n' must be at most {_LARGEST}, not {abbreviate(self.n)}: the definitions are "
                                   "evaluated term by term at all 2^n inputs.")
        if self.q > _MOST_FILTERS:
            raise InstanceTooLarge(f"'q' must be at most {_MOST_FILTERS}, not {abbreviate(self.q)}: the definitions "
                                   "are evaluated term by term.")
        if self.windows == "paper" and self.n == self.k:
            raise ParameterError(f"'n' must be at least k+1={self.k + 1} with the paper's windows, not {self.n}.")


class Definitions:
    """An instance: networks with small random rational weights, and a random k-pattern."""

    def __init__(self, parameters: DefinitionsParameters, settings: Settings) -> None:
        import numpy as np

        from theorycheck.cube.points import window_count
        from theorycheck.networks.activations import activation_named
        self.parameters = parameters
        self.n, self.k = parameters.n, parameters.k
        self.activation = activation_named(parameters.activation)
        self.window_count = window_count(self.n, self.k, parameters.windows)
        self.rng = np.random.default_rng(settings.seed)

    def _weights(self, *shape: int) -> Any:
        import numpy as np
        drawn = self.rng.integers(-8, 9, size=shape)
        return np.array([Fraction(int(value), 4) for value in drawn.ravel()], dtype=object).reshape(shape)

    def _layers(self, *windows: int) -> tuple[Any, Any, Any]:
        q = self.parameters.q
        return self._weights(*windows, q, self.k), self._weights(*windows, q), self._weights(self.window_count, q)

    @cached_property
    def convolutional(self) -> ConvolutionalNetwork:
        """A drawn CNN."""
        from theorycheck.networks.architectures import ConvolutionalNetwork
        return ConvolutionalNetwork(*self._layers(), self.activation, self.parameters.windows)

    @property
    def paper_network(self) -> ConvolutionalNetwork:
        """The drawn CNN on the paper's n-k windows."""
        from theorycheck.networks.architectures import ConvolutionalNetwork
        drawn = self.convolutional
        return ConvolutionalNetwork(drawn.filters, drawn.biases, drawn.readout[:self.n - self.k], self.activation,
                                    "paper")

    @cached_property
    def locally_connected(self) -> LocallyConnectedNetwork:
        """A drawn LCN."""
        from theorycheck.networks.architectures import LocallyConnectedNetwork
        return LocallyConnectedNetwork(*self._layers(self.window_count), self.activation,
                                       self.parameters.windows)

    @cached_property
    def points(self) -> np.ndarray:
        """All 2^n inputs."""
        from theorycheck.cube.points import BooleanCube
        return BooleanCube(self.n).all_points()


def _agreement(agreeing: int, total: int, unit: str, witness: dict[str, str], method: str) -> Outcome:
    return relation_outcome(Quantity.of(agreeing, f"{unit} that agree"), "==", Quantity.of(total, f"all {unit}"),
                            counterexample=witness, method=method)


def _window_count(instance: Definitions) -> Outcome:
    covered = {j + i for j in range(instance.window_count) for i in range(instance.k)}
    missing = [variable + 1 for variable in range(instance.n) if variable not in covered]
    return _agreement(len(covered), instance.n, "variables", {"variable in no window": f"x_{missing[0]}"} if missing
                      else {}, "listing the variables of every window")


def _paper_windows(instance: Definitions) -> Outcome:
    if instance.n == instance.k:
        return Outcome(None, note="the paper's sum has no window when n=k")
    values, half = instance.paper_network.values_on_cube().fractions(), 1 << (instance.n - 1)
    # Index x+half differs from x in the last variable alone.
    seen = [x for x in range(half) if values[x] != values[x + half]]
    if seen:
        return Outcome(Verdict.REFUTED, note="h depends on x_n",
                       counterexample={"inputs": f"{seen[0]} and {seen[0] + half}"})
    loss = sum((max(Fraction(0), 1 - h) + max(Fraction(0), 1 + h) for h in values[:half]), Fraction(0)) / len(values)
    return relation_outcome(Quantity.of(loss, "loss of the CNN drawn, without its last window"), ">=", Quantity.of(1),
                            method="h(x)=h(x') for every pair that differs in x_n; then the pair's losses sum to "
                                   "max(0,1-h)+max(0,1+h) >= 2",
                            note="smallest case: n=2, k=1, f=x_2, D uniform, where h(x)=h(x_1)")


def _pattern(instance: Definitions) -> Outcome:
    from theorycheck.cube.patterns import KPattern
    offset = int(instance.rng.integers(0, instance.n - instance.k + 1))
    pattern = KPattern.sample(instance.n, instance.k, instance.rng, offset)
    table = pattern.truth_table().values
    wanted = [pattern.table[sum(1 << i for i in range(instance.k) if x[offset + i] < 0)] for x in instance.points]
    agree = int((table == wanted).sum())
    return _agreement(agree, 1 << instance.n, "inputs", {}, f"the drawn pattern {pattern!r} at every input")


def _window_tables(instance: Definitions) -> Outcome:
    from theorycheck.rigor import decide
    network = instance.convolutional
    table = network.values_on_cube().fractions()
    wrong = [index for index, x in enumerate(instance.points) if decide(network(x), "==", table[index]) is not True]
    return _agreement((1 << instance.n) - len(wrong), 1 << instance.n, "inputs",
                      {"x": str(instance.points[wrong[0]].tolist())} if wrong else {},
                      "Definition 1 term by term, against N tables of 2^k values")


def _embedding(instance: Definitions) -> Outcome:
    from theorycheck.networks.embedding import as_fully_connected, as_locally_connected
    network = instance.convolutional
    values = [other.values_on_cube().fractions() for other in
              (network, as_locally_connected(network), as_fully_connected(network))]
    wrong = [index for index, triple in enumerate(zip(*values)) if len(set(triple)) > 1]
    return _agreement((1 << instance.n) - len(wrong), 1 << instance.n, "inputs",
                      {"x": str(instance.points[wrong[0]].tolist())} if wrong else {},
                      "three evaluations that share no code: tied filters, and zero weights off the window")


def _fourier_support(instance: Definitions) -> Outcome:
    from theorycheck.cube.characters import subset_diameter, subset_variables
    from theorycheck.cube.fourier import fourier_support
    allowed = instance.k if instance.parameters.windows == "all" else min(instance.k, instance.n)
    outside = [subset for network in (instance.convolutional, instance.locally_connected)
               for subset in fourier_support(_function(network)) if subset and subset_diameter(subset) >= allowed]
    witness = {"S": str([i + 1 for i in subset_variables(outside[0])])} if outside else {}
    return relation_outcome(Quantity.of(len(outside), "nonzero coefficients with diam(S) >= k"), "==", Quantity.of(0),
                            counterexample=witness, method="exact transforms of a drawn CNN and a drawn LCN")


def _dimension(instance: Definitions) -> Outcome:
    from theorycheck.networks.fourier_support import window_function_rank
    rank = window_function_rank(instance.n, instance.k, instance.parameters.windows)
    formula = (instance.window_count + 1) << (instance.k - 1)
    return relation_outcome(Quantity.of(rank, "rank of the functions 1{x^(j)=z}"), "==", Quantity.of(formula),
                            method="exact elimination on the N*2^k by 2^n matrix",
                            note=f"so VCdim(sign h) <= {formula}, whatever q")


def _parity_barrier(instance: Definitions) -> Outcome:
    if instance.n == instance.k:
        return Outcome(None, note="no subset has diameter k or more when n=k")
    from theorycheck.cube.characters import character
    target = character(instance.n, 1 | 1 << instance.k).values
    losses = []
    for network in (instance.convolutional, instance.locally_connected):
        values = network.values_on_cube().fractions()
        losses.append(sum((max(Fraction(0), 1 - int(y) * h) for y, h in zip(target, values)), Fraction(0))
                      / len(values))
    return relation_outcome(Quantity.of(min(losses), "smaller loss of the two networks drawn"), ">=", Quantity.of(1),
                            method="the exact mean hinge loss over all inputs; hinge >= 1-f h, and E f h = 0")


def _function(network: Any) -> BooleanFunction:
    from theorycheck.cube.boolean_function import BooleanFunction
    return BooleanFunction.from_truth_table(network.values_on_cube().fractions())


def _dimension_formula() -> Any:
    from theorycheck.bounds.symbols import N, k
    return 2 ** (k - 1) * (N + 1)


def _conclude(instance: Definitions, results: tuple[StepResult, ...], verdict: Verdict) -> str:
    at = f"n={instance.n}, k={instance.k}, {instance.window_count} windows"
    if not verdict.holds:
        return f"the definitions {'fail' if verdict is Verdict.REFUTED else 'are not decided'} at {at}; see the steps."
    return f"the definitions and the identities between them hold at {at}, for the networks drawn."


def _estimate(parameters: DefinitionsParameters) -> Cost:
    terms = parameters.q * parameters.n * parameters.k << parameters.n
    return Cost(0.5 + 2e-6 * terms, 2**27 + (8 * (parameters.n + 1) << (parameters.n + parameters.k)))


CLAIM = Claim(
    name="definitions",
    title="Definitions 1, 2, 3, 11: CNN, FCN, k-pattern, LCN",
    source="MS21, Definitions 1, 2, 3, 11",
    statement=("A CNN is h(x) = sum_j <u^(j), sigma(W x^(j)+b)> over the N=n-k+1 windows x^(j) of k variables; an LCN "
               "has W^(j), b^(j) of its own at each window; an FCN is h(x) = sum_i u_i sigma(<w^(i),x>+b_i); a "
               "k-pattern is f(x) = g(x^(j*)). Every CNN and LCN is sum_j F_j(x^(j)): its Fourier support lies in the "
               "sets of diameter below k, a space of dimension 2^(k-1)(N+1), so a parity of larger diameter keeps "
               "hinge loss at least 1."),
    parameters=DefinitionsParameters,
    hypotheses=(),
    steps=(
        Step("window_count", "The windows cover every variable",
             Side("#{i: x_i lies in a window}", latex=r"\#\{i\colon x_i \in x^{(j)}\}"), "==",
             Side("n", latex="n"), _window_count),
        Step("paper_windows", "With n-k windows x_n is invisible: f=x_n keeps loss 1",
             Side("L(h, x_n)", latex=r"L(h, x_n)"), ">=",
             Side("1", latex="1"), _paper_windows),
        Step("pattern", "Definition 3: a k-pattern looks at one window",
             Side("#{x: f(x)=g(x^(j*))}", latex=r"\#\{x\colon f(x) = g(x^{(j^*)})\}"), "==",
             Side("2^n", latex="2^n"), _pattern),
        Step("window_tables", "Definition 1: a CNN is a sum of window tables",
             Side("#{x: h(x)=sum_j T_j[x^(j)]}", latex=r"\#\{x\colon h(x) = \sum_j T_j[x^{(j)}]\}"), "==",
             Side("2^n", latex="2^n"), _window_tables),
        Step("embedding", "Definitions 1, 11, 2: CNN = tied LCN = masked FCN",
             Side("#{x: CNN=LCN=FCN}", latex=r"\#\{x\colon h_\mathrm{CNN} = h_\mathrm{LCN} = h_\mathrm{FCN}\}"), "==",
             Side("2^n", latex="2^n"), _embedding),
        Step("fourier_support", "No coefficient outside the windows",
             Side("#{S: diam(S)>=k, h^(S)!=0}", latex=r"\#\{S\colon \mathrm{diam}(S) \ge k, \hat h(S) \ne 0\}"), "==",
             Side("0", latex="0"), _fourier_support),
        Step("dimension", "Dimension of all CNNs and LCNs",
             Side("rank", latex=r"\mathrm{rank}"), "==", Side("2^(k-1)*(N+1)", _dimension_formula), _dimension),
        Step("parity_barrier", "A parity of diameter k keeps hinge loss at least 1",
             Side("L(h, x_1*x_(k+1))", latex=r"L(h, x_1 x_{k+1})"), ">=", Side("1", latex="1"), _parity_barrier),
    ),
    prepare=Definitions,
    conclude=_conclude,
    estimate=_estimate,
    errata=("The paper sums over j=1..n-k. With k-bit windows the last one is missing: n=2, k=1, f=x_2, D uniform "
            "gives h=h(x_1) and loss at least 1 for every parameter. N=n-k+1 mends it, and every bound still holds "
            "(N <= n). Run with --windows paper to see it REFUTED.",
            "Definition 3 writes x_{j..j+k} for the k variables of a window; it means x_j..x_{j+k-1}."),
)
