"""Every formula of MS21, Corollary 5: the widths, steps and sample sizes, stated and correct, and the lower bound.

By default the table's symbols; each argument may be any expression, integer or fraction instead.  The stated rates are
O(...); ``constant`` is the constant hidden in the O.

The lower bound: f the parity of k bits of one window, D uniform, ReLU, the paper's start and step size, any draw of the
filters.  With y = sqrt(nkN/q)/2^k < arccosh 2, in every step t <= T each class fires only on its own sign pattern with
a_z <= cosh(y)/k, and its readout is at most sinh(y)/(k sqrt(kN)), because |E[s f 1{x^(j)=z}]| <= 2^-k at each of N
windows.  As f is orthogonal to every other window, E f h comes from its own window alone, and

    L(h_t) >= 1 - E f h_t >= 1 - q sinh(2y)/(2^(k+1) k^2 sqrt(kN)).
"""
from __future__ import annotations

from sympy import E, Expr, Integer, Max, Rational, Symbol, ceiling, log, sinh, sqrt

from theorycheck.bounds import lemma6, symbols
from theorycheck.bounds.concentration import ExpressionLike
from theorycheck.bounds.lemma6 import number_of_cells
from theorycheck.bounds.relation import as_expression

#: The constant hidden in the paper's O, and the number of labelled examples.
constant = Symbol("C", positive=True)
examples = Symbol("M", integer=True, positive=True)


# ------------------------------------------------------------------ the correct width and number of steps

def feature_width(k: ExpressionLike = symbols.k, delta: ExpressionLike = symbols.delta) -> Expr:
    """Return 2^(k+3)*ln(2^(k+1)/delta): Lemma 6 with failure probability delta/2, as the sample may fail too.

    Examples
    --------
    >>> feature_width()
    2**(k + 3)*log(2*2**k/delta)
    """
    return lemma6.sufficient_filters(k, as_expression(delta) / 2)


def first_term_width(n: ExpressionLike = symbols.n, k: ExpressionLike = symbols.k,
                     epsilon: ExpressionLike = symbols.epsilon, c: ExpressionLike = symbols.c) -> Expr:
    """Return 6*c*n^2*k^2*2^k/epsilon: from there on Theorem 4's first term is at most epsilon/3.

    Examples
    --------
    >>> first_term_width(2, 1, Rational(1, 2), 1)
    96
    """
    size = as_expression(n)**2 * as_expression(k)**2 * number_of_cells(k)
    return 6 * as_expression(c) * size / as_expression(epsilon)


def second_term_width(n: ExpressionLike = symbols.n, k: ExpressionLike = symbols.k,
                      epsilon: ExpressionLike = symbols.epsilon) -> Expr:
    """Return 36*16^k*k^4/(n*epsilon^2): from there on Theorem 4's second term is at most epsilon/3.

    Examples
    --------
    >>> second_term_width(2, 1, Rational(1, 2))
    1152
    """
    return 36 * number_of_cells(k)**4 * as_expression(k)**4 / (as_expression(n) * as_expression(epsilon)**2)


def sufficient_width(n: ExpressionLike = symbols.n, k: ExpressionLike = symbols.k,
                     epsilon: ExpressionLike = symbols.epsilon, delta: ExpressionLike = symbols.delta,
                     c: ExpressionLike = symbols.c) -> Expr:
    """Return the smallest integer above ``feature_width`` and at least the other two widths."""
    least = Max(ceiling(first_term_width(n, k, epsilon, c)), ceiling(second_term_width(n, k, epsilon)))
    return Max(lemma6.smallest_integer_above(feature_width(k, delta)), least)


def sufficient_steps(n: ExpressionLike = symbols.n, q: ExpressionLike = symbols.q,
                     epsilon: ExpressionLike = symbols.epsilon, c: ExpressionLike = symbols.c) -> Expr:
    """Return 3*c^2*n^(3/2)*sqrt(q)/epsilon: from there on Theorem 4's third term is at most epsilon/3.

    Examples
    --------
    >>> sufficient_steps(4, 9, Rational(1, 2), 1)
    144
    """
    size = as_expression(n)**Rational(3, 2) * sqrt(as_expression(q))
    return 3 * as_expression(c)**2 * size / as_expression(epsilon)


def share(epsilon: ExpressionLike = symbols.epsilon) -> Expr:
    """Return epsilon/3, what each of the three terms is allowed."""
    return as_expression(epsilon) / 3


# ------------------------------------------------------------------ the stated rates

def stated_width(n: ExpressionLike = symbols.n, k: ExpressionLike = symbols.k,
                 epsilon: ExpressionLike = symbols.epsilon, delta: ExpressionLike = symbols.delta,
                 C: ExpressionLike = constant) -> Expr:
    """Return C*epsilon^(-2)*n^3*2^k*ln(2^k/delta), the paper's number of filters and of steps.

    Examples
    --------
    >>> stated_width(2, 1, Rational(1, 2), Rational(1, 2), 1)
    64*log(4)
    """
    size = as_expression(n)**3 * number_of_cells(k) * log(number_of_cells(k) / as_expression(delta))
    return as_expression(C) * size / as_expression(epsilon)**2


def needed_constant(n: ExpressionLike = symbols.n, k: ExpressionLike = symbols.k,
                    delta: ExpressionLike = symbols.delta) -> Expr:
    """Return 36*8^k*k^4/(n^4*ln(2^k/delta)): the least C with which the second term is at most epsilon/3.

    For 2^k <= n it is at most 36*k^4/(2^k*ln(2^k)) < 208, whatever n, k and delta; for k >= (4/3+c)*log2(n) it has no
    bound.

    Examples
    --------
    >>> needed_constant(2, 1, Rational(1, 2))
    18/log(4)
    """
    size = number_of_cells(k)**3 * as_expression(k)**4
    return 36 * size / (as_expression(n)**4 * log(number_of_cells(k) / as_expression(delta)))


def stated_examples(n: ExpressionLike = symbols.n, k: ExpressionLike = symbols.k, q: ExpressionLike = symbols.q,
                    epsilon: ExpressionLike = symbols.epsilon, delta: ExpressionLike = symbols.delta) -> Expr:
    """Return epsilon^(-2)*n*k*q*ln(n*k*q/delta), the paper's sample size up to its constant.

    Examples
    --------
    >>> stated_examples(2, 1, 3, Rational(1, 2), Rational(1, 2))
    24*log(12)
    """
    size = as_expression(n) * as_expression(k) * as_expression(q)
    return size * log(size / as_expression(delta)) / as_expression(epsilon)**2


# ------------------------------------------------------------------ the sample, free of q

def dimension_bound(k: ExpressionLike = symbols.k, windows: ExpressionLike = symbols.N) -> Expr:
    """Bound the VC dimension of sign(h) by d = 2^(k-1)*(N+1), the dimension of all CNNs, whatever q.

    Examples
    --------
    >>> dimension_bound(2, 3)
    8
    """
    return number_of_cells(k) * (as_expression(windows) + 1) / 2


def dimension_examples(d: ExpressionLike, epsilon: ExpressionLike = symbols.epsilon,
                       delta: ExpressionLike = symbols.delta) -> Expr:
    """Return epsilon^(-2)*(d+ln(1/delta)), the sample size up to a constant.

    Examples
    --------
    >>> dimension_examples(8, Rational(1, 2), 1)
    32
    """
    return (as_expression(d) - log(as_expression(delta))) / as_expression(epsilon)**2


def deviation_bound(d: ExpressionLike, M: ExpressionLike = examples, delta: ExpressionLike = symbols.delta) -> Expr:
    """Bound |error on D - error on the sample| by sqrt(8*(d*ln(2eM/d)+ln(4/delta))/M), 0/1 errors, M >= d.

    With probability at least 1-delta over M draws, for all h at once: Vapnik and Chervonenkis with Sauer's lemma.

    Examples
    --------
    >>> deviation_bound(2, 8, 4)**2
    2*log(8*E)
    """
    size, dimension = as_expression(M), as_expression(d)
    growth = dimension * log(2 * E * size / dimension) + log(4 / as_expression(delta))
    return sqrt(8 * growth / size)


# ------------------------------------------------------------------ the lower bound

def growth_exponent(n: ExpressionLike = symbols.n, k: ExpressionLike = symbols.k, q: ExpressionLike = symbols.q,
                    windows: ExpressionLike = symbols.N) -> Expr:
    """Return y = sqrt(n*k*N/q)/2^k: no activation exceeds cosh(y)/k in any of the T steps, under uniform D.

    Examples
    --------
    >>> growth_exponent(4, 1, 4, 4)
    1
    """
    inner = as_expression(n) * as_expression(k) * as_expression(windows) / as_expression(q)
    return sqrt(inner) / number_of_cells(k)


def loss_lower_bound(n: ExpressionLike = symbols.n, k: ExpressionLike = symbols.k, q: ExpressionLike = symbols.q,
                     windows: ExpressionLike = symbols.N) -> Expr:
    """Bound the loss of every step from below by 1 - q*sinh(2y)/(2^(k+1)*k^2*sqrt(kN)); y < arccosh 2 is required.

    Examples
    --------
    >>> loss_lower_bound(4, 1, 4, 4)
    1 - sinh(2)/2
    """
    width = as_expression(k)**2 * sqrt(as_expression(k) * as_expression(windows))
    reached = as_expression(q) * sinh(2 * growth_exponent(n, k, q, windows)) / (2 * number_of_cells(k) * width)
    return 1 - reached


def necessary_width(n: ExpressionLike = symbols.n, k: ExpressionLike = symbols.k,
                    epsilon: ExpressionLike = symbols.epsilon) -> Expr:
    """Return (1-epsilon)^2*16^k*k^4/n, below which the loss stays above epsilon up to the factor (sinh(2y)/2y)^2.

    Examples
    --------
    >>> necessary_width(4, 1, Rational(1, 2))
    1
    """
    size = Integer(16)**as_expression(k) * as_expression(k)**4
    return (1 - as_expression(epsilon))**2 * size / as_expression(n)
