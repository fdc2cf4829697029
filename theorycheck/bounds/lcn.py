"""MS21, Section 3.1: Lemma 8, Lemma 9 and Theorem 4 for the locally connected network, stated and sharp.

Every location has filters of its own, so a weight moves with one readout entry where a CNN's moves with all N: Lemmas 8
and 9 lose a factor n (sharp: N) per location, and so does the first term of Theorem 4, whose other two terms stay.
Arguments and conventions are those of :mod:`theorycheck.bounds.theorem4`.
"""
from __future__ import annotations

from sympy import Expr, cosh, sqrt

from theorycheck.bounds import lemma8, lemma9, symbols, theorem4
from theorycheck.bounds.concentration import ExpressionLike
from theorycheck.bounds.lemma8 import window_norm_bound
from theorycheck.bounds.lemma9 import norm_1, window_norms
from theorycheck.bounds.relation import as_expression
from theorycheck.bounds.theorem4 import (gradient_norm_bound, gradient_piece, norm_piece, paper_step_size, second_term,
                                         sharp_movement_sum, sharp_second_term, sharp_third_term, third_term)

# What is the same for both networks is found here too.
__all__ = ["drift_bound", "first_term", "gradient_norm_bound", "gradient_piece", "loss_change_bound", "movement_piece",
           "norm_piece", "paper_relu_constant", "paper_step_size", "relu_constant", "second_term", "sharp_bound",
           "sharp_bound_after_steps", "sharp_drift_bound", "sharp_event_bound", "sharp_first_term",
           "sharp_loss_change_bound", "sharp_movement_sum", "sharp_second_term", "sharp_third_term",
           "sharp_window_drift_bound", "stated_bound", "third_term", "window_drift_bound", "window_norm_bound"]


# ------------------------------------------------------------------ Lemma 8, per location and in all

def window_drift_bound(k: ExpressionLike = symbols.k, q: ExpressionLike = symbols.q, T: ExpressionLike = symbols.T,
                       eta: ExpressionLike = symbols.eta, c: ExpressionLike = symbols.c) -> Expr:
    """Bound ‖W^(T,j)-W^(0,j)‖ at one location by c*eta^2*T^2*sqrt(q*k): Lemma 8 with 1 for n.

    Examples
    --------
    >>> window_drift_bound(1, 4, 3, 1, 1)
    18
    """
    return lemma8.drift_bound(1, k, q, T, eta, c)


def drift_bound(k: ExpressionLike = symbols.k, q: ExpressionLike = symbols.q, N: ExpressionLike = symbols.N,
                T: ExpressionLike = symbols.T, eta: ExpressionLike = symbols.eta,
                c: ExpressionLike = symbols.c) -> Expr:
    """Bound ‖W^(T)-W^(0)‖ over all N locations by sqrt(N) times as much.

    Examples
    --------
    >>> drift_bound(1, 4, 9, 3, 1, 1)
    54
    """
    return window_drift_bound(k, q, T, eta, c) * sqrt(as_expression(N))


def sharp_window_drift_bound(k: ExpressionLike = symbols.k, q: ExpressionLike = symbols.q,
                             T: ExpressionLike = symbols.T, eta: ExpressionLike = symbols.eta,
                             c: ExpressionLike = symbols.c) -> Expr:
    """Bound ‖W^(T,j)-W^(0,j)‖ at one location by c*eta^2*sqrt(q*k)*T(T-1)/2.

    Examples
    --------
    >>> sharp_window_drift_bound(1, 4, 3, 1, 1)
    6
    """
    return lemma8.sharp_drift_bound(k, q, 1, T, eta, c)


def sharp_drift_bound(k: ExpressionLike = symbols.k, q: ExpressionLike = symbols.q, N: ExpressionLike = symbols.N,
                      T: ExpressionLike = symbols.T, eta: ExpressionLike = symbols.eta,
                      c: ExpressionLike = symbols.c) -> Expr:
    """Bound ‖W^(T)-W^(0)‖ over all N locations by sqrt(N) times as much.

    Examples
    --------
    >>> sharp_drift_bound(1, 4, 9, 3, 1, 1)
    18
    """
    return sharp_window_drift_bound(k, q, T, eta, c) * sqrt(as_expression(N))


# ------------------------------------------------------------------ Lemma 9

def loss_change_bound(k: ExpressionLike = symbols.k, q: ExpressionLike = symbols.q, T: ExpressionLike = symbols.T,
                      eta: ExpressionLike = symbols.eta, c: ExpressionLike = symbols.c,
                      window_norms: ExpressionLike = window_norms) -> Expr:
    """Bound |L(u*,W^(T)) - L(u*,W^(0))| by c*eta^2*T^2*k*sqrt(q)*Σ_j ‖u*^(j)‖: Lemma 9 with 1 for n.

    Examples
    --------
    >>> loss_change_bound(1, 4, 3, 1, 1, 5)
    90
    """
    return lemma9.loss_change_bound(1, k, q, T, eta, c, window_norms)


def sharp_loss_change_bound(k: ExpressionLike = symbols.k, T: ExpressionLike = symbols.T,
                            eta: ExpressionLike = symbols.eta, c: ExpressionLike = symbols.c,
                            norm_1: ExpressionLike = norm_1) -> Expr:
    """Bound |L(u*,W^(T)) - L(u*,W^(0))| by k*c*eta^2*(T(T-1)/2)*‖u*‖_1.

    Examples
    --------
    >>> sharp_loss_change_bound(1, 3, 1, 1, 5)
    15
    """
    return lemma9.sharp_loss_change_bound(k, 1, T, eta, c, norm_1)


# ------------------------------------------------------------------ Theorem 4

def movement_piece(k: ExpressionLike = symbols.k, q: ExpressionLike = symbols.q, T: ExpressionLike = symbols.T,
                   eta: ExpressionLike = symbols.eta, c: ExpressionLike = symbols.c) -> Expr:
    """Return c*eta^2*T^2*k*sqrt(q)*B with B = 2^(k+1)*k/sqrt(q): Lemma 9 at Lemma 6's norm; n plays no part.

    Examples
    --------
    >>> movement_piece(1, 5, 3, 1, 1)
    36
    """
    return theorem4.movement_piece(1, k, q, T, eta, c)


def first_term(n: ExpressionLike = symbols.n, k: ExpressionLike = symbols.k, q: ExpressionLike = symbols.q,
               c: ExpressionLike = symbols.c) -> Expr:
    """Return 2*c*n*k^2*2^k/q, the CNN's divided by n.

    Examples
    --------
    >>> first_term(3, 2, 96, 1)
    1
    """
    return theorem4.first_term(1, k, q, c) * as_expression(n)


def stated_bound(n: ExpressionLike = symbols.n, k: ExpressionLike = symbols.k, q: ExpressionLike = symbols.q,
                 T: ExpressionLike = symbols.T, c: ExpressionLike = symbols.c) -> Expr:
    """Bound the mean loss by 2cnk^2 2^k/q + 2(2^k k)^2/sqrt(qn) + c^2 n^(3/2) sqrt(q)/T.

    Examples
    --------
    >>> stated_bound(4, 1, 16, 8, 1)
    6
    """
    return first_term(n, k, q, c) + second_term(n, k, q) + third_term(n, q, T, c)


def sharp_bound(k: ExpressionLike = symbols.k, q: ExpressionLike = symbols.q, N: ExpressionLike = symbols.N,
                T: ExpressionLike = symbols.T, eta: ExpressionLike = symbols.eta, c: ExpressionLike = symbols.c,
                squared_norm: ExpressionLike | None = None) -> Expr:
    """Bound the mean loss over t < T by kcM*eta^2(T-1)(T-2)/6 + S/(2*eta*T) + (eta/2)c^2qN, as the CNN's.

    Examples
    --------
    >>> sharp_bound(1, 2, 3, 5, 1, 1, 4)
    37/5
    """
    return (theorem4.sharp_movement_rate(k, 1, eta, c) * sharp_movement_sum(T)
            + theorem4.sharp_norm_piece(k, q, T, eta, squared_norm)
            + as_expression(eta) / 2 * gradient_norm_bound(q, N, c)**2)


def sharp_bound_after_steps(k: ExpressionLike = symbols.k, q: ExpressionLike = symbols.q, N: ExpressionLike = symbols.N,
                            T: ExpressionLike = symbols.T, eta: ExpressionLike = symbols.eta,
                            c: ExpressionLike = symbols.c, squared_norm: ExpressionLike | None = None) -> Expr:
    """Bound the mean loss over t = 1, ..., T, as the CNN's.

    Examples
    --------
    >>> sharp_bound_after_steps(1, 2, 3, 5, 1, 1, 4)
    59/5
    """
    steps = as_expression(T)
    gradients = as_expression(eta) / 2 * gradient_norm_bound(q, N, c)**2 * (steps + 1) / steps
    return (theorem4.sharp_movement_rate(k, 1, eta, c) * (steps**2 - 1) / 6
            + theorem4.sharp_norm_piece(k, q, T, eta, squared_norm) + gradients - 1 / steps)


def sharp_first_term(n: ExpressionLike = symbols.n, k: ExpressionLike = symbols.k, q: ExpressionLike = symbols.q,
                     c: ExpressionLike = symbols.c) -> Expr:
    """Return c*n*k^2*2^k/(6*q), a twelfth of the stated term, whatever N.

    Examples
    --------
    >>> sharp_first_term(3, 2, 8, 1)
    1
    """
    return first_term(n, k, q, c) / 12


def sharp_event_bound(n: ExpressionLike = symbols.n, k: ExpressionLike = symbols.k, q: ExpressionLike = symbols.q,
                      N: ExpressionLike = symbols.N, T: ExpressionLike = symbols.T,
                      c: ExpressionLike = symbols.c) -> Expr:
    """Bound the mean loss over t < T at the paper's step size on the event: the three sharp terms.

    Examples
    --------
    >>> sharp_event_bound(4, 1, 16, 4, 8, 1)
    31/12
    """
    return sharp_first_term(n, k, q, c) + sharp_second_term(n, k, q) + sharp_third_term(n, q, N, T, c)


# ------------------------------------------------------------------ plain ReLU

def relu_constant(k: ExpressionLike = symbols.k, T: ExpressionLike = symbols.T,
                  eta: ExpressionLike = symbols.eta) -> Expr:
    """Return cosh(eta*T*sqrt(k))/k, which bounds plain ReLU on every pre-activation of the first T steps.

    Examples
    --------
    >>> relu_constant(2, 1, 0)
    1/2
    """
    return theorem4.relu_constant(k, 1, T, eta)


def paper_relu_constant(n: ExpressionLike = symbols.n, k: ExpressionLike = symbols.k, q: ExpressionLike = symbols.q,
                        N: ExpressionLike = symbols.N) -> Expr:
    """Return cosh(sqrt(k*n/q))/k, the same at the paper's step size, whatever T and N.

    Examples
    --------
    >>> paper_relu_constant(2, 1, 8)
    cosh(1/2)
    """
    return cosh(sqrt(as_expression(k) * as_expression(n) / as_expression(q))) / as_expression(k)
