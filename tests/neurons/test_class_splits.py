from __future__ import annotations

import pytest

from theorycheck.cube.memory import memory_budget
from theorycheck.errors import InstanceTooLarge
from theorycheck.neurons.class_splits import LARGEST_COST, best_split, require_feasible_split

FOUR = ((1, 50), (2, 50), (3, 50), (7, 50))
MANY = tuple((magnitude, 3) for magnitude in range(1, 41))


@pytest.mark.parametrize("classes", [(), ((1, 5),), FOUR, MANY])
def test_a_split_loses_no_class(classes):
    split = best_split(classes, (0, 1) if classes else (0,), 2)
    assert sorted(split.left.classes + split.right.classes) == list(classes)
    assert split.cost > 0 and split.memory > 0


def test_the_cost_grows_with_the_level_the_pieces_and_the_magnitudes():
    costs = [best_split(FOUR, (level,), 2).cost for level in (1, 3, 9, 27)]
    assert costs == sorted(costs) and costs[0] < costs[-1]
    assert best_split(FOUR, (5,), 2).cost < best_split(FOUR, (5,), 50).cost
    assert best_split(FOUR, (5,), 2).cost < best_split(MANY, (5,), 2).cost
    # Levels near n are as cheap as those near 0: their subsets leave out as few.
    assert best_split(FOUR, (196,), 2).cost == best_split(FOUR, (4,), 2).cost


def test_a_hopeless_middle_level_gets_a_lower_bound_at_once():
    # C(1000, 500) count vectors at least: they must not be counted one by one.
    split = best_split(tuple((magnitude, 1) for magnitude in range(1, 1001)), (500,), 2)
    assert split.cost > 10**290
    with pytest.raises(InstanceTooLarge, match="1000 distinct magnitudes at level 500 need about .*; the largest level "
                                               "that may fit is [0-3]."):
        require_feasible_split(split, (500,), 2)


def test_the_largest_level_named_fits_and_the_next_does_not():
    split = best_split(MANY, (60,), 2)
    with pytest.raises(InstanceTooLarge, match="40 distinct magnitudes at level 60") as refusal:
        require_feasible_split(split, (60,), 2)
    best = int(str(refusal.value).rpartition(" ")[2].rstrip("."))
    assert best_split(MANY, (best,), 2).cost <= LARGEST_COST < best_split(MANY, (best + 1,), 2).cost


def test_the_memory_budget_is_kept():
    split = best_split(FOUR, (9,), 2)
    require_feasible_split(split, (9,), 2)
    with memory_budget(split.memory // 2), pytest.raises(InstanceTooLarge, match="or the memory budget; the largest"):
        require_feasible_split(split, (9,), 2)


def test_no_level_fits_and_no_level_asked_for():
    classes = tuple((3**power, 1) for power in range(120))
    for levels, top in (((3,), 3), ((), 0)):
        with pytest.raises(InstanceTooLarge, match=f"120 distinct magnitudes at level {top} .*; not even level 0 fits"):
            require_feasible_split(best_split(classes, levels, 2), levels, 2)


def test_the_level_named_fits_the_memory_budget_too():
    with memory_budget(2**22), pytest.raises(InstanceTooLarge, match="the largest level that may fit is") as refusal:
        require_feasible_split(best_split(FOUR, (60,), 2), (60,), 2)
    best = int(str(refusal.value).rpartition(" ")[2].rstrip("."))
    with memory_budget(2**22):
        assert best_split(FOUR, (best,), 2).is_feasible and not best_split(FOUR, (best + 1,), 2).is_feasible


def test_a_size_that_no_float_can_hold():
    classes = tuple((3**power, 1) for power in range(2500))
    assert not best_split(classes, (0,), 2).fits_memory
