"""The check of certificates: it accepts what the prover finds and notices every way of tampering tried here."""
from __future__ import annotations

from dataclasses import replace

import pytest
import sympy
from sympy import Expr, Sum, Symbol, exp, log

from theorycheck.bounds.certificates import Branch, Certificate, check_certificate, is_visibly, termwise_goal
from theorycheck.bounds.lemma6_proofs import PROPOSITIONS, certificate
from theorycheck.bounds.prove import prove
from theorycheck.bounds.relation import Relation
from theorycheck.bounds.rules import Equation
from theorycheck.bounds.symbols import delta, eta, k, mu, multiplicities, multiplicity, pattern, q

_KEEP = "choice_of_q"


def _with_branch(proof: Certificate, **changes: object) -> Certificate:
    return replace(proof, branches=(replace(proof.branches[0], **changes), *proof.branches[1:]))


def _with_equation(proof: Certificate, position: int, **changes: object) -> Certificate:
    equations = list(proof.branches[0].equations)
    equations[position] = replace(equations[position], **changes)
    return _with_branch(proof, equations=tuple(equations))


def test_the_claim_cannot_be_swapped() -> None:
    proof = certificate(_KEEP)
    assert check_certificate(proof) is True
    lhs, relation, rhs = proof.relation
    for other in (Relation(lhs, relation, rhs / 2), Relation(rhs, relation, lhs), Relation(lhs**2, relation, rhs),
                  Relation(lhs, ">", rhs), Relation(lhs, "==", rhs), Relation(lhs, "!=", rhs)):
        assert check_certificate(replace(proof, relation=other)) is False


def test_hypotheses_cannot_be_dropped_or_weakened() -> None:
    proof = certificate(_KEEP)
    assumed = proof.assumptions[0]
    assert check_certificate(replace(proof, assumptions=())) is False
    for weaker in (assumed._replace(rhs=assumed.rhs / 2), assumed._replace(relation=">="), assumed.reversed):
        assert check_certificate(replace(proof, assumptions=(weaker,))) is False


@pytest.mark.parametrize("transformation", ["none", "square", "enclosure"])
def test_transformation_cannot_be_changed(transformation: str) -> None:
    assert check_certificate(replace(certificate(_KEEP), transformation=transformation)) is False


def test_polynomials_cannot_be_changed() -> None:
    proof = certificate(_KEEP)
    top, bottom = proof.branches[0].numerator, proof.branches[0].denominator
    for numerator, denominator in ((top + 1, bottom), (top, bottom + 1), (-top, -bottom), (2 * top, bottom),
                                   (sympy.Integer(0), bottom), (top / bottom, sympy.Integer(1)), (delta, bottom)):
        assert check_certificate(_with_branch(proof, numerator=numerator, denominator=denominator)) is False
    # The same quotient, not in lowest terms, is still a proof.
    assert check_certificate(_with_branch(proof, numerator=3 * top, denominator=3 * bottom)) is True


def test_equations_cannot_be_changed() -> None:
    proof = certificate(_KEEP)
    for position, equation in enumerate(proof.branches[0].equations):
        for change in ({"replacement": equation.replacement + 1}, {"sign": "zero"}, {"rule": "because"},
                       {"variable": Symbol("k")}, {"atom": mu}):
            assert check_certificate(_with_equation(proof, position, **change)) is False
        shorter = tuple(other for other in proof.branches[0].equations if other is not equation)
        assert check_certificate(_with_branch(proof, equations=shorter)) is False
    twice = proof.branches[0].equations + proof.branches[0].equations[:1]
    assert check_certificate(_with_branch(proof, equations=twice)) is False


def test_a_sign_cannot_be_promoted() -> None:
    # ln(delta) = s1 + ... with s1 of unknown sign would do here too, but claiming it positive would not.
    proof = certificate(_KEEP)
    weak = next(place for place, equation in enumerate(proof.branches[0].equations) if equation.sign == "nonnegative")
    assert check_certificate(_with_equation(proof, weak, sign="positive")) is False


def test_variables_of_the_claim_are_not_fresh() -> None:
    # s1 is anybody's number here; as the fresh variable of k it would pass for non-negative.
    s1 = Symbol("s1")
    forged = Certificate(Relation(sympy.Integer(0), "<", s1 + 1), (), "none", None, (
        Branch(None, (Equation(k, s1 + 1, s1, "nonnegative", "domain"),), s1 + 1, sympy.Integer(1)),))
    assert check_certificate(forged) is False
    assert check_certificate(replace(forged, relation=Relation(sympy.Integer(0), "<", k))) is True
    assert prove(Relation(0, "<", s1 + k + 1)) is None


def test_cases_must_cover() -> None:
    proof = certificate("norm_from_below")
    first, second = proof.branches
    assert check_certificate(proof) is True
    for branches in ((), (first,), (second,), (first, first), (second, first), (replace(first, case=None),),
                     (first, second, second), (first, replace(second, case=Relation(multiplicity, "<=", q)))):
        assert check_certificate(replace(proof, branches=branches)) is False


def test_a_case_must_be_defined_wherever_the_claim_is() -> None:
    # At k=1 the first claim says 0 < 0, and neither eta >= 1/(k-1) nor eta <= 1/(k-1) holds there.
    for claim, bound in ((Relation(sympy.Integer(0), "<", eta * (k - 1)), 1 / (k - 1)),
                         (Relation(sympy.Integer(0), "<", eta * (k - 2)), 1 / (k - 2))):
        assert prove(claim, split=Relation(eta, ">=", bound)) is None
    s, t = Symbol("s1"), Symbol("s2")
    grown, bound = Equation(k, t + 1, t, "nonnegative", "domain"), 1 / (k - 1)
    above = Branch(Relation(eta, ">=", bound), (Equation(eta, bound + s, s, "nonnegative", "assumption"), grown),
                   s * t + 1, sympy.Integer(1))
    below = Branch(Relation(eta, "<=", bound), (Equation(eta, bound / (s + 1), s, "nonnegative", "range"), grown),
                   sympy.Integer(1), s + 1)
    claim = Relation(sympy.Integer(0), "<", eta * (k - 1))
    assert check_certificate(Certificate(claim, (), "none", None, (above, below))) is False
    # With k >= 2 the bound exists, and the same two branches prove it.
    shifted = tuple(replace(branch, equations=(branch.equations[0], Equation(k, t + 2, t, "nonnegative", "assumption")))
                    for branch in (above, below))
    proof = Certificate(claim, (Relation(k, ">=", sympy.Integer(2)),), "none", None,
                        (replace(shifted[0], numerator=s * t + s + 1), shifted[1]))
    assert check_certificate(proof) is True


def test_a_term_is_not_what_all_terms_share() -> None:
    # With the scalar m_z as number of terms or as factor, one term's m_z would pass for every other's.
    positive = (Relation(multiplicity, ">=", sympy.Integer(1)),)
    inverse, item = 1 / multiplicities[pattern], multiplicities[pattern]
    assert prove(Relation(Sum(inverse, (pattern, 1, multiplicity)), "<=", sympy.Integer(1)), positive) is None
    assert prove(Relation(multiplicity * Sum(inverse**2, (pattern, 1, k)), "<=", k / multiplicity), positive) is None
    # What is known of m_z may not depend on the index: m_1 >= 1 and m_2 >= 2 leave m_2 more than q-2.
    total = Relation(Sum(item, (pattern, 1, 2)), "==", q)
    assert prove(Relation(Sum(item, (pattern, 1, 2)), "<=", 2 * (q - 1)),
                 (Relation(multiplicity, ">=", pattern), total)) is None


def test_multiplier_needs_the_total() -> None:
    proof = certificate("sharper_norm")
    event, total = proof.assumptions
    assert check_certificate(replace(proof, assumptions=(event,))) is False
    assert check_certificate(replace(proof, multiplier=None)) is False
    assert check_certificate(replace(proof, multiplier=proof.multiplier * 2)) is False
    assert check_certificate(replace(proof, assumptions=(event, total._replace(rhs=2 * q)))) is False


def test_enclosures_are_decided_again() -> None:
    proof = Certificate(Relation(exp(1), "<", sympy.pi), (), "enclosure", None, ())
    assert check_certificate(proof) is True
    assert check_certificate(replace(proof, relation=proof.relation.reversed._replace(relation="<"))) is False


@pytest.mark.parametrize("name", sorted(PROPOSITIONS))
def test_lines_are_plain_text(name: str) -> None:
    lines = certificate(name).as_lines()
    assert lines[0].startswith("claim: ") and lines[-1].startswith("difference = ")
    assert all(line.isascii() and "\n" not in line for line in lines)


# ---------------------------------------------------------------- the parts

def test_signs_of_coefficients() -> None:
    _, x, y = sympy.ring("x y", sympy.QQ)
    free, above, least = {x: "nonnegative"}, {x: "positive", y: "positive"}, {x: "nonnegative", y: "positive"}
    assert is_visibly(x**2 + 1, free, strictly=True) and is_visibly(x**2 + x, free, strictly=False)
    assert not is_visibly(x**2 + x, free, strictly=True) and is_visibly(x**2 + x, above, strictly=True)
    assert is_visibly(x + y, least, strictly=True) and not is_visibly(x + x * y, least, strictly=True)
    assert not is_visibly(x - 1, above, strictly=False) and not is_visibly(x + y, free, strictly=False)
    assert is_visibly(x - x, above, strictly=False) and not is_visibly(x - x, above, strictly=True)


def _sum(function: Expr) -> Sum:
    return Sum(function, (pattern, 1, 2**k))


def test_term_by_term() -> None:
    term = multiplicities[pattern]
    goal = termwise_goal(Relation(3 * _sum(1 / term), "<=", q), (), None)
    assert goal is not None
    assert goal.relation == Relation(3 / multiplicity, "<=", q / 2**k) and goal.positive == (2**k,)
    backwards = termwise_goal(Relation(q, "<=", _sum(term)), (), None)
    assert backwards is not None and backwards.relation == Relation(multiplicity, ">=", q / 2**k)
    total = Relation(_sum(term), "==", q)
    least = Relation(multiplicity, ">", sympy.Integer(2))
    ends = termwise_goal(Relation(_sum(term**2), "<=", q**2), (total, least), -mu)
    assert ends is not None and ends.relation.rhs == q**2 / 2**k - mu * (multiplicity - q / 2**k)
    assert Relation(multiplicity, "<", q - 2 * (2**k - 1)) in ends.assumptions and 2**k - 1 in ends.positive


@pytest.mark.parametrize("relation, multiplier", [
    (Relation(_sum(pattern * multiplicities[pattern]), "<=", q), None),
    (Relation(_sum(multiplicities[pattern]), "<=", multiplicity), None),
    (Relation(_sum(multiplicities[pattern + 1]), "<=", q), None),
    (Relation(_sum(multiplicities[pattern]) + 1, "<=", _sum(multiplicities[pattern])), None),
    (Relation(_sum(sympy.IndexedBase("w")[pattern]), "<=", q), None),
    (Relation(_sum(multiplicities[pattern]), "<=", q), mu), (Relation(k, "<=", q), mu)])
def test_sums_that_are_not_taken_apart(relation: Relation, multiplier: Expr | None) -> None:
    assert termwise_goal(relation, (), multiplier) is None


def test_logarithm_rule_needs_a_positive_argument() -> None:
    # ln(1 - mu) >= 1 - 1/(1 - mu) is said only of mu < 1, which nothing here shows.
    s1, s2 = Symbol("s1"), Symbol("s2")
    equations = (Equation(mu, s1, s1, "positive", "domain"),
                 Equation(log(1 - mu), 1 - 1 / (1 - mu) + s2, s2, "nonnegative", "logarithm"))
    claim = Relation(1 - 1 / (1 - mu), "<=", log(1 - mu))
    forged = Certificate(claim, (), "none", None, (Branch(None, equations, s2, sympy.Integer(1)),))
    assert check_certificate(forged) is False
    fine = Certificate(Relation(1 - 1 / (1 + mu), "<=", log(1 + mu)), (), "none", None, (Branch(None, (
        equations[0], Equation(log(1 + mu), 1 - 1 / (1 + mu) + s2, s2, "nonnegative", "logarithm")),
        s2, sympy.Integer(1)),))
    assert check_certificate(fine) is True
