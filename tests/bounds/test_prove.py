"""The prover: true claims it should find, false ones it must not, and hints that are malformed."""
from __future__ import annotations

import pytest
import sympy
from sympy import Rational, Sum, exp, log, sqrt

from theorycheck.bounds.certificates import check_certificate
from theorycheck.bounds.prove import prove
from theorycheck.bounds.relation import Relation
from theorycheck.bounds.symbols import (T, alpha, delta, eta, gamma, hamming_distance, k, level, mu, multiplicities,
                                        multiplicity, n, p, pattern, q)
from theorycheck.errors import ParameterError

_TRUE = [
    (Relation(k, ">=", 1), ()), (Relation(2**k, ">=", 2), ()), (Relation(4**k, ">=", 2**(k + 1)), ()),
    (Relation(4**k, ">", 2**k), ()), (Relation(delta / 2**k, "<", delta), ()), (Relation(delta**2, "<", delta), ()),
    (Relation(p * (1 - p), ">", 0), ()), (Relation(exp(-mu / 4), "<", exp(-mu / 8)), ()),
    (Relation(sqrt(q), "<", sqrt(2 * q)), ()), (Relation(log(1 / delta), ">", 0), ()),
    (Relation(log(1 + mu), "<=", mu), ()), (Relation(log(2), "<", Rational(7, 10)), ()),
    (Relation(log(2), ">", Rational(69, 100)), ()), (Relation(sqrt(2), "<", Rational(3, 2)), ()),
    (Relation((k + q)**2, "==", k**2 + 2 * k * q + q**2), ()),
    (Relation(log(2**k / delta), "==", k * log(2) - log(delta)), ()),
    (Relation(q, ">=", n - k + 1), (Relation(q, ">=", n),)), (Relation(1 / q, "<", 1 / n), (Relation(q, ">", n),)),
    (Relation(k * eta, "<=", 1), (Relation(eta, "<=", 1 / k),)),
    (Relation(exp(-alpha**2 * mu / 2), "<=", delta), (Relation(mu, ">=", 2 * log(1 / delta) / alpha**2),)),
]

_FALSE = [
    (Relation(k, ">", 1), ()), (Relation(2**k, ">", 2), ()), (Relation(2**k, "<", 100), ()),
    (Relation(delta, "<=", delta**2), ()), (Relation(p * (1 - p), ">", Rational(1, 4)), ()),
    (Relation(exp(-mu / 8), "<", exp(-mu / 4)), ()), (Relation(sqrt(2 * q), "<", sqrt(q)), ()),
    (Relation(log(2), "<", Rational(69, 100)), ()), (Relation(sqrt(2), ">", Rational(3, 2)), ()),
    (Relation((k + q)**2, "==", k**2 + q**2), ()), (Relation(q, ">", n), (Relation(q, ">=", n),)),
    (Relation(level, ">", 0), ()), (Relation(gamma, "<", 1), ()), (Relation(gamma, ">", 0), ()),
    (Relation(k * eta, "<", 1), (Relation(eta, "<=", 1 / k),)), (Relation(log(mu), ">=", mu - 1), ()),
    (Relation((1 - 2 * hamming_distance) / k, "<=", 0), ()), (Relation(k, "!=", q), ()),
]


@pytest.mark.parametrize("claim, assumptions", _TRUE, ids=[str(number) for number in range(len(_TRUE))])
def test_true_claims(claim: Relation, assumptions: tuple[Relation, ...]) -> None:
    proof = prove(claim, assumptions)
    assert proof is not None and check_certificate(proof)
    assert proof.relation == Relation(*map(sympy.sympify, (claim.lhs,)), claim.relation, sympy.sympify(claim.rhs))


@pytest.mark.parametrize("claim, assumptions", _FALSE, ids=[str(number) for number in range(len(_FALSE))])
def test_false_claims_are_not_proved(claim: Relation, assumptions: tuple[Relation, ...]) -> None:
    assert prove(claim, assumptions) is None


def test_true_but_out_of_reach() -> None:
    # 2^k and k are treated as unrelated, and 2^T >= T+1 needs more than 2^T >= 2.
    assert prove(Relation(2**T, ">=", T + 1)) is None
    # AM-GM needs a square, which no substitution of one variable at a time shows.
    assert prove(Relation(n**2 + q**2, ">=", 2 * n * q)) is None


def test_split() -> None:
    claim = Relation(n**2 + q**2, ">=", 2 * n * q)
    proof = prove(claim, split=Relation(q, ">=", n))
    assert proof is not None and len(proof.branches) == 2 and check_certificate(proof)
    assert prove(claim._replace(relation=">"), split=Relation(q, ">=", n)) is None
    for bad in (Relation(q, "<=", n), Relation(q + 1, ">=", n)):
        with pytest.raises(ParameterError, match="'split' must be a relation symbol >= expression"):
            prove(claim, split=bad)


def test_sums() -> None:
    term, cells = multiplicities[pattern], 2**k
    total = Relation(Sum(term, (pattern, 1, cells)), "==", q)
    squares = Sum(term**2, (pattern, 1, cells))
    # The least sum of squares is at the mean; the tangent there is the multiplier.
    proof = prove(Relation(squares, ">=", q**2 / cells), (total, Relation(multiplicity, ">", 0)),
                  multiplier=2 * q / cells, split=Relation(multiplicity, ">=", q / cells))
    assert proof is not None and check_certificate(proof)
    assert prove(Relation(squares, ">=", 2 * q**2 / cells), (total, Relation(multiplicity, ">", 0)),
                 multiplier=2 * q / cells, split=Relation(multiplicity, ">=", q / cells)) is None
    assert prove(Relation(squares, "<", q**2), (total, Relation(multiplicity, ">", 0)), multiplier=q) is not None


def test_sympy_relations_are_taken_and_evaluated_ones_refused() -> None:
    assert prove(k + q > 1) is not None
    with pytest.raises(ParameterError, match="not True"):
        prove(k > 0)
    with pytest.raises(ParameterError, match="not 0.5"):
        prove(Relation(k, ">", 0.5))  # type: ignore[arg-type]
    assert prove(Relation(k, ">", sympy.Float("0.5"))) is None
