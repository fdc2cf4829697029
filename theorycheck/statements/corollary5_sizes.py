"""Corollary 5, width and steps: the correct substitution, the stated rates, and what no width below can do."""
from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from theorycheck.claims import Outcome, Quantity, relation_outcome
from theorycheck.errors import abbreviate
from theorycheck.rigor import Real, decide, nearest_decimal

if TYPE_CHECKING:
    from theorycheck.statements.corollary5 import Corollary5


# Beyond, (1+theta)^(2T) needs more bits than are tried.
_WRITTEN_BITS = 64


def _sum(terms: tuple[Real, ...]) -> Real:
    from theorycheck.bounds.arithmetic import total
    return total(terms)


def _below(instance: Corollary5) -> str:
    """Why the substitution is not judged at these sizes, or nothing."""
    if instance.q < instance.sufficient_q:
        return f"q={abbreviate(instance.q)} is below {abbreviate(instance.sufficient_q)}, from which on it holds"
    if instance.steps < instance.sufficient_steps:
        return (f"T={abbreviate(instance.steps)} is below {abbreviate(instance.sufficient_steps)}, from which on it "
                "holds")
    return ""


def at_sufficient_sizes(instance: Corollary5, lhs: Quantity, rhs: Quantity, alternatives: tuple[Quantity, ...] = (),
                        method: str = "", note: str = "") -> Outcome:
    """Return the outcome of lhs <= rhs, which speaks against the corollary only where q and T are large enough."""
    outcome = relation_outcome(lhs, "<=", rhs, alternatives=alternatives, method=method, note=note,
                               counterexample={"q": str(instance.q), "T": str(instance.steps)})
    below = _below(instance)
    if below and outcome.verdict is not None and not outcome.verdict.holds:
        return Outcome(None, lhs, rhs, alternatives, method, below)
    return outcome


def _term(instance: Corollary5, place: int, threshold: Quantity) -> Outcome:
    return at_sufficient_sizes(instance, Quantity.of(instance.terms()[place]), Quantity.of(instance.bound("share")),
                               (threshold,))


def features(instance: Corollary5) -> Outcome:
    """Lemma 6 fails with probability at most δ/2, and leaves the other half to the sample."""
    from theorycheck.bounds.lemma6 import union_failure_bound
    failure = Quantity.of(instance.evaluate(union_failure_bound()), "2^k exp(-q/2^(k+3))")
    return at_sufficient_sizes(instance, failure, Quantity.of(instance.delta / 2),
                               method="Lemma 6's union bound at this q")


def first_term(instance: Corollary5) -> Outcome:
    """2cn²k²2^k/q <= ε/3."""
    return _term(instance, 0, Quantity.of(instance.bound("first_term_width"), "q from which on it holds"))


def second_term(instance: Corollary5) -> Outcome:
    """2(2^k k)²/√(qn) <= ε/3."""
    return _term(instance, 1, Quantity.of(instance.bound("second_term_width"), "q from which on it holds"))


def third_term(instance: Corollary5) -> Outcome:
    """c²n^(3/2)√q/T <= ε/3."""
    return _term(instance, 2, Quantity.of(instance.root_bound("sufficient_steps"), "T from which on it holds"))


def mean_loss(instance: Corollary5) -> Outcome:
    """Theorem 4's bound at these sizes is at most ε."""
    sharp = Quantity.of(instance.bound("sharp_event_bound"), "its sharp version")
    return at_sufficient_sizes(
        instance, Quantity.of(_sum(instance.terms()), "Theorem 4's bound"), Quantity.of(instance.epsilon), (sharp,),
        method="the formula of Theorem 4 (a run of so many steps is not made; see theorem4)")


def stated_rate(instance: Corollary5) -> Outcome:
    """The stated q and T make Theorem 4's bound at most ε."""
    q = instance.stated_q
    terms = instance.terms(q=q, T=q)
    shown = tuple(Quantity.of(term, label) for term, label in zip(terms, ("first term", "second term", "third term")))
    needed = instance.bound("needed_constant")
    witness = {"q = T": abbreviate(q), "constant": str(instance.parameters.constant),
               "constant that the second term needs": nearest_decimal(needed, 8)}
    outcome = relation_outcome(
        Quantity.of(_sum(terms), "Theorem 4's bound at the stated q and T"), "<=",
        Quantity.of(instance.epsilon), counterexample=witness,
        alternatives=(*shown, Quantity.of(needed, "constant that the second term needs"),
                      Quantity.of(q, "the stated q and T")),
        method="the substitution by which the paper proves the corollary",
        note="with c=1 a constant of 208 suffices for every k <= log2(n); for k well above (4/3)log2(n) none does")
    if instance.epsilon >= 1 and outcome.verdict is not None and not outcome.verdict.holds:
        # h = 0 is within such an epsilon: the corollary says nothing there, so nothing speaks against it.
        return replace(outcome, verdict=None, counterexample=None, note="epsilon is at least 1, the loss of h=0")
    return outcome


def stated_width(instance: Corollary5) -> Outcome:
    """The stated q is not below what is necessary: the lower bound on the loss is at most ε there."""
    q = instance.stated_q
    bound = instance.lower_bound(q)
    if bound is None:
        return Outcome(None, note="the lower bound does not apply at so few filters")
    if decide(bound, ">", 0) is not True:
        bound = Real(0)
    witness = {"f": f"the parity of {instance.k} bits", "D": "uniform", "q": abbreviate(q),
               "T": "any", "least L(h_t), t <= T": f"at least {nearest_decimal(bound, 8)}"}
    shown: tuple[Quantity, ...] = ()
    if bound.exact is None and instance.k <= _WRITTEN_BITS:
        shown = (Quantity.of(_linear_loss(instance, q), "loss after T=q steps, exactly, while no m_z > mu/(1-L)"),)
    return relation_outcome(
        Quantity.of(bound, "the loss of every step is at least"), "<=", Quantity.of(instance.epsilon),
        alternatives=shown, counterexample=witness,
        method="E f h_t <= q sinh(2y)/(2^(k+1) k^2 sqrt(kN)), y = sqrt(nkN/q)/2^k, for ReLU, the paper's start and "
               "step size, every draw of the filters",
        note="the lower bound says nothing here" if bound.exact == 0 else "")


def _linear_loss(instance: Corollary5, q: int) -> Real:
    """The exact loss while no margin has reached 1, at the paper's step size with T=q."""
    from theorycheck.training.linear_phase import linear_phase_loss
    return linear_phase_loss(instance.k, q, instance.bound("paper_step_size", q=q, T=q), q)


def necessary_width(instance: Corollary5) -> Outcome:
    """The correct q is not below what is necessary either, and how far above."""
    least = instance.necessary_q
    if least is None:
        return Outcome(None, note="the lower bound says nothing at this instance")
    return relation_outcome(
        Quantity.of(least, "smallest q that the lower bound leaves"), "<=",
        Quantity.of(instance.sufficient_q, "the correct q"), counterexample={"q": str(instance.sufficient_q)},
        alternatives=(Quantity.of(instance.bound("necessary_width"), "(1-eps)^2 16^k k^4/n, to leading order"),
                      Quantity.of(instance.stated_q, "the stated q")),
        method="bisection: the lower bound falls as q grows while y^2 <= 9/10",
        note="" if decide(least, "<=", instance.stated_q) else "the stated q is below what is necessary")
