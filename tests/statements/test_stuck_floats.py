"""The floating-point steps: every parity and every parameter one at a time, through its rounding interval."""
from fractions import Fraction
from math import comb

import numpy as np
import pytest

from theorycheck.claims import Settings, Verdict
from theorycheck.cube.characters import character, subsets_of_level
from theorycheck.errors import ParameterError
from theorycheck.gradients.exact_gradients import exact_loss_and_gradient
from theorycheck.networks.architectures import FullyConnectedNetwork
from theorycheck.networks.problems import LearningProblem
from theorycheck.rigor import decide
from theorycheck.statements import stuck_floats
from theorycheck.statements.stuck import StuckParameters
from theorycheck.statements.stuck_instance import Stuck
from theorycheck.training.rounded_steps import rounded_step, rounding_interval

VERIFIED, VACUOUS = Verdict.VERIFIED, Verdict.VACUOUS


def instance(seed=0, **values):
    given = {"n": 6, "k": 3, "q": 3, "steps": 2, "permutations": 1, "weights": "uniform", **values}
    return Stuck(StuckParameters.from_values(given), Settings(seed))


def moved_one_at_a_time(at, float_format):
    """For each parity the gradient from the definition, and each parameter through its rounding interval."""
    network, count = stuck_floats.rounded_network(at.network, float_format), 0
    for subset in subsets_of_level(at.n, at.k):
        result = exact_loss_and_gradient(network, LearningProblem(character(at.n, subset)))
        moved = False
        for name in ("filters", "readout"):
            theta = np.asarray(getattr(network, name), dtype=float_format)
            step = rounded_step(theta, getattr(result, name), at.eta)
            moved |= step.is_stuck is False
        count += moved
    return count


# Step sizes at which some parities move something and others do not, in either format; and the extremes.
@pytest.mark.parametrize("float_format, exponent", [("float32", -22), ("float32", -20), ("float64", -50),
                                                    ("float64", -48), ("float32", 0), ("float64", -90)])
def test_the_moved_parities_one_at_a_time(float_format, exponent):
    at = instance(eta=Fraction(2)**exponent)
    network = stuck_floats.rounded_network(at.network, float_format)
    assert stuck_floats.moved_parities(at, network, float_format) == moved_one_at_a_time(at, float_format)


def test_some_step_size_moves_some_and_not_all():
    counts = {stuck_floats.moved_parities(at, stuck_floats.rounded_network(at.network, "float32"), "float32")
              for at in (instance(eta=Fraction(2)**-e) for e in range(16, 30))}
    assert {0, comb(6, 3)} <= counts and len(counts) > 3


@pytest.mark.parametrize("float_format", ["float32", "float64"])
def test_markov_holds_at_every_step_size(float_format):
    silent, telling = 0, 0
    for exponent in range(-100, 0, 6):
        outcome = stuck_floats.moved_share(instance(eta=Fraction(2)**exponent), float_format)
        assert decide(outcome.lhs.value, "<=", outcome.rhs.value) is True
        silent, telling = silent + (outcome.verdict is VACUOUS), telling + (outcome.verdict is VERIFIED)
    assert silent and telling and silent + telling == 17


def test_ties_move_only_odd_numbers():
    # Gradients of one neuron are multiples of one number: put them exactly at the midpoint, and just beyond it.
    at = instance(n=2, k=2, q=1, weights="orbit:1,1", bias=0, readout="1/4")
    network = stuck_floats.rounded_network(at.network, "float32")
    slope = abs(exact_loss_and_gradient(network, LearningProblem(character(2, 3))).readout[0])
    room = stuck_floats.room_of(network.readout[0], "float32")
    assert room == Fraction(1, 2**27) and slope == Fraction(1, 2)  # half the spacing on the near side of 1/4
    # The readout is -1/4 and its step goes towards 0: at the tie the even number stays.
    for eta, expected in ((Fraction(1, 2**26), 0), (Fraction(1, 2**26) * Fraction(10**6 + 1, 10**6), 1)):
        exact = instance(n=2, k=2, q=1, weights="orbit:1,1", bias=0, readout="1/4", eta=eta)
        assert stuck_floats.moved_parities(exact, network, "float32") == expected == moved_one_at_a_time(
            exact, "float32")


def test_rooms():
    for value in (1.0, 0.75, -3.0, 2.0**-140, 0.0):
        interval = rounding_interval(np.float32(value))
        room = stuck_floats.room_of(value, "float32")
        assert room == min(interval.high - Fraction(value), Fraction(value) - interval.low) > 0
    assert stuck_floats.room_of(1.0, "float32") == Fraction(1, 2**25)
    assert stuck_floats.room_of(1.0, "float64") == Fraction(1, 2**54)


def test_the_bound_by_hand():
    # One neuron, both weights at 1, u=1/4: W^{=1} of relu' and W^{=2} of relu, each over its room squared.
    at = instance(n=2, k=2, q=1, weights="orbit:1,1", bias=0, readout="1/4", eta="1/3")
    network = stuck_floats.rounded_network(at.network, "float32")
    average = at.average
    bound = stuck_floats.moved_share_bound(at, network, average, "float32").exact
    rooms = [stuck_floats.room_of(abs(float(v)), "float32") for v in (network.filters[0, 0], network.readout[0])]
    assert bound == Fraction(1, 9) * (average.filters.exact / rooms[0]**2 + average.readout.exact / rooms[1]**2)


def test_parities_that_are_too_many_to_list():
    at = instance(n=100, k=50, weights="signs/n")
    assert stuck_floats.moved_parities(at, at.network, "float32") is None
    outcome = stuck_floats.moved_share(at, "float32")
    assert outcome.verdict is VERIFIED and decide(outcome.lhs.value, "<", Fraction(1, 10**9)) is True
    silent = stuck_floats.moved_share(instance(n=30, k=15, weights="signs/n"), "float64")
    assert silent.verdict is VACUOUS and silent.counterexample is None


def test_moving_starts_and_ranges():
    assert stuck_floats.moved_share(instance(readout="2"), "float32").verdict is None
    with pytest.raises(ParameterError, match="within the range of float32"):
        stuck_floats.rounded_network(FullyConnectedNetwork([[10**40]], [0], [1]), "float32")
    rounded = stuck_floats.rounded_network(FullyConnectedNetwork([["1/3"]], ["1/3"], [1]), "float32")
    assert rounded.filters[0, 0] == float(np.float32(1) / np.float32(3)) == rounded.biases[0]


def test_from_which_n_on():
    given = 4, Fraction(1, 4), Fraction(1), "float32"
    n, share = stuck_floats.smallest_still_size(*given)
    assert n == 68 and share < Fraction(1, 2) <= stuck_floats.float_share_at(66, *given)
    # Weights 1/64 are floats: c = 5/4, u rounds 1/10; the share written out.
    u = Fraction(float(np.float32(0.1)))
    rooms = [stuck_floats.room_of(v, "float32") for v in (1 / 64, float(u))]
    expected = 4 * (64 * u**2 / rooms[0]**2 + Fraction(25, 16) / rooms[1]**2) / comb(64, 32)
    assert stuck_floats.float_share_at(64, *given) == expected
    # From there on: at every even n up to 2048, and not just where the bound first dips below 1/2.
    assert all(stuck_floats.float_share_at(m, *given) < Fraction(1, 2) for m in range(n, 2049, 2))
    # A bias is rounded as the weights are: 1/3 becomes a larger float32.
    third = Fraction(float(np.float32(1 / 3)))
    assert third > Fraction(1, 3) and stuck_floats.float_share_at(64, 4, Fraction(1, 3), *given[2:]) == (
        stuck_floats.float_share_at(64, 4, third, *given[2:]))
    for name, least in (("float32", 60), ("float64", 120)):
        outcome = stuck_floats.stuck_from(instance(q=4), name)
        assert outcome.verdict is VERIFIED and f"k={outcome.note.split('k=')[1].split(',')[0]}" in outcome.note
        assert int(outcome.note[2:].split(",")[0]) > least
    assert stuck_floats.stuck_from(instance(eta=Fraction(2)**9000), "float32").verdict is Verdict.INCONCLUSIVE


def test_the_bound_may_dip_and_rise_again(monkeypatch):
    monkeypatch.setattr(stuck_floats, "float_share_at", lambda n, *rest: Fraction(n not in (4, 8) and n < 12))
    assert stuck_floats.smallest_still_size(4, Fraction(0), Fraction(1), "float32") == (12, 0)


def test_parameters_beyond_the_format():
    at = instance(bias="1e60", activation="clip:-1,1")
    assert stuck_floats.moved_share(at, "float32").verdict is None
    assert "beyond the range of float32" in stuck_floats.moved_share(at, "float32").note
    assert stuck_floats.moved_share(at, "float64").verdict is not None
    outcome = stuck_floats.stuck_from(at, "float32")
    assert outcome.verdict is None and outcome.note == "the bias is beyond the range of float32"


def test_the_size_agrees_with_the_level_weights_of_that_start():
    # At the n found, the exact means over all parities give a share below Parseval's.
    n, share = stuck_floats.smallest_still_size(2, Fraction(1, 4), Fraction(1), "float32")
    at = instance(n=n, k=n // 2, q=2, weights="signs/n")
    outcome = stuck_floats.moved_share(at, "float32")
    assert decide(outcome.lhs.value, "<=", share) is True
