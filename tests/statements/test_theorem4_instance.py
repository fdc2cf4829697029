"""An instance of Theorem 4: what is chosen when width or steps are not given, and the numbers that its steps share."""
from fractions import Fraction

import pytest

from theorycheck.bounds import lcn, theorem4
from theorycheck.claims import Settings
from theorycheck.errors import ParameterError
from theorycheck.rigor import decide
from theorycheck.statements.theorem4_instance import Theorem4, Theorem4Parameters


def parameters(**values):
    return Theorem4Parameters.from_values(values)


def instance(**values):
    return Theorem4(parameters(**values), Settings())


def test_what_is_not_given_is_chosen_and_what_is_given_stays():
    assert (parameters(n=2, k=1).q, parameters(n=2, k=1).steps) == (104, 99)
    assert (parameters(n=2, k=1, q=104).steps, parameters(n=2, k=1, steps=99).q) == (99, 104)
    assert (parameters(n=2, k=1, q=10**6).q, parameters(n=2, k=1, steps=10**6).steps) == (10**6, 10**6)
    given = parameters(n=2, k=1, q=3, steps=4)
    assert (given.q, given.steps) == (3, 4)


def test_the_chosen_pair_is_read_back_from_the_command():
    first = parameters(n=2, k=1, epsilon="0.5")
    again = Theorem4Parameters.from_text(dict(first.texts()))
    assert again == first and first.epsilon == Fraction(1, 2)


def test_a_target_asks_for_more_and_a_smaller_constant_for_less():
    def work(**values):
        chosen = parameters(n=2, k=1, **values)
        return chosen.q * chosen.steps

    assert work(epsilon="1/2") > work(epsilon="0.9") > work() > work(c="1/2", activation="relu")
    assert work(activation="relu") < work(activation="clipped_relu:3/2")


@pytest.mark.parametrize("activation, c, expected", [
    ("clipped_relu:3", None, Fraction(3)), ("clip:-2,5", None, Fraction(5)), ("zero", None, Fraction(1)),
    ("relu", None, None), ("relu", "7/2", Fraction(7, 2)), ("clipped_relu:3", "4", Fraction(4))])
def test_the_constant_of_the_target(activation, c, expected):
    target = parameters(n=2, k=1, q=9, steps=9, activation=activation, c=c).target()
    assert target.c == expected and target.formulas is theorem4 and (target.n, target.k) == (2, 1)


def test_an_unbounded_activation_needs_its_constant():
    with pytest.raises(ParameterError, match="'c' must be given, or both 'q' and 'steps', for abs"):
        parameters(n=2, k=1, activation="abs")
    assert parameters(n=2, k=1, activation="abs", q=9, steps=9).target() is None
    assert instance(n=2, k=1, activation="abs", q=9, steps=9).smallest_work is None
    assert parameters(n=2, k=1, activation="abs", c="1").q == 104


def test_the_target_counts_the_papers_windows():
    assert parameters(n=4, k=2, q=9, steps=9).target().windows == 3
    assert parameters(n=4, k=2, q=9, steps=9, windows="paper").target().windows == 2


def test_the_step_size_is_the_papers_also_when_written_out():
    assert instance(n=4, k=1, q=9, steps=5).has_paper_step_size
    assert instance(n=4, k=1, q=9, steps=5, eta="2/15").has_paper_step_size
    assert not instance(n=4, k=1, q=9, steps=5, eta="2/14").has_paper_step_size


def test_the_stated_bound_and_whether_it_says_anything():
    below, at = instance(n=2, k=1, q=104, steps=99), instance(n=2, k=1, q=104, steps=98)
    assert decide(below.stated, "<", 1) is True and not below.is_vacuous
    assert decide(at.stated, ">", 1) is True and at.is_vacuous
    assert below.smallest_work == at.smallest_work == (104, 99)


def test_the_smallest_product_does_not_depend_on_the_target():
    assert instance(n=2, k=1, epsilon="1/2").smallest_work == (104, 99)


def test_the_sharp_bound_takes_the_runs_separator_and_other_constants():
    given = instance(n=2, k=1, q=104, steps=99)
    norm = given.separator_squared_norm
    assert norm == Fraction(2, 52)
    whole, half = given.sharp("sharp_bound", norm), given.sharp("sharp_bound", norm / 2)
    assert decide(half, "<", whole) is True
    assert decide(given.sharp("sharp_bound", norm, c=Fraction(1, 2)), "<", whole) is True


def test_why_a_draw_is_not_judged():
    assert instance(n=2, k=1, q=104, steps=99).outside is None
    assert "has 26 filters, half the mean is 26" in instance(n=2, k=1, q=104, steps=99, init="78,26").outside
    assert instance(n=2, k=1, q=104, steps=99, init="77,27").outside is None
    assert "no filter with sign pattern z=1" in instance(n=2, k=1, q=9, steps=9, init="9,0").without_separator
    hidden = instance(n=2, k=1, q=9, steps=9, windows="paper", offset=1)
    assert "misses the last one" in hidden.without_separator
    assert instance(n=2, k=1, q=9, steps=9).without_separator is None


def test_a_subclass_names_other_formulas():
    class Other(Theorem4Parameters):
        formulas = "theorycheck.bounds.lcn"

    assert Other.from_values({"n": 3, "k": 1, "q": 9, "steps": 9}).target().formulas is lcn
