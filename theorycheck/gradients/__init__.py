"""Hinge loss and gradient over the whole cube: float64 with rounding-error bounds, exact rationals, enclosures."""
