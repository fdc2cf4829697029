"""Theorem A, step by step: along the flow at the chosen times, and Theorem A' on a certified run."""
from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from theorycheck.claims import Outcome, Quantity, Verdict, relation_outcome
from theorycheck.rigor import Real, decide, nearest_decimal
from theorycheck.statements.training_checks import Comparison, check_all

if TYPE_CHECKING:
    from theorycheck.flow.snapshots import FlowSnapshot
    from theorycheck.statements.theorem_a_instance import TheoremA

_METHOD = "gradient flow enclosed in balls, events and sliding margins included"
# What enclosures of the conserved quantity must at least resolve.
_RESOLUTION = Fraction(1, 2**20)


def _without_flow(instance: TheoremA) -> Outcome | None:
    """The outcome of a step about the flow where the equations of the flow are not those of the network."""
    if not instance.is_rectifier:
        return Outcome(Verdict.INCONCLUSIVE, note=f"the flow is known for ReLU, not for {instance.activation.name}")
    return None


def _without_separator(instance: TheoremA) -> Outcome | None:
    if outcome := _without_flow(instance):
        return outcome
    if instance.separator is None:
        return Outcome(None, note="u* does not exist: some sign pattern has no filter, or its window is missing")
    return None


def _known(instance: TheoremA) -> str:
    """What a reader should know of the flow: phases, and where it stops short of the time asked for."""
    flow = instance.flow
    phases = flow.phases
    sliding = sum(not phase.is_linear for phase in phases)
    note = f"{len(phases)} phases, in {sliding} of them margins slide along 1"
    if phases[0].event_time is not None:
        word = "a scale arrives at its limit" if phases[0].event == "limit" else "a margin reaches 1"
        note += f"; the first time that {word} is {nearest_decimal(phases[0].event_time)}"
    if flow.stop == "limit":
        note += "; a class unfreezes or meets the cap, and the flow is followed until then only"
    elif flow.stop == "unresolved":
        note += "; the last events are closer together than resolved, and the flow is followed until then only"
    return note


def conserved(instance: TheoremA) -> Outcome:
    """a_z² - k‖u_z‖² = 1/k² for every class, at every time: refuted where an enclosure excludes it."""
    if outcome := _without_flow(instance):
        return outcome
    if not instance.times:
        return Outcome(None, note=_known(instance))
    # The flow is computed with at most twice its precision.
    for bits in (instance.flow.precision, 2 * instance.flow.precision):
        found = [(s, instance.of_flow(s, _worst_invariant).enclose(bits)) for s in instance.times]
        if all(ball.rad() <= float(_RESOLUTION) for _, ball in found):
            break
    off = [(s, ball) for s, ball in found if not ball.contains(0)]
    s, ball = off[0] if off else max(found, key=lambda pair: float(pair[1].abs_upper()))
    lhs = Quantity.of(Real(ball), "a_z^2 - k*||u_z||^2 - 1/k^2, the widest enclosure")
    if off:
        return Outcome(Verdict.REFUTED, lhs, Quantity.of(0), method=_METHOD, note=_known(instance),
                       counterexample={"at": f"s={float(s):.6g}", "a_z^2 - k*||u_z||^2 - 1/k^2": ball.str(8)})
    radius = float(ball.abs_upper())
    # Enclosures cannot prove an equality: that is the proposition step_loses_little.  They can refute it.
    note = f"within {radius:.2g} at {len(found)} times, the widest at s={float(s):.6g}; {_known(instance)}"
    verdict = Verdict.VERIFIED if radius <= _RESOLUTION else Verdict.INCONCLUSIVE
    return Outcome(verdict, lhs, Quantity.of(0), method=_METHOD, note=note)


def _worst_invariant(now: FlowSnapshot) -> Any:
    """The enclosure that excludes 0 if one does, else the widest."""
    return max(now.invariant_of.values(), key=lambda ball: (not ball.contains(0), float(ball.abs_upper())))


def scale(instance: TheoremA) -> Outcome:
    """k a_z >= 1, so that u* keeps its margins at 1 or above."""
    if outcome := _without_flow(instance):
        return outcome
    rows = []
    for s in instance.times:
        for name in instance.flow.snapshot(s).scale_of:
            rows.append(Comparison(f"s={float(s):.6g}, z={name}", Real(1), instance.of_flow(s, _scale_times(instance.k,
                                                                                                            name))))
    return check_all(rows, names=("1", "k*a_z"), method=_METHOD, argument="a_z^2 = 1/k^2 + k*||u_z||^2 >= 1/k^2")


def _scale_times(k: int, name: Any) -> Callable[[FlowSnapshot], Any]:
    return lambda now: k * now.scale_of[name]


def separator_loss(instance: TheoremA) -> Outcome:
    """L(u*, W(s)) = 0."""
    if outcome := _without_separator(instance):
        return outcome
    rows = [Comparison(f"s={float(s):.6g}", instance.separator_loss(s), Real(0)) for s in instance.times]
    return check_all(rows, names=("L(u*, W(s))", "0"), method=_METHOD, argument="k*a_z >= 1 (the step before)")


def pairing(instance: TheoremA) -> Outcome:
    """Convexity in u: w = ⟨∇_u L, u-u*⟩ >= L(u) - L(u*) = L."""
    if outcome := _without_separator(instance):
        return outcome
    rows = [Comparison(f"s={float(s):.6g}", instance.flow.loss(s), instance.certain_pairing(s))
            for s in instance.moving_times]
    return check_all(rows, names=("L(s)", "<grad_u L, u-u*>"), method=_METHOD,
                     argument="the loss is 0 there, or every k*a_z is 1")


def gradient(instance: TheoremA) -> Outcome:
    """Cauchy and Schwarz: w <= ‖∇_u L‖ ‖u-u*‖, so that L' <= -‖∇_u L‖² <= -(w/‖u-u*‖)²."""
    if outcome := _without_separator(instance):
        return outcome
    rows = [Comparison(f"s={float(s):.6g}", instance.pairing(s),
                       (instance.squared_gradient_norm(s) * instance.squared_distance(s)).sqrt())
            for s in instance.moving_times]
    return check_all(rows, names=("<grad_u L, u-u*>", "||grad_u L||*||u-u*||"), method=_METHOD,
                     note="where margins slide, with the slopes that hold them at 1",
                     argument="the two vectors are parallel there, or the gradient is 0")


def ratio(instance: TheoremA) -> Outcome:
    """(L/‖u-u*‖)' <= 0: the ratio never grows from one time to the next."""
    if outcome := _without_separator(instance):
        return outcome
    at = [(Fraction(0), Real(1) / Real(instance.separator_squared_norm or 1).sqrt())]
    at += [(s, instance.flow.loss(s) / instance.squared_distance(s).sqrt()) for s in instance.moving_times]
    rows = [Comparison(f"s={float(s):.6g}", late, early) for (_, early), (s, late) in pairwise(at)]
    return check_all(rows, names=("L/||u-u*||", "the same at the time before"), method=_METHOD,
                     argument="the loss is 0 there")


def distance(instance: TheoremA) -> Outcome:
    """‖u-u*‖' <= -L/‖u-u*‖, and with the step before ‖u-u*‖ <= ‖u*‖ - s L/‖u-u*‖."""
    if outcome := _without_separator(instance):
        return outcome
    first = Real(instance.separator_squared_norm or 1).sqrt()
    rows = []
    for s in instance.moving_times:
        away = instance.squared_distance(s).sqrt()
        rows.append(Comparison(f"s={float(s):.6g}", away, first - instance.flow.loss(s) * s / away))
    return check_all(rows, names=("||u-u*||", "||u*|| - s*L/||u-u*||"), method=_METHOD)


def conclusion(instance: TheoremA) -> Outcome:
    """L(s) <= ‖u*‖²/(4s)."""
    if outcome := _without_separator(instance):
        return outcome
    rows = []
    for s in instance.times:
        bound = instance.bound("flow_loss_bound", s=s)
        others = (Quantity.of(instance.bound("event_flow_loss_bound", s=s), "with the event's ||u*||^2"),)
        rows.append(Comparison(f"s={float(s):.6g}", instance.flow.loss(s), bound,
                               others if instance.is_in_event else ()))
    short = [] if rows else ["the flow is known at none of the times asked for"]
    return check_all(rows, names=("L(s)", "||u*||^2/(4*s)"), method=_METHOD, note="; ".join([_known(instance), *short]))


def frozen(instance: TheoremA) -> Outcome:
    """Every class fires on its own sign pattern only, and no scale meets the cap."""
    if outcome := _without_flow(instance):
        return outcome
    flow = instance.flow
    if flow.limit is None:
        return Outcome(Verdict.VERIFIED, method="for k <= 2 a filter w = c*z, c > 0, b = 1/k-1 is at most 0 elsewhere",
                       note="a class never unfreezes for k <= 2")
    if flow.stop != "limit":
        lhs, rhs = Quantity.of(flow.scale_bound, "max_z a_z up to s, upper bound"), Quantity.of(flow.limit)
        # The left side is an upper bound: where it fails nothing is refuted.
        is_below = decide(flow.scale_bound, "<", flow.limit) is True
        return Outcome(Verdict.VERIFIED if is_below else Verdict.INCONCLUSIVE, lhs, rhs, method=_METHOD)
    end = flow.end
    assert end is not None
    is_cap = instance.cap is not None and flow.limit == instance.cap
    if instance.is_in_event and not _is_below(instance) and not is_cap:
        return Outcome(Verdict.REFUTED, rhs=Quantity.of(flow.limit), method=_METHOD,
                       counterexample={"s": nearest_decimal(end), "max a_z": f"reaches {flow.limit}"})
    return Outcome(None, rhs=Quantity.of(flow.limit), method=_METHOD,
                   note=f"a scale reaches {flow.limit} at s={nearest_decimal(end)}; the theorem speaks of the time "
                        "before, and its width was not asked for")


def width(instance: TheoremA) -> Outcome:
    """On Lemma 6's event, q >= 2^(k+1)(1+2^(k/2))k²(k-2)/√(3k-4) keeps every class frozen for ever."""
    if instance.k <= 2:
        return Outcome(None, note="no width is needed for k <= 2")
    if outcome := _without_separator(instance):
        return outcome
    norm, least = instance.separator_squared_norm, int(instance.multiplicities.min())
    assert norm is not None
    lhs = instance.bound(_formula("squared_readout_bound", norm, least, instance.k))
    threshold = Quantity.of(instance.bound("frozen_width"), "width that suffices on the event")
    if not instance.is_in_event:
        return Outcome(None, Quantity.of(lhs), Quantity.of(instance.bound("squared_frozen_readout")), (threshold,),
                       note="these multiplicities are outside the event")
    if _is_below(instance):
        return Outcome(None, Quantity.of(lhs), Quantity.of(instance.bound("squared_frozen_readout")), (threshold,),
                       note=f"q={instance.q} is below the width; the step before decides by the flow itself")
    return relation_outcome(Quantity.of(lhs, "bound on ||u_z||^2 for ever"), "<=",
                            Quantity.of(instance.bound("squared_frozen_readout"), "(3k-4)/(k*(k-2))^2"),
                            alternatives=(threshold,), method="the multiplicities of this instance")


def _is_below(instance: TheoremA) -> bool:
    """Whether q is below the width that suffices on the event (k >= 3), as far as can be told."""
    return decide(instance.q, ">=", instance.bound("frozen_width")) is not True


def _formula(name: str, *arguments: Any) -> Any:
    from theorycheck.bounds import theorem_a
    return getattr(theorem_a, name)(*arguments)


def finite_run(instance: TheoremA) -> Outcome:
    """Theorem A': the mean loss of a run of T steps, frozen for t < T."""
    if outcome := _without_separator(instance):
        return outcome
    run = instance.run
    if run.first_unfrozen is not None and run.first_unfrozen < instance.steps:
        return Outcome(None, note=f"a class unfreezes at step {run.first_unfrozen}")
    greatest, weighted = instance.window_probabilities
    values = {"A": run.largest_activation, "P": greatest, "Q": weighted}
    bound = instance.bound("finite_loss_bound", **values)
    pieces = tuple(Quantity.of(instance.bound(name, **values), label) for name, label in (
        ("comparator_term", "k^3*eta^2*T*A^2*max P_z"), ("distance_term", "||u*||^2/(2*eta*T)"),
        ("gradient_term", "(eta/2)*A^2*sum m_z*P_z"),
        ("sharper_finite_loss_bound", "with (T-1)/2 in the first term")) if name[0] != "s" or instance.steps > 1)
    return relation_outcome(Quantity.of(run.mean_loss, "mean of L(h_t), t < T"), "<=", Quantity.of(bound),
                            alternatives=pieces, method=run.method,
                            note=f"T={instance.steps}, A={float(run.largest_activation):.6g}",
                            counterexample={"pattern": instance.pattern.to_hex()})
