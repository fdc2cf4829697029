"""One Fourier coefficient of a threshold neuron and of all its neighbours: E[χ_I g] and E[x_j χ_I g] for every j."""
from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from theorycheck.errors import require_integer
from theorycheck.networks.activations import activation_named
from theorycheck.neurons.neuron import Neuron, read_neuron
from theorycheck.neurons.results import ThresholdCoefficients, scaled_sum
from theorycheck.neurons.threshold_rounding import integer_threshold

if TYPE_CHECKING:
    from theorycheck.neurons.threshold_counts import ThresholdCounts


def threshold_coefficients(weights: Any, bias: Any, subset: int, *, squared_scale: Any = 1, kink_slope: Any = 0,
                           threads: int | None = None) -> ThresholdCoefficients:
    """Return the coefficients at I and at all I △ {j} of the slope of one ReLU neuron, by meeting in the middle.

    Parameters
    ----------
    weights : array-like (n,) of rationals, or RationalArray
        Of any size, decided exactly; a NumPy array of floats stands for the dyadic numbers that it holds.
    bias : rational
    subset : int
        I as a bit mask, bit j for variable j.
    squared_scale : rational
        Above 0; the weights are multiplied by its square root.
    kink_slope : rational
        σ'(0), from 0 to 1: the slope at points with pre-activation exactly 0.
    threads : int, optional
        The result does not depend on it.

    Returns
    -------
    ThresholdCoefficients
        Exact means over the uniform cube; only ``relu`` is enclosed, where the scale is irrational.

    Raises
    ------
    ParameterError
        ``'subset' must be at least 0 and at most 31, not 32.``,
        ``'kink_slope' must be at least 0 and at most 1, not 2.``; and as :func:`read_neuron`.
    InstanceTooLarge
        Above 62 weights that are not 0, above the memory budget (its default suffices for 62), or where more than 2^24
        points are within rounding of the threshold, which takes weights wider than 59 bits and nearly tied.

    Notes
    -----
    Time O(2^(n/2)) and memory some 26 bytes, for wide weights 38, for each of 2^(n/2) sums while that is within the
    budget: n = 40 takes some 30 milliseconds of processor time, and n = 48 half a second and less than 0.6 GiB for the
    whole process.  Above, each further variable left outside the two halves costs a factor of 2 in time.  Source: the
    gradient of MS21, Theorem 12, step 1.

    Examples
    --------
    >>> found = threshold_coefficients([1, 1, 1], 0, 0b001)
    >>> found.constant, [str(value) for value in found.coordinates]  # (x1+x2+x3-x1x2x3)/4 is the majority of three
    (Fraction(1, 4), ['1/2', '0', '0'])
    >>> threshold_coefficients([3] * 40, 0, 1, kink_slope="1/2").relu.exact
    Fraction(3, 2)
    """
    share = activation_named("relu").with_kink_slope(kink_slope).kink_slope
    neuron = read_neuron(weights, bias, "relu", squared_scale)
    subset = require_integer("subset", subset, minimum=0, maximum=2**neuron.n - 1)
    if threads is not None:
        threads = require_integer("threads", threads, minimum=1)
    form = integer_threshold(neuron.weights, neuron.bias, neuron.squared_scale)
    if not form.weights or abs(form.threshold) > form.reach:
        return _of_constant(neuron, subset, share if form.threshold == 0 else Fraction(form.threshold < 0))
    relevant = [j for j, weight in enumerate(neuron.weights.numerators.tolist()) if weight]
    irrelevant = [j for j in range(neuron.n) if subset >> j & 1 and j not in relevant]
    # Here, so that what needs no sums loads no compiler.
    from theorycheck.neurons.threshold_counts import threshold_counts
    counts = threshold_counts(form, [subset >> j & 1 for j in relevant], share != 0, threads)
    sums = [share.denominator * active + share.numerator * tied for active, tied in zip(counts.active, counts.tied)]
    constant, coordinates = sums.pop(), [0] * neuron.n
    # The slope does not depend on a variable of weight 0, so such a member must be cancelled by its own coordinate.
    if len(irrelevant) == 1:
        coordinates[irrelevant[0]] = constant
    elif not irrelevant:
        for j, value in zip(relevant, sums):
            coordinates[j] = value
    return _found(neuron, subset, 0 if irrelevant else constant, coordinates, share.denominator << len(relevant),
                  counts.ties << neuron.n - len(relevant), _reason(counts))


def _of_constant(neuron: Neuron, subset: int, slope: Fraction) -> ThresholdCoefficients:
    """The coefficients where the slope is the same at every point."""
    coordinates = [slope.numerator if subset == 1 << j else 0 for j in range(neuron.n)]
    ties = 1 << neuron.n if neuron.bias == 0 and neuron.reach == 0 else 0
    return _found(neuron, subset, slope.numerator if subset == 0 else 0, coordinates, slope.denominator, ties,
                  "the slope is the same at every point, so there is nothing to sum")


def _found(neuron: Neuron, subset: int, constant: int, coordinates: list[int], unit: int, ties: int,
           reason: str) -> ThresholdCoefficients:
    """The result; its constant and coordinates are given times unit."""
    linear = sum(weight * value for weight, value in zip(neuron.weights.numerators.tolist(), coordinates))
    mean = Fraction(constant, unit)
    relu = scaled_sum(neuron.squared_scale, Fraction(linear, neuron.weights.denominator * unit), neuron.bias * mean)
    return ThresholdCoefficients(subset, mean, tuple(Fraction(value, unit) for value in coordinates), ties, relu,
                                 "meeting", reason)


def _reason(counts: ThresholdCounts) -> str:
    outer = f", for each of 2^{counts.outer} contents of the other {counts.outer}" if counts.outer else ""
    rounding = "exact in 64 bits" if counts.shift == 0 else (
        f"rounded to 64 bits, {counts.decided} point{'s' if counts.decided != 1 else ''} too near the threshold for "
        "them decided in full")
    return f"sorted sums of {counts.low} and of {counts.high} weights{outer}; {rounding}"
