"""Every bound of MS21, Theorem 12: how small the first gradient of a fully connected network is, stated to exact.

``q`` neurons on ``n`` bits, the label is the parity of ``k`` of them, ``c`` bounds |σ|, |σ'| <= 1, |u_i| <= 1.  By
default the table's symbols; each argument may be any expression, integer or fraction instead.  Norms are squared and
summed over all q neurons.  The level weights W^{=m} are sums of squared coefficients, of means over the cube.
"""
from __future__ import annotations

from sympy import Expr, Max, Piecewise, Symbol, binomial

from theorycheck.bounds import symbols
from theorycheck.bounds.concentration import ExpressionLike
from theorycheck.bounds.relation import as_expression

#: W^{=k-1}[σ'], W^{=k+1}[σ'] and W^{=k}[σ] of one neuron.
slope_below, slope_above, value_weight = (Symbol(name, real=True, nonnegative=True)
                                          for name in ("W_below", "W_above", "W_value"))


def sets_without_bound(n: ExpressionLike = symbols.n, k: ExpressionLike = symbols.k) -> Expr:
    """Return C(n-1,k), the number of permutations with distinct π(I) that fix j, for j not in I.

    Examples
    --------
    >>> sets_without_bound(6, 2)
    10
    """
    return binomial(as_expression(n) - 1, as_expression(k))


def sets_with_bound(n: ExpressionLike = symbols.n, k: ExpressionLike = symbols.k) -> Expr:
    """Return C(n-1,k-1), the same for j in I.

    Examples
    --------
    >>> sets_with_bound(6, 2)
    5
    """
    return binomial(as_expression(n) - 1, as_expression(k) - 1)


def filter_gradient_bound(n: ExpressionLike = symbols.n, k: ExpressionLike = symbols.k,
                          q: ExpressionLike = symbols.q) -> Expr:
    """Bound E‖∂L/∂W‖² by qn·min{1/C(n-1,k), 1/C(n-1,k-1)}, as stated in (i); 1/C(n-1,n) is infinite.

    Examples
    --------
    >>> filter_gradient_bound(6, 2, 1), filter_gradient_bound(3, 3, 1)
    (3/5, 3)
    """
    return as_expression(q) * as_expression(n) / Max(sets_without_bound(n, k), sets_with_bound(n, k))


def printed_filter_gradient_bound(n: ExpressionLike = symbols.n, k: ExpressionLike = symbols.k,
                                  q: ExpressionLike = symbols.q) -> Expr:
    """Bound the same by 2qn/C(n,k): what the printed proof gives, summed over the n coordinates.

    Examples
    --------
    >>> printed_filter_gradient_bound(6, 2, 1)
    4/5
    """
    return 2 * as_expression(q) * as_expression(n) / binomial(as_expression(n), as_expression(k))


def sets_below(n: ExpressionLike = symbols.n, k: ExpressionLike = symbols.k) -> Expr:
    """Return n-k+1: how many pairs (I, j), |I|=k and j in I, have I△{j} equal to a given set of k-1 bits.

    Examples
    --------
    >>> sets_below()
    -k + n + 1
    """
    return as_expression(n) - as_expression(k) + 1


def sets_above(n: ExpressionLike = symbols.n, k: ExpressionLike = symbols.k) -> Expr:
    """Return k+1, or 0 for k=n: how many pairs (I, j), j not in I, have I△{j} equal to a given set of k+1 bits.

    Examples
    --------
    >>> sets_above(6, 2), sets_above(6, 6)
    (3, 0)
    """
    size, bits = as_expression(k), as_expression(n)
    return Piecewise((size + 1, size < bits), (0, True))


def filter_gradient_mean(n: ExpressionLike = symbols.n, k: ExpressionLike = symbols.k, q: ExpressionLike = symbols.q,
                         below: ExpressionLike = slope_below, above: ExpressionLike = slope_above) -> Expr:
    """Return q·[(n-k+1)·W^{=k-1}[σ'] + (k+1)·W^{=k+1}[σ']]/C(n,k), the mean of (i) over all n! permutations.

    For q neurons with one orbit and u_i = ±1, while the hinge has slope 1 everywhere.

    Examples
    --------
    >>> from sympy import Rational
    >>> filter_gradient_mean(6, 2, 1, Rational(75, 1024), Rational(5, 512))
    27/1024
    """
    share = sets_below(n, k) * as_expression(below) + sets_above(n, k) * as_expression(above)
    return as_expression(q) * share / binomial(as_expression(n), as_expression(k))


def sharp_filter_gradient_bound(n: ExpressionLike = symbols.n, k: ExpressionLike = symbols.k,
                                q: ExpressionLike = symbols.q) -> Expr:
    """Bound E‖∂L/∂W‖² by q·max(n-k+1, (k+1)·1{k<n})/C(n,k), attained by a σ' that is a parity of k-1 or k+1 bits.

    Examples
    --------
    >>> sharp_filter_gradient_bound(6, 2, 1), sharp_filter_gradient_bound(3, 3, 1)
    (1/3, 1)
    """
    return as_expression(q) * Max(sets_below(n, k), sets_above(n, k)) / binomial(as_expression(n), as_expression(k))


def readout_gradient_mean(n: ExpressionLike = symbols.n, k: ExpressionLike = symbols.k, q: ExpressionLike = symbols.q,
                          value: ExpressionLike = value_weight) -> Expr:
    """Return q·W^{=k}[σ]/C(n,k), the mean of (ii) over all n! permutations.

    Examples
    --------
    >>> readout_gradient_mean(6, 2, 1, 1)
    1/15
    """
    return as_expression(q) * as_expression(value) / binomial(as_expression(n), as_expression(k))


def readout_gradient_bound(n: ExpressionLike = symbols.n, k: ExpressionLike = symbols.k, q: ExpressionLike = symbols.q,
                           c: ExpressionLike = symbols.c) -> Expr:
    """Bound E‖∂L/∂u‖² by c²q/C(n,k), as stated in (ii); attained by a σ that is c times a parity of k bits.

    Examples
    --------
    >>> readout_gradient_bound(4, 2, 1, 1)
    1/6
    """
    return as_expression(c)**2 * as_expression(q) / binomial(as_expression(n), as_expression(k))


def sets(n: ExpressionLike = symbols.n, k: ExpressionLike = symbols.k) -> Expr:
    """Return C(n,k), the number of parities of k bits.

    Examples
    --------
    >>> sets(6, 2)
    15
    """
    return binomial(as_expression(n), as_expression(k))
