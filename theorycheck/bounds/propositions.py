"""Tables of propositions with certificates: what every ``*_proofs`` module of the bounds is made of."""
from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from sympy import Expr

from theorycheck.bounds.certificates import Certificate, check_certificate
from theorycheck.bounds.display import as_text
from theorycheck.bounds.prove import prove
from theorycheck.bounds.relation import Relation
from theorycheck.claims import Proof, Verdict
from theorycheck.errors import TheoryCheckError, require_choice


@dataclass(frozen=True)
class Proposition:
    """A relation, its hypotheses, and the hints that its proof needs.

    Parameters
    ----------
    title : str
        What it says, in words.
    relation : Relation
        The claim.
    assumptions : tuple of Relation
        Hypotheses.
    multiplier, split : Expr, Relation, optional
        Hints for :func:`theorycheck.bounds.prove.prove`.
    """

    title: str
    relation: Relation
    assumptions: tuple[Relation, ...] = ()
    multiplier: Expr | None = None
    split: Relation | None = None


class Propositions(Mapping[str, Proposition]):
    """The propositions of one statement by name, each with a certificate that is searched for once and remembered.

    Parameters
    ----------
    table : mapping of str to Proposition

    Examples
    --------
    >>> from theorycheck.bounds.symbols import mu
    >>> table = Propositions({"square": Proposition("a square is not negative", Relation(mu**2, ">=", 0))})
    >>> list(table), table.certificate("square").as_lines()[0]
    (['square'], 'claim: mu^2 >= 0')
    """

    def __init__(self, table: Mapping[str, Proposition]) -> None:
        self._table = dict(table)
        self._found: dict[str, Certificate] = {}

    def __getitem__(self, name: str) -> Proposition:
        return self._table[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._table)

    def __len__(self) -> int:
        return len(self._table)

    def certificate(self, name: str) -> Certificate:
        """Return the checked certificate of a proposition; the first call searches for it (milliseconds).

        Raises
        ------
        ParameterError
            ``'name' must be one of square, …, not 'banana'.``
        TheoryCheckError
            ``No certificate was found for 'square'.``: does not happen for the tables of this package.
        """
        proposition = self._table[require_choice("name", name, self._table)]
        if name not in self._found:
            found = prove(proposition.relation, proposition.assumptions, multiplier=proposition.multiplier,
                          split=proposition.split)
            if found is None:
                raise TheoryCheckError(f"No certificate was found for '{name}'.")
            self._found[name] = found
        return self._found[name]


def checked_proofs(propositions: Mapping[str, Proposition],
                   certificate: Callable[[str], Certificate]) -> tuple[Proof, ...]:
    """Return what is proved for all parameters, each certificate checked anew.

    Parameters
    ----------
    propositions : mapping
        Name to Proposition: the ``PROPOSITIONS`` of a ``*_proofs`` module.
    certificate : callable
        Name to Certificate: the ``certificate`` of that module.

    Returns
    -------
    tuple of Proof
        PROVED where the certificate checks, else INCONCLUSIVE.

    Examples
    --------
    >>> from theorycheck.bounds.lemma8_proofs import PROPOSITIONS, certificate
    >>> {proof.verdict.value for proof in checked_proofs(PROPOSITIONS, certificate)}
    {'PROVED'}
    """
    proofs = []
    for name, proposition in propositions.items():
        found = certificate(name)
        verdict = Verdict.PROVED if check_certificate(found) else Verdict.INCONCLUSIVE
        proofs.append(Proof(name, proposition.title, as_text(proposition.relation),
                            tuple(as_text(assumption) for assumption in proposition.assumptions), verdict,
                            tuple(found.as_lines())))
    return tuple(proofs)
