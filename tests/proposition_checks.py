"""What every table of propositions must pass: its certificates check, its claims hold, false ones are not proved."""
from __future__ import annotations

from random import Random
from typing import Any

from theorycheck.bounds.certificates import check_certificate
from theorycheck.bounds.evaluate import evaluate_relation
from theorycheck.bounds.prove import prove


def require_certificate(proposition: Any, proof: Any) -> None:
    """The certificate checks, and is of this very claim under these very assumptions."""
    assert check_certificate(proof) and proof.relation == proposition.relation and proposition.title
    assert proof.assumptions == proposition.assumptions


def require_true_at_random(relation: Any, **fixed: int) -> None:
    """The claim holds at ten instances with symbols from 1 to 9, but for those given by name."""
    random = Random(7)
    for _ in range(10):
        at = {symbol: random.randint(1, 9) for symbol in relation.lhs.free_symbols | relation.rhs.free_symbols}
        at.update({symbol: fixed[symbol.name] for symbol in at if symbol.name in fixed})
        answer = evaluate_relation(relation, at)
        # An equality between roots is never confirmed.
        assert answer is True or (relation.relation == "==" and answer is None)


def require_no_proof_of_a_third(proposition: Any) -> None:
    """A third of the right-hand side, or one less than 0, is not proved."""
    relation = proposition.relation
    smaller = relation._replace(rhs=relation.rhs / 3 - (0 if relation.rhs != 0 else 1))
    assert prove(smaller, proposition.assumptions) is None
