"""Every formula and bound of MS21, Lemma 6: stated, sharp, and the smallest width each one asks for.

By default the table's symbols; each argument may be any expression, integer or fraction instead.  Norms are Euclidean
unless the name says otherwise, and are not squared unless the name says so; logarithms are natural.  ``K`` in the texts
below is 2^k, the number of sign patterns ("cells"), and mu = q/K.
"""
from __future__ import annotations

from sympy import Expr, Integer, Mul, Pow, ceiling, floor, log

from theorycheck.bounds import concentration, symbols
from theorycheck.bounds.concentration import ExpressionLike, union_bound
from theorycheck.bounds.relation import as_expression


def number_of_cells(k: ExpressionLike = symbols.k) -> Expr:
    """Return 2^k, the number of sign patterns of a filter.

    Examples
    --------
    >>> number_of_cells()
    2**k
    """
    return Integer(2)**as_expression(k)


def cell_probability(k: ExpressionLike = symbols.k) -> Expr:
    """Return 2^(-k), the probability that a filter's sign pattern is z (step 1).

    Examples
    --------
    >>> cell_probability(4)
    1/16
    """
    return Integer(2)**(-as_expression(k))


def expected_multiplicity(k: ExpressionLike = symbols.k, q: ExpressionLike = symbols.q) -> Expr:
    """Return mu = q*2^(-k), the expected number of filters with sign pattern z (step 2).

    Examples
    --------
    >>> expected_multiplicity(4, 650)
    325/8
    """
    return as_expression(q) * cell_probability(k)


def pre_activation(k: ExpressionLike = symbols.k, m: ExpressionLike = symbols.hamming_distance) -> Expr:
    """Return <w,z> + b = (1-2m)/k for a window at Hamming distance m from the filter's signs (step 6).

    Examples
    --------
    >>> pre_activation(4, 0), pre_activation(4, 1)
    (1/4, -1/4)
    """
    return (1 - 2 * as_expression(m)) / as_expression(k)


# ------------------------------------------------------------------ the probability of the event, steps 3 to 5

def cell_failure_bound(k: ExpressionLike = symbols.k, q: ExpressionLike = symbols.q) -> Expr:
    """Bound P[m_z <= mu/2] by exp(-mu/8), as stated (step 3).

    Examples
    --------
    >>> cell_failure_bound()
    exp(-q/(8*2**k))
    """
    return concentration.chernoff_half_mean_bound(expected_multiplicity(k, q))


def sharp_cell_failure_bound(k: ExpressionLike = symbols.k, q: ExpressionLike = symbols.q) -> Expr:
    """Bound P[m_z <= mu/2] by exp(-mu*(1-ln 2)/2): the same for every k, sharper than stated.

    Examples
    --------
    >>> sharp_cell_failure_bound(1, 8)
    4*exp(-2)
    """
    return concentration.chernoff_sharp_half_mean_bound(expected_multiplicity(k, q))


def kullback_leibler_rate(k: ExpressionLike = symbols.k) -> Expr:
    """Return KL(p/2||p) at p = 2^(-k), the exponent per filter of the sharpest bound of its kind.

    Examples
    --------
    >>> kullback_leibler_rate(1)
    -log(2)/4 + 3*log(3/2)/4
    """
    cell = cell_probability(k)
    return concentration.kullback_leibler_divergence(cell / 2, cell)


def kullback_leibler_cell_failure_bound(k: ExpressionLike = symbols.k, q: ExpressionLike = symbols.q) -> Expr:
    """Bound P[m_z <= mu/2] by exp(-q*KL(p/2||p)), p = 2^(-k): never weaker than the two bounds above."""
    cell = cell_probability(k)
    return concentration.chernoff_kullback_leibler_bound(q, cell / 2, cell)


def cell_failure_target(k: ExpressionLike = symbols.k, delta: ExpressionLike = symbols.delta) -> Expr:
    """Return delta*2^(-k), what the choice of q leaves to each sign pattern (step 4).

    Examples
    --------
    >>> cell_failure_target()
    delta/2**k
    """
    return as_expression(delta) * cell_probability(k)


def union_failure_bound(k: ExpressionLike = symbols.k, q: ExpressionLike = symbols.q) -> Expr:
    """Bound P[some m_z <= mu/2] by 2^k*exp(-mu/8), as stated (step 5).

    Examples
    --------
    >>> union_failure_bound()
    2**k*exp(-q/(8*2**k))
    """
    return union_bound(number_of_cells(k), cell_failure_bound(k, q))


def sharp_union_failure_bound(k: ExpressionLike = symbols.k, q: ExpressionLike = symbols.q) -> Expr:
    """Bound P[some m_z <= mu/2] by 2^k*exp(-mu*(1-ln 2)/2)."""
    return union_bound(number_of_cells(k), sharp_cell_failure_bound(k, q))


def kullback_leibler_union_failure_bound(k: ExpressionLike = symbols.k, q: ExpressionLike = symbols.q) -> Expr:
    """Bound P[some m_z <= mu/2] by 2^k*exp(-q*KL(p/2||p)), p = 2^(-k)."""
    return union_bound(number_of_cells(k), kullback_leibler_cell_failure_bound(k, q))


# ------------------------------------------------------------------ how many filters each bound asks for

def sufficient_filters(k: ExpressionLike = symbols.k, delta: ExpressionLike = symbols.delta) -> Expr:
    """Return 2^(k+3)*ln(2^k/delta): the statement asks for q greater than this.

    Examples
    --------
    >>> sufficient_filters()
    2**(k + 3)*log(2**k/delta)
    """
    return Integer(2)**(as_expression(k) + 3) * _log_cells_over_delta(k, delta)


def sharp_sufficient_filters(k: ExpressionLike = symbols.k, delta: ExpressionLike = symbols.delta) -> Expr:
    """Return 2^(k+1)*ln(2^k/delta)/(1-ln 2): q at least this makes ``sharp_union_failure_bound`` at most delta."""
    return Integer(2)**(as_expression(k) + 1) * _log_cells_over_delta(k, delta) / (1 - log(2))


def kullback_leibler_sufficient_filters(k: ExpressionLike = symbols.k, delta: ExpressionLike = symbols.delta) -> Expr:
    """Return ln(2^k/delta)/KL(p/2||p): q at least this makes ``kullback_leibler_union_failure_bound`` at most delta."""
    # Evaluating, sympy spends 35 ms on whether the rate could be zero.
    inverse = Pow(kullback_leibler_rate(k), -1, evaluate=False)
    return Mul(_log_cells_over_delta(k, delta), inverse, evaluate=False)


def locally_connected_sufficient_filters(k: ExpressionLike = symbols.k, windows: ExpressionLike = symbols.N,
                                         delta: ExpressionLike = symbols.delta) -> Expr:
    """Return 2^(k+3)*ln(N*2^k/delta): filters per location, for a locally connected network and all k-patterns at once.

    Examples
    --------
    >>> locally_connected_sufficient_filters()
    2**(k + 3)*log(2**k*N/delta)
    """
    cells = number_of_cells(k) * as_expression(windows)
    return Integer(2)**(as_expression(k) + 3) * log(cells / as_expression(delta))


def smallest_integer_above(threshold: ExpressionLike) -> Expr:
    """Return the smallest integer greater than the threshold: the paper's q for ``sufficient_filters``.

    Examples
    --------
    >>> from fractions import Fraction
    >>> smallest_integer_above(48), smallest_integer_above(Fraction(95, 2))
    (49, 48)
    """
    return floor(as_expression(threshold)) + 1


def smallest_integer_from(threshold: ExpressionLike) -> Expr:
    """Return the smallest integer at least the threshold: for the two sharper bounds.

    Examples
    --------
    >>> smallest_integer_from(48)
    48
    """
    return ceiling(as_expression(threshold))


def _log_cells_over_delta(k: ExpressionLike, delta: ExpressionLike) -> Expr:
    return log(number_of_cells(k) / as_expression(delta))
