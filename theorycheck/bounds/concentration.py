"""Tail bounds for sums of independent draws, and the union bound, as expressions.

Each function takes expressions, integers or fractions (by default the table's symbols) and returns an expression;
what it bounds is a probability, so a value of 1 or more says nothing.  Logarithms are natural.  For numbers, keep the
symbols and give their values to :func:`theorycheck.bounds.evaluate.evaluate`: sympy would write ``exp(q*log(2))`` out
in digits.
"""
from __future__ import annotations

from fractions import Fraction
from typing import TypeAlias

from sympy import Expr, Integer, Mul, Rational, exp, log

from theorycheck.bounds import symbols
from theorycheck.bounds.relation import as_expression
from theorycheck.errors import require_integer

ExpressionLike: TypeAlias = "Expr | int | Fraction"


def chernoff_half_mean_bound(mean: ExpressionLike = symbols.mu) -> Expr:
    """Bound P[S <= mean/2] by ``exp(-mean/8)`` for a sum S of independent indicators.

    Source: the Chernoff bound in the form used by MS21, Lemma 6; the quadratic bound at relative deviation 1/2.

    Examples
    --------
    >>> chernoff_half_mean_bound()
    exp(-mu/8)
    """
    return chernoff_quadratic_bound(mean, Rational(1, 2))


def chernoff_sharp_half_mean_bound(mean: ExpressionLike = symbols.mu) -> Expr:
    """Bound P[S <= mean/2] by ``exp(-mean*(1-ln 2)/2)``, the multiplicative Chernoff bound at relative deviation 1/2.

    Source: Mitzenmacher and Upfal, Probability and Computing, Theorem 4.5 (4.4), at deviation 1/2.

    Examples
    --------
    >>> chernoff_sharp_half_mean_bound()
    exp(-mu*(1 - log(2))/2)
    """
    return exp(-as_expression(mean) * (1 - log(2)) / 2)


def chernoff_quadratic_bound(mean: ExpressionLike = symbols.mu, deviation: ExpressionLike = symbols.alpha) -> Expr:
    """Bound P[S <= (1-deviation)*mean] by ``exp(-deviation^2*mean/2)``, deviation in (0,1).

    Source: Mitzenmacher and Upfal, Probability and Computing, Theorem 4.5 (4.5).

    Examples
    --------
    >>> chernoff_quadratic_bound()
    exp(-alpha**2*mu/2)
    """
    return exp(-as_expression(deviation)**2 * as_expression(mean) / 2)


def chernoff_multiplicative_bound(mean: ExpressionLike = symbols.mu, deviation: ExpressionLike = symbols.alpha) -> Expr:
    """Bound P[S <= (1-a)*mean] by ``exp(-mean*(a + (1-a)*ln(1-a)))`` at relative deviation a in (0,1).

    Source: Mitzenmacher and Upfal, Probability and Computing, Theorem 4.5 (4.4).

    Examples
    --------
    >>> chernoff_multiplicative_bound()
    exp(-mu*(alpha + (1 - alpha)*log(1 - alpha)))
    """
    share = as_expression(deviation)
    return exp(-as_expression(mean) * (share + (1 - share) * log(1 - share)))


def kullback_leibler_divergence(frequency: ExpressionLike = symbols.rho,
                                probability: ExpressionLike = symbols.p) -> Expr:
    """Return KL(a||p) = ``a*ln(a/p) + (1-a)*ln((1-a)/(1-p))`` between two coins, both in (0,1); in nats.

    Examples
    --------
    >>> kullback_leibler_divergence()
    rho*log(rho/p) + (1 - rho)*log((1 - rho)/(1 - p))
    """
    a, b = as_expression(frequency), as_expression(probability)
    return a * _logarithm(a / b) + (1 - a) * _logarithm((1 - a) / (1 - b))


def _logarithm(argument: Expr) -> Expr:
    # Evaluating, sympy spends 20 ms on whether the argument could be zero.
    return log(argument, evaluate=argument.is_Number)


def chernoff_kullback_leibler_bound(draws: ExpressionLike = symbols.q, frequency: ExpressionLike = symbols.rho,
                                    probability: ExpressionLike = symbols.p) -> Expr:
    """Bound P[Bin(draws, p) <= a*draws] by ``exp(-draws*KL(a||p))`` for a <= p (and the upper tail for a >= p).

    Source: Hoeffding, Probability inequalities for sums of bounded random variables, 1963, Theorem 1.

    Examples
    --------
    >>> chernoff_kullback_leibler_bound(10, Rational(1, 4), Rational(1, 2))
    1024*sqrt(3)/6561
    """
    return exp(-as_expression(draws) * kullback_leibler_divergence(frequency, probability))


def hoeffding_bound(draws: ExpressionLike = symbols.q, deviation: ExpressionLike = symbols.tau,
                    width: ExpressionLike = 1, sides: int = 1) -> Expr:
    """Bound the deviation of a mean of independent variables by ``exp(-2*draws*(deviation/width)^2)``.

    Parameters
    ----------
    draws, deviation, width : Expr, int or Fraction
        Number of variables, absolute deviation of their mean, length of the interval each lies in.
    sides : int
        1 for P[mean - E >= deviation], 2 for the absolute value (twice the bound).

    Source: Hoeffding 1963, Theorem 2.

    Examples
    --------
    >>> hoeffding_bound(), hoeffding_bound(sides=2)
    (exp(-2*q*tau**2), 2*exp(-2*q*tau**2))
    """
    require_integer("sides", sides, 1, 2)
    relative = as_expression(deviation) / as_expression(width)
    return Integer(sides) * exp(-2 * as_expression(draws) * relative**2)


def union_bound(events: ExpressionLike, probability: ExpressionLike) -> Expr:
    """Bound the probability that one of ``events`` events happens, each of probability at most ``probability``.

    The product stays as it is: nothing is cancelled.

    Examples
    --------
    >>> union_bound(2**symbols.k, chernoff_half_mean_bound())
    2**k*exp(-mu/8)
    """
    return Mul(as_expression(events), as_expression(probability), evaluate=False)
