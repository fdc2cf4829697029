"""Corollary 5, the sample: its size, and training on labelled draws with the population's loss known exactly."""
from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from theorycheck.claims import Outcome, Quantity, Verdict, relation_outcome
from theorycheck.errors import InstanceTooLarge
from theorycheck.rigor import Real, decide
from theorycheck.statements.corollary5_sizes import at_sufficient_sizes

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np

    from theorycheck.gradients.flint_matrices import Scalar
    from theorycheck.statements.corollary5_instance import Corollary5
    from theorycheck.training.enclosed_descent import DescentStep

# The trained network is evaluated in balls at all 2^n inputs.
LARGEST_N = 12
TRIAL_LEVEL = Fraction(99, 100)
RATIONAL_STEPS = 64


@dataclass(frozen=True, eq=False)
class Fit:
    """A network trained on a sample, judged on the sample and on the population.

    Attributes
    ----------
    size, distinct : int
        Labelled draws, and different inputs among them.
    sample_loss, population_loss : Real
        Hinge losses, enclosed.
    sample_error, population_error : Fraction
        Shares with sign(h) != f, sign(0) = +1; exact.
    """

    size: int
    distinct: int
    sample_loss: Real
    population_loss: Real
    sample_error: Fraction
    population_error: Fraction


def fit_step_size(k: int) -> Fraction:
    """Return 2^k/(4k): with one filter for each sign pattern, θ = η√k 2^-k = 1/(4√k) in the linear phase."""
    return Fraction(2**k, 4 * k)


def fit_sample(instance: Corollary5, indices: np.ndarray) -> Fit:
    """Train on the inputs of these indices from the paper's start, one filter for each sign pattern, in balls.

    Raises
    ------
    InstanceTooLarge
        ``'n' must be at most 12 for a sample, not 20: the trained network is evaluated at all 2^n inputs.``
    """
    if instance.n > LARGEST_N:
        raise InstanceTooLarge(f"'n' must be at most {LARGEST_N} for a sample, not {instance.n}: the trained network "
                               "is evaluated at all 2^n inputs.")
    import numpy as np

    from theorycheck.cube.points import BooleanCube
    from theorycheck.cube.weighted_distributions import EmpiricalDistribution
    from theorycheck.gradients.enclosed_activations import Undecided
    from theorycheck.networks.initialisers import collapsed_network
    from theorycheck.networks.problems import LearningProblem
    from theorycheck.training.enclosed_run import enclosed_run
    cube = BooleanCube(instance.n)
    network, copies = collapsed_network(instance.n, instance.k, np.ones(2**instance.k, dtype=np.int64))
    problem = LearningProblem(instance.pattern, EmpiricalDistribution(cube.points(indices)))
    labels = instance.pattern.truth_table().values.tolist()
    counts = np.bincount(indices, minlength=cube.size).tolist()

    def last(steps: Iterator[DescentStep]) -> Fit:
        for step in steps:
            instance.settings.progress(0, 1, f"training on {len(indices)} examples, step {step.t}")
        return _judge(_values(step.tables.tolist(), instance.n), labels, counts)

    steps = instance.parameters.fit_steps

    def run(arithmetic: str) -> Fit:
        return enclosed_run(network, problem, fit_step_size(instance.k), steps, last, arithmetic=arithmetic,
                            multiplicities=copies, precision=instance.settings.precision).result

    try:
        return run("enclosed")
    except Undecided:
        # As where h is exactly 0 at inputs far from the sample; long runs in rationals take too long.
        if steps > RATIONAL_STEPS:
            raise
        return run("rational")


def _values(tables: Any, n: int) -> list[Scalar]:
    """h(x) for every x, by extending prefixes one variable at a time."""
    size = len(tables[0])
    values = list(tables[0])
    for j, table in enumerate(tables[1:], start=1):
        half = len(values)
        low = [value + table[x >> j] for x, value in enumerate(values)]
        values = low + [value + table[(x | half) >> j] for x, value in enumerate(values)]
    assert len(values) == 1 << n and size == len(tables[-1])
    return values


def _judge(values: list[Scalar], labels: list[int], counts: list[int]) -> Fit:
    from flint import arb, fmpq

    from theorycheck.gradients.enclosed_activations import Undecided
    from theorycheck.gradients.flint_matrices import as_real
    size = sum(counts)
    sample: Any = fmpq(0)
    population: Any = fmpq(0)
    wrong = missed = 0
    for value, label, count in zip(values, labels, counts):
        gap: Any = 1 - label * value
        hinge = gap.max(arb(0)) if isinstance(gap, arb) else max(gap, fmpq(0))
        sample, population = sample + hinge * count, population + hinge
        if not (value >= 0 or value < 0):
            raise Undecided(f"The sign of h={arb(value).str(8)} is not decided.")
        if (value >= 0) != (label > 0):
            wrong, missed = wrong + 1, missed + count
    return Fit(size, sum(count > 0 for count in counts), as_real(sample / size), as_real(population / len(values)),
               Fraction(missed, size), Fraction(wrong, len(values)))


def sample_rate(instance: Corollary5) -> Outcome:
    """The stated sample size grows with q; d = 2^(k-1)(N+1) does not."""
    from theorycheck.bounds.corollary5 import dimension_examples
    rate = instance.evaluate(dimension_examples(d=instance.dimension))
    return at_sufficient_sizes(
        instance, Quantity.of(rate, "eps^-2 (d+ln 1/delta)"), _stated(instance),
        (Quantity.of(instance.dimension, "d = 2^(k-1)(N+1), bounds the VC dimension for every q"),),
        method="both rates without their constants, at this q",
        note="both are about the 0/1 error; neither bounds the hinge loss")


def sample_size(instance: Corollary5) -> Outcome:
    """With every constant written out: the sample that Vapnik's inequality asks for, against the stated rate."""
    return at_sufficient_sizes(
        instance, Quantity.of(instance.vapnik_examples, "smallest M with deviation bound <= eps at delta/2"),
        _stated(instance),
        (Quantity.of(instance.deviation(instance.vapnik_examples), "the deviation bound there"),),
        method="sqrt(8(d ln(2eM/d)+ln(8/delta))/M) by bisection")


def _stated(instance: Corollary5) -> Quantity:
    return Quantity.of(instance.bound("stated_examples"), "eps^-2 n k q ln(nkq/delta)")


def generalisation(instance: Corollary5) -> Outcome:
    """The gap between the sample's and the population's 0/1 error, exactly, against the deviation bound."""
    from theorycheck.gradients.enclosed_activations import Undecided
    try:
        fit = instance.fit
    except Undecided as undecided:
        return Outcome(Verdict.INCONCLUSIVE, note=str(undecided))
    gap, bound = abs(fit.population_error - fit.sample_error), _deviation(instance, fit.size)
    shown = (Quantity.of(fit.sample_error, "0/1 error on the sample"),
             Quantity.of(fit.population_error, "0/1 error on the population"),
             Quantity.of(fit.sample_loss, "hinge loss on the sample"),
             Quantity.of(fit.population_loss, "hinge loss on the population"),
             Quantity.of(fit.population_loss - fit.sample_loss, "gap of the hinge losses, which nothing here bounds"))
    lhs = Quantity.of(gap, "|0/1 error on the population - on the sample|")
    method = (f"gradient descent in balls, {instance.parameters.fit_steps} steps of size {fit_step_size(instance.k)}, "
              f"one filter for each sign pattern, on {fit.size} draws ({fit.distinct} different); the trained network "
              f"at all 2^{instance.n} inputs")
    if bound is None or decide(bound, ">=", 1) is True:
        return Outcome(Verdict.VACUOUS, lhs, None if bound is None else Quantity.of(bound), shown, method,
                       "the deviation bound is at least 1 for so few draws")
    outcome = relation_outcome(lhs, "<=", Quantity.of(bound, "deviation bound at delta/2"), alternatives=shown,
                               method=method)
    if outcome.verdict is Verdict.REFUTED:
        return Outcome(None, lhs, outcome.rhs, shown, method, "this sample is outside the event; no counterexample, as "
                                                              "it may be with probability delta/2")
    return outcome


def _deviation(instance: Corollary5, size: int) -> Real | None:
    return instance.deviation(size) if size >= instance.dimension else None


def trials(instance: Corollary5) -> Outcome:
    """How often a sample of this size gives a 0/1 error of at most ε on the population."""
    from theorycheck.probability.intervals import clopper_pearson_interval
    count, size = instance.parameters.trials, instance.parameters.sample
    assert count is not None and size is not None
    from theorycheck.gradients.enclosed_activations import Undecided
    rng, successes = instance.rng("trials"), 0
    for done in range(count):
        try:
            fit = fit_sample(instance, rng.integers(0, 1 << instance.n, size=size))
        except Undecided as undecided:
            return Outcome(Verdict.INCONCLUSIVE, note=f"sample {done + 1} of {count}: {undecided}")
        successes += fit.population_error <= instance.epsilon
        instance.settings.progress(0, 1, f"training on samples: {done + 1} of {count}")
    interval = clopper_pearson_interval(successes, count, TRIAL_LEVEL)
    outcome = relation_outcome(
        Quantity.statistical(interval.lower, interval.upper, TRIAL_LEVEL, "sampled P[0/1 error <= eps]"), ">=",
        Quantity.of(1 - instance.delta), method=f"Clopper-Pearson from {successes} of {count} samples of {size} draws")
    # Whatever it shows, the corollary's own sizes are far beyond what can be drawn and trained.
    return replace(outcome, verdict=None, note="about this sample size and this number of steps, not about the "
                                               "corollary's: neither for nor against it")
