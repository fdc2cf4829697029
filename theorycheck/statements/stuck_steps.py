"""The steps of "stuck" about gradients: equivariance, the mean over all parities, and how many can be told apart."""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from math import comb
from typing import TYPE_CHECKING, Any

from theorycheck.claims import HypothesisResult, Outcome, Quantity, Verdict, relation_outcome
from theorycheck.errors import abbreviate
from theorycheck.rigor import Real, decide
from theorycheck.statements.stuck_averages import average_of, largest_value
from theorycheck.statements.stuck_instance import SMALL_STEPS, Stuck
from theorycheck.statements.training_checks import Comparison, check_all

if TYPE_CHECKING:
    from theorycheck.networks.architectures import FullyConnectedNetwork

_IRRATIONAL = "sigma is not rational, so that no run is exact; the argument is the same for any sigma"


def is_lipschitz(instance: Stuck) -> HypothesisResult:
    """Whether |σ'| <= 1."""
    constant = instance.activation.lipschitz
    if constant is None:
        return HypothesisResult(False, f"{instance.activation.name} has no Lipschitz constant.")
    return HypothesisResult(constant <= 1, f"the largest slope is {constant}" + ("" if constant <= 1 else "."))


def is_inside(instance: Stuck) -> HypothesisResult:
    """Whether |h| < 1 everywhere at the start."""
    return HypothesisResult(instance.is_still, "" if instance.is_still else
                            "|h| reaches 1 or is not known to stay below it: the steps follow the run.")


# ------------------------------------------------------------------ the whole run

def permuted(network: FullyConnectedNetwork, order: Sequence[int]) -> FullyConnectedNetwork:
    """Return the network whose variable order[j] takes the weights of variable j: h'(x) = h(x_order)."""
    import numpy as np
    filters = np.empty_like(network.filters)
    filters[:, list(order)] = network.filters
    return replace(network, filters=filters)


def permuted_subset(subset: int, order: Sequence[int]) -> int:
    """Return the set of the order[j], j in the subset."""
    return sum(1 << image for j, image in enumerate(order) if subset >> j & 1)


def equivariance_gap(network: FullyConnectedNetwork, subset: int, order: Sequence[int], image: int, eta: Fraction,
                     steps: int, gamma: Fraction) -> Fraction:
    """Return how far two runs are from being one, permuted: the largest difference of a loss or a parameter.

    The first starts at ``network`` and learns the parity of ``subset``; the second starts at the permuted network and
    learns the parity of ``image``, which must be the permuted subset for them to agree.
    """
    first = _run(network, subset, eta, steps, gamma)
    second = _run(permuted(network, order), image, eta, steps, gamma)
    gap = Fraction(0)
    for (left, loss), (right, other) in zip(first, second):
        moved = permuted(left, order)
        gap = max([gap, abs(loss - other), *(abs(a - b) for name in ("filters", "readout") for a, b in zip(
            getattr(moved, name).ravel().tolist(), getattr(right, name).ravel().tolist()))])
    return gap


def _run(network: FullyConnectedNetwork, subset: int, eta: Fraction, steps: int,
         gamma: Fraction) -> Iterator[tuple[Any, Fraction]]:
    from theorycheck.cube.characters import character
    from theorycheck.gradients.exact_gradients import exact_descent
    from theorycheck.networks.problems import LearningProblem
    problem = LearningProblem(character(network.n, subset), hinge_slope=gamma)
    return ((reached, result.loss) for reached, result in exact_descent(network, problem, eta, steps))


def equivariance(instance: Stuck) -> Outcome:
    """Permuting the start's variables and the parity's permutes every step of the run, exactly."""
    if not instance.activation.is_rational:
        return Outcome(None, note=_IRRATIONAL)
    network, rng = instance.moving, instance.rng("permutations")
    subset, steps = (1 << instance.small_k) - 1, min(instance.steps, SMALL_STEPS)
    rows = []
    for draw in range(instance.parameters.permutations):
        order = rng.permutation(network.n).tolist()
        gap = equivariance_gap(network, subset, order, permuted_subset(subset, order), instance.eta, steps,
                               instance.gamma)
        rows.append(Comparison(f"permutation {draw + 1}", Real(gap), Real(0)))
    note = f"{steps} steps of gradient descent on a parity, k={instance.small_k}"
    return check_all(rows, "==", names=("largest difference of loss or parameter", ""), method="runs in rationals",
                     note="; ".join(part for part in (note, instance.small_note) if part))


# ------------------------------------------------------------------ the mean over all parities

def mean_by_definition(network: FullyConnectedNetwork, k: int, gamma: Fraction) -> Fraction:
    """Return the mean of ‖∇L_I-∇L_0‖² over all parities I, each gradient taken from the definition of the loss."""
    from theorycheck.cube.characters import character, subsets_of_level
    from theorycheck.gradients.exact_gradients import exact_loss_and_gradient
    from theorycheck.networks.problems import LearningProblem
    from theorycheck.orbits.fair_coin import fair_coin_gradient
    coin = fair_coin_gradient(network, hinge_slope=gamma)
    centre = coin.readout.fractions() + coin.filters.fractions()
    total = Fraction(0)
    for subset in subsets_of_level(network.n, k):
        found = exact_loss_and_gradient(network, LearningProblem(character(network.n, subset), hinge_slope=gamma))
        entries = found.readout.fractions() + found.filters.fractions()
        total += sum(((entry - middle)**2 for entry, middle in zip(entries, centre)), Fraction(0))
    return total / comb(network.n, k)


def averaged(instance: Stuck) -> Outcome:
    """avg_I ‖∇L_I-∇L_0‖² = Σ_c W^{=k}[v_c]/C(n,k) at θ_0, the left side from the definition."""
    if not instance.activation.is_rational:
        return Outcome(None, note=_IRRATIONAL)
    network, k = instance.small, instance.small_k
    found = average_of(network, k, instance.gamma, instance.threads)
    return relation_outcome(
        Quantity.of(mean_by_definition(network, k, instance.gamma), "mean over all parities"), "==",
        Quantity.of(found.total, "from two level weights of each neuron"),
        alternatives=(Quantity.of(found.filters, "of it in the weights"), Quantity.of(found.readout, "in the readout")),
        method=f"{comb(network.n, k)} gradients from the definition; Walsh-Hadamard transforms in rationals",
        note=instance.small_note, counterexample={"k": str(k), "n": str(network.n)})


def averaged_along_the_run(instance: Stuck) -> Outcome:
    """The same along a run on fair-coin labels that moves: h beyond 1 at some points, all three hinge slopes."""
    from theorycheck.orbits.fair_coin import fair_coin_descent
    if not instance.activation.is_rational:
        return Outcome(None, note=_IRRATIONAL)
    steps = min(instance.steps, SMALL_STEPS)
    rows = []
    for t, (network, _) in enumerate(fair_coin_descent(instance.moving, instance.eta, steps - 1,
                                                       hinge_slope=instance.gamma)):
        by_level = average_of(network, instance.small_k, instance.gamma, instance.threads).total
        listed = mean_by_definition(network, instance.small_k, instance.gamma)
        rows.append(Comparison(f"t={t}", Real(listed), by_level))
    scaled = "" if instance.moving is instance.small else "the readout scaled so that |h| reaches 2"
    return check_all(rows, "==", names=("mean over all parities", "from level weights"),
                     method="gradients from the definition; transforms in rationals",
                     note="; ".join(part for part in (instance.small_note, scaled) if part))


def parseval(instance: Stuck) -> Outcome:
    """The mean over all parities is at most Σ_c E v_c² / C(n,k), and the means of all k together are that sum."""
    whole = all_levels(instance.small, instance.gamma, instance.threads)
    if whole.verdict is Verdict.REFUTED:
        return whole
    rows = [Comparison(point.steps, point.average.total,
                       instance.bound("mean_deviation_bound", G_squared=point.average.second_moment))
            for point in instance.path]
    average = instance.average
    return check_all(rows, names=("mean of ||grad L_I - grad L_0||^2", "sum_c E v_c^2/C(n,k)"),
                     method=f"{average.method}: {average.reason}",
                     note="" if whole.verdict is None else
                     f"the sum over all k of C(n,k) times the mean is G^2 itself: decided at n={instance.small.n}")


def all_levels(network: FullyConnectedNetwork, gamma: Fraction, threads: int | None) -> Outcome:
    """Parseval's identity: Σ_k C(n,k) times the mean over the parities of k bits is Σ_c E v_c², exactly."""
    if not network.activation.is_rational:
        return Outcome(None, note=_IRRATIONAL)
    from theorycheck.networks.rationals import total_of
    averages = [average_of(network, k, gamma, threads) for k in range(network.n + 1)]
    total = total_of([average.total * average.parities for average in averages])
    return check_all([Comparison(f"n={network.n}", total, averages[0].second_moment)], "==",
                     names=("sum over all k of C(n,k) times the mean", "sum_c E v_c^2"))


def gradient_moment(instance: Stuck) -> Outcome:
    """Σ_c E v_c² <= E‖∇h‖² <= q(c²+n) where |u_i| <= 1 and |σ'| <= 1."""
    rows = []
    for point in instance.path if is_lipschitz(instance).met else ():
        largest = largest_value(point.network)
        if largest is None or any(abs(Fraction(u)) > 1 for u in point.network.readout.tolist()):
            continue
        c = largest or Fraction(1)  # sigma = 0 is bounded by any c
        rows.append(Comparison(point.steps, point.average.second_moment, instance.bound("gradient_moment_bound", c=c),
                               (Quantity.of(point.average.network_moment, "E||grad h||^2"), Quantity.of(c, "c"))))
    return check_all(rows, names=("sum_c E v_c^2", "q*(c^2+n)"), method=instance.average.method,
                     note="" if rows else "not |u_i| <= 1 and |sigma'| <= 1, or no bound on |sigma| is known")


# ------------------------------------------------------------------ telling parities apart

def still(instance: Stuck) -> Outcome:
    """While |h| < 1 the gradient on fair-coin labels is 0: that run does not move."""
    from theorycheck.orbits.fair_coin import fair_coin_gradient
    from theorycheck.orbits.network_tables import EXACT_DIMENSION
    if not instance.is_still:
        return Outcome(None, note="|h| reaches 1 at the start, so the run on fair-coin labels moves")
    if not instance.activation.is_rational or instance.n > EXACT_DIMENSION:
        slope = instance.bound("fair_coin_slope", s_plus=1, s_minus=1)
        return relation_outcome(Quantity.of(slope, "derivative of the loss in h"), "==", Quantity.of(0),
                                method="|h| < 1 is certain at every point, so that both labels have hinge slope 1")
    gradient = fair_coin_gradient(instance.network, hinge_slope=instance.gamma)
    return relation_outcome(Quantity.of(gradient.squared_norm, "||grad L_0||^2"), "==", Quantity.of(0),
                            method="the mean of the gradients for labels +1 and -1, in rationals")


def _share(instance: Stuck) -> tuple[Quantity, str]:
    """The share of parities told apart, or what bounds it where they are too many to list."""
    count = instance.told_apart
    if count is not None:
        return (Quantity.of(Fraction(count, instance.parities), "share of parities told apart"),
                f"{count} of all C(n,k)={instance.parities_text} parities, listed")
    return (Quantity.of(instance.markov_share, "mean of the squares over tau^2, which bounds the share"),
            f"C(n,k)={instance.parities_text} parities are too many to list; by Markov's inequality the share is at "
            "most the left side")


def _listed_means(instance: Stuck) -> Outcome:
    """The mean over the parities listed is the one by level weights: the list rests on all coefficients."""
    means = () if instance.listing is None else instance.listing[1]
    rows = [Comparison(point.steps, Real(mean), point.average.total) for point, mean in zip(instance.path, means)]
    return check_all(rows, "==", names=("mean over the parities listed", "from level weights"))


def _markov(instance: Stuck, right: Real, label: str) -> Outcome:
    listed = _listed_means(instance)
    if listed.verdict is Verdict.REFUTED:
        return listed
    share, note = _share(instance)
    outcome = relation_outcome(share, "<=", Quantity.of(right, label),
                               alternatives=(Quantity.of(instance.markov_share, "by the exact means"),
                                             Quantity.of(instance.largest_moment, "G^2 along the run")),
                               method=instance.average.method, note=note,
                               counterexample={"tau": abbreviate(instance.tau), "T": abbreviate(instance.steps)})
    says_nothing = decide(right, ">=", 1) is True and outcome.verdict is Verdict.VERIFIED
    return replace(outcome, verdict=Verdict.VACUOUS) if says_nothing else outcome


def told_apart(instance: Stuck) -> Outcome:
    """The share of parities with ‖∇L_I-∇L_0‖ > tau at one of T steps is at most T G²/(tau² C(n,k))."""
    return _markov(instance, instance.bound("told_apart_bound", G_squared=instance.largest_moment),
                   "T*G^2/(tau^2*C(n,k))")


def told_apart_still(instance: Stuck) -> Outcome:
    """Where the run stands still, G²/(tau² C(n,k)) does for any number of steps."""
    if not instance.is_still:
        return Outcome(None, note="the run on fair-coin labels moves: each step counts")
    return _markov(instance, instance.bound("still_bound", G_squared=instance.largest_moment), "G^2/(tau^2*C(n,k))")
