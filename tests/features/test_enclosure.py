"""Enclosures of the minimum norm against the exact solution, and their honesty when the float solver is poor."""
from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from theorycheck.errors import InstanceTooLarge
from theorycheck.features import enclosure
from theorycheck.features.all_windows import GlobalMinimum, minimum_norm_over_all_windows
from theorycheck.features.enclosure import enclose_minimum_norm, smallest_eigenvalue_bound
from theorycheck.features.filters import GivenFilters
from theorycheck.features.maps import FeatureMap, given_features, sign_grid_features
from theorycheck.features.window_coordinates import WindowCoordinates
from theorycheck.networks.activations import activation_named, user_activation

F = Fraction


def random_features(name: str, k: int, seed: int) -> FeatureMap:
    return sign_grid_features(activation_named(name), np.random.default_rng(seed).integers(1, 30, 2**k))


def exact(features: FeatureMap, g: np.ndarray, n: int, offset: int) -> Fraction:
    found = minimum_norm_over_all_windows(features, g, n, offset)
    assert isinstance(found, GlobalMinimum) and found.method == "exact"
    return found.lower


@pytest.mark.parametrize("name", ["relu", "abs", "leaky_relu:-2/7"])
@pytest.mark.parametrize("n, k, offset", [(5, 2, 0), (6, 2, 3), (9, 3, 6), (5, 3, 1)])
def test_encloses_the_exact_value(name: str, n: int, k: int, offset: int) -> None:
    features = random_features(name, k, n)
    g = np.random.default_rng(k).choice([-1, 1], 2**k)
    lower, upper = enclose_minimum_norm(features, g, WindowCoordinates(n, k), offset)
    assert lower <= exact(features, g, n, offset) <= upper
    assert 0 < upper - lower < upper / 10**14


def test_given_filters() -> None:
    rng = np.random.default_rng(0)
    features = given_features(activation_named("relu"), GivenFilters(rng.standard_normal((30, 2)),
                                                                     rng.standard_normal(30)))
    g = np.array([1, -1, -1, 1])
    lower, upper = enclose_minimum_norm(features, g, WindowCoordinates(5, 2), 1)
    assert lower <= exact(features, g, 5, 1) <= upper and upper - lower < upper / 10**12


@pytest.mark.parametrize("rounds", [0, 1, 3])
def test_a_poor_float_solution_only_widens_the_enclosure(rounds: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enclosure, "_ROUNDS", rounds)
    features = random_features("relu", 2, 1)
    g = np.array([1, -1, -1, 1])
    lower, upper = enclose_minimum_norm(features, g, WindowCoordinates(8, 2), 3)
    value = exact(features, g, 8, 3)
    assert lower <= value <= upper
    if rounds <= 1:
        assert upper - lower > value / 10**6


def test_a_wrong_float_solution_is_contained_too(monkeypatch: pytest.MonkeyPatch) -> None:
    features = random_features("relu", 2, 1)
    g = np.array([1, -1, -1, 1])
    value = exact(features, g, 8, 3)
    for seed in range(5):
        noise = np.random.default_rng(seed).standard_normal(WindowCoordinates(8, 2).dimension)
        monkeypatch.setattr(enclosure, "_conjugate_gradients", lambda *_, noise=noise: noise)
        lower, upper = enclose_minimum_norm(features, g, WindowCoordinates(8, 2), 3)
        assert lower < value < upper


@pytest.mark.parametrize("name", ["relu", "abs", "leaky_relu:-2/7"])
def test_eigenvalue_bound(name: str) -> None:
    features = random_features(name, 3, 5)
    gram = features.window_gram.to_float64()
    bound = smallest_eigenvalue_bound(features)
    smallest = float(np.linalg.eigvalsh(gram)[0])
    # eigvalsh errs by some 8·2^-52·‖G‖.
    assert 0 < float(bound) <= smallest + 1e-12 * float(np.abs(gram).sum())


def test_eigenvalue_bound_of_given_filters() -> None:
    filters = GivenFilters([[1, 2], [3, -1], [-2, 2], [0, -1]], [0, 1, 1, 2])
    features = given_features(activation_named("relu"), filters)
    bound = smallest_eigenvalue_bound(features)
    smallest = float(np.linalg.eigvalsh(features.window_gram.to_float64())[0])
    assert smallest / 4 <= float(bound) * (1 + 1e-9) and float(bound) <= smallest * (1 + 1e-9)  # a trace of 4 terms


def test_declines_with_its_cost() -> None:
    for features in (sign_grid_features(activation_named("relu"), [1, 0]),
                     sign_grid_features(activation_named("square"), [1] * 8),
                     given_features(activation_named("relu"), GivenFilters([[1]]))):
        assert smallest_eigenvalue_bound(features) == 0
        g = np.ones(1 << features.k, dtype=np.int64)
        with pytest.raises(InstanceTooLarge, match="no enclosure is known .* about .* times d=300."):
            enclose_minimum_norm(features, g, WindowCoordinates(400, features.k), 0)


def test_ten_bit_windows() -> None:
    counts = np.random.default_rng(0).multinomial(10**6, [1 / 1024] * 1024)
    features = sign_grid_features(activation_named("relu"), counts)
    g = np.random.default_rng(1).choice([-1, 1], 1024)
    lower, upper = enclose_minimum_norm(features, g, WindowCoordinates(13, 10), 1)
    assert 0 < upper - lower < upper / 10**14


@pytest.mark.parametrize("exponent", [-900, -400, 400, 900])
def test_features_beyond_float64s_range(exponent: int) -> None:
    # The features times 2^e: the norm divides by 4^e, exactly.
    scale = F(2) ** exponent
    scaled = sign_grid_features(user_activation("scaled", lambda t: abs(t) * scale), [3, 5, 2, 1])
    plain = sign_grid_features(activation_named("abs"), [3, 5, 2, 1])
    g = np.array([1, -1, -1, -1])
    lower, upper = enclose_minimum_norm(scaled, g, WindowCoordinates(6, 2), 2)
    value = exact(plain, g, 6, 2) / scale**2
    assert lower <= value <= upper and upper - lower < value / 10**12


def test_regular_but_not_to_float64s_digits() -> None:
    # λ_1 = 2^-80: in float64 the Gram matrix is singular and the iteration stops; the enclosure stays valid.
    features = sign_grid_features(user_activation("nearly constant", lambda t: 1 + t / 2**80), [1, 2])
    g = np.array([1, -1])
    lower, upper = enclose_minimum_norm(features, g, WindowCoordinates(3, 1), 1)
    assert lower <= exact(features, g, 3, 1) <= upper
