"""Gradient descent on a network: float64, rational and enclosed runs, checkpoints, class recursion, online descent."""
