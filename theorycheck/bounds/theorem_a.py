"""Theorem A, beyond MS21: what gradient flow and a finite run reach, and from which width the classes stay frozen.

``s`` is the flow's time, ``A`` bounds every scale a_z, ``P`` is the largest and ``Q`` the weighted sum Σ_z m_z P_z of
P_z = Σ_j p_j(z)², p_j(z) = P_D(x^(j) = z).  Other letters are the table's; each argument may be any expression, integer
or fraction instead.
"""
from __future__ import annotations

from sympy import Expr, Integer, Symbol, sqrt

from theorycheck.bounds import symbols
from theorycheck.bounds.concentration import ExpressionLike
from theorycheck.bounds.lemma6_norms import canonical_squared_norm, sharp_squared_norm_bound
from theorycheck.bounds.relation import as_expression

#: Time of the flow.
time = Symbol("s", positive=True)
#: Bound on every scale a_z.
largest_scale = Symbol("A", positive=True)
#: max_z P_z and Σ_z m_z P_z.
largest_probability = Symbol("P", positive=True)
weighted_probability = Symbol("Q", positive=True)


def flow_loss_bound(s: ExpressionLike = time, squared_norm: ExpressionLike | None = None) -> Expr:
    """Bound L(s) by ||u*||^2/(4s).

    Examples
    --------
    >>> flow_loss_bound(2, 4)
    1/2
    """
    norm = canonical_squared_norm() if squared_norm is None else as_expression(squared_norm)
    return norm / (4 * as_expression(s))


def event_flow_loss_bound(s: ExpressionLike = time) -> Expr:
    """Bound L(s) on Lemma 6's event by 4^k*k^2/(2*q*s): neither n nor an accuracy stands in the width.

    Examples
    --------
    >>> event_flow_loss_bound()
    4**k*k**2/(2*q*s)
    """
    return sharp_squared_norm_bound() / (4 * as_expression(s))


def sufficient_time(epsilon: ExpressionLike = symbols.epsilon, squared_norm: ExpressionLike | None = None) -> Expr:
    """Return ||u*||^2/(4*epsilon): from this time on the loss is at most epsilon.

    Examples
    --------
    >>> sufficient_time(1, 4)
    1
    """
    return flow_loss_bound(epsilon, squared_norm)


def frozen_scale(k: ExpressionLike = symbols.k) -> Expr:
    """Return 1/k + 1/(k-2): below it a class fires on its own sign pattern only (k >= 3; for k <= 2 it always does).

    Examples
    --------
    >>> frozen_scale(3)
    4/3
    """
    bits = as_expression(k)
    return 1 / bits + 1 / (bits - 2)


def squared_frozen_readout(k: ExpressionLike = symbols.k) -> Expr:
    """Return (3k-4)/(k*(k-2))^2: a_z^2 = 1/k^2 + k*||u_z||^2 is below ``frozen_scale``^2 while ||u_z||^2 is below this.

    Examples
    --------
    >>> squared_frozen_readout(3)
    5/9
    """
    bits = as_expression(k)
    return (3 * bits - 4) / (bits * (bits - 2))**2


def squared_readout_bound(squared_norm: ExpressionLike, m: ExpressionLike, k: ExpressionLike = symbols.k) -> Expr:
    """Bound ||u_z||^2 along the flow by (||u*|| + k/sqrt(m))^2/m: ||u-u*|| never grows, and ||u*_z|| = k/sqrt(m_z).

    Examples
    --------
    >>> squared_readout_bound(16, 4, 2)
    25/4
    """
    count = as_expression(m)
    return (sqrt(as_expression(squared_norm)) + as_expression(k) / sqrt(count))**2 / count


def frozen_width(k: ExpressionLike = symbols.k) -> Expr:
    """Return 2^(k+1)*(1+2^(k/2))*k^2*(k-2)/sqrt(3k-4): on Lemma 6's event q at least this keeps all classes frozen.

    Examples
    --------
    >>> from sympy import ceiling
    >>> [ceiling(frozen_width(k)) for k in (3, 4, 5)]
    [247, 1811, 9635]
    """
    bits = as_expression(k)
    cells = Integer(2)**bits
    return 2 * cells * (1 + sqrt(cells)) * bits**2 * (bits - 2) / sqrt(3 * bits - 4)


# ------------------------------------------------------------------ Theorem A', a finite run

def comparator_term(k: ExpressionLike = symbols.k, T: ExpressionLike = symbols.T, eta: ExpressionLike = symbols.eta,
                    A: ExpressionLike = largest_scale, P: ExpressionLike = largest_probability) -> Expr:
    """Bound L(u*, W^(t)), t <= T, by k^3*eta^2*T*A^2*P: a step lowers a^2 - k*||u||^2 by at most k*eta^2*A^2*P_z.

    Examples
    --------
    >>> comparator_term()
    A**2*P*T*eta**2*k**3
    """
    return as_expression(k)**3 * as_expression(eta)**2 * as_expression(T) * as_expression(A)**2 * as_expression(P)


def distance_term(T: ExpressionLike = symbols.T, eta: ExpressionLike = symbols.eta,
                  squared_norm: ExpressionLike | None = None) -> Expr:
    """Return ||u*||^2/(2*eta*T), Theorem 10's share of the distance.

    Examples
    --------
    >>> distance_term(2, 1, 4)
    1
    """
    norm = canonical_squared_norm() if squared_norm is None else as_expression(squared_norm)
    return norm / (2 * as_expression(eta) * as_expression(T))


def gradient_term(eta: ExpressionLike = symbols.eta, A: ExpressionLike = largest_scale,
                  Q: ExpressionLike = weighted_probability) -> Expr:
    """Return (eta/2)*A^2*Q, Theorem 10's share of the gradients: ||grad_u L||^2 <= A^2*Q.

    Examples
    --------
    >>> gradient_term()
    A**2*Q*eta/2
    """
    return as_expression(eta) * as_expression(A)**2 * as_expression(Q) / 2


def finite_loss_bound() -> Expr:
    """Bound the mean loss over t < T by the three terms above (Theorem A')."""
    return comparator_term() + distance_term() + gradient_term()


def sharper_finite_loss_bound() -> Expr:
    """The same with the mean of t over t < T, (T-1)/2, in place of T in the first term."""
    return comparator_term(T=(symbols.T - 1) / Integer(2)) + distance_term() + gradient_term()
