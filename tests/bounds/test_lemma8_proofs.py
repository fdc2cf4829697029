"""Lemma 8's sums, for all parameters."""
from random import Random

import pytest

from theorycheck.bounds.lemma8_proofs import PROPOSITIONS, certificate
from theorycheck.bounds.certificates import check_certificate
from theorycheck.bounds.evaluate import evaluate_relation
from theorycheck.bounds.prove import prove
from theorycheck.errors import ParameterError


@pytest.mark.parametrize("name", sorted(PROPOSITIONS))
def test_the_certificate_checks(name):
    proof = certificate(name)
    assert check_certificate(proof) and proof.relation == PROPOSITIONS[name].relation and PROPOSITIONS[name].title
    assert proof.assumptions == PROPOSITIONS[name].assumptions


@pytest.mark.parametrize("name", sorted(PROPOSITIONS))
def test_the_claim_holds_at_random_instances(name):
    random, relation = Random(7), PROPOSITIONS[name].relation
    for _ in range(10):
        at = {symbol: random.randint(1, 9) for symbol in relation.lhs.free_symbols | relation.rhs.free_symbols}
        at.update({symbol: 20 for symbol in at if symbol.name == "n"})
        answer = evaluate_relation(relation, at)
        # An equality between roots is never confirmed.
        assert answer is True or (relation.relation == "==" and answer is None)


@pytest.mark.parametrize("name", sorted(PROPOSITIONS))
def test_a_claim_off_by_a_factor_is_not_proved(name):
    proposition = PROPOSITIONS[name]
    relation = proposition.relation
    smaller = relation._replace(rhs=relation.rhs / 3 - (0 if relation.rhs != 0 else 1))
    assert prove(smaller, proposition.assumptions) is None


def test_unknown_names():
    with pytest.raises(ParameterError, match="'name' must be one of readout_grows"):
        certificate("banana")
