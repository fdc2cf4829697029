"""Maximum-margin separators: certified on every point of small cubes, optimal by an independent solver, honest."""
from __future__ import annotations

import importlib.util
from fractions import Fraction

import numpy as np
import oracles
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from theorycheck.errors import InstanceTooLarge, ParameterError
from theorycheck.features import margins
from theorycheck.features.all_windows import GlobalMinimum, minimum_norm_over_all_windows
from theorycheck.features.maps import FeatureMap, sign_grid_features
from theorycheck.features.margins import MaximumMargin, contradiction, maximum_margin_separator
from theorycheck.networks.activations import activation_named, user_activation
from theorycheck.networks.evaluation import window_sums

F = Fraction
RELU = activation_named("relu")
SIGMAS = {"relu": oracles.relu, "abs": abs, "identity": lambda t: t}


def check_certificates(features: FeatureMap, name: str, found: MaximumMargin, g: list[int], n: int,
                       offset: int) -> None:
    """Both ends again, from the definitions: the readout's margins and norm, and the dual's value."""
    assert found.upper is not None and found.separator is not None and found.lower <= found.upper
    values = window_sums(features.table(found.separator.readout), n).fractions()
    labels = oracles.pattern_table(n, features.k, g, offset)
    assert min(f * h for f, h in zip(labels, values)) == 1
    rows = [found.separator.readout[j].fractions() for j in range(found.separator.readout.shape[0])]
    assert sum(int(m) * u * u for row in rows for m, u in zip(features.multiplicities, row)) == found.upper
    signs = [z for z, m in enumerate(features.multiplicities) for _ in range(int(m))]
    columns = oracles.feature_matrix(n, *oracles.sign_filters(features.k, signs), n - features.k + 1, SIGMAS[name])
    w = [sum(a * labels[x] * columns[x][c] for x, a in zip(found.points, found.weights))
         for c in range(len(columns[0]))]
    assert min(found.weights) > 0 and found.lower == F(sum(found.weights)) ** 2 / oracles.dot(w, w)


cases = st.sampled_from([(1, 1), (2, 1), (2, 2), (3, 2), (4, 2)]).flatmap(lambda nk: st.tuples(
    st.just(nk), st.lists(st.integers(1, 3), min_size=2**nk[1], max_size=2**nk[1]),
    st.lists(st.sampled_from([1, -1]), min_size=2**nk[1], max_size=2**nk[1]), st.integers(0, nk[0] - nk[1])))


@settings(max_examples=25, deadline=None)
@given(cases)
def test_certified_and_tight(case: tuple) -> None:
    (n, k), counts, g, offset = case
    features = sign_grid_features(RELU, counts)
    found = maximum_margin_separator(features, g, n, offset)
    check_certificates(features, "relu", found, g, n, offset)
    assert found.relative_gap is not None and found.relative_gap < F(1, 10**6)
    least = minimum_norm_over_all_windows(features, g, n, offset)
    assert isinstance(least, GlobalMinimum) and found.lower <= least.lower


def test_within_a_window_the_canonical_separator_is_best() -> None:
    counts, g = [3, 2, 1, 2], [1, -1, -1, 1]
    found = maximum_margin_separator(sign_grid_features(RELU, counts), g)
    assert found.upper is not None and found.lower <= F(28, 3) <= found.upper
    assert found.upper - found.lower < F(1, 10**8)


def test_a_larger_margin_can_cost_less() -> None:
    # AND over all windows: the constraints need not be tight, so the maximum margin beats h = f.
    features = sign_grid_features(RELU, [2] * 8)
    g = [1] * 7 + [-1]
    found = maximum_margin_separator(features, g, 8, 2)
    least = minimum_norm_over_all_windows(features, g, 8, 2)
    assert isinstance(least, GlobalMinimum) and found.upper is not None
    assert least.lower == F(99, 8) and found.lower <= F(309, 25) <= found.upper < F(1237, 100)


@pytest.mark.parametrize("name", ["abs", "identity"])
def test_against_a_general_solver(name: str) -> None:
    features = sign_grid_features(activation_named(name), [2, 1, 1, 3])
    g = [1, -1, 1, -1] if name == "identity" else [1, -1, -1, 1]
    found = maximum_margin_separator(features, g, 3, 1)
    check_certificates(features, name, found, g, 3, 1)
    signs = [z for z, m in enumerate(features.multiplicities) for _ in range(int(m))]
    columns = np.array(oracles.feature_matrix(3, *oracles.sign_filters(2, signs), 2, SIGMAS[name]), dtype=float)
    labels = np.array(oracles.pattern_table(3, 2, g, 1))
    start = np.linalg.lstsq(columns, labels, rcond=None)[0]
    result = minimize(lambda u: u @ u, start, jac=lambda u: 2 * u, method="SLSQP",
                      constraints={"type": "ineq", "fun": lambda u: labels * (columns @ u) - 1,
                                   "jac": lambda u: labels[:, None] * columns}, options={"ftol": 1e-14})
    assert abs(result.fun - float(found.lower)) < 1e-6  # SLSQP's own accuracy


@pytest.mark.skipif(importlib.util.find_spec("clarabel") is None, reason="the extra quadratic is not installed")
def test_both_solvers_certify_the_same_value() -> None:
    features = sign_grid_features(RELU, np.random.default_rng(0).integers(1, 9, 8))
    g = np.random.default_rng(1).choice([-1, 1], 8)
    first, second = (maximum_margin_separator(features, g, 8, 2, solver=solver) for solver in ("nnls", "clarabel"))
    assert first.upper is not None and second.upper is not None
    assert max(first.lower, second.lower) <= min(first.upper, second.upper)
    assert first.upper - first.lower < F(1, 10**6) and second.upper - second.lower < F(1, 10**6)


def test_stopping_early_only_widens() -> None:
    features = sign_grid_features(RELU, np.random.default_rng(0).integers(1, 9, 8))
    g = np.random.default_rng(1).choice([-1, 1], 8)
    full = maximum_margin_separator(features, g, 8, 2)
    early = maximum_margin_separator(features, g, 8, 2, rounds=1)
    assert early.rounds == 1 < full.rounds and full.upper is not None
    assert early.lower <= full.upper and (early.upper is None or early.upper >= full.lower)


def test_poor_weights_are_still_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    features = sign_grid_features(RELU, [3, 2, 1, 2])
    g = [1, -1, -1, 1]
    truth = maximum_margin_separator(features, g, 3, 0)
    assert truth.upper is not None
    points = np.array([[x & 3, x >> 1] for x in range(8)])
    for seed in range(5):
        weights = np.random.default_rng(seed).random(8)
        monkeypatch.setattr(margins, "_cutting_planes", lambda *_, w=weights: (points, w, 1, True))
        found = maximum_margin_separator(features, g, 3, 0)
        assert found.lower <= truth.upper and (found.upper is None or found.upper >= truth.lower)


@pytest.mark.parametrize("name, counts, g, n", [
    ("square", [1] * 8, [1, -1, -1, 1, -1, 1, 1, -1], 3), ("square", [1] * 8, [1, -1, -1, 1, -1, 1, 1, -1], 5),
    ("zero", [1] * 4, [1, -1, -1, 1], 3), ("relu", [0, 1, 1, 2], [1, 1, 1, -1], 3),
    ("clip:-2,2", [2, 2, 2, 2], [1, -1, -1, 1], 2)])
def test_infeasible_with_an_exact_certificate(name: str, counts: list[int], g: list[int], n: int) -> None:
    features = sign_grid_features(activation_named(name), counts)
    found = maximum_margin_separator(features, g, n, 0)
    assert found.is_infeasible and found.upper is None and found.separator is None and found.relative_gap is None
    # Gordan: nonnegative weights with Σ a_x f(x) φ_c(x^(j)) = 0 for every occupied class c and window j.
    k, weights = features.k, dict(zip(found.points, found.weights))
    assert min(weights.values()) >= 0 < sum(weights.values())
    for j in range(n - k + 1):
        for c in range(2**k):
            total = sum(a * g[x & (2**k - 1)] * features.values[c, x >> j & (2**k - 1)] for x, a in weights.items())
            assert total == 0 or counts[c] == 0


def test_no_contradiction_is_found_where_there_is_none() -> None:
    features = sign_grid_features(RELU, [1, 1])
    points, labels = np.array([[0], [1]]), np.array([1, -1])
    assert contradiction(features.window_gram, points, labels, np.array([1.0, 1.0])) is None


def test_the_command_size() -> None:
    counts = np.random.default_rng(0).multinomial(650, [1 / 16] * 16)
    features = sign_grid_features(RELU, counts)
    g = np.random.default_rng(1).choice([-1, 1], 16)
    found = maximum_margin_separator(features, g, 20, 3)
    assert found.relative_gap is not None and found.relative_gap < F(1, 10**6)
    least = minimum_norm_over_all_windows(features, g, 20, 3)
    assert isinstance(least, GlobalMinimum) and found.lower <= least.lower


def test_refusals() -> None:
    features = sign_grid_features(RELU, [1] * 16)
    with pytest.raises(ParameterError, match="'solver' must be one of nnls, clarabel, not 'cvxopt'."):
        maximum_margin_separator(features, [1] * 16, solver="cvxopt")
    with pytest.raises(ParameterError, match="'rounds' must be at least 1, not 0."):
        maximum_margin_separator(features, [1] * 16, rounds=0)
    with pytest.raises(ParameterError, match="'offset'=2 is no window of the paper's indexing; the last is 1."):
        maximum_margin_separator(features, [1] * 16, 6, 2, "paper")
    with pytest.raises(ParameterError, match="'offset' must be at least 0 and at most n-k=2, not 3."):
        maximum_margin_separator(features, [1] * 16, 6, 3)
    with pytest.raises(InstanceTooLarge, match=r"n=100, k=4 has 97\*2\^4 unknowns, .* the largest n that fits is 67."):
        maximum_margin_separator(features, [1] * 16, 100)


@pytest.mark.parametrize("exponent", [-900, -400, 400, 900])
def test_features_beyond_float64s_range(exponent: int) -> None:
    # The features times 2^e: the norm divides by 4^e.
    scale = F(2) ** exponent
    scaled = sign_grid_features(user_activation("scaled", lambda t: abs(t) * scale), [3, 5, 2, 1])
    found = maximum_margin_separator(scaled, [1, -1, -1, -1], 4, 1)
    plain = maximum_margin_separator(sign_grid_features(activation_named("abs"), [3, 5, 2, 1]), [1, -1, -1, -1], 4, 1)
    assert found.upper is not None and plain.upper is not None
    assert found.lower * scale**2 <= plain.upper and plain.lower <= found.upper * scale**2
    assert found.relative_gap is not None and found.relative_gap < F(1, 10**6)


def test_certificates_with_weights_near_64_bits_do_not_wrap() -> None:
    # φ is the window's sign, twice.  Three points of weight 2^62 share their first window: 3·2^62 there, 2^62 at the
    # others, so that (Σa)²/‖w‖² = 9/(2·(9+1+1)); wrapped to -2^62 it would be 9/6, above the true bound.
    features = sign_grid_features(activation_named("identity"), [1, 1], bias=0)
    points = np.array([[0, 0, 0], [0, 0, 1], [0, 1, 0]])
    found = margins._certify(features, np.array([1, -1]), margins.WindowCoordinates(3, 1), 0, points,
                             np.full(3, 2**62), 1)
    assert found.lower == F(9, 22)


@pytest.mark.parametrize("offset", [0.5, "0", True])
def test_offsets_that_are_no_integers(offset: object) -> None:
    with pytest.raises(ParameterError, match="'offset' must be an integer, not"):
        maximum_margin_separator(sign_grid_features(activation_named("relu"), [1, 1]), [1, -1], 2,
                                 offset)  # type: ignore[arg-type]


def test_no_n_is_promised_that_has_no_window() -> None:
    features = sign_grid_features(activation_named("relu"), [1] * 2**11)
    with pytest.raises(InstanceTooLarge, match="above the limit of 1024; the largest k is 10."):
        maximum_margin_separator(features, [1] * 2**11, 12, windows="paper")
