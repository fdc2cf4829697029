"""Lemma 6, steps 6 to 8: the separator of the drawn filters, by the definition and against the oracles."""
from fractions import Fraction

import numpy as np
import oracles
import pytest

import theorycheck
from theorycheck.features.initialisation import Initialisation, SignGridFilters

REFUTED, VERIFIED = theorycheck.Verdict.REFUTED, theorycheck.Verdict.VERIFIED


def with_cells(monkeypatch, cells, k=2):
    monkeypatch.setattr(Initialisation, "sample", lambda self, q, k, rng: SignGridFilters(k, np.array(cells)))
    return len(cells)


def test_the_separator_is_the_oracles_on_every_input(monkeypatch):
    cells = [0, 1, 2, 3, 0, 3, 3, 1]
    q = with_cells(monkeypatch, cells)
    report = theorycheck.check("lemma6", n=4, k=2, q=q, offset=1, pattern="and")
    assert report.step("separator").outcome.verdict is VERIFIED
    g = [1, -1, -1, -1]
    readout = oracles.canonical_separator(2, cells, g, 1, 3)
    filters, biases = oracles.sign_filters(2, cells)
    assert biases == [Fraction(-1, 2)] * q
    for x in oracles.cube_points(4):
        z = sum(1 << i for i in range(2) if x[1 + i] < 0)
        assert oracles.cnn_value(x, readout, filters, biases, oracles.relu) == g[z]


def test_norms_of_a_given_draw(monkeypatch):
    # m = (3,1,2,2) in the order ++,+-,-+,--, which is (3,2,1,2) by index: the golden unbalanced instance.
    q = with_cells(monkeypatch, [0, 0, 0, 1, 1, 2, 3, 3])
    report = theorycheck.check("lemma6", n=3, k=2, q=q)
    least = report.step("minimum_norm").outcome
    assert least.lhs.value.exact == Fraction(1732, 195) and least.rhs.value.exact == Fraction(28, 3)
    assert least.verdict is VERIFIED
    # 28/3 <= 2*16*4/8 = 16, but one cell holds exactly half the mean: outside the event, so the norm is not judged.
    assert report.step("norm").outcome.verdict is None


@pytest.mark.parametrize("pattern, offset, least", [("parity", 1, Fraction(8)), ("and", 0, Fraction(17, 3)),
                                                    ("0xA", 1, Fraction(4))])
def test_balanced_golden_norms(monkeypatch, pattern, offset, least):
    q = with_cells(monkeypatch, [0, 0, 1, 1, 2, 2, 3, 3])
    report = theorycheck.check("lemma6", n=4, k=2, q=q, pattern=pattern, offset=offset)
    assert report.step("minimum_norm").outcome.lhs.value.exact == least
    norm = report.step("norm").outcome
    assert norm.lhs.value.exact == norm.alternatives[1].value.exact == 8


@pytest.mark.parametrize("n, windows", [(9, "all"), (10, "paper")])
def test_an_enclosure_around_the_norm_itself_refutes_nothing(n, windows):
    # One window only and 2^9 equations: the least norm is that of u*, known by an enclosure that reaches beyond it.
    least = theorycheck.check("lemma6", n=n, k=9, windows=windows).step("minimum_norm").outcome
    assert least.verdict is VERIFIED and least.lhs.value.exact == least.rhs.value.exact
    assert least.alternatives[0].value.exact < least.lhs.value.exact


def test_a_least_norm_beyond_the_separators_is_noticed(monkeypatch):
    from theorycheck.features import all_windows
    beyond = all_windows.GlobalMinimum(Fraction(10**6), Fraction(10**6 + 1), "enclosed")
    monkeypatch.setattr(all_windows, "minimum_norm_over_all_windows", lambda *arguments: beyond)
    assert theorycheck.check("lemma6", n=4, k=2).step("minimum_norm").outcome.verdict is REFUTED


def test_values_over_a_denominator_beyond_64_bits_are_compared():
    # h = 2e-30 g: numerators of one digit over a denominator that int64 does not hold.
    report = theorycheck.check("lemma6", n=5, k=2, activation="clipped_relu:1e-30", without_hypotheses=True)
    outcome = report.step("separator").outcome
    assert outcome.verdict is REFUTED and outcome.lhs.value.exact == 0 and outcome.rhs.value.exact == 2**5


def test_an_irrational_activation_is_refuted_and_not_an_error():
    report = theorycheck.check("lemma6", n=4, k=2, activation="tanh", without_hypotheses=True)
    assert report.verdict is REFUTED and report.step("activation").outcome.verdict is REFUTED
    for step in ("every_pattern", "separator", "minimum_norm"):
        assert report.step(step).outcome.verdict is theorycheck.Verdict.INCONCLUSIVE


def test_a_missing_cell_is_outside_the_event(monkeypatch):
    q = with_cells(monkeypatch, [0, 1, 2, 2, 1, 0])
    report = theorycheck.check("lemma6", n=3, k=2, q=q)
    for step in ("every_pattern", "separator", "norm", "stated_norm", "minimum_norm"):
        assert report.step(step).outcome.verdict is None
        assert "outside the event" in report.step(step).outcome.note


def test_a_filter_that_is_evaluated_wrongly_is_noticed(monkeypatch):
    # One drawn filter replaced by its neighbour after the multiplicities were counted.
    import theorycheck.features.evaluation as evaluation
    original = evaluation.group_responses

    def tampered(filters, activation, groups, count, threads=None):
        cells = filters.cells.copy()
        cells[0] ^= 1
        return original(SignGridFilters(filters.k, cells), activation, groups, count)

    monkeypatch.setattr(evaluation, "group_responses", tampered)
    report = theorycheck.check("lemma6", n=5, k=3)
    assert report.step("every_pattern").outcome.verdict is REFUTED
    assert report.step("separator").outcome.verdict is REFUTED


def test_pairs_are_written_out_or_counted_alike(monkeypatch):
    import theorycheck.statements.lemma6_separator as page
    written = theorycheck.check("lemma6", n=4, k=4).step("activation").outcome
    monkeypatch.setattr(page, "PAIRS", 1)
    counted = theorycheck.check("lemma6", n=4, k=4).step("activation").outcome
    assert written.lhs.value.exact == counted.lhs.value.exact == 4**4
    assert written.method != counted.method


def test_the_paper_windows_hide_only_patterns_that_look_at_the_last_variable():
    # 0xA is the dictator of the window's first variable: it does not look at the variable that the paper's sum misses.
    report = theorycheck.check("lemma6", n=4, k=2, windows="paper", offset=2, pattern="0xA")
    assert report.step("separator").outcome.verdict is None
    assert report.step("every_pattern").outcome.verdict is REFUTED


def test_enumeration_gives_way_to_the_window(monkeypatch):
    import theorycheck.statements.lemma6_separator as page
    monkeypatch.setattr(page, "ENUMERATED", 4)
    outcome = theorycheck.check("lemma6", n=5, k=2).step("separator").outcome
    assert outcome.lhs.value.exact == 4 and outcome.verdict is VERIFIED


def test_the_number_of_threads_changes_nothing(monkeypatch):
    import theorycheck.features.evaluation as evaluation
    from theorycheck.report.json import report_document
    monkeypatch.setattr(evaluation, "COMPILED_ABOVE", 0)
    hashes = {report_document(theorycheck.check("lemma6", n=6, k=3, threads=threads))["content_hash"]
              for threads in (None, 1, 2, 5, 64)}
    assert len(hashes) == 1
