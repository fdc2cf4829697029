"""The bounds beside the mean: exact, sampled, out of reach; where they are attained; a bound scaled down is noticed."""
from dataclasses import replace
from fractions import Fraction
from math import comb

import pytest

from theorycheck.bounds import theorem12 as formulas
from theorycheck.claims import Evidence, Settings, Verdict
from theorycheck.rigor import Real, decide
from theorycheck.statements import theorem12_bounds
from theorycheck.statements.theorem12 import Theorem12Parameters
from theorycheck.statements.theorem12_instance import Theorem12

VERIFIED, REFUTED, PROVED = Verdict.VERIFIED, Verdict.REFUTED, Verdict.PROVED
CONSISTENT, VACUOUS = Verdict.CONSISTENT, Verdict.VACUOUS


def theorem12(seed=0, **values):
    return Theorem12(Theorem12Parameters.from_values({"n": 6, "k": 2, "q": 2, **values}), Settings(seed))


def test_the_golden_mean_beside_the_three_bounds():
    # n=6, k=2, all weights 1: 27/512 and 9/256 for one neuron, here two.
    outcome = theorem12_bounds.stated_filters(theorem12(weights="orbit:1,1,1,1,1,1"))
    assert outcome.verdict is VERIFIED and outcome.lhs.value.exact == Fraction(27, 256)
    assert outcome.rhs.value.exact == Fraction(12, 10)
    shown = {entry.label.split(",")[0]: entry.value.exact for entry in outcome.alternatives}
    assert shown["sharp"] == Fraction(2, 3) and shown["printed proof"] == Fraction(24, 15)
    assert shown["points of the cube on a kink of sigma"] == comb(6, 3)
    outcome = theorem12_bounds.stated_readout(theorem12(weights="orbit:1,1,1,1,1,1"))
    assert outcome.lhs.value.exact == Fraction(9, 128) and outcome.rhs.value.exact == Fraction(36 * 2, 15)


@pytest.mark.parametrize("readout, share", [("pairs", 2), ("zero", 0), ("ones", 2), ("1/q", Fraction(1, 72))])
def test_readouts_scale_the_filters_only(readout, share):
    instance = theorem12(weights="orbit:1,1,1,1,1,1", readout=readout)  # c = 6
    assert theorem12_bounds.mean_of(instance, "filters").value.exact == Fraction(27, 512) * share
    assert theorem12_bounds.mean_of(instance, "readout").value.exact == Fraction(9, 128)


@pytest.mark.parametrize("weights, own", [("gaussian", True), ("uniform", False), ("gaussian:1", True)])
def test_drawn_orbits_give_an_interval(weights, own):
    instance = theorem12(n=8, k=3, weights=weights, draws=30)
    assert instance.has_own_constants is own
    for step in ("sharp_filters", "stated_filters", "stated_readout"):
        outcome = getattr(theorem12_bounds, step)(instance)
        assert outcome.verdict is CONSISTENT and outcome.lhs.evidence is Evidence.STATISTICAL
        assert outcome.lhs.level == Fraction(99, 100) and "30 independent orbits" in outcome.note
    assert ("c(w)" in theorem12_bounds.stated_readout(instance).note) is own


def test_the_interval_covers_the_mean_of_many_draws():
    # Two laws with known means: a fixed orbit read through a user's sampler, whose draws all have the same average.
    law = theorem12(n=6, weights="sampler:orbit_samplers:shuffled_ones", draws=40)
    interval = theorem12_bounds.mean_of(law, "filters").interval
    assert interval[0] <= Fraction(27, 256) <= interval[1] and interval[1] < Fraction(2, 3)


@pytest.mark.parametrize("weights", ["uniform", "gaussian"])
def test_the_interval_is_that_of_the_orbits_room(weights):
    # Written apart from it, from the same draws: one neuron's interval times q.
    from theorycheck.orbits.sampled_averages import expected_orbit_average
    instance = theorem12(n=7, k=3, weights=weights, draws=12)
    expected = expected_orbit_average(instance.law, 7, 3, rng=instance.rng("weights"), draws=12).filters.interval
    assert theorem12_bounds.mean_of(instance, "filters").interval == (2 * expected.lower, 2 * expected.upper)


@pytest.mark.parametrize("values, most", [
    ({"activation": "leaky_relu:3"}, 9), ({"activation": "leaky_relu:1/2"}, 1), ({"activation": "zero"}, 1)], ids=str)
def test_the_range_of_an_orbit_is_that_of_the_slopes_it_has(values, most):
    # The sharp bound of slopes at most 1 would promise what steeper ones do not keep.
    instance = theorem12(n=8, k=1, weights="gaussian", draws=5, **values)
    assert theorem12_bounds._largest(instance, "filters").exact == most * Fraction(8, 8)
    assert theorem12_bounds.mean_of(instance, "filters").interval[1] <= 2 * most


def test_draws_that_break_a_hypothesis_are_never_consistent():
    steep = theorem12(n=8, k=1, weights="gaussian", draws=5, activation="leaky_relu:5")
    assert theorem12_bounds.sharp_filters(steep).verdict is Verdict.INCONCLUSIVE
    low = theorem12(n=8, k=1, weights="uniform", draws=5, c="1/100")
    assert theorem12_bounds.stated_readout(low).verdict is Verdict.INCONCLUSIVE
    unbounded = theorem12(weights="gaussian", c="1/100", draws=5)
    for unknown, step in ((unbounded, theorem12_bounds.stated_readout),
                          (theorem12(weights="gaussian", activation="square", draws=5),
                           theorem12_bounds.sharp_filters)):
        outcome = step(unknown)
        assert outcome.verdict is Verdict.INCONCLUSIVE and "no range of one orbit's mean is known" in outcome.note


@pytest.mark.parametrize("n, k", [(6, 2), (6, 5), (9, 9), (1, 1), (5000, 2000)])
def test_the_printed_bound_is_the_sum_of_its_coordinates(monkeypatch, n, k):
    outcome = theorem12_bounds.stated_below_printed(theorem12(n=n, k=k))
    assert outcome.verdict is VERIFIED
    assert [entry.value.exact for entry in outcome.alternatives] == ([outcome.rhs.value.exact] if k < n else [])
    original = formulas.printed_filter_gradient_bound
    monkeypatch.setattr(formulas, "printed_filter_gradient_bound", lambda: original() * 2)
    assert theorem12_bounds.stated_below_printed(theorem12(n=n, k=k)).verdict is (REFUTED if k < n else VERIFIED)


@pytest.mark.parametrize("n, k, size", [(20000, 15000, 1334), (10003, 10002, 1001), (30000, 30000, 1000),
                                        (10**5, 10**4, 10**4)])
def test_more_bits_than_a_wave_has_are_fewer_in_proportion(n, k, size):
    instance = theorem12(n=n, k=k)
    for step in (theorem12_bounds.attained_filters, theorem12_bounds.attained_readout):
        outcome = step(instance)
        assert outcome.verdict is VERIFIED and f"n={size}, k=1000 in place of n={n}, k={k}" in outcome.note
    # Just below, the instance itself.
    assert theorem12_bounds._case_within_reach(theorem12(n=2 * 10**4, k=9999)) == (20000, 9999, "")


def test_a_mean_is_computed_once():
    instance = theorem12(n=6, weights="uniform", draws=5)
    assert theorem12_bounds.mean_of(instance, "filters") is theorem12_bounds.mean_of(instance, "filters")


@pytest.mark.parametrize("n, k, case", [(60, 5, "few"), (60, 50, "many"), (60, 60, "all")])
def test_out_of_reach_the_certificate_decides(n, k, case):
    instance = theorem12(n=n, k=k, weights="gaussian")
    outcome = theorem12_bounds.sharp_filters(instance)
    assert outcome.verdict is PROVED and outcome.lhs is None and f"mean_below_sharp_{case}" in outcome.method
    assert theorem12_bounds.stated_readout(instance).verdict is PROVED
    assert theorem12_bounds.stated_filters(instance).verdict is (VACUOUS if k == n else PROVED)


@pytest.mark.parametrize("values", [{"activation": "leaky_relu:3"}, {"weights": "sampler:orbit_samplers:gaussian"},
                                    {"activation": "clip:-2,2", "c": "1"}], ids=str)
def test_out_of_reach_and_a_hypothesis_not_known_is_inconclusive(values):
    # |sigma'| above 1, or a law that is not known to be invariant; a wrong c matters to (ii) only.
    instance = theorem12(**{"n": 60, "k": 5, "weights": "gaussian", **values})
    assert theorem12_bounds.stated_readout(instance).verdict is Verdict.INCONCLUSIVE


def test_without_a_valid_certificate_nothing_is_proved(monkeypatch):
    from theorycheck.bounds import certificates
    monkeypatch.setattr(certificates, "check_certificate", lambda certificate: False)
    instance = theorem12(n=60, k=5, weights="gaussian")
    assert theorem12_bounds.sharp_filters(instance).verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("n, k", [(5, 1), (5, 2), (5, 3), (5, 4), (5, 5), (1, 1), (2, 1), (40, 3), (40, 37)])
def test_attained(n, k):
    instance = theorem12(n=n, k=k)
    filters, readout = theorem12_bounds.attained_filters(instance), theorem12_bounds.attained_readout(instance)
    assert filters.verdict is readout.verdict is VERIFIED
    assert filters.lhs.value.exact == 2 * Fraction(max(n - k + 1, k + 1 if k < n else 0), comb(n, k))
    assert readout.lhs.value.exact == Fraction(2, comb(n, k))
    assert all(decide(entry.value, "!=", filters.lhs.value) is not True for entry in filters.alternatives)


@pytest.mark.parametrize("n, k", [(16, 4), (16, 12), (16, 16), (3, 1)])
def test_the_bounds_among_themselves(n, k):
    instance = theorem12(n=n, k=k)
    assert theorem12_bounds.sharp_below_stated(instance).verdict is VERIFIED
    assert theorem12_bounds.stated_below_printed(instance).verdict is VERIFIED
    assert theorem12_bounds.loss_of_the_statement(instance).verdict is (None if k == n else VERIFIED)


@pytest.mark.parametrize("n, k, expected", [(16, 4, VERIFIED), (16, 1, VACUOUS), (16, 15, VACUOUS), (16, 16, VACUOUS)])
def test_a_bound_that_bessel_gives_too_is_vacuous(n, k, expected):
    assert theorem12_bounds.stated_filters(theorem12(n=n, k=k)).verdict is expected


# Negative controls.

@pytest.mark.parametrize("name, step", [
    ("sharp_filter_gradient_bound", "attained_filters"), ("readout_gradient_bound", "attained_readout"),
    ("sharp_filter_gradient_bound", "sharp_filters"), ("filter_gradient_bound", "sharp_below_stated"),
    ("printed_filter_gradient_bound", "stated_below_printed"), ("readout_gradient_bound", "stated_readout"),
    ("filter_gradient_bound", "stated_filters")])
def test_a_bound_scaled_down_is_noticed(monkeypatch, name, step):
    original = getattr(formulas, name)
    monkeypatch.setattr(formulas, name, lambda: original() / 1000)
    # The mean at this orbit is 27/256 of 2/3 for the filters and 9/128 of 24/5 for the readout.
    assert getattr(theorem12_bounds, step)(theorem12(weights="orbit:1,1,1,1,1,1")).verdict is REFUTED


def test_a_statement_that_gives_away_more_is_noticed(monkeypatch):
    original = formulas.filter_gradient_bound
    monkeypatch.setattr(formulas, "filter_gradient_bound", lambda: original() * 4)
    assert theorem12_bounds.loss_of_the_statement(theorem12()).verdict is REFUTED


def test_k_swapped_with_n_minus_k_is_noticed():
    instance = theorem12(n=7, k=2, weights="parity:1", activation="triangle:1")
    swapped = theorem12(n=7, k=6, weights="parity:1", activation="triangle:1")
    instance.__dict__["orbits"] = tuple(
        replace(orbit, average=replace(orbit.average, filters=Real(Fraction(7, 7)))) for orbit in swapped.orbits)
    assert theorem12_bounds.sharp_filters(instance).verdict is REFUTED


def test_a_cosine_that_disagrees_is_noticed(monkeypatch):
    original = theorem12_bounds._parity_average

    def wrong(instance, activation, size, n, k):
        return original(instance, activation.replace("cosine", "peaks"), size, n, k)

    monkeypatch.setattr(theorem12_bounds, "_parity_average", wrong)
    outcome = theorem12_bounds.attained_filters(theorem12(n=8, k=4))
    assert outcome.verdict is REFUTED and outcome.counterexample == {"activation": "cosine:3"}
