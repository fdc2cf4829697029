"""Boolean analysis on the cube {+1, -1}^n.

:mod:`~theorycheck.cube.points` fixes the convention: variable i is bit i, least significant first; bit 0 is +1 and
bit 1 is -1.  The Fourier expansion is ``f = sum over S of f^(S) chi_S`` with ``f^(S) = E[f chi_S]``, so that
``f^(empty set) = E f``.

Every public name of the room can be imported from here; a module is loaded when a name of it is first asked for, so
that the points come without the compiled kernels.
"""
from __future__ import annotations

import importlib
from typing import Any

_NAMES = {
    "memory": ("memory_budget",),
    "points": ("BooleanCube", "window_count"),
    "boolean_function": ("BooleanFunction",),
    "patterns": ("KPattern",),
    "characters": ("character", "character_values", "covering_window_count", "levels", "subset_diameter",
                   "subset_level", "subset_mask", "subset_variables", "subsets_of_level", "window_dimension",
                   "window_support"),
    "functions": ("dictator", "junta", "linear_threshold", "logical_and", "logical_or", "majority", "parity", "tribes"),
    "sampling": ("sample_boolean_function", "sample_integer_function", "sample_junta", "sample_linear_threshold",
                 "sample_parity"),
    "transform": ("walsh_hadamard_transform",),
    "fourier": ("coefficient_error_bound", "fourier_coefficient", "fourier_coefficients", "fourier_expansion",
                "fourier_support", "inner_product", "integer_spectrum", "inverse_fourier_transform", "sparsity"),
    "spectral_weights": ("degree", "level_weight", "level_weights", "noise_stability"),
    "variable_influence": ("influence", "influences", "total_influence"),
    "restrictions": ("restriction", "window_sums"),
    "distributions": ("Distribution", "ProductDistribution", "UniformDistribution"),
    "weighted_distributions": ("EmpiricalDistribution", "ExplicitDistribution"),
}
_MODULE_OF = {name: module for module, names in _NAMES.items() for name in names}

__all__ = sorted(_MODULE_OF)


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULE_OF[name]}"), name)


def __dir__() -> list[str]:
    return __all__
