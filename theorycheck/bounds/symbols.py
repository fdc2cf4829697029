"""The one table of symbols: every letter that a bound may use, what it means and the values it may take.

A symbol's sympy assumptions are made from its domain, so that what sympy simplifies is what the domain allows, and the
values given to :func:`theorycheck.bounds.evaluate.evaluate` are checked against the same domain.
"""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sympy import IndexedBase, Symbol

from theorycheck.bounds.domain import Domain
from theorycheck.errors import ParameterError

_POSITIVE_INTEGER = Domain(integer=True, lower=1)
_NONNEGATIVE_INTEGER = Domain(integer=True, lower=0)
_POSITIVE = Domain(lower=0, lower_open=True)
_UNIT = Domain(lower=0, upper=1, lower_open=True, upper_open=True)
_CLOSED_UNIT = Domain(lower=0, upper=1)
_NONNEGATIVE = Domain(lower=0)


@dataclass(frozen=True)
class SymbolEntry:
    """A row of the table.

    Parameters
    ----------
    name : str
        The symbol's name in expressions, texts and the keys of ``values``.
    latex : str
        How LaTeX writes it.
    domain : Domain
        The values it may take.
    description : str
        What it means, in the paper's terms.
    """

    name: str
    latex: str
    domain: Domain
    description: str

    @property
    def symbol(self) -> Symbol:
        """The sympy symbol, with the assumptions that the domain grants."""
        assumptions: dict[str, bool] = {"integer": True} if self.domain.integer else {"real": True}
        if self.domain.is_positive:
            assumptions["positive"] = True
        elif self.domain.is_nonnegative:
            assumptions["nonnegative"] = True
        return Symbol(self.name, **assumptions)


_ROWS = (
    SymbolEntry("n", "n", _POSITIVE_INTEGER, "number of input bits"),
    SymbolEntry("k", "k", _POSITIVE_INTEGER, "number of bits of a window"),
    SymbolEntry("N", "N", _POSITIVE_INTEGER, "number of windows, n-k+1"),
    SymbolEntry("q", "q", _POSITIVE_INTEGER, "number of filters or neurons; number of independent draws"),
    SymbolEntry("T", "T", _POSITIVE_INTEGER, "number of gradient steps"),
    SymbolEntry("t", "t", _POSITIVE_INTEGER, "a gradient step"),
    SymbolEntry("m", "m", _NONNEGATIVE_INTEGER, "Hamming distance between a filter's signs and a window"),
    SymbolEntry("m_z", "m_{z}", _NONNEGATIVE_INTEGER, "multiplicity: number of filters with sign pattern z"),
    SymbolEntry("z", "z", _POSITIVE_INTEGER, "a sign pattern, numbered from 1"),
    SymbolEntry("l", r"\ell", _NONNEGATIVE_INTEGER, "a Fourier level: the size of a set of bits"),
    SymbolEntry("mu", r"\mu", _POSITIVE, "expected multiplicity, q*2^(-k); the mean of a sum"),
    SymbolEntry("delta", r"\delta", _UNIT, "allowed probability of failure"),
    SymbolEntry("epsilon", r"\varepsilon", _POSITIVE, "accuracy"),
    SymbolEntry("eta", r"\eta", _POSITIVE, "step size"),
    SymbolEntry("c", "c", _POSITIVE, "bound on the activation's absolute value"),
    SymbolEntry("gamma", r"\gamma", _CLOSED_UNIT, "slope of the hinge at margin exactly 1"),
    SymbolEntry("p", "p", _UNIT, "probability of one cell or one success"),
    SymbolEntry("rho", r"\rho", _UNIT, "a frequency, compared with p"),
    SymbolEntry("alpha", r"\alpha", _UNIT, "relative deviation below the mean"),
    SymbolEntry("tau", r"\tau", _POSITIVE, "absolute deviation of a mean; accuracy of a gradient"),
    SymbolEntry("beta", r"\beta", _POSITIVE, "standard deviation of the bias"),
    SymbolEntry("lambda_min", r"\lambda_{\min}", _POSITIVE, "the smallest eigenvalue of E[phi phi^T]"),
    SymbolEntry("norm_1", r"\lVert u^*\rVert_1", _NONNEGATIVE, "1-norm of a readout, over all windows and filters"),
    SymbolEntry("window_norms", r"\sum_j \lVert u^{*(j)}\rVert", _NONNEGATIVE, "sum over windows of a readout's norm"),
    SymbolEntry("values", r"\overline{f_t(\theta^*)}", Domain(), "mean over t of the comparator's loss"),
    SymbolEntry("norms", r"\overline{\lVert g_t\rVert}", _NONNEGATIVE, "mean over t of the gradient's norm"),
    SymbolEntry("squares", r"\overline{\lVert g_t\rVert^2}", _NONNEGATIVE, "mean over t of its square"),
    SymbolEntry("start_norm", r"\lVert\theta_1\rVert", _NONNEGATIVE, "norm of the start"),
    SymbolEntry("comparator_square", r"\lVert\theta^*\rVert^2", _NONNEGATIVE, "squared norm of the comparator"),
    SymbolEntry("start_square", r"\lVert\theta_1-\theta^*\rVert^2", _NONNEGATIVE, "squared distance at the start"),
    SymbolEntry("end_square", r"\lVert\theta_{T+1}-\theta^*\rVert^2", _NONNEGATIVE, "squared distance at the end"),
)

SYMBOLS: Mapping[str, SymbolEntry] = MappingProxyType({row.name: row for row in _ROWS})


def symbol(name: str) -> Symbol:
    """Return the table's symbol called ``name``.

    Raises
    ------
    ParameterError
        ``'name' must be a symbol of the table (n, k, …), not 'banana'.``

    Examples
    --------
    >>> symbol("k").is_integer, symbol("delta").is_positive
    (True, True)
    """
    if name not in SYMBOLS:
        raise ParameterError(f"'name' must be a symbol of the table ({', '.join(SYMBOLS)}), not {name!r}.")
    return SYMBOLS[name].symbol


n, k, N, q, T, t = (symbol(name) for name in ("n", "k", "N", "q", "T", "t"))
hamming_distance, multiplicity, pattern, level = (symbol(name) for name in ("m", "m_z", "z", "l"))
mu, delta, epsilon, eta, c, gamma = (symbol(name) for name in ("mu", "delta", "epsilon", "eta", "c", "gamma"))
p, rho, alpha, tau, beta = (symbol(name) for name in ("p", "rho", "alpha", "tau", "beta"))

#: The multiplicities of all sign patterns, for sums: ``multiplicities[pattern]``; its value is a sequence under "m_z".
multiplicities = IndexedBase("m_z", real=True)
