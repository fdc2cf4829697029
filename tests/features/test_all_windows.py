"""The minimum norm over all windows: golden values, elimination on the whole system, certificates, properties."""
from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import oracles
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theorycheck.errors import InstanceTooLarge, ParameterError
from theorycheck.features import all_windows
from theorycheck.features.all_windows import (GlobalMinimum, global_minimum_norm_form, minimum_norm_over_all_windows,
                                              require_exact_coordinates)
from theorycheck.features.filters import GivenFilters
from theorycheck.features.maps import FeatureMap, given_features, sign_grid_features
from theorycheck.features.separators import NoSeparator, canonical_squared_norm, minimum_norm_separator
from theorycheck.features.window_coordinates import WindowCoordinates, is_pattern_represented
from theorycheck.networks.activations import activation_named

F = Fraction
RELU = activation_named("relu")
GOLDEN = json.loads((Path(__file__).parents[1] / "data" / "paper_golden.json").read_text())["lemma6"]
SIGMAS = {"relu": oracles.relu, "abs": abs, "square": lambda t: t * t}


def table_of(code: str, k: int) -> list[int]:
    return [1 - 2 * (int(code, 16) >> z & 1) for z in range(2**k)]


def minimum(features: FeatureMap, table: object, n: int, offset: int = 0, windows: str = "all") -> GlobalMinimum:
    found = minimum_norm_over_all_windows(features, table, n, offset, windows)
    assert isinstance(found, GlobalMinimum)
    return found


def check_attained(features: FeatureMap, found: GlobalMinimum, table: object, n: int, offset: int,
                   windows: str = "all") -> None:
    """The separator gives h = f exactly, has the stated norm, and is orthogonal to everything that gives h = 0."""
    separator = found.separator
    assert separator is not None and found.is_exact
    assert is_pattern_represented(features.table(separator.readout), table, n, offset, windows)
    entries = [separator.readout[j].fractions() for j in range(separator.readout.shape[0])]
    assert sum(int(m) * u * u for row in entries for m, u in zip(features.multiplicities, row)) == found.lower


@pytest.mark.parametrize("case", GOLDEN["balanced_minimum_squared_norm"])
def test_golden_balanced(case: dict) -> None:
    features = sign_grid_features(RELU, [case["q"] // 4] * 4)
    table = table_of(case["pattern"], 2)
    found = minimum(features, table, case["n"], case["offset"])
    assert (found.lower, found.method) == (F(case["value"]), "balanced")
    check_attained(features, found, table, case["n"], case["offset"])


def test_golden_unbalanced() -> None:
    case = GOLDEN["unbalanced_minimum_squared_norm"]
    features = sign_grid_features(RELU, case["multiplicities_by_index"])
    table = table_of(case["pattern"], 2)
    found = minimum(features, table, case["n"], case["offset"])
    assert (found.lower, found.method) == (F(case["value"]), "exact")
    assert canonical_squared_norm(case["multiplicities_by_index"]) == F(case["canonical"]) > found.lower
    check_attained(features, found, table, case["n"], case["offset"])


def test_the_balanced_formula_agrees_with_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    features = sign_grid_features(activation_named("abs"), [5] * 4)
    table = [1, -1, -1, -1]
    closed = minimum(features, table, 5, 1)
    monkeypatch.setattr(all_windows, "is_diagonal", lambda matrix: False)
    solved = minimum(features, table, 5, 1)
    assert (closed.method, solved.method) == ("balanced", "exact") and closed.lower == solved.lower
    assert closed.separator is not None and solved.separator is not None
    assert closed.separator.readout.equals(solved.separator.readout)


cases = st.sampled_from([(2, 1), (3, 1), (3, 2), (4, 2)]).flatmap(lambda nk: st.tuples(
    st.just(nk), st.lists(st.integers(0, 2), min_size=2**nk[1], max_size=2**nk[1]).filter(any),
    st.lists(st.sampled_from([1, -1]), min_size=2**nk[1], max_size=2**nk[1]), st.integers(0, nk[0] - nk[1]),
    st.sampled_from(sorted(SIGMAS)), st.sampled_from(["all", "paper"])))


@settings(max_examples=40, deadline=None)
@given(cases)
def test_against_elimination_on_all_filters(case: tuple) -> None:
    (n, k), counts, g, offset, name, windows = case
    signs = [z for z, m in enumerate(counts) for _ in range(m)]
    count = n - k + (windows == "all")
    expected = oracles.minimum_squared_norms(n, k, signs, [g], offset, count, SIGMAS[name])[0]
    features = sign_grid_features(activation_named(name), counts)
    found = minimum_norm_over_all_windows(features, g, n, offset, windows)
    if expected is not None:
        assert isinstance(found, GlobalMinimum) and found.lower == found.upper == expected
        check_attained(features, found, g, n, offset, windows)
        return
    assert isinstance(found, NoSeparator)
    witness = {mask: int(value) for mask, value in zip(found.sets, found.witness)}
    columns = oracles.feature_matrix(n, *oracles.sign_filters(k, signs), count, SIGMAS[name])
    y = [sum(value * oracles.character(mask, x) for mask, value in witness.items()) for x in oracles.cube_points(n)]
    assert all(sum(row[c] * v for row, v in zip(columns, y)) == 0 for c in range(count * len(signs)))
    target = oracles.pattern_table(n, k, g, offset)
    assert F(oracles.dot(target, y), 2**n) == found.product != 0


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(1, 40), min_size=8, max_size=8), st.lists(st.sampled_from([1, -1]), min_size=8, max_size=8),
       st.integers(0, 4))
def test_properties(counts: list[int], g: list[int], offset: int) -> None:
    features = sign_grid_features(RELU, counts)
    found = minimum(features, g, 7, offset)
    check_attained(features, found, g, 7, offset)
    assert found.lower <= canonical_squared_norm(counts)
    # Twice as many filters of each kind halve the squared norm.
    assert minimum(sign_grid_features(RELU, [2 * m for m in counts]), g, 7, offset).lower == found.lower / 2
    # Another window more cannot hurt.
    assert minimum(features, g, 8, offset).lower <= found.lower


def test_optimality_by_orthogonality() -> None:
    # u is the shortest exactly if it is orthogonal to every readout with h = 0, such as a function of a shared
    # variable given to one window and taken from the next.
    counts = [3, 2, 1, 2]
    features = sign_grid_features(RELU, counts)
    found = minimum(features, [1, -1, -1, 1], 3)
    assert found.separator is not None
    first, second = (found.separator.readout[j].fractions() for j in range(2))
    for value in ([1, 0], [0, 1]):
        # φ_z = (1/2)1_z, so the readout 2·t(z)/m_z makes the table t.
        left = [F(2 * value[z >> 1], counts[z]) for z in range(4)]
        right = [F(-2 * value[z & 1], counts[z]) for z in range(4)]
        assert sum(m * (u * a + v * b) for m, u, v, a, b in zip(counts, first, second, left, right)) == 0


def test_given_filters_over_all_windows() -> None:
    rng = np.random.default_rng(0)
    w = [[F(int(v), 3) for v in row] for row in rng.integers(-5, 6, (4, 2))]
    b = [F(int(v), 2) for v in rng.integers(-3, 4, 4)]
    features = given_features(RELU, GivenFilters(w, b))
    g = [1, -1, -1, 1]
    columns = oracles.feature_matrix(3, w, b, 2)
    expected = oracles.minimum_norm_separators(columns, [oracles.pattern_table(3, 2, g, 1)])[0]
    found = minimum_norm_over_all_windows(features, g, 3, 1)
    assert expected is not None and isinstance(found, GlobalMinimum) and found.separator is not None
    assert found.separator.readout.fractions() == expected


@pytest.mark.parametrize("name", ["relu", "abs"])
@pytest.mark.parametrize("counts", [[3, 2, 1, 2], [2, 2, 2, 2]])
def test_form_gives_every_patterns_norm(name: str, counts: list[int]) -> None:
    features = sign_grid_features(activation_named(name), counts)
    form = global_minimum_norm_form(features, 4, 1)
    assert form is not None
    assert global_minimum_norm_form(features.window_gram, 4, 1).equals(form)  # type: ignore[union-attr]
    for g in oracles.all_patterns(2)[::3]:
        assert sum(form[a, b] * g[a] * g[b] for a in range(4) for b in range(4)) == minimum(features, g, 4, 1).lower


def test_no_form_where_some_pattern_has_no_separator() -> None:
    assert global_minimum_norm_form(sign_grid_features(RELU, [1, 0, 0, 0]), 3) is None
    assert global_minimum_norm_form(sign_grid_features(activation_named("square"), [2] * 8), 4) is None
    assert global_minimum_norm_form(sign_grid_features(RELU, [1, 2, 3, 4]), 4, 2, "paper") is None
    assert global_minimum_norm_form(sign_grid_features(RELU, [1, 2, 3, 4]), 4, 1, "paper") is not None


def test_empty_cells_can_be_made_up_for_by_other_windows() -> None:
    # With no filter at (-,+), window 0 alone cannot give g(-,+); window 1 can, as a function of the shared variable.
    features = sign_grid_features(RELU, [1, 0, 1, 1])
    for table in oracles.all_patterns(2):
        assert isinstance(minimum_norm_separator(features, table), NoSeparator)
        check_attained(features, minimum(features, table, 3), table, 3, 0)


def test_the_command_size_and_the_limit() -> None:
    counts = np.random.default_rng(0).multinomial(650, [1 / 16] * 16)
    features = sign_grid_features(RELU, counts)
    g = np.random.default_rng(1).choice([-1, 1], 16)
    found = minimum(features, g, 20, 3)
    assert found.method == "exact"
    check_attained(features, found, g, 20, 3)
    beyond = minimum(features, g, 60, 3)
    assert beyond.method == "enclosed" and not beyond.is_exact and beyond.separator is None
    assert beyond.upper - beyond.lower < F(1, 10**15) and beyond.upper <= found.upper


def test_balanced_needs_no_limit() -> None:
    features = sign_grid_features(RELU, [40] * 16)
    g = [oracles.parity(z) for z in oracles.cube_points(4)]
    assert minimum(features, g, 10**6, 500).lower == F(4**4 * 16, 640)  # the full parity lies in one window only


def test_refusals() -> None:
    features = sign_grid_features(activation_named("square"), [1, 2] * 4)
    with pytest.raises(InstanceTooLarge, match=r"d=2\^{k-1}\(N\+1\)=400 equations .* no enclosure is known"):
        minimum_norm_over_all_windows(features, [1] * 8, 101)
    with pytest.raises(InstanceTooLarge, match=r"=400 equations are above the limit of 300 .*; n=76 fits."):
        global_minimum_norm_form(features, 101)
    with pytest.raises(InstanceTooLarge, match="no n fits at this k"):
        require_exact_coordinates(WindowCoordinates(10, 9))
    require_exact_coordinates(WindowCoordinates(76, 3))
    with pytest.raises(ParameterError, match="'offset' must be at least 0 and at most n-k=1, not 2."):
        minimum_norm_over_all_windows(features, [1] * 8, 4, 2)
