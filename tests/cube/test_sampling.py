"""Random functions: ranges, reproducibility, and that every outcome can occur."""
from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest

from theorycheck.cube.fourier import fourier_support
from theorycheck.cube.sampling import (sample_below, sample_boolean_function, sample_integer_function, sample_junta,
                                       sample_linear_threshold, sample_parity)
from theorycheck.cube.spectral_weights import degree
from theorycheck.cube.variable_influence import influences
from theorycheck.errors import ParameterError


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("sample", [
    lambda g: sample_boolean_function(6, g), lambda g: sample_integer_function(6, 9, g),
    lambda g: sample_linear_threshold(6, 9, g), lambda g: sample_junta(6, 3, g), lambda g: sample_parity(6, 3, g)])
def test_same_seed_same_function_other_seeds_others(sample: Any) -> None:
    assert sample(rng(1)) == sample(rng(1))
    assert len({sample(rng(seed)) for seed in range(20)}) > 1


def test_all_functions_of_one_variable_occur_equally_often() -> None:
    generator = rng()
    counts = Counter(tuple(sample_boolean_function(1, generator).values.tolist()) for _ in range(4000))
    # Four outcomes of probability 1/4: by Hoeffding a count is off by 250 with probability below 4*2*exp(-31) ~ 3e-13.
    assert set(counts) == {(1, 1), (1, -1), (-1, 1), (-1, -1)}
    assert all(abs(count - 1000) < 250 for count in counts.values())


def test_integer_functions_reach_both_ends() -> None:
    # Each end is missed with probability (6/7)^4096 < 1e-270.
    values = sample_integer_function(12, 3, rng()).values
    assert set(values.tolist()) == {-3, -2, -1, 0, 1, 2, 3}


def test_parities_have_one_character_of_the_right_size() -> None:
    generator = rng()
    masks = [fourier_support(sample_parity(5, 2, generator)) for _ in range(200)]
    assert all(len(support) == 1 and support[0].bit_count() == 2 for support in masks)
    # One of C(5,2)=10 masks is missed with probability below 10*(9/10)^200 < 1e-8.
    assert len(set(masks)) == 10
    assert fourier_support(sample_parity(5, 0, generator)) == (0,)


def test_juntas_and_thresholds() -> None:
    generator = rng()
    for _ in range(20):
        f = sample_junta(7, 2, generator)
        assert f.is_sign_valued and sum(value > 0 for value in influences(f)) <= 2 and degree(f) <= 2
        assert sample_linear_threshold(4, 3, generator).is_sign_valued


@pytest.mark.parametrize("bound", [1, 6, 2**63, 2**63 + 1, 3 * 2**70])
def test_sample_below(bound: int) -> None:
    drawn = sample_below(bound, 300, rng()).tolist()
    assert len(drawn) == 300 and all(0 <= value < bound for value in drawn)
    # All 300 fall in the lower or all in the upper half with probability 2^-299.
    assert bound == 1 or {value < bound / 2 for value in drawn} == {True, False}
    assert bound != 6 or set(drawn) == set(range(6))


@pytest.mark.parametrize("call, text", [
    (lambda: sample_junta(3, 4, rng()), "'size' must be at least 1 and at most n=3, not 4."),
    (lambda: sample_parity(3, 4, rng()), "'size' must be at least 0 and at most n=3, not 4."),
    (lambda: sample_boolean_function(0, rng()), "'n' must be at least 1, not 0."),
    (lambda: sample_integer_function(2, -1, rng()), f"'bound' must be at least 0 and at most {2**62 - 1}, not -1."),
])
def test_bad_input(call: Any, text: str) -> None:
    with pytest.raises(ParameterError) as caught:
        call()
    assert str(caught.value) == text
