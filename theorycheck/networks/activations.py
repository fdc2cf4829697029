"""Activations: exact values, float64 values, the constants of the theorems, and the slope chosen at a kink.

The paper's results need |σ| ≤ c and |σ'| ≤ 1, and a choice of σ'(0).  An :class:`Activation` carries all of it: its
bound c (None when unbounded), its Lipschitz constant, and ``kink_slope``, the share of the right-hand slope in the
slope used at a kink, which for ReLU is σ'(0) itself (0 unless chosen otherwise).
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from theorycheck.errors import ParameterError, abbreviate
from theorycheck.networks.activation_forms import Form, PiecewisePolynomial, UserForm
from theorycheck.networks.rationals import rational_array
from theorycheck.networks.smooth_forms import CosineSlope, HyperbolicTangent
from theorycheck.networks.waves import peaks_wave, triangle_wave
from theorycheck.rigor import Real, exact_rational

_NAMES = ("relu", "clipped_relu:CAP", "leaky_relu:SLOPE", "clip:LOW,HIGH", "abs", "square", "identity", "tanh",
          "cosine:R", "triangle:R", "peaks:R", "zero")
_LARGEST_COUNT = 10**4


@dataclass(frozen=True)
class Activation:
    """A function σ from reals to reals with what is known about it.

    Parameters
    ----------
    name : str
    form : Form
        How it is computed.
    bound : Fraction or None
        The paper's c: sup |σ|, or where that is irrational a rational just above; None when unbounded or unknown.
    lipschitz : Fraction or None
        The Lipschitz constant; None when there is none or it is unknown.
    kink_slope : Fraction
        At a kink the slope is (1-kink_slope)·(left slope) + kink_slope·(right slope).  For ReLU at 0 it is σ'(0).

    Examples
    --------
    >>> relu = activation_named("relu")
    >>> relu(Fraction(-1, 2)).exact, relu(Fraction(1, 2)).exact, relu.derivative(Fraction(0)).exact
    (Fraction(0, 1), Fraction(1, 2), Fraction(0, 1))
    >>> relu.with_kink_slope(1).derivative(Fraction(0)).exact
    Fraction(1, 1)
    """

    name: str
    form: Form
    bound: Fraction | None
    lipschitz: Fraction | None
    kink_slope: Fraction = Fraction(0)

    def __call__(self, t: Fraction | int) -> Real:
        """Return σ(t): exact where σ maps rationals to rationals, else enclosed."""
        return self.form.value(exact_rational(t, "t"))

    @property
    def is_rational(self) -> bool:
        """Whether σ maps rationals to rationals, so that everything built on it can be exact."""
        return self.form.is_rational

    def exact_value(self, t: Fraction | int) -> Fraction:
        """Return σ(t) as a rational.

        Raises
        ------
        ParameterError
            ``'activation' must map rationals to rationals here; tanh does not at 1/3.``
        """
        value = self(t).exact
        if value is None:
            raise ParameterError(f"'activation' must map rationals to rationals here; {self.name} does not at "
                                 f"{abbreviate(t)}.")
        return value

    def on_array(self, t: np.ndarray) -> np.ndarray:
        """Return σ entry by entry in float64, to look at."""
        return self.form.on_array(t)

    def on_numerators(self, numerators: np.ndarray, denominator: int) -> tuple[np.ndarray, int]:
        """Return σ(numerators / denominator) exactly as integers over one denominator.

        Raises
        ------
        ParameterError
            ``'activation' must map rationals to rationals here; tanh does not at 1/3.``
        """
        if isinstance(self.form, PiecewisePolynomial):
            return self.form.on_numerators(numerators, denominator)
        distinct, where = np.unique(numerators, return_inverse=True)
        values = rational_array([self.exact_value(Fraction(int(p), denominator)) for p in distinct], "activation")
        return values.numerators[where].reshape(np.shape(numerators)), values.denominator

    def derivative(self, t: Fraction | int) -> Real:
        """Return the slope at ``t``, with ``kink_slope`` deciding at a kink."""
        left, right = self.form.slopes(exact_rational(t, "t"))
        return left * (1 - self.kink_slope) + right * self.kink_slope

    def derivative_on_array(self, t: np.ndarray) -> np.ndarray:
        """Return the slopes entry by entry in float64, to look at."""
        left, right = self.form.slopes_on_array(t)
        return left + float(self.kink_slope) * (right - left)

    def with_kink_slope(self, kink_slope: object) -> Activation:
        """Return the same activation with another slope at its kinks.

        Raises
        ------
        ParameterError
            ``'kink_slope' must be at least 0 and at most 1, not 2.``
        """
        share = exact_rational(kink_slope, "kink_slope")
        if not 0 <= share <= 1:
            raise ParameterError(f"'kink_slope' must be at least 0 and at most 1, not {abbreviate(share)}.")
        return replace(self, kink_slope=share)


def piecewise_linear(name: str, breakpoints: Sequence[object], pieces: Sequence[tuple[object, object]]) -> Activation:
    """Return the activation that is ``intercept + slope·t`` on each piece; its constants are worked out.

    Parameters
    ----------
    name : str
    breakpoints : sequence of r rationals, strictly increasing
        A breakpoint belongs to the piece on its right.
    pieces : sequence of r+1 pairs (intercept, slope)

    Examples
    --------
    >>> hat = piecewise_linear("hat", (-1, 0, 1), ((0, 0), (1, 1), (1, -1), (0, 0)))
    >>> hat.bound, hat.lipschitz, hat(Fraction(1, 4)).exact
    (Fraction(1, 1), Fraction(1, 1), Fraction(3, 4))
    """
    points = tuple(exact_rational(t, "breakpoints") for t in breakpoints)
    if any(len(piece) != 2 for piece in pieces):
        raise ParameterError("'pieces' must be pairs (intercept, slope).")
    lines = tuple((exact_rational(c, "pieces"), exact_rational(s, "pieces")) for c, s in pieces)
    form = PiecewisePolynomial(points, lines)
    ends = [(c + s * t, c2 + s2 * t) for t, (c, s), (c2, s2) in zip(points, lines, lines[1:])]
    is_bounded = lines[0][1] == 0 == lines[-1][1]
    values = [abs(v) for pair in ends for v in pair] + [abs(lines[0][0]), abs(lines[-1][0])]
    is_continuous = all(left == right for left, right in ends)
    return Activation(name, form, max(values) if is_bounded else None,
                      max(abs(s) for _, s in lines) if is_continuous else None)


def step_wise(name: str, breakpoints: Sequence[object], values: Sequence[object]) -> Activation:
    """Return the step function with ``values[i]`` between breakpoints i-1 and i; a breakpoint belongs to its right.

    Examples
    --------
    >>> sign = step_wise("sign", (0,), (-1, 1))
    >>> sign(0).exact, sign(Fraction(-1, 9)).exact, sign.bound, sign.lipschitz
    (Fraction(1, 1), Fraction(-1, 1), Fraction(1, 1), None)
    """
    return piecewise_linear(name, breakpoints, [(value, 0) for value in values])


def user_activation(name: str, function: Callable[[Fraction], Any], *, bound: object | None = None,
                    lipschitz: object | None = None, derivative: Callable[[Fraction], Any] | None = None,
                    on_array: Callable[[np.ndarray], np.ndarray] | None = None,
                    array_derivative: Callable[[np.ndarray], np.ndarray] | None = None,
                    is_rational: bool = True) -> Activation:
    """Return an activation from a function of a Fraction that returns a number, a Real or an Arb ball.

    Parameters
    ----------
    name : str
    function : callable
        Takes a Fraction.  With ``is_rational`` it must return rationals.
    bound, lipschitz : rational, optional
        The constants that the user vouches for.
    derivative : callable, optional
        The slope at a Fraction; a pair means (left, right).
    on_array, array_derivative : callable, optional
        float64 versions.
    is_rational : bool
        Whether rationals go to rationals.

    Examples
    --------
    >>> cube = user_activation("cube", lambda t: t**3)
    >>> cube(Fraction(1, 2)).exact
    Fraction(1, 8)
    """
    for given, label in ((function, "function"), (derivative, "derivative"), (on_array, "on_array"),
                         (array_derivative, "array_derivative")):
        if not callable(given) and (given is not None or label == "function"):
            raise ParameterError(f"'{label}' must be callable, not {given!r}.")
    return Activation(name, UserForm(function, derivative, on_array, array_derivative, is_rational),
                      _constant(bound, "bound"), _constant(lipschitz, "lipschitz"))


def _constant(value: object | None, name: str) -> Fraction | None:
    constant = None if value is None else exact_rational(value, name)
    if constant is not None and constant < 0:
        raise ParameterError(f"'{name}' must be at least 0, not {abbreviate(constant)}.")
    return constant


def activation_named(text: str) -> Activation:
    """Return the activation that ``text`` names.

    Parameters
    ----------
    text : str
        ``relu``, ``clipped_relu:1/2`` (min(max(t,0), 1/2)), ``leaky_relu:1/100``, ``clip:-2,2``, ``abs``, ``square``,
        ``identity``, ``tanh`` or ``zero``; ``cosine:R``, ``triangle:R`` and ``peaks:R`` for a whole R: at a sum of R
        signs the slopes of the first two, and the values of the third, are the product of the signs.

    Raises
    ------
    ParameterError
        ``'activation' must be one of relu, clipped_relu:CAP, …, zero, not 'swish'.``,
        ``'activation' clipped_relu needs CAP, as in clipped_relu:1/2.`` and
        ``'activation' triangle must have a whole R, at least 0 and at most 10000, not 1/2.``

    Examples
    --------
    >>> clip = activation_named("clip:-2,2")
    >>> clip(3).exact, clip.bound, clip.lipschitz
    (Fraction(2, 1), Fraction(2, 1), Fraction(1, 1))
    """
    refusal = ParameterError(f"'activation' must be one of {', '.join(_NAMES)}, not {text!r}.")
    if not isinstance(text, str):
        raise refusal
    name, colon, arguments = text.strip().partition(":")
    numbers = [exact_rational(part, "activation") for part in arguments.split(",")] if colon else []
    if name in _PLAIN:
        if numbers:
            raise ParameterError(f"'activation' {name} takes no numbers, not {text!r}.")
        return _PLAIN[name]()
    if name not in _WITH_NUMBERS:
        raise refusal
    maker, count, shape, example = _WITH_NUMBERS[name]
    if len(numbers) != count:
        raise ParameterError(f"'activation' {name} needs {shape}, as in {name}:{example}.")
    return maker(text.strip(), *numbers)


def _clipped_relu(text: str, cap: Fraction) -> Activation:
    if cap <= 0:
        raise ParameterError(f"'activation' clipped_relu must have a cap above 0, not {abbreviate(cap)}.")
    return piecewise_linear(text, (0, cap), ((0, 0), (0, 1), (cap, 0)))


def _leaky_relu(text: str, slope: Fraction) -> Activation:
    return piecewise_linear(text, (0,), ((0, slope), (0, 1)))


def _clip(text: str, low: Fraction, high: Fraction) -> Activation:
    if low >= high:
        raise ParameterError(f"'activation' clip must have its low end below its high end, not {abbreviate(low)},"
                             f"{abbreviate(high)}.")
    return piecewise_linear(text, (low, high), ((low, 0), (0, 1), (high, 0)))


def _count(name: str, value: Fraction) -> int:
    if value.denominator != 1 or not 0 <= value <= _LARGEST_COUNT:
        raise ParameterError(f"'activation' {name} must have a whole R, at least 0 and at most {_LARGEST_COUNT}, not "
                             f"{abbreviate(value)}.")
    return int(value)


def _cosine(text: str, count: Fraction) -> Activation:
    # 2/π is irrational; 333/106 < π.
    return Activation(text, CosineSlope(_count("cosine", count)), Fraction(2 * 106, 333), _ONE)


def _triangle(text: str, count: Fraction) -> Activation:
    return Activation(text, triangle_wave(_count("triangle", count)), _ONE, _ONE)


def _peaks(text: str, count: Fraction) -> Activation:
    return Activation(text, peaks_wave(_count("peaks", count)), _ONE, _ONE if count else _NONE)


_ONE, _NONE = Fraction(1), Fraction(0)
_PLAIN: dict[str, Callable[[], Activation]] = {
    "relu": lambda: piecewise_linear("relu", (0,), ((0, 0), (0, 1))),
    "abs": lambda: piecewise_linear("abs", (0,), ((0, -1), (0, 1))),
    "square": lambda: Activation("square", PiecewisePolynomial((), ((_NONE, _NONE, _ONE),)), None, None),
    "identity": lambda: piecewise_linear("identity", (), ((0, 1),)),
    "zero": lambda: piecewise_linear("zero", (), ((0, 0),)),
    "tanh": lambda: Activation("tanh", HyperbolicTangent(), _ONE, _ONE),
}
_WITH_NUMBERS: dict[str, tuple[Callable[..., Activation], int, str, str]] = {
    "clipped_relu": (_clipped_relu, 1, "CAP", "1/2"),
    "leaky_relu": (_leaky_relu, 1, "SLOPE", "1/100"),
    "clip": (_clip, 2, "LOW,HIGH", "-2,2"),
    "cosine": (_cosine, 1, "R", "3"),
    "triangle": (_triangle, 1, "R", "3"),
    "peaks": (_peaks, 1, "R", "3"),
}
