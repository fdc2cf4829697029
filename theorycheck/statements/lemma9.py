"""Lemma 9: the loss of a fixed readout moves little while the filters do.

Under Lemma 8's conditions, |L(h_{u*,W^(T),b}) - L(h_{u*,W^(0),b})| <= cη²T²nk√q Σ_j ‖u*^(j)‖ for every u*.

Its proof, derived anew: the hinge has slope at most 1, so the change is at most E|h_T-h_0|, which is at most
Σ_j Σ_i |u*_i^(j)| E|σ(⟨w_i^(T),x^(j)⟩+b_i)-σ(⟨w_i^(0),x^(j)⟩+b_i)|; σ has slope at most 1, so each term is at most
‖w_i^(T)-w_i^(0)‖_1 <= k cNη²T(T-1)/2 by the proof of Lemma 8; and ‖u*‖_1 <= √q Σ_j ‖u*^(j)‖.

The lemma is called vacuous where the stated bound for Lemma 6's u*, whose loss starts at 0, is 1 or more: that is the
loss of h = 0.
"""
from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from theorycheck.claims import Claim, Proof, Side, Step, StepResult, Verdict
from theorycheck.errors import abbreviate
from theorycheck.rigor import nearest_decimal
from theorycheck.statements import lemma9_steps
from theorycheck.statements.lemma9_steps import Lemma9, is_vacuous
from theorycheck.statements.training_checks import BOUNDED, LIPSCHITZ, training_cost
from theorycheck.statements.training_instance import TrainingParameters


def _side(text: str, name: str | None = None, latex: str = "") -> Side:
    return Side(text, None if name is None else lambda: Lemma9.formula(name), latex)


def _conclude(instance: Lemma9, results: tuple[StepResult, ...], verdict: Verdict) -> str:
    at = f"n={abbreviate(instance.n)}, k={instance.k}, q={instance.q}, T={instance.steps}"
    if verdict in (Verdict.REFUTED, Verdict.INCONCLUSIVE):
        word = "fails" if verdict is Verdict.REFUTED else "is not decided"
        seen = ", ".join(result.step.name for result in results if result.outcome.verdict is verdict)
        return f"Lemma 9 {word} at {at}: see {seen}."
    bound, norm = instance.separator_bound(), instance.separator_norm_1
    if bound is None or norm is None:
        return f"Lemma 9 holds at {at} for the readouts drawn; no u* of Lemma 6 exists in this draw."
    sharp = nearest_decimal(instance.bound("sharp_loss_change_bound", norm_1=norm))
    last = next(change for change in instance.changes).change(instance.run.record(-1))
    says = "holds and says nothing" if verdict is Verdict.VACUOUS else "holds"
    return (f"Lemma 9 {says} at {at}: the loss of Lemma 6's u* may change by {nearest_decimal(bound)}, sharp {sharp}; "
            f"it changed by {nearest_decimal(last)}.")


def _proofs() -> tuple[Proof, ...]:
    from theorycheck.bounds.lemma9_proofs import PROPOSITIONS, certificate
    from theorycheck.bounds.propositions import checked_proofs
    return checked_proofs(PROPOSITIONS, certificate)


def _used_parameters(instance: Lemma9) -> Mapping[str, Mapping[str, object]]:
    given = instance.parameters
    named = {field.name: getattr(given, field.name) for field in dataclasses.fields(TrainingParameters)}
    return {"lemma8": {name: value for name, value in named.items() if value is not None}}


CLAIM = Claim(
    name="lemma9",
    title="Lemma 9: the loss of a fixed readout moves little",
    source="MS21, Lemma 9",
    statement=("Under Lemma 8's conditions, for every u*: |L(h_{u*,W^(T),b}) - L(h_{u*,W^(0),b})| <= "
               "c*eta^2*T^2*n*k*sqrt(q) * sum_j ||u*^(j)||."),
    parameters=TrainingParameters,
    hypotheses=(BOUNDED, LIPSCHITZ),
    steps=(
        Step("hinge", "The hinge has slope at most 1",
             _side("|L(u*,W^(T))-L(u*,W^(0))|", latex=r"|L(u^*,W^{(T)})-L(u^*,W^{(0)})|"), "<=",
             _side("E|h_T-h_0|", latex=r"E|h_T-h_0|"), lemma9_steps.hinge),
        Step("triangle", "Filter by filter",
             _side("E|h_T-h_0|", latex=r"E|h_T-h_0|"), "<=",
             _side("sum_j sum_i |u*_i^(j)| E|sigma_T-sigma_0|",
                   latex=r"\sum_j \sum_i |u^{*(j)}_i|\, E|\sigma_T-\sigma_0|"), lemma9_steps.triangle),
        Step("activation", "The activation has slope at most 1",
             _side("|sigma_T-sigma_0|", latex=r"|\sigma_T-\sigma_0|"), "<=",
             _side("||w_i^(T)-w_i^(0)||_1", latex=r"\lVert w_i^{(T)}-w_i^{(0)}\rVert_1"), lemma9_steps.activation),
        Step("distance", "Lemma 8 on each of the k entries",
             _side("||w_i^(T)-w_i^(0)||_1", latex=r"\lVert w_i^{(T)}-w_i^{(0)}\rVert_1"), "<=",
             _side("k*c*N*eta^2*T*(T-1)/2", "filter_distance_bound"), lemma9_steps.distance),
        Step("sharp_change", "So the loss changes by at most this, sharp",
             _side("|L(u*,W^(T))-L(u*,W^(0))|", latex=r"|L(u^*,W^{(T)})-L(u^*,W^{(0)})|"), "<=",
             _side("k*c*N*eta^2*(T*(T-1)/2)*||u*||_1", "sharp_loss_change_bound"), lemma9_steps.sharp_change),
        Step("one_norm", "The 1-norm by the norms of the windows",
             _side("||u*||_1", latex=r"\lVert u^*\rVert_1"), "<=",
             _side("sqrt(q)*sum_j ||u*^(j)||", "norm_1_bound"), lemma9_steps.one_norm),
        Step("stated_change", "The lemma as stated",
             _side("|L(u*,W^(T))-L(u*,W^(0))|", latex=r"|L(u^*,W^{(T)})-L(u^*,W^{(0)})|"), "<=",
             _side("c*eta^2*T^2*n*k*sqrt(q)*sum_j ||u*^(j)||", "loss_change_bound"), lemma9_steps.stated_change),
    ),
    prepare=Lemma9,
    conclude=_conclude,
    estimate=training_cost,
    is_vacuous=is_vacuous,
    proofs=_proofs,
    uses=("lemma8",),
    used_parameters=_used_parameters,
    example={"n": 3, "k": 2, "q": 512, "steps": 50},
    errata=(
        "Loose by more than 2: k*c*N*eta^2*(T(T-1)/2)*||u*||_1 is enough.",
        "The constant c enters through Lemma 8 alone; here the proof needs only |sigma'| <= 1.",
    ),
)
