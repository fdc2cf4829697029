from __future__ import annotations

import pytest

from theorycheck.cube.memory import memory_budget, require_memory
from theorycheck.errors import InstanceTooLarge, ParameterError


def test_the_limit_is_inclusive_and_the_named_dimension_fits() -> None:
    with memory_budget(2**20):
        require_memory(20, 1)
        require_memory(17, 8)
        require_memory(16, 12)
        with pytest.raises(InstanceTooLarge, match=r"^n=21 needs 2.0 MiB \(1 byte for each of 2\^21 points\), above "
                                                   r"the budget of 1.0 MiB; the largest n that fits is 20\.$"):
            require_memory(21, 1)
        with pytest.raises(InstanceTooLarge, match=r"^k=17 needs 1.5 MiB \(12 bytes .* largest k that fits is 16\.$"):
            require_memory(17, 12, "k")


def test_default_budget_takes_a_float_table_of_28_variables_and_its_spectrum() -> None:
    require_memory(28, 16)
    with pytest.raises(InstanceTooLarge):
        require_memory(29, 16)


@pytest.mark.parametrize("n, text", [(100, "1048576.0 YiB"), (10**6, r"1\*2\^1000000 bytes")])
def test_astronomical_instances_are_refused_in_words(n: int, text: str) -> None:
    with pytest.raises(InstanceTooLarge, match=text):
        require_memory(n, 1)


def test_the_budget_ends_with_its_block_even_after_an_error() -> None:
    with pytest.raises(InstanceTooLarge):
        with memory_budget(1):
            require_memory(1, 1)
    require_memory(10, 1)


@pytest.mark.parametrize("size", [0, -1, True, 1.5])
def test_bad_budgets(size: object) -> None:
    with pytest.raises(ParameterError, match="'size' must be"):
        with memory_budget(size):  # type: ignore[arg-type]
            pass
