"""Reading numbers exactly: 0.1 is 1/10, whether it comes as text or as a Python float."""
from __future__ import annotations

import numbers
import re
from decimal import Decimal
from fractions import Fraction

from flint import fmpz

from theorycheck.errors import ParameterError, abbreviate

_RATIO = re.compile(r"([+-]?\d+)/(\d+)", re.ASCII)
_DECIMAL = re.compile(r"([+-]?)(?=\.?\d)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,30}))?", re.ASCII)
# Beyond this a decimal of a few characters would fill memory with digits.
LARGEST_EXPONENT = 100_000


def exact_rational(value: object, name: str = "value") -> Fraction:
    """Return the exact rational that a person means by ``value``.

    Parameters
    ----------
    value : int, float, str, Decimal or Fraction
        Text may be a decimal (``0.1``, ``1e-3``) or a fraction (``1/10``).  A float is read as its shortest decimal, so
        that 0.1 is 1/10 and not the dyadic number nearest to it.  NumPy scalars are read alike.  A decimal's exponent
        is at most 100000 in size; a fraction may have any number of digits.
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
    if type(value) is not bool and isinstance(value, numbers.Rational):
        return Fraction(int(value.numerator), int(value.denominator))
    # str of a NumPy scalar of any width is its own shortest decimal; float() would add float32's noise digits.
    if isinstance(value, (str, float, Decimal)) or (isinstance(value, numbers.Real) and hasattr(value, "dtype")):
        number = _parse(re.sub(r"(?<=\d)_(?=\d)", "", str(value).strip()), name)
        if number is not None:
            return number
    raise ParameterError(f"'{name}' must be a finite number, not {abbreviate(value) or repr(value)}.")


def _parse(text: str, name: str) -> Fraction | None:
    # fmpz reads integers of any length, and fast; Python's own conversion stops at 4300 digits.
    ratio = _RATIO.fullmatch(text)
    if ratio is not None:
        bottom = int(fmpz(ratio[2]))
        return Fraction(int(fmpz(ratio[1].removeprefix("+"))), bottom) if bottom else None
    decimal = _DECIMAL.fullmatch(text)
    if decimal is None:
        return None
    sign, whole, part, exponent = decimal[1], decimal[2], decimal[3] or "", int(decimal[4] or 0)
    if abs(exponent) > LARGEST_EXPONENT:
        raise ParameterError(f"'{name}' must have an exponent of at most {LARGEST_EXPONENT} in size, "
                             f"not {abbreviate(text)}.")
    size = Fraction(int(fmpz(whole + part))) * Fraction(10) ** (exponent - len(part))
    return -size if sign == "-" else size
