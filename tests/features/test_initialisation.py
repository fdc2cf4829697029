"""The laws of the first layer."""
from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from theorycheck.errors import InstanceTooLarge, ParameterError
from theorycheck.features import initialisation
from theorycheck.features.filters import GivenFilters, SignGridFilters
from theorycheck.features.initialisation import (Initialisation, initialisation_named, sample_gaussian,
                                                 sample_sign_grid, sample_uniform)
from theorycheck.probability.multiplicities import sample_cells


def test_sign_grid_is_the_shared_sampler() -> None:
    cells = sample_sign_grid(100, 3, np.random.default_rng(5)).cells
    assert (cells == sample_cells(100, 3, np.random.default_rng(5))).all()


def test_ten_million_bits_need_no_matrix() -> None:
    filters = sample_sign_grid(10**6, 10, np.random.default_rng(0))
    assert filters.cells.nbytes <= 8 * 10**6
    counts = filters.multiplicities()
    assert counts.sum() == 10**6
    # Each count is Bin(10^6, 2^-10), mean 976.6, standard deviation 31.2; 8 deviations for any of 1024 cells have
    # probability below 1024·e^{-25} = 2e-8, and the seed is fixed.
    assert 727 < counts.min() and counts.max() < 1226


@pytest.mark.parametrize("name", ["paper", "gaussian", "gaussian:1", "uniform"])
def test_same_seed_same_filters(name: str) -> None:
    first, second = (initialisation_named(name).sample(20, 3, np.random.default_rng(7)) for _ in range(2))
    if isinstance(first, SignGridFilters) and isinstance(second, SignGridFilters):
        assert (first.cells == second.cells).all()
    else:
        assert isinstance(first, GivenFilters) and isinstance(second, GivenFilters)
        assert (first.filters == second.filters).all() and (first.biases == second.biases).all()
        assert first.filters.shape == (20, 3)


def test_gaussian_biases() -> None:
    rng = np.random.default_rng
    assert not sample_gaussian(50, 2, rng(0)).biases.any()
    one, half = sample_gaussian(50, 2, rng(0), 1), sample_gaussian(50, 2, rng(0), "1/2")
    assert (one.filters == half.filters).all() and (one.biases == 2 * half.biases).all() and one.biases.any()


def test_moments() -> None:
    gaussian = sample_gaussian(20000, 2, np.random.default_rng(0), 3)
    # Standard errors of the two means are 1/sqrt(40000) = 0.005 and about 9·sqrt(2/20000) = 0.09: 8 of them, a
    # false alarm below 1e-14 each, and the seed is fixed.
    assert abs(gaussian.filters.mean()) < 0.04
    assert abs((gaussian.biases**2).mean() - 9) < 0.72
    uniform = sample_uniform(20000, 4, np.random.default_rng(0))
    assert np.abs(uniform.filters).max() <= 0.5 and np.abs(uniform.biases).max() <= 0.5
    # Mean square 1/12 with standard error (1/12)·sqrt(4/5)/sqrt(80000) = 0.00026: 8 of them.
    assert abs((uniform.filters**2).mean() - 1 / 12) < 0.0022


def test_names() -> None:
    assert initialisation_named("paper") == Initialisation("paper")
    assert initialisation_named("gaussian:0.5") == Initialisation("gaussian", Fraction(1, 2))


@pytest.mark.parametrize("name, text", [
    ("xavier", "'init' must be one of paper, gaussian, gaussian:BETA, uniform, not 'xavier'."),
    (None, "'init' must be one of paper"),
    ("paper:1", "'init' must be one of paper"),
    ("gaussian:-1", "'bias_scale' must be at least 0, not -1."),
    ("gaussian:x", "'bias_scale' must be a finite number, not x."),
])
def test_bad_names(name: str, text: str) -> None:
    with pytest.raises(ParameterError, match=text):
        initialisation_named(name)


def test_too_many_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(initialisation, "WEIGHT_LIMIT", 100)
    for sample in (sample_gaussian, sample_uniform):
        with pytest.raises(InstanceTooLarge, match="q=101, k=1 needs 808 bytes .* the largest q that fits is 100."):
            sample(101, 1, np.random.default_rng(0))


@pytest.mark.parametrize("scale", ["1e400", "1e-400", Fraction(2) ** 1001])
def test_a_scale_beyond_float64_is_refused_not_rounded(scale: object) -> None:
    with pytest.raises(ParameterError, match=r"must be 0 or in 2\^-1000 ... 2\^1000 to be drawn, not [12]"):
        sample_gaussian(2, 2, np.random.default_rng(0), scale)


def test_malformed_laws_and_sizes() -> None:
    with pytest.raises(ParameterError, match="'name' must be one of paper, gaussian, uniform, not 'xavier'."):
        Initialisation("xavier")
    with pytest.raises(ParameterError, match="'bias_scale' must be at least 0, not -1."):
        Initialisation("gaussian", Fraction(-1))
    with pytest.raises(ParameterError, match="'q' must be at least 1, not 0."):
        sample_sign_grid(0, 2, np.random.default_rng(0))
