"""The values given to an expression's symbols, read exactly, and the domains they must lie in."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeAlias

import sympy
from flint import arb

from theorycheck.bounds.domain import Domain
from theorycheck.bounds.symbols import SYMBOLS
from theorycheck.errors import ParameterError
from theorycheck.rigor import Real, exact_rational
from theorycheck.rigor.real import RealLike

Values: TypeAlias = Mapping[Any, "RealLike | Sequence[RealLike]"]


def values_by_name(values: Values) -> dict[str, Any]:
    """Return the values keyed by name.

    Raises
    ------
    ParameterError
        ``'values' must be keyed by symbols or their names, not by 3.``; ``'values' must give each symbol once, not 'q'
        twice.``

    Examples
    --------
    >>> values_by_name({sympy.Symbol("x"): 1, "y": 2})
    {'x': 1, 'y': 2}
    """
    named: dict[str, Any] = {}
    for key, value in values.items():
        if not isinstance(key, (str, sympy.Symbol, sympy.IndexedBase)):
            raise ParameterError(f"'values' must be keyed by symbols or their names, not by {key!r}.")
        if str(key) in named:
            raise ParameterError(f"'values' must give each symbol once, not '{key}' twice.")
        named[str(key)] = value
    return named


def read_number(name: str, value: object) -> Real:
    """Return a value as a Real; decimals are read exactly, and what is not finite is refused.

    Raises
    ------
    ParameterError
        ``'q' must be a finite number, not nan.``; ``'q' must be exact, not the sympy floating-point number 0.5.``

    Examples
    --------
    >>> read_number("delta", "0.1")
    Real(1/10)
    """
    if isinstance(value, Real):
        return value
    if isinstance(value, arb) and value.is_finite():
        return Real(value)
    if isinstance(value, sympy.Float):
        raise ParameterError(f"'{name}' must be exact, not the sympy floating-point number {value}.")
    return Real(exact_rational(value, name))


@lru_cache(maxsize=256)
def domains(symbol: sympy.Symbol) -> tuple[Domain, ...]:
    """Return the domains that a value of the symbol must lie in: the table's, and what its own assumptions say.

    Raises
    ------
    ParameterError
        ``'x' must be a symbol of the table, or assumed no more than real, integer, …``

    Examples
    --------
    >>> [domain.text for domain in domains(sympy.Symbol("x", positive=True))]
    ['greater than 0']
    """
    table = (SYMBOLS[symbol.name].domain,) if symbol.name in SYMBOLS else ()
    if table and SYMBOLS[symbol.name].symbol == symbol:
        return table
    lower = 0 if symbol.is_nonnegative else None
    upper = 0 if symbol.is_nonpositive else None
    own = Domain(bool(symbol.is_integer), 1 if symbol.is_integer and symbol.is_positive else lower,
                 -1 if symbol.is_integer and symbol.is_negative else upper, bool(symbol.is_positive),
                 bool(symbol.is_negative))
    names = ("integer", "real", "positive", "nonnegative", "negative", "nonpositive")
    known = {name: True for name in names if getattr(symbol, f"is_{name}")}
    if not symbol.assumptions0.items() <= sympy.Symbol(symbol.name, **known).assumptions0.items():
        raise ParameterError(f"'{symbol}' must be a symbol of the table, or assumed no more than real, integer, "
                             "positive, nonnegative, negative or nonpositive.")
    return table + (own,)
