"""Comment 7 with Gaussian filters: the covariance by levels, the separators of a draw and their norm, and any law."""
from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import comb
from typing import TYPE_CHECKING

from theorycheck.claims import Outcome, Quantity, Verdict, relation_outcome
from theorycheck.rigor import Real, nearest_decimal
from theorycheck.statements.comment7_instance import formula

if TYPE_CHECKING:
    import numpy as np

    from theorycheck.statements.comment7_instance import Comment7

# Far above what 128 bits leave of the quadrature and far below any eigenvalue at hand.
QUADRATURE_TOLERANCE = Fraction(1, 10**20)
TRIAL_LEVEL = Fraction(99, 100)
# Float64 eigenvalues of a whitened Gram matrix of size up to 256 err by less than 1e-9; nearer cases count as failures.
_TRIAL_MARGIN = 1e-6


def eigenvalues(instance: Comment7) -> Outcome:
    """All λ_l > 0: every pattern is in reach."""
    values = instance.eigenvalues
    level = next((level for level, value in enumerate(values) if value.exact == 0), None)
    witness = {} if level is None else {"level": str(level), "lambda": "0",
                                        "pattern": f"the parity of {level} bits of the window"}
    return relation_outcome(
        Quantity.of(instance.least, "lambda_min"), ">", Quantity.of(0), counterexample=witness,
        alternatives=tuple(Quantity.of(value, f"lambda_{index}") for index, value in enumerate(values)),
        method="the arc-cosine kernel in balls, summed by levels" + ("" if instance.beta else
                                                                     "; the odd levels exactly"))


def covariance(instance: Comment7) -> Outcome:
    """The λ_l again, by certified integration of E[φφᵀ] and sums over all points, and through the trace."""
    from functools import reduce

    from flint import arb, ctx

    from theorycheck.features.gaussian import eigenvalues_by_quadrature
    other = eigenvalues_by_quadrature(instance.k, instance.beta)
    gaps = [value - again for value, again in zip(instance.eigenvalues, other)]
    trace = sum((value * comb(instance.k, level) for level, value in enumerate(instance.eigenvalues)), Real(0))
    gaps.append(trace - _second_moment(instance))
    # In one ball: which of the differences is the largest need not be decided.
    largest = Real(lambda: reduce(arb.max, [abs(gap.enclose(ctx.prec)) for gap in gaps]))
    return relation_outcome(
        Quantity.of(largest, "largest difference of the two routes"), "<=",
        Quantity.of(QUADRATURE_TOLERANCE), counterexample={"beta": str(instance.beta)},
        alternatives=(Quantity.of(_second_moment(instance), "E|phi|^2 = 2^k(k+beta^2)/2"),),
        method="Arb's integration over the angle, and sums over the 2^k points; the trace sum_l C(k,l) lambda_l")


def _second_moment(instance: Comment7) -> Real:
    from theorycheck.bounds.evaluate import evaluate
    return evaluate(formula("second_moment")(beta=instance.beta), {"k": instance.k})


def every_pattern(instance: Comment7) -> Outcome:
    """The drawn filters separate every pattern of the window: ΦᵀΦ has full rank."""
    lhs = Quantity.of(instance.rank, "rank of the drawn features")
    rhs = Quantity.of(2**instance.k, "2^k")
    method = f"exact elimination on the Gram matrix of {instance.q} drawn filters"
    if instance.rank == 2**instance.k or not instance.is_positive:
        hidden = "" if instance.is_positive else f"the parity of {min(3, instance.k)} bits is out of reach for every q"
        return relation_outcome(lhs, "==", rhs, method=method, note=hidden,
                                counterexample={"pattern": "the parity of the window's first 3 bits"})
    return Outcome(None, lhs, rhs, method=method, note="this draw spans less; no counterexample, as more filters span "
                                                       "everything with probability 1")


def separator(instance: Comment7) -> Outcome:
    """h=f for the chosen pattern, or a function that every feature is orthogonal to and g is not."""
    found = instance.least_norm
    if isinstance(found, Fraction):
        return relation_outcome(Quantity.of(2**instance.k, "windows z with h=g"), "==",
                                Quantity.of(2**instance.k, "all windows"),
                                method="the normal equations in rationals, multiplied back",
                                note=f"exactly, for the {instance.q} drawn filters")
    if instance.is_positive:
        return Outcome(None, note="this draw has no separator; no counterexample, as more filters have one with "
                                  "probability 1")
    return Outcome(Verdict.REFUTED, counterexample=_witness(instance, found),
                   method="a function y with <phi, y> = 0 for every drawn feature, exactly, and <g, y> != 0",
                   note=_sign_note(instance))


def _witness(instance: Comment7, vector: np.ndarray) -> dict[str, str]:
    from theorycheck.features.bias_free import largest_hidden_weight
    product = sum(int(y) * int(g) for y, g in zip(vector, instance.pattern.table))
    witness = {"beta": str(instance.beta), "<g,y>": str(product), "y": _shown(vector)}
    hidden = largest_hidden_weight(instance.pattern.table)
    if hidden is not None:
        bits = "{" + ",".join(str(i + 1) for i in range(instance.k) if hidden[0] >> i & 1) + "}"
        witness |= {"S": bits, "g^(S)": str(Fraction(hidden[1], 2**instance.k)), "phi^(S)": "0 for every filter"}
    return witness


def _shown(vector: np.ndarray) -> str:
    from math import gcd
    common = gcd(*(int(entry) for entry in vector)) or 1
    text = ",".join(str(int(entry) // common) for entry in vector)
    return text if len(text) <= 120 else text[:117] + "..."


def _sign_note(instance: Comment7) -> str:
    """Whether the sign at least can be right."""
    if instance.k > 5:
        return ""
    from theorycheck.features.margins import maximum_margin_separator
    best = maximum_margin_separator(instance.bias_free_features, instance.pattern.table)
    if best.is_infeasible:
        return "nor is its sign: no readout makes f h > 0 everywhere on the window"
    if best.upper is None:
        return ""
    return "its sign is in reach all the same: some readout gives f h >= 1 everywhere on the window"


def choice_of_q(instance: Comment7) -> Outcome:
    """The width that suffices for Gaussian filters, as Lemma 6's does for the grid."""
    if not instance.is_positive:
        return Outcome(None, note="no width suffices: lambda_min = 0")
    width = instance.sufficient_width
    if width is None or instance.q < width:
        return Outcome(None, note=f"q={instance.q} is below {width}, from which on the bound applies; the draw itself "
                                  "decides below")
    return relation_outcome(
        Quantity.of(instance.bound(formula("event_failure_bound")(r=formula("spread_bound")(beta=instance.beta))),
                    "2^k exp(-q/(8r)), bounds P[not in the event]"), "<=", Quantity.of(instance.delta),
        alternatives=(Quantity.of(instance.spread, "r = (k+3) 2^k max(1,beta^2)/lambda_min"),
                      Quantity.of(2**instance.k, "r of the paper's grid, the least of any law"),
                      Quantity.of(width, "smallest q that the bound allows")),
        method="matrix Laplace transform with exp(-x) <= 1-x+x^2/2")


def norm(instance: Comment7) -> Outcome:
    """On the event ΦᵀΦ/q >= E[φφᵀ]/2 every pattern has q‖u*‖² at most twice its limit."""
    if not instance.is_positive:
        return Outcome(None, note="E[phi phi^T] is singular: the limit of q||u*||^2 is infinite for some pattern")
    if instance.is_in_event is None:
        return Outcome(Verdict.INCONCLUSIVE, note="whether the draw is in the event is not decided")
    found, limit = instance.least_norm, instance.limit
    if not instance.is_in_event or not isinstance(found, Fraction) or limit is None:
        return Outcome(None, note=f"this draw of {instance.q} filters is outside the event Phi^T Phi/q >= "
                                  "E[phi phi^T]/2; no counterexample")
    scaled = found * instance.q
    return relation_outcome(
        Quantity.of(scaled, "q min||u||^2, exactly"), "<=", Quantity.of(_doubled(limit), "twice the limit"),
        alternatives=(Quantity.of(limit, "limit sum_S 2^k g^(S)^2/lambda_|S|"),
                      Quantity.of(scaled / limit, "q min||u||^2 over its limit, in this draw"),
                      Quantity.of(limit * _second_moment(instance), "the limit times E|phi|^2, free of scale"),
                      Quantity.of(4**instance.k, "the same for the paper's grid")),
        counterexample={"seed": str(instance.settings.seed), "q||u*||^2": nearest_decimal(scaled, 12)},
        method="the normal equations in rationals; the event by elimination in balls",
        note="the limit itself is no bound: E q||u*||^2 is never below it")


def _doubled(limit: Real) -> Real:
    factor = formula("squared_norm_bound")(1)
    return limit * Fraction(int(factor))


def minimax(instance: Comment7) -> Outcome:
    """For every law E‖φ‖²/λ_min >= 2^k; the paper's grid attains it."""
    if not instance.is_positive:
        return Outcome(None, note="lambda_min = 0: the ratio is infinite")
    from theorycheck.bounds.evaluate import evaluate
    ratio = instance.bound(formula("moment_ratio")(beta=instance.beta))
    grid = evaluate(formula("grid_moment_ratio")(), {"k": instance.k})
    return relation_outcome(
        Quantity.of(ratio, "E|phi|^2/lambda_min, Gaussian"), ">=", Quantity.of(2**instance.k, "2^k, for every law"),
        alternatives=(Quantity.of(grid, "E|phi|^2/lambda_min, the paper's grid"),
                      Quantity.of(ratio / 2**instance.k, "what Gaussian filters lose")),
        method="E|phi|^2 is the sum of 2^k eigenvalues, each at least the least")


def trials(instance: Comment7) -> Outcome:
    """How often a draw is in the event."""
    import numpy as np

    from theorycheck.features.initialisation import sample_gaussian
    from theorycheck.probability.intervals import clopper_pearson_interval
    count = instance.parameters.trials
    assert count is not None
    if not instance.is_positive:
        return Outcome(None, note="the event needs lambda_min > 0")
    whitener, points = _whitener(instance)
    rng, successes = instance.rng("trials"), 0
    for done in range(count):
        drawn = sample_gaussian(instance.q, instance.k, rng, instance.beta)
        features = np.maximum(0.0, np.asarray(drawn.filters) @ points + np.asarray(drawn.biases)[:, None]) @ whitener
        least = float(np.linalg.eigvalsh(features.T @ features / instance.q)[0])
        successes += least >= 0.5 + _TRIAL_MARGIN
        instance.settings.progress(0, 1, f"sampling the event: {done + 1} of {count} draws")
    interval = clopper_pearson_interval(successes, count, TRIAL_LEVEL)
    note = "a draw counts where the least eigenvalue of the whitened Gram matrix exceeds 1/2 by far more than rounding"
    outcome = relation_outcome(
        Quantity.statistical(interval.lower, interval.upper, TRIAL_LEVEL, "sampled P[event]"), ">=",
        Quantity.of(1 - instance.delta), method=f"Clopper-Pearson from {successes} of {count} draws", note=note)
    width = instance.sufficient_width
    if outcome.verdict is not None and not outcome.verdict.holds and (width is None or instance.q < width):
        # The comment is about q large enough, and so is the bound.
        return replace(outcome, verdict=None, note=f"{note}; no evidence against the comment, as q={instance.q} is "
                                                   f"below {width}, from which on the bound promises it")
    return outcome


def _whitener(instance: Comment7) -> tuple[np.ndarray, np.ndarray]:
    import numpy as np

    from theorycheck.features.characters import character_matrix
    from theorycheck.features.maps import distances
    characters = character_matrix(instance.k)
    scales = np.array([float(value) for value in instance.eigenvalues])[distances(instance.k)]
    points = characters[[1 << i for i in range(instance.k)]].astype(np.float64)
    return characters / np.sqrt(2.0**instance.k * scales), points
