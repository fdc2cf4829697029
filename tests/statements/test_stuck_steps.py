"""The steps about gradients, one by one, against the slowest way to compute the same."""
from fractions import Fraction
from itertools import permutations

import pytest
from oracles import character, cube_points, gradient_descent

from theorycheck.claims import Settings, Verdict
from theorycheck.networks.architectures import FullyConnectedNetwork
from theorycheck.orbits.parities import parity_average
from theorycheck.statements import stuck_steps
from theorycheck.statements.stuck import StuckParameters
from theorycheck.statements.stuck_instance import Stuck

VERIFIED, VACUOUS = Verdict.VERIFIED, Verdict.VACUOUS
NETWORK = FullyConnectedNetwork([[1, 2, "-1/3"], ["1/2", 0, 3]], ["1/4", "-1/2"], ["2/3", "-1/2"])


def instance(**values):
    given = {"n": 5, "k": 2, "q": 2, "steps": 2, "permutations": 1, **values}
    return Stuck(StuckParameters.from_values(given), Settings())


def test_permuting_weights_is_permuting_points():
    for order in permutations(range(3)):
        other = stuck_steps.permuted(NETWORK, order)
        for x in cube_points(3):
            assert other(x).exact == NETWORK([x[j] for j in order]).exact
            moved = stuck_steps.permuted_subset(0b011, order)
            assert character(moved, x) == x[order[0]] * x[order[1]]


@pytest.mark.parametrize("order", [(1, 2, 0), (2, 1, 0), (0, 1, 2)])
def test_the_whole_run_is_equivariant_against_the_oracles_runs(order):
    eta, gamma = Fraction(1, 2), Fraction(1, 3)
    image = stuck_steps.permuted_subset(0b011, order)
    assert stuck_steps.equivariance_gap(NETWORK, 0b011, order, image, eta, 3, gamma) == 0
    first = gradient_descent("fcn", NETWORK.readout.tolist(), NETWORK.filters.tolist(), NETWORK.biases.tolist(),
                             [character(0b011, x) for x in cube_points(3)], eta, 3, gamma=gamma)
    other = stuck_steps.permuted(NETWORK, order)
    second = gradient_descent("fcn", other.readout.tolist(), other.filters.tolist(), other.biases.tolist(),
                              [character(image, x) for x in cube_points(3)], eta, 3, gamma=gamma)
    for (loss, u, w), (again, v, z) in zip(first, second):
        assert loss == again and u == v
        assert [[row[order.index(j)] for j in range(3)] for row in w] == z


def test_another_target_or_another_start_is_noticed():
    order = (1, 2, 0)
    right = stuck_steps.permuted_subset(0b011, order)
    for image in {0b011, 0b110, 0b101} - {right}:
        assert stuck_steps.equivariance_gap(NETWORK, 0b011, order, image, Fraction(1, 2), 2, Fraction(0)) > 0
    # Only the start permuted, not the parity.
    assert stuck_steps.equivariance_gap(NETWORK, 0b011, order, 0b011, Fraction(1, 2), 2, Fraction(0)) > 0


@pytest.mark.parametrize("gamma", [Fraction(0), Fraction(2, 5), Fraction(1)])
def test_the_mean_by_definition(gamma):
    for k in range(4):
        listed = stuck_steps.mean_by_definition(NETWORK, k, gamma)
        assert listed == parity_average(NETWORK, k, hinge_slope=gamma).total.exact


def test_the_steps_of_a_still_start():
    at = instance(tau=1)
    for check in (stuck_steps.equivariance, stuck_steps.averaged, stuck_steps.averaged_along_the_run,
                  stuck_steps.parseval, stuck_steps.gradient_moment, stuck_steps.still, stuck_steps.told_apart,
                  stuck_steps.told_apart_still):
        assert check(at).verdict is VERIFIED, check
    factor = stuck_steps.told_apart(at).rhs.value.exact / stuck_steps.told_apart_still(at).rhs.value.exact
    assert factor == at.steps == 2


def test_the_chain_of_a_told_apart_share():
    at = instance(n=6, k=3, tau="1/30", readout="pairs")
    outcome = stuck_steps.told_apart_still(at)
    share, markov, bound = (outcome.lhs.value.exact, outcome.alternatives[0].value.exact, outcome.rhs.value.exact)
    assert 0 < share <= markov <= bound
    assert markov == at.average.total.exact * 900 and share.denominator in (1, 2, 4, 5, 10, 20)


def test_a_silent_bound_is_vacuous_and_a_large_tau_tells_nothing_apart():
    assert stuck_steps.told_apart(instance(tau="1/100")).verdict is VACUOUS
    outcome = stuck_steps.told_apart(instance(tau=10))
    assert outcome.lhs.value.exact == 0 and outcome.verdict is VERIFIED


def test_what_does_not_apply():
    tanh = instance(activation="tanh", tau=1)
    for check in (stuck_steps.equivariance, stuck_steps.averaged, stuck_steps.averaged_along_the_run):
        assert check(tanh).verdict is None
    assert stuck_steps.still(tanh).verdict is VERIFIED and stuck_steps.told_apart(tanh).verdict is VERIFIED
    loud = instance(readout="2", tau=1)
    assert stuck_steps.still(loud).verdict is None is stuck_steps.told_apart_still(loud).verdict
    assert stuck_steps.gradient_moment(loud).verdict is None  # |u| = 2
    assert stuck_steps.gradient_moment(instance(activation="square", readout="1/50")).verdict is None


def test_the_hypotheses():
    assert stuck_steps.is_lipschitz(instance()).met and stuck_steps.is_inside(instance()).met
    square = instance(activation="square", readout="1/50")
    assert stuck_steps.is_lipschitz(square).met is False and "no Lipschitz" in stuck_steps.is_lipschitz(square).note
    steep = instance(activation="leaky_relu:2")
    assert stuck_steps.is_lipschitz(steep).note == "the largest slope is 2."
    assert stuck_steps.is_inside(instance(readout="2")).met is False
