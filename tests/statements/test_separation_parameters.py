from __future__ import annotations

from fractions import Fraction as F

import pytest

from theorycheck.errors import InstanceTooLarge, ParameterError
from theorycheck.statements.separation_parameters import SeparationParameters


def read(**values):
    return SeparationParameters.from_values({"n": 8, "k": 4, **values})


def test_the_grid_is_exact_and_ascending():
    assert read(etas="1, 0.1,1/3").grid() == (F(1, 10), F(1, 3), F(1))
    assert read(etas=2).grid() == (F(2),)
    default = read().grid()
    assert default[0] == F(1, 64) and default[-1] == 8 and all(b == 2 * a for a, b in zip(default, default[1:]))


@pytest.mark.parametrize("k, bias", [(1, 0), (2, 0), (3, F(1, 2)), (4, 0), (5, F(1, 2))])
def test_odd_parities_get_a_bias(k, bias):
    assert read(k=k).fcn_bias == bias and read(k=k, fcn_bias="1/3").fcn_bias == F(1, 3)


def test_a_cnn_of_any_size_meets_an_fcn_that_can_be_drawn():
    assert read(q=10**11, fcn_neurons=4).q == 10**11


def test_what_is_left_out_is_filled_in_and_repeated():
    texts = dict(read(q=6).texts())
    assert texts["fcn_neurons"] == "6" and texts["fcn_bias"] == "0" and "save" not in texts
    assert SeparationParameters.from_text(texts) == read(q=6)


@pytest.mark.parametrize("values, error, message", [
    ({"etas": "1,0"}, ParameterError, "'etas' must be above 0, not 0."),
    ({"etas": "1,1e400"}, ParameterError, "'etas' must be in 2.-1000 ... 2.1000, not 1000"),
    ({"etas": "1e-400,1"}, ParameterError, "'etas' must be in 2.-1000 ... 2.1000, not 1/1000"),
    ({"steps": 10**9}, InstanceTooLarge, "'steps' must be at most 1000000, not 1000000000: every run"),
    ({"q": 10**11}, InstanceTooLarge, "'fcn_neurons' must be at most 131072, not 100000000000: every neuron is drawn"),
    ({"etas": "1,2/2"}, ParameterError, "'etas' must differ from one another, not 1 twice."),
    ({"etas": "1,"}, ParameterError, "'etas' must be a finite number"),
    ({"target": 1}, ParameterError, "'target' must be strictly between 0 and 1, not 1."),
    ({"k": 9, "n": 9}, InstanceTooLarge, "'k' must be at most 8, not 9"),
    ({"k": 9}, ParameterError, "'k' must be at least 1 and at most n=8, not 9."),
    ({"offset": 5}, ParameterError, "'offset' must be at least 0 and at most n-k=4, not 5."),
    ({"fcn_readout": "ones"}, ParameterError, "'fcn_readout' must be one of pairs, zero"),
    ({"fcn_neurons": 0}, ParameterError, "'fcn_neurons' must be at least 1, not 0."),
    ({"steps": True}, ParameterError, "'steps' must be an integer, not the boolean True.")])
def test_bad_options_are_refused(values, error, message):
    with pytest.raises(error, match=message):
        read(**values)
