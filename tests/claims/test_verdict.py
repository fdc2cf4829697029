from __future__ import annotations

from itertools import product

import pytest

from theorycheck.claims import Evidence, Verdict, conjunction

P, V, C, I, R, VACUOUS, UNKNOWN = (Verdict.PROVED, Verdict.VERIFIED, Verdict.CONSISTENT, Verdict.INCONSISTENT,
                                   Verdict.REFUTED, Verdict.VACUOUS, Verdict.INCONCLUSIVE)


def oracle(seen: tuple[Verdict, ...], vacuous: bool) -> Verdict:
    """The rule, clause by clause, as the design states it."""
    if R in seen:
        return R
    if I in seen:
        return I
    if UNKNOWN in seen or not seen:
        return UNKNOWN
    if vacuous:
        return VACUOUS
    if C in seen:
        return C
    if V in seen or VACUOUS in seen:
        return V
    return P


def test_the_seven_verdicts_and_four_kinds_of_evidence():
    assert [verdict.value for verdict in Verdict] == ["PROVED", "VERIFIED", "CONSISTENT", "INCONSISTENT", "REFUTED",
                                                      "VACUOUS", "INCONCLUSIVE"]
    assert [evidence.value for evidence in Evidence] == ["exact", "enclosed", "statistical", "float"]


@pytest.mark.parametrize("length", range(5))
def test_every_conjunction_of_up_to_four_steps(length):
    for seen in product(Verdict, repeat=length):
        for vacuous in (False, True):
            assert conjunction(seen, vacuous) is oracle(seen, vacuous), (seen, vacuous)


@pytest.mark.parametrize("seen, vacuous, expected", [
    ((P, P), False, P), ((P, V), False, V), ((P, V, C), False, C), ((C, VACUOUS), False, C), ((VACUOUS,), False, V),
    ((P, VACUOUS), False, V), ((V, I, UNKNOWN), False, I), ((I, R), False, R), ((UNKNOWN, R), True, R),
    ((UNKNOWN, P), True, UNKNOWN), ((V, V), True, VACUOUS), ((I,), True, I), ((), False, UNKNOWN), ((), True, UNKNOWN)])
def test_golden(seen, vacuous, expected):
    assert conjunction(seen, vacuous) is expected


def test_any_iterable_is_taken_once():
    assert conjunction(iter([V, R])) is R and conjunction(verdict for verdict in ()) is UNKNOWN


@pytest.mark.parametrize("verdict, code, holds", [(P, 0, True), (V, 0, True), (C, 0, True), (I, 1, False),
                                                  (R, 1, False), (VACUOUS, 3, False), (UNKNOWN, 3, False)])
def test_exit_codes(verdict, code, holds):
    assert verdict.exit_code == code and verdict.holds is holds
