"""The start, its small stand-in and its run: exact, drawn from the seed, and within the hypotheses that it promises."""
from fractions import Fraction
from math import comb

import numpy as np
import pytest
from oracles import cube_points, fcn_value

from theorycheck.claims import Settings
from theorycheck.errors import InstanceTooLarge, ParameterError
from theorycheck.orbits.parity_differences import parity_deviations
from theorycheck.rigor import decide
from theorycheck.statements.stuck import StuckParameters
from theorycheck.statements.stuck_instance import Stuck


def instance(seed=0, **values):
    return Stuck(StuckParameters.from_values({"n": 6, "k": 3, "q": 4, "steps": 3, **values}), Settings(seed))


@pytest.mark.parametrize("law", ["signs/n", "signs/sqrt(n)", "gaussian", "uniform", "sparse:2", "orbit:1,2,3,4,5,6"])
def test_the_readout_keeps_outputs_at_most_one_half(law):
    at = instance(weights=law, bias="1/3")
    whole = at.network
    values = [fcn_value(x, whole.readout.tolist(), whole.filters.tolist(), whole.biases.tolist())
              for x in cube_points(6)]
    assert 0 < max(map(abs, values)) <= Fraction(1, 2) and at.is_still
    assert all(isinstance(weight, Fraction) for weight in whole.filters.ravel().tolist())


def test_a_normal_bias():
    at, plain = instance(weights="gaussian:2", bias="1/4"), instance(weights="gaussian", bias="1/4")
    rng = at.rng("weights")
    for row, bias in zip(at.network.filters, at.network.biases):
        # As the law draws a neuron: the weights, then what is added to the bias.
        assert row.tolist() == [Fraction(float(x)) for x in rng.standard_normal(6)]
        assert bias == Fraction(1, 4) + 2 * Fraction(float(rng.standard_normal()))
    assert set(plain.network.biases.tolist()) == {Fraction(1, 4)}
    pairs = instance(weights="gaussian:2", readout="pairs").network.biases
    assert pairs[0] == pairs[1] != pairs[2] == pairs[3]


def test_numbers_in_notes():
    assert instance().parities_text == "20" and instance(n=50, k=25).parities_text == "126410606437752"
    assert instance(n=20000, k=10000).parities_text == "2.245…e6018"


def test_streams_are_independent_and_seeded():
    base, other = instance(), instance(permutations=9, readout="pairs", q=8)
    assert (base.network.filters == other.network.filters[::2]).all()
    assert (other.network.filters[::2] == other.network.filters[1::2]).all()
    assert other.network.readout.tolist() == [1, -1] * 4 and other.average.is_still
    assert (instance(seed=1).network.filters != base.network.filters).any()
    assert (instance().network.filters == base.network.filters).all()


def test_the_small_network_is_the_first_part():
    at = instance(n=20, k=7, q=11)
    assert at.small.filters.shape == (8, 8) and at.small_k == 3
    assert (at.small.filters == at.network.filters[:8, :8] * Fraction(20, 8)).all()
    assert "n=8, k=3, q=8" in at.small_note
    assert instance().small_note == "" and instance().small.n == 6
    for n, k, small in ((20, 1, 1), (20, 20, 8), (20, 19, 7), (10**4, 2, 1), (6, 6, 6)):
        assert instance(n=n, k=k, q=1).small_k == small


def test_the_moving_network_reaches_two():
    at = instance()
    values = [abs(at.moving(x).exact) for x in cube_points(6)]
    assert max(values) == 2 and (at.moving.filters == at.small.filters).all()
    loud = instance(readout="3")
    assert loud.moving is loud.small


def test_the_path_is_the_run_on_fair_coin_labels():
    still, moving = instance(), instance(readout="1", bias="1", eta="1/8")
    assert [point.steps for point in still.path] == ["every t"]
    assert decide(still.mean_sum, "==", still.average.total * 3)
    assert [point.steps for point in moving.path] == ["t=0", "t=1", "t=2"]
    assert moving.path[0].network is moving.network and moving.path[1].network is not moving.network
    totals = [point.average.total.exact for point in moving.path]
    assert moving.mean_sum.exact == sum(totals) and len(set(totals)) == 3
    assert moving.largest_moment.exact == max(point.average.second_moment.exact for point in moving.path)
    with pytest.raises(InstanceTooLarge, match="a smaller --readout keeps .h. < 1"):
        instance(n=14, readout="1", bias="1", steps=100).path


def test_how_many_are_told_apart_over_all_steps():
    moving = instance(readout="1", bias="1", tau="1/5", eta="1/8")
    apart = set()
    for point in moving.path:
        squares = parity_deviations(point.network, 3).fractions()
        apart |= {row for row, square in enumerate(squares) if square > Fraction(1, 25)}
    assert moving.told_apart == len(apart) > 0
    first = sum(square > Fraction(1, 25) for square in parity_deviations(moving.network, 3).fractions())
    assert first <= moving.told_apart <= comb(6, 3)
    means = moving.listing[1]
    assert means == tuple(sum(parity_deviations(point.network, 3).fractions()) / 20 for point in moving.path)
    assert instance(n=40, k=20).told_apart is None and instance(activation="tanh").told_apart is None


def test_bad_readouts():
    with pytest.raises(ParameterError, match="'readout' must be a number for square"):
        instance(activation="square").network
    assert instance(activation="square", readout="1/7").network.readout[0] in (Fraction(1, 7), -Fraction(1, 7))
    assert np.unique([abs(u) for u in instance(activation="zero").network.readout.tolist()]).size == 1
