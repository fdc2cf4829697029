"""Lemma 6, steps 1 to 5: the multiplicities of the sign patterns, and the event that each exceeds half its mean."""
from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from theorycheck.claims import Outcome, Quantity, relation_outcome
from theorycheck.rigor import nearest_decimal

if TYPE_CHECKING:
    from theorycheck.statements.lemma6_instance import Lemma6

# Draws up to which the mean is summed over the binomial law; beyond, linearity.
SUMMED_DRAWS = 1024
# Bits up to which all sign patterns of a filter are counted one by one; beyond, symmetry.
COUNTED_BITS = 12
TRIAL_LEVEL = Fraction(99, 100)


def cell_probability(instance: Lemma6) -> Outcome:
    """Step 1: each sign pattern has probability 2^-k."""
    if instance.initialisation.name != "paper" or instance.k > COUNTED_BITS:
        reason = "the weights are independent and their law is symmetric about 0"
        exact = Fraction(1, 2)**instance.k
        return relation_outcome(Quantity.of(exact, "P"), "==", Quantity.of(instance.bound("cell_probability")),
                                method=reason)
    from collections import Counter
    from itertools import product
    hits = Counter(sum(1 << i for i, w in enumerate(weights) if w < 0)
                   for weights in product((Fraction(1, instance.k), Fraction(-1, instance.k)), repeat=instance.k))
    shares = {Fraction(hits[z], sum(hits.values())) for z in range(2**instance.k)}
    lhs = Quantity.of(max(shares), "largest of the 2^k probabilities")
    other = (Quantity.of(min(shares), "smallest of the 2^k probabilities"),) if len(shares) > 1 else ()
    return relation_outcome(lhs, "==", Quantity.of(instance.bound("cell_probability")), alternatives=other,
                            method="counting the signs of all 2^k equally likely weight vectors")


def mean(instance: Lemma6) -> Outcome:
    """Step 2: E m_z = q 2^-k."""
    rhs = Quantity.of(instance.bound("expected_multiplicity"))
    if instance.q <= SUMMED_DRAWS:
        return relation_outcome(Quantity.of(_summed_mean(instance.q, 2**instance.k), "sum of m P[m_z=m]"), "==", rhs,
                                method="summing m P[m_z=m] over the exact binomial law")
    return relation_outcome(Quantity.of(instance.q * Fraction(1, 2**instance.k)), "==", rhs,
                            method="linearity: q indicators of probability 2^-k each (step 1)")


def _summed_mean(q: int, cells: int) -> Fraction:
    """Σ_m m C(q,m) (cells-1)^(q-m) / cells^q, term by term."""
    term, total = (cells - 1)**q, 0
    for m in range(1, q + 1):
        term = term * (q - m + 1) // (m * (cells - 1))
        total += m * term
    return Fraction(total, cells**q)


def chernoff(instance: Lemma6) -> Outcome:
    """Step 3: P[m_z <= μ/2] <= e^(-μ/8)."""
    return relation_outcome(
        Quantity.of(instance.tail, "exact tail"), "<=", Quantity.of(instance.bound("cell_failure_bound")),
        alternatives=(Quantity.of(instance.bound("sharp_cell_failure_bound"), "with exponent (1-ln 2)/2"),
                      Quantity.of(instance.bound("kullback_leibler_cell_failure_bound"), "with exponent KL(p/2||p)/p")),
        method="the binomial tail, exactly or as a ball")


def choice_of_q(instance: Lemma6) -> Outcome:
    """Step 4: the choice of q makes the tail bound at most δ 2^-k."""
    if not instance.q_is_enough:
        return Outcome(None, note=f"q={instance.q} is below the paper's {instance.paper_q}; the exact probability of "
                                  "the event decides instead")
    return relation_outcome(Quantity.of(instance.bound("cell_failure_bound")), "<=",
                            Quantity.of(instance.bound("cell_failure_target")))


def union_bound(instance: Lemma6) -> Outcome:
    """Step 5a: some m_z <= μ/2 with probability at most 2^k e^(-μ/8)."""
    return relation_outcome(
        Quantity.of(instance.failure, "exact failure probability"), "<=",
        Quantity.of(instance.bound("union_failure_bound")),
        alternatives=(Quantity.of(instance.tail * 2**instance.k, "union bound over the exact tail"),
                      Quantity.of(instance.bound("sharp_union_failure_bound"), "union bound with exponent (1-ln 2)/2"),
                      Quantity.of(instance.bound("kullback_leibler_union_failure_bound"),
                                  "union bound with exponent KL(p/2||p)/p")),
        method="the exact law of the multiplicities")


def event(instance: Lemma6) -> Outcome:
    """Step 5b: with probability at least 1-δ every m_z > μ/2, told by the complement, which may be 10^-40."""
    witness = {"q": str(instance.q), "failure probability": nearest_decimal(instance.failure, 15)}
    note = "" if instance.q_is_enough else f"with fewer filters than the paper's {instance.paper_q}"
    return relation_outcome(Quantity.of(instance.failure, "exact failure probability"), "<=",
                            Quantity.of(instance.delta), counterexample=witness, note=note,
                            method="the exact law of the multiplicities")


def trials(instance: Lemma6) -> Outcome:
    """Step 5b by sampling: a confidence interval for the event's probability."""
    from theorycheck.probability.estimation import estimate_event_probability
    count = instance.parameters.trials
    assert count is not None
    settings = instance.settings
    estimate = estimate_event_probability(
        instance.q, instance.k, count, instance.trial_rng,
        progress=lambda done, total: settings.progress(0, 1, f"sampling the event: {done} of {total} draws"))
    interval = estimate.interval(TRIAL_LEVEL)
    note = "" if estimate.is_complete else f"interrupted after {estimate.trials} of {count} draws"
    return relation_outcome(Quantity.statistical(interval.lower, interval.upper, TRIAL_LEVEL, "sampled P[event]"), ">=",
                            Quantity.of(1 - instance.delta), note=note,
                            alternatives=(Quantity.of(1 - instance.failure, "P[event], exactly"),),
                            method=f"Clopper-Pearson from {estimate.successes} of {estimate.trials} draws")


def smallest_q(instance: Lemma6) -> Outcome:
    """How much the choice of q gives away: the smallest q that suffices, exactly and by each bound."""
    from theorycheck.probability.draws import smallest_sufficient_draws, sufficient_draws_bound
    k, delta = instance.k, instance.delta
    return relation_outcome(
        Quantity.of(smallest_sufficient_draws(k, delta), "smallest q, exactly"), "<=", Quantity.of(instance.paper_q),
        alternatives=(Quantity.of(sufficient_draws_bound(k, delta, "kl"), "by KL(p/2||p)/p and the union bound"),
                      Quantity.of(sufficient_draws_bound(k, delta, "sharp_chernoff"),
                                  "by (1-ln 2)/2 and the union bound")),
        method="the exact probability at q = 2^(k+1) m and a bisection, as it increases in between",
        note="some smaller q may suffice too: the probability drops where the threshold floor(mu/2) steps up")
