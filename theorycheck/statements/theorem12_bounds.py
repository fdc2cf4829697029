"""Theorem 12's two bounds beside the mean of the gradient: stated, printed, sharp, exact; and where they meet."""
from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from theorycheck.claims import Outcome, Quantity, Verdict, relation_outcome
from theorycheck.errors import InstanceTooLarge
from theorycheck.rigor import Real, decide
from theorycheck.statements.theorem12_instance import Theorem12
from theorycheck.statements.theorem12_margins import bounded_above, margin, true_mean
from theorycheck.statements.theorem12_small import joined

if TYPE_CHECKING:
    from theorycheck.orbits.averages import OrbitAverage

# Waves have at most so many kinks.
_MOST_KINKS = 10**4
_FILTERS, _READOUT = "E||dL/dW||^2", "E||dL/du||^2"


def mean_of(instance: Theorem12, kind: str) -> Quantity | None:
    """Return E‖∂L/∂W‖² (``filters``) or E‖∂L/∂u‖² (``readout``) at hinge slope 1: exact, or an interval from draws.

    Where the orbits have constants of their own, ``readout`` is the mean of ‖∂L/∂u‖²/c(w)².  The range that the
    interval rests on is the sharp bound of one orbit, which is proved, for the slopes and values that σ really has;
    None where they are not known.
    """
    if kind not in instance.means:
        instance.means[kind] = _mean_of(instance, kind)
    return instance.means[kind]


def _mean_of(instance: Theorem12, kind: str) -> Quantity | None:
    label, factor = (_FILTERS, instance.squared_readouts) if kind == "filters" else (_READOUT, Real(instance.q))
    if instance.is_exact:
        return Quantity.of(getattr(instance.orbits[0].average, kind) * factor, label)
    from theorycheck.probability.betting_intervals import betting_interval
    if kind == "readout" and instance.has_own_constants:
        label += "/c(w)^2"
    # With a bound c for all draws it is rational, and so are the readouts.
    largest = _largest(instance, kind)
    if largest is None:
        return None
    most, scale = largest.exact, factor.exact
    assert most is not None and scale is not None
    interval = betting_interval(_values(instance, kind), instance.parameters.level, 0, most)
    return Quantity.statistical(interval.lower * scale, interval.upper * scale, interval.level, label)


def _values(instance: Theorem12, kind: str) -> list[Real]:
    """The exact mean over each drawn orbit, for one neuron with u = 1."""
    values = [getattr(orbit.average, kind) for orbit in instance.orbits]
    if kind == "readout" and instance.has_own_constants:
        constants = [orbit.constant for orbit in instance.orbits]
        values = [value / (constant * constant) if constant is not None else value
                  for value, constant in zip(values, constants)]
    return values


def _largest(instance: Theorem12, kind: str) -> Real | None:
    """What one orbit's mean is at most, whether or not |σ'| <= 1 and |σ| <= c; None where that is not known."""
    if kind == "filters":
        lipschitz = instance.activation.lipschitz
        bound = instance.bound("sharp_filter_gradient_bound", q=1)
        return None if lipschitz is None else bound * max(Fraction(1), lipschitz)**2
    if instance.has_own_constants:
        return instance.bound("readout_gradient_bound", q=1, c=1)
    reach, c = instance.largest_value, instance.c
    if reach is None or c is None:
        return None
    return instance.bound("readout_gradient_bound", q=1, c=reach if decide(reach, ">", c) else c)


def _largest_anywhere(instance: Theorem12, kind: str) -> Real | None:
    """What the mean at slope 1 is at most, for the whole network; W^{=k}[σ] <= ‖w‖²/k by its influence."""
    one, norm = _largest(instance, kind), instance.law.squared_norm_bound(instance.n)
    if one is None or kind == "filters":
        return None if one is None else one * instance.squared_readouts
    most = one * instance.q
    if norm is None:
        return most
    other = instance.bound("readout_gradient_mean", W_value=norm / instance.k)
    return other if decide(other, "<", most) else most


def below(instance: Theorem12, kind: str, bound: Quantity, others: tuple[Quantity, ...], proof: str) -> Outcome:
    """Compare the mean with a bound; where it cannot be computed, or is equal as far as balls tell, the proof decides.

    Parameters
    ----------
    instance : Theorem12
    kind : str
        ``filters`` or ``readout``.
    bound : Quantity
    others : tuple of Quantity
        To show beside.
    proof : str
        The proposition that bounds the mean of any orbit with |σ'| <= 1, |σ| <= c.
    """
    if instance.obstacle:
        return _by_proof(instance, kind, bound, others, proof, f"the mean itself is not computed: {instance.obstacle}")
    found = mean_of(instance, kind)
    if found is None:
        return Outcome(Verdict.INCONCLUSIVE, rhs=bound, alternatives=others, method=instance.method,
                       note="no range of one orbit's mean is known, and without one the draws say nothing")
    mean = true_mean(instance, kind, found)
    note = joined(_mean_note(instance), mean.note)
    if mean.quantity is None:
        return Outcome(Verdict.INCONCLUSIVE, rhs=bound, alternatives=others, method=instance.method, note=note)
    outcome = relation_outcome(mean.quantity, "<=", bound, alternatives=others + _kinks(instance),
                               method=instance.method, note=note, counterexample=_witness(instance))
    if mean.is_bound:
        # An upper end above the bound refutes nothing.
        return outcome if outcome.verdict in (Verdict.VERIFIED, Verdict.CONSISTENT) else replace(
            outcome, verdict=Verdict.INCONCLUSIVE, counterexample=None, note=f"{note}; with --gamma 1 it is decided")
    if outcome.verdict is Verdict.INCONCLUSIVE:
        return replace(_by_proof(instance, kind, bound, others, proof, "equal as far as the enclosures tell"),
                       lhs=mean.quantity)
    return outcome


def _witness(instance: Theorem12) -> dict[str, str]:
    slope = {} if instance.largest_output is not None and decide(instance.largest_output, "<", 1) else {
        "gamma": str(instance.gamma)}
    return {"seed": str(instance.settings.seed), **slope}


def _by_proof(instance: Theorem12, kind: str, bound: Quantity, others: tuple[Quantity, ...], proof: str,
              note: str) -> Outcome:
    from theorycheck.bounds.certificates import check_certificate
    from theorycheck.bounds.theorem12_proofs import certificate
    is_met = instance.meets_the_constants and check_certificate(certificate(proof))
    verdict = Verdict.PROVED if is_met else Verdict.INCONCLUSIVE
    found = margin(instance)
    if is_met and (found is None or found.expected):
        # What is proved is for a hinge of slope 1.
        most = _largest_anywhere(instance, kind)
        upper = None if most is None else bounded_above(instance, kind, most)
        is_below = upper is not None and bound.value is not None and decide(upper, "<=", bound.value)
        verdict = Verdict.VERIFIED if is_below else Verdict.INCONCLUSIVE
        note = joined(note, "" if is_below else "where |h|>=1 the hinge's slope is not 1; with --gamma 1 and |h|<=1 it "
                                                "is decided")
    return Outcome(verdict, rhs=bound, alternatives=others, method=f"for every orbit, by the certificate '{proof}'",
                   note=note)


def _mean_note(instance: Theorem12) -> str:
    if instance.is_exact:
        return (f"the mean over all {instance.n}! permutations of the weights, which is that of the law; "
                f"{instance.method}")
    own = ", c(w) the largest |sigma| of the neuron itself" if instance.has_own_constants else ""
    known = "" if instance.law.is_invariant else ", which is that of the gradient only if the law is invariant"
    return (f"a betting interval for the mean over {len(instance.orbits)} independent orbits, each averaged over all "
            f"permutations{known}{own}; {instance.method}")


def _kinks(instance: Theorem12) -> tuple[Quantity, ...]:
    kinks = instance.orbits[0].average.levels.kinks
    return () if kinks is None or not instance.is_exact else (
        Quantity.of(kinks, "points of the cube on a kink of sigma"),)


def _case(instance: Theorem12) -> str:
    return "all" if instance.k == instance.n else "few" if instance.n >= 2 * instance.k else "many"


def _filter_bounds(instance: Theorem12) -> dict[str, Quantity]:
    """The bounds of (i) as stated for any |u_i| <= 1, and the sharp one for these readouts."""
    names = {
        "sharp": ("sharp_filter_gradient_bound", "sharp, q max(n-k+1,(k+1)1{k<n})/C(n,k)"),
        "stated": ("filter_gradient_bound", "stated, q n min{1/C(n-1,k), 1/C(n-1,k-1)}"),
        "printed": ("printed_filter_gradient_bound", "printed proof, 2 q n/C(n,k)")}
    return {key: Quantity.of(instance.bound(name), label) for key, (name, label) in names.items()}


def sharp_filters(instance: Theorem12) -> Outcome:
    """(i), sharp."""
    bounds = _filter_bounds(instance)
    return below(instance, "filters", bounds["sharp"], (bounds["stated"], bounds["printed"]),
                 f"mean_below_sharp_{_case(instance)}")


def stated_filters(instance: Theorem12) -> Outcome:
    """(i), as stated; it says nothing where it is not below q, which bounds ‖∂L/∂W‖² by itself."""
    bounds = _filter_bounds(instance)
    outcome = below(instance, "filters", bounds["stated"], (bounds["sharp"], bounds["printed"]),
                    f"mean_below_sharp_{_case(instance)}")
    if outcome.verdict is not None and outcome.verdict.holds and decide(bounds["stated"].value or 0, ">=", instance.q):
        note = f"{outcome.note}; Bessel's inequality alone gives ||dL/dW||^2 <= q={instance.q}"
        return replace(outcome, verdict=Verdict.VACUOUS, note=note)
    return outcome


def sharp_below_stated(instance: Theorem12) -> Outcome:
    """The sharp bound is at most the stated one."""
    bounds = _filter_bounds(instance)
    return relation_outcome(bounds["sharp"], "<=", bounds["stated"], method="integers; proved for all n and k")


def stated_below_printed(instance: Theorem12) -> Outcome:
    """The stated bound is at most what the printed proof gives."""
    bounds, n, k = _filter_bounds(instance), instance.n, instance.k
    outcome = relation_outcome(bounds["stated"], "<=", bounds["printed"], method="integers; proved for all n and k")
    if k == n or bounds["printed"].value is None:
        return outcome
    added = (n - k) / instance.bound("sets_without_bound") + k / instance.bound("sets_with_bound")
    total = Quantity.of(added * instance.q, "the proof's bounds of the n coordinates, added up")
    if decide(added * instance.q, "!=", bounds["printed"].value) is True:
        return replace(outcome, verdict=Verdict.REFUTED, alternatives=(total,),
                       counterexample={"n": str(n), "k": str(k)})
    return replace(outcome, alternatives=(total,))


def stated_readout(instance: Theorem12) -> Outcome:
    """(ii), as stated."""
    if instance.c is None and not instance.is_understood:
        return Outcome(Verdict.INCONCLUSIVE, note=f"no bound on |{instance.activation.name}| is known and none was "
                                                  "given; give --c")
    if instance.has_own_constants:
        bound = Quantity.of(instance.bound("readout_gradient_bound", c=1), "q/C(n,k), for c(w) of each neuron")
        return below(instance, "readout", bound, (), "readout")
    assert instance.c is not None
    bound = Quantity.of(instance.bound("readout_gradient_bound"), "stated, c^2 q/C(n,k)")
    return below(instance, "readout", bound, (Quantity.of(instance.c, "c"),), "readout")


def _case_within_reach(instance: Theorem12) -> tuple[int, int, str]:
    """The n and k of an equality case: the instance's, or fewer bits in its proportions where a wave has no more."""
    n, k = instance.n, instance.k
    if k < _MOST_KINKS:
        return n, k, ""
    small = _MOST_KINKS // 10
    size = small + -(-(n - k) * small // k)
    return size, small, f"n={size}, k={small} in place of n={n}, k={k}"


def _parity_average(instance: Theorem12, activation: str, size: int, n: int, k: int) -> OrbitAverage:
    """The orbit of the indicator of ``size`` of n bits."""
    import numpy as np

    from theorycheck.networks.rationals import RationalArray
    from theorycheck.neurons.neuron import read_neuron
    from theorycheck.orbits.averages import orbit_average
    weights = RationalArray((np.arange(n) < size).astype(np.int64), 1)
    return orbit_average(read_neuron(weights, 0, activation), k, threads=instance.settings.threads)


def attained_filters(instance: Theorem12) -> Outcome:
    """The sharp bound of (i) is attained where σ' is the parity of k-1 or k+1 random bits."""
    (n, k, note), q = _case_within_reach(instance), instance.q
    size = k - 1 if n - k + 1 >= k + 1 or k == n else k + 1
    average = _parity_average(instance, f"triangle:{size}", size, n, k)
    others: tuple[Quantity, ...] = ()
    try:
        cosine = _parity_average(instance, f"cosine:{size}", size, n, k)
        others = (Quantity.of(cosine.filters * q, f"the same with cosine:{size}"),)
        agrees = decide(cosine.filters, "!=", average.filters) is not True
    except InstanceTooLarge:
        agrees = True
    sharp = Quantity.of(instance.bound("sharp_filter_gradient_bound", n=n, k=k),
                        "sharp, q max(n-k+1,(k+1)1{k<n})/C(n,k)")
    outcome = relation_outcome(
        Quantity.of(average.filters * q, f"E||dL/dW||^2 of triangle:{size} on {size} random bits"), "==", sharp,
        alternatives=others, method=average.levels.method,
        note=joined(f"w uniform over the indicators of {size} bits, b=0, neurons in pairs u=+-1, so that h=0", note),
        counterexample={"activation": f"triangle:{size}", "weights": f"parity:{size}"})
    return outcome if agrees else replace(outcome, verdict=Verdict.REFUTED,
                                          counterexample={"activation": f"cosine:{size}"})


def attained_readout(instance: Theorem12) -> Outcome:
    """The bound of (ii) is attained where σ is the parity of k random bits, c=1."""
    n, k, note = _case_within_reach(instance)
    average = _parity_average(instance, f"peaks:{k}", k, n, k)
    return relation_outcome(
        Quantity.of(average.readout * instance.q, f"E||dL/du||^2 of peaks:{k} on {k} random bits"), "==",
        Quantity.of(instance.bound("readout_gradient_bound", n=n, k=k, c=1), "c^2 q/C(n,k) with c=1"),
        method=average.levels.method,
        note=joined(f"w uniform over the indicators of {k} bits, b=0, |sigma| <= 1", note),
        counterexample={"activation": f"peaks:{k}", "weights": f"parity:{k}"})


def loss_of_the_statement(instance: Theorem12) -> Outcome:
    """The statement gives away less than a factor 4, for k < n."""
    if instance.k == instance.n:
        return Outcome(None, note="for k=n the stated bound is n times the sharp one")
    bounds = _filter_bounds(instance)
    assert bounds["sharp"].value is not None
    return relation_outcome(bounds["stated"], "<", Quantity.of(bounds["sharp"].value * Fraction(4), "4 times sharp"),
                            method="integers; proved for all k < n")
