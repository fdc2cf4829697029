"""Every formula of MS21, Comment 7: Gaussian filters, with a bias of standard deviation beta and without one.

By default the table's symbols; each argument may be any expression, integer or fraction instead.  Features are
phi_z = ReLU(<w,z>+b), w ~ N(0, I_k), b ~ N(0, beta^2); E[phi phi^T] has the eigenvalue lambda_l at every set of l bits.

The last section is Lemma 6 for any law of the filters.  Let Y = G^(-1/2) phi with G = E[phi phi^T], and let r bound
the largest eigenvalue of E[|Y|^2 YY^T].  As exp(-x) <= 1-x+x^2/2 for x >= 0, the matrix Laplace transform gives

    P[Phi^T Phi/q >= G/2 fails] <= 2^k exp(-q/(8r)),

and where it holds every pattern g has a separator with q*||u*||^2 <= 2 g^T G^(-1) g.  For the paper's grid r = 2^k,
which is Lemma 6 to the letter; for no law is r below 2^k.
"""
from __future__ import annotations

from sympy import Expr, Integer, Max, Symbol, acos, binomial, exp, log, pi, sqrt

from theorycheck.bounds import symbols
from theorycheck.bounds.concentration import ExpressionLike
from theorycheck.bounds.lemma6 import number_of_cells
from theorycheck.bounds.relation import as_expression

#: The smallest eigenvalue of E[phi phi^T], and a bound on that of E[|Y|^2 YY^T].
least_eigenvalue = symbols.symbol("lambda_min")
spread = Symbol("r", positive=True)


def arc_cosine_kernel(correlation: ExpressionLike) -> Expr:
    """Return (sqrt(1-rho^2) + rho*(pi-arccos rho))/(2*pi) = E[ReLU(s)*ReLU(t)] for standard Gaussians s, t.

    Examples
    --------
    >>> arc_cosine_kernel(1), arc_cosine_kernel(0)
    (1/2, 1/(2*pi))
    """
    rho = as_expression(correlation)
    return (sqrt(1 - rho**2) + rho * (pi - acos(rho))) / (2 * pi)


def correlation(k: ExpressionLike = symbols.k, m: ExpressionLike = symbols.hamming_distance,
                beta: ExpressionLike = symbols.beta) -> Expr:
    """Return rho_m = (k-2m+beta^2)/(k+beta^2), of <w,z>+b and <w,z'>+b at Hamming distance m.

    Examples
    --------
    >>> correlation(2, 1, 1)
    1/3
    """
    square = as_expression(beta)**2
    return (as_expression(k) - 2 * as_expression(m) + square) / (as_expression(k) + square)


def level_eigenvalue(level: int, k: int, beta: ExpressionLike = symbols.beta) -> Expr:
    """Return lambda_l = sum_m K_m(l)*(k+beta^2)*kappa(rho_m), K_m the Krawtchouk polynomials; l and k integers.

    Examples
    --------
    >>> level_eigenvalue(1, 1, 0)
    1/2
    """
    size = k + as_expression(beta)**2
    total = Integer(0)
    for m in range(k + 1):
        weight = sum(((-1)**i * binomial(level, i) * binomial(k - level, m - i) for i in range(min(level, m) + 1)),
                     Integer(0))
        total += weight * size * arc_cosine_kernel(correlation(k, m, beta))
    return total


def second_moment(k: ExpressionLike = symbols.k, beta: ExpressionLike = symbols.beta) -> Expr:
    """Return E|phi|^2 = 2^k*(k+beta^2)/2, the trace of E[phi phi^T].

    Examples
    --------
    >>> second_moment(2, 1)
    6
    """
    return number_of_cells(k) * (as_expression(k) + as_expression(beta)**2) / 2


def trace_of_levels(k: int, beta: ExpressionLike = symbols.beta) -> Expr:
    """Return sum_l C(k,l)*lambda_l, which the second moment must be."""
    return sum((binomial(k, level) * level_eigenvalue(level, k, beta) for level in range(k + 1)), Integer(0))


def moment_ratio(k: ExpressionLike = symbols.k, beta: ExpressionLike = symbols.beta,
                 least: ExpressionLike = least_eigenvalue) -> Expr:
    """Return E|phi|^2/lambda_min: the trace of 2^k eigenvalues over the least of them is at least 2^k for every law.

    Examples
    --------
    >>> from sympy import Rational
    >>> moment_ratio(2, 1, Rational(3, 4))
    8
    """
    return second_moment(k, beta) / as_expression(least)


def grid_eigenvalue(k: ExpressionLike = symbols.k) -> Expr:
    """Return 2^(-k)/k^2, the eigenvalue of E[phi phi^T] at every level for the paper's grid.

    Examples
    --------
    >>> grid_eigenvalue(2)
    1/16
    """
    return 1 / (number_of_cells(k) * as_expression(k)**2)


def grid_moment_ratio(k: ExpressionLike = symbols.k) -> Expr:
    """Return E|phi|^2/lambda_min for the paper's grid, whose filters fire with 1/k at a single z: exactly 2^k.

    Examples
    --------
    >>> grid_moment_ratio(3)
    8
    """
    return (1 / as_expression(k)**2) / grid_eigenvalue(k)


# ------------------------------------------------------------------ without bias

def bias_free_dimension(k: ExpressionLike = symbols.k) -> Expr:
    """Return 2^(k-1)+k: all even levels, and the k sets of one bit.

    Examples
    --------
    >>> [bias_free_dimension(k) for k in (1, 2, 3, 4)]
    [2, 4, 7, 12]
    """
    return number_of_cells(k) / 2 + as_expression(k)


def parity_loss_bound() -> Expr:
    """Bound the loss of a bias-free network on an odd parity of 3 or more bits from below by 1, as E[f h] = 0."""
    return Integer(1)


# ------------------------------------------------------------------ Lemma 6 for any law of the filters

def event_failure_bound(k: ExpressionLike = symbols.k, q: ExpressionLike = symbols.q,
                        r: ExpressionLike = spread) -> Expr:
    """Bound P[Phi^T Phi/q >= G/2 fails] by 2^k*exp(-q/(8*r)); Lemma 6's bound at r = 2^k.

    Examples
    --------
    >>> event_failure_bound(2, 32, 4)
    4*exp(-1)
    """
    return number_of_cells(k) * exp(-as_expression(q) / (8 * as_expression(r)))


def spread_bound(k: ExpressionLike = symbols.k, beta: ExpressionLike = symbols.beta,
                 least: ExpressionLike = least_eigenvalue) -> Expr:
    """Bound the largest eigenvalue of E[|Y|^2 YY^T] by (k+3)*2^k*max(1,beta^2)/lambda_min, for Gaussian filters.

    Y is homogeneous of degree 1 in the k+1 standard Gaussians behind (w, b), whose radius R has E R^4 = (k+3) E R^2;
    on the unit sphere |Y|^2 <= |phi|^2/lambda_min <= sum_z (<w,z>+b)^2/lambda_min = 2^k*(|w|^2+b^2)/lambda_min.

    Examples
    --------
    >>> from sympy import Rational
    >>> spread_bound(2, 1, Rational(1, 4))
    80
    """
    reach = number_of_cells(k) * Max(1, as_expression(beta)**2) / as_expression(least)
    return (as_expression(k) + 3) * reach


def sufficient_filters(k: ExpressionLike = symbols.k, delta: ExpressionLike = symbols.delta,
                       r: ExpressionLike = spread) -> Expr:
    """Return 8*r*ln(2^k/delta): q at least this makes ``event_failure_bound`` at most delta.

    Examples
    --------
    >>> from theorycheck.bounds import lemma6
    >>> sufficient_filters(r=number_of_cells()).equals(lemma6.sufficient_filters())
    True
    """
    return 8 * as_expression(r) * log(number_of_cells(k) / as_expression(delta))


def squared_norm_bound(limit: ExpressionLike) -> Expr:
    """Bound q*||u*||^2 on the event by twice its limit g^T G^(-1) g.

    Examples
    --------
    >>> squared_norm_bound(3)
    6
    """
    return 2 * as_expression(limit)
