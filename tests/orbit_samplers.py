"""Samplers of weights for the claim theorem12: two that are permutation invariant, two that are not, one bad."""
import numpy as np


def gaussian(n, rng):
    """Independent standard normal weights."""
    return rng.standard_normal(n)


def shuffled_ones(n, rng):
    """All weights 1 or all -1: one orbit average."""
    return np.ones(n) * (1 - 2 * rng.integers(2))


def shifted_run(n, rng):
    """Half of the places, consecutive on a circle: invariant under shifts, not under all permutations."""
    return np.roll(np.arange(n) < n // 2, rng.integers(n)).astype(float)


def increasing(n, rng):
    """Sorted normal weights."""
    return np.sort(rng.standard_normal(n))


def too_short(n, rng):
    """One weight too few."""
    return np.ones(n - 1)
