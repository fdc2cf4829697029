"""The words for distributions and multiplicities."""
import numpy as np
import pytest

from theorycheck.errors import InstanceTooLarge, ParameterError
from theorycheck.statements.training_options import distribution_named, multiplicities_named


def test_one_mean_or_n_of_them():
    assert distribution_named("product:0.5", 3) == distribution_named("product:1/2,1/2,1/2", 3)
    assert distribution_named("point:5", 3).probability(5) == 1 and distribution_named("uniform", 40).n == 40
    with pytest.raises(ParameterError, match="product needs 1 or n=3 means, not 2"):
        distribution_named("product:0,0", 3)


@pytest.mark.parametrize("text", ["uniform:1", "product", "point:", "point:-1", "point:1.5", ":", "gauss"])
def test_other_words_are_refused(text):
    with pytest.raises(ParameterError, match="'distribution' must be one of|'distribution' must be a finite"):
        distribution_named(text, 3)


@pytest.mark.parametrize("digits", ["8", "9" * 5000])
def test_a_point_outside_the_cube_is_refused_whatever_its_length(digits):
    with pytest.raises(ParameterError, match="^'index' must be at least 0 and at most 2.n-1"):
        distribution_named(f"point:{digits}", 3)


@pytest.mark.parametrize("q", [1, 4, 7, 10**15 + 3])
def test_balanced_sums_to_q_and_differs_by_one(q):
    counts = multiplicities_named("balanced", q, 2, np.random.default_rng(0))
    assert counts.sum() == q and counts.max() - counts.min() <= 1 and (np.diff(counts) <= 0).all()


def test_given_and_drawn():
    assert multiplicities_named("0, 3,4,0", 7, 2, np.random.default_rng(0)).tolist() == [0, 3, 4, 0]
    drawn = multiplicities_named("paper", 1000, 3, np.random.default_rng(1))
    assert drawn.sum() == 1000 and len(drawn) == 8


@pytest.mark.parametrize("text, q", [("1,2,3", 6), ("1,2,3,4", 7), ("1,-2,3,5", 7), ("uniform", 7), ("1.5,1,1,1", 4),
                                     (",,,", 4)])
def test_multiplicities_that_do_not_fit_are_refused(text, q):
    with pytest.raises(ParameterError, match="'init' must"):
        multiplicities_named(text, q, 2, np.random.default_rng(0))


def test_too_many_to_draw():
    with pytest.raises(InstanceTooLarge, match="'init' balanced takes any"):
        multiplicities_named("paper", 10**10, 2, np.random.default_rng(0))
    with pytest.raises(InstanceTooLarge, match="below 2.62"):
        multiplicities_named("balanced", 2**62, 2, np.random.default_rng(0))
