"""Fingerprints: the same instance the same text, every difference another."""
from __future__ import annotations

from dataclasses import replace
from fractions import Fraction as F
from typing import Any

import numpy as np
import pytest

from theorycheck.cube.boolean_function import BooleanFunction
from theorycheck.cube.distributions import Distribution, ProductDistribution, UniformDistribution
from theorycheck.cube.patterns import KPattern
from theorycheck.cube.weighted_distributions import EmpiricalDistribution, ExplicitDistribution
from theorycheck.networks.activations import Activation, activation_named, user_activation
from theorycheck.networks.architectures import ConvolutionalNetwork, FullyConnectedNetwork, LocallyConnectedNetwork
from theorycheck.networks.problems import LearningProblem
from theorycheck.rigor import Real, working_precision
from theorycheck.training.fingerprints import instance_fingerprint, network_fingerprint, problem_fingerprint

CNN = ConvolutionalNetwork([[1, 1]], [0], [[0], [0]])
PATTERN = KPattern.parity(3, 2)


def user(scale: int = 1, slope: int = 1, name: str = "mine") -> Activation:
    return user_activation(name, lambda t: scale * t, derivative=lambda t: slope)


def test_networks_differ_in_every_part() -> None:
    networks = [CNN, replace(CNN, filters=[[1, 2]]), replace(CNN, biases=[1]), replace(CNN, readout=[[0], [1]]),
                replace(CNN, readout=[[0], [F(1, 3)]]), replace(CNN, activation="abs"), replace(CNN, windows="paper"),
                replace(CNN, activation=activation_named("relu").with_kink_slope(1)), replace(CNN, activation="tanh"),
                replace(CNN, activation="cosine:2"), replace(CNN, activation="cosine:6"),
                replace(CNN, activation="triangle:2"),
                replace(CNN, activation="clipped_relu:1"), replace(CNN, activation=user()),
                replace(CNN, activation=user(scale=2)), replace(CNN, activation=user(slope=2)),
                replace(CNN, activation=user(name="other")), replace(CNN, readout=[[0]]),
                LocallyConnectedNetwork([[[1, 1]]] * 2, [[0]] * 2, [[0]] * 2),
                FullyConnectedNetwork([[1, 1, 1]], [0], [0]), replace(CNN, filters=np.array([[1.0, 1.0 + 2**-52]]))]
    texts = [str(network_fingerprint(network)) for network in networks]
    assert len(set(texts)) == len(texts)
    assert network_fingerprint(replace(CNN)) == network_fingerprint(CNN)
    assert network_fingerprint(replace(CNN, activation=user())) == network_fingerprint(replace(CNN, activation=user()))


def test_problems_differ_in_every_part() -> None:
    problems = [LearningProblem(PATTERN), LearningProblem(KPattern.parity(3, 2, 1)),
                LearningProblem(KPattern.parity(4, 2)), LearningProblem(KPattern.logical_and(3, 2)),
                LearningProblem(KPattern.parity(9, 7)),
                LearningProblem(BooleanFunction([1, -1] * 4)), LearningProblem(BooleanFunction([-1, 1] * 4)),
                LearningProblem(PATTERN, hinge_slope=1), LearningProblem(PATTERN, ProductDistribution([0, 0, "1/2"])),
                LearningProblem(PATTERN, ProductDistribution([0, "1/2", 0])),
                LearningProblem(PATTERN, ExplicitDistribution(3, {1: 1})),
                LearningProblem(PATTERN, ExplicitDistribution(3, {2: 1})),
                LearningProblem(PATTERN, EmpiricalDistribution([[1, 1, 1]])),
                LearningProblem(PATTERN, EmpiricalDistribution([[1, 1, 1]] * 2)),
                LearningProblem(PATTERN, Lopsided())]
    texts = [problem_fingerprint(problem) for problem in problems]
    assert len(set(texts)) == len(texts)
    assert problem_fingerprint(LearningProblem(KPattern.parity(3, 2), UniformDistribution(3))) == texts[0]


class Lopsided(Distribution):
    """A kind of distribution that the package does not know is known by its probabilities."""

    n = 3

    def probability(self, index: int) -> F:
        return self.probabilities()[index]

    def probabilities(self) -> tuple[F, ...]:
        return (F(1, 2), F(1, 2)) + (F(0),) * 6

    def _marginal(self, variables):
        raise AssertionError

    def _window_expectation(self, f, k, offset):
        raise AssertionError

    def sample(self, size, rng):
        raise AssertionError


CHANGES = [("multiplicities", np.array([2])), ("eta", F(1, 3)), ("eta", Real(2).sqrt()), ("steps", 6),
           ("arithmetic", "rational"), ("trains", "readout"), ("precision", 64), ("recorded", (0, 4)),
           ("edges", (F(0), F(1)))]


@pytest.mark.parametrize("name, value", CHANGES)
def test_every_setting_counts(name: str, value) -> None:
    settings = {"multiplicities": np.array([1]), "eta": F(1, 2), "steps": 5, "arithmetic": "float64", "trains": "all",
                "precision": 128, "recorded": (0, 5), "edges": (F(0),)}
    problem = LearningProblem(PATTERN)
    first = instance_fingerprint(CNN, problem, None, **settings)
    assert first == instance_fingerprint(CNN, problem, None, **settings)
    other = instance_fingerprint(CNN, problem, None, **{**settings, name: value})
    assert {key for key in first if first[key] != other[key]} == {
        {"recorded": "record", "edges": "margin_edges"}.get(name, name)}
    assert instance_fingerprint(CNN, problem, problem, **settings) != first


def test_fingerprints_do_not_depend_on_the_working_precision() -> None:
    settings = {"multiplicities": np.array([1]), "eta": Real(2).sqrt(), "steps": 5, "arithmetic": "enclosed",
                "trains": "all", "precision": 128, "recorded": (0, 5), "edges": (F(0),)}
    first = instance_fingerprint(CNN, LearningProblem(PATTERN), None, **settings)
    with working_precision(512):
        assert instance_fingerprint(CNN, LearningProblem(PATTERN), None, **settings) == first


def test_array_functions_and_undefined_probes_of_a_user() -> None:
    def fingerprint(**functions: Any) -> dict[str, str]:
        activation = user_activation("inverse", lambda t: 1 / t, derivative=lambda t: -1 / t**2, **functions)
        return network_fingerprint(replace(CNN, activation=activation))

    assert fingerprint() == fingerprint()  # 1/t is not defined at 0, one of the probes
    others = [fingerprint(on_array=lambda t: t), fingerprint(on_array=lambda t: t + 1),
              fingerprint(array_derivative=lambda t: t)]
    assert len({found["activation"] for found in (fingerprint(), *others)}) == 4
