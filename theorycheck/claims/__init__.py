"""The vocabulary: Claim, Step, Verdict, Evidence, Report, and the runner that turns a claim into a report."""
from theorycheck.claims.claim import Claim, Cost, Hypothesis, HypothesisResult
from theorycheck.claims.curve import Curve
from theorycheck.claims.parameters import Choice, Count, Level, Parameters, Rational, Text, option
from theorycheck.claims.proof import Proof
from theorycheck.claims.quantity import Quantity, compare
from theorycheck.claims.report import Report, install_html_renderer
from theorycheck.claims.run import Settings, run_claim
from theorycheck.claims.step import Outcome, Side, Step, StepResult, relation_outcome
from theorycheck.claims.verdict import Evidence, Verdict, conjunction

__all__ = ["Choice", "Claim", "Cost", "Count", "Curve", "Evidence", "Hypothesis", "HypothesisResult", "Level",
           "Outcome", "Parameters", "Proof", "Quantity", "Rational", "Report", "Settings", "Side", "Step", "StepResult",
           "Text", "Verdict", "compare", "conjunction", "install_html_renderer", "option", "relation_outcome",
           "run_claim"]
