"""Theorem 12's bounds as numbers: stated, printed, sharp, and the mean over all permutations."""
from fractions import Fraction
from itertools import combinations
from math import comb

import pytest

from theorycheck.bounds import theorem12
from theorycheck.bounds.evaluate import evaluate

SIZES = [(n, k) for n in range(1, 9) for k in range(1, n + 1)]


def at(expression, **values):
    return evaluate(expression, values).exact


@pytest.mark.parametrize("n, k", SIZES)
def test_stated_and_printed(n, k):
    terms = [Fraction(1, count) for count in (comb(n - 1, k), comb(n - 1, k - 1)) if count]
    assert at(theorem12.filter_gradient_bound(), n=n, k=k, q=3) == 3 * n * min(terms)
    assert at(theorem12.printed_filter_gradient_bound(), n=n, k=k, q=3) == Fraction(6 * n, comb(n, k))
    by_coordinate = sum(Fraction(1, comb(n - 1, k - 1) if j < k else comb(n - 1, k)) for j in range(n))
    assert by_coordinate == Fraction((2 if k < n else 1) * n, comb(n, k))
    assert at(theorem12.readout_gradient_bound(), n=n, k=k, q=3, c=Fraction(1, 2)) == Fraction(3, 4 * comb(n, k))


@pytest.mark.parametrize("n, k", [size for size in SIZES if size[0] <= 5])
def test_the_counts_of_the_identity_by_listing(n, k):
    # How often a given set is I with one bit added or taken away.
    seen = {}
    for subset in combinations(range(n), k):
        for j in range(n):
            moved = frozenset(subset) ^ {j}
            seen[moved] = seen.get(moved, 0) + 1
    below = at(theorem12.sets_below(), n=n, k=k)
    above = at(theorem12.sets_above(), n=n, k=k)
    assert all(count == (below if len(moved) < k else above) for moved, count in seen.items())
    sharp = at(theorem12.sharp_filter_gradient_bound(), n=n, k=k, q=2)
    assert sharp == Fraction(2 * max(seen.values()), comb(n, k))
    assert at(theorem12.filter_gradient_mean(), n=n, k=k, q=2, W_below=1, W_above=0) == Fraction(2 * below, comb(n, k))
    assert at(theorem12.filter_gradient_mean(), n=n, k=k, q=2, W_below=0, W_above=1) == Fraction(2 * above, comb(n, k))
    assert at(theorem12.readout_gradient_mean(), n=n, k=k, q=2, W_value=1) == Fraction(2, comb(n, k))


@pytest.mark.parametrize("n, k", [size for size in SIZES if size[0] <= 6])
def test_permutations_with_distinct_images_that_fix_a_bit(n, k):
    images = [frozenset(subset) for subset in combinations(range(n), k)]
    # The images of I under the permutations that fix bit 0: those with it, where I has it, else those without.
    assert sum(0 in image for image in images) == at(theorem12.sets_with_bound(), n=n, k=k)
    assert sum(0 not in image for image in images) == at(theorem12.sets_without_bound(), n=n, k=k)


def test_arguments_may_be_numbers():
    assert theorem12.filter_gradient_bound(10, 5, 1) == Fraction(10, 126)
    assert theorem12.sharp_filter_gradient_bound(10, 9, 4) == 4 == theorem12.sharp_filter_gradient_bound(10, 10, 4)
