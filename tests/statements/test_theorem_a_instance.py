"""The quantities of Theorem A's proof, from the definitions."""
from __future__ import annotations

from fractions import Fraction

import pytest

from theorycheck.claims import Settings
from theorycheck.rigor import decide
from theorycheck.statements.theorem_a_instance import TheoremA, TheoremAParameters


def instance(**values):
    return TheoremA(TheoremAParameters.from_values({"n": 3, "k": 2, "q": 10, "steps": 2, **values}), Settings())


@pytest.mark.parametrize("share", ["1/10", "1/3", "2/3"])
def test_the_pairing_by_points_holds_the_one_by_slots(share):
    given = instance(pattern="and", offset=1, init="1,2,3,4")
    s = given.flow.end.exact * Fraction(share) if given.flow.end is not None else given.time * Fraction(share)
    assert given.certain_pairing(s).enclose(128).overlaps(given.pairing(s).enclose(128))


def test_times():
    given = instance(time="3/2", records=3)
    assert given.time == Fraction(3, 2) and given.times == (Fraction(1, 2), 1, Fraction(3, 2))
    assert instance().time == instance().separator_squared_norm == 4 * Fraction(5, 3)
    given = instance(records=8)
    rest = float(given.flow.phases[-1].start)
    assert given.moving_times == tuple(s for s in given.times if s < rest) and 0 < len(given.moving_times) < 8


def test_quantities_from_their_definitions():
    given = instance(pattern="and")
    s, m, g = Fraction(1), given.multiplicities.tolist(), given.pattern.table.tolist()
    now = given.flow.snapshot(s)
    u = {slot: float(value) for slot, value in now.readout_of.items()}
    a = {z: float(value) for z, value in now.scale_of.items()}
    force = {slot: float(value) for slot, value in now.force_of.items()}
    best = {(0, z): 2 * g[z] / m[z] for z in range(4)}
    away = {slot: value - best.get(slot, 0) for slot, value in u.items()}
    assert float(given.squared_distance(s)) == pytest.approx(sum(m[z] * v**2 for (_, z), v in away.items()))
    assert float(given.pairing(s)) == pytest.approx(-sum(m[z] * a[z] * force[j, z] * v for (j, z), v in away.items()))
    assert float(given.squared_gradient_norm(s)) == pytest.approx(
        sum(m[z] * (a[z] * v)**2 for (_, z), v in force.items()))
    assert decide(given.separator_loss(s), "<=", 0) is True


def test_untouched_classes_keep_their_distance():
    given = instance(distribution="point:0", init="4,3,2,1")
    # Only z=0 moves; the other separators stay k/m_z away, m_z of them.
    rest = sum(Fraction(4, m) for m in (3, 2, 1))
    own = 4 * (float(given.flow.readout(1, 0)) - 2 / 4)**2
    other = 4 * float(given.flow.readout(1, 0, window=1))**2
    assert float(given.squared_distance(Fraction(1))) == pytest.approx(float(rest) + own + other)


def test_window_probabilities():
    assert instance().window_probabilities == (Fraction(1, 8), 10 * Fraction(1, 8))
    point = instance(distribution="point:1", init="4,3,2,1")
    # Windows 1 and 0 for sure.
    assert point.window_probabilities == (1, 4 + 3)


@pytest.mark.parametrize("activation, answer", [("relu", True), ("clipped_relu:1/2", True), ("clipped_relu:1/3", False),
                                                ("leaky_relu:0", False), ("identity", False)])
def test_rectifiers(activation, answer):
    assert instance(activation=activation).is_rectifier is answer
