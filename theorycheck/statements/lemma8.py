"""Lemma 8: the first layer stays put.

Let |σ| <= c and |σ'| <= 1, and let gradient descent with step size η start from readout 0.  Then ‖u^(T,j)‖ <= ηT√q c
for every window j, and ‖W^(T)-W^(0)‖ <= cη²T²n√(qk).

The run is certified (in rationals, or in balls with every margin decided), and each step is checked at every recorded t
as if T were t.  The lemma's conclusion is never empty: nothing else bounds the two norms.
"""
from __future__ import annotations

from theorycheck.claims import Claim, Proof, Side, Step, StepResult, Verdict
from theorycheck.errors import abbreviate
from theorycheck.rigor import nearest_decimal
from theorycheck.statements import lemma8_steps
from theorycheck.statements.lemma8_steps import Lemma8
from theorycheck.statements.training_checks import BOUNDED, LIPSCHITZ, training_cost
from theorycheck.statements.training_instance import TrainingParameters


def _side(text: str, name: str | None = None, latex: str = "") -> Side:
    return Side(text, None if name is None else lambda: Lemma8.formula(name), latex)


def _conclude(instance: Lemma8, results: tuple[StepResult, ...], verdict: Verdict) -> str:
    at = f"n={abbreviate(instance.n)}, k={instance.k}, q={instance.q}, T={instance.steps}"
    if not verdict.holds:
        word = "fails" if verdict is Verdict.REFUTED else "is not decided"
        seen = ", ".join(result.step.name for result in results if result.outcome.verdict is verdict)
        return f"Lemma 8 {word} at {at}: see {seen}."
    last = instance.run.record(-1)
    return (f"Lemma 8 holds at {at}: the filters moved by {nearest_decimal(last.drift)} in all, where "
            f"{nearest_decimal(instance.bound('drift_bound'))} is allowed and "
            f"{nearest_decimal(instance.bound('sharp_drift_bound'))} is possible for some network.")


def _proofs() -> tuple[Proof, ...]:
    from theorycheck.bounds.lemma8_proofs import PROPOSITIONS, certificate
    from theorycheck.bounds.propositions import checked_proofs
    return checked_proofs(PROPOSITIONS, certificate)


CLAIM = Claim(
    name="lemma8",
    title="Lemma 8: the first layer stays put",
    source="MS21, Lemma 8",
    statement=("Let |sigma| <= c and |sigma'| <= 1, and let T steps of gradient descent with step size eta start from "
               "u^(0) = 0. Then ||u^(T,j)|| <= eta*T*sqrt(q)*c for every j, and ||W^(T)-W^(0)|| <= "
               "c*eta^2*T^2*n*sqrt(q*k)."),
    parameters=TrainingParameters,
    hypotheses=(BOUNDED, LIPSCHITZ),
    steps=(
        Step("readout_slope", "The readout's slope is at most c",
             _side("|dL/du_i^(j)|", latex=r"|\partial L/\partial u_i^{(j)}|"), "<=",
             _side("c", "readout_slope_bound"), lemma8_steps.readout_slope),
        Step("readout_entry", "So after t steps an entry of the readout is at most eta*t*c",
             _side("|u_i^(t,j)|", latex=r"|u_i^{(t,j)}|"), "<=",
             _side("eta*T*c", "readout_entry_bound"), lemma8_steps.readout_entry),
        Step("window_norm", "The readout's norm, as stated",
             _side("||u^(T,j)||", latex=r"\lVert u^{(T,j)}\rVert"), "<=",
             _side("eta*T*sqrt(q)*c", "window_norm_bound"), lemma8_steps.window_norm),
        Step("filter_slope", "A filter's slope is at most the sum of its readouts",
             _side("||dL/dw_i||_inf", latex=r"\lVert\partial L/\partial w_i\rVert_\infty"), "<=",
             _side("sum_j |u_i^(j)|", latex=r"\sum_j |u_i^{(j)}|"), lemma8_steps.filter_slope),
        Step("sum_over_steps", "The sum over the steps before T",
             _side("sum_{t<T} t", "sum_of_steps"), "==",
             _side("T*(T-1)/2", "pairs_of_steps"), lemma8_steps.sum_over_steps),
        Step("filter_move", "So an entry of a filter moves by at most this",
             _side("||w_i^(T)-w_i^(0)||_inf", latex=r"\lVert w_i^{(T)}-w_i^{(0)}\rVert_\infty"), "<=",
             _side("c*N*eta^2*T*(T-1)/2", "filter_move_bound"), lemma8_steps.filter_move),
        Step("sharp_drift", "All filters together, sharp",
             _side("||W^(T)-W^(0)||^2", latex=r"\lVert W^{(T)}-W^{(0)}\rVert^2"), "<=",
             _side("(c*N*eta^2*T*(T-1)/2)^2*q*k", "squared_sharp_drift_bound"), lemma8_steps.sharp_drift),
        Step("drift", "All filters together, as stated",
             _side("||W^(T)-W^(0)||", latex=r"\lVert W^{(T)}-W^{(0)}\rVert"), "<=",
             _side("c*eta^2*T^2*n*sqrt(q*k)", "drift_bound"), lemma8_steps.drift),
        Step("attained", "The sharp bound is attained at T=2",
             _side("||W^(2)-W^(0)||^2", latex=r"\lVert W^{(2)}-W^{(0)}\rVert^2"), "==",
             _side("(c*N*eta^2*T*(T-1)/2)^2*q*k", "squared_sharp_drift_bound"), lemma8_steps.attained),
    ),
    prepare=Lemma8,
    conclude=_conclude,
    estimate=training_cost,
    proofs=_proofs,
    example={"n": 3, "k": 2, "q": 64, "steps": 50},
    errata=(
        "Loose by more than 2: ||W^(T)-W^(0)|| <= c*N*eta^2*sqrt(q*k)*T(T-1)/2, attained at T=2.",
        "Plain ReLU satisfies no |sigma| <= c, and not |sigma| <= 1/k along the run either: n=4, k=2, q=1, D all on "
        "(+1,+1,+1,+1), f=1, eta=1/50, T=6, filter (1/2,1/2) ends with u^(j) = 4725027/78125000 > eta*T/2 = 3/50 (run "
        "with --n 4 --k 2 --q 1 --init 1,0,0,0 --distribution point:0 --pattern 0x0 --eta 1/50 --steps 6 --activation "
        "relu --c 1/2 --without-hypotheses). With c = cosh(eta*T*sqrt(k*N))/k, a bound on |sigma| along the run, the "
        "lemma holds for it.",
        "The norm of W^(T)-W^(0) is Frobenius'; the paper's n may be N, the number of windows.",
    ),
)
