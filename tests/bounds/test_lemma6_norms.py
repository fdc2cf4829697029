"""The norm of the separator: against a separator written out, and which of its bounds are attained."""
from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from theorycheck.bounds import lemma6_norms
from theorycheck.bounds.evaluate import evaluate, evaluate_relation
from theorycheck.bounds.relation import Relation
from theorycheck.bounds.symbols import k, q
from theorycheck.errors import ParameterError
from theorycheck.rigor import decide


def _separator(bits: int, counts: list[int]) -> list[Fraction]:
    """u*_i = (k/m_z) g(z) for i in J_z, entry by entry, g the parity."""
    return [Fraction(bits, count) * (-1)**bin(cell).count("1") for cell, count in enumerate(counts)
            for _ in range(count)]


_counts = st.integers(1, 3).flatmap(lambda bits: st.tuples(
    st.just(bits), st.lists(st.integers(1, 30), min_size=2**bits, max_size=2**bits)))


@given(_counts)
def test_norms_of_the_separator_written_out(instance: tuple[int, list[int]]) -> None:
    bits, counts = instance
    readout = _separator(bits, counts)
    at = {k: bits, q: sum(counts), "m_z": counts}
    squared = sum(entry**2 for entry in readout)
    assert evaluate(lemma6_norms.canonical_squared_norm(), at).exact == squared
    assert evaluate(lemma6_norms.canonical_squared_norm(bits, counts)).exact == squared
    assert evaluate(lemma6_norms.one_norm(), at).exact == sum(abs(entry) for entry in readout)
    assert squared >= evaluate(lemma6_norms.squared_norm_lower_bound(), at).exact
    if all(2**(bits + 1) * count > sum(counts) for count in counts):
        assert squared < evaluate(lemma6_norms.sharper_squared_norm_bound(), at).exact
        assert evaluate_relation(Relation(lemma6_norms.norm_bound()**2, ">", squared), at) is True


def test_the_paper_example() -> None:
    assert evaluate(lemma6_norms.canonical_squared_norm(2, [3, 1, 2, 2])).exact == Fraction(28, 3)


@pytest.mark.parametrize("bits", [1, 2, 3, 4])
def test_the_sharper_bound_is_the_extreme_point_and_no_constant_below_it_holds(bits: int) -> None:
    # All but one multiplicity at mu/2: the sum of 1/m_z there is the bound itself.
    cells = 2**bits
    half_mean = 50
    counts = [half_mean] * (cells - 1) + [half_mean * (cells + 1)]
    at = {k: bits, q: sum(counts), "m_z": counts}
    assert sum(counts) == 2 * cells * half_mean
    bound = evaluate(lemma6_norms.sharper_squared_norm_bound(), at).exact
    assert evaluate(lemma6_norms.canonical_squared_norm(), at).exact == bound
    assert bound < evaluate(lemma6_norms.sharp_squared_norm_bound(), at).exact


def test_the_lower_bound_is_attained_when_balanced() -> None:
    at = {k: 3, q: 80, "m_z": [10] * 8}
    assert (evaluate(lemma6_norms.canonical_squared_norm(), at).exact
            == evaluate(lemma6_norms.squared_norm_lower_bound(), at).exact == Fraction(64 * 9, 80))


@pytest.mark.parametrize("bits, width", [(1, 48), (4, 650), (10, 10**6)])
def test_bounds_and_their_squares(bits: int, width: int) -> None:
    at = {k: bits, q: width}
    pairs = [(lemma6_norms.norm_bound(), lemma6_norms.squared_norm_bound(), 4),
             (lemma6_norms.sharp_norm_bound(), lemma6_norms.sharp_squared_norm_bound(), 2),
             (lemma6_norms.norm_lower_bound(), lemma6_norms.squared_norm_lower_bound(), 1)]
    for norm, squared, factor in pairs:
        exact = Fraction(factor * 4**bits * bits**2, width)
        assert evaluate(squared, at).exact == exact
        assert math.isclose(float(evaluate(norm, at)), math.sqrt(exact), rel_tol=1e-12)  # two roundings of a float
        assert decide(evaluate(norm, at), "<", evaluate(norm, {k: bits, q: width - 1})) is True
    stated, sharp, low = (evaluate(norm, at) for norm, _, _ in pairs)
    assert decide(low, "<", sharp) and decide(sharp, "<", stated)


def test_bad_counts() -> None:
    with pytest.raises(ParameterError, match="'counts' must be positive, not 0"):
        lemma6_norms.canonical_squared_norm(1, [2, 0])
