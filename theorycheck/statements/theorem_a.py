"""Theorem A, beyond the paper: gradient flow learns every k-pattern with a width that knows no n and no accuracy.

ReLU, the initialisation of MS21, any distribution, any k-pattern, every m_z >= 1.  While every class is frozen (fires
on its own sign pattern only) gradient flow has L(s) <= ‖u*‖²/(4s), ‖u*‖² = k² Σ_z 1/m_z.

Proof: a_z² - k‖u_z‖² = 1/k² is conserved, so k a_z >= 1 and L(u*, W(s)) = 0.  Write φ = L, R = ‖u-u*‖ and
w = ⟨∇_u L, u-u*⟩ >= φ (convexity in u).  Then φ' <= -‖∇_u L‖² <= -(w/R)² and R' = -w/R, so (φ/R)' <= -(w/R³)(w-φ) <= 0
and R' <= -φ/R; hence R <= R_0 - sφ/R and φ = (φ/R) R <= (φ/R)(R_0 - sφ/R) <= R_0²/(4s).
"""
from __future__ import annotations

from theorycheck.claims import Claim, Cost, Hypothesis, HypothesisResult, Proof, Side, Step, StepResult, Verdict
from theorycheck.errors import abbreviate
from theorycheck.rigor import nearest_decimal
from theorycheck.statements import theorem_a_steps
from theorycheck.statements.theorem_a_instance import TheoremA, TheoremAParameters
from theorycheck.statements.training_checks import training_cost


def _side(text: str, name: str | None = None, latex: str = "") -> Side:
    return Side(text, None if name is None else lambda: TheoremA.formula(name), latex)


def _rectifier(instance: TheoremA) -> HypothesisResult:
    name = instance.activation.name
    if not instance.is_rectifier:
        return HypothesisResult(False, f"'activation' is {name}.")
    if name == "relu":
        return HypothesisResult(True)
    is_below = instance.flow.stop != "limit"
    word = "stay below" if is_below else "reach"
    return HypothesisResult(is_below, f"the scales {word} {instance.flow.limit} up to "
                                      f"s={nearest_decimal(instance.time)}.")


def _occupied(instance: TheoremA) -> HypothesisResult:
    least = int(instance.multiplicities.min())
    if least:
        return HypothesisResult(True, f"the least m_z is {least}")
    return HypothesisResult(False, f"no filter has sign pattern z={int(instance.multiplicities.argmin())}.")


def _window(instance: TheoremA) -> HypothesisResult:
    seen = instance.pattern.offset < instance.window_count
    return HypothesisResult(seen, "" if seen else f"the pattern starts at bit {instance.pattern.offset}, and there are "
                                                  f"{instance.window_count} windows.")


def _is_vacuous(instance: TheoremA) -> bool:
    norm = instance.separator_squared_norm
    if norm is None or norm >= 4 * instance.time:
        return norm is not None
    # Where classes may unfreeze the flow may be known for less than the time asked for.
    known = instance.times if instance.is_rectifier and instance.flow.limit is not None else (instance.time,)
    return not known or norm >= 4 * known[-1]


def _conclude(instance: TheoremA, results: tuple[StepResult, ...], verdict: Verdict) -> str:
    at = (f"n={abbreviate(instance.n)}, k={instance.k}, q={instance.q}, "
          f"{'pattern ' + instance.pattern.to_hex() if instance.k <= 5 else 'the pattern'}, "
          f"s={nearest_decimal(instance.time)}")
    if verdict is Verdict.VACUOUS:
        return f"Theorem A says nothing at {at}: its bound is at least 1, the loss of h=0. Ask for a larger --time."
    if not verdict.holds:
        word = "fails" if verdict is Verdict.REFUTED else "is not decided"
        seen = ", ".join(result.step.name for result in results if result.outcome.verdict is verdict)
        return f"Theorem A {word} at {at}: see {seen or 'the hypotheses'}."
    if instance.separator is None or not instance.times:
        return f"Theorem A does not speak of {at}; the steps that apply hold."
    last = instance.times[-1]
    loss, bound = nearest_decimal(instance.flow.loss(last), 4), instance.bound("flow_loss_bound", s=last)
    until = "there" if last == instance.time else f"at s={nearest_decimal(last)}, as long as it is known,"
    return (f"Theorem A holds at {at}: the flow's loss {until} is {loss}, and at most {nearest_decimal(bound)} is "
            "allowed.")


def _estimate(parameters: TheoremAParameters) -> Cost:
    run = training_cost(parameters)
    points = 2**min(parameters.n, 13)
    # Measured: phases and their cost both grow about as the points do, up to what symmetry takes away.
    flow = 0.03 * points**1.5 if parameters.distribution == "uniform" else 6e-3 * points**2
    return Cost(run.seconds + 0.3 + flow, run.bytes + 2**20 * points // 16,
                "the flow's time depends on how many margins slide")


def _proofs() -> tuple[Proof, ...]:
    from theorycheck.bounds.propositions import checked_proofs
    from theorycheck.bounds.theorem_a_proofs import PROPOSITIONS, certificate
    return checked_proofs(PROPOSITIONS, certificate)


CLAIM = Claim(
    name="theorem_a",
    title="Theorem A: gradient flow learns every k-pattern, whatever n",
    source="beyond MS21, after Theorem 4",
    statement=("Let sigma be ReLU, W uniform on {+-1/k}^(q x k) with every m_z >= 1, b_i = 1/k-1, u = 0. For every "
               "distribution and every k-pattern, while every class is frozen, gradient flow has L(s) <= "
               "||u*||^2/(4s), ||u*||^2 = k^2*sum_z 1/m_z. Classes are always frozen for k <= 2, and for k >= 3 if "
               "every m_z > q*2^(-k)/2 and q >= 2^(k+1)*(1+2^(k/2))*k^2*(k-2)/sqrt(3k-4). (A') T frozen steps of "
               "gradient descent have mean loss at most k^3*eta^2*T*A^2*max_z P_z + ||u*||^2/(2*eta*T) + "
               "(eta/2)*A^2*sum_z m_z*P_z, P_z = sum_j P[x^(j)=z]^2, A = max a_z over t < T."),
    parameters=TheoremAParameters,
    hypotheses=(
        Hypothesis("activation", "sigma is ReLU, or ReLU clipped where no scale arrives", _rectifier, required=True),
        Hypothesis("occupied", "every m_z >= 1", _occupied, required=True),
        Hypothesis("window", "the network sees the pattern's window", _window, required=True),
    ),
    steps=(
        Step("conserved", "Conserved along the flow",
             _side("a_z^2 - k*||u_z||^2 - 1/k^2", latex=r"a_z^2 - k\lVert u_z\rVert^2 - k^{-2}"), "==",
             _side("0", latex="0"), theorem_a_steps.conserved),
        Step("scale", "So no scale falls below its start",
             _side("1", latex="1"), "<=", _side("k*a_z", latex="k a_z"), theorem_a_steps.scale),
        Step("separator_loss", "So u* always has loss 0",
             _side("L(u*, W(s))", latex=r"L(u^*, W(s))"), "<=", _side("0", latex="0"), theorem_a_steps.separator_loss),
        Step("pairing", "Convexity in the readout",
             _side("L(s)", latex="L(s)"), "<=", _side("<grad_u L, u-u*>", latex=r"\langle\nabla_u L, u-u^*\rangle"),
             theorem_a_steps.pairing),
        Step("gradient", "Cauchy and Schwarz, so that L' <= -(w/||u-u*||)^2",
             _side("w = <grad_u L, u-u*>", latex=r"\langle\nabla_u L, u-u^*\rangle"), "<=",
             _side("||grad_u L||*||u-u*||", latex=r"\lVert\nabla_u L\rVert\,\lVert u-u^*\rVert"),
             theorem_a_steps.gradient),
        Step("ratio", "L/||u-u*|| never grows",
             _side("L/||u-u*|| at s", latex=r"(L/\lVert u-u^*\rVert)(s)"), "<=",
             _side("L/||u-u*|| before s", latex=r"(L/\lVert u-u^*\rVert)(s'),\ s' < s"), theorem_a_steps.ratio),
        Step("distance", "The distance falls at least at that rate",
             _side("||u-u*||", latex=r"\lVert u-u^*\rVert"), "<=",
             _side("||u*|| - s*L/||u-u*||", latex=r"\lVert u^*\rVert - sL/\lVert u-u^*\rVert"),
             theorem_a_steps.distance),
        Step("conclusion", "Theorem A",
             _side("L(s)", latex="L(s)"), "<=", _side("||u*||^2/(4*s)", "flow_loss_bound"), theorem_a_steps.conclusion),
        Step("frozen", "Every class is frozen",
             _side("max_z a_z", latex=r"\max_z a_z"), "<", _side("1/k + 1/(k-2)", "frozen_scale"),
             theorem_a_steps.frozen),
        Step("width", "and stays so at this width on Lemma 6's event",
             _side("(||u*|| + k/sqrt(m))^2/m, m = min m_z", latex=r"(\lVert u^*\rVert + k/\sqrt m)^2/m"), "<=",
             _side("(3k-4)/(k*(k-2))^2", "squared_frozen_readout"), theorem_a_steps.width),
        Step("finite_run", "Theorem A', T steps of gradient descent",
             _side("(1/T) sum_{t<T} L(h_t)", latex=r"\tfrac1T\sum_{t<T} L(h_t)"), "<=",
             _side("k^3*eta^2*T*A^2*max P_z + ||u*||^2/(2*eta*T) + (eta/2)*A^2*sum m_z*P_z", "finite_loss_bound"),
             theorem_a_steps.finite_run),
    ),
    prepare=TheoremA,
    conclude=_conclude,
    estimate=_estimate,
    is_vacuous=_is_vacuous,
    example={"n": 3, "k": 2, "q": 10723, "steps": 2074},
    proofs=_proofs,
    errata=(
        "Not in the paper: its Theorem 4 needs a width that grows with n and with 1/epsilon; the flow needs neither.",
        "The constant 1/4 is approached: for n=k=1, the uniform distribution and m filters of each sign, L(s) = "
        "1-(m/2)*sinh(s) until it is 0, which at s = ||u*||^2/2 = 1/m tends to the bound 1/2 as m grows.",
        "A clipped ReLU is the same network until a scale reaches the cap; the flow says whether one does.",
        "In (A') the first term's T may be (T-1)/2, the mean of t over t < T.",
        "On margins at exactly 1 the flow takes the hinge slope that it must: the shortest velocity. The loss is "
        "weakly convex while frozen, so the flow is unique; a finite run's slope there is a choice (gamma).",
    ),
)
