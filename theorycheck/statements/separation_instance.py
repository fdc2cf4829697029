"""An instance of the separation: four starts, one problem, one grid of step sizes, and the runs once they are done."""
from __future__ import annotations

from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

from theorycheck.claims import Settings
from theorycheck.errors import ParameterError
from theorycheck.rigor import Real, decide
from theorycheck.statements.separation_parameters import SeparationParameters

if TYPE_CHECKING:
    import numpy as np

    from theorycheck.gradients.exact_gradients import ExactLossAndGradient
    from theorycheck.networks.architectures import FullyConnectedNetwork, WindowNetwork
    from theorycheck.orbits.averages import NetworkOrbitAverage
    from theorycheck.training.compared_runs import ComparedRecord, ComparedRun
    from theorycheck.training.comparison import Comparison

#: The networks, in the order in which they are shown.
NETWORKS = ("CNN", "LCN", "eFCN", "FCN")


class Separation:
    """An instance of the separation.

    Attributes
    ----------
    n, k, q, steps : int
    grid : tuple of Fractions
    target : Fraction
    """

    def __init__(self, parameters: SeparationParameters, settings: Settings) -> None:
        import numpy as np

        from theorycheck.cube.memory import require_memory
        from theorycheck.cube.patterns import KPattern
        from theorycheck.networks.activations import activation_named
        from theorycheck.networks.problems import LearningProblem
        from theorycheck.orbits.laws import law_named
        from theorycheck.statements.training_options import multiplicities_named
        require_memory(parameters.n, 24)
        self.parameters, self.settings = parameters, settings
        self.n, self.k, self.q, self.steps = parameters.n, parameters.k, parameters.q, parameters.steps
        self.grid, self.target = parameters.grid(), parameters.target
        self.neurons = parameters.fcn_neurons or self.q
        self.activation = activation_named(parameters.activation).with_kink_slope(parameters.kink_slope)
        # The first two streams of Lemma 6's page, so that one seed means one draw in both.
        draw, pattern, self._weights = np.random.SeedSequence(settings.seed).spawn(3)
        self.pattern = KPattern.from_name(parameters.pattern, self.n, self.k, parameters.offset, int(parameters.tie),
                                          np.random.default_rng(pattern))
        self.problem = LearningProblem(self.pattern, hinge_slope=parameters.gamma)
        self.multiplicities = multiplicities_named(parameters.init, self.q, self.k, np.random.default_rng(draw))
        try:
            self.law = law_named(parameters.fcn_weights)
        except ParameterError as error:
            raise ParameterError(str(error).replace("'weights'", "'fcn_weights'", 1)) from None
        self.law.require_size(self.n)
        self._done: dict[str, Comparison] = {}

    @property
    def is_parity(self) -> bool:
        """Whether the target is a parity of all k bits of its window, or its negative, as Theorem 12 asks."""
        from theorycheck.cube.patterns import KPattern
        parity = KPattern.parity(self.n, self.k, self.parameters.offset).table
        return bool((self.pattern.table == parity).all() or (self.pattern.table == -parity).all())

    # ------------------------------------------------------------------ the starts
    def _window_start(self, tied: bool) -> tuple[WindowNetwork, np.ndarray]:
        from theorycheck.networks.initialisers import collapsed_network
        return collapsed_network(self.n, self.k, self.multiplicities, activation=self.activation, tied=tied)

    @cached_property
    def fcn(self) -> FullyConnectedNetwork:
        """The FCN's start, float64 numbers; with ``pairs`` an odd one out has readout 0."""
        import numpy as np

        from theorycheck.networks.architectures import FullyConnectedNetwork
        rng, size = np.random.default_rng(self._weights), self.neurons
        is_paired = self.parameters.fcn_readout == "pairs"
        drawn = [self.law.sample_neuron(self.n, rng, self.parameters.fcn_bias, self.activation)
                 for _ in range((size + 1) // 2 if is_paired else size)]
        try:
            filters = np.array([np.array([float(weight) for weight in neuron.weights.fractions()])
                                * float(neuron.squared_scale)**0.5 for neuron in drawn])
            biases = np.array([float(neuron.bias) for neuron in drawn])
        except OverflowError:
            raise ParameterError("'fcn_weights' and 'fcn_bias' must be in float64's range.") from None
        if not is_paired:
            return FullyConnectedNetwork(filters, biases, np.zeros(size), self.activation)
        readout = np.tile([1.0, -1.0], len(drawn))[:size]
        readout[size - size % 2:] = 0.0
        return FullyConnectedNetwork(np.repeat(filters, 2, axis=0)[:size], np.repeat(biases, 2)[:size], readout,
                                     self.activation)

    def start(self, name: str) -> tuple[Any, Any]:
        """A network's start and its multiplicities: equal filters run as one."""
        import numpy as np

        from theorycheck.networks.collapse import collapse
        from theorycheck.networks.embedding import as_fully_connected
        if name == "FCN":
            collapsed = collapse(self.fcn)
            return collapsed.network, collapsed.multiplicities
        network, counts = self._window_start(tied=name != "LCN")
        if name != "eFCN":
            return network, counts
        return as_fully_connected(network), np.tile(counts, network.window_count)

    # ------------------------------------------------------------------ first gradients
    @cached_property
    def cnn_gradient(self) -> ExactLossAndGradient:
        """The CNN's exact first gradient, of one filter of each class."""
        from theorycheck.gradients.exact_gradients import exact_loss_and_gradient
        network, counts = self.start("CNN")
        return exact_loss_and_gradient(network, self.problem, multiplicities=counts)

    @cached_property
    def orbit_average(self) -> NetworkOrbitAverage:
        """The FCN's first gradient, its squared norms averaged over all permutations of every neuron's weights."""
        from theorycheck.orbits.averages import network_orbit_average
        return network_orbit_average(self.fcn, self.k, threads=self.settings.threads, progress=self._orbit_progress)

    @cached_property
    def first_record(self) -> ComparedRecord:
        """What a run of the FCN records at its start, whatever its step size."""
        from theorycheck.training.float_descent import FloatDescent
        from theorycheck.training.planned_runs import measure
        network, counts = self.start("FCN")
        descent = FloatDescent(network, self.problem, None, eta=1.0, steps=1, trains="all", multiplicities=counts,
                               edges=(), threads=self.settings.threads)
        return measure(descent, next(descent.run()), counts)

    def _orbit_progress(self, done: int, total: int) -> None:
        self.settings.progress(done, total + 1, f"orbit averages: {done} of {total} different neurons")

    @cached_property
    def c(self) -> Real | None:
        """The largest |σ| at any pre-activation of the FCN under any permutation; None where it is not known."""
        from theorycheck.networks.activation_forms import PiecewisePolynomial
        form = self.activation.form
        if not isinstance(form, PiecewisePolynomial) or form.degree > 1:
            return None if self.activation.bound is None else Real(self.activation.bound)
        ranges = {(float(bias), tuple(sorted(abs(row).tolist())))
                  for row, bias in zip(self.fcn.filters, self.fcn.biases)}
        largest = max(_largest_between(form, Fraction(bias), sum(map(Fraction, sizes), Fraction(0)))
                      for bias, sizes in ranges)
        return Real(largest or Fraction(1))

    def bound(self, name: str) -> Real:
        """Evaluate a bound of Theorem 12 at the FCN."""
        from theorycheck.bounds import theorem12
        from theorycheck.bounds.evaluate import evaluate
        values: dict[str, Any] = {"n": self.n, "k": self.k, "q": self.neurons}
        return evaluate(getattr(theorem12, name)(), values if self.c is None else {**values, "c": self.c})

    # ------------------------------------------------------------------ the runs
    def comparison(self, name: str) -> Comparison:
        """A network's runs on the whole grid; raises KeyboardInterrupt, with the finished ones kept, on Ctrl-C."""
        from theorycheck.training.comparison import Start, compare_networks
        if name not in self._done:
            network, counts = self.start(name)
            self._done[name] = compare_networks(
                [Start(name, network, counts)], self.problem, etas=self.grid, steps=self.steps,
                save=self.parameters.save, progress=self.settings.progress, threads=self.settings.threads)
        if self._done[name].is_interrupted:
            raise KeyboardInterrupt
        return self._done[name]

    @property
    def done(self) -> dict[str, Comparison]:
        """What there is by now, unfinished comparisons included."""
        return dict(self._done)

    def best(self, name: str) -> ComparedRun | None:
        """The best finished run of a network, as far as it came."""
        return self._done[name].best(name, self.target) if name in self._done else None

    @cached_property
    def reached(self) -> ComparedRecord | None:
        """The first record of the CNN's best run whose loss is for certain at most the target."""
        self.comparison("CNN")
        run = self.best("CNN")
        records = () if run is None else run.records
        return next((record for record in records if decide(record.enclosed_loss, "<=", self.target) is True), None)


def _largest_between(form: Any, middle: Fraction, reach: Fraction) -> Fraction:
    """The largest |σ| of a piecewise linear σ on [middle-reach, middle+reach], one-sided limits included."""
    found = [Fraction(0)]
    for piece, left, right in zip(form.coefficients, (None, *form.breakpoints), (*form.breakpoints, None)):
        low = middle - reach if left is None else max(middle - reach, left)
        high = middle + reach if right is None else min(middle + reach, right)
        intercept, slope = (piece + (Fraction(0),) * 2)[:2]
        if low <= high:
            found += [abs(intercept + slope * low), abs(intercept + slope * high)]
    return max(found)
