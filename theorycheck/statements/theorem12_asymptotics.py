"""How fast Theorem 12's bounds fall: two-sided bounds, the exact sequence and its limit, and what must be left out."""
from __future__ import annotations

from typing import Any

from theorycheck.claims import Outcome, Quantity, Verdict, relation_outcome
from theorycheck.rigor import Real, decide
from theorycheck.statements.theorem12_instance import Theorem12, formula

# The sequence is looked at up to here, by powers of two and their neighbours.
_LARGEST_EXPONENT = 20
_PROOFS = ("binomial_lower_factor", "binomial_upper_factor", "exponent_below", "exponent_rate")


def _evaluate(expression: Any, **values: Any) -> Real:
    from theorycheck.bounds.evaluate import evaluate
    return evaluate(expression, values)


def at_least(instance: Theorem12) -> Outcome:
    """C(n,k) >= (n/m)^m with m = min(k,n-k)."""
    n, m = instance.n, min(instance.k, instance.n - instance.k)
    count = _evaluate(formula("sets")(n, instance.k))
    return relation_outcome(Quantity.of(_evaluate(formula("binomial_lower_bound")(n, m)), f"(n/m)^m, m={m}"), "<=",
                            Quantity.of(count, "C(n,k)"), method="integers; proved factor by factor for all n and k",
                            counterexample={"n": str(n), "k": str(instance.k)})


def at_most(instance: Theorem12) -> Outcome:
    """C(n,k) <= n^m with m = min(k,n-k), so that k = Ω(log n) alone is not enough."""
    n, m = instance.n, min(instance.k, instance.n - instance.k)
    return relation_outcome(Quantity.of(_evaluate(formula("sets")(n, instance.k)), "C(n,k)"), "<=",
                            Quantity.of(_evaluate(formula("binomial_upper_bound")(n, m)), f"n^m, m={m}"),
                            method="integers; proved factor by factor for all n and k",
                            counterexample={"n": str(n), "k": str(instance.k)})


def exponent(instance: Theorem12) -> Outcome:
    """1 - log2 C(n,k)/(log2 n)^2 is between 0 and 4/sqrt(log2 n) for k = floor(log2 n)."""
    sizes = sorted({size for power in range(1, _LARGEST_EXPONENT + 1) for size in (2**power, 2**power + 1)})
    rows = [(n, 1 - _evaluate(formula("exponent_ratio")(n, formula("logarithmic_size")(n)))) for n in sizes]
    answers = {n: _both(decide(gap, ">=", 0) is not False, decide(gap, "<=", _rate(n))) for n, gap in rows}
    n = next((n for n, answer in answers.items() if answer is False), 2**_LARGEST_EXPONENT)
    gaps = dict(rows)
    outcome = relation_outcome(
        Quantity.of(gaps[n], f"1 - log2 C(n,k)/(log2 n)^2 at n={n}"), "<=", Quantity.of(_rate(n), "4/sqrt(log2 n)"),
        alternatives=tuple(Quantity.of(1 - gaps[size], f"log2 C(n,k)/(log2 n)^2 at n={size}") for size in (
            2**4, 2**10, 2**20)), method="enclosures of logarithms of integers",
        note=f"k=floor(log2 n), {len(sizes)} values of n up to 2^{_LARGEST_EXPONENT}+1",
        counterexample={"n": str(n)})
    if False in answers.values() and outcome.verdict is Verdict.VERIFIED:
        return Outcome(Verdict.REFUTED, outcome.lhs, Quantity.of(0), counterexample={"n": str(n)})
    return outcome


def _rate(n: int) -> Real:
    return _evaluate(formula("exponent_rate_bound")(n))


def _both(first: bool, second: bool | None) -> bool | None:
    return False if not first else second


def limit(instance: Theorem12) -> Outcome:
    """log2 C(n,floor(log2 n))/(log2 n)^2 tends to 1: between (1-1/L)(1-log2(L)/L) and 1, L = log2 n."""
    from theorycheck.bounds.certificates import check_certificate
    from theorycheck.bounds.theorem12_proofs import certificate
    bound, rate = formula("limit_of_the_lower_bound")(), formula("limit_of_the_rate")()
    are_proved = all(check_certificate(certificate(name)) for name in _PROOFS)
    outcome = relation_outcome(
        Quantity.of(_evaluate(bound), "limit of the lower bound (1-1/L)(1-log2(L)/L)"), "==", Quantity.of(1),
        alternatives=(Quantity.of(_evaluate(rate), "limit of the rate 4/sqrt(L)"),),
        method="limits by sympy; the bounds by certificates: " + ", ".join(_PROOFS),
        note="so the bounds are n^(-(1+o(1)) log2 n) at k=floor(log2 n)")
    if outcome.verdict is Verdict.VERIFIED and are_proved and decide(_evaluate(rate), "==", 0):
        return Outcome(Verdict.PROVED, outcome.lhs, outcome.rhs, outcome.alternatives, outcome.method, outcome.note)
    return outcome


def close_to_n(instance: Theorem12) -> Outcome:
    """k close to n must be left out: at k = n-1 and k = n the sharp bound is q, what Bessel's inequality gives."""
    n, q = instance.n, instance.q
    found = {k: instance.bound("sharp_filter_gradient_bound", k=k) for k in (n, n - 1) if k >= 1}
    k, value = next(((k, value) for k, value in found.items() if decide(value, "==", q) is not True),
                    min(found.items()))
    return relation_outcome(
        Quantity.of(value, f"sharp bound at k={k}"), "==", Quantity.of(q, "q"),
        alternatives=(Quantity.of(instance.bound("filter_gradient_bound", k=k), f"stated bound at k={k}"),
                      Quantity.of(instance.bound("sharp_filter_gradient_bound"), f"sharp bound at k={instance.k}")),
        method="integers; attained, see attained_filters",
        note="k = Omega(log n) has to be read as min(k,n-k) = Omega(log n)", counterexample={"k": str(k)})
