"""What Theorem 12 supposes, checked at an instance; and three small cases that break it without one supposition."""
from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

from theorycheck.claims import HypothesisResult, Outcome, Quantity, Verdict, relation_outcome
from theorycheck.errors import abbreviate
from theorycheck.rigor import decide, nearest_decimal
from theorycheck.statements.theorem12_instance import Theorem12, formula


# ------------------------------------------------------------------ hypotheses
def is_bounded(instance: Theorem12) -> HypothesisResult:
    """|σ| <= c wherever the law's pre-activations lie."""
    c, reachable, name = instance.c, instance.reachable_bound, instance.activation.name
    if instance.has_own_constants:
        return HypothesisResult(True, f"no c holds for the whole law {instance.law.name}: (ii) is read orbit by orbit, "
                                      "with c(w) the largest |sigma| of the neuron itself")
    if c is None:
        return HypothesisResult(None, f"no bound on |{name}| is known; give --c.")
    if reachable is None:
        return HypothesisResult(None if instance.activation.bound is None else True,
                                f"|{name}| has no known bound under the law {instance.law.name}.")
    answer = decide(reachable, "<=", c)
    note = f"|{name}| reaches {nearest_decimal(reachable)}, c={nearest_decimal(c)}"
    # Two enclosures of one number are never told apart.
    return HypothesisResult(instance.parameters.c is None or answer, note + ("" if answer is not False else "."))


def is_lipschitz(instance: Theorem12) -> HypothesisResult:
    """|σ'| <= 1."""
    lipschitz, name = instance.activation.lipschitz, instance.activation.name
    if lipschitz is None:
        return HypothesisResult(None if instance.activation.bound is None else False,
                                f"{name} has no known Lipschitz constant.")
    return HypothesisResult(lipschitz <= 1, f"the largest slope of {name} is {abbreviate(lipschitz)}.")


def is_invariant(instance: Theorem12) -> HypothesisResult:
    """The law of the weights is permutation invariant; of a user's sampler a test asks."""
    if instance.law.is_invariant:
        return HypothesisResult(True, f"{instance.law.name}, by construction")
    is_rejected = instance.invariance.rejects(instance.parameters.level)
    return HypothesisResult(not is_rejected, f"{_invariance_note(instance)}.")


def has_small_readout(instance: Theorem12) -> HypothesisResult:
    """|u_i| <= 1."""
    largest = instance.largest_readout
    return HypothesisResult(decide(largest, "<=", 1), f"the largest |u_i| is {nearest_decimal(largest)}.")


def has_small_output(instance: Theorem12) -> HypothesisResult:
    """|h| <= 1."""
    kind, bound = instance.parameters.readout, instance.largest_output
    if kind in ("pairs", "zero"):
        return HypothesisResult(True, "h=0: neurons in pairs with u=1 and u=-1" if kind == "pairs" else "h=0: u=0")
    if bound is None:
        return HypothesisResult(False, "|h| is not bounded.")
    if decide(bound, "<=", 1) is True:
        return HypothesisResult(True, f"|h| <= sum_i |u_i| max|sigma| = {nearest_decimal(bound)}")
    return HypothesisResult(False, f"|h| may reach sum_i |u_i| max|sigma| = {nearest_decimal(bound)}.")


def is_off_the_margin(instance: Theorem12) -> HypothesisResult:
    """|h| < 1, or the hinge has slope 1 at margin 1 as well."""
    from theorycheck.statements.theorem12_margins import margin
    if instance.gamma == 1:
        return HypothesisResult(True, "gamma=1")
    if instance.parameters.readout in ("pairs", "zero"):
        return HypothesisResult(True, "h=0")
    found = margin(instance)
    if found is None:
        return HypothesisResult(False, "|h|>1 is not excluded, where the hinge has slope 0.")
    return HypothesisResult(not found.expected, "" if not found.expected else
                            f"gamma={instance.gamma} and |h|=1 is possible; the averages are those of slope 1, and "
                            "what that can change is added to them.")


# ------------------------------------------------------------------ what happens without them
def _squared_gradient(network: Any, k: int, gamma: Fraction | int) -> tuple[Fraction, Fraction]:
    """‖∂L/∂W‖² and ‖∂L/∂u‖² of a network at the parity of its first k bits, exactly."""
    from theorycheck.cube.patterns import KPattern
    from theorycheck.gradients.exact_gradients import exact_loss_and_gradient
    from theorycheck.networks.problems import LearningProblem
    problem = LearningProblem(KPattern.parity(network.n, k), hinge_slope=gamma)
    found = exact_loss_and_gradient(network, problem)
    squares = [sum((value**2 for value in part.fractions()), Fraction(0)) for part in (found.filters, found.readout)]
    return squares[0], squares[1]


def _constant_network(n: int, value: int) -> Any:
    """One neuron with σ constant, w = 0 (invariant) and u = 1: h = value."""
    from theorycheck.networks.activations import step_wise
    from theorycheck.networks.architectures import FullyConnectedNetwork
    return FullyConnectedNetwork([[0] * n], [0], [1], step_wise(f"constant {value}", (), (value,)))


def needs_a_slope_at_the_margin(instance: Theorem12) -> Outcome:
    """With |h| = 1 and γ = 0 (ii) fails: σ = 1, q = u = 1, n = 4, k = 2."""
    from theorycheck.bounds.evaluate import evaluate
    network = _constant_network(4, 1)
    found = {gamma: _squared_gradient(network, 2, gamma)[1] for gamma in (Fraction(0), Fraction(1))}
    bound = evaluate(formula("readout_gradient_bound")(), {"n": 4, "k": 2, "q": 1, "c": 1})
    outcome = relation_outcome(
        Quantity.of(found[Fraction(0)], "E||dL/du||^2 at gamma=0"), ">", Quantity.of(bound, "c^2 q/C(n,k)"),
        alternatives=(Quantity.of(found[Fraction(1)], "E||dL/du||^2 at gamma=1"),),
        method="the exact gradient over all 16 points", counterexample={"n": "4", "k": "2"},
        note="sigma=1, q=1, u=1, w=0, n=4, k=2: h=1 has margin 1 wherever f=1")
    holds_with = decide(found[Fraction(1)], "<=", bound)
    return outcome if holds_with else replace(outcome, verdict=Verdict.REFUTED, counterexample={"gamma": "1"})


def needs_a_small_output(instance: Theorem12) -> Outcome:
    """With |h| > 1 (ii) fails whatever γ: σ = 2, c = 2, q = u = 1, n = 4, k = 2."""
    from theorycheck.bounds.evaluate import evaluate
    found = _squared_gradient(_constant_network(4, 2), 2, instance.gamma)[1]
    bound = evaluate(formula("readout_gradient_bound")(), {"n": 4, "k": 2, "q": 1, "c": 2})
    return relation_outcome(
        Quantity.of(found, "E||dL/du||^2"), ">", Quantity.of(bound, "c^2 q/C(n,k)"),
        method="the exact gradient over all 16 points", counterexample={"n": "4", "k": "2"},
        note="sigma=2, c=2, q=1, u=1, w=0, n=4, k=2: h=2, and the hinge sees only the points with f=-1")


def needs_all_permutations(instance: Theorem12) -> Outcome:
    """Invariance under cyclic shifts is not enough: 4 consecutive of 10 bits, k = 5."""
    from theorycheck.bounds.evaluate import evaluate
    from theorycheck.networks.activations import activation_named
    from theorycheck.networks.architectures import FullyConnectedNetwork
    from theorycheck.statements.theorem12_enumeration import cyclic_shifts
    n, k, size = 10, 5, 4
    squares = []
    for shift in cyclic_shifts(n):
        row = [int(place < size) for place in shift]
        network = FullyConnectedNetwork([row, row], [0, 0], [1, -1], activation_named(f"triangle:{size}"))
        squares.append(_squared_gradient(network, k, instance.gamma)[0])
    bounds = {name: evaluate(formula(f"{name}filter_gradient_bound")(), {"n": n, "k": k, "q": 2})
              for name in ("", "printed_", "sharp_")}
    return relation_outcome(
        Quantity.of(sum(squares, Fraction(0)) / n, "E||dL/dW||^2 over the 10 cyclic shifts"), ">",
        Quantity.of(bounds[""], "stated bound"),
        alternatives=(Quantity.of(bounds["printed_"], "printed proof"), Quantity.of(bounds["sharp_"], "sharp")),
        method="the exact gradient of each shift over all 1024 points", counterexample={"n": str(n), "k": str(k)},
        note=f"triangle:{size} on {size} consecutive bits, u=+-1 in a pair, I the first {k} bits, which 2 of 10 "
             "shifts see")


def invariance(instance: Theorem12) -> Outcome:
    """A user's sampler is tested for permutation invariance."""
    if instance.law.is_invariant:
        return Outcome(None, note=f"{instance.law.name} is permutation invariant by construction")
    test, level = instance.invariance, instance.parameters.level
    return Outcome(Verdict.INCONSISTENT if test.rejects(level) else Verdict.CONSISTENT,
                   Quantity.of(test.p_value, "p-value"), Quantity.of(1 - level, "rejected up to"),
                   method=f"a permutation test: {test.draws} draws against {test.copies} permuted copies of them",
                   note=_invariance_note(instance))


def _invariance_note(instance: Theorem12) -> str:
    test = instance.invariance
    word = "is rejected" if test.rejects(instance.parameters.level) else "is not rejected, which proves nothing"
    return (f"invariance of {abbreviate(instance.law.name)} {word}: p={nearest_decimal(test.p_value, 3)}, where "
            f"{test.statistic} stand out most")
