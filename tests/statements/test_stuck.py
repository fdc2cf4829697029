"""What "stuck" needs, as a whole: it holds, it is VACUOUS where it must be, it is REFUTED when a formula is broken."""
import pytest

from theorycheck.bounds import stuck as formulas
from theorycheck.claims import Settings, Verdict, run_claim
from theorycheck.errors import InstanceTooLarge, ParameterError
from theorycheck.orbits import parities
from theorycheck.statements.stuck import CLAIM

VERIFIED, REFUTED, VACUOUS = Verdict.VERIFIED, Verdict.REFUTED, Verdict.VACUOUS
SMALL = {"n": 5, "k": 2, "q": 2, "steps": 2, "permutations": 1}


def check(seed=0, **values):
    return run_claim(CLAIM, CLAIM.parameters.from_values(values or dict(CLAIM.example)), Settings(seed))


def verdicts(report):
    return {result.step.name: result.outcome.verdict for result in report.results}


def test_the_example_is_verified():
    report = check()
    assert report.verdict is VERIFIED and len(verdicts(report)) == 14
    # At step size 1 neither float format says anything at n=12; every other step says something.
    silent = {name for name, verdict in verdicts(report).items() if verdict is not VERIFIED}
    assert silent == {"moved_float32", "moved_float64"} and all(verdicts(report)[name] is VACUOUS for name in silent)
    assert "any number of steps of gradient descent with gradients known to tau" in report.sentence
    assert "(0 of 924, listed)" in report.sentence


@pytest.mark.parametrize("values", [
    {"readout": "1", "gamma": "1/3"}, {"readout": "pairs", "weights": "uniform"},
    {"weights": "signs/sqrt(n)", "activation": "leaky_relu:1/10"}, {"weights": "sparse:2", "bias": "0"},
    {"activation": "square", "readout": "1/50"}, {"activation": "tanh"}, {"activation": "zero"},
    {"weights": "orbit:1,-2,3,0,1/2", "kink_slope": "1"}, {"n": 2, "k": 2}, {"n": 1, "k": 1}], ids=str)
def test_all_kinds_of_instances(values):
    # tau=1: most of these are small enough to say something; none may fail.
    report = check(seed=4, **{**SMALL, "tau": 1, **values})
    assert report.verdict in (VERIFIED, VACUOUS)
    assert REFUTED not in verdicts(report).values() and Verdict.INCONCLUSIVE not in verdicts(report).values()


def test_a_large_cube_is_not_enumerated():
    report = check(n=1000, k=10, q=2, permutations=1, steps=2)
    assert report.verdict is VERIFIED and set(verdicts(report).values()) == {VERIFIED}
    assert report.step("moved_float64").outcome.lhs.value.enclose() < 1e-3


def test_equal_neurons_that_cancel_are_still_on_a_large_cube():
    report = check(n=200, k=100, q=4, tau=1, readout="pairs", permutations=1, steps=2)
    assert report.verdict is VERIFIED and report.hypotheses[1][1].met is True


@pytest.mark.parametrize("values", [
    {"tau": "1e-5000"}, {"eta": "1e400"}, {"readout": "1e400"}, {"bias": "1e400"},
    {"n": 4, "weights": "orbit:1e300,1e-300,5e-324,0"}, {"n": 20000, "k": 10000, "q": 1}], ids=str)
def test_numbers_beyond_floats_and_printing(values):
    report = check(**{**SMALL, **values})
    assert REFUTED not in verdicts(report).values() and len(report.sentence) < 500


def test_it_is_vacuous_where_the_means_say_nothing():
    report = check(**{**SMALL, "tau": "1/100"})
    assert report.verdict is VACUOUS and "Nothing follows" in report.sentence
    assert verdicts(report)["told_apart"] is VACUOUS


# Negative controls: what is broken is the formula that the check meets, or the size that it is asked to list.

def test_a_bound_without_the_number_of_neurons_is_refuted(monkeypatch):
    from sympy import Integer
    monkeypatch.setattr(formulas, "gradient_moment_bound", lambda *arguments, **values: Integer(1) / 10)
    report = check(**{**SMALL, "tau": 1})
    assert report.verdict is REFUTED and verdicts(report)["gradient_moment"] is REFUTED
    assert "fails" in report.sentence and "gradient_moment" in report.sentence


def test_a_bound_divided_by_the_number_of_parities_once_more_is_refuted(monkeypatch):
    from theorycheck.bounds import symbols
    whole = formulas.told_apart_bound
    monkeypatch.setattr(formulas, "told_apart_bound", lambda *arguments, **values:
                        whole(*arguments, **values) / 10**6 / symbols.n)
    report = check(**{**SMALL, "tau": "1/20"})
    assert verdicts(report)["told_apart"] is REFUTED
    assert report.step("told_apart").outcome.counterexample["tau"] == "1/20"


def test_level_weights_at_the_wrong_levels_are_refuted(monkeypatch):
    # k swapped with n-k: the mean over the parities of k bits is not that of n-k bits.
    whole = parities.table_level_weights
    monkeypatch.setattr(parities, "table_level_weights", lambda table, levels, threads=None: {
        level: weight for level, weight in zip(levels, whole(table, [5 - m for m in levels], threads).values())})
    report = check(**{**SMALL, "tau": 1})
    assert verdicts(report)["averaged"] is REFUTED and verdicts(report)["averaged_along_run"] is REFUTED


def test_a_list_of_wrong_coefficients_is_refuted(monkeypatch):
    # No more parities are told apart than the bound allows; but their mean is not that of the level weights.
    from theorycheck.orbits import parity_differences
    whole = parity_differences._differences
    monkeypatch.setattr(parity_differences, "_differences", lambda tables, subsets, neighbours, threads: whole(
        tables, subsets ^ 3, neighbours, threads))
    report = check(**{**SMALL, "tau": 1, "weights": "uniform"})
    assert verdicts(report)["told_apart"] is REFUTED and verdicts(report)["told_apart_still"] is REFUTED
    assert report.step("told_apart").outcome.counterexample["at"] == "every t"


def test_a_moment_of_other_functions_is_refuted(monkeypatch):
    # Twice the readout's share keeps every inequality; the means of all k together tell.
    whole = parities._moments
    monkeypatch.setattr(parities, "_moments", lambda *arguments: [whole(*arguments)[0], whole(*arguments)[1] * 2])
    assert verdicts(check(**{**SMALL, "tau": 1}))["parseval"] is REFUTED


def test_the_run_moves_only_beyond_one():
    moving = check(**{**SMALL, "readout": "1", "tau": 1})
    assert verdicts(moving)["still"] is None and verdicts(moving)["moved_float32"] is None
    assert moving.hypotheses[1][1].met is False
    standing = check(**{**SMALL, "tau": 1})
    assert verdicts(standing)["still"] is VERIFIED and standing.hypotheses[1][1].met is True


def test_bad_input():
    for values, message in (
            ({"k": 6}, "'k' must be at least 1 and at most n=5, not 6"),
            ({"tau": -1}, "'tau' must be greater than 0, not -1"),
            ({"eta": 0}, "'eta' must be greater than 0, not 0"), ({"weights": "xavier"}, "'weights' must be one of"),
            ({"weights": "orbit:1,2"}, "'n' must be 2 for the law orbit:1,2, not 5"),
            ({"readout": "pairs", "q": 3}, "'q' must be even for readout pairs, not 3"),
            ({"readout": "many"}, "'readout' must be 1/q, pairs or a number, not 'many'."),
            ({"gamma": 2}, "'gamma' must be at least 0")):
        with pytest.raises(ParameterError, match=message):
            check(**{**SMALL, **values})
    with pytest.raises(InstanceTooLarge, match="'n' times 'q' must be at most 4194304"):
        check(n=10**6, k=2, q=100)
    with pytest.raises(InstanceTooLarge, match="'permutations' must be at most 1000, not 1001: each is a run"):
        check(**{**SMALL, "permutations": 1001})
    with pytest.raises(ParameterError, match="'readout' must be a number for square"):
        check(**SMALL, activation="square")
    report = check(**{**SMALL, "n": 13, "readout": "2", "q": 30, "steps": 20})
    assert "declined: q\\*2\\^n\\*T must be at most 1048576".replace("\\", "") in report.step("parseval").outcome.note


def test_the_estimate_and_the_proofs():
    parameters = CLAIM.parameters.from_values(dict(CLAIM.example))
    assert 0 < CLAIM.estimate(parameters).seconds < 60 and CLAIM.estimate(parameters).bytes > 2**20
    assert {proof.verdict for proof in CLAIM.proofs()} == {Verdict.PROVED}
    for step in CLAIM.steps:
        for side in (step.lhs, step.rhs):
            assert side.symbolic is None or side.symbolic() is not None
