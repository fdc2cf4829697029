"""A real number known exactly or by enclosures as fine as asked."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from fractions import Fraction
from typing import TypeAlias

from flint import arb, ctx, fmpq

from theorycheck.errors import ParameterError, abbreviate
from theorycheck.rigor.exact import exact_rational

RealLike: TypeAlias = "Real | int | Fraction | arb"

_START = ContextVar("precision at which comparisons begin, in bits", default=128)
# Enough for every quantity of the paper; an undecided comparison beyond this is an equality in disguise.
_LIMIT_FACTOR = 64


@contextmanager
def working_precision(bits: int) -> Iterator[None]:
    """Begin comparisons and enclosures at ``bits`` bits within the block; they give up at 64 times that.

    Examples
    --------
    >>> with working_precision(256):
    ...     first, last = precision_range()
    >>> first, last
    (256, 16384)
    """
    token = _START.set(bits)
    try:
        yield
    finally:
        _START.reset(token)


def precision_range() -> tuple[int, int]:
    """Return the precision in bits at which comparisons begin and the one at which they give up."""
    return _START.get(), _START.get() * _LIMIT_FACTOR


class Real:
    """A real number: an exact rational, or a recipe that encloses it at any precision.

    Parameters
    ----------
    value : int, Fraction, flint.arb, callable or Real
        A callable takes nothing, runs at the working precision of :data:`flint.ctx` and returns an Arb ball that
        contains the number; it is called again, at a higher precision, when a comparison needs it.  An ``arb`` given
        directly is a ball that cannot be refined.

    Notes
    -----
    Arithmetic between reals is lazy and exact where both sides are rational.  Comparisons go through
    :func:`theorycheck.rigor.decide`; ``==`` and ``<`` raise TypeError, because they could not answer "not known".
    Each operation on balls nests one call deeper: a sum of more than a hundred enclosed terms belongs in one recipe.

    Examples
    --------
    >>> half = Real(Fraction(1, 2))
    >>> half.is_exact, (half + 1).exact
    (True, Fraction(3, 2))
    >>> e = Real(lambda: arb(1).exp())
    >>> e.is_exact, e.enclose(64).contains(arb(3))
    (False, False)
    """

    __slots__ = ("exact", "_recipe", "_cache")
    __hash__ = None  # type: ignore[assignment]

    exact: Fraction | None

    def __init__(self, value: RealLike | Callable[[], arb]) -> None:
        self.exact = None
        self._recipe: Callable[[], arb] | None = None
        self._cache: tuple[int, arb] | None = None
        if isinstance(value, Real):
            self.exact, self._recipe, self._cache = value.exact, value._recipe, value._cache
        elif isinstance(value, arb):
            self._recipe = lambda: value
        elif callable(value):
            self._recipe = value
        else:
            self.exact = exact_rational(value)

    @property
    def is_exact(self) -> bool:
        """Whether the number is an exact rational."""
        return self.exact is not None

    def enclose(self, bits: int | None = None) -> arb:
        """Return an Arb ball that contains the number, computed with ``bits`` bits (default: the working precision)."""
        bits = precision_range()[0] if bits is None else bits
        if self._cache is None or self._cache[0] != bits:
            with ctx.workprec(bits):
                if self.exact is not None:
                    ball = arb(fmpq(self.exact.numerator, self.exact.denominator))
                else:
                    assert self._recipe is not None
                    ball = self._recipe()
            self._cache = (bits, ball)
        return self._cache[1]

    def _combine(self, other: RealLike, exact: Callable[[Fraction, Fraction], Fraction],
                 ball: Callable[[arb, arb], arb]) -> Real:
        right = other if isinstance(other, Real) else Real(other)
        if self.exact is not None and right.exact is not None:
            return Real(exact(self.exact, right.exact))
        return Real(lambda: ball(self.enclose(ctx.prec), right.enclose(ctx.prec)))

    def __add__(self, other: RealLike) -> Real:
        return self._combine(other, lambda a, b: a + b, lambda a, b: a + b)

    def __sub__(self, other: RealLike) -> Real:
        return self._combine(other, lambda a, b: a - b, lambda a, b: a - b)

    def __mul__(self, other: RealLike) -> Real:
        return self._combine(other, lambda a, b: a * b, lambda a, b: a * b)

    def __truediv__(self, other: RealLike) -> Real:
        right = other if isinstance(other, Real) else Real(other)
        if right.exact == 0:
            raise ParameterError("'divisor' must not be 0.")
        return self._combine(right, lambda a, b: a / b, lambda a, b: a / b)

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other: RealLike) -> Real:
        return Real(other) - self

    def __rtruediv__(self, other: RealLike) -> Real:
        return Real(other) / self

    def __neg__(self) -> Real:
        return Real(0) - self

    def __eq__(self, other: object) -> bool:
        raise TypeError("Reals are compared by theorycheck.rigor.decide, which can also answer: not known.")

    def sqrt(self) -> Real:
        """Return the square root: exact where it is rational."""
        if self.exact is not None and self.exact >= 0:
            root = _rational_square_root(self.exact)
            if root is not None:
                return Real(root)
        return Real(lambda: self.enclose(ctx.prec).sqrt())

    def exp(self) -> Real:
        """Return the exponential."""
        return Real(1) if self.exact == 0 else Real(lambda: self.enclose(ctx.prec).exp())

    def log(self) -> Real:
        """Return the natural logarithm."""
        return Real(0) if self.exact == 1 else Real(lambda: self.enclose(ctx.prec).log())

    def __float__(self) -> float:
        """The nearest float, to look at; nothing may be decided by it."""
        return float(self.exact) if self.exact is not None else float(self.enclose().mid())

    def __repr__(self) -> str:
        if self.exact is not None:
            return f"Real({abbreviate(self.exact)})"
        return f"Real({self.enclose().str(15)})"


def _rational_square_root(value: Fraction) -> Fraction | None:
    from math import isqrt
    top, bottom = isqrt(value.numerator), isqrt(value.denominator)
    if top * top == value.numerator and bottom * bottom == value.denominator:
        return Fraction(top, bottom)
    return None
