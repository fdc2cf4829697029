"""Theorem A's algebra, for all parameters."""
from __future__ import annotations

from random import Random

import pytest

from theorycheck.bounds.certificates import check_certificate
from theorycheck.bounds.evaluate import evaluate_relation
from theorycheck.bounds.prove import prove
from theorycheck.bounds.theorem_a_proofs import PROPOSITIONS, certificate
from theorycheck.errors import ParameterError


@pytest.mark.parametrize("name", sorted(PROPOSITIONS))
def test_the_certificate_checks(name):
    proof = certificate(name)
    assert check_certificate(proof) and proof.relation == PROPOSITIONS[name].relation and PROPOSITIONS[name].title


@pytest.mark.parametrize("name", sorted(PROPOSITIONS))
def test_the_claim_holds_at_random_instances(name):
    random, relation = Random(7), PROPOSITIONS[name].relation
    for _ in range(10):
        at = {symbol: random.randint(3, 9) for symbol in relation.lhs.free_symbols | relation.rhs.free_symbols}
        assert evaluate_relation(relation, at) is True


@pytest.mark.parametrize("name", sorted(PROPOSITIONS))
def test_a_claim_that_is_off_is_not_proved(name):
    proposition = PROPOSITIONS[name]
    wrong = proposition.relation._replace(rhs=proposition.relation.rhs / 3)
    assert prove(wrong, proposition.assumptions) is None


def test_unknown_names():
    with pytest.raises(ParameterError, match="'name' must be one of step_loses_little"):
        certificate("banana")
