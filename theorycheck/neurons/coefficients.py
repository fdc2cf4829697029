"""One threshold coefficient with all its coordinates: which method, and two methods beside one another."""
from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from theorycheck.errors import InstanceTooLarge, require_choice
from theorycheck.neurons.integer_coefficients import integer_coefficients
from theorycheck.neurons.neuron import Neuron, read_neuron
from theorycheck.neurons.results import ThresholdCoefficients
from theorycheck.neurons.threshold_coefficients import threshold_coefficients

METHODS = ("auto", "integer", "meeting")
# Measured: nanoseconds for each of 2^(m/2) half sums, and for each word of a polynomial's coefficients and magnitude.
_MEETING, _INTEGER = 30, 20


@dataclass(frozen=True)
class CoefficientCheck:
    """Two methods beside one another.

    Attributes
    ----------
    first, second : ThresholdCoefficients
    agrees : bool
        Whether constant, coordinates and ties are equal, as rationals and integers.
    """

    first: ThresholdCoefficients
    second: ThresholdCoefficients

    @property
    def agrees(self) -> bool:
        """Whether the two found the same."""
        return (self.first.constant, self.first.coordinates, self.first.ties) == (
            self.second.constant, self.second.coordinates, self.second.ties)


def neuron_coefficients(weights: Any, bias: Any, subset: int, *, squared_scale: Any = 1, kink_slope: Any = 0,
                        method: str = "auto", threads: int | None = None) -> ThresholdCoefficients:
    """Return E[χ_I g] and E[x_j χ_I g] for every j, g the slope of one ReLU neuron, by the method that fits.

    Parameters
    ----------
    weights, bias, subset, squared_scale, kink_slope, threads
        As for :func:`threshold_coefficients`.
    method : str
        ``integer``: closed forms for equal weights at any n, else dynamic programming over the sums of integer weights;
        ``meeting``: meet in the middle, any weights, at most 62 that are not 0; ``auto``: the one that should be
        quicker, or the other where that one is too large.

    Returns
    -------
    ThresholdCoefficients
        Its ``method`` and ``reason`` say which it was and why.

    Raises
    ------
    ParameterError
        ``'method' must be one of auto, integer, meeting, not 'magic'.``, and as :func:`threshold_coefficients`.
    InstanceTooLarge
        Where the method, or with ``auto`` each of the two, is too large; with what each would take.

    Notes
    -----
    See the two functions for cost.  Source: the gradient of MS21, Theorem 12, step 1.

    Examples
    --------
    >>> neuron_coefficients([1] * 101, 0, 0b1).method, neuron_coefficients([1, 2, 3] * 40, 0, 0b1).method
    ('krawtchouk', 'dynamic programming')
    >>> neuron_coefficients([10**18 + 1, 10**17 + 3, 10**18 + 7], 0, 0b1).method
    'meeting'
    """
    require_choice("method", method, METHODS)
    neuron = read_neuron(weights, bias, "relu", squared_scale)
    given = {"squared_scale": squared_scale, "kink_slope": kink_slope}
    names = _by_cost(neuron) if method == "auto" else [method]
    obstacles: list[str] = []
    for name in names:
        try:
            found = (integer_coefficients(weights, bias, subset, **given) if name == "integer" else
                     threshold_coefficients(weights, bias, subset, threads=threads, **given))
        except InstanceTooLarge as error:
            obstacles.append(str(error))
            continue
        tried = f"; the other method is too large: {obstacles[0]}" if obstacles else ""
        chosen = "" if method != "auto" or tried or found.method == "krawtchouk" else "; should be the quicker of two"
        return replace(found, reason=f"{found.reason}{chosen}{tried}")
    raise InstanceTooLarge(" ".join(obstacles))


def cross_check_coefficients(weights: Any, bias: Any, subset: int, *, squared_scale: Any = 1, kink_slope: Any = 0,
                             threads: int | None = None) -> CoefficientCheck | None:
    """Return what both methods find; None where one of them is too large.

    Raises
    ------
    ParameterError
        As :func:`neuron_coefficients`.

    Examples
    --------
    >>> check = cross_check_coefficients([1, 2, 3, 4, 5], "1/2", 0b11)
    >>> check.agrees, check.first.method, check.second.method
    (True, 'dynamic programming', 'meeting')
    """
    found = []
    for method in ("integer", "meeting"):
        try:
            found.append(neuron_coefficients(weights, bias, subset, squared_scale=squared_scale, kink_slope=kink_slope,
                                             method=method, threads=threads))
        except InstanceTooLarge:
            return None
    return CoefficientCheck(*found)


def _by_cost(neuron: Neuron) -> list[str]:
    """The methods' names, the one that should be quicker first."""
    sizes = [size for size in neuron.magnitudes if size]
    distinct = len(set(sizes))
    if distinct <= 1:
        return ["integer", "meeting"]
    words = len(sizes) // 64 + 1
    integer = _INTEGER * distinct * words * neuron.reach
    meeting = _MEETING * 2**(len(sizes) / 2) if len(sizes) < 1000 else float("inf")
    return ["integer", "meeting"] if integer <= meeting else ["meeting", "integer"]
