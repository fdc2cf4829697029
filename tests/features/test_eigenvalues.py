"""Level eigenvalues against the matrix they belong to, golden values, and which characters one window cannot reach."""
from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import oracles
import pytest
from flint import arb
from hypothesis import given
from hypothesis import strategies as st

from theorycheck.errors import ParameterError
from theorycheck.features.eigenvalues import (arc_cosine_kernel, gaussian_eigenvalues, krawtchouk, level_eigenvalues,
                                              level_eigenvalues_of, unreachable_character, unreachable_levels)
from theorycheck.networks.activations import activation_named
from theorycheck.rigor import Real, decide

F = Fraction
GOLDEN = json.loads((Path(__file__).parents[1] / "data" / "paper_golden.json").read_text())
NAMES = {"absolute value": "abs", "square": "square", "relu": "relu"}


@pytest.mark.parametrize("k", range(6))
def test_krawtchouk(k: int) -> None:
    assert [[krawtchouk(k, m, level) for level in range(k + 1)] for m in range(k + 1)] == [
        [oracles.krawtchouk(k, m, level) for level in range(k + 1)] for m in range(k + 1)]


@pytest.mark.parametrize("case", GOLDEN["lemma6"]["level_eigenvalues"])
def test_golden_eigenvalues(case: dict) -> None:
    found = level_eigenvalues(activation_named(NAMES[case["activation"]]), case["k"])
    assert [value.exact for value in found] == [F(text) for text in case["values"]]


@pytest.mark.parametrize("name, sigma", [("relu", oracles.relu), ("abs", abs),
                                         ("clip:-1,1/9", oracles.clipped(-1, F(1, 9)))])
@pytest.mark.parametrize("k", [1, 2, 4])
def test_eigenvalues_by_applying_the_matrix(k: int, name: str, sigma: oracles.Activation) -> None:
    assert [v.exact for v in level_eigenvalues(activation_named(name), k)] == oracles.level_eigenvalues(k, sigma)


@pytest.mark.parametrize("k", [1, 3, 7, 30])
def test_relu_is_one_over_k_at_every_level(k: int) -> None:
    assert {value.exact for value in level_eigenvalues(activation_named("relu"), k)} == {F(1, k)}


def test_a_wrong_bias_changes_them() -> None:
    wrong = level_eigenvalues(activation_named("relu"), 3, bias="-1/3")
    assert {value.exact for value in wrong} != {F(1, 3)}


@given(st.lists(st.fractions(max_denominator=9), min_size=2, max_size=5))
def test_eigenvalues_of_any_level_function(levels: list[Fraction]) -> None:
    k = len(levels) - 1
    for level, value in enumerate(level_eigenvalues_of(levels)):
        mask = 2**level - 1
        column = [oracles.character(mask, z) for z in oracles.cube_points(k)]
        assert value == sum(levels[bin(z).count("1")] * column[z] for z in range(2**k))


def test_tanh_is_enclosed_and_its_sign_decided() -> None:
    values = level_eigenvalues(activation_named("tanh"), 3)
    assert values[0].exact is None and unreachable_levels(values) == ()


def test_unreachable_levels_and_characters() -> None:
    assert unreachable_levels(level_eigenvalues(activation_named("square"), 4)) == (3, 4)
    identity = level_eigenvalues(activation_named("identity"), 2)
    assert unreachable_levels(identity) == (2,)
    assert unreachable_character(np.array([1, 1, 1, -1]), identity) == 3
    assert unreachable_character(np.array([1, -1, 1, -1]), identity) is None


def test_undecided_eigenvalues_are_not_guessed() -> None:
    zero_in_disguise = Real(lambda: arb(2).sqrt() ** 2 - 2)
    with pytest.raises(ParameterError, match="must be decided to be zero or not; level 0 is not"):
        unreachable_levels([zero_in_disguise])


def test_arc_cosine_kernel() -> None:
    # κ(0) = 1/2π, κ(ρ) - κ(-ρ) = ρ/2, and convexity between the exact ends.
    assert arc_cosine_kernel(0).enclose(128).overlaps(1 / (2 * arb.pi()))
    rho = F(1, 3)
    difference = arc_cosine_kernel(rho) - arc_cosine_kernel(-rho)
    assert difference.enclose(128).overlaps(Real(rho / 2).enclose(128))
    assert decide(arc_cosine_kernel(rho), "<", F(1, 2) * (1 + rho) / 2) is True
    with pytest.raises(ParameterError, match="'correlation' must be at least -1 and at most 1, not 2."):
        arc_cosine_kernel(2)


def test_golden_gaussian_eigenvalues() -> None:
    case = GOLDEN["comment7"]
    for value, text in zip(gaussian_eigenvalues(case["k"], case["beta"]), case["level_eigenvalues"]):
        half_unit = F(1, 2 * 10 ** len(text.partition(".")[2]))
        assert decide(value, ">=", F(text) - half_unit) is True and decide(value, "<=", F(text) + half_unit) is True


@pytest.mark.parametrize("k", [1, 2, 3, 5])
def test_gaussian_eigenvalues_need_a_bias(k: int) -> None:
    assert all(decide(value, ">", 0) for value in gaussian_eigenvalues(k, "1/2"))
    # Without bias every odd level from 3 on vanishes: ReLU = t/2 + |t|/2.
    for level, value in enumerate(gaussian_eigenvalues(k, 0)):
        assert decide(value, ">", 0) is (None if level % 2 and level >= 3 else True)


def test_gaussian_eigenvalues_against_quadrature() -> None:
    # E[ReLU(s)ReLU(t)] for s = w+b, t = -w+b, w and b standard: by the polar angle, ∫ (r²/2π) cos-products.
    angle = np.linspace(0, 2 * np.pi, 200001)
    w, b = np.cos(angle), np.sin(angle)
    products = np.maximum(w + b, 0) * np.maximum(b - w, 0)
    same = np.maximum(w + b, 0) ** 2
    # E r² = 2 for two standard normals; the trapezoid rule on a Lipschitz periodic function errs below 1e-8.
    cross, own = (2 * float(np.mean(f[:-1])) for f in (products, same))
    eigenvalues = [float(value) for value in gaussian_eigenvalues(1, 1)]
    assert np.allclose(eigenvalues, [own + cross, own - cross], atol=1e-7)


def test_too_few_eigenvalues_are_refused() -> None:
    with pytest.raises(ParameterError, match=r"'eigenvalues' must hold k\+1=3 numbers, not 1."):
        unreachable_character(np.array([1, -1, -1, 1]), [Real(0)])
