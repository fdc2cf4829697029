"""Symbolic bounds: sympy expressions, their rigorous values at an instance, their text and LaTeX, certified proofs.

Importing this package imports nothing; each module imports sympy, so import them where a step needs them.
"""
