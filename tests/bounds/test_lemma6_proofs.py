"""The certificates of Lemma 6, against the claims themselves at random admissible instances.

Two checks that share no code with the certificates: the original relation, evaluated rigorously, is never false; and
the fresh variables, solved for at the instance in 60 digits, have their signs and give the claimed quotient of
polynomials.
"""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from random import Random
from typing import Any

import mpmath
import pytest
import sympy

from theorycheck.bounds.certificates import Branch, check_certificate, termwise_goal
from theorycheck.bounds.evaluate import evaluate, evaluate_relation
from theorycheck.bounds.lemma6_proofs import PROPOSITIONS, certificate
from theorycheck.bounds.propositions import Proposition
from theorycheck.bounds.prove import prove
from theorycheck.bounds.relation import Relation
from theorycheck.bounds.symbols import q
from theorycheck.errors import ParameterError

_NAMES = sorted(PROPOSITIONS)
_SIGNS = {"positive": lambda value: value > 0, "nonnegative": lambda value: value > -mpmath.mpf(10)**-40,
          "real": lambda value: True}


def _instance(proposition: Proposition, random: Random) -> dict[str, Any]:
    """Values of all symbols that satisfy the proposition's assumptions."""
    bits = random.randint(1, 4)
    at: dict[str, Any] = {"k": bits, "N": random.randint(1, 30), "delta": Fraction(random.randint(1, 98), 99),
                          "m": random.randint(1, 6)}
    least = max([2**(bits + 1)] + [int(evaluate(sympy.floor(claim.rhs), at).exact or 0) + 1
                                   for claim in proposition.assumptions if claim.lhs == q])
    at["q"] = least + random.choice([0, 1, random.randint(2, 500)])
    counts = [at["q"] // 2**(bits + 1) + 1] * 2**bits
    for _ in range(at["q"] - sum(counts)):
        counts[random.randrange(len(counts)) if random.random() < 0.7 else 0] += 1
    at["m_z"] = counts
    return at


@pytest.mark.parametrize("name", _NAMES)
def test_certificate_checks(name: str) -> None:
    proof = certificate(name)
    proposition = PROPOSITIONS[name]
    assert check_certificate(proof) is True
    assert (proof.relation, proof.assumptions) == (proposition.relation, proposition.assumptions)
    assert proposition.title


@pytest.mark.parametrize("name", _NAMES)
def test_the_claim_holds_at_random_instances(name: str) -> None:
    random = Random(6)
    proposition = PROPOSITIONS[name]
    for _ in range(12):
        at = _instance(proposition, random)
        for assumption in proposition.assumptions:
            if not assumption.lhs.is_Symbol or str(assumption.lhs) != "m_z":
                assert evaluate_relation(assumption, at) is True, "the instance is not admissible"
        answer = evaluate_relation(proposition.relation, at)
        assert answer is not False
        # Strict inequalities of exact or transcendental numbers are decided; only equalities may stay open.
        assert answer is True or proposition.relation.relation in ("==", "<=")


@pytest.mark.parametrize("name", _NAMES)
def test_the_polynomials_give_the_difference_at_random_instances(name: str) -> None:
    random = Random(8)
    proof, proposition = certificate(name), PROPOSITIONS[name]
    goal = termwise_goal(proof.relation, proof.assumptions, proof.multiplier)
    assert goal is not None
    with mpmath.workdps(60):
        for _ in range(4):
            at = _instance(proposition, random)
            values = {symbol: _number(at["m_z"][0] if str(symbol) == "m_z" else at[str(symbol)])
                      for symbol in goal.relation.lhs.free_symbols | goal.relation.rhs.free_symbols | {q}}
            difference = _difference(goal.relation, proof.transformation, values)
            for branch in proof.branches:
                if branch.case is None or _holds(branch.case, values):
                    claimed = _quotient(branch, values)
                    assert abs(claimed - difference) <= mpmath.mpf(10)**-45 * (1 + abs(difference))


def _number(value: Any) -> mpmath.mpf:
    return mpmath.mpf(value.numerator) / value.denominator


def _at(expression: sympy.Expr, values: Mapping[sympy.Symbol, mpmath.mpf]) -> mpmath.mpf:
    symbols = list(values)
    return mpmath.mpf(sympy.lambdify(symbols, expression, "mpmath")(*[values[symbol] for symbol in symbols]))


def _holds(case: Relation, values: Mapping[sympy.Symbol, mpmath.mpf]) -> bool:
    gap = _at(case.lhs, values) - _at(case.rhs, values)
    return bool(gap >= 0) if case.relation == ">=" else bool(gap <= 0)


def _difference(relation: Relation, transformation: str, values: Mapping[sympy.Symbol, mpmath.mpf]) -> mpmath.mpf:
    left, right = _at(relation.lhs, values), _at(relation.rhs, values)
    change = {"none": lambda x: x, "square": lambda x: x**2, "logarithm": mpmath.log}[transformation]
    return (change(right) - change(left)) * (-1 if relation.relation in (">", ">=") else 1)


def _quotient(branch: Branch, values: Mapping[sympy.Symbol, mpmath.mpf]) -> mpmath.mpf:
    fresh = {}
    for equation in branch.equations:
        [solution] = sympy.solve(equation.replacement - sympy.Symbol("atom"), equation.variable)
        known = {**values, sympy.Symbol("atom"): _at(equation.atom, values)}
        fresh[equation.variable] = _at(solution, known)
        assert _SIGNS[equation.sign](fresh[equation.variable]), equation
    return _at(branch.numerator, fresh) / _at(branch.denominator, fresh)


# Each claim with its larger side halved, or its constant off by one: false, so nothing may be found.
_FALSE = {
    "choice_of_q": 2, "union": 2, "union_choice_of_q": 2, "sharp_union_choice_of_q": 2,
    "chernoff_constant": 2, "norm": 2, "sharper_norm": 2, "sharper_is_below_sharp": 2,
    "pre_activation": 2, "sharp_is_below_stated": 2}


@pytest.mark.parametrize("name", sorted(_FALSE))
def test_a_halved_side_is_not_proved(name: str) -> None:
    proposition = PROPOSITIONS[name]
    halved = proposition.relation._replace(rhs=proposition.relation.rhs / _FALSE[name])
    assert prove(halved, proposition.assumptions, multiplier=proposition.multiplier, split=proposition.split) is None


@pytest.mark.parametrize("name", ["choice_of_q", "union_choice_of_q", "norm", "activation_off"])
def test_the_hypothesis_is_needed(name: str) -> None:
    proposition = PROPOSITIONS[name]
    assert prove(proposition.relation) is None
    assumed = proposition.assumptions[0]
    weaker = assumed._replace(rhs=assumed.rhs / 2 if name != "activation_off" else assumed.rhs - 1)
    assert prove(proposition.relation, (weaker,)) is None


def test_the_lower_bound_doubled_is_not_proved() -> None:
    proposition = PROPOSITIONS["norm_from_below"]
    doubled = proposition.relation._replace(rhs=2 * proposition.relation.rhs)
    assert prove(doubled, proposition.assumptions, multiplier=proposition.multiplier, split=proposition.split) is None


def test_unknown_name_and_table() -> None:
    with pytest.raises(ParameterError, match="'name' must be one of choice_of_q, .*, not 'banana'"):
        certificate("banana")
    assert all(replace(row) == row for row in PROPOSITIONS.values())
