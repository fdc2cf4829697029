"""Section 3.1: Lemmas 8 and 9 and Theorem 4 for the locally connected network.

Every location j has filters W^(j) of its own, started as in Theorem 4.  A weight then moves with one readout entry,
where a CNN's moves with those of all N locations: ‖W^(T,j)-W^(0,j)‖ <= cη²T²√(qk) per location, √N times as much over
all of them, and the first term of Theorem 4 loses a factor n: 2cnk²2^k/q + 2(2^k k)²/√(qn) + c² n^(3/2) √q/T.

Only the multiplicities at the pattern's location enter the statement; the run starts every location from the same.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from theorycheck.claims import Claim, Proof, Settings, Side, Step
from theorycheck.statements import lcn_steps
from theorycheck.statements.theorem4_instance import Theorem4, Theorem4Parameters
from theorycheck.statements.theorem4_page import HYPOTHESES, closing_sentence, estimate, proof_steps, used_lemma6


@dataclass(frozen=True)
class LCNParameters(Theorem4Parameters):
    """A trained locally connected network, and the loss that the bound should reach."""

    formulas: ClassVar[str] = "theorycheck.bounds.lcn"


class LCN(Theorem4):
    """An instance of Theorem 4 for the locally connected network."""

    formulas = ("theorycheck.bounds.lcn", "theorycheck.bounds.lemma6_norms")

    def __init__(self, parameters: LCNParameters, settings: Settings) -> None:
        super().__init__(parameters, settings, tied=False)


def _side(text: str, name: str | None = None, latex: str = "") -> Side:
    return Side(text, None if name is None else lambda: LCN.formula(name), latex)


_MOVEMENT = "c*eta^2*T^2*k*sqrt(q)*||u*||"
_LEMMAS = (
    Step("readout", "Lemma 8: the readout of each location, at every recorded step",
         _side("||u^(t,j)||", latex=r"\lVert u^{(t,j)}\rVert"), "<=",
         _side("eta*T*sqrt(q)*c, t for T", "window_norm_bound"), lcn_steps.readout),
    Step("window_drift", "Lemma 8: the filters of each location, without the factor n",
         _side("||W^(t,j)-W^(0,j)||^2", latex=r"\lVert W^{(t,j)}-W^{(0,j)}\rVert^2"), "<=",
         Side("(c*eta^2*T^2*sqrt(q*k))^2, t for T", lambda: LCN.formula("window_drift_bound")**2),
         lcn_steps.window_drift),
    Step("drift", "Lemma 8: the filters of all locations",
         _side("||W^(t)-W^(0)||^2", latex=r"\lVert W^{(t)}-W^{(0)}\rVert^2"), "<=",
         Side("(c*eta^2*T^2*sqrt(N*q*k))^2, t for T", lambda: LCN.formula("drift_bound")**2), lcn_steps.drift),
    Step("loss_change", "Lemma 9: the loss of this run's u*",
         _side("|L(u*,W^(t))-L(u*,W^(0))|", latex=r"|L(u^*, W^{(t)}) - L(u^*, W^{(0)})|"), "<=",
         _side(f"{_MOVEMENT}, t for T", "loss_change_bound"), lcn_steps.loss_change),
)


def _proofs() -> tuple[Proof, ...]:
    from theorycheck.bounds.lcn_proofs import PROPOSITIONS, certificate
    from theorycheck.bounds.propositions import checked_proofs
    return checked_proofs(PROPOSITIONS, certificate)


CLAIM = Claim(
    name="lcn",
    title="Section 3.1: gradient descent on an LCN learns every k-pattern",
    source="MS21, Section 3.1",
    statement=("Let every location of a locally connected network start as the filters of Theorem 4. Then ||u^(T,j)|| "
               "<= eta T sqrt(q) c and ||W^(T,j)-W^(0,j)|| <= c eta^2 T^2 sqrt(q k) for every location j, the loss of "
               "u* moves by at most c eta^2 T^2 k sqrt(q) sum_j ||u*^(j)||, and gradient descent with eta = "
               "sqrt(n)/(sqrt(q) T) has with probability at least 1-delta: (1/T) sum_{t=1}^T L(h_t) <= "
               "2 c n k^2 2^k/q + 2 (2^k k)^2/sqrt(q n) + c^2 n^(3/2) sqrt(q)/T."),
    parameters=LCNParameters,
    hypotheses=HYPOTHESES,
    steps=_LEMMAS + proof_steps(LCN, _MOVEMENT,
                                "2*c*n*k^2*2^k/q + 2*(2^k*k)^2/sqrt(q*n) + c^2*n^(3/2)*sqrt(q)/T"),
    prepare=LCN,
    conclude=closing_sentence("Theorem 4 for the LCN"),
    estimate=estimate,
    is_vacuous=lambda instance: instance.is_vacuous,
    uses=("lemma6",),
    used_parameters=used_lemma6,
    example={"n": 3, "k": 2, "q": 10723, "steps": 2074},
    proofs=_proofs,
    errata=(
        "As for Theorem 4: sigma(1/k) = 1/k and sigma((1-2m)/k) = 0 for m = 1..k are missing; without them sigma = 0 "
        "is a counterexample.",
        "Plain ReLU stays below cosh(sqrt(k n/q))/k along the run, which may stand for c: no factor N under the root.",
        "Lemma 8 without the factor n holds for the filters of one location; all N together move sqrt(N) as much.",
        "For one pattern Lemma 6's q does; for every k-pattern at every location it needs ln(N 2^k/delta).",
        "Sharp over t < T, on the event: c n k^2 2^k/(6 q) + 4^k k^2/sqrt(q n) + c^2 N sqrt(n q)/(2 T), N = n-k+1.",
    ),
)
