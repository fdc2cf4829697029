"""Every bound of MS21, Lemma 9: how much the loss of a fixed readout u* changes while the filters move.

``norm_1`` stands for ‖u*‖_1 over all windows and filters, ``window_norms`` for Σ_j ‖u*^(j)‖.  The rest is as in
:mod:`theorycheck.bounds.lemma8`, from which c comes: the proof needs |σ'| <= 1 and how far the filters have moved.
"""
from __future__ import annotations

from sympy import Expr, sqrt

from theorycheck.bounds import lemma8, symbols
from theorycheck.bounds.concentration import ExpressionLike
from theorycheck.bounds.relation import as_expression

norm_1, window_norms = symbols.symbol("norm_1"), symbols.symbol("window_norms")


def filter_distance_bound(k: ExpressionLike = symbols.k, N: ExpressionLike = symbols.N, T: ExpressionLike = symbols.T,
                          eta: ExpressionLike = symbols.eta, c: ExpressionLike = symbols.c) -> Expr:
    """Bound ‖w_i^(T)-w_i^(0)‖_1 by k*c*N*eta^2*T(T-1)/2: k entries, each bounded by Lemma 8.

    Examples
    --------
    >>> filter_distance_bound(2, 3, 2, 1, 1)
    6
    """
    return as_expression(k) * lemma8.filter_move_bound(N, T, eta, c)


def sharp_loss_change_bound(k: ExpressionLike = symbols.k, N: ExpressionLike = symbols.N, T: ExpressionLike = symbols.T,
                            eta: ExpressionLike = symbols.eta, c: ExpressionLike = symbols.c,
                            norm_1: ExpressionLike = norm_1) -> Expr:
    """Bound |L(u*,W^(T)) - L(u*,W^(0))| by k*c*N*eta^2*(T(T-1)/2)*‖u*‖_1.

    Examples
    --------
    >>> sharp_loss_change_bound(2, 3, 2, 1, 1, 10)
    60
    """
    return filter_distance_bound(k, N, T, eta, c) * as_expression(norm_1)


def norm_1_bound(q: ExpressionLike = symbols.q, window_norms: ExpressionLike = window_norms) -> Expr:
    """Bound ‖u*‖_1 by sqrt(q)*Σ_j ‖u*^(j)‖: Cauchy and Schwarz in each window.

    Examples
    --------
    >>> norm_1_bound(4, 3)
    6
    """
    return sqrt(as_expression(q)) * as_expression(window_norms)


def loss_change_bound(n: ExpressionLike = symbols.n, k: ExpressionLike = symbols.k, q: ExpressionLike = symbols.q,
                      T: ExpressionLike = symbols.T, eta: ExpressionLike = symbols.eta, c: ExpressionLike = symbols.c,
                      window_norms: ExpressionLike = window_norms) -> Expr:
    """Bound |L(u*,W^(T)) - L(u*,W^(0))| by c*eta^2*T^2*n*k*sqrt(q)*Σ_j ‖u*^(j)‖, as stated.

    Examples
    --------
    >>> loss_change_bound(3, 2, 4, 2, 1, 1, 5)
    240
    """
    steps = as_expression(eta)**2 * as_expression(T)**2
    return as_expression(c) * steps * as_expression(n) * as_expression(k) * norm_1_bound(q, window_norms)
