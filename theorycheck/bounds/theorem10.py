"""Every bound of MS21, Theorem 10 (online gradient descent): stated, sharp, and the textbook's.

θ_1 is the start and θ* the comparator; ``values`` stands for (1/T) Σ f_t(θ*), ``norms`` for (1/T) Σ ‖g_t‖ and
``squares`` for (1/T) Σ ‖g_t‖², where g_t is a subgradient of f_t at θ_t.
"""
from __future__ import annotations

from sympy import Expr

from theorycheck.bounds import symbols
from theorycheck.bounds.concentration import ExpressionLike
from theorycheck.bounds.relation import as_expression

values, norms, squares = (symbols.symbol(name) for name in ("values", "norms", "squares"))
start_norm, comparator_square = symbols.symbol("start_norm"), symbols.symbol("comparator_square")
start_square, end_square = symbols.symbol("start_square"), symbols.symbol("end_square")


def telescoped(T: ExpressionLike = symbols.T, eta: ExpressionLike = symbols.eta,
               start_square: ExpressionLike = start_square, end_square: ExpressionLike = end_square,
               squares: ExpressionLike = squares) -> Expr:
    """Return (‖θ_1-θ*‖² - ‖θ_{T+1}-θ*‖²)/(2*eta*T) + (eta/2)*(1/T)Σ‖g_t‖², which is (1/T) Σ ⟨θ_t-θ*, g_t⟩.

    Examples
    --------
    >>> telescoped(2, 1, 8, 4, 6)
    4
    """
    ends = as_expression(start_square) - as_expression(end_square)
    return ends / (2 * as_expression(eta) * as_expression(T)) + as_expression(eta) / 2 * as_expression(squares)


def standard_bound(T: ExpressionLike = symbols.T, eta: ExpressionLike = symbols.eta, values: ExpressionLike = values,
                   start_square: ExpressionLike = start_square, squares: ExpressionLike = squares) -> Expr:
    """Bound (1/T) Σ f_t(θ_t) by values + ‖θ_1-θ*‖²/(2*eta*T) + (eta/2)*squares, the textbook's form.

    Examples
    --------
    >>> standard_bound(1, 1, 0, 100, 0)
    50
    """
    return as_expression(values) + telescoped(T, eta, start_square, 0, squares)


def sharp_bound(T: ExpressionLike = symbols.T, eta: ExpressionLike = symbols.eta, values: ExpressionLike = values,
                comparator_square: ExpressionLike = comparator_square, start_norm: ExpressionLike = start_norm,
                norms: ExpressionLike = norms, squares: ExpressionLike = squares) -> Expr:
    """Bound it by values + ‖θ*‖²/(2*eta*T) + ‖θ_1‖*norms + (eta/2)*squares: half the last term that is stated.

    Examples
    --------
    >>> sharp_bound(1, 1, 0, 0, 10, 1, 2)
    11
    """
    return (as_expression(values) + as_expression(comparator_square) / (2 * as_expression(eta) * as_expression(T))
            + as_expression(start_norm) * as_expression(norms) + as_expression(eta) / 2 * as_expression(squares))


def stated_bound(T: ExpressionLike = symbols.T, eta: ExpressionLike = symbols.eta, values: ExpressionLike = values,
                 comparator_square: ExpressionLike = comparator_square, start_norm: ExpressionLike = start_norm,
                 norms: ExpressionLike = norms, squares: ExpressionLike = squares) -> Expr:
    """Bound it by values + ‖θ*‖²/(2*eta*T) + ‖θ_1‖*norms + eta*squares, as stated.

    Examples
    --------
    >>> stated_bound(1, 1, 0, 0, 10, 1, 2)
    12
    """
    half = as_expression(eta) / 2 * as_expression(squares)
    return sharp_bound(T, eta, values, comparator_square, start_norm, norms, squares) + half
