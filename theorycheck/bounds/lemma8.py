"""Every bound of MS21, Lemma 8: how far readout and filters can move in T steps, stated and sharp.

``c`` bounds |σ| along the run, ``N`` is the number of windows, ``eta`` the step size; the readout starts at 0.  By
default the table's symbols; each argument may be any expression, integer or fraction instead.  Norms are not squared;
the norm of a matrix is Frobenius' unless the name says otherwise.
"""
from __future__ import annotations

from sympy import Expr, Sum, sqrt

from theorycheck.bounds import symbols
from theorycheck.bounds.concentration import ExpressionLike
from theorycheck.bounds.relation import as_expression


def readout_slope_bound(c: ExpressionLike = symbols.c) -> Expr:
    """Bound |∂L/∂u_i^(j)| by c (step 1): the hinge has slope at most 1, and h has derivative σ(⟨w_i,x^(j)⟩+b_i).

    Examples
    --------
    >>> readout_slope_bound()
    c
    """
    return as_expression(c)


def readout_entry_bound(T: ExpressionLike = symbols.T, eta: ExpressionLike = symbols.eta,
                        c: ExpressionLike = symbols.c) -> Expr:
    """Bound |u_i^(T,j)| by eta*T*c (step 2).

    Examples
    --------
    >>> readout_entry_bound()
    T*c*eta
    """
    return as_expression(eta) * as_expression(T) * as_expression(c)


def window_norm_bound(q: ExpressionLike = symbols.q, T: ExpressionLike = symbols.T,
                      eta: ExpressionLike = symbols.eta, c: ExpressionLike = symbols.c) -> Expr:
    """Bound ‖u^(T,j)‖ by eta*T*sqrt(q)*c, as stated.

    Examples
    --------
    >>> window_norm_bound(4, 3, 1, 1)
    6
    """
    return readout_entry_bound(T, eta, c) * sqrt(as_expression(q))


def filter_slope_bound(N: ExpressionLike = symbols.N, T: ExpressionLike = symbols.T,
                       eta: ExpressionLike = symbols.eta, c: ExpressionLike = symbols.c) -> Expr:
    """Bound ‖∂L/∂w_i‖_∞ at step T by N*eta*T*c: step 3, with step 2 for each of the N entries of the readout.

    Examples
    --------
    >>> filter_slope_bound(3, 2, 1, 1)
    6
    """
    return as_expression(N) * readout_entry_bound(T, eta, c)


def sum_of_steps(T: ExpressionLike = symbols.T) -> Expr:
    """Return the sum of t over t = 0, …, T-1, written out as T terms.

    Examples
    --------
    >>> sum_of_steps(5).doit()
    10
    """
    return Sum(symbols.t - 1, (symbols.t, 1, as_expression(T)))


def pairs_of_steps(T: ExpressionLike = symbols.T) -> Expr:
    """Return T*(T-1)/2, the value of that sum.

    Examples
    --------
    >>> pairs_of_steps(5)
    10
    """
    return as_expression(T) * (as_expression(T) - 1) / 2


def filter_move_bound(N: ExpressionLike = symbols.N, T: ExpressionLike = symbols.T,
                      eta: ExpressionLike = symbols.eta, c: ExpressionLike = symbols.c) -> Expr:
    """Bound ‖w_i^(T)-w_i^(0)‖_∞ by c*N*eta^2*T(T-1)/2 (step 4); N = 1 for a locally connected network.

    Examples
    --------
    >>> filter_move_bound(3, 2, 1, 1)
    3
    """
    return as_expression(c) * as_expression(N) * as_expression(eta)**2 * pairs_of_steps(T)


def drift_bound(n: ExpressionLike = symbols.n, k: ExpressionLike = symbols.k, q: ExpressionLike = symbols.q,
                T: ExpressionLike = symbols.T, eta: ExpressionLike = symbols.eta,
                c: ExpressionLike = symbols.c) -> Expr:
    """Bound ‖W^(T)-W^(0)‖ by c*eta^2*T^2*n*sqrt(q*k), as stated.

    Examples
    --------
    >>> drift_bound(4, 1, 4, 3, 1, 1)
    72
    """
    size = sqrt(as_expression(q) * as_expression(k))
    return as_expression(c) * as_expression(eta)**2 * as_expression(T)**2 * as_expression(n) * size


def sharp_drift_bound(k: ExpressionLike = symbols.k, q: ExpressionLike = symbols.q, N: ExpressionLike = symbols.N,
                      T: ExpressionLike = symbols.T, eta: ExpressionLike = symbols.eta,
                      c: ExpressionLike = symbols.c) -> Expr:
    """Bound ‖W^(T)-W^(0)‖ by c*N*eta^2*sqrt(q*k)*T(T-1)/2, attained at T = 2.

    Examples
    --------
    >>> sharp_drift_bound(1, 4, 3, 2, 1, 1)
    6
    """
    return filter_move_bound(N, T, eta, c) * sqrt(as_expression(q) * as_expression(k))


def squared_sharp_drift_bound(k: ExpressionLike = symbols.k, q: ExpressionLike = symbols.q,
                              N: ExpressionLike = symbols.N, T: ExpressionLike = symbols.T,
                              eta: ExpressionLike = symbols.eta, c: ExpressionLike = symbols.c) -> Expr:
    """Return the square of :func:`sharp_drift_bound`, which is rational where its arguments are.

    Examples
    --------
    >>> squared_sharp_drift_bound(2, 1, 3, 2, 1, 1)
    18
    """
    return filter_move_bound(N, T, eta, c)**2 * as_expression(q) * as_expression(k)
