"""What holds for all parameters around MS21, Comment 7, each with a certificate."""
from __future__ import annotations

from sympy import Integer, exp, log

from theorycheck.bounds import comment7, lemma6, symbols
from theorycheck.bounds.certificates import Certificate
from theorycheck.bounds.propositions import Proposition, Propositions
from theorycheck.bounds.relation import Relation

_CELLS = lemma6.number_of_cells()

PROPOSITIONS = Propositions({
    # The symbol mu stands for q/r, the effective number of filters for each of 2^k directions.
    "sufficient_width": Proposition(
        "with mu = q/r at least 8*ln(2^k/delta), the event for any law of the filters fails with probability at most "
        "delta",
        Relation(_CELLS * exp(-symbols.mu / 8), "<=", symbols.delta),
        (Relation(symbols.mu, ">=", 8 * log(_CELLS / symbols.delta)),)),
    "grid_attains_the_least_ratio": Proposition(
        "the paper's grid has E|phi|^2/lambda_min = 2^k, the least of any law",
        Relation(comment7.grid_moment_ratio(), "==", _CELLS)),
    "grid_norm": Proposition(
        "twice the limit 2^k/lambda of the grid's q*||u*||^2, over q, is Lemma 6's 2*4^k*k^2/q",
        Relation(comment7.squared_norm_bound(_CELLS / comment7.grid_eigenvalue()) / symbols.q, "==",
                 2 * Integer(4)**symbols.k * symbols.k**2 / symbols.q)),
    # p stands for arccos(rho)/pi, so that arccos(-rho)/pi is 1-p; the square roots cancel.
    "odd_part_of_the_kernel": Proposition(
        "with p = arccos(rho)/pi: kappa(rho)-kappa(-rho) = rho/2, linear, so that without bias every odd level of "
        "E[phi phi^T] but the first vanishes",
        Relation((symbols.rho * (1 - symbols.p) + symbols.rho * symbols.p) / 2, "==", symbols.rho / 2)),
})


def certificate(name: str) -> Certificate:
    """Return the checked certificate of a proposition; see :meth:`theorycheck.bounds.propositions.Propositions`.

    Examples
    --------
    >>> certificate("sufficient_width").transformation
    'logarithm'
    """
    return PROPOSITIONS.certificate(name)
