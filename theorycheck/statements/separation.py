"""The separation: a CNN learns a k-pattern by gradient descent in fewer steps than a fully connected network.

The same target, the same q, population gradient descent from the paper's initialisations, every network with every step
size of one grid.  What Theorem 12 says of the FCN's first gradient is exact, over all permutations of its weights; what
the runs show is decided at the float64 parameters that they reached.  For full-precision gradients the FCN need not be
stuck, and the report says where it is only slower.
"""
from __future__ import annotations

from typing import TYPE_CHECKING

from theorycheck.claims import Claim, Cost, Hypothesis, HypothesisResult, Side, Step, StepResult, Verdict
from theorycheck.rigor import lower_decimal
from theorycheck.statements import separation_curves, separation_steps
from theorycheck.statements.separation_instance import Separation
from theorycheck.statements.separation_parameters import SeparationParameters
from theorycheck.statements.training_checks import LIPSCHITZ, SEPARATES

if TYPE_CHECKING:
    from sympy import Expr


def _small_start(instance: Separation) -> HypothesisResult:
    kind = "u=+1, -1 on neurons of equal weights and bias" if instance.parameters.fcn_readout == "pairs" else "u=0"
    return HypothesisResult(True, f"{kind}, so that h=0")


def _invariant(instance: Separation) -> HypothesisResult:
    return HypothesisResult(instance.law.is_invariant, f"the law {instance.law.name}, and one bias for all")


def _formula(name: str) -> Expr:
    from theorycheck.bounds import theorem12
    expression: Expr = getattr(theorem12, name)()
    return expression


def _cnn_bound() -> Expr:
    from theorycheck.bounds.symbols import k, q
    return q / (k**2 * 4**k)


def _conclude(instance: Separation, results: tuple[StepResult, ...], verdict: Verdict) -> str:
    at = f"n={instance.n}, k={instance.k}, q={instance.q}, T={instance.steps}"
    if not verdict.holds:
        word = "no separation" if verdict is Verdict.REFUTED else "the separation is not decided"
        seen = ", ".join(result.step.name for result in results if result.outcome.verdict is verdict)
        return f"{word} at {at}: see {seen}.{_kept(instance)}"
    record, run = instance.reached, instance.best("CNN")
    behind = next(result.outcome for result in results if result.step.name == "fcn_behind")
    assert record is not None and run is not None and behind.lhs is not None and behind.lhs.value is not None
    steps = separation_steps.steps_text(record.step)
    return (f"at {at} the CNN's loss is at most {instance.target} after {steps} with eta={run.eta}, and the "
            f"FCN's at least {lower_decimal(behind.lhs.value, 4)} then {separation_steps.grid_text(instance)}; "
            f"{separation_steps.own_pace(instance)}. Exact: the first gradients, over all permutations of the "
            "FCN's weights. Enclosed: the losses, at the float64 parameters reached. Not shown: other step sizes and "
            "starts, and whether steps without rounding lead to the same parameters.")


def _kept(instance: Separation) -> str:
    """What an interrupted run has kept."""
    if not any(comparison.is_interrupted for comparison in instance.done.values()):
        return ""
    count = sum(run.is_finished for comparison in instance.done.values() for run in comparison.runs)
    where = (f"in {instance.parameters.save}, from which the same command goes on" if instance.parameters.save else
             "for the curves; with --save DIR the same command would go on from them")
    return f" {count} finished run{' is' if count == 1 else 's are'} kept {where}."


def _estimate(parameters: SeparationParameters) -> Cost:
    from theorycheck.training.compared_runs import compared_steps
    windows, classes = parameters.n - parameters.k + 1, min(2**parameters.k, parameters.q)
    neurons = (parameters.fcn_neurons or 0) + classes * windows
    # From measurements on two cores; a record costs about two gradients.
    passes = (parameters.steps + 2 * len(compared_steps(parameters.steps))) * len(parameters.grid())
    point = 2.2e-10 if parameters.n >= 12 else 1e-8
    seconds = 1 + passes * (1e-3 + point * neurons * 2.0**parameters.n)
    return Cost(seconds, 2**27 + (32 << parameters.n), "most for the FCN; a run that comes to rest ends sooner")


CLAIM = Claim(
    name="separation",
    title="The separation: CNN, LCN, eFCN and FCN by gradient descent",
    source="MS21, Theorems 4 and 12, Section 3.1; d'Ascoli et al. 2019 for the eFCN",
    statement=("On one k-pattern, with q filters or neurons and population gradient descent from the paper's "
               "initialisations, each with its best step size from one grid, the CNN (and the LCN, and the eFCN: "
               "the CNN's start embedded in an FCN) reaches the target loss, and after as many steps as the CNN "
               "takes the FCN is above it at every step size of the grid. The CNN's first gradient has "
               "||dL/du||^2 >= q/(k^2 4^k); the FCN's is bounded by Theorem 12."),
    parameters=SeparationParameters,
    hypotheses=(
        SEPARATES, LIPSCHITZ,
        Hypothesis("invariant", "The FCN's weights have a permutation invariant law", _invariant, required=True),
        Hypothesis("small_start", "|u_i| <= 1 and |h(x)| <= 1 at the FCN's start", _small_start, required=True)),
    steps=(
        Step("cnn_first_gradient", "The CNN's first gradient",
             Side("||dL/du||^2 of the CNN", latex=r"\lVert\partial L/\partial u\rVert^2"), ">=",
             Side("q/(k^2*4^k)", _cnn_bound), separation_steps.cnn_first_gradient),
        Step("fcn_filters", "Theorem 12 (i): the FCN's first gradient in W",
             Side("E||dL/dW||^2", latex=r"\mathbb{E}\lVert\partial L/\partial W\rVert^2"), "<=",
             Side("q*n*min(1/C(n-1,k), 1/C(n-1,k-1))", lambda: _formula("filter_gradient_bound")),
             separation_steps.fcn_filters),
        Step("fcn_readout", "Theorem 12 (ii): the FCN's first gradient in u",
             Side("E||dL/du||^2", latex=r"\mathbb{E}\lVert\partial L/\partial u\rVert^2"), "<=",
             Side("c^2*q/C(n,k)", lambda: _formula("readout_gradient_bound")), separation_steps.fcn_readout),
        Step("cnn_reaches", "The CNN reaches the target",
             Side("L(CNN) after t steps", latex=r"L(h_\mathrm{CNN}^{(t)})"), "<=",
             Side("target", latex=r"\varepsilon"), separation_steps.cnn_reaches),
        Step("fcn_behind", "After as many steps the FCN is above it at every eta",
             Side("min_eta L(FCN) after t steps", latex=r"\min_\eta L(h_\mathrm{FCN}^{(t)})"), ">",
             Side("target", latex=r"\varepsilon"), separation_steps.fcn_behind),
        Step("all_final", "Where each ends, with its best step size",
             Side("max L(CNN, LCN, eFCN) after T steps", latex=r"\max L(h^{(T)})"), "<=",
             Side("target", latex=r"\varepsilon"), separation_steps.all_final),
    ),
    prepare=Separation,
    conclude=_conclude,
    estimate=_estimate,
    uses=("theorem12",),
    curves=separation_curves.curves,
    example={"n": 12, "k": 4, "q": 64, "steps": 60, "etas": "1/4,1,4,16"},
    errata=(
        "'Gradient descent gets stuck' does not follow from Theorem 12, which bounds the first gradient alone: at "
        "n=16, k=4, q=1024 an FCN of sign weights with u=+1, -1 in pairs and eta=1 is below loss 1/10 after some 40 "
        "steps; the CNN is after 1, with eta=4.",
        "For odd k >= 3 an FCN of ReLUs without biases has no parity of k bits at all, so that every comparison with "
        "it is won; --fcn-bias is 1/2 there unless given."),
)
