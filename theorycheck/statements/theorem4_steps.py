"""The steps of Theorem 4's proof, for the CNN and the LCN alike: what differs are the formulas the instance names."""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from theorycheck.claims import Outcome, Quantity, Verdict, relation_outcome
from theorycheck.rigor import Real, decide, nearest_decimal
from theorycheck.statements.training_checks import Comparison, check_all, is_slope_bounded

if TYPE_CHECKING:
    from theorycheck.statements.theorem4_instance import Theorem4
    from theorycheck.statements.training_records import TrainingRecord


def _witness(instance: Theorem4, lhs: Real, rhs: Real) -> dict[str, str]:
    """What a counterexample is made of, beside the parameters in the report's command."""
    return {"activation": instance.activation.name, "pattern": instance.pattern.to_hex(),
            "eta": nearest_decimal(instance.eta), "lhs": nearest_decimal(lhs), "rhs": nearest_decimal(rhs)}


def separator(instance: Theorem4) -> Outcome:
    """Lemma 6: L(u*, W^(0)) = 0, from the value of u* at each of the 2^k contents of its window."""
    reason = instance.without_separator
    if reason:
        return Outcome(None, note=reason)
    from theorycheck.features.maps import level_values
    k, g = instance.k, instance.pattern.table.tolist()
    levels = level_values(instance.activation, k)
    weights = instance.distribution.window_marginal(k, instance.pattern.offset)
    loss = Real(0)
    for z, weight in enumerate(weights):
        counts: dict[int, int] = {}
        for cell, sign in enumerate(g):
            distance = (cell ^ z).bit_count()
            counts[distance] = counts.get(distance, 0) + sign
        # m_c u*_c = k g(c): the filters of a class together.
        value = sum((levels[distance] * (k * count) for distance, count in counts.items()), Real(0))
        gap = 1 - value * g[z]
        loss = loss + (gap * weight if decide(gap, ">", 0) is not False else Real(0))
    return relation_outcome(Quantity.of(loss, "L(u*, W^(0))"), "==", Quantity.of(0),
                            counterexample=_witness(instance, loss, Real(0)),
                            method="Definition 1 at the 2^k contents of the pattern's window, for any distribution")


def separator_norm(instance: Theorem4) -> Outcome:
    """Lemma 6: ‖u*‖ <= 2^(k+1) k/√q on the event."""
    reason = instance.without_separator or instance.outside
    if reason:
        return Outcome(None, note=reason)
    assert instance.separator_squared_norm is not None
    lhs = Real(instance.separator_squared_norm).sqrt()
    return relation_outcome(Quantity.of(lhs, "||u*||"), "<=", Quantity.of(instance.bound("norm_bound")),
                            alternatives=(Quantity.of(instance.bound("sharp_norm_bound"), "with sqrt(2) for 2"),),
                            method="the multiplicities of this run")


def moved_records(instance: Theorem4) -> Iterator[TrainingRecord]:
    """The records after the first step, from which on every bound is positive."""
    return (row for row in instance.run.records if row.step)


def movement(instance: Theorem4) -> Outcome:
    """Lemma 9 at Lemma 6's norm: L(u*, W^(t)) <= c η² t² … at every recorded step t."""
    reason = instance.without_separator or instance.outside
    if reason:
        return Outcome(None, note=reason)
    rows = [Comparison(f"t={row.step}", row.comparator_loss, instance.bound("movement_piece", T=row.step))
            for row in moved_records(instance) if row.comparator_loss is not None]
    return check_all(rows, names=("L(u*, W^(t))", ""), method=instance.run.method)


def comparator(instance: Theorem4) -> Outcome:
    """The mean of L(u*, W^(t)) over t < T, all steps, against Lemma 9 at t = T."""
    reason = instance.without_separator or instance.outside
    if reason:
        return Outcome(None, note=reason)
    run, norm_1 = instance.run, instance.separator_norm_1
    assert run.mean_comparator_loss is not None and norm_1 is not None
    return relation_outcome(
        Quantity.of(run.mean_comparator_loss, "mean of L(u*, W^(t))"), "<=",
        Quantity.of(instance.bound("movement_piece")),
        alternatives=(Quantity.of(instance.bound("movement_piece") * _sharp_share(instance),
                                  "with (T-1)(T-2)/6, N and ||u*||_1"),), method=run.method,
        counterexample=_witness(instance, run.mean_comparator_loss, instance.bound("movement_piece")))


def _sharp_share(instance: Theorem4) -> Real:
    """What the sharp movement is of the stated one: 1/12 of it (N/n for a CNN), with (T-1)(T-2) for T²."""
    ratio = instance.bound("sharp_first_term") / instance.bound("first_term")
    return ratio * Fraction((instance.steps - 1) * (instance.steps - 2), instance.steps**2)


def gradient_norm(instance: Theorem4) -> Outcome:
    """‖∇_u f_t‖ <= c √(qN) at every recorded step."""
    run, sharp = instance.run, instance.bound("gradient_norm_bound")
    largest = run.largest_readout_slope * Real(instance.q * instance.window_count).sqrt()
    others = (Quantity.of(instance.bound("gradient_norm_bound", N=instance.n), "with n for N, as stated"),
              Quantity.of(largest, "from the largest |dL/du| of all steps"))
    # The step after the last gradient is no part of the run.
    rows = [Comparison(f"t={row.step}", row.gradient_norm, sharp, others) for row in run.records
            if row.step < instance.steps]
    argument = "each of its q*N entries is at most c" if is_slope_bounded(instance) else ""
    return check_all(rows, names=("||grad_u f_t||", ""), method=run.method, argument=argument)


def online(instance: Theorem4) -> Outcome:
    """Theorem 10 on f_t(u) = L(u, W^(t)) from u = 0, against u*, up to every recorded step."""
    reason = instance.without_separator
    if reason:
        return Outcome(None, note=reason)
    rows = [_online_up_to(instance, row) for row in moved_records(instance)]
    return _shown_at_the_end(rows, check_all(rows, names=("mean of f_t(u_t)", ""), method=instance.run.method))


def _online_up_to(instance: Theorem4, row: TrainingRecord) -> Comparison:
    from theorycheck.bounds import theorem10
    squared_norm, rounds = instance.separator_squared_norm, row.step
    assert row.total_comparator_loss is not None and row.total_linear_regret is not None and squared_norm is not None
    means = {"values": row.total_comparator_loss / rounds, "squares": row.total_squared_gradient_norm / rounds}
    stated, sharp = (instance.bound(bound(start_norm=0, norms=0), T=rounds, comparator_square=squared_norm, **means)
                     for bound in (theorem10.stated_bound, theorem10.sharp_bound))
    regret = (row.total_comparator_loss + row.total_linear_regret) / rounds
    others = (Quantity.of(sharp, "with eta/2 for eta"),
              Quantity.of(regret, "with the mean of <u_t-u*, grad f_t> itself"))
    return Comparison(f"T={rounds}", row.total_loss / rounds, stated, others)


def _shown_at_the_end(rows: list[Comparison], outcome: Outcome) -> Outcome:
    """The outcome of all rows, with the last of them shown where all hold."""
    if outcome.verdict is not Verdict.VERIFIED or outcome.lhs is None or outcome.rhs is None:
        return outcome
    last = rows[-1]
    return replace(outcome, lhs=Quantity.of(last.lhs, outcome.lhs.label), rhs=Quantity.of(last.rhs, outcome.rhs.label),
                   alternatives=last.alternatives, note=f"checked up to {len(rows)} recorded steps, shown at the last")


PIECES = (("movement_piece", "first_term"), ("norm_piece", "second_term"), ("gradient_piece", "third_term"))


def substitution(instance: Theorem4) -> Outcome:
    """At the run's η the pieces of Lemma 9 and Theorem 10 are the three stated terms: squares, exactly, at c = 1."""
    from sympy import Rational, expand, sqrt
    size = instance.eta_squared
    at = {"n": instance.n, "k": instance.k, "q": instance.q, "T": instance.steps, "c": 1,
          "eta": sqrt(Rational(size.numerator, size.denominator))}
    wrong = []
    for piece, term in PIECES:
        squares = [expand(formula.subs({symbol: at[symbol.name] for symbol in formula.free_symbols})**2)
                   for formula in (instance.formula(piece), instance.formula(term))]
        if squares[0] != squares[1]:
            wrong.append(term)
    total = sum((instance.bound(piece) for piece, _ in PIECES), Real(0))
    witness = {"eta": nearest_decimal(instance.eta), "terms": ", ".join(wrong)} if wrong else None
    return Outcome(Verdict.REFUTED if wrong else Verdict.VERIFIED, Quantity.of(total, "the three pieces"),
                   Quantity.of(instance.stated), counterexample=witness,
                   method="term by term: their squares at c=1, which are rational")


def conclusion(instance: Theorem4) -> Outcome:
    """The statement: the mean of L(h_t) over t = 1, …, T is at most the stated bound."""
    return _conclusion(instance, instance.run.mean_later_loss, "mean of L(h_t) over t=1..T", "sharp_bound_after_steps")


def conclusion_from_start(instance: Theorem4) -> Outcome:
    """The same mean over t = 0, …, T-1."""
    return _conclusion(instance, instance.run.mean_loss, "mean of L(h_t) over t=0..T-1", "sharp_bound")


def _conclusion(instance: Theorem4, mean: Real, label: str, sharp: str) -> Outcome:
    alternatives: tuple[Quantity, ...] = ()
    if instance.separator_squared_norm is not None:
        value = instance.sharp(sharp, instance.separator_squared_norm)
        alternatives = (Quantity.of(value, "sharp, with this run's ||u*||"),)
    if instance.outside:
        return Outcome(None, Quantity.of(mean, label), Quantity.of(instance.stated), alternatives,
                       note=instance.outside)
    return relation_outcome(Quantity.of(mean, label), "<=", Quantity.of(instance.stated), alternatives=alternatives,
                            counterexample=_witness(instance, mean, instance.stated), method=instance.run.method)


def sharp(instance: Theorem4) -> Outcome:
    """The sharp bound on the mean over the steps before every recorded one, with N windows and this run's u*."""
    reason = instance.without_separator
    if reason:
        return Outcome(None, note=reason)
    run, squared_norm = instance.run, instance.separator_squared_norm
    assert squared_norm is not None
    others = []
    if not instance.outside and instance.has_paper_step_size:
        others.append(Quantity.of(instance.bound("sharp_event_bound"), "for every draw in the event"))
    if decide(run.largest_activation, ">", 0) is True:
        own = instance.sharp("sharp_bound", squared_norm, c=run.largest_activation)
        others.append(Quantity.of(own, "with the largest |sigma| of the run for c"))
    rows = [Comparison(f"T={row.step}", row.total_loss / row.step,
                       instance.sharp("sharp_bound", squared_norm, T=row.step), tuple(others))
            for row in moved_records(instance)]
    return _shown_at_the_end(rows, check_all(rows, names=("mean of L(h_t) over t=0..T-1", ""), method=run.method))


def sharp_after_steps(instance: Theorem4) -> Outcome:
    """The sharp bound on the mean over t = 1, …, T."""
    reason = instance.without_separator
    if reason:
        return Outcome(None, note=reason)
    assert instance.separator_squared_norm is not None
    mean, rhs = instance.run.mean_later_loss, instance.sharp("sharp_bound_after_steps", instance.separator_squared_norm)
    return relation_outcome(Quantity.of(mean, "mean of L(h_t) over t=1..T"), "<=", Quantity.of(rhs),
                            method=instance.run.method, counterexample=_witness(instance, mean, rhs))


def smallest_work(instance: Theorem4) -> Outcome:
    """The smallest q T at which the bound is below 1 for this n and k is at most this run's, where it is below 1."""
    found = instance.smallest_work
    if found is None:
        return Outcome(None, note=f"no constant c of {instance.activation.name} is known for all q")
    q, steps = found
    lhs = Quantity.of(q * steps, f"at q={q}, T={steps}")
    mine = Quantity.of(instance.q * instance.steps, "q T of this run")
    if instance.is_vacuous or not instance.q_is_enough or not instance.has_paper_step_size:
        return Outcome(None, lhs, mine, note="this run is not among those for which the bound speaks")
    return relation_outcome(lhs, "<=", mine, method="a search through all T near the best, in exact comparisons",
                            counterexample={"q": str(instance.q), "T": str(instance.steps)})


def target(instance: Theorem4) -> Outcome:
    """The stated bound reaches the ε that was asked for."""
    epsilon, chosen = instance.parameters.epsilon, instance.parameters.cheapest
    assert epsilon is not None
    lhs, rhs = Quantity.of(instance.stated), Quantity.of(epsilon)
    if decide(instance.stated, "<=", epsilon) is False:
        # The theorem promises its bound, not the reader's target.
        where = "" if chosen is None else f": the cheapest that do are q={chosen[0]}, T={chosen[1]}"
        return Outcome(None, lhs, rhs, note=f"this q and T do not reach the target{where}; the theorem does not say so")
    return relation_outcome(lhs, "<=", rhs)
