"""Convex losses with an exact value and subgradient, for online gradient descent: linear, absolute, hinge, quadratic.

A number is a Fraction while everything is rational, else a :class:`~theorycheck.rigor.Real`; a vector is a tuple of
numbers.
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
from flint import arb

from theorycheck.errors import ParameterError, abbreviate
from theorycheck.networks.rationals import exact_entries
from theorycheck.networks.requirements import Number, number
from theorycheck.rigor import Real, decide, exact_rational

Vector: TypeAlias = "tuple[Number, ...]"


@runtime_checkable
class ConvexLoss(Protocol):
    """What online gradient descent asks of a loss."""

    def value(self, point: Vector) -> Number:
        """The loss at ``point``."""

    def subgradient(self, point: Vector) -> Vector:
        """A vector g with f(y) ≥ f(x) + ⟨g, y - x⟩ for every y."""


def vector(values: Any, name: str, size: int | None = None) -> Vector:
    """Read a vector of numbers; a float64 array stands for the dyadic numbers that it holds.

    Raises
    ------
    ParameterError
        ``'start' must be a vector of at least one number.``, ``'comparator' must have 3 entries, not 2.``

    Examples
    --------
    >>> vector([1, "1/2"], "start")
    (Fraction(1, 1), Fraction(1, 2))
    """
    if isinstance(values, np.ndarray) and values.dtype != object:
        entries, shape = exact_entries(values, name)
        result: Vector = tuple(entries) if len(shape) == 1 else ()
    else:
        is_listed = isinstance(values, (Sequence, np.ndarray)) and not isinstance(values, (str, bytes))
        flat = [] if not is_listed or any(isinstance(v, (Sequence, np.ndarray)) and not isinstance(v, str)
                                          for v in values) else list(values)
        result = tuple(number(value, name) for value in flat)
    if not result:
        raise ParameterError(f"'{name}' must be a vector of at least one number.")
    if size is not None and len(result) != size:
        raise ParameterError(f"'{name}' must have {size} entries, not {len(result)}.")
    return result


def inner_product(left: Sequence[Number], right: Sequence[Number]) -> Number:
    """Return Σ_i left_i·right_i, a Fraction where all are.

    Examples
    --------
    >>> inner_product((Fraction(1), Fraction(2)), (Fraction(3), Fraction(1, 2)))
    Fraction(4, 1)
    """
    total: Number = Fraction(0)
    for a, b in zip(left, right, strict=True):
        # An exact zero keeps balls, and the recipes behind them, out of a sum that does not need them.
        if not (isinstance(a, Fraction) and a == 0 or isinstance(b, Fraction) and b == 0):
            total = total + a * b
    return total


def sign_of(value: Number, what: str) -> int:
    """Return the sign of a number.

    Raises
    ------
    ParameterError
        ``'precision' must be larger: the sign of ⟨a, θ⟩ - b is not decided.``
    """
    if isinstance(value, Fraction):
        return (value > 0) - (value < 0)
    for relation, sign in ((">", 1), ("<", -1), ("==", 0)):
        if decide(value, relation, 0) is True:
            return sign
    raise ParameterError(f"'precision' must be larger: the sign of {what} is not decided.")


@dataclass(frozen=True)
class _OfOneProduct:
    """A convex function of ⟨a, θ⟩ - b."""

    weights: Any
    offset: Any = Fraction(0)

    def __post_init__(self) -> None:
        object.__setattr__(self, "weights", vector(self.weights, "weights"))
        object.__setattr__(self, "offset", number(self.offset, "offset"))

    def _product(self, point: Vector) -> Number:
        if len(point) != len(self.weights):
            raise ParameterError(f"'point' must have {len(self.weights)} entries, not {len(point)}.")
        return inner_product(self.weights, point) - self.offset

    def _along(self, slope: Number) -> Vector:
        return tuple(slope * weight for weight in self.weights)


@dataclass(frozen=True)
class LinearLoss(_OfOneProduct):
    """f(θ) = ⟨a, θ⟩ - b.

    Examples
    --------
    >>> loss = LinearLoss(["1/10"])
    >>> loss.value((Fraction(10),)), loss.subgradient((Fraction(10),))
    (Fraction(1, 1), (Fraction(1, 10),))
    """

    def value(self, point: Vector) -> Number:
        """Return ⟨a, θ⟩ - b."""
        return self._product(point)

    def subgradient(self, point: Vector) -> Vector:
        """Return a."""
        self._product(point)
        return tuple(self.weights)


@dataclass(frozen=True)
class AbsoluteLoss(_OfOneProduct):
    """f(θ) = |⟨a, θ⟩ - b|, with slope ``kink_slope`` in [-1, 1] (default 0) at its kink.

    Examples
    --------
    >>> AbsoluteLoss([2], 3).value((Fraction(1),)), AbsoluteLoss([2], 3).subgradient((Fraction(1),))
    (Fraction(1, 1), (Fraction(-2, 1),))
    """

    kink_slope: Any = Fraction(0)

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "kink_slope", _share(self.kink_slope, "kink_slope", -1))

    def value(self, point: Vector) -> Number:
        """Return |⟨a, θ⟩ - b|."""
        product = self._product(point)
        if isinstance(product, Fraction):
            return abs(product)
        return Real(lambda: abs(product.enclose(_bits())))

    def subgradient(self, point: Vector) -> Vector:
        """Return sign(⟨a, θ⟩ - b)·a, and kink_slope·a at the kink."""
        sign = sign_of(self._product(point), "⟨a, θ⟩ - b")
        return self._along(Fraction(sign) if sign else self.kink_slope)


@dataclass(frozen=True)
class HingeLoss(_OfOneProduct):
    """f(θ) = max(0, 1 - (⟨a, θ⟩ - b)), a = y·φ(x) for a feature map φ; ``hinge_slope`` γ in [0, 1] at margin 1.

    Examples
    --------
    >>> HingeLoss([1, -1]).value((Fraction(1, 2), Fraction(0)))
    Fraction(1, 2)
    >>> HingeLoss([1], hinge_slope="1/3").subgradient((Fraction(1),))
    (Fraction(-1, 3),)
    """

    hinge_slope: Any = Fraction(0)

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "hinge_slope", _share(self.hinge_slope, "hinge_slope", 0))

    def value(self, point: Vector) -> Number:
        """Return max(0, 1 - margin)."""
        gap = 1 - self._product(point)
        if isinstance(gap, Fraction):
            return max(Fraction(0), gap)
        return Real(lambda: gap.enclose(_bits()).max(arb(0)))

    def subgradient(self, point: Vector) -> Vector:
        """Return -a below margin 1, -γ·a at it, 0 above."""
        sign = sign_of(1 - self._product(point), "1 - margin")
        return self._along(Fraction(-1) if sign > 0 else Fraction(0) if sign < 0 else -self.hinge_slope)


@dataclass(frozen=True)
class QuadraticLoss(_OfOneProduct):
    """f(θ) = scale·(⟨a, θ⟩ - b)², scale ≥ 0.

    Examples
    --------
    >>> QuadraticLoss([2], 1, 3).value((Fraction(1),)), QuadraticLoss([2], 1, 3).subgradient((Fraction(1),))
    (Fraction(3, 1), (Fraction(12, 1),))
    """

    scale: Any = Fraction(1)

    def __post_init__(self) -> None:
        super().__post_init__()
        scale = exact_rational(self.scale, "scale")
        if scale < 0:
            raise ParameterError(f"'scale' must be at least 0, not {abbreviate(scale)}.")
        object.__setattr__(self, "scale", scale)

    def value(self, point: Vector) -> Number:
        """Return scale·(⟨a, θ⟩ - b)²."""
        product = self._product(point)
        return product * product * self.scale

    def subgradient(self, point: Vector) -> Vector:
        """Return 2·scale·(⟨a, θ⟩ - b)·a."""
        return self._along(self._product(point) * (2 * self.scale))


@dataclass(frozen=True)
class UserLoss:
    """A user's loss; that it is convex is the user's word, checked only where a run or :func:`convexity_witness` looks.

    Parameters
    ----------
    function : callable
        Takes a tuple of numbers, returns a number.
    gradient : callable
        Takes a tuple of numbers, returns as many.
    name : str

    Examples
    --------
    >>> loss = UserLoss(lambda theta: theta[0] ** 4, lambda theta: [4 * theta[0] ** 3])
    >>> loss.value((Fraction(1, 2),)), loss.subgradient((Fraction(1, 2),))
    (Fraction(1, 16), (Fraction(1, 2),))
    """

    function: Callable[[Vector], Any] = field(repr=False)
    gradient: Callable[[Vector], Any] = field(repr=False)
    name: str = "user"

    def __post_init__(self) -> None:
        for given, label in ((self.function, "function"), (self.gradient, "gradient")):
            if not callable(given):
                raise ParameterError(f"'{label}' must be callable, not {abbreviate(repr(given))}.")

    def value(self, point: Vector) -> Number:
        """Return what the function returns, read exactly."""
        return number(self.function(point), "function")

    def subgradient(self, point: Vector) -> Vector:
        """Return what the gradient returns, read exactly."""
        return vector(self.gradient(point), "gradient", len(point))


def convexity_witness(loss: ConvexLoss, points: Sequence[Any]) -> tuple[Vector, Vector] | None:
    """Return two of the points x, y with f(y) < f(x) + ⟨g(x), y - x⟩ for certain, or None.

    A witness proves that f is not convex, or that g(x) is no subgradient; None proves nothing.

    Notes
    -----
    One value and subgradient for each point, an inner product for each ordered pair.

    Examples
    --------
    >>> cubic = UserLoss(lambda t: t[0] ** 3, lambda t: [3 * t[0] ** 2])
    >>> convexity_witness(cubic, [[0], [-1], [2]])
    ((Fraction(0, 1),), (Fraction(-1, 1),))
    """
    read = [vector(point, "points") for point in points]
    values, gradients = [loss.value(x) for x in read], [loss.subgradient(x) for x in read]
    for x, value, gradient in zip(read, values, gradients):
        for y, other in zip(read, values):
            step = tuple(b - a for a, b in zip(x, y, strict=True))
            if decide(other, "<", value + inner_product(gradient, step)) is True:
                return x, y
    return None


def _share(value: object, name: str, least: int) -> Fraction:
    share = exact_rational(value, name)
    if not least <= share <= 1:
        raise ParameterError(f"'{name}' must be at least {least} and at most 1, not {abbreviate(share)}.")
    return share


def _bits() -> int:
    from flint import ctx
    return int(ctx.prec)
