"""The permutation test: exact validity where the law is invariant, power where it is not."""
from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from theorycheck.errors import ParameterError
from theorycheck.orbits.invariance import InvarianceTest, invariance_test
from theorycheck.orbits.laws import law_named, user_law


def _cyclic(n, rng):
    return np.roll(np.arange(n) < 4, rng.integers(n)).astype(int)


@pytest.mark.parametrize("name", ["signs/n", "gaussian", "uniform", "sparse:2", "parity:3", "orbit:1,2,3,4,5,6"])
def test_the_package_laws_pass(name):
    # Each is rejected with probability at most 1/200.
    assert not invariance_test(law_named(name), 6, np.random.default_rng(0)).rejects("199/200")


def test_level_holds_at_small_samples():
    # 200 tests at level 9/10 (39 copies: exactly 4/40 at most): more than 42 rejections have probability below 10^-5.
    rejections = sum(invariance_test(law_named("parity:2"), 5, np.random.default_rng(seed), 6, copies=39).rejects("0.9")
                     for seed in range(200))
    assert rejections <= 42


@pytest.mark.parametrize("sampler, n, statistic", [
    (_cyclic, 10, "pairs"),
    (lambda n, rng: np.append(rng.standard_normal(n - 1), 2.0), 8, "means"),
    (lambda n, rng: rng.standard_normal(n) * np.linspace(1, 3, n), 12, "sizes"),
    (lambda n, rng: rng.choice([-1, 1], n) * np.roll(np.arange(n) < 4, rng.integers(n)), 10, "pairs of sizes"),
])
def test_laws_that_are_not_invariant_are_rejected(sampler, n, statistic):
    # Negative controls; the cyclic law's coordinates are alike one by one, only pairs tell them apart.
    test = invariance_test(sampler, n, np.random.default_rng(1))
    assert test.rejects("0.99") and test.p_value == Fraction(1, 200) and test.statistic == statistic


def test_shuffling_repairs_the_cyclic_law():
    law = user_law("shuffled", lambda n, rng: rng.permutation(_cyclic(n, rng)))
    # Rejected with probability at most 1/200.
    assert not invariance_test(law, 10, np.random.default_rng(2)).rejects("199/200")


def test_many_coordinates():
    def block(n, rng):
        return np.repeat(rng.standard_normal(n // 2), 2)

    assert invariance_test(block, 100, np.random.default_rng(3), 60, copies=99).rejects("0.99")


def test_numbers_of_any_size():
    assert not invariance_test(lambda n, rng: rng.permutation([1e300, 5e-324, 0.0, -1.0]), 4,
                               np.random.default_rng(4)).rejects("199/200")


def test_numbers_beyond_floats():
    # Places by exact comparison: beyond the largest float, and apart by less than a float tells.
    huge = 10**400
    for step in (1, huge):
        test = invariance_test(lambda n, rng: np.roll([huge + step * i for i in range(n)], rng.integers(n)).tolist(), 5,
                               np.random.default_rng(7), 60)
        assert test.rejects("0.99") and test.statistic == "pairs"


def test_equal_weights_say_nothing():
    assert invariance_test(lambda n, rng: np.ones(n), 5, np.random.default_rng(5), 3).p_value == 1


def test_the_same_seed_gives_the_same_test():
    first, second = (invariance_test(_cyclic, 6, np.random.default_rng(6), 10, copies=19) for _ in range(2))
    assert first == second and (first.draws, first.copies) == (10, 19)


@pytest.mark.parametrize("call, message", [
    (lambda: InvarianceTest(Fraction(1, 200), 10, 199, "means").rejects("0.999"),
     "'level' must be at most 199/200 for 199 copies: no p-value is below 1/200."),
    (lambda: InvarianceTest(Fraction(1, 200), 10, 199, "means").rejects(1),
     "'level' must be above 0 and below 1, not 1."),
    (lambda: invariance_test(_cyclic, 6, np.random.default_rng(0), 1), "'draws' must be at least 2, not 1."),
    (lambda: invariance_test(_cyclic, 6, None), "'rng' must be a numpy.random.Generator, not None."),
    (lambda: invariance_test(lambda n, rng: [1], 6, np.random.default_rng(0)),
     "'sampler' must return 6 weights, not shape (1,)."),
])
def test_bad_arguments(call, message):
    with pytest.raises(ParameterError) as caught:
        call()
    assert str(caught.value) == message
