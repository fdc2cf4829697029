"""Reading numbers exactly: 0.1 is 1/10, whether it comes as text or as a Python float."""
from __future__ import annotations

import math
import numbers
from decimal import Decimal
from fractions import Fraction

from theorycheck.errors import ParameterError


def exact_rational(value: object, name: str = "value") -> Fraction:
    """Return the exact rational that a person means by ``value``.

    Parameters
    ----------
    value : int, float, str, Decimal or Fraction
        Text may be a decimal (``0.1``, ``1e-3``) or a fraction (``1/10``).  A float is read as its shortest decimal, so
        that 0.1 is 1/10 and not the dyadic number nearest to it.  NumPy scalars are read alike.
    name : str
        The argument's name, for the message.

    Raises
    ------
    ParameterError
        ``'delta' must be a finite number, not nan.`` for NaN, infinities, booleans and anything else.

    Examples
    --------
    >>> exact_rational(0.1), exact_rational("1e-3"), exact_rational("2/6")
    (Fraction(1, 10), Fraction(1, 1000), Fraction(1, 3))
    >>> exact_rational(float("nan"), "delta")
    Traceback (most recent call last):
        ...
    theorycheck.errors.ParameterError: 'delta' must be a finite number, not nan.
    """
    refusal = ParameterError(f"'{name}' must be a finite number, not {value}.")
    if isinstance(value, bool) or type(value).__name__ == "bool_":
        raise refusal
    if isinstance(value, numbers.Rational):
        return Fraction(int(value.numerator), int(value.denominator))
    if isinstance(value, numbers.Real):
        number = float(value)
        if not math.isfinite(number):
            raise refusal
        # str of a NumPy scalar of any width is its own shortest decimal; float() would add float32's noise digits.
        return Fraction(str(value))
    if isinstance(value, (str, Decimal)):
        try:
            return Fraction(value.strip() if isinstance(value, str) else value)
        except (ValueError, OverflowError, ZeroDivisionError):
            raise refusal from None
    raise refusal
