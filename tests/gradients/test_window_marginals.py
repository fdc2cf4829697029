"""Window marginals by every method against sums over the cube, exactly; bounds on the values; bad input."""
from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theorycheck.cube.memory import memory_budget
from theorycheck.cube.patterns import KPattern
from theorycheck.errors import InstanceTooLarge, ParameterError
from theorycheck.gradients import window_meeting
from theorycheck.gradients.window_layout import WindowLayout
from theorycheck.gradients.window_marginals import UniformMarginals, value_error_bound, window_marginals

METHODS = ("automatic", "enumeration", "meeting")


def enumerated(tables: np.ndarray, n: int, pattern: KPattern, limit: float = 1.0) -> tuple:
    """Sums over all points, with h summed in exact integers of 1/64."""
    x, k = np.arange(1 << n), tables.shape[1].bit_length() - 1
    values = np.zeros(1 << n, dtype=np.int64)
    for j, table in enumerate(np.rint(64 * tables).astype(np.int64)):
        values += table[(x >> j) % (1 << k)]
    labels = pattern.evaluate_indices(x).astype(np.int64)
    margins, level = labels * values, round(64 * limit)
    sums = [[np.bincount((x >> j) % (1 << k), labels * chosen, 1 << k).astype(np.int64).tolist()
             for j in range(tables.shape[0])] for chosen in (margins < level, margins == level)]
    return (*sums, int((margins < level).sum()), int((margins == level).sum()), np.abs(level - margins).min() / 64)


def found(tables: np.ndarray, n: int, pattern: KPattern, method: str) -> tuple:
    result = window_marginals(tables, n, pattern, method=method)
    assert result.active.dtype == result.tied.dtype == np.int64
    return (result.active.tolist(), result.tied.tolist(), result.active_count, result.tied_count,
            result.smallest_distance)


@st.composite
def instances(draw: st.DrawFn) -> tuple[np.ndarray, int, KPattern]:
    n = draw(st.integers(1, 10))
    k, pattern_k = draw(st.integers(1, n)), draw(st.integers(1, n))
    window_count = draw(st.integers(1, n - k + 1))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    pattern = KPattern.sample(n, pattern_k, rng, draw(st.integers(0, n - pattern_k)))
    unit, reach = draw(st.sampled_from([(1, 1), (2, 2), (64, 64)]))
    return rng.integers(-reach, reach + 1, (window_count, 1 << k)) / unit, n, pattern


@settings(max_examples=150, deadline=None)
@given(instances())
def test_every_method_is_the_sum_over_the_cube(instance: tuple) -> None:
    # Multiples of 1/64: every float is exact, so the ties are the true ones and everything compares with ==.
    expected = enumerated(*instance)
    for method in METHODS:
        assert found(*instance, method) == expected


@pytest.mark.parametrize("offset", (0, 5, 8, 13))
@pytest.mark.parametrize("k", (1, 4))
def test_a_larger_cube(k: int, offset: int) -> None:
    rng = np.random.default_rng(offset)
    pattern = KPattern.sample(17, 4, rng, offset)
    tables = rng.integers(-40, 41, (18 - k, 1 << k)) / 64
    expected = enumerated(tables, 17, pattern)
    assert expected[3] > 0
    for method in METHODS:
        assert found(tables, 17, pattern, method) == expected


def test_long_windows() -> None:
    rng = np.random.default_rng(1)
    pattern = KPattern.sample(14, 11, rng, 1)
    tables = rng.integers(-99, 100, (3, 1 << 12)) / 64
    for method in METHODS:
        assert found(tables, 14, pattern, method) == enumerated(tables, 14, pattern)


def test_generic_tables_agree_where_the_distance_says_so() -> None:
    rng = np.random.default_rng(2)
    certain = 0
    for _ in range(20):
        tables, pattern = rng.normal(size=(9, 8)), KPattern.sample(11, 3, rng, 4)
        one, other = (window_marginals(tables, 11, pattern, method=method) for method in METHODS[1:])
        if one.smallest_distance > value_error_bound(tables):
            certain += 1
            np.testing.assert_array_equal(one.active, other.active)
            assert one.active_count == other.active_count
            # Both distances are of the same point or of one as near, each off by at most the bound.
            assert abs(one.smallest_distance - other.smallest_distance) <= 2 * value_error_bound(tables)
    assert certain == 20


@pytest.mark.parametrize("limit", (0.5, 1.0, 1.5))
@pytest.mark.parametrize("method", METHODS)
def test_another_limit(method: str, limit: float) -> None:
    rng = np.random.default_rng(3)
    tables, pattern = rng.integers(-4, 5, (7, 4)) / 4, KPattern.parity(8, 2, 3)
    result = UniformMarginals(WindowLayout(7, 2, 8, pattern), method=method).find(tables, limit)
    expected = enumerated(tables, 8, pattern, limit)
    assert (result.active.tolist(), result.tied.tolist(), result.active_count, result.tied_count) == expected[:4]


def test_threads_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    tables, pattern = np.random.default_rng(4).normal(size=(15, 8)) / 4, KPattern.parity(17, 3, 7)
    alone = window_marginals(tables, 17, pattern, 1, method="meeting")
    monkeypatch.setattr(window_meeting, "_SHARED_COST", 0.0)
    monkeypatch.setattr(window_meeting, "_SHARED_BITS", 4)
    for threads in (None, 2, 5):
        together = window_marginals(tables, 17, pattern, threads, method="meeting")
        np.testing.assert_array_equal(alone.active, together.active)
        assert (alone.active_count, alone.smallest_distance) == (together.active_count, together.smallest_distance)


def test_the_large_cube_of_a_known_count() -> None:
    # T_0 alone decides: active where f = +1 and T < 1, or f = -1 and T > -1, each for a quarter of 2^36 points.
    n, tables = 36, np.zeros((35, 4))
    tables[17] = [2.0, -2.0, 0.0, 3.0]
    result = window_marginals(tables, n, KPattern.from_hex(n, 2, "0x6", 17))
    quarter = 1 << 34
    assert result.active[17].tolist() == [0, 0, -quarter, 0] and result.active_count == quarter
    assert result.active[18].tolist() == [0, -quarter // 2, 0, -quarter // 2]
    assert result.smallest_distance == 1.0 and result.tied_count == 0


def test_a_tie_is_seen_and_broken() -> None:
    tables = np.array([[1.0, 0.0]])
    tied = window_marginals(tables, 1, KPattern(1, 1, 0, np.array([1, 1])))
    assert tied.tied.tolist() == [[1, 0]] and tied.active.tolist() == [[0, 1]] and tied.smallest_distance == 0
    nearly = window_marginals(np.nextafter(tables, -np.inf), 1, KPattern(1, 1, 0, np.array([1, 1])))
    assert nearly.tied_count == 0 and nearly.active_count == 2 and nearly.smallest_distance == 2.0**-53


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([1e-3, 1.0, 1e6]))
def test_the_value_error_bound_covers_every_margin(seed: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    tables, pattern = rng.normal(size=(4, 4)) * scale, KPattern.sample(5, 2, rng, 2)
    exact = [sum(Fraction(tables[j, (x >> j) % 4]) for j in range(4)) for x in range(32)]
    distance = min(abs(1 - int(s) * h) for s, h in zip(pattern.truth_table().values, exact))
    bound = Fraction(value_error_bound(tables))
    for method in METHODS[1:]:
        computed = window_marginals(tables, 5, pattern, method=method).smallest_distance
        # The smallest of numbers that are each within the bound is within the bound.
        assert abs(Fraction(computed) - distance) <= bound


def test_the_value_error_bound_is_zero_only_where_sums_are_exact() -> None:
    assert value_error_bound(np.array([[0.5, -3.0], [2.0**-40, 1.0]])) == 0
    assert value_error_bound(np.array([[0.5, -3.0], [2.0**-60, 1.0]])) > 0
    assert value_error_bound(np.array([[0.1, 0.5]])) > 0
    # Integers so large that 1 is lost in them: 2^60 - 1 is no float.
    assert value_error_bound(np.array([[2.0**60, 0.0]])) >= 1


@pytest.mark.parametrize("tables, n, message", [
    (np.zeros(4), 3, "'tables' must have shape (N, 2^k), not (4,)."),
    (np.zeros((2, 3)), 3, "'tables' must have shape (N, 2^k), not (2, 3)."),
    (np.zeros((2, 1)), 3, "'tables' must have shape (N, 2^k), not (2, 1)."),
    (np.full((2, 4), np.nan), 3, "'tables' must be finite."),
    (np.full((2, 4), 1e308), 3, "'tables' must be finite."),
    (np.zeros((3, 4)), 3, "'n' must be at least N+k-1=4, not 3."),
    (np.zeros((2, 4)), 4, "'pattern' must have the dimension n=4, not 3."),
    (np.zeros((2, 4)), True, "'n' must be an integer, not the boolean True.")])
def test_bad_input(tables: np.ndarray, n: int, message: str) -> None:
    with pytest.raises(ParameterError) as caught:
        window_marginals(tables, n, KPattern.parity(3, 2))
    assert str(caught.value) == message


def test_bad_methods_and_sizes() -> None:
    with pytest.raises(ParameterError, match="'method' must be one of automatic, enumeration, meeting"):
        window_marginals(np.zeros((2, 4)), 3, KPattern.parity(3, 2), method="fast")
    with memory_budget(1000), pytest.raises(InstanceTooLarge):
        window_marginals(np.zeros((29, 4)), 30, KPattern.parity(30, 2))
    with pytest.raises(InstanceTooLarge, match="n=63 has counts beyond 64 bits; the largest n that fits is 62."):
        window_marginals(np.zeros((62, 4)), 63, KPattern.parity(63, 2))
