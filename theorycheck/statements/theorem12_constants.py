"""The constant c of Theorem 12: how large |σ| gets at the pre-activations that a neuron, or a law, allows."""
from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from flint import ctx

from theorycheck.rigor import Real, decide

if TYPE_CHECKING:
    from theorycheck.networks.activations import Activation
    from theorycheck.neurons.neuron import Neuron
    from theorycheck.orbits.laws import WeightLaw

_GRID = 2**64


def law_bound(law: WeightLaw, n: int, activation: Activation, bias: Fraction) -> Real | None:
    """Return a rational that |σ| does not exceed for any draw of the law; None where none is known.

    Examples
    --------
    >>> from theorycheck.networks.activations import activation_named
    >>> from theorycheck.orbits.laws import law_named
    >>> relu = activation_named("relu")
    >>> float(law_bound(law_named("uniform"), 4, relu, Fraction(1)))
    3.0
    >>> law_bound(law_named("gaussian"), 4, relu, Fraction(0)) is None
    True
    """
    norm = None if law.bias_scale else law.squared_norm_bound(n)
    if norm is None:
        return None if activation.bound is None else Real(activation.bound)
    # Cauchy-Schwarz: |<w,x>| is at most sqrt(n) times the norm of w.
    found = largest_between(activation, bias, Real(n * norm).sqrt())
    return None if found is None else rounded_up(found)


def largest_activation(neuron: Neuron) -> Real | None:
    """Return the largest |σ| between the extreme pre-activations of a neuron; None where σ is not understood.

    Examples
    --------
    >>> from theorycheck.neurons.neuron import read_neuron
    >>> largest_activation(read_neuron([3, -1], bias="1/2")).exact
    Fraction(9, 2)
    """
    reach = Real(neuron.unit * neuron.reach) * Real(neuron.squared_scale).sqrt()
    return largest_between(neuron.activation, neuron.bias, reach)


def largest_between(activation: Activation, middle: Fraction, reach: Real) -> Real | None:
    """Return the largest |σ| on [middle-reach, middle+reach]: exactly for pieces up to degree 2, else σ's own bound.

    Examples
    --------
    >>> from theorycheck.networks.activations import activation_named
    >>> largest_between(activation_named("relu"), Fraction(1), Real(2)).exact
    Fraction(3, 1)
    >>> largest_between(activation_named("square"), Fraction(1), Real(2)).exact
    Fraction(9, 1)
    """
    from theorycheck.bounds.arithmetic import extremum
    from theorycheck.networks.activation_forms import PiecewisePolynomial
    form = activation.form
    if not isinstance(form, PiecewisePolynomial) or form.degree > 2:
        return None if activation.bound is None else Real(activation.bound)
    low, high = middle - reach, middle + reach
    found = []
    ends = [None, *form.breakpoints, None]
    for piece, left, right in zip(form.coefficients, ends, ends[1:]):
        first = low if left is None or decide(low, ">=", left) else Real(left)
        last = high if right is None or decide(high, "<=", right) else Real(right)
        if decide(first, "<=", last) is not False:
            found += [_absolute(_at(piece, place)) for place in (first, last, *_vertex(piece, first, last))]
    return extremum(found, largest=True)


def _at(piece: tuple[Fraction, ...], place: Real) -> Real:
    """A polynomial; a coefficient of 0 times an irrational place would not be known to be 0."""
    value, power = Real(0), Real(1)
    for coefficient in piece:
        value = value + power * coefficient if coefficient else value
        power = power * place
    return value


def _vertex(piece: tuple[Fraction, ...], first: Real, last: Real) -> list[Real]:
    """Where a piece of degree 2 turns, unless that is outside."""
    if len(piece) < 3 or not piece[2]:
        return []
    place = Real(-piece[1] / (2 * piece[2]))
    return [place] if decide(first, "<", place) and decide(place, "<", last) else []


def _absolute(value: Real) -> Real:
    return -value if decide(value, "<", 0) else value


def rounded_up(value: Real) -> Real:
    """Return a rational that is at least ``value``: itself, or on a grid of 2^-64.

    Examples
    --------
    >>> rounded_up(Real(Fraction(1, 3))).exact, rounded_up(Real(2).sqrt()).exact.denominator <= 2**64
    (Fraction(1, 3), True)
    """
    if value.exact is not None:
        return value
    bits = 128
    with ctx.workprec(bits):
        ball = value.enclose(bits)
        # Enough for the numbers at hand whatever their size.
        bits += 64 + max(0, int(ball.upper().man_exp()[1]) + bits)
    with ctx.workprec(bits):
        top = (value.enclose(bits) * _GRID).upper().ceil().unique_fmpz()
    assert top is not None
    return Real(Fraction(int(top), _GRID))
