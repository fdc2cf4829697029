"""Norms for activations without exact values, against the exact ones where there are any."""
from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from flint import arb

from theorycheck.errors import InstanceTooLarge, ParameterError
from theorycheck.features import enclosed
from theorycheck.features.all_windows import GlobalMinimum, minimum_norm_over_all_windows
from theorycheck.features.eigenvalues import level_eigenvalues
from theorycheck.features.enclosed import enclosed_minimum_norm, minimum_norm_by_levels
from theorycheck.features.filters import GivenFilters, SignGridFilters
from theorycheck.features.maps import features_of
from theorycheck.features.separators import Separator, minimum_norm_separator
from theorycheck.networks.activations import activation_named
from theorycheck.rigor import Real, decide

F = Fraction
GRID = SignGridFilters(2, [0, 0, 1, 2, 3, 3])
GIVEN = GivenFilters([[1, 2], [3, -1], [-2, 2], [0, -1], ["1/2", 1]], [0, 1, 1, 2, "1/3"])
TABLES = [[1, -1, -1, 1], [1, 1, 1, -1]]


def close(ball: Real, value: Fraction) -> bool:
    enclosure = ball.enclose(128)
    return bool(enclosure.overlaps(Real(value).enclose(128))) and bool(enclosure.rad() < 1e-20)


@pytest.mark.parametrize("filters", [GRID, GIVEN])
@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("name", ["relu", "abs"])
def test_agrees_with_the_exact_norm(name: str, table: list[int], filters: SignGridFilters | GivenFilters) -> None:
    features = features_of(activation_named(name), filters)
    within = minimum_norm_separator(features, table)
    assert isinstance(within, Separator)
    assert close(enclosed_minimum_norm(activation_named(name), filters, table), within.squared_norm)
    for n, offset, windows in ((4, 1, "all"), (4, 0, "paper")):
        found = minimum_norm_over_all_windows(features, table, n, offset, windows)
        assert isinstance(found, GlobalMinimum)
        assert close(enclosed_minimum_norm(activation_named(name), filters, table, n, offset, windows), found.lower)


@pytest.mark.parametrize("table", TABLES)
def test_levels_and_the_system_agree_for_tanh(table: list[int]) -> None:
    tanh = activation_named("tanh")
    by_levels = minimum_norm_by_levels(table, level_eigenvalues(tanh, 2), GRID.multiplicities())
    by_system = enclosed_minimum_norm(tanh, GRID, table)
    assert by_levels.enclose(128).overlaps(by_system.enclose(128)) and by_levels.enclose(128).rad() < 1e-20
    assert decide(enclosed_minimum_norm(tanh, GRID, table, 4, 1), "<", by_levels) is True


@pytest.mark.parametrize("name", ["relu", "abs"])
def test_levels_are_exact_for_rational_activations(name: str) -> None:
    counts = [2, 1, 1, 2]
    for table in TABLES:
        norm = minimum_norm_by_levels(table, level_eigenvalues(activation_named(name), 2), counts)
        within = minimum_norm_separator(features_of(activation_named(name), GRID), table)
        assert isinstance(within, Separator) and norm.exact == within.squared_norm


def test_a_singular_matrix_stays_undecided() -> None:
    filters = SignGridFilters(3, list(range(8)))
    norm = enclosed_minimum_norm(activation_named("square"), filters, [1, -1, -1, 1, -1, 1, 1, -1])
    assert decide(norm, ">", 10**9) is None and decide(norm, "<", 10**9) is None


def test_refusals(monkeypatch: pytest.MonkeyPatch) -> None:
    tanh = activation_named("tanh")
    with pytest.raises(InstanceTooLarge, match="=302 equations are above the limit of 300"):
        enclosed_minimum_norm(tanh, GRID, TABLES[0], 151)
    with pytest.raises(ParameterError, match="'offset'=2 puts the last variable in no window, and 'table' depends"):
        enclosed_minimum_norm(tanh, GRID, TABLES[0], 4, 2, "paper")
    monkeypatch.setattr(enclosed, "_BALL_LIMIT", 19)
    with pytest.raises(InstanceTooLarge, match="q=5, k=2 has 20 feature values, above the limit of 19"):
        enclosed_minimum_norm(tanh, GIVEN, TABLES[0])
    assert np.isfinite(float(enclosed_minimum_norm(tanh, GRID, TABLES[0])))


def test_a_thousand_enclosed_cells() -> None:
    # Each λ is 2 as a ball, so that ‖u‖² = Σ_z (1/2)²/1; nested sums would exceed Python's recursion limit.
    eigenvalues = [Real(lambda: arb(4).sqrt())] * 11
    signs = np.where(np.arange(1024) % 3 == 0, 1, -1)
    assert close(minimum_norm_by_levels(signs, eigenvalues, [1] * 1024), F(256))


@pytest.mark.parametrize("eigenvalues, counts, text", [
    ([Real(1)], [1, 1], r"'eigenvalues' must hold k\+1=2 numbers, not 1."),
    ([Real(1)] * 2, [1], "'multiplicities' must be 2 integers that are at least 1."),
    ([Real(1)] * 2, [1, 0], "'multiplicities' must be 2 integers that are at least 1."),
    ([Real(1), Real(0)], [1, 1], "'divisor' must not be 0.")])
def test_levels_that_do_not_fit(eigenvalues: list, counts: list[int], text: str) -> None:
    with pytest.raises(ParameterError, match=text):
        minimum_norm_by_levels([1, -1], eigenvalues, counts)
