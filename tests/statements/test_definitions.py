"""Definitions 1, 2, 3, 11: the page holds, and each of its steps notices what it should."""
import itertools
from fractions import Fraction

import oracles
import pytest

import theorycheck
from theorycheck.errors import InstanceTooLarge, ParameterError

VERIFIED, REFUTED = theorycheck.Verdict.VERIFIED, theorycheck.Verdict.REFUTED


@pytest.mark.parametrize("n, k", [(1, 1), (2, 1), (4, 2), (5, 3), (5, 5), (7, 3)])
@pytest.mark.parametrize("seed", [0, 1])
def test_the_definitions_hold(n, k, seed):
    report = theorycheck.check("definitions", n=n, k=k, seed=seed)
    assert report.verdict is VERIFIED
    assert {result.outcome.verdict for result in report.results} <= {VERIFIED, None}


def test_golden_dimensions():
    for (n, k), rank in {(4, 2): 8, (5, 3): 16, (7, 3): 24}.items():
        outcome = theorycheck.check("definitions", n=n, k=k).step("dimension").outcome
        assert outcome.lhs.value.exact == outcome.rhs.value.exact == rank


def test_the_paper_windows_miss_the_last_variable():
    report = theorycheck.check("definitions", n=2, k=1, windows="paper")
    assert report.verdict is REFUTED
    assert report.step("window_count").outcome.counterexample == {"variable in no window": "x_2"}


def test_the_counterexample_has_loss_one_for_every_parameter_tried():
    # h = h(x_1), f = x_2, D uniform: Definition 1 by the oracle, over a grid of parameters.
    grid = [Fraction(value, 2) for value in range(-3, 4)]
    for u, w, b in itertools.product(grid, repeat=3):
        losses = [max(0, 1 - x[1] * oracles.cnn_value(x, [[u]], [[w]], [b], oracles.relu))
                  for x in oracles.cube_points(2)]
        assert sum(losses, Fraction(0)) / 4 >= 1


def test_a_wrong_window_table_is_noticed(monkeypatch):
    import theorycheck.networks.evaluation as evaluation
    original = evaluation.window_sums

    def shifted(tables, n):
        return original(type(tables)(tables.numerators[::-1].copy(), tables.denominator), n)

    monkeypatch.setattr(evaluation, "window_sums", shifted)
    report = theorycheck.check("definitions", n=6, k=2)
    assert report.step("window_tables").outcome.verdict is REFUTED
    assert "x" in report.step("window_tables").outcome.counterexample
    assert report.step("embedding").outcome.verdict is REFUTED


def test_a_wider_filter_leaves_the_support(monkeypatch):
    # A network whose tables are read from one window further apart has coefficients of diameter k.
    import theorycheck.networks.evaluation as evaluation
    from theorycheck.networks.rationals import RationalArray
    original = evaluation.window_sums

    def widened(tables, n):
        values = original(tables, n)
        numerators = values.numerators.copy()
        numerators[0] += values.denominator
        return RationalArray(numerators, values.denominator)

    monkeypatch.setattr(evaluation, "window_sums", widened)
    outcome = theorycheck.check("definitions", n=6, k=2).step("fourier_support").outcome
    assert outcome.verdict is REFUTED and outcome.counterexample["S"].startswith("[")


def test_a_wrong_rank_formula_is_noticed(monkeypatch):
    import theorycheck.networks.fourier_support as support
    original = support.window_function_rank
    monkeypatch.setattr(support, "window_function_rank", lambda *arguments: original(*arguments) + 1)
    assert theorycheck.check("definitions", n=4, k=2).step("dimension").outcome.verdict is REFUTED


def test_a_pattern_that_looks_elsewhere_is_noticed(monkeypatch):
    from theorycheck.cube.patterns import KPattern
    original = KPattern.truth_table

    def rolled(self):
        function = original(self)
        return type(function)(-function.values)

    monkeypatch.setattr(KPattern, "truth_table", rolled)
    assert theorycheck.check("definitions", n=6, k=2).step("pattern").outcome.verdict is REFUTED


def test_the_parity_barrier_is_attained_by_the_zero_network(monkeypatch):
    from theorycheck.statements.definitions import Definitions
    monkeypatch.setattr(Definitions, "_weights", lambda self, *shape: __import__("numpy").zeros(shape, dtype=int))
    outcome = theorycheck.check("definitions", n=6, k=2).step("parity_barrier").outcome
    assert outcome.lhs.value.exact == 1 and outcome.verdict is VERIFIED


def test_the_parity_barrier_is_no_barrier_within_a_window(monkeypatch):
    # diam(S) = 1 < k: the paper's separator reaches loss 0, so the step must fail on it.
    import theorycheck.cube.characters as characters
    from theorycheck.networks.architectures import ConvolutionalNetwork
    from theorycheck.statements.definitions import Definitions
    half = Fraction(1, 2)
    filters = [[half, half], [-half, half], [half, -half], [-half, -half]]
    readout = [[2, -2, -2, 2]] + [[0, 0, 0, 0]] * 4
    network = ConvolutionalNetwork(filters, [-half] * 4, readout)
    monkeypatch.setattr(Definitions, "convolutional", property(lambda self: network))
    monkeypatch.setattr(Definitions, "locally_connected", property(lambda self: network))
    original = characters.character
    monkeypatch.setattr(characters, "character", lambda n, subset: original(n, 0b11))
    assert theorycheck.check("definitions", n=6, k=2).step("parity_barrier").outcome.verdict is REFUTED


@pytest.mark.parametrize("values, message", [
    ({"n": 3, "k": 4}, "'k' must be at least 1 and at most n=3, not 4."),
    ({"n": 3, "k": 0}, "'k' must be at least 1, not 0."),
    ({"n": True, "k": 1}, "'n' must be an integer, not the boolean True."),
    ({"n": 3, "k": 2, "q": 2.5}, "'q' must be an integer, not 2.5."),
    ({"n": 2, "k": 2, "windows": "paper"}, "'n' must be at least k+1=3 with the paper's windows, not 2."),
    ({"n": 3, "k": 2, "windows": "some"}, "'windows' must be one of all, paper, not 'some'."),
])
def test_bad_parameters(values, message):
    with pytest.raises(ParameterError) as error:
        theorycheck.check("definitions", **values)
    assert str(error.value) == message


def test_an_unknown_activation_lists_the_names():
    with pytest.raises(ParameterError, match="relu"):
        theorycheck.check("definitions", n=3, k=2, activation="gelu")


def test_too_large():
    with pytest.raises(InstanceTooLarge, match="'n' must be at most 12, not 13"):
        theorycheck.check("definitions", n=13, k=2)


def test_the_loss_step_of_the_paper_windows_can_fail(monkeypatch):
    from theorycheck.networks.architectures import ConvolutionalNetwork
    from theorycheck.statements.definitions import Definitions

    # relu(x_2)-relu(-x_2) = x_2: a network that does see the last variable, and fits it.
    network = ConvolutionalNetwork([[1], [-1]], [0, 0], [[0, 0], [1, -1]])
    monkeypatch.setattr(Definitions, "paper_network", property(lambda self: network))
    outcome = theorycheck.check("definitions", n=2, k=1).step("paper_windows").outcome
    assert outcome.verdict is REFUTED and outcome.counterexample == {"inputs": "0 and 2"}


def test_the_loss_of_the_paper_windows_by_the_oracle():
    from theorycheck.claims import Settings
    from theorycheck.registry import find_claim
    from theorycheck.statements.definitions import Definitions
    network = Definitions(find_claim("definitions").parameters(n=4, k=2), Settings(seed=3)).paper_network
    assert len(network.readout) == 2
    loss = sum(max(0, 1 - x[3] * oracles.cnn_value(x, network.readout, network.filters, network.biases, oracles.relu))
               for x in oracles.cube_points(4)) / Fraction(16)
    outcome = theorycheck.check("definitions", n=4, k=2, seed=3).step("paper_windows").outcome
    assert outcome.lhs.value.exact == loss >= 1 and outcome.verdict is VERIFIED
