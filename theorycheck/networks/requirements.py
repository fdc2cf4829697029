"""What every run asks of its network, its problem and its step size: one check and one message for all doors."""
from __future__ import annotations

from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
from flint import arb

from theorycheck.errors import ParameterError, abbreviate
from theorycheck.networks.architectures import ConvolutionalNetwork, FullyConnectedNetwork, LocallyConnectedNetwork
from theorycheck.networks.problems import LearningProblem
from theorycheck.networks.rationals import exact_entries
from theorycheck.rigor import Real, decide, exact_rational

Number: TypeAlias = "Fraction | Real"


def number(value: Any, name: str) -> Number:
    """Read one number: a Fraction where it is rational, else a Real.

    Raises
    ------
    ParameterError
        ``'eta' must be a finite number, not nan.``

    Examples
    --------
    >>> number(0.1, "eta"), number(Real(2).sqrt(), "eta").is_exact
    (Fraction(1, 10), False)
    """
    if isinstance(value, (Real, arb)):
        real = Real(value)
        if real.exact is None and not real.enclose().is_finite():
            raise ParameterError(f"'{name}' must be a finite number; its enclosure is not finite.")
        return real if real.exact is None else real.exact
    return exact_rational(value, name)


def require_network(network: Any) -> None:
    """Refuse anything that is not a network.

    Raises
    ------
    ParameterError
        ``'network' must be a network, not 5.``

    Examples
    --------
    >>> require_network(5)
    Traceback (most recent call last):
        ...
    theorycheck.errors.ParameterError: 'network' must be a network, not 5.
    """
    if not isinstance(network, (ConvolutionalNetwork, LocallyConnectedNetwork, FullyConnectedNetwork)):
        raise ParameterError(f"'network' must be a network, not {abbreviate(repr(network))}.")


def require_problem(problem: Any, name: str = "problem") -> None:
    """Refuse anything that is not a learning problem.

    Raises
    ------
    ParameterError
        ``'problem' must be a LearningProblem, not 5.``

    Examples
    --------
    >>> require_problem(5)
    Traceback (most recent call last):
        ...
    theorycheck.errors.ParameterError: 'problem' must be a LearningProblem, not 5.
    """
    if not isinstance(problem, LearningProblem):
        raise ParameterError(f"'{name}' must be a LearningProblem, not {abbreviate(repr(problem))}.")


def require_problem_for(network: Any, problem: Any, name: str = "problem") -> None:
    """Refuse anything but a network and a learning problem on its cube.

    Raises
    ------
    ParameterError
        ``'network' must be a network, not 5.``, ``'problem' must be a LearningProblem, not 5.``,
        ``'problem' must have the network's dimension n=3, not 4.``

    Examples
    --------
    >>> from theorycheck.cube.patterns import KPattern
    >>> problem = LearningProblem(KPattern.parity(3, 2))
    >>> require_problem_for(FullyConnectedNetwork([[1, 1]], [0], [0]), problem)
    Traceback (most recent call last):
        ...
    theorycheck.errors.ParameterError: 'problem' must have the network's dimension n=2, not 3.
    """
    require_network(network)
    require_problem(problem, name)
    if problem.n != network.n:
        raise ParameterError(f"'{name}' must have the network's dimension n={network.n}, not {problem.n}.")


def float_parameters(name: str, values: Any, shape: tuple[int, ...]) -> np.ndarray:
    """Return float64 parameters of this shape, contiguous; the array itself where it is both, rationals rounded.

    Raises
    ------
    ParameterError
        ``'readout' must be an array of numbers, not None.``, ``'readout' must have shape (2, 3), not (2,).``

    Examples
    --------
    >>> float_parameters("readout", [1, 2], (2,))
    array([1., 2.])
    """
    array = np.asarray(values)
    if array.dtype == object:
        entries, found = exact_entries(array, name)
        array = np.array([float(entry) for entry in entries]).reshape(found)
    if array.dtype.kind not in "fiu":
        raise ParameterError(f"'{name}' must be an array of numbers, not {abbreviate(repr(values))}.")
    if array.shape != shape:
        raise ParameterError(f"'{name}' must have shape {shape}, not {array.shape}.")
    return np.ascontiguousarray(array, dtype=np.float64)


def require_step_size(eta: Any, arithmetic: str = "enclosed") -> Real:
    """Read the step size, a rational or a Real for certain above 0.

    Raises
    ------
    ParameterError
        ``'eta' must be a finite number, not nan.``, ``'eta' must be above 0, not -1.``,
        ``'eta' must be rational for arithmetic='rational'.``

    Examples
    --------
    >>> require_step_size("1/2").exact
    Fraction(1, 2)
    """
    size = number(eta, "eta")
    if decide(size, ">", 0) is not True:
        raise ParameterError(f"'eta' must be above 0, not {abbreviate(size)}.")
    if arithmetic == "rational" and isinstance(size, Real):
        raise ParameterError("'eta' must be rational for arithmetic='rational'.")
    return Real(size)
