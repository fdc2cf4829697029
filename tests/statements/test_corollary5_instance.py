"""The sizes of Corollary 5: smallest integers, exact roots, bisections at their edges."""
from fractions import Fraction

import pytest

from theorycheck.claims import Settings
from theorycheck.rigor import decide
from theorycheck.statements.corollary5 import Corollary5Parameters
from theorycheck.statements.corollary5_instance import Corollary5, sufficient_sizes


def instance(seed=0, **values):
    return Corollary5(Corollary5Parameters.from_values(values), Settings(seed=seed))


@pytest.mark.parametrize("n, k, epsilon", [(3, 2, "1"), (4, 2, "1/4"), (5, 3, "1/7"), (30, 1, "1/50"), (1, 1, "3/4")])
def test_the_smallest_steps(n, k, epsilon):
    parameters = Corollary5Parameters.from_values({"n": n, "k": k, "epsilon": epsilon})
    width, steps = sufficient_sizes(parameters)
    squared = 9 * Fraction(n)**3 * width / Fraction(epsilon)**2
    assert (steps - 1)**2 < squared <= steps**2
    second = 36 * 16**k * Fraction(k)**4 / (n * Fraction(epsilon)**2)
    first = 6 * n**2 * k**2 * 2**k / Fraction(epsilon)
    assert width >= max(first, second) and (width - 1 < max(first, second) or k == 1)


def test_a_root_that_is_rational_is_exact():
    # q n = 147456 = 384² and q n³ = 1152², though neither root is rational by itself.
    given = instance(n=3, k=2, epsilon=1)
    assert given.q == 49152 and [term.exact for term in given.terms()[1:]] == [Fraction(1, 3)] * 2


def test_the_necessary_width_is_at_the_edge():
    given = instance(n=16, k=4)
    least = given.necessary_q
    assert decide(given.lower_bound(least), "<=", given.epsilon) is True
    assert decide(given.lower_bound(least - 1), ">", given.epsilon) is True
    leading = (1 - given.epsilon)**2 * 16**4 * 256 / 16
    assert abs(least - leading) < leading / 100


def test_the_lower_bound_declines_few_filters():
    given = instance(n=16, k=2)
    edge = int(15 * 32 / (Fraction(9, 10) * 16)) + 1
    assert given.lower_bound(edge - 2) is None and given.lower_bound(edge) is not None


def test_the_sample_size_is_at_the_edge():
    given = instance(n=5, k=2)
    size = given.vapnik_examples
    assert decide(given.deviation(size), "<=", given.epsilon) is True
    assert decide(given.deviation(size - 1), ">", given.epsilon) is True


def test_streams_and_patterns_repeat():
    first, again = (instance(n=5, k=3, pattern="random", seed=4) for _ in range(2))
    assert first.pattern == again.pattern
    assert (first.rng("sample").integers(0, 99, 9) == again.rng("sample").integers(0, 99, 9)).all()
    assert (first.rng("sample").integers(0, 99, 9) != first.rng("trials").integers(0, 99, 9)).any()
