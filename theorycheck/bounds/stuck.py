"""What follows from a small gradient of all parities together, and what a floating-point step needs to stand still.

v_c is the part of the gradient in θ_c that tells the label: ∂L_I/∂θ_c - ∂L_0/∂θ_c = v̂_c(I), with the hinge's slopes
s(h) and s(-h) in v_c = -(s(h)+s(-h))/2 ∂_c h.  ``moment`` is the sum over all parameters of E v_c², or a bound G² on
it along a run; ``tau`` is the precision to which gradients are known.  Norms are squared.
"""
from __future__ import annotations

from sympy import Expr, Symbol, binomial

from theorycheck.bounds import symbols
from theorycheck.bounds.concentration import ExpressionLike
from theorycheck.bounds.relation import as_expression

#: G², the sum over all parameters of E v_c².
moment = Symbol("G_squared", real=True, nonnegative=True)
#: The hinge's slopes s(h) and s(-h) at the two labels, in [0, 1].
plus_slope, minus_slope = (Symbol(name, real=True, nonnegative=True) for name in ("s_plus", "s_minus"))
#: How far a parameter may move and still be rounded back to where it was.
room = Symbol("room", real=True, positive=True)


def label_slope(plus: ExpressionLike = plus_slope, minus: ExpressionLike = minus_slope) -> Expr:
    """Return (s(h)+s(-h))/2, the hinge factor a: half the difference of -∂ℓ/∂h between the labels +1 and -1.

    Examples
    --------
    >>> label_slope(1, 0)
    1/2
    """
    return (as_expression(plus) + as_expression(minus)) / 2


def fair_coin_slope(plus: ExpressionLike = plus_slope, minus: ExpressionLike = minus_slope) -> Expr:
    """Return (s(-h)-s(h))/2, the derivative in h of the loss of fair-coin labels: 0 while both labels have slope 1.

    Examples
    --------
    >>> fair_coin_slope(1, 1)
    0
    """
    return (as_expression(minus) - as_expression(plus)) / 2


def mean_deviation_bound(n: ExpressionLike = symbols.n, k: ExpressionLike = symbols.k,
                         moment: ExpressionLike = moment) -> Expr:
    """Bound the mean of ‖∇L_I-∇L_0‖² over all parities I of k bits by moment/C(n,k) (Parseval).

    Examples
    --------
    >>> mean_deviation_bound(6, 2, 1)
    1/15
    """
    return as_expression(moment) / binomial(as_expression(n), as_expression(k))


def told_apart_bound(n: ExpressionLike = symbols.n, k: ExpressionLike = symbols.k, T: ExpressionLike = symbols.T,
                     tau: ExpressionLike = symbols.tau, moment: ExpressionLike = moment) -> Expr:
    """Bound the share of parities with ‖∇L_I-∇L_0‖ > tau at one of T steps by T*moment/(tau^2*C(n,k)).

    Examples
    --------
    >>> told_apart_bound(6, 2, 3, 1, 4)
    4/5
    """
    return as_expression(T) * mean_deviation_bound(n, k, moment) / as_expression(tau)**2


def still_bound(n: ExpressionLike = symbols.n, k: ExpressionLike = symbols.k, tau: ExpressionLike = symbols.tau,
                moment: ExpressionLike = moment) -> Expr:
    """Bound it by moment/(tau^2*C(n,k)) for any number of steps, where the run on fair-coin labels does not move.

    Examples
    --------
    >>> still_bound(6, 2, 1, 3)
    1/5
    """
    return told_apart_bound(n, k, 1, tau, moment)


def gradient_moment_bound(n: ExpressionLike = symbols.n, q: ExpressionLike = symbols.q,
                          c: ExpressionLike = symbols.c) -> Expr:
    """Bound E‖∇_θ h‖² by q*(c^2+n), where |σ| <= c, |σ'| <= 1 and |u_i| <= 1.

    Examples
    --------
    >>> gradient_moment_bound(6, 2, 1)
    14
    """
    return as_expression(q) * (as_expression(c)**2 + as_expression(n))


def moved_bound(n: ExpressionLike = symbols.n, k: ExpressionLike = symbols.k, eta: ExpressionLike = symbols.eta,
                room: ExpressionLike = room, moment: ExpressionLike = moment) -> Expr:
    """Bound the share of parities for which a step moves a float that has this room by eta^2*moment/(room^2*C(n,k)).

    Examples
    --------
    >>> moved_bound(6, 2, 1, 2, 12)
    1/5
    """
    return as_expression(eta)**2 * mean_deviation_bound(n, k, moment) / as_expression(room)**2
