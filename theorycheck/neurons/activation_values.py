"""σ and σ' of a neuron at integer sums s: exactly where rational (or rational times √r), else as enclosed numbers."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import comb, isqrt

from flint import arb, ctx, fmpq

from theorycheck.gradients.enclosed_activations import ActivationEvaluator, Undecided
from theorycheck.networks.activation_forms import PiecewisePolynomial
from theorycheck.neurons.neuron import Neuron
from theorycheck.rigor import Real

# Where a ball is not told from a breakpoint its precision is doubled this often; the two are never equal.
_REFINEMENTS = 12


@dataclass(frozen=True)
class Parts:
    """Numbers rational[i] + √radicand·radical[i], all parts rational; ``radical`` is empty where all are rational."""

    rational: list[Fraction]
    radical: list[Fraction]
    radicand: Fraction


def rational_root(value: Fraction) -> Fraction | None:
    """Return √value where it is rational, else None.

    Examples
    --------
    >>> rational_root(Fraction(4, 9)), rational_root(Fraction(1, 2))
    (Fraction(2, 3), None)
    """
    top, bottom = isqrt(value.numerator), isqrt(value.denominator)
    return Fraction(top, bottom) if top * top == value.numerator and bottom * bottom == value.denominator else None


def exact_parts(neuron: Neuron, sums: Sequence[int], order: int) -> Parts | None:
    """Return σ (order 0) or σ' (order 1) at the pre-activations √r·unit·s + b; None unless all are known exactly.

    Parameters
    ----------
    neuron : Neuron
    sums : sequence of int
        Values of s = Σ magnitudes[j]·x_j.
    order : int
        0 or 1.

    Notes
    -----
    A piecewise polynomial is split into its even and odd powers of √r; any other σ is asked at rationals.

    Examples
    --------
    >>> from theorycheck.neurons.neuron import read_neuron
    >>> exact_parts(read_neuron([1, 1], activation="square", squared_scale="1/2"), [2], 1)
    Parts(rational=[Fraction(0, 1)], radical=[Fraction(4, 1)], radicand=Fraction(1, 2))
    """
    root = rational_root(neuron.squared_scale)
    form = neuron.activation.form
    if root is None and isinstance(form, PiecewisePolynomial):
        pairs = [_split(neuron, form, neuron.unit * s, order) for s in sums]
        return Parts([pair[0] for pair in pairs], [pair[1] for pair in pairs], neuron.squared_scale)
    found = []
    for s in sums:
        if root is None and s != 0:
            return None
        value = _at(neuron, (root or Fraction(1)) * neuron.unit * s + neuron.bias, order).exact
        if value is None:
            return None
        found.append(value)
    return Parts(found, [], Fraction(1))


def enclosed_values(neuron: Neuron, sums: Sequence[int], order: int) -> list[arb]:
    """Return balls that contain σ (order 0) or σ' (order 1) at the pre-activations, at the precision in force.

    Raises
    ------
    ParameterError
        Where the scale is irrational, as :meth:`ActivationEvaluator.at` for a user's activation.

    Examples
    --------
    >>> from theorycheck.neurons.neuron import read_neuron
    >>> enclosed_values(read_neuron([1, 1], activation="tanh"), [0, 2], 0)[0]
    0
    """
    root = rational_root(neuron.squared_scale)
    if root is not None:
        return [_at(neuron, root * neuron.unit * s + neuron.bias, order).enclose(ctx.prec) for s in sums]
    evaluator = ActivationEvaluator(neuron.activation, is_enclosed=True)
    return [_at_irrational(neuron, evaluator, s, order) for s in sums]


def kink_sums(neuron: Neuron, sums: Sequence[int]) -> set[int] | None:
    """Return those of the sums whose pre-activation is a breakpoint of σ; None where σ does not say.

    Examples
    --------
    >>> from theorycheck.neurons.neuron import read_neuron
    >>> kink_sums(read_neuron([1, 1, 1], bias=1), [-3, -1, 1, 3])
    {-1}
    """
    form = neuron.activation.form
    if not isinstance(form, PiecewisePolynomial):
        return None
    squares = {_signed_square(point - neuron.bias) for point in form.breakpoints}
    return {s for s in sums if _signed_square(neuron.unit * s) * neuron.squared_scale in squares}


def _at(neuron: Neuron, point: Fraction, order: int) -> Real:
    return neuron.activation.derivative(point) if order else neuron.activation(point)


def _at_irrational(neuron: Neuron, evaluator: ActivationEvaluator, s: int, order: int) -> arb:
    if s == 0:
        return _at(neuron, neuron.bias, order).enclose(ctx.prec)
    bits, scale, bias = ctx.prec, neuron.squared_scale * (neuron.unit * s)**2, neuron.bias
    for _ in range(_REFINEMENTS):
        with ctx.workprec(bits):
            size = arb(fmpq(scale.numerator, scale.denominator)).sqrt()
            point = (size if s > 0 else -size) + fmpq(bias.numerator, bias.denominator)
            try:
                found = evaluator.at([point])
            except Undecided:
                bits *= 2
                continue
            return (found.slopes if order else found.values)[0]
    raise Undecided(f"The pre-activation at s={s} is not told from a breakpoint of σ at {bits} bits.")


def _signed_square(value: Fraction) -> Fraction:
    """Increasing in ``value``, and √r·p compares with d as r·p|p| with d|d|."""
    return value * abs(value)


def _split(neuron: Neuron, form: PiecewisePolynomial, p: Fraction, order: int) -> tuple[Fraction, Fraction]:
    """The even and odd part in √r of σ or σ' at b + √r·p."""
    size = _signed_square(p) * neuron.squared_scale
    distances = [_signed_square(point - neuron.bias) for point in form.breakpoints]
    right = _polynomial_parts(neuron, form.coefficients[sum(size >= d for d in distances)], p, order)
    if order == 0 or size not in distances:
        return right
    left = _polynomial_parts(neuron, form.coefficients[sum(size > d for d in distances)], p, order)
    share = neuron.activation.kink_slope
    return left[0] + share * (right[0] - left[0]), left[1] + share * (right[1] - left[1])


def _polynomial_parts(neuron: Neuron, coefficients: Sequence[Fraction], p: Fraction,
                      order: int) -> tuple[Fraction, Fraction]:
    chosen = [power * c for power, c in enumerate(coefficients)][1:] if order else list(coefficients)
    parts = [Fraction(0), Fraction(0)]
    for power, c in enumerate(chosen):
        for i in range(power + 1 if c else 0):
            parts[i % 2] += c * comb(power, i) * neuron.bias**(power - i) * p**i * neuron.squared_scale**(i // 2)
    return parts[0], parts[1]
