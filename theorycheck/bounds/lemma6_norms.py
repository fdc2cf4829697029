"""The norm of MS21's separator, Lemma 6, step 8: exact, stated, sharp.

On the event every m_z exceeds mu/2 = q*2^(-k)/2, and the multiplicities m_z sum to q.
"""
from __future__ import annotations

from collections.abc import Sequence

from sympy import Add, Expr, Integer, Sum, sqrt

from theorycheck.bounds import symbols
from theorycheck.bounds.concentration import ExpressionLike
from theorycheck.bounds.lemma6 import number_of_cells
from theorycheck.bounds.relation import as_expression
from theorycheck.errors import ParameterError


def canonical_squared_norm(k: ExpressionLike = symbols.k, counts: Sequence[int] | None = None) -> Expr:
    """Return ||u*||^2 = k^2 * sum over z of 1/m_z, for the separator u*_i = (k/m_z)*g(z), i in J_z.

    Parameters
    ----------
    k : Expr, int or Fraction
        Number of bits.
    counts : sequence of int, optional
        The positive multiplicities, whose order does not matter; without them the sum stays symbolic, over the
        sequence ``m_z``.

    Raises
    ------
    ParameterError
        ``'counts' must be positive, not 0.``

    Examples
    --------
    >>> canonical_squared_norm(2, [3, 1, 2, 2])
    28/3
    >>> canonical_squared_norm()
    k**2*Sum(1/m_z[z], (z, 1, 2**k))
    """
    bits = as_expression(k)
    if counts is None:
        return bits**2 * Sum(1 / symbols.multiplicities[symbols.pattern], (symbols.pattern, 1, number_of_cells(bits)))
    for count in counts:
        if count <= 0:
            raise ParameterError(f"'counts' must be positive, not {count}.")
    return bits**2 * Add(*(1 / Integer(int(count)) for count in counts))


def one_norm(k: ExpressionLike = symbols.k) -> Expr:
    """Return ||u*||_1 = 2^k*k, whatever the multiplicities.

    Examples
    --------
    >>> one_norm(4)
    64
    """
    return number_of_cells(k) * as_expression(k)


def norm_bound(k: ExpressionLike = symbols.k, q: ExpressionLike = symbols.q) -> Expr:
    """Bound ||u*|| by 2^(k+1)*k/sqrt(q), as stated.

    Examples
    --------
    >>> norm_bound()
    2**(k + 1)*k/sqrt(q)
    """
    return Integer(2)**(as_expression(k) + 1) * as_expression(k) / sqrt(as_expression(q))


def squared_norm_bound(k: ExpressionLike = symbols.k, q: ExpressionLike = symbols.q) -> Expr:
    """Bound ||u*||^2 by (2^(k+1)*k)^2/q, the square of the stated bound.

    Examples
    --------
    >>> squared_norm_bound(4, 650)
    8192/325
    """
    return (Integer(2)**(as_expression(k) + 1) * as_expression(k))**2 / as_expression(q)


def sharp_norm_bound(k: ExpressionLike = symbols.k, q: ExpressionLike = symbols.q) -> Expr:
    """Bound ||u*|| by sqrt(2)*2^k*k/sqrt(q), what the paper's argument gives.

    Examples
    --------
    >>> sharp_norm_bound()
    sqrt(2)*2**k*k/sqrt(q)
    """
    return sqrt(2) * number_of_cells(k) * as_expression(k) / sqrt(as_expression(q))


def sharp_squared_norm_bound(k: ExpressionLike = symbols.k, q: ExpressionLike = symbols.q) -> Expr:
    """Bound ||u*||^2 by 2*4^k*k^2/q, from m_z >= mu/2 alone (step 8 as the paper proves it).

    Examples
    --------
    >>> sharp_squared_norm_bound()
    2*4**k*k**2/q
    """
    return 2 * Integer(4)**as_expression(k) * as_expression(k)**2 / as_expression(q)


def sharper_squared_norm_bound(k: ExpressionLike = symbols.k, q: ExpressionLike = symbols.q) -> Expr:
    """Bound ||u*||^2 by (2*4^k*k^2/q)*2^k/(2^k+1), from m_z >= mu/2 and the sum of the m_z being q.

    The least upper bound over real m_z of sum q: all but one at mu/2.

    Examples
    --------
    >>> sharper_squared_norm_bound(1, 3)
    16/9
    """
    cells = number_of_cells(k)
    return sharp_squared_norm_bound(k, q) * cells / (cells + 1)


def norm_lower_bound(k: ExpressionLike = symbols.k, q: ExpressionLike = symbols.q) -> Expr:
    """Bound ||u*|| from below by 2^k*k/sqrt(q), attained when all m_z are equal.

    Examples
    --------
    >>> norm_lower_bound()
    2**k*k/sqrt(q)
    """
    return number_of_cells(k) * as_expression(k) / sqrt(as_expression(q))


def squared_norm_lower_bound(k: ExpressionLike = symbols.k, q: ExpressionLike = symbols.q) -> Expr:
    """Bound ||u*||^2 from below by 4^k*k^2/q.

    Examples
    --------
    >>> squared_norm_lower_bound()
    4**k*k**2/q
    """
    return Integer(4)**as_expression(k) * as_expression(k)**2 / as_expression(q)
