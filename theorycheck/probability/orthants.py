"""Lower orthants of the multinomial law, and inclusion and exclusion over the cells that hold too few.

Of q draws into equally likely cells, p_j is the probability that j given cells all hold at most ``limit``.  With
T(x) = sum of x^i/i! over i <= limit it is a sum, over the number r of draws that land in them, of

    q!/(q-r)! (cells-j)^(q-r) cells^(-q) [x^r] T(x)^j.

The coefficients obey a recurrence of two terms.  Scale them by limit!^j and count r down from the top, r = j*limit - d:

    a_j[d+1] = (j*limit - d)/j * a_j[d] + a_{j-1}[d+1],      a_j[0] = 1,  a_0 = (1, 0, 0, ...),

which is T' = T - x^limit/limit! read backwards: every term is positive, so nothing cancels.  Both factors of a term are
log-concave in r (1/i! is, and convolution preserves it), hence the terms that are left out fall at least as fast as a
geometric series.
"""
from __future__ import annotations

from fractions import Fraction
from math import comb

from flint import arb, ctx

from theorycheck.errors import require_integer
from theorycheck.probability.binomial import binomial_lower_tail
from theorycheck.rigor import Real

_GUARD_BITS = 32
_BLOCK = 32


def lower_orthant_probability(q: int, cells: int, count: int, limit: int) -> Real:
    """Return the probability that ``count`` given cells of ``cells`` equally likely ones all hold at most ``limit``.

    Parameters
    ----------
    q : int
        Draws, at least 0.
    cells : int
        At least 1.
    count : int
        Between 0 and ``cells``.
    limit : int
        At least 0.

    Returns
    -------
    Real
        An enclosure of full relative accuracy; rational where it is 0 or 1 or where one binomial tail is.

    Raises
    ------
    ParameterError
        ``'count' must be at least 0 and at most cells=4, not 5.``

    Notes
    -----
    About ``count`` times ``bits / log2(mean/limit)`` multiplications at most, ``count^2 limit / 2`` where that is less.
    Full accuracy is meant for ``limit`` below the mean q/cells; above it the sum is long but still right.

    Examples
    --------
    >>> lower_orthant_probability(2, 4, 2, 1).enclose(64).contains(arb(7) / 8)
    True
    """
    q = require_integer("q", q, minimum=0)
    cells = require_integer("cells", cells, minimum=1)
    count = require_integer("count", count, minimum=0, maximum=cells, maximum_name="cells")
    limit = require_integer("limit", limit, minimum=0)
    if count == 0 or limit >= q:
        return Real(1)
    if count == cells and cells * limit < q:
        return Real(0)
    if count == 1:
        return binomial_lower_tail(q, Fraction(1, cells), limit)
    return Real(lambda: _guarded(q, cells, count, limit))


def _guarded(q: int, cells: int, count: int, limit: int) -> arb:
    tolerance = arb(2) ** -ctx.prec
    with ctx.workprec(ctx.prec + _GUARD_BITS):
        return LowerOrthants(q, cells, limit).probability(count, tolerance)


def failure_by_inclusion_exclusion(q: int, cells: int, limit: int) -> arb:
    """Enclose P[some cell holds at most ``limit``] between two consecutive Bonferroni sums, at the working precision.

    The depth grows until the next sum is below the working precision relative to the probability.  The last term is
    never computed: multinomial counts are negatively associated (Joag-Dev and Proschan, 1983), so that
    p_{j+1} <= p_j p_1.  Right for any instance, accurate and quick while ``cells * p_1`` is about 1 or less.
    """
    tolerance = arb(2) ** -ctx.prec
    with ctx.workprec(ctx.prec + _GUARD_BITS):
        single = binomial_lower_tail(q, Fraction(1, cells), limit).enclose(ctx.prec)
        orthants = LowerOrthants(q, cells, limit)
        total, joint = cells * single, single
        for depth in range(1, cells):
            bound = comb(cells, depth + 1) * joint * single
            if bound < tolerance * total:
                return total + (-1) ** depth * bound.union(arb(0))
            joint = orthants.probability(depth + 1, tolerance * total / comb(cells, depth + 1) / joint)
            total += (-1) ** depth * comb(cells, depth + 1) * joint
        return total


class LowerOrthants:
    """The probabilities p_j of one law (q draws, ``cells`` cells, at most ``limit``), sharing the tables a_j."""

    def __init__(self, q: int, cells: int, limit: int) -> None:
        self._q, self._cells, self._limit = q, cells, limit
        self._tables: list[list[arb]] = [[arb(1)]]

    def probability(self, count: int, tolerance: arb) -> arb:
        """Return p_count, to about the relative ``tolerance``, at the working precision."""
        if count == self._cells:
            # No draw can land elsewhere: only r = q contributes.
            return self._every_cell()
        highest = count * self._limit
        drawn = min(highest, self._q)
        table, factor = self._table(count), self._factor(count, drawn)
        total = term = arb(0)
        while drawn >= 0:
            self._extend(count, highest - drawn + _BLOCK)
            for drawn in range(drawn, max(-1, drawn - _BLOCK), -1):
                previous, term = term, factor * table[highest - drawn]
                total += term
                # From r to r - 1 draws in the chosen cells.
                factor = factor * (self._cells - count) / (self._q - drawn + 1)
            drawn -= 1
            if drawn >= 0 and term < previous:
                rest = term * term / (previous - term)
                if rest < tolerance * total:
                    return total + rest.union(arb(0))
        return total

    def _factor(self, count: int, drawn: int) -> arb:
        """q!/(q-r)! (cells-j)^(q-r) cells^(-q) / limit!^j at r = ``drawn``."""
        with ctx.workprec(ctx.prec + 2 * self._q.bit_length() + 16):
            orders = arb(self._q + 1).lgamma() - arb(self._q - drawn + 1).lgamma()
            scale = count * arb(self._limit + 1).lgamma()
            away = (self._q - drawn) * arb(self._cells - count).log() - self._q * arb(self._cells).log()
            return (orders - scale + away).exp()

    def _every_cell(self) -> arb:
        depth = self._cells * self._limit - self._q
        if depth < 0:
            return arb(0)
        self._extend(self._cells, depth + 1)
        with ctx.workprec(ctx.prec + 2 * self._q.bit_length() + 16):
            exponent = (arb(self._q + 1).lgamma() - self._cells * arb(self._limit + 1).lgamma()
                        - self._q * arb(self._cells).log())
            return exponent.exp() * self._tables[self._cells][depth]

    def _table(self, count: int) -> list[arb]:
        while len(self._tables) <= count:
            self._tables.append([arb(1)])
        return self._tables[count]

    def _extend(self, count: int, length: int) -> None:
        """Make a_j known for d < ``length`` (at most j*limit + 1 of them), for every j up to ``count``."""
        self._table(count)
        for j in range(1, count + 1):
            table, below = self._tables[j], self._tables[j - 1]
            # Lower tables end at (j-1)*limit: from there on their entries are 0.
            for d in range(len(table) - 1, min(length, j * self._limit + 1) - 1):
                step = table[d] * (j * self._limit - d) / j
                table.append(step + below[d + 1] if d + 1 < len(below) else step)
