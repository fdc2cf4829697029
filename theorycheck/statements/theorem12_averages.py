"""Theorem 12's proof, second half: Parseval, each coordinate's share, and the average over all permutations."""
from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import comb
from typing import TYPE_CHECKING, Any

from theorycheck.claims import Outcome, Quantity, Verdict, relation_outcome
from theorycheck.errors import InstanceTooLarge
from theorycheck.rigor import Real, decide
from theorycheck.statements.theorem12_enumeration import all_permutations, parity_average, permuted_average
from theorycheck.statements.theorem12_instance import Theorem12
from theorycheck.statements.theorem12_small import SmallCopy, joined
from theorycheck.statements.theorem12_tables import listed_level_weight, tables

if TYPE_CHECKING:
    from theorycheck.orbits.averages import OrbitAverage

# Parseval is checked level by level on a cube of this size, and two methods against one another up to this cost.
_PARSEVAL_BITS, _CROSS_CHECK_SECONDS = 10, 30


def parseval(instance: Theorem12) -> Outcome:
    """Σ_m W^{=m}[σ'] = E σ'², and for σ."""
    from theorycheck.neurons.level_weights import neuron_level_weights
    copy = SmallCopy.of(instance, _PARSEVAL_BITS)
    every = range(copy.n + 1)
    levels = neuron_level_weights(copy.neuron, every, every, threads=instance.settings.threads)
    table = tables(copy.neuron)
    rows = [(_total(levels.slope.values()), _mean_square(table.slopes)),
            (_total(levels.value.values()), _mean_square(table.values))]
    answers = [decide(left, "==", right) for left, right in rows]
    shown = rows[answers.index(False)] if False in answers else rows[0]
    return relation_outcome(
        Quantity.of(shown[0], "sum of the level weights"), "==", Quantity.of(shown[1], "mean square over the cube"),
        alternatives=(Quantity.of(rows[1][0], "the same of sigma"), Quantity.of(rows[1][1], "E sigma^2")),
        method=f"{levels.method}, against the mean over all 2^{copy.n} points", note=copy.note)


def _total(weights: Any) -> Real:
    from theorycheck.networks.rationals import total_of
    return total_of(list(weights))


def _mean_square(values: list[Fraction]) -> Fraction:
    return sum((value**2 for value in values), Fraction(0)) / len(values)


def bessel(instance: Theorem12) -> Outcome:
    """The two level weights that matter are at most 1 together, because |σ'| <= 1."""
    if instance.obstacle:
        return _by_hypothesis(instance, "Bessel's inequality with |sigma'| <= 1")
    sums = [_total(orbit.average.levels.slope.values()) for orbit in instance.orbits]
    return relation_outcome(Quantity.of(_largest(sums), _of_all(instance, "W^{=k-1}[sigma'] + W^{=k+1}[sigma']")), "<=",
                            Quantity.of(1), method=instance.method,
                            counterexample={"seed": str(instance.settings.seed)})


def _by_hypothesis(instance: Theorem12, argument: str, rhs: Quantity | None = None) -> Outcome:
    """What holds for every orbit by a hypothesis, where the orbit itself is out of reach."""
    verdict = Verdict.VERIFIED if instance.meets_the_constants else Verdict.INCONCLUSIVE
    return Outcome(verdict, rhs=rhs, method=argument, note=f"not computed: {instance.obstacle}")


def _largest(values: list[Real]) -> Real:
    from theorycheck.bounds.arithmetic import extremum
    return extremum(values, largest=True)


def _of_all(instance: Theorem12, label: str) -> str:
    return label if instance.is_exact else f"{label}, the largest of {len(instance.orbits)} orbits"


def coordinate_without(instance: Theorem12) -> Outcome:
    """The mean of (∂L/∂w_j)² for one j outside I is at most 1/C(n-1,k)."""
    if instance.k == instance.n:
        return Outcome(None, note="for k=n every j is in I")
    return _coordinate(instance, instance.k + 1, "sets_without_bound")


def coordinate_with(instance: Theorem12) -> Outcome:
    """The mean of (∂L/∂w_j)² for one j in I is at most 1/C(n-1,k-1)."""
    return _coordinate(instance, instance.k - 1, "sets_with_bound")


def _coordinate(instance: Theorem12, level: int, name: str) -> Outcome:
    sets = comb(instance.n, level)
    bound = Quantity.of(1 / instance.bound(name), "the proof's bound")
    least = Quantity.of(Fraction(1, sets), "with a level weight of 1")
    if instance.obstacle:
        return replace(relation_outcome(least, "<=", bound, method="as the level weight is at most 1"),
                       note=f"the level weight is not computed: {instance.obstacle}")
    weights = [orbit.average.levels.slope[level] / sets for orbit in instance.orbits]
    return relation_outcome(
        Quantity.of(_largest(weights), _of_all(instance, "mean over all permutations")), "<=", bound,
        alternatives=(least,), method=instance.method, counterexample={"seed": str(instance.settings.seed)})


# ------------------------------------------------------------------ the averages
def averaging_filters(instance: Theorem12) -> Outcome:
    """The identity behind (i) by listing all permutations of few bits, and all parities."""
    return _averaging(instance, "filters")


def averaging_readout(instance: Theorem12) -> Outcome:
    """The identity behind (ii) likewise."""
    return _averaging(instance, "readout")


def _averaging(instance: Theorem12, kind: str) -> Outcome:
    small = instance.small
    if not instance.listed:
        # Both identities come from one listing.
        instance.listed = {"permutations": permuted_average(small.neuron, small.subset, all_permutations(small.n)),
                           "all parities of k bits": parity_average(small.neuron, small.k),
                           **_by_every_method(instance, small)}
    listed = instance.listed["permutations"]
    others = {name: getattr(average, kind) for name, average in instance.listed.items() if average is not listed}
    lhs, rhs = getattr(listed, kind), _identity(instance, small, kind)
    failing = [label for label, value in others.items() if decide(lhs, "==", value) is False]
    outcome = relation_outcome(
        Quantity.of(lhs, f"mean over all {listed.count} permutations, the gradient formed anew for each"), "==",
        Quantity.of(rhs, "from the level weights, u=1"),
        alternatives=tuple(Quantity.of(value, label) for label, value in others.items()),
        method=f"integers, n={small.n}, k={small.k}", note=small.note,
        counterexample={"n": str(small.n), "k": str(small.k)})
    if not failing:
        return outcome
    return replace(outcome, verdict=Verdict.REFUTED, counterexample={"differs": ", ".join(failing)})


def _identity(instance: Theorem12, small: SmallCopy, kind: str) -> Real:
    """The right-hand side of the identity, from level weights found by listing the sets of each level."""
    table, n, k = tables(small.neuron), small.n, small.k
    if kind == "readout":
        return instance.bound("readout_gradient_mean", n=n, k=k, q=1,
                              W_value=listed_level_weight(table.points, table.values, k))
    below, above = (listed_level_weight(table.points, table.slopes, level) for level in (k - 1, k + 1))
    return instance.bound("filter_gradient_mean", n=n, k=k, q=1, W_below=below, W_above=above)


def _by_every_method(instance: Theorem12, small: SmallCopy) -> dict[str, OrbitAverage]:
    """The same averages by every exact method that can run."""
    from theorycheck.neurons.level_weights import feasible_methods
    from theorycheck.orbits.averages import orbit_average, slope_levels
    names = [cost.method for cost in feasible_methods(small.neuron, slope_levels(small.n, small.k), [small.k])]
    return {f"by {name}": orbit_average(small.neuron, small.k, method=name, threads=instance.settings.threads)
            for name in names if name != "float"}


def methods(instance: Theorem12) -> Outcome:
    """Two ways to the level weights of the instance itself agree, wherever two can run."""
    from theorycheck.neurons.level_weights import cross_check, feasible_methods
    from theorycheck.orbits.averages import slope_levels
    if instance.obstacle:
        return Outcome(None, note=instance.obstacle)
    asked = slope_levels(instance.n, instance.k), [instance.k]
    costs = feasible_methods(instance.neuron, *asked)
    copy, note = instance.neuron, ""
    if len(costs) < 2 or costs[1].nanoseconds > _CROSS_CHECK_SECONDS * 10**9:
        small = SmallCopy.of(instance, _PARSEVAL_BITS)
        copy, note = small.neuron, joined("only one method is within reach at this size", small.note)
        asked = slope_levels(small.n, small.k), [small.k]
    try:
        found = cross_check(copy, *asked, threads=instance.settings.threads)
    except InstanceTooLarge as error:  # a second way that turns out too long decides nothing
        return Outcome(None, note=str(error))
    if found is None:
        return Outcome(None, note="only one method can run")
    names = f"{found.first.method} and {found.second.method}"
    if found.agrees is None:
        return Outcome(None, note=f"the enclosures by {names} overlap")
    return relation_outcome(Quantity.of(len(found.differences), "level weights that differ"), "==", Quantity.of(0),
                            method=names, note=joined(f"by {names}", note),
                            counterexample={"differs": ", ".join(found.differences)})
