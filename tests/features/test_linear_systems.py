"""Exact semidefinite systems: solutions, obstructions, and an unlucky prime."""
from __future__ import annotations

from fractions import Fraction

import numpy as np
import oracles
import pytest
from flint import fmpz
from hypothesis import given
from hypothesis import strategies as st

from theorycheck.features import linear_systems
from theorycheck.features.linear_systems import Obstruction, Solution, bilinear, solve_semidefinite
from theorycheck.networks.rationals import RationalArray

F = Fraction
factors = st.tuples(st.integers(1, 5), st.integers(1, 4)).flatmap(lambda shape: st.lists(
    st.lists(st.integers(-9, 9), min_size=shape[0], max_size=shape[0]), min_size=shape[1], max_size=shape[1]))


def gram_of(factor: list[list[int]]) -> np.ndarray:
    return np.array(factor).T @ np.array(factor)


@given(factors, st.lists(st.integers(-5, 5), min_size=5, max_size=5))
def test_a_solution_where_there_is_one(factor: list[list[int]], target: list[int]) -> None:
    gram = gram_of(factor)
    sides = np.stack([gram @ np.array(target[:len(gram)]), gram[:, 0]], axis=1)
    result = solve_semidefinite(gram, sides)
    assert isinstance(result, Solution)
    for column in range(2):
        x = [result.values[i, column] for i in range(len(gram))]
        assert [sum(int(g) * v for g, v in zip(row, x)) for row in gram] == sides[:, column].tolist()


@given(factors, st.lists(st.integers(-5, 5), min_size=5, max_size=5))
def test_solvable_exactly_when_elimination_says_so(factor: list[list[int]], target: list[int]) -> None:
    gram = gram_of(factor)
    side = np.array(target[:len(gram)])
    expected = oracles.solve_linear(gram.tolist(), [side.tolist()])[0]
    result = solve_semidefinite(gram, side[:, None])
    assert isinstance(result, Solution) == (expected is not None)
    if isinstance(result, Obstruction):
        y = [int(v) for v in result.vector]
        assert not any(gram @ np.array(y)) and sum(a * int(b) for a, b in zip(y, side)) != 0
        assert not any(np.array(factor) @ np.array(y)) and result.column == 0


def test_primes_are_prime() -> None:
    assert all(fmpz(prime).is_prime() and prime < 2**62 for prime in linear_systems._PRIMES)


def test_an_unlucky_prime_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    # Modulo 7 the matrix loses rank, though the system has a solution.
    gram, side = np.array([[7, 0], [0, 3]]), np.array([[1], [1]])
    monkeypatch.setattr(linear_systems, "_PRIMES", (7, 101))
    result = solve_semidefinite(gram, side)
    assert isinstance(result, Solution) and result.values.fractions() == [F(1, 7), F(1, 3)]
    monkeypatch.setattr(linear_systems, "_PRIMES", (7,))
    with pytest.raises(ArithmeticError, match="the rank dropped"):
        solve_semidefinite(gram, side)


def test_the_zero_matrix() -> None:
    zero = np.zeros((2, 2), dtype=np.int64)
    solved = solve_semidefinite(zero, np.zeros((2, 1), dtype=np.int64))
    assert isinstance(solved, Solution) and solved.values.fractions() == [0, 0]
    obstructed = solve_semidefinite(zero, np.array([[0], [4]]))
    assert isinstance(obstructed, Obstruction) and obstructed.vector.tolist() == [0, 1]


def test_integers_beyond_64_bits() -> None:
    gram = np.array([[2**70, 1], [1, 2**70]], dtype=object)
    result = solve_semidefinite(gram, np.array([[1], [0]]))
    assert isinstance(result, Solution)
    x = result.values.fractions()
    assert (2**70 * x[0] + x[1], x[0] + 2**70 * x[1]) == (1, 0)


def test_bilinear() -> None:
    left = RationalArray(np.array([[2**40, -1]]), 3)
    assert bilinear(left, left) == F(2**80 + 1, 9)
