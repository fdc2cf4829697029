"""Theorem 12's inequalities, for all parameters."""
from math import comb, factorial
from random import Random

import pytest
from proposition_checks import require_certificate, require_no_proof_of_a_third

from theorycheck.bounds.evaluate import evaluate, evaluate_relation
from theorycheck.bounds.prove import prove
from theorycheck.bounds.relation import Relation
from theorycheck.bounds.theorem12_proofs import PROPOSITIONS, certificate
from theorycheck.errors import ParameterError

EVERY = pytest.mark.parametrize("name", sorted(PROPOSITIONS))


@EVERY
def test_the_certificate_checks(name):
    require_certificate(PROPOSITIONS[name], certificate(name))


@EVERY
def test_the_claim_holds_at_random_instances_of_its_case(name):
    proposition, random, seen = PROPOSITIONS[name], Random(7), 0
    for _ in range(400):
        n = random.randint(2, 9)
        k = random.randint(1, n)
        rest = max(0, n - k - 1)
        at = {"n": n, "k": k, "q": random.randint(1, 5), "c": 1, "l": random.randint(0, n), "C": comb(n, k),
              "F": factorial(n - 1), "A": factorial(k - 1), "B": factorial(rest),
              "W_below": random.randint(0, 1), "W_above": random.randint(0, 1), "W_value": random.randint(0, 1),
              "L": random.randint(1, 9), "lambda": random.randint(0, 3), "r": random.randint(1, 9)}
        if all(evaluate_relation(assumption, at) for assumption in proposition.assumptions):
            seen += 1
            assert evaluate_relation(proposition.relation, at) is True
    assert seen >= 10


@EVERY
def test_a_claim_off_by_a_factor_is_not_proved(name):
    require_no_proof_of_a_third(PROPOSITIONS[name])


@pytest.mark.parametrize("name", [name for name in sorted(PROPOSITIONS) if PROPOSITIONS[name].assumptions
                                  and PROPOSITIONS[name].relation.relation != "=="])
def test_without_its_hypotheses_an_inequality_is_not_proved(name):
    assert prove(PROPOSITIONS[name].relation) is None


def test_the_factorials_stand_for_the_binomial_coefficients():
    n, k = 9, 4
    at = {"n": n, "k": k, "F": factorial(n - 1), "A": factorial(k - 1), "B": factorial(n - k - 1)}
    sides = {name: PROPOSITIONS[name].relation for name in ("sets_without", "sets_with", "pairs_above", "pairs_below")}
    assert evaluate(sides["sets_without"].lhs, at).exact == n * comb(n - 1, k)
    assert evaluate(sides["sets_with"].lhs, at).exact == n * comb(n - 1, k - 1)
    assert evaluate(sides["sets_with"].rhs, at).exact == k * comb(n, k)
    assert evaluate(sides["pairs_above"].lhs, at).exact * comb(n, k + 1) == n - k
    assert evaluate(sides["pairs_below"].lhs, at).exact * comb(n, k - 1) == k


def test_the_wrong_case_is_not_proved():
    few, many = PROPOSITIONS["few_bits"], PROPOSITIONS["many_bits"]
    assert prove(few.relation, many.assumptions) is None and prove(many.relation, few.assumptions) is None
    # Parseval with 2 in place of 1 breaks the mean's bound.
    mean = PROPOSITIONS["mean_below_sharp_few"]
    weaker = tuple(Relation(lhs, order, rhs + 1) if order == "<=" else Relation(lhs, order, rhs)
                   for lhs, order, rhs in mean.assumptions)
    assert prove(mean.relation, weaker) is None


def test_unknown_names():
    with pytest.raises(ParameterError, match="'name' must be one of sets_without"):
        certificate("banana")
