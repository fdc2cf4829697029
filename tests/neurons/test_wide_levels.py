from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from theorycheck.cube.memory import memory_budget
from theorycheck.errors import InstanceTooLarge
from theorycheck.neurons.half_cubes import HalfCube
from theorycheck.neurons.symmetric_parts import SymmetricPart, integer_components
from theorycheck.neurons.transform_levels import component_levels
from theorycheck.neurons.wide_levels import is_wide_cheaper, step_components, wide_levels

UNITS = Fraction(3, 7), Fraction(5, 11)


def part(starts, constants, slopes):
    return SymmetricPart(tuple(starts), tuple(constants), tuple(slopes), *UNITS)


# Narrow enough for the transforms of components, and too wide for one of them.
@pytest.mark.parametrize("magnitudes", [(3,), (1, 1, 2), (1, 2, 3, 50, 51, 1000), (1, 10**30, 10**30 + 1, 10**60)])
@pytest.mark.parametrize("pieces", [([0], (0, 0), (-1, 1)), ([-2, 1], (-1, 0, 1), (2, 0, 2)), ([1], (0, 3), (1, 1)),
                                    ([-3, 0, 2], (-9, 1, 2, 5), (0, 3, -4, 1))])
@pytest.mark.parametrize("squared_scale", [Fraction(1), Fraction(4, 9), Fraction(1, 3)])
@pytest.mark.parametrize("threads", [1, 2])
def test_the_quadratic_form_is_the_products_of_components(magnitudes, pieces, squared_scale, threads):
    half, chosen = HalfCube(magnitudes), part(*pieces)
    for parity in (0, 1):
        levels = list(range(parity, len(magnitudes) + 1, 2))
        found = wide_levels(half, chosen, squared_scale, levels, threads)
        components = integer_components(chosen, squared_scale, magnitudes, 0)
        expected = component_levels(half, chosen.starts, components, squared_scale, levels, threads)
        for level in levels:
            # With a rational root the components have it inside.
            root = {Fraction(1): 1, Fraction(4, 9): Fraction(2, 3)}.get(squared_scale)
            if root is None:
                assert found[level] == expected[level]
            else:
                assert found[level][0] + root * found[level][1] == expected[level][0] + root * expected[level][1]


def test_steps_that_need_more_than_32_bits_are_refused():
    assert step_components(part([0], (0, 0), (0, 2**31 - 1)), 1) is not None
    assert step_components(part([0], (0, 0), (0, 2**30)), 2) is None
    assert step_components(part([0], (0, 2**30), (0, 1)), 2) is None
    assert wide_levels(HalfCube((1, 2)), part([0], (0, 0), (0, 2**40)), Fraction(1), [0], None) is None


def test_without_constants_one_table_is_enough():
    steps, constants = step_components(part([0], (0, 0), (-1, 1)), 3)
    assert steps.constants == (-1, 1) and steps.is_rooted and constants == []


def test_chosen_for_numbers_of_many_digits_and_for_low_levels():
    few, many = (integer_components(part([0], (0, 0), (-1, 1)), Fraction(1), magnitudes, 2)
                 for magnitudes in (tuple(range(1, 21)), tuple(10**(20 * j) for j in range(20))))
    assert len(few) == 1 and len(many) > 20
    assert not is_wide_cheaper(few, 20, [2]) and not is_wide_cheaper(few, 20, [10])
    assert is_wide_cheaper(many, 20, [2]) and is_wide_cheaper(many, 20, [10])
    gaussian = tuple(sorted(abs(int(w * 2**58)) for w in np.random.default_rng(0).normal(size=20)))
    two = integer_components(part([0], (0, 0), (-1, 1)), Fraction(1), gaussian, 2)
    assert len(two) == 2 and is_wide_cheaper(two, 20, [2]) and not is_wide_cheaper(two, 20, [10])


def test_memory():
    with memory_budget(2**10), pytest.raises(InstanceTooLarge, match="^number of nonzero weights=12 needs"):
        wide_levels(HalfCube((1,) * 12), part([0], (0, 0), (-1, 1)), Fraction(1), [2], None)
