"""Numba kernels: arrays in, arrays out. No random numbers, no validation, no printing, no sympy."""
