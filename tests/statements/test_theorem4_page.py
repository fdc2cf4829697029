"""What the pages of Theorem 4 and its LCN version share: used values, hypotheses, sides, cost, closing words."""
from theorycheck.claims import Settings, Verdict
from theorycheck.statements.lemma6 import Lemma6Parameters
from theorycheck.statements.theorem4_instance import Theorem4, Theorem4Parameters
from theorycheck.statements.theorem4_page import (HYPOTHESES, closing_sentence, estimate, proof_steps, shared_values,
                                                  used_lemma6)
from theorycheck.statements.training_instance import TrainingParameters


def instance(**values):
    return Theorem4(Theorem4Parameters.from_values(values), Settings())


def hypothesis(name, **values):
    return next(item for item in HYPOTHESES if item.name == name).check(instance(**values))


def test_the_shared_values_make_the_same_training():
    given = instance(n=3, k=2, epsilon="1/2", pattern="0x8", gamma="1/3", c="2", records=7)
    values = shared_values(given)
    assert "epsilon" not in values
    again = TrainingParameters.from_values(values)
    assert {name: getattr(again, name) for name in values} == values
    assert (again.q, again.steps, again.records, again.c) == (given.q, given.steps, 7, "2")


def test_lemma6_is_used_at_the_same_cube_pattern_and_filters():
    values = used_lemma6(instance(n=4, k=2, q=500, steps=5, pattern="0x8", offset=1, delta="1/5"))["lemma6"]
    asked = Lemma6Parameters.from_values(values)
    assert (asked.n, asked.k, asked.q, asked.offset, asked.pattern, asked.init) == (4, 2, 500, 1, "0x8", "paper")
    assert str(asked.delta) == "1/5" and asked.activation == "clipped_relu:1"


def test_lemma6_is_left_out_only_where_the_bound_is_vacuous_and_the_filters_too_few():
    assert used_lemma6(instance(n=3, k=2, q=100, steps=5)) == {}
    assert used_lemma6(instance(n=3, k=2, q=119, steps=5)) != {}
    assert used_lemma6(instance(n=2, k=1, delta="1e-300", q=104, steps=99)) != {}


def test_which_hypotheses_stop_a_run():
    assert [item.name for item in HYPOTHESES if item.required] == ["bounded", "lipschitz", "features", "step_size"]
    assert [item.name for item in HYPOTHESES if not item.required] == ["filters", "event"]


def test_the_missing_hypothesis_names_z():
    assert hypothesis("features", n=3, k=3, q=9, steps=9, activation="relu").met is True
    failed = hypothesis("features", n=3, k=3, q=9, steps=9, activation="clip:-2,2")
    assert failed.met is False and "z=1 (distance 1 " in failed.note and "sigma(-1/3) is -0.333333" in failed.note
    low = hypothesis("features", n=3, k=3, q=9, steps=9, activation="clipped_relu:1/4")
    assert "z=0 (distance 0 " in low.note and "is 0.25, not 1/3" in low.note


def test_the_event_is_a_hypothesis_of_the_draw():
    assert hypothesis("event", n=2, k=1, q=9, steps=9).met is True
    assert hypothesis("event", n=2, k=1, q=9, steps=9, init="8,1").met is False


def test_the_step_size_is_required():
    assert hypothesis("step_size", n=2, k=1, q=9, steps=9).met is True
    assert hypothesis("step_size", n=2, k=1, q=9, steps=9, eta="1/3").met is False


def test_every_side_with_a_formula_evaluates():
    given = instance(n=3, k=2, q=10723, steps=2074)
    steps = proof_steps(Theorem4, "movement", "stated")
    formulas = [side.symbolic() for step in steps for side in (step.lhs, step.rhs) if side.symbolic is not None]
    assert len(formulas) >= 8
    assert all(float(given.bound(formula)) > 0 for formula in formulas)
    assert len({step.name for step in steps}) == len(steps) == 13


def test_the_target_step_is_there_only_if_asked():
    target = proof_steps(Theorem4, "movement", "stated")[-1]
    assert not target.applies(Theorem4Parameters.from_values({"n": 2, "k": 1}))
    assert target.applies(Theorem4Parameters.from_values({"n": 2, "k": 1, "epsilon": "1/2"}))


def test_the_estimate_grows_with_the_steps_and_hardly_with_the_filters():
    def cost(**values):
        return estimate(Theorem4Parameters.from_values({"n": 3, "k": 2, **values}))

    assert cost(q=10**4, steps=10**5).seconds > 5 * cost(q=10**4, steps=10**4).seconds
    assert cost(q=10**6, steps=10**4).seconds < cost(q=10**4, steps=10**4).seconds + 1


def test_the_closing_words_say_the_bound():
    conclude = closing_sentence("The theorem")
    given = instance(n=2, k=1, q=104, steps=99)
    assert conclude(given, (), Verdict.VERIFIED) == ("The theorem holds at n=2, k=1, q=104, T=99: its bound is "
                                                     "0.999904….")
    vacuous = instance(n=2, k=1, q=104, steps=98)
    assert conclude(vacuous, (), Verdict.VACUOUS).endswith("; the bound gets below 1 at q=104, T=99.")
    assert "fails at n=2" in conclude(given, (), Verdict.REFUTED)
    assert "is not decided" in conclude(given, (), Verdict.INCONCLUSIVE)
