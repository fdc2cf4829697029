"""Comment 7 without bias: no odd Fourier coefficient above level 1, hence no odd parity of three or more bits."""
from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, cast

from theorycheck.claims import Outcome, Quantity, Verdict, relation_outcome

if TYPE_CHECKING:
    from theorycheck.cube.patterns import KPattern
    from theorycheck.networks.architectures import ConvolutionalNetwork
    from theorycheck.statements.comment7_instance import Comment7

# The networks whose loss and descent are followed: filters, and variables beyond the window.
NETWORK_FILTERS, MARGIN_VARIABLES = 4, 2
_SMALL = "k < 3 has no odd level of 3 or more"


def odd_levels(instance: Comment7) -> Outcome:
    """Every coefficient of σ(⟨w, z⟩) at the levels 3, 5, 7, … is exactly 0."""
    if instance.k < 3:
        return Outcome(None, note=_SMALL)
    from theorycheck.features.bias_free import hidden_sets, nonzero_hidden_coefficients
    features = instance.bias_free_features
    found = nonzero_hidden_coefficients(features.values)
    witness = {"filter": str(found[0][0]), "S": _set_text(found[0][1])} if found else {}
    return relation_outcome(
        Quantity.of(len(found), "nonzero coefficients at odd levels from 3 on"), "==", Quantity.of(0),
        alternatives=(Quantity.of(features.q * len(hidden_sets(instance.k)), "coefficients computed"),),
        counterexample=witness,
        method=f"exact transforms of {features.q} drawn filters, their biases left out",
        note="for every filter at once: ReLU(t) = t/2 + |t|/2, a linear function plus an even one")


def dimension(instance: Comment7) -> Outcome:
    """What bias-free filters span at one window: 2^(k-1)+k dimensions."""
    from theorycheck.bounds.evaluate import evaluate
    from theorycheck.features.bias_free import rank_of_gram
    from theorycheck.statements.comment7_instance import formula
    features = instance.bias_free_features
    rank = rank_of_gram(features.window_gram)
    wanted = evaluate(formula("bias_free_dimension")(), {"k": instance.k})
    if wanted.exact is not None and rank < wanted.exact:
        return Outcome(None, Quantity.of(rank, "rank"), Quantity.of(wanted),
                       note=f"the {features.q} filters looked at span less; more filters may span all of it")
    return relation_outcome(Quantity.of(rank, "rank of the drawn bias-free features"), "==", Quantity.of(wanted),
                            method=f"exact elimination on the Gram matrix of {features.q} drawn filters, biases left "
                                   "out", note="all functions without odd levels from 3 on, and no other")


def patterns(instance: Comment7) -> Outcome:
    """How many of the 2^(2^k) patterns bias-free filters represent."""
    from theorycheck.features.bias_free import patterns_in_reach, patterns_without_hidden_levels
    if instance.k > 4:
        return Outcome(None, note="the 2^(2^k) patterns are counted up to k=4")
    wanted = patterns_without_hidden_levels(instance.k)
    seen = patterns_in_reach(instance.bias_free_features.window_gram)
    lhs = Quantity.of(seen, "patterns that the drawn bias-free filters represent")
    rhs = Quantity.of(wanted, "patterns without weight at odd levels from 3 on")
    total = (Quantity.of(2**2**instance.k, "all patterns"),)
    if seen < wanted:
        return Outcome(None, lhs, rhs, total, note="the filters looked at do not span all that bias-free filters can")
    return relation_outcome(lhs, "==", rhs, alternatives=total,
                            method="the null space of the exact Gram matrix, against the transform of every pattern")


def barrier(instance: Comment7) -> Outcome:
    """A parity of an odd number, at least 3, of bits keeps the loss of every bias-free network at 1 or above."""
    if instance.k < 3:
        return Outcome(None, note=_SMALL)
    target, network = odd_parity(instance), drawn_network(instance)
    correlation, loss = _correlation_and_loss(network, target)
    witness = {"E f h": str(correlation), "L": str(loss)}
    if correlation:
        return Outcome(Verdict.REFUTED, Quantity.of(correlation, "E f h"), Quantity.of(0), counterexample=witness)
    return relation_outcome(
        Quantity.of(loss, "loss of a drawn bias-free CNN"), ">=", _one(),
        alternatives=(Quantity.of(correlation, "E f h, exactly"),), counterexample=witness,
        method=f"the exact mean over the {2**target.n} inputs of {target.n} variables; f is the parity of "
               f"{_odd_bits(instance)} bits, {network.filter_count} filters at every window",
        note="for every network at once: hinge >= 1-f h and E f h = 0")


def descent(instance: Comment7) -> Outcome:
    """Gradient descent on such a parity never gets below loss 1."""
    if instance.k < 3:
        return Outcome(None, note=_SMALL)
    from flint import fmpq

    from theorycheck.networks.problems import LearningProblem
    from theorycheck.networks.rationals import from_flint
    from theorycheck.training.enclosed_descent import descend
    parameters = instance.parameters
    losses = []
    for step in descend(drawn_network(instance), LearningProblem(odd_parity(instance)), parameters.eta,
                        parameters.steps):
        losses.append(from_flint(cast(fmpq, step.loss)))
        instance.settings.progress(0, 1, f"descent without bias, step {step.t} of {parameters.steps}")
    least = min(losses)
    return relation_outcome(
        Quantity.of(least, f"least loss over the steps 0..{parameters.steps}"), ">=", _one(),
        alternatives=(Quantity.of(losses[0], "loss at the start"), Quantity.of(losses[-1], "loss at the end")),
        counterexample={"step": str(losses.index(least)), "L": str(least)},
        method=f"exact gradient descent in rationals, step size {parameters.eta}, from Gaussian filters rounded to "
               "1/16, biases 0, and a random readout",
        note="from readout 0 nothing moves at all, as E f phi = 0")


def odd_parity(instance: Comment7) -> KPattern:
    """The parity of the largest odd number of the window's bits, on a cube of at most k+2 variables."""
    import numpy as np

    from theorycheck.cube.patterns import KPattern
    n = min(instance.n, instance.k + MARGIN_VARIABLES)
    bits = _odd_bits(instance)
    table = 1 - 2 * (np.bitwise_count(np.arange(1 << instance.k) & ((1 << bits) - 1)).astype(np.int8) & 1)
    return KPattern(n, instance.k, min(instance.pattern.offset, n - instance.k), table.astype(np.int8))


def drawn_network(instance: Comment7) -> ConvolutionalNetwork:
    """A bias-free CNN: the first drawn filters rounded to sixteenths, so that its rationals stay short."""
    import numpy as np

    from theorycheck.networks.architectures import ConvolutionalNetwork
    count = min(instance.q, NETWORK_FILTERS)
    windows = odd_parity(instance).n - instance.k + 1
    weights = np.asarray(instance.filters.filters[:count])
    filters = [[Fraction(round(16 * weight), 16) for weight in row] for row in weights.tolist()]
    drawn = instance.rng("network").integers(-8, 9, size=(windows, count)).tolist()
    readout: Any = [[Fraction(value, 4) for value in row] for row in drawn]
    return ConvolutionalNetwork(filters, [0] * count, readout)


def _correlation_and_loss(network: ConvolutionalNetwork, target: KPattern) -> tuple[Fraction, Fraction]:
    values, labels = network.values_on_cube().fractions(), target.truth_table().values.tolist()
    margins = [h * int(y) for h, y in zip(values, labels)]
    total = sum((max(Fraction(0), 1 - margin) for margin in margins), Fraction(0))
    return sum(margins, Fraction(0)) / len(margins), total / len(margins)


def _odd_bits(instance: Comment7) -> int:
    from theorycheck.features.bias_free import odd_set
    mask = odd_set(instance.k)
    assert mask is not None
    return mask.bit_count()


def _one() -> Quantity:
    from theorycheck.bounds.evaluate import evaluate
    from theorycheck.statements.comment7_instance import formula
    return Quantity.of(evaluate(formula("parity_loss_bound")()), "the loss of h=0")


def _set_text(mask: int) -> str:
    return "{" + ",".join(str(i + 1) for i in range(mask.bit_length()) if mask >> i & 1) + "}"
