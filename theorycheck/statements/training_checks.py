"""What the pages about a trained network share: a relation checked at every recorded step, and their hypotheses."""
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from theorycheck.claims import Cost, Hypothesis, HypothesisResult, Outcome, Quantity, Verdict
from theorycheck.rigor import Real, decide, nearest_decimal

if TYPE_CHECKING:
    from theorycheck.statements.training_instance import Training, TrainingParameters


@dataclass(frozen=True, eq=False)
class Comparison:
    """One instance of a relation.

    Parameters
    ----------
    place : str
        Where, such as ``t=7``.
    lhs, rhs : Real
        The two sides.
    alternatives : tuple of Quantity
        What to show beside them if this is the instance shown.
    """

    place: str
    lhs: Real
    rhs: Real
    alternatives: tuple[Quantity, ...] = ()

    @property
    def tightness(self) -> float:
        """lhs/rhs as a float, to choose what is shown; nothing is decided by it."""
        try:
            left, right = float(self.lhs), float(self.rhs)
        except OverflowError:  # exact numbers beyond the largest float
            return self._tightness_of_exact_sides
        return left / right if right > 0 else (0.0 if left == 0 else float("inf"))

    @property
    def _tightness_of_exact_sides(self) -> float:
        left, right = self.lhs.exact, self.rhs.exact
        if left is None or right is None or right <= 0:
            return float("inf")
        return float(min(left / right, Fraction(2)**1000))


def check_all(comparisons: Iterable[Comparison], relation: str = "<=", *, names: tuple[str, str] = ("", ""),
              method: str = "", note: str = "", argument: str = "", headline: Comparison | None = None) -> Outcome:
    """Decide a relation at many places and show one: where it fails, else is not decided, else the headline.

    Parameters
    ----------
    comparisons : iterable of Comparison
        None at all: the step does not apply.
    relation : str
        One relation for all of them.
    names : pair of str
        Labels of the two sides.
    method, note : str
        For the outcome; how many places were checked is added to the note.
    argument : str, optional
        A proof of the relation from facts already decided, for where two balls are equal as far as they tell, which no
        precision decides; empty where such a fact fails.  Named in the note where it was needed.  It never helps
        against a relation that is decided to fail, nor where the balls are wider than nine digits.
    headline : Comparison, optional
        The one to show where the relation holds everywhere; the tightest unless given.

    Returns
    -------
    Outcome
        REFUTED with the place as the counterexample, INCONCLUSIVE, or VERIFIED.

    Examples
    --------
    >>> outcome = check_all([Comparison("t=1", Real(1), Real(4)), Comparison("t=2", Real(2), Real(3))])
    >>> outcome.verdict.value, outcome.note
    ('VERIFIED', '2 comparisons, the tightest at t=2')
    """
    listed = list(comparisons)
    if not listed:
        return Outcome(None, note=note or "there is nothing to compare")
    answers = [decide(row.lhs, relation, row.rhs) for row in listed]
    failing = [row for row, answer in zip(listed, answers) if answer is False]
    undecided = [row for row, answer in zip(listed, answers) if answer is None]
    is_settled = bool(argument) and all(_agree(row) for row in undecided)
    if failing:
        shown, verdict = max(failing, key=lambda row: row.tightness), Verdict.REFUTED
    elif undecided and not is_settled:
        shown, verdict = max(undecided, key=lambda row: row.tightness), Verdict.INCONCLUSIVE
    else:
        shown, verdict = headline or max(listed, key=lambda row: row.tightness), Verdict.VERIFIED
    word = "this one" if shown is headline and not failing else "the worst" if failing else "the tightest"
    count = f"{len(listed)} comparisons, {word} at {shown.place}" if len(listed) > 1 else f"at {shown.place}"
    if failing and len(listed) > 1:
        count += f"; {len(failing)} of them fail"
    if undecided and is_settled and not failing:
        places = "one place" if len(undecided) == 1 else f"{len(undecided)} places"
        count += f"; at {places} both sides agree to all digits known, and the relation rests on a proof: {argument}"
    lhs, rhs = (Quantity.of(value, name) for value, name in zip((shown.lhs, shown.rhs), names))
    witness = {"at": shown.place, "left": nearest_decimal(shown.lhs), "right": nearest_decimal(shown.rhs)}
    return Outcome(verdict, lhs, rhs, shown.alternatives, method, f"{note}; {count}" if note else count,
                   witness if failing else None)


def _agree(row: Comparison) -> bool:
    """Whether both sides are equal to about nine digits at least, as far as their balls tell."""
    return decide((row.lhs - row.rhs) * 2**32, "<", row.rhs + 1) is True


# ------------------------------------------------------------------ what settles equal balls

def is_slope_bounded(instance: Training) -> bool:
    """Whether |∂L/∂u_i^(j)| <= c at every step t < T: as |σ| <= c in exact numbers, or by the run's largest slope.

    Where it is, no bound that adds up c over steps, filters or windows can fail: what is left to tell are equalities.
    """
    bound, c = instance.activation.bound, instance.c
    if c is None:
        return False
    if bound is not None and decide(bound, "<=", c) is True:
        return True
    return decide(instance.run.largest_readout_slope, "<=", c) is True


def is_filter_slope_bounded(instance: Training) -> bool:
    """Whether |σ'| <= 1 and Σ_z |E[s f 1{x^(j)=z}]| <= 1 at every record, exactly: then Lemma 8's third step holds."""
    slope = instance.activation.lipschitz
    return slope is not None and slope <= 1 and all(
        sum((abs(mass) for mass in row), start=0) <= 1
        for record in instance.run.records for row in record.state.marginals.tolist())


def sum_of_steps_argument(instance: Training) -> str:
    """Why a filter's move is bounded also where balls do not tell; nothing where a step before it does not hold."""
    holds = is_slope_bounded(instance) and is_filter_slope_bounded(instance)
    return "it is the sum of the steps before, which hold exactly" if holds else ""


# ------------------------------------------------------------------ hypotheses

def _is_bounded(instance: Training) -> HypothesisResult:
    bound, c, sigma = instance.activation.bound, instance.c, instance.activation.name
    if c is None:
        return HypothesisResult(None, f"no bound on |{sigma}| is known; give --c.")
    if bound is not None and decide(bound, "<=", c) is True:
        return HypothesisResult(True, f"|sigma| <= {bound} everywhere, c={nearest_decimal(c)}")
    before = instance.a_priori_bound
    # The default c is this bound itself, and no precision tells a number from itself.
    if before is not None and (before is c or decide(before, "<=", c) is True):
        return HypothesisResult(True, f"|sigma| <= {nearest_decimal(before)} at every pre-activation of the run, known "
                                      f"before it; c={nearest_decimal(c)}")
    seen = instance.run.largest_activation
    answer = decide(seen, "<=", c)
    word = {True: "is", False: "is not", None: "is not known to be"}[answer]
    return HypothesisResult(answer, f"the largest |sigma| in the run, {nearest_decimal(seen)}, {word} at most "
                                    f"c={nearest_decimal(c)}.")


def _is_lipschitz(instance: Training) -> HypothesisResult:
    constant = instance.activation.lipschitz
    if constant is None:
        return HypothesisResult(False, f"{instance.activation.name} has no Lipschitz constant.")
    is_met = constant <= 1
    return HypothesisResult(is_met, f"the largest slope is {constant}" + ("" if is_met else "."))


def _width(instance: Training) -> HypothesisResult:
    return HypothesisResult(instance.q_is_enough, f"q={instance.q}, the paper's is {instance.paper_q}")


def _separates(instance: Training) -> HypothesisResult:
    from theorycheck.features.maps import indicator_failures, level_values
    failures = indicator_failures(instance.activation, instance.k)
    if not failures:
        return HypothesisResult(True)
    distance = failures[0]
    value = nearest_decimal(level_values(instance.activation, instance.k)[distance])
    wanted = f"1/{instance.k}" if distance == 0 else "0"
    return HypothesisResult(False, f"sigma({1 - 2 * distance}/{instance.k}) is {value}, not {wanted}.")


#: |σ| <= c, along the run where no constant bounds σ everywhere.
BOUNDED = Hypothesis("bounded", "|sigma| <= c, at every pre-activation of the run", _is_bounded, required=True)
#: |σ'| <= 1.
LIPSCHITZ = Hypothesis("lipschitz", "|sigma'| <= 1", _is_lipschitz, required=True)
#: Lemma 6's width; the steps decide where it is not met.
WIDTH = Hypothesis("filters", "q > 2^(k+3) ln(2^k/delta)", _width)
#: Lemma 6's conditions on σ, which Theorem 4 needs and does not state.
SEPARATES = Hypothesis("activation", "sigma(1/k) = 1/k and sigma((1-2m)/k) = 0 for m = 1..k", _separates, required=True)


def training_cost(parameters: TrainingParameters) -> Cost:
    """Estimate a certified run from measurements on one core."""
    windows, cells = parameters.n - parameters.k + 1, 2**parameters.k
    points = 2**parameters.n if parameters.distribution == "uniform" or "product" in parameters.distribution else 1
    step = 1.5e-4 + 4e-6 * cells * (cells + windows) + 3e-9 * cells * cells * windows + 6e-9 * points
    return Cost(0.8 + (parameters.steps or 0) * step, 2**27 + 60 * points + 2**10 * cells * cells)
