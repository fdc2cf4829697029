from __future__ import annotations

from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from theorycheck.cube import KPattern
from theorycheck.gradients.plans import plan_gradients
from theorycheck.gradients.results import ErrorBounds, GradientPlan, LossAndGradient, SignMasses
from theorycheck.networks.architectures import ConvolutionalNetwork
from theorycheck.networks.embedding import as_fully_connected, as_locally_connected
from theorycheck.networks.problems import LearningProblem

NETWORK = ConvolutionalNetwork(np.eye(2), np.zeros(2), np.zeros((2, 2)))


def offered_by(protocol):
    return {name for name in vars(protocol) if not name.startswith("_")}


@pytest.mark.parametrize("make", [lambda network: network, as_locally_connected, as_fully_connected])
def test_every_plan_and_every_result_offers_what_the_protocols_say(make):
    network = make(NETWORK)
    plan = plan_gradients(network, LearningProblem(KPattern.parity(3, 2)))
    filters = np.asarray(network.filters, dtype=np.float64)
    result = plan.evaluate(filters, np.asarray(network.readout, dtype=np.float64))
    assert offered_by(GradientPlan) == {"evaluate", "sign_masses"} and "error_bounds" in offered_by(LossAndGradient)
    assert all(hasattr(result, name) for name in offered_by(LossAndGradient))
    assert result.filters.shape == network.filters.shape and result.readout.shape == network.readout.shape
    assert isinstance(result.error_bounds(), ErrorBounds)


def test_bounds_are_frozen():
    with pytest.raises(FrozenInstanceError):
        ErrorBounds(0.0, 0.0, 0.0).loss = 1.0


def test_a_sign_of_zero_counts_half_and_either_way():
    masses = SignMasses(wrong=0.25, undecided=0.25)
    assert masses.accuracy == 0.625 and masses.accuracy_range == (0.5, 0.75)
    assert SignMasses(0.0, 0.0).accuracy_range == (1.0, 1.0)
