"""What the pages of Theorem 4 and of its version for the LCN share: hypotheses, the steps' sides, the closing words."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from fractions import Fraction

from theorycheck.claims import Cost, Hypothesis, HypothesisResult, Side, Step, StepResult, Verdict
from theorycheck.errors import abbreviate
from theorycheck.rigor import nearest_decimal
from theorycheck.statements import theorem4_steps
from theorycheck.statements.theorem4_instance import Theorem4, Theorem4Parameters
from theorycheck.statements.training_checks import BOUNDED, LIPSCHITZ, WIDTH, training_cost
from theorycheck.statements.training_instance import TrainingParameters


def shared_values(instance: Theorem4) -> dict[str, object]:
    """Return this instance's values of the parameters that every trained statement has."""
    given = instance.parameters
    values = {field.name: getattr(given, field.name) for field in fields(TrainingParameters)}
    return {name: value for name, value in values.items() if value is not None}


def used_lemma6(instance: Theorem4) -> dict[str, dict[str, object]]:
    """Return the instance of Lemma 6 on which this one rests: the same cube, pattern, filters and failure.

    With too few filters for the lemma, and a bound that says nothing, there is nothing to rest on it.
    """
    if instance.is_vacuous and not instance.q_is_enough:
        return {}
    names = ("n", "k", "q", "delta", "pattern", "offset", "tie", "windows", "activation")
    values = shared_values(instance)
    return {"lemma6": {name: values[name] for name in names}}


# ------------------------------------------------------------------ hypotheses

def _features(instance: Theorem4) -> HypothesisResult:
    from theorycheck.features.maps import indicator_failures, level_values
    failures = indicator_failures(instance.activation, instance.k)
    if not failures:
        return HypothesisResult(True)
    distance, k = failures[0], instance.k
    value = nearest_decimal(level_values(instance.activation, k)[distance])
    # Against the filter with every sign +, the smallest z at this distance has its lowest bits set.
    return HypothesisResult(False, f"at z={2**distance - 1} (distance {distance} from the filter with all signs +) "
                                   f"sigma({Fraction(1 - 2 * distance, k)}) is {value}, not "
                                   f"{Fraction(int(distance == 0), k)}; the paper does not ask for it.")


def _step_size(instance: Theorem4) -> HypothesisResult:
    met = instance.has_paper_step_size
    return HypothesisResult(met, "" if met else f"'eta' is {abbreviate(instance.parameters.eta)}.")


def _event(instance: Theorem4) -> HypothesisResult:
    return HypothesisResult(instance.is_in_event, instance.outside or "")


HYPOTHESES = (
    BOUNDED, LIPSCHITZ,
    Hypothesis("features", "sigma(1/k) = 1/k and sigma((1-2m)/k) = 0 for m = 1..k (missing in the paper)", _features,
               required=True),
    Hypothesis("step_size", "eta = sqrt(n)/(sqrt(q) T)", _step_size, required=True),
    WIDTH,
    Hypothesis("event", "W^(0) in Lemma 6's event: every m_z > mu/2 (probability at least 1-delta)", _event),
)


# ------------------------------------------------------------------ steps

def proof_steps(instance: type[Theorem4], movement_text: str, stated_text: str) -> tuple[Step, ...]:
    """Return the steps of the proof, with the formulas that the given kind of instance names."""
    def side(text: str, name: str | None = None, latex: str = "") -> Side:
        return Side(text, None if name is None else lambda: instance.formula(name), latex)

    mean_later = r"\tfrac1T \sum_{t=1}^{T} L(h_t)"
    mean_first = r"\tfrac1T \sum_{t=0}^{T-1} L(h_t)"
    gradient = r"\lVert\nabla_u f_t\rVert"
    return (
        Step("separator", "Lemma 6's readout separates at the start", side("L(u*, W^(0))", latex="L(u^*, W^{(0)})"),
             "==", side("0", latex="0"), theorem4_steps.separator),
        Step("separator_norm", "Its norm", side("||u*||", latex=r"\lVert u^*\rVert"), "<=",
             side("2^(k+1)*k/sqrt(q)", "norm_bound"), theorem4_steps.separator_norm),
        Step("movement", "Lemma 9 moves it to W^(t), at every recorded step",
             side("L(u*, W^(t))", latex="L(u^*, W^{(t)})"), "<=", side(f"{movement_text}, t for T", "movement_piece"),
             theorem4_steps.movement),
        Step("comparator", "Its mean loss over all steps",
             side("(1/T) sum_{t<T} L(u*, W^(t))", latex=r"\tfrac1T \sum_{t<T} L(u^*, W^{(t)})"), "<=",
             side(movement_text, "movement_piece"), theorem4_steps.comparator),
        Step("gradient_norm", "The gradients in u", side("||grad_u f_t||", latex=gradient), "<=",
             side("c*sqrt(q*N)", "gradient_norm_bound"), theorem4_steps.gradient_norm),
        Step("online", "Theorem 10 on f_t(u) = L(u, W^(t)) from u = 0",
             side("(1/T) sum_{t<T} L(h_t)", latex=mean_first), "<=",
             side("mean f_t(u*) + ||u*||^2/(2 eta T) + eta*mean ||grad_u f_t||^2",
                  latex=r"\overline{f_t(u^*)} + \tfrac{\lVert u^*\rVert^2}{2\eta T} + \eta\, "
                        r"\overline{\lVert\nabla_u f_t\rVert^2}"), theorem4_steps.online),
        Step("substitution", "The three pieces at the paper's step size are the three terms",
             Side(f"{movement_text} + (2^(k+1)*k)^2/(2*eta*T*q) + eta*c^2*q*n",
                  lambda: sum(map(instance.formula, ("movement_piece", "norm_piece", "gradient_piece")))), "==",
             side(stated_text, "stated_bound"), theorem4_steps.substitution),
        Step("conclusion", "The mean loss over t = 1..T, as stated", side("(1/T) sum_{t=1}^T L(h_t)", latex=mean_later),
             "<=", side(stated_text, "stated_bound"), theorem4_steps.conclusion),
        Step("conclusion_from_start", "The mean loss over t = 0..T-1",
             side("(1/T) sum_{t<T} L(h_t)", latex=mean_first), "<=", side(stated_text, "stated_bound"),
             theorem4_steps.conclusion_from_start),
        Step("sharp", "The sharp bound over t = 0..T-1", side("(1/T) sum_{t<T} L(h_t)", latex=mean_first), "<=",
             side("its three terms with N, ||u*||, (T-1)(T-2)/6 and eta/2", "sharp_bound"), theorem4_steps.sharp),
        Step("sharp_after_steps", "The sharp bound over t = 1..T",
             side("(1/T) sum_{t=1}^T L(h_t)", latex=mean_later), "<=",
             side("the same over T+1 rounds, less the first, whose loss is 1", "sharp_bound_after_steps"),
             theorem4_steps.sharp_after_steps),
        Step("smallest_work", "The smallest q*T at which the stated bound is below 1",
             side("min {q*T: bound < 1}", latex=r"\min\{qT\colon \mathrm{bound} < 1\}"), "<=",
             side("q*T", latex="qT"), theorem4_steps.smallest_work),
        Step("target", "The stated bound reaches the target", side(stated_text, "stated_bound"), "<=",
             side("epsilon", latex=r"\varepsilon"), theorem4_steps.target,
             applies=lambda parameters: parameters.epsilon is not None),
    )


# ------------------------------------------------------------------ closing words, cost

def closing_sentence(title: str) -> Callable[[Theorem4, tuple[StepResult, ...], Verdict], str]:
    """Return the function that says the conclusion in one line."""
    def conclude(instance: Theorem4, results: tuple[StepResult, ...], verdict: Verdict) -> str:
        at = f"n={abbreviate(instance.n)}, k={instance.k}, q={instance.q}, T={instance.steps}"
        bound = nearest_decimal(instance.stated, 6)
        found = next((result.outcome for result in results if result.step.name == "conclusion"), None)
        lhs = found.lhs if found is not None else None
        mean = "" if lhs is None or lhs.value is None else f", the run's mean loss is {nearest_decimal(lhs.value, 6)}"
        if verdict in (Verdict.REFUTED, Verdict.INCONSISTENT, Verdict.INCONCLUSIVE):
            word = "is not decided" if verdict is Verdict.INCONCLUSIVE else "fails"
            where = ", ".join(result.step.name for result in results if result.outcome.verdict is verdict)
            return f"{title} {word} at {at}: its bound is {bound}{mean}; see {where or 'the hypotheses'}."
        if verdict is Verdict.VACUOUS:
            return (f"{title} says nothing at {at}: its bound {bound} is not below the loss 1 of h=0{mean}"
                    f"{_begins(instance)}.")
        outside = "; this draw is outside Lemma 6's event, so the bound was not judged" if instance.outside else ""
        return f"{title} holds at {at}: its bound is {bound}{mean}{outside}."
    return conclude


def _begins(instance: Theorem4) -> str:
    found = instance.smallest_work
    return "" if found is None else f"; the bound gets below 1 at q={found[0]}, T={found[1]}"


def estimate(parameters: Theorem4Parameters) -> Cost:
    """Estimate a run: that of the collapsed network, and Lemma 6's draw of q filters."""
    run, q = training_cost(parameters), parameters.q or 0
    return Cost(run.seconds + 2e-7 * q, run.bytes + 42 * min(q, 10**8), "the cost of the run does not depend on q.")
