"""What determines a training run, as text that two runs can compare part by part."""
from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from theorycheck.cube.boolean_function import BooleanFunction
from theorycheck.cube.distributions import Distribution, ProductDistribution, UniformDistribution
from theorycheck.cube.patterns import KPattern
from theorycheck.cube.weighted_distributions import EmpiricalDistribution, ExplicitDistribution
from theorycheck.networks.activation_forms import PiecewisePolynomial
from theorycheck.networks.activations import Activation
from theorycheck.networks.architectures import FullyConnectedNetwork, Network
from theorycheck.networks.problems import LearningProblem
from theorycheck.networks.smooth_forms import CosineSlope, HyperbolicTangent
from theorycheck.rigor import Real, to_text

# A user's activation is known by its name and by its values and slopes here.
_PROBES = tuple(Fraction(quarter, 4) for quarter in range(-8, 9))
_BITS = 128


def network_fingerprint(network: Network) -> dict[str, str]:
    """Return kind, shapes, activation and a hash of every parameter of the start.

    Examples
    --------
    >>> from theorycheck.networks.architectures import ConvolutionalNetwork
    >>> network_fingerprint(ConvolutionalNetwork([[1, 1]], [0], [[0], [0]]))["network"]
    'ConvolutionalNetwork, filters (1, 2), readout (2, 1), windows all'
    """
    windows = "" if isinstance(network, FullyConnectedNetwork) else f", windows {network.windows}"
    return {"network": f"{type(network).__name__}, filters {network.filters.shape}, readout {network.readout.shape}"
                       f"{windows}",
            "start": _parameters_hash(network), "activation": _activation_text(network.activation)}


def problem_fingerprint(problem: LearningProblem) -> str:
    """Return target, distribution and hinge slope.

    Examples
    --------
    >>> problem_fingerprint(LearningProblem(KPattern.parity(3, 2)))
    'n=3, target 2-pattern 0x6 at 0, uniform, hinge slope 0'
    """
    target = problem.target
    if isinstance(target, KPattern):
        table = target.to_hex() if target.k <= 6 else _hash(target.table.tobytes())
        text = f"{target.k}-pattern {table} at {target.offset}"
    else:
        text = f"table {_table_hash(target)}"
    return (f"n={problem.n}, target {text}, {_distribution_text(problem.distribution)}, "
            f"hinge slope {problem.hinge_slope}")


def instance_fingerprint(network: Network, problem: LearningProblem, population: LearningProblem | None, *,
                         multiplicities: np.ndarray, eta: Fraction | Real, steps: int, arithmetic: str, trains: str,
                         precision: int, recorded: Sequence[int], edges: Sequence[Fraction]) -> dict[str, str]:
    """Return everything that determines a run of :func:`theorycheck.training.descent.train`, by name.

    Two runs with the same fingerprint are the same run, but for a user's activation that differs from another of its
    name only away from the quarters in [-2, 2].
    """
    return {**network_fingerprint(network), "problem": problem_fingerprint(problem),
            "population": "none" if population is None else problem_fingerprint(population),
            "multiplicities": _hash(multiplicities.astype("<i8").tobytes()), "eta": _text(eta), "steps": str(steps),
            "arithmetic": arithmetic, "trains": trains, "precision": str(precision),
            "record": _hash(",".join(map(str, recorded)).encode()), "margin_edges": ", ".join(map(to_text, edges))}


def _activation_text(activation: Activation) -> str:
    form = activation.form
    if isinstance(form, PiecewisePolynomial):
        pieces = [[to_text(c) for c in piece] for piece in form.coefficients]
        text = f"pieces {pieces} between {[to_text(t) for t in form.breakpoints]}"
    elif isinstance(form, HyperbolicTangent):
        text = "tanh"
    elif isinstance(form, CosineSlope):
        text = f"cosine {form.phase}"
    else:
        values = [_probed(lambda: _text(activation(t))) for t in _PROBES]
        slopes = [_probed(lambda: _text(activation.derivative(t))) for t in _PROBES]
        # float64 runs follow the user's array functions, which may differ from the exact ones.
        grid = np.array([float(t) for t in _PROBES])
        arrays = [_probed(lambda: on_array(grid).tobytes().hex())
                  for on_array in (activation.on_array, activation.derivative_on_array)]
        text = f"{activation.name}, values and slopes {_hash(repr((values, slopes, arrays)).encode())}"
    return f"{text}, kink slope {activation.kink_slope}"


def _probed(probe: Callable[[], str]) -> str:
    """A probe of a user's function, which need not be defined where no run ever goes."""
    try:
        return probe()
    except (ArithmeticError, ValueError) as error:
        return type(error).__name__


def _distribution_text(distribution: Distribution) -> str:
    if isinstance(distribution, UniformDistribution):
        return "uniform"
    if isinstance(distribution, ProductDistribution):
        return f"product of biases {_hash(' '.join(map(to_text, distribution.biases)).encode())}"
    if isinstance(distribution, ExplicitDistribution):
        weights: Any = distribution.weights
        return f"weights {_hash(' '.join(f'{index}:{to_text(mass)}' for index, mass in weights.items()).encode())}"
    if isinstance(distribution, EmpiricalDistribution):
        points = np.asarray(distribution.points, dtype=np.int8)
        return f"sample of {points.shape[0]} points {_hash(points.tobytes())}"
    masses = " ".join(map(to_text, distribution.probabilities()))
    return f"{type(distribution).__name__} {_hash(masses.encode())}"


def _parameters_hash(network: Network) -> str:
    digest = hashlib.sha256()
    for array in (network.filters, network.biases, network.readout):
        if array.dtype == np.float64:
            digest.update(array.astype("<f8").tobytes())
        else:
            digest.update(" ".join(to_text(entry) for entry in array.ravel().tolist()).encode())
        digest.update(b";")
    return digest.hexdigest()[:16]


def _table_hash(function: BooleanFunction) -> str:
    return _hash(function.values.astype(np.int8).tobytes())


def _text(value: Fraction | Real) -> str:
    """The number, a ball at a fixed precision, whatever precision is in force."""
    number = Real(value)
    return to_text(number) if number.is_exact else to_text(number.enclose(_BITS))


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]
