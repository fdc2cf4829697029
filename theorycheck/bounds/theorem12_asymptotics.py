"""How fast the bounds of MS21, Theorem 12, fall: n^(-Ω(log n)) for k = Ω(log n), and what that has to exclude.

With m = min(k, n-k) the binomial coefficient lies between (n/m)^m and n^m.  For k = floor(log2 n) its logarithm is
(log2 n)^2 to within a share 4/sqrt(log2 n), so it is n^(log2 n) to first order; for k close to n it is n^(n-k), which
falls like that only if n-k = Ω(log n) as well.  Logarithms to base 2 are written as quotients of natural ones.
"""
from __future__ import annotations

from sympy import Expr, Integer, Symbol, binomial, limit, log, oo, sqrt

from theorycheck.bounds import symbols
from theorycheck.bounds.concentration import ExpressionLike
from theorycheck.bounds.relation import as_expression
from theorycheck.errors import require_integer

#: log2(n), its logarithm log2(log2(n)), and its square root.
logarithm, log_log, root = (Symbol(name, real=True, nonnegative=True) for name in ("L", "lambda", "r"))


def logarithmic_size(n: int) -> int:
    """Return floor(log2(n)), exactly.

    Examples
    --------
    >>> logarithmic_size(1024), logarithmic_size(1023)
    (10, 9)
    """
    return require_integer("n", n, minimum=1).bit_length() - 1


def binomial_lower_bound(n: ExpressionLike = symbols.n, k: ExpressionLike = symbols.k) -> Expr:
    """Bound C(n,k) from below by (n/k)^k; 1 for k=0.

    Examples
    --------
    >>> binomial_lower_bound(10, 5), binomial_lower_bound(10, 0)
    (32, 1)
    """
    size = as_expression(k)
    return Integer(1) if size == 0 else (as_expression(n) / size)**size


def binomial_upper_bound(n: ExpressionLike = symbols.n, k: ExpressionLike = symbols.k) -> Expr:
    """Bound C(n,k) from above by n^k.

    Examples
    --------
    >>> binomial_upper_bound(10, 3)
    1000
    """
    return as_expression(n)**as_expression(k)


def binomial_exponent(n: ExpressionLike = symbols.n, k: ExpressionLike = symbols.k) -> Expr:
    """Return log_n C(n,k), the e with C(n,k) = n^e.

    Examples
    --------
    >>> binomial_exponent(16, 1)
    1
    """
    return log(binomial(as_expression(n), as_expression(k))) / log(as_expression(n))


def exponent_ratio(n: ExpressionLike = symbols.n, k: ExpressionLike = symbols.k) -> Expr:
    """Return log2 C(n,k)/(log2 n)^2, for k=floor(log2 n) the sequence that tends to 1.

    Examples
    --------
    >>> exponent_ratio(2, 1)
    1
    """
    return binomial_exponent(n, k) * log(Integer(2)) / log(as_expression(n))


def exponent_ratio_lower_bound(L: ExpressionLike = logarithm, of_it: ExpressionLike | None = None) -> Expr:
    """Bound that ratio from below by (1-1/L)(1-log2(L)/L), L = log2(n) >= 1; it is at most 1.

    Because log2 C(n,m) >= m(L-log2 m) for m = floor(L), where m > L-1.

    Parameters
    ----------
    L : expression
        log2(n).
    of_it : expression, optional
        log2(L), where it is known by another name.

    Examples
    --------
    >>> exponent_ratio_lower_bound(4, 2)
    3/8
    """
    width = as_expression(L)
    second = log(width) / log(Integer(2)) if of_it is None else as_expression(of_it)
    return (1 - 1 / width) * (1 - second / width)


def exponent_rate_bound(n: ExpressionLike = symbols.n) -> Expr:
    """Bound 1 - log2 C(n,floor(log2 n))/(log2 n)^2 by 4/sqrt(log2 n), n >= 2.

    Examples
    --------
    >>> exponent_rate_bound(2)
    4
    """
    return 4 / sqrt(log(as_expression(n)) / log(Integer(2)))


def limit_of_the_lower_bound() -> Expr:
    """Return the limit of :func:`exponent_ratio_lower_bound` as L grows: 1, by sympy.

    Examples
    --------
    >>> limit_of_the_lower_bound()
    1
    """
    width = Symbol("L", positive=True)
    return limit(exponent_ratio_lower_bound(width), width, oo)


def limit_of_the_rate() -> Expr:
    """Return the limit of 4/sqrt(L) as L grows: 0, by sympy.

    Examples
    --------
    >>> limit_of_the_rate()
    0
    """
    width = Symbol("L", positive=True)
    return limit(4 / sqrt(width), width, oo)
