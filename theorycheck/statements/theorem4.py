"""Theorem 4: gradient descent on a convolutional network learns every k-pattern.

W^(0) ~ uniform{±1/k}^(q×k), b_i = 1/k-1, u^(0) = 0; |σ| <= c and |σ'| <= 1; q > 2^(k+3) ln(2^k/δ).  For every D and
every k-pattern, gradient descent with η = √n/(√q T) has, with probability at least 1-δ,
(1/T) Σ_{t=1}^T L(h_t) <= 2cn²k²2^k/q + 2(2^k k)²/√(qn) + c² n^(3/2) √q/T.

Proof: Lemma 6 gives u* with L(u*, W^(0)) = 0, Lemma 9 moves it to W^(t), and Theorem 10 on f_t(u) = L(u, W^(t)), whose
gradients have norm at most c√(qN), compares u_t with it.  As printed the theorem is false, since σ may be 0: Lemma 6
needs σ(1/k) = 1/k and σ((1-2m)/k) = 0, m = 1…k.
"""
from __future__ import annotations

from theorycheck.claims import Claim, Proof
from theorycheck.statements.theorem4_instance import Theorem4, Theorem4Parameters
from theorycheck.statements.theorem4_page import (HYPOTHESES, closing_sentence, estimate, proof_steps, shared_values,
                                                  used_lemma6)


def _used(instance: Theorem4) -> dict[str, dict[str, object]]:
    training = shared_values(instance)
    used = {**used_lemma6(instance), "lemma9": training}
    if instance.without_separator is None:
        used["theorem10"] = {**training, "sequence": "training"}
    return used


def _proofs() -> tuple[Proof, ...]:
    from theorycheck.bounds.propositions import checked_proofs
    from theorycheck.bounds.theorem4_proofs import PROPOSITIONS, certificate
    return checked_proofs(PROPOSITIONS, certificate)


CLAIM = Claim(
    name="theorem4",
    title="Theorem 4: gradient descent on a CNN learns every k-pattern",
    source="MS21, Theorem 4",
    statement=("Let W^(0) be uniform on {+-1/k}^(q x k), b_i = 1/k-1, u^(0) = 0, |sigma| <= c, |sigma'| <= 1 and q > "
               "2^(k+3) ln(2^k/delta). For every distribution and every k-pattern, gradient descent with eta = "
               "sqrt(n)/(sqrt(q) T) has with probability at least 1-delta: (1/T) sum_{t=1}^T L(h_t) <= "
               "2 c n^2 k^2 2^k/q + 2 (2^k k)^2/sqrt(q n) + c^2 n^(3/2) sqrt(q)/T."),
    parameters=Theorem4Parameters,
    hypotheses=HYPOTHESES,
    steps=proof_steps(Theorem4, "c*eta^2*T^2*n*k*sqrt(q)*||u*||",
                      "2*c*n^2*k^2*2^k/q + 2*(2^k*k)^2/sqrt(q*n) + c^2*n^(3/2)*sqrt(q)/T"),
    prepare=Theorem4,
    conclude=closing_sentence("Theorem 4"),
    estimate=estimate,
    is_vacuous=lambda instance: instance.is_vacuous,
    uses=("lemma6", "lemma9", "theorem10"),
    used_parameters=_used,
    example={"n": 3, "k": 2, "q": 10723, "steps": 2074},
    proofs=_proofs,
    errata=(
        "False as printed: sigma = 0 meets every hypothesis and keeps the loss at 1; so does sigma = clip(t,-2,2) at "
        "n=k=2, q=10^4, T=2*10^4, where the bound is 0.987 (run with --activation clip:-2,2 --without-hypotheses). "
        "Missing: sigma(1/k) = 1/k and sigma((1-2m)/k) = 0 for m = 1..k: ReLU clipped at c >= 1/k has both.",
        "Plain ReLU has no bound c; along the run it stays below cosh(sqrt(k N n/q))/k, which may stand for c.",
        "The bound is at least 1, the loss of h=0, until q*T is large: with c=1 and delta=0.1 the smallest products "
        "are at (n,k,q,T) = (2,1,104,99), (3,2,10669,2084), (4,3,597551,24637).",
        "Each term is loose: on the event the mean over t < T is at most c N n k^2 2^k/(6 q) + 4^k k^2/sqrt(q n) + "
        "c^2 N sqrt(n q)/(2 T), N = n-k+1.",
        "Theorem 10 from u = 0 gives the mean over the T rounds t = 0..T-1; over t = 1..T the stated bound holds too, "
        "by its factor 2 in the last term.",
    ),
)
