"""Lemma 6, steps 6 to 8: what a filter computes, the separator, and its norm."""
from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from theorycheck.claims import Outcome, Quantity, Verdict, relation_outcome
from theorycheck.errors import InstanceTooLarge, abbreviate
from theorycheck.rigor import Real, decide, nearest_decimal

if TYPE_CHECKING:
    from theorycheck.networks.rationals import RationalArray
    from theorycheck.statements.lemma6_instance import Lemma6

# 2^24 values of eight bytes; beyond, h = f on the cube follows from its window.
ENUMERATED = 24
# Pairs (sign pattern, window) written out; beyond, one of each Hamming distance is enough by symmetry.
PAIRS = 2**24


def activation(instance: Lemma6) -> Outcome:
    """Step 6: σ(<w,z>+b) = (1/k) 1{sign w = z} for every pair."""
    if instance.initialisation.name != "paper":
        return _given_activation(instance)
    from theorycheck.features.maps import level_values
    k = instance.k
    levels = level_values(instance.activation, k)
    wanted = [decide(level, "==", Fraction(int(m == 0), k)) for m, level in enumerate(levels)]
    counts = _pairs_at_distance(k)
    failing = next((m for m, answer in enumerate(wanted) if answer is not True), None)
    witness = {} if failing is None else {
        "sign w": "0", "z": str((1 << failing) - 1), "distance": str(failing),
        "sigma": nearest_decimal(levels[failing]), "wanted": str(Fraction(int(failing == 0), k))}
    holding = sum(count for count, answer in zip(counts, wanted) if answer is True)
    if failing is not None and all(answer is not False for answer in wanted):
        return Outcome(Verdict.INCONCLUSIVE, note=f"equality at distance {failing} is not decided")
    method = "every pair written out" if 4**k <= PAIRS else "the pre-activation (1-2m)/k at each Hamming distance m"
    return relation_outcome(Quantity.of(holding, "pairs for which it holds"), "==", Quantity.of(4**k, "all pairs"),
                            counterexample=witness, method=method)


def _pairs_at_distance(k: int) -> list[int]:
    """How many pairs (w, z) have k(<w,z>+b) = 1-2m, for m = 0…k: by writing all of them out where they are few."""
    if 4**k > PAIRS:
        from math import comb
        return [2**k * comb(k, m) for m in range(k + 1)]
    import numpy as np

    from theorycheck.cube.points import BooleanCube
    signs = BooleanCube(k).all_points().astype(np.int32)
    scaled = signs @ signs.T + (1 - k)
    return np.bincount((1 - scaled.ravel()) // 2, minlength=k + 1).tolist()


def _given_activation(instance: Lemma6) -> Outcome:
    from theorycheck.features.initialisation import GivenFilters
    from theorycheck.networks.evaluation import pre_activations
    assert isinstance(instance.filters, GivenFilters)
    first = pre_activations(instance.filters.exact_filters()[:1], instance.filters.exact_biases()[:1])
    for z, argument in enumerate(first.fractions()):
        value = instance.activation(argument)
        wanted = Fraction(int(z == instance.cells[0]), instance.k)
        if decide(value, "==", wanted) is False:
            return Outcome(Verdict.REFUTED, Quantity.of(value), Quantity.of(wanted),
                           counterexample={"filter": "1", "z": str(z), "sigma": nearest_decimal(value)},
                           note=f"the filters are drawn by 'init' {instance.parameters.init}, not from the sign grid")
    return Outcome(Verdict.INCONCLUSIVE, note="the first filter drawn happens to satisfy it")


def _outside(instance: Lemma6) -> str | None:
    """Why the separator does not exist in this draw, or None."""
    empty = (instance.multiplicities == 0).nonzero()[0]
    if empty.size:
        return (f"this draw is outside the event: no filter has sign pattern z={empty[0]}; no counterexample to the "
                "lemma, which allows it with probability delta")
    return None


def _unevaluated(instance: Lemma6) -> Outcome | None:
    """The outcome of a step that needs exact values of the activation, where there are none."""
    note = f"{instance.activation.name} does not map rationals to rationals, and this step is decided in rationals only"
    return None if instance.activation.is_rational else Outcome(Verdict.INCONCLUSIVE, note=note)


def every_pattern(instance: Lemma6) -> Outcome:
    """Step 7, for all 2^(2^k) patterns at once: u*_i = (k/m_z) g(z) gives h = g on the window."""
    hidden = _hidden_window(instance)
    if hidden:
        return Outcome(Verdict.REFUTED, counterexample={"f": f"x_{instance.n}", "why": hidden})
    reason = _outside(instance)
    if reason:
        return Outcome(None, note=reason)
    if unevaluated := _unevaluated(instance):
        return unevaluated
    from theorycheck.features.evaluation import unseparated_cells
    wrong = unseparated_cells(instance.responses, instance.multiplicities, instance.k)
    rows = (2**instance.k)**2
    witness = {} if wrong is None else {"pattern": f"-1 at z={wrong[0]} only, or +1 everywhere", "z": str(wrong[1])}
    failing = 0 if wrong is None else _wrong_entries(instance)
    return relation_outcome(
        Quantity.of(rows - failing, "entries (c,z) with (k/m_c) sum_{i in J_c} sigma(<w_i,z>+b_i) = 1{c=z}"), "==",
        Quantity.of(rows), counterexample=witness,
        method=f"Definition 1 on each of the {instance.q} drawn filters; every pattern follows by linearity",
        note=f"all 2^{2**instance.k} patterns on this window are separated" if wrong is None else "")


def _wrong_entries(instance: Lemma6) -> int:
    scale = instance.responses.denominator
    table = instance.responses.numerators.astype(object) * instance.k
    return sum(int(table[c, z]) != (int(m) * scale if c == z else 0)
               for c, m in enumerate(instance.multiplicities) for z in range(2**instance.k))


def _hidden_window(instance: Lemma6) -> str | None:
    """Why the pattern's window is missing from the network, or None."""
    if instance.pattern.offset < instance.window_count:
        return None
    return f"the paper's sum ends at window n-k={instance.window_count}, so h does not depend on x_{instance.n}"


def separator(instance: Lemma6) -> Outcome:
    """Step 7 for the chosen pattern: h = f at every input of the cube, by Definition 1 on the drawn filters."""
    reason = _hidden_window(instance)
    if reason:
        return _unseen(instance, reason)
    reason = _outside(instance)
    if reason:
        return Outcome(None, note=reason)
    if unevaluated := _unevaluated(instance):
        return unevaluated
    table = _pattern_table(instance)
    if instance.n > ENUMERATED:
        agree = sum(value == int(g) for value, g in zip(table.fractions(), instance.pattern.table))
        return relation_outcome(
            Quantity.of(agree, "windows z with h=g"), "==", Quantity.of(2**instance.k, "all windows"),
            method="Definition 1 on the drawn filters, at the 2^k contents of the window",
            note=f"h = f on all 2^{abbreviate(instance.n)} inputs follows from the window: u^(j)=0 at every other"
                 + _pattern_note(instance))
    return _compare_on_cube(instance, table)


def _pattern_note(instance: Lemma6) -> str:
    """What a reader cannot see from the pattern's name: a random table, and how many values are ties."""
    notes = []
    if instance.parameters.pattern == "random":
        notes.append(f"; the pattern drawn is {abbreviate(instance.pattern.to_hex())}")
    if instance.pattern.tie_count:
        notes.append(f"; {instance.pattern.tie_count} of the {2**instance.k} values are ties, decided as "
                     f"{instance.parameters.tie}")
    return "".join(notes)


def _pattern_table(instance: Lemma6) -> RationalArray:
    """T[z] of the separator, through every drawn filter."""
    from theorycheck.features.evaluation import drawn_window_table
    from theorycheck.features.initialisation import SignGridFilters
    readouts = [Fraction(instance.k * int(g), int(m)) for g, m in zip(instance.pattern.table, instance.multiplicities)]
    if isinstance(instance.filters, SignGridFilters):
        return drawn_window_table(instance.filters, instance.activation, instance.cells, readouts,
                                  instance.settings.threads)
    from theorycheck.networks.rationals import integer_product, rational_array
    u = rational_array([readouts], "readouts")
    product = integer_product(u.numerators, instance.responses.numerators)[0]
    return type(u)(product, u.denominator * instance.responses.denominator).reduced()


def _compare_on_cube(instance: Lemma6, table: RationalArray) -> Outcome:
    import numpy as np

    from theorycheck.networks.evaluation import window_sums
    tables = np.zeros((instance.window_count, 2**instance.k), dtype=table.numerators.dtype)
    tables[instance.pattern.offset] = table.numerators
    h = window_sums(type(table)(tables, table.denominator), instance.n)
    f = instance.pattern.truth_table().values
    # f times the denominator need not fit 64 bits; a comparison with an integer beyond them is right all the same.
    wrong = np.flatnonzero(np.where(f > 0, h.numerators != h.denominator, h.numerators != -h.denominator))
    witness = {} if not wrong.size else {"x": f"input {wrong[0]}", "h": str(h[int(wrong[0])]), "f": str(f[wrong[0]])}
    return relation_outcome(Quantity.of(f.size - wrong.size, "inputs with h=f"), "==",
                            Quantity.of(f.size, "all inputs"), counterexample=witness,
                            method="Definition 1 on the drawn filters, summed over all windows at every input",
                            note=_pattern_note(instance).removeprefix("; "))


def _unseen(instance: Lemma6, reason: str) -> Outcome:
    g, last = instance.pattern.table, 1 << (instance.k - 1)
    differing = [z for z in range(last) if g[z] != g[z | last]]
    if not differing:
        return Outcome(None, note=f"{reason}; this pattern does not depend on it either")
    z = differing[0] << instance.pattern.offset
    x = (z, z | last << instance.pattern.offset)
    return Outcome(Verdict.REFUTED, note=reason, method="two inputs that differ in the last variable only",
                   counterexample={"inputs": f"{x[0]} and {x[1]}", "f": "differs", "h": "equal for every readout"})


def norm(instance: Lemma6) -> Outcome:
    """Step 8: ‖u*‖² = k² Σ 1/m_z <= 2·4^k k²/q on the event."""
    reason = _outside_norm(instance)
    if reason:
        return Outcome(None, note=reason)
    lhs = Quantity.of(instance.squared_norm, "||u*||^2, exactly")
    return relation_outcome(
        lhs, "<=", Quantity.of(instance.bound("sharp_squared_norm_bound")),
        alternatives=(Quantity.of(instance.bound("sharper_squared_norm_bound"), "sharper on the event"),
                      Quantity.of(instance.bound("squared_norm_lower_bound"), "least for any draw of q filters"),
                      Quantity.of(Real(2**instance.k * instance.k), "||u*||_1, for every draw")),
        method="the drawn multiplicities")


def stated_norm(instance: Lemma6) -> Outcome:
    """The conclusion: ‖u*‖ <= 2^(k+1) k/√q."""
    reason = _outside_norm(instance)
    if reason:
        return Outcome(None, note=reason)
    return relation_outcome(Quantity.of(Real(instance.squared_norm).sqrt(), "||u*||"), "<=",
                            Quantity.of(instance.bound("norm_bound")),
                            alternatives=(Quantity.of(instance.bound("sharp_norm_bound"), "with sqrt(2) for 2"),),
                            method="the drawn multiplicities")


def _outside_norm(instance: Lemma6) -> str | None:
    if instance.is_in_event:
        return None
    least = int(instance.multiplicities.min())
    return (f"this draw is outside the event (a cell holds {least}, half the mean is {instance.mean / 2}); "
            "no counterexample to the lemma, which allows it with probability delta")


def minimum_norm(instance: Lemma6) -> Outcome:
    """Beyond the paper: over all windows the separator of least norm is no longer than u*."""
    reason = _hidden_window(instance) or _outside(instance)
    if reason:
        return Outcome(None, note=reason)
    if unevaluated := _unevaluated(instance):
        return unevaluated
    from theorycheck.features.all_windows import minimum_norm_over_all_windows
    from theorycheck.features.maps import features_of
    from theorycheck.features.separators import NoSeparator
    try:
        least = minimum_norm_over_all_windows(features_of(instance.activation, instance.filters),
                                              instance.pattern.table, instance.n, instance.pattern.offset,
                                              instance.parameters.windows)
    except InstanceTooLarge as error:
        return Outcome(None, note=f"declined: {error}")
    if isinstance(least, NoSeparator):
        return Outcome(None, note="no readout over any windows gives h=f with these features")
    # u* is one of the separators: an enclosure whose upper end lies beyond is cut at its norm, and refutes nothing.
    cut = _is_canonical(instance) and least.lower <= instance.squared_norm
    upper = min(least.upper, instance.squared_norm) if cut else least.upper
    lhs = Quantity.of(upper, "least ||u||^2 over all windows" + ("" if least.is_exact else ", upper end"))
    lower = () if least.is_exact else (Quantity.of(least.lower, "lower end"),)
    if not _is_canonical(instance):
        return Outcome(None, lhs, alternatives=lower, note="u* does not give h=f with these features")
    method = {"exact": "the rational system in Fourier coordinates",
              "balanced": "its closed form, as all m_z are equal", "enclosed": "a certified enclosure"}[least.method]
    return relation_outcome(lhs, "<=", Quantity.of(instance.squared_norm, "||u*||^2"), alternatives=lower,
                            method=method, note="within its own window u* is the shortest")


def _is_canonical(instance: Lemma6) -> bool:
    """Whether u* is a separator: the paper's grid, and an activation that meets the conditions."""
    from theorycheck.features.maps import indicator_failures
    return instance.initialisation.name == "paper" and not indicator_failures(instance.activation, instance.k)
