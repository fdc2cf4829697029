"""Each step of Theorem A notices when what it compares is broken."""
from __future__ import annotations

from fractions import Fraction

import pytest
from flint import arb

from theorycheck.claims import Settings, Verdict
from theorycheck.flow.taylor import FlowField
from theorycheck.rigor import Real
from theorycheck.statements import theorem_a_steps
from theorycheck.statements.theorem_a_instance import TheoremA, TheoremAParameters


@pytest.fixture()
def instance():
    return TheoremA(TheoremAParameters.from_values({"n": 3, "k": 2, "q": 20, "steps": 2, "records": 4}), Settings())


STEPS = ("conserved", "scale", "separator_loss", "pairing", "gradient", "ratio", "distance", "conclusion")


@pytest.mark.parametrize("name", STEPS)
def test_every_step_holds(instance, name):
    assert getattr(theorem_a_steps, name)(instance).verdict is Verdict.VERIFIED


class Broken:
    """A stand-in that passes everything on to an instance but for what is replaced."""

    def __init__(self, instance, **replaced):
        self._instance = instance
        self.__dict__.update(replaced)

    def __getattr__(self, name):
        return getattr(self._instance, name)


class BrokenFlow(Broken):
    def __init__(self, flow, factor):
        super().__init__(flow, loss=lambda s: flow.loss(s) * factor)


@pytest.mark.parametrize("name, replaced", [
    ("pairing", {"certain_pairing": lambda s: Real(Fraction(1, 10**6))}),
    ("gradient", {"squared_gradient_norm": lambda s: Real(Fraction(1, 10**9))}),
    ("distance", {"squared_distance": lambda s: Real(100)}),
    ("separator_loss", {"separator_loss": lambda s: Real(Fraction(1, 100))})])
def test_broken_quantities_are_refuted(instance, name, replaced):
    outcome = getattr(theorem_a_steps, name)(Broken(instance, **replaced))
    assert outcome.verdict is Verdict.REFUTED and outcome.counterexample


@pytest.mark.parametrize("name", ["ratio", "conclusion", "pairing"])
def test_a_larger_loss_is_refuted(instance, name):
    broken = Broken(instance, flow=BrokenFlow(instance.flow, 3))
    assert getattr(theorem_a_steps, name)(broken).verdict is Verdict.REFUTED


def test_broken_scales_and_invariants_are_refuted(instance):
    class Halved:
        def __init__(self, now):
            self.scale_of = {z: a / 2 for z, a in now.scale_of.items()}
            self.invariant_of = {z: v + 1 for z, v in now.invariant_of.items()}

    broken = Broken(instance, of_flow=lambda s, measure: instance.of_flow(s, lambda now: measure(Halved(now))))
    assert theorem_a_steps.scale(broken).verdict is Verdict.REFUTED
    assert theorem_a_steps.conserved(broken).verdict is Verdict.REFUTED


def test_an_unfreezing_wide_network_would_refute(instance):
    flow = Broken(instance.flow, limit=Fraction(4, 3), stop="limit", end=Real(1))
    wide = Broken(instance, flow=flow, k=3, q=10**6, is_in_event=True, bound=lambda name, **at: Real(247))
    assert theorem_a_steps.frozen(wide).verdict is Verdict.REFUTED
    narrow = Broken(instance, flow=flow, k=3, q=10, is_in_event=True, bound=lambda name, **at: Real(247))
    assert theorem_a_steps.frozen(narrow).verdict is None


def test_the_finite_run_stops_counting_where_a_class_unfreezes(instance):
    run = Broken(instance.run, first_unfrozen=0)
    outcome = theorem_a_steps.finite_run(Broken(instance, run=run))
    assert outcome.verdict is None and "unfreezes at step 0" in outcome.note


def test_a_broken_equation_is_not_conservative(monkeypatch):
    """Negative control: the scales pulled twice as hard; the path still follows its own equation closely."""
    original = FlowField.__init__

    def doubled(self, *arguments):
        original(self, *arguments)
        self._owned = [[(i, 2 * weight) for i, weight in owned] for owned in self._owned]
    monkeypatch.setattr(FlowField, "__init__", doubled)
    parameters = TheoremAParameters.from_values({"n": 2, "k": 2, "q": 20, "steps": 2, "records": 4})
    outcome = theorem_a_steps.conserved(TheoremA(parameters, Settings()))
    assert outcome.verdict is Verdict.REFUTED and outcome.counterexample["at"].startswith("s=")


def test_an_enclosure_too_wide_to_tell_is_inconclusive(instance):
    class Wide:
        def __init__(self, now):
            self.invariant_of = {z: arb(0, 1) for z in now.scale_of}
    wide = Broken(instance, of_flow=lambda s, measure: instance.of_flow(s, lambda now: measure(Wide(now))))
    assert theorem_a_steps.conserved(wide).verdict is Verdict.INCONCLUSIVE
