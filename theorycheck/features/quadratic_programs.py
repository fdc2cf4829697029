"""Least-distance problems min ‖v‖² subject to Av ≥ 1, by maintained float64 solvers: proposals, not decisions."""
from __future__ import annotations

import numpy as np

from theorycheck.errors import ParameterError

QUADRATIC_SOLVERS = ("nnls", "clarabel")
# Below this relative residual the constraints are taken to be contradictory.
_CONTRADICTION = 1e-13


def solve_least_distance(rows: np.ndarray, solver: str = "nnls") -> tuple[np.ndarray, np.ndarray | None]:
    """Return weights a ≥ 0 and v = Aᵀa, the solution of min ‖v‖² subject to Av ≥ 1, in float64.

    Parameters
    ----------
    rows : ndarray (M, D)
        A.
    solver : str
        ``"nnls"``: Lawson and Hanson's reduction to nonnegative least squares (scipy.optimize.nnls).
        ``"clarabel"``: the dual as a quadratic program.

    Returns
    -------
    weights : ndarray (M,)
    solution : ndarray (D,) or None
        None where the constraints contradict each other up to rounding; then Aᵀ·weights is about 0.

    Raises
    ------
    ParameterError
        ``'solver' clarabel needs the package clarabel: pip install theorycheck[quadratic].``

    Examples
    --------
    >>> weights, solution = solve_least_distance(np.array([[2.0, 0.0], [1.0, 1.0]]))
    >>> [round(float(entry), 6) for entry in solution]
    [0.5, 0.5]
    """
    # Rows of unit size keep the solver's absolute tolerances meaningful.
    scale = float(np.sqrt((rows * rows).sum(axis=1)).max()) or 1.0
    weights, solution = _clarabel(rows / scale) if solver == "clarabel" else _nonnegative_least_squares(rows / scale)
    return weights, None if solution is None else solution / scale


def _nonnegative_least_squares(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """min ‖E x - e‖ over x ≥ 0 with E = (Aᵀ; 1ᵀ), e = (0; 1): the residual (r; s) gives v = -r/s."""
    from scipy.optimize import nnls
    count, width = rows.shape
    system = np.concatenate([rows.T, np.ones((1, count))])
    target = np.zeros(width + 1)
    target[-1] = 1.0
    weights, _ = nnls(system, target, maxiter=50 * (count + width + 1))
    residual = system @ weights - target
    if -residual[-1] <= _CONTRADICTION:
        return weights, None
    return weights, residual[:-1] / -residual[-1]


def _clarabel(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """min ½‖v‖² with v = Aᵀa and slack 1 - Av ≤ 0; the constraints' multipliers are the weights."""
    try:
        import clarabel
    except ImportError:
        raise ParameterError("'solver' clarabel needs the package clarabel: pip install theorycheck[quadratic].") \
            from None
    from scipy import sparse
    count, width = rows.shape
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = 1e-12
    settings.max_threads = 1
    problem = clarabel.DefaultSolver(sparse.identity(width, format="csc"), np.zeros(width),
                                     sparse.csc_matrix(-rows), -np.ones(count),
                                     [clarabel.NonnegativeConeT(count)], settings)
    result = problem.solve()
    weights = np.maximum(np.array(result.z), 0.0)
    if "Infeasible" in str(result.status):
        return weights, None
    return weights, np.array(result.x)
