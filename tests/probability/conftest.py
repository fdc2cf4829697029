"""What every enclosure here is asked: does it contain the exact rational?"""
from __future__ import annotations

from fractions import Fraction

import pytest


@pytest.fixture(scope="session")
def encloses():
    """``encloses(ball, rational)``, decided in rationals: Arb's own ``contains`` rounds its argument first."""
    def answer(ball, value):
        (middle, exponent), (radius, radius_exponent) = ball.mid().man_exp(), ball.rad().man_exp()
        distance = abs(Fraction(value) - int(middle) * Fraction(2)**int(exponent))
        return bool(ball.is_finite()) and distance <= int(radius) * Fraction(2)**int(radius_exponent)
    return answer
