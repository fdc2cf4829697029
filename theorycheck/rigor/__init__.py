"""Numbers that can be trusted: exact rationals, Arb balls, and comparisons that know when they do not know.

Plain float64 may look, never decide.  Everything a verdict rests on is a :class:`~theorycheck.rigor.real.Real`: an
exact rational, or a number that can be enclosed as finely as asked.
"""
from theorycheck.rigor.compare import RELATIONS, decide
from theorycheck.rigor.exact import exact_rational
from theorycheck.rigor.printing import lower_decimal, nearest_decimal, upper_decimal
from theorycheck.rigor.real import Real, working_precision
from theorycheck.rigor.text import from_text, to_text

__all__ = ["RELATIONS", "Real", "decide", "exact_rational", "from_text", "lower_decimal", "nearest_decimal", "to_text",
           "upper_decimal", "working_precision"]
