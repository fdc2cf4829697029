from __future__ import annotations

import numpy as np
import pytest

from theorycheck.cube.boolean_function import BooleanFunction
from theorycheck.cube.conversion import as_boolean_function, require_exact, resolve
from theorycheck.cube.patterns import KPattern
from theorycheck.errors import InstanceTooLarge, ParameterError


def test_three_ways_to_say_the_same_function() -> None:
    pattern = KPattern(3, 2, 1, [1, -1, -1, 1])
    table = [1, 1, -1, -1, -1, -1, 1, 1]
    same = {as_boolean_function(f) for f in (pattern, table, np.array(table), BooleanFunction(table))}
    assert same == {BooleanFunction(table)}


def test_a_pattern_is_resolved_to_its_window() -> None:
    pattern = KPattern.parity(10**6, 2, 7)
    assert resolve(pattern) == (BooleanFunction([1, -1, -1, 1]), 10**6, 7)
    assert resolve([1, 2]) == (BooleanFunction([1, 2]), 1, 0)
    with pytest.raises(InstanceTooLarge):
        as_boolean_function(pattern)


def test_floats_are_not_exact() -> None:
    f = BooleanFunction([1, 2])
    assert require_exact(f) is f
    with pytest.raises(ParameterError, match="^'f' must have integer or rational values: with floats no coefficient"):
        require_exact(BooleanFunction([0.5, 2]))


def test_bad_input_is_reported_as_a_truth_table() -> None:
    with pytest.raises(ParameterError, match="^'truth_table' must have a power of two of entries, not 3.$"):
        resolve([1, 2, 3])
