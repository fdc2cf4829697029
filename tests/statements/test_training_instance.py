"""The trained instance: what its parameters mean, and what they refuse."""
import re
from fractions import Fraction

import numpy as np
import pytest
from flint import arb, ctx

from theorycheck.claims import Settings
from theorycheck.errors import InstanceTooLarge, ParameterError
from theorycheck.rigor import decide
from theorycheck.statements.training_instance import Training, TrainingParameters


def training(tied=True, seed=0, **values):
    return Training(TrainingParameters.from_values({"n": 4, "k": 2, "q": 7, **values}), Settings(seed), tied)


def test_balanced_multiplicities_put_the_first_ones_larger():
    assert training(q=7).multiplicities.tolist() == [2, 2, 2, 1]
    assert training(q=2).occupied.tolist() == [0, 1]
    assert training(init="0,3,4,0").occupied.tolist() == [1, 2]


def test_a_drawn_start_is_lemma6s_draw():
    from theorycheck.statements.lemma6 import Lemma6Parameters
    from theorycheck.statements.lemma6_instance import Lemma6
    drawn = training(init="paper", q=200, seed=5, pattern="random")
    other = Lemma6(Lemma6Parameters(n=4, k=2, q=200, pattern="random"), Settings(5))
    assert np.array_equal(drawn.multiplicities, other.multiplicities) and drawn.pattern == other.pattern
    assert not np.array_equal(drawn.multiplicities, training(init="paper", q=200, seed=6).multiplicities)


def test_the_papers_step_size_and_a_rational_one():
    paper = training(n=3, q=12, steps=5)
    # sqrt(3)/(sqrt(12)*5) = 1/10.
    assert paper.eta.exact == Fraction(1, 10) and paper.eta_squared == Fraction(1, 100)
    assert training(n=3, q=7, steps=5).eta.exact is None
    assert training(eta="0.25").eta.exact == Fraction(1, 4)


def test_the_start_is_the_papers_initialisation():
    start = training(q=7).start
    assert start.filters.tolist() == [[Fraction(a, 2), Fraction(b, 2)] for a, b in ((1, 1), (-1, 1), (1, -1), (-1, -1))]
    assert set(start.biases.tolist()) == {Fraction(-1, 2)} and not start.readout.any()
    local = training(tied=False, q=7).start
    assert local.filters.shape == (3, 4, 2) and local.n == start.n == 4


def test_the_separator_is_lemma6s():
    instance = training(q=7, offset=1, pattern="0xE")
    from theorycheck.networks.architectures import ConvolutionalNetwork
    start, counts = instance.start, instance.class_multiplicities
    network = ConvolutionalNetwork(start.filters, start.biases, instance.separator * counts, start.activation)
    assert network.values_on_cube().fractions() == instance.pattern.truth_table().values.tolist()
    assert instance.separator_squared_norm == sum(int(m) * u * u for row in instance.separator
                                                  for m, u in zip(counts, row))
    assert instance.separator_norm_1 == sum(int(m) * abs(u) for row in instance.separator for m, u in zip(counts, row))


@pytest.mark.parametrize("values", [{"q": 3}, {"init": "0,3,4,0"}, {"windows": "paper", "offset": 2}])
def test_there_need_not_be_a_separator(values):
    instance = training(**values)
    assert instance.separator is instance.separator_squared_norm is instance.separator_norm_1 is None


def test_the_event():
    assert training(q=8).is_in_event
    assert not training(q=8, init="1,2,2,3").is_in_event


def test_the_constant_c():
    assert training().c.exact == 1 and training(c="1/2").c.exact == Fraction(1, 2)
    assert training(activation="clip:-2,2").c.exact == 2 and training(activation="zero").c.exact == 1
    assert training(activation="square").c is None and "c" not in training(activation="square").values
    relu = training(activation="relu", eta="1/10", steps=3)
    with ctx.workprec(200):
        # cosh(eta T sqrt(kN))/k with N=3 windows.
        wanted = (arb(6).sqrt() * 3 / 10).cosh() / 2
    assert relu.c.enclose(128).overlaps(wanted) and decide(relu.c, ">", Fraction(1, 2))
    local = training(tied=False, activation="relu", eta="1/10", steps=3)
    with ctx.workprec(200):
        assert local.c.enclose(128).overlaps((arb(2).sqrt() * 3 / 10).cosh() / 2)


def test_the_a_priori_bound_holds_and_is_not_far_off():
    # One filter, one point, all windows alike, no margin reached: readout and filter grow as fast as they can.
    instance = training(q=1, activation="relu", distribution="point:0", pattern="0x0", eta="1/100", steps=40)
    seen, bound = instance.run.largest_activation, instance.a_priori_bound
    assert decide(seen, "<=", bound) and decide(seen * Fraction(21, 20), ">", bound)


@pytest.mark.parametrize("text, probabilities", [
    ("product:1/2", [Fraction(9, 16), Fraction(3, 16), Fraction(3, 16), Fraction(1, 16)]),
    ("product:1,0", [Fraction(1, 2), 0, Fraction(1, 2), 0]), ("point:2", [0, 0, 1, 0]),
    ("uniform", [Fraction(1, 4)] * 4)])
def test_distributions(text, probabilities):
    assert list(training(n=2, distribution=text).distribution.probabilities()) == probabilities


def test_formulas_are_looked_up_and_evaluated_here():
    class Page(Training):
        formulas = ("theorycheck.bounds.lemma8", "theorycheck.bounds.lemma9")

    page = Page(TrainingParameters(n=4, k=2, q=4, steps=3, eta="1/2"), Settings())
    assert page.bound("window_norm_bound").exact == 3
    assert page.bound("window_norm_bound", T=1).exact == 1
    assert page.bound("norm_1_bound", window_norms=5).exact == 10
    assert page.bound(page.formula("pairs_of_steps") + 1).exact == 4
    with pytest.raises(ParameterError, match="'formula' must be in one of .*, not 'banana'"):
        page.bound("banana")


@pytest.mark.parametrize("values, message", [
    ({"eta": "0"}, "'eta' must be greater than 0, not 0."), ({"eta": "-1"}, "'eta' must be greater than 0"),
    ({"eta": "nan"}, "'eta' must be a finite number"), ({"eta": "fast"}, "'eta' must be a finite number, not fast."),
    ({"c": "0"}, "'c' must be greater than 0, not 0."), ({"steps": 0}, "'steps' must be at least 1, not 0."),
    ({"q": 0}, "'q' must be at least 1"), ({"k": 5}, "'k' must be at least 1 and at most n=4, not 5."),
    ({"offset": 3}, "'offset' must be at least 0 and at most n-k=2, not 3."), ({"records": 1}, "'records' must be at"),
    ({"gamma": 2}, "'gamma' must be at least 0 and at most 1, not 2."), ({"kink_slope": "-1"}, "'kink_slope' must be"),
    ({"init": "glorot"}, "'init' must be one of balanced, paper, M0,M1,…, not 'glorot'."),
    ({"init": "1,2,3"}, "'init' must give 2^k=4 multiplicities that sum to q=7, not 3 that sum to 6."),
    ({"distribution": "normal"}, "'distribution' must be one of uniform, product:B"),
    ({"distribution": "product:1,2,3"}, "'distribution' product needs 1 or n=4 means, not 3."),
    ({"distribution": "product:2"}, "'biases' must be at least -1 and at most 1, not 2."),
    ({"distribution": "point:16"}, "'index' must be"), ({"activation": "swish"}, "'activation' must be one of"),
    ({"pattern": "xor"}, "'pattern' must be one of"), ({"n": 2, "windows": "paper"}, "'n' must be at least k+1=3")])
def test_bad_input(values, message):
    with pytest.raises(ParameterError, match=re.escape(message)):
        training(**values)


@pytest.mark.parametrize("values", [{"n": 20, "k": 9}, {"q": 2**62}, {"q": 10**10, "init": "paper"}])
def test_too_large(values):
    with pytest.raises(InstanceTooLarge):
        training(**values)


def test_the_papers_width_is_filled_in_and_repeats():
    parameters = TrainingParameters.from_values({"n": 4, "k": 2})
    assert parameters.q == 119
    assert TrainingParameters.from_text(dict(parameters.texts())) == parameters


@pytest.mark.parametrize("n", [2**16 + 1, 10**27])
def test_more_windows_than_a_readout_can_have_are_declined(n):
    assert TrainingParameters(n=2**16, k=2).n == 2**16
    with pytest.raises(InstanceTooLarge, match=f"^'n' must be at most 65536 at k=2, not {n}: "):
        TrainingParameters(n=n, k=2)


def test_numbers_may_be_given_as_numbers():
    assert TrainingParameters(n=3, k=2, eta=0.01, c=1) == TrainingParameters(n=3, k=2, eta="1/100", c="1")
    with pytest.raises(ParameterError, match="^'eta' must be greater than 0, not -1"):
        TrainingParameters(n=3, k=2, eta=-1)
