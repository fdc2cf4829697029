"""The separation, step by step: the first gradients exactly, then the losses at the parameters that were reached."""
from __future__ import annotations

from fractions import Fraction
from math import inf
from typing import TYPE_CHECKING

from theorycheck.claims import Outcome, Quantity, Verdict, compare, relation_outcome
from theorycheck.errors import abbreviate
from theorycheck.rigor import Real, decide, upper_decimal
from theorycheck.statements.separation_instance import NETWORKS, Separation

if TYPE_CHECKING:
    from theorycheck.training.compared_runs import ComparedRecord, ComparedRun

_UNIT = Fraction(1, 2**53)


# ------------------------------------------------------------------ first gradients

def cnn_readout(instance: Separation) -> Real:
    """Return ‖∂L/∂u‖² of the CNN's start, exactly."""
    gradient, copies = instance.cnn_gradient.readout, instance.start("CNN")[1].tolist()
    entries, width = gradient.fractions(), len(copies)
    return Real(sum((entry**2 * copies[place % width] for place, entry in enumerate(entries)), Fraction(0)))


def cnn_first_gradient(instance: Separation) -> Outcome:
    """The CNN's readout sees the pattern at once: each filter by σ(1/k) 2^-k at the pattern's window."""
    if not instance.activation.is_rational:
        return Outcome(Verdict.INCONCLUSIVE, note=f"{instance.activation.name} does not map rationals to rationals")
    least = Fraction(instance.q, instance.k**2 * 4**instance.k)
    return relation_outcome(Quantity.of(cnn_readout(instance), "||dL/du||^2 of the CNN"), ">=", Quantity.of(least),
                            alternatives=(Quantity.of(cnn_readout(instance) / instance.q, "by filter"),),
                            method="the exact gradient over the cube", note="equal for a parity of all k bits; at u=0 "
                            "the filters' gradient is 0", counterexample={"q": str(instance.q)})


def _not_a_parity(instance: Separation) -> Outcome | None:
    if instance.is_parity:
        return None
    return Outcome(None, note=f"Theorem 12 speaks of parities; this pattern is {instance.parameters.pattern}")


def fcn_filters(instance: Separation) -> Outcome:
    """Theorem 12 (i) for the FCN's start, over all permutations of each neuron's weights."""
    if other := _not_a_parity(instance):
        return other
    average = instance.orbit_average
    return relation_outcome(
        Quantity.of(average.filters, "mean of ||dL/dW||^2 over all n! permutations"), "<=",
        Quantity.of(instance.bound("filter_gradient_bound"), "stated"),
        alternatives=(Quantity.of(instance.bound("sharp_filter_gradient_bound"), "sharp bound"),
                      *_drawn(instance, "filters")), method=_orbits(instance),
        counterexample={"weights": instance.parameters.fcn_weights})


def fcn_readout(instance: Separation) -> Outcome:
    """Theorem 12 (ii) for the FCN's start."""
    if other := _not_a_parity(instance):
        return other
    if instance.c is None:
        return Outcome(Verdict.INCONCLUSIVE, note=f"no bound on |{instance.activation.name}| is known")
    if not instance.activation.is_rational:
        return cnn_first_gradient(instance)
    return relation_outcome(
        Quantity.of(instance.orbit_average.readout, "mean of ||dL/du||^2 over all n! permutations"), "<=",
        Quantity.of(instance.bound("readout_gradient_bound"), "stated"),
        alternatives=(Quantity.of(instance.c, "c, the largest |sigma|"), *_drawn(instance, "readout"),
                      *_by_neuron(instance)),
        method=_orbits(instance), counterexample={"weights": instance.parameters.fcn_weights})


def _by_neuron(instance: Separation) -> tuple[Quantity, ...]:
    """What a neuron sees of the parity beside a filter of the CNN: shown, as the scale of the weights decides it."""
    mine, cnn = instance.orbit_average.readout / instance.neurons, cnn_readout(instance) / instance.q
    ratio = () if mine.exact == 0 else (Quantity.of(cnn / mine, "the filter's over the neuron's"),)
    return (Quantity.of(mine, "mean of (dL/du_i)^2 by neuron"),
            Quantity.of(cnn, "||dL/du_i||^2 by filter of the CNN"), *ratio)


def _orbits(instance: Separation) -> str:
    average = instance.orbit_average
    methods = ", ".join(f"{count} by {method}" for method, count in sorted(average.methods.items()))
    return f"exact level weights of {average.distinct} different neurons out of {average.neurons}: {methods}"


def _drawn(instance: Separation, name: str) -> tuple[Quantity, ...]:
    """The squared norm of this very start's gradient: every entry is off by at most e, so the norm by √count·e."""
    from flint import arb, fmpq
    record, label = instance.first_record, "this start's own"
    computed, error, count = ((record.squared_filters_norm, record.filters_error, instance.neurons * instance.n)
                              if name == "filters" else
                              (record.squared_readout_norm, record.readout_error, instance.neurons))
    if not computed < inf:
        return ()  # the squares leave float64's range
    if error * error * count > 1e-6 * computed:
        # Where pre-activations lie on a kink the bound is as large as the gradient: then this is only a look.
        return (Quantity.floating(computed, label),)
    middle = Fraction(computed)
    # Squares below float64's range are lost.
    rounding = 2 * _UNIT * (count + 4) * middle + count * Fraction(1, 2**1022)

    def ball() -> arb:
        squared = arb(fmpq(middle.numerator, middle.denominator), fmpq(rounding.numerator, rounding.denominator))
        return (squared.sqrt() + arb(0, error) * arb(count).sqrt()) ** 2

    return (Quantity.of(Real(ball), label),)


# ------------------------------------------------------------------ the runs

def cnn_reaches(instance: Separation) -> Outcome:
    """The CNN's best run reaches the target."""
    instance.comparison("CNN")
    record, run = instance.reached, instance.best("CNN")
    if record is None or run is None:
        return _not_reached(instance, "CNN")
    return relation_outcome(
        Quantity.of(record.enclosed_loss, f"loss of the CNN after {steps_text(record.step)}, eta={run.eta}"), "<=",
        Quantity.of(instance.target, "target"), alternatives=(_accuracy("CNN", record),), method=_METHOD,
        note=_edge(instance, run))


def fcn_behind(instance: Separation) -> Outcome:
    """After as many steps no FCN of the grid is at the target."""
    record = instance.reached
    runs = instance.comparison("FCN").runs
    if record is None:
        return Outcome(Verdict.INCONCLUSIVE, note="there is nothing to be behind: the CNN did not reach the target")
    rows = [(run, found) for run in runs if (found := run.record(record.step)) is not None]
    if not rows:
        return Outcome(Verdict.INCONCLUSIVE, note=f"no run is in float64's range after {steps_text(record.step)}; take "
                                                  "smaller step sizes")
    target = Quantity.of(instance.target, "target")
    verdicts = [compare(Quantity.of(found.enclosed_loss), ">", target) for _, found in rows]
    run, lowest = min(rows, key=lambda row: row[1].loss - row[1].loss_error)
    verdict = next((each for each in (Verdict.REFUTED, Verdict.INCONCLUSIVE) if each in verdicts), Verdict.VERIFIED)
    label = f"least loss of the FCN after {steps_text(record.step)}, eta={run.eta}"
    return Outcome(
        verdict, Quantity.of(lowest.enclosed_loss, label), target, (_accuracy("FCN", lowest),), _METHOD,
        f"{grid_text(instance)}; {own_pace(instance)}",
        {"eta": str(run.eta), "step": str(record.step)} if verdict is Verdict.REFUTED else None)


def grid_text(instance: Separation) -> str:
    """For which step sizes the FCN is behind: those whose runs had by then left float64's range are named."""
    record = instance.reached
    gone = [abbreviate(run.eta, 20) for run in instance.done["FCN"].runs
            if record is None or run.record(record.step) is None]
    left = f" but {', '.join(gone)}, where float64's range was left" if gone else ""
    return f"for every eta of the grid{left}"


def own_pace(instance: Separation) -> str:
    """How the FCN fares in its own time, as computed in float64."""
    return _visit(instance) + _pace(instance)


def _visit(instance: Separation) -> str:
    """Where the FCN was at the target before the CNN, and was above it again by then."""
    limit = 0 if instance.reached is None else instance.reached.step
    runs = instance.done["FCN"].runs if "FCN" in instance.done else ()
    visits = [(step, run.eta) for run in runs
              for step, loss in enumerate(run.losses[:limit]) if loss <= instance.target]
    if not visits:
        return ""
    step, eta = min(visits)
    return f"before that the FCN was there for a moment, after {steps_text(step)} with eta={eta} (float64); "


def _pace(instance: Separation) -> str:
    run = instance.best("FCN")
    if run is None:
        return "none of the FCN's runs came to the end"
    settled = run.settled(instance.target)
    if settled is not None:
        return f"the FCN gets there, and stays, after {steps_text(settled)} with eta={run.eta} (float64)"
    return (f"within {steps_text(instance.steps)} the FCN does not get there and stay: its least final loss is "
            f"{upper_decimal(Fraction(run.losses[-1]), 4)}, with eta={run.eta} (float64)")


def all_final(instance: Separation) -> Outcome:
    """Where every network ends: the three that begin with windows at the target; the FCN for comparison."""
    rows, shown = [], []
    for name in NETWORKS:
        instance.comparison(name)
        run = instance.best(name)
        if run is None:
            return _not_reached(instance, name)
        last = run.records[-1]
        settled = run.settled(instance.target)
        pace = f"below the target from step {settled}" if settled is not None else "not settled"
        shown += [Quantity.of(last.enclosed_loss, f"final loss of the {name}, eta={run.eta}, {pace}"),
                  _accuracy(name, last)]
        if name != "FCN":
            rows.append((name, last))
    worst_name, worst = max(rows, key=lambda row: row[1].loss + row[1].loss_error)
    if decide(worst.enclosed_loss, "<=", instance.target) is not True:
        return _not_reached(instance, worst_name, tuple(shown))
    return relation_outcome(Quantity.of(worst.enclosed_loss, f"largest of CNN, LCN and eFCN, that of the {worst_name}"),
                            "<=", Quantity.of(instance.target, "target"), alternatives=tuple(shown), method=_METHOD,
                            note="; ".join(_limits(instance)))


def _limits(instance: Separation) -> list[str]:
    """What could not be saved."""
    return [limit for comparison in instance.done.values() for limit in comparison.limits]


_METHOD = ("population gradient descent in float64; the loss at the float64 parameters that it reached, by a bound on "
           "its rounding error")


def _not_reached(instance: Separation, name: str, shown: tuple[Quantity, ...] = ()) -> Outcome:
    run = instance.best(name)
    at = "" if run is None else f": its least final loss is {upper_decimal(Fraction(run.losses[-1]), 4)}, eta={run.eta}"
    return Outcome(Verdict.INCONCLUSIVE, alternatives=shown, method=_METHOD,
                   note="; ".join([f"the {name} does not reach the target in {steps_text(instance.steps)} on this "
                                   f"grid{at}; take more --steps or other --etas", *_limits(instance)]))


def steps_text(count: int) -> str:
    """Return a number of steps in words.

    Examples
    --------
    >>> steps_text(1), steps_text(20)
    ('1 step', '20 steps')
    """
    return "1 step" if count == 1 else f"{count} steps"


def _accuracy(name: str, record: ComparedRecord) -> Quantity:
    return Quantity.of(Fraction(record.least_accuracy), f"accuracy of the {name}, at least")


def _edge(instance: Separation, run: ComparedRun) -> str:
    """A hint where the best step size may lie beyond the grid."""
    is_edge = len(instance.grid) > 1 and run.eta in (instance.grid[0], instance.grid[-1])
    return f"the best step size, {run.eta}, is at the end of the grid" if is_edge else ""
