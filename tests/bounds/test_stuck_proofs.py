"""The argument for "stuck", for all parameters."""
from random import Random

import pytest
from proposition_checks import require_certificate

from theorycheck.bounds.evaluate import evaluate_relation
from theorycheck.bounds.prove import prove
from theorycheck.bounds.stuck_proofs import PROPOSITIONS, certificate
from theorycheck.errors import ParameterError

EVERY = pytest.mark.parametrize("name", sorted(PROPOSITIONS))


@EVERY
def test_the_certificate_checks(name):
    require_certificate(PROPOSITIONS[name], certificate(name))


@EVERY
def test_the_claim_holds_at_random_instances_of_its_assumptions(name):
    proposition, random, seen = PROPOSITIONS[name], Random(3), 0
    symbols = proposition.relation.lhs.free_symbols | proposition.relation.rhs.free_symbols
    for _ in range(200):
        at = {symbol: random.randint(0 if "s_" in symbol.name else 1, 1 if "s_" in symbol.name else 9)
              for symbol in symbols}
        if all(evaluate_relation(assumption, at) for assumption in proposition.assumptions):
            seen += 1
            assert evaluate_relation(proposition.relation, at) is True
    assert seen >= 10


@pytest.mark.parametrize("name", ["label_plus", "label_minus", "factor_is_at_most_one", "counted", "one_more_step"])
def test_a_claim_off_by_a_third_is_not_proved(name):
    proposition = PROPOSITIONS[name]
    smaller = proposition.relation._replace(rhs=proposition.relation.rhs / 3)
    assert prove(smaller, proposition.assumptions) is None


@pytest.mark.parametrize("name", ["factor_is_at_most_one", "factor_is_at_least_zero", "counted", "standing_still"])
def test_the_assumptions_are_needed(name):
    assert prove(PROPOSITIONS[name].relation) is None


def test_unknown_names():
    with pytest.raises(ParameterError, match="'name' must be one of label_plus"):
        certificate("banana")
