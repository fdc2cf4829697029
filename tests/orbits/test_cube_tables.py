"""Level weights of tables: the oracle's for rationals of every width, enclosures that contain them for floats."""
from fractions import Fraction

import numpy as np
import pytest
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import fourier_coefficients, level_weights

from theorycheck.errors import InstanceTooLarge, ParameterError
from theorycheck.networks.rationals import RationalArray, rational_array
from theorycheck.orbits.cube_tables import FloatTable, exact_spectrum, mean_square, table_level_weights
from theorycheck.rigor import decide

TABLES = st.integers(0, 5).flatmap(lambda n: st.lists(
    st.fractions(max_denominator=50) | st.integers(-2**70, 2**70), min_size=1 << n, max_size=1 << n))


@settings(deadline=None, max_examples=60)
@given(TABLES)
def test_rationals_of_any_width(values):
    table = rational_array(values, "values")
    n = len(values).bit_length() - 1
    assert exact_spectrum(table).fractions() == fourier_coefficients(list(map(Fraction, values)))
    found = table_level_weights(table, range(-1, n + 2))
    assert [found[m].exact for m in range(-1, n + 2)] == [0, *level_weights(list(map(Fraction, values))), 0]
    assert mean_square(table).exact == sum(Fraction(v)**2 for v in values) / len(values)


def test_sums_that_just_do_not_fit_64_bits():
    # 2^3 * 2^60 passes 2^62: the long way must be taken, and 2^3 * 2^58 takes the short one.
    for size in (2**58, 2**60, 2**62 - 1):
        table = RationalArray(np.array([size] * 7 + [-size]), 1)
        assert table_level_weights(table, [0])[0].exact == Fraction(6 * size, 8)**2


@pytest.mark.parametrize("scale", [1.0, 2.0**400, 2.0**-900])
def test_float_tables_enclose(scale):
    rng = np.random.default_rng(5)
    values = rng.standard_normal(512) * scale
    exact = table_level_weights(rational_array(values, "values"), range(10))
    found = table_level_weights(FloatTable(values, 0.0), range(10))
    for level in range(10):
        assert decide(found[level], "==", exact[level]) is None and found[level].exact is None
        # Rounding: a few thousand units of 2^-53 of the mean square.
        assert float(found[level].enclose().rad() / arb(scale)**2) < 1e-11
    whole = mean_square(FloatTable(values, 0.0))
    assert decide(whole, "==", mean_square(rational_array(values, "values"))) is None


def test_the_error_widens_the_enclosure_both_ways():
    table = np.array([1.0, -1.0, -1.0, 1.0])
    found = table_level_weights(FloatTable(table, 0.25), [1, 2])
    # (1 ± 1/4)² at level 2, [0, 1/16] at level 1; a ball's radius has 30 bits.
    assert decide(found[2], ">", Fraction(9, 16) - Fraction(1, 10**6)) is True
    assert decide(found[2], "<", Fraction(25, 16) + Fraction(1, 10**6)) is True
    assert found[2].enclose().contains(Fraction(9, 16).numerator / 16) and found[2].enclose().contains(25 / 16)
    assert found[1].enclose().contains(0) and found[1].enclose().contains(1 / 16)
    assert decide(found[1], "<", Fraction(1, 16) + Fraction(1, 10**6)) is True


def test_zero_tables():
    assert table_level_weights(FloatTable(np.zeros(4), 0.0), [1])[1].enclose().contains(0)
    assert table_level_weights(RationalArray(np.zeros(4, dtype=np.int64), 3), [1])[1].exact == 0


def test_bad_input():
    with pytest.raises(ParameterError, match="power of two of entries, not 3"):
        exact_spectrum(RationalArray(np.array([1, 2, 3]), 1))
    with pytest.raises(ParameterError, match="'levels' must be an integer"):
        table_level_weights(RationalArray(np.array([1, 2]), 1), [0.5])
    for values, error in ((np.array([1.0, np.inf]), 0.0), (np.ones(2), -1.0), (np.ones(2), float("nan"))):
        with pytest.raises(ParameterError, match="'table' must hold finite values"):
            table_level_weights(FloatTable(values, error), [0])
    wide = np.broadcast_to(np.array([2**62]), (2**23,))
    with pytest.raises(InstanceTooLarge, match="the largest n that fits is 22"):
        exact_spectrum(RationalArray(wide, 1))
