"""What a network is trained on: a labelling of the cube, a distribution on it, and the hinge slope at margin 1."""
from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, cast

import numpy as np

from theorycheck.cube.boolean_function import BooleanFunction
from theorycheck.cube.distributions import Distribution, UniformDistribution
from theorycheck.cube.patterns import KPattern
from theorycheck.errors import ParameterError, abbreviate
from theorycheck.rigor import exact_rational


@dataclass(frozen=True, eq=False)
class LearningProblem:
    """The population hinge loss L(h) = E_{x~D} max(0, 1 - f(x) h(x)) (MS21, Section 2).

    Parameters
    ----------
    target : KPattern or BooleanFunction
        f, with values +1 and -1 only.
    distribution : Distribution, optional
        D on the cube of the same dimension; uniform unless given.  A sample is an EmpiricalDistribution.
    hinge_slope : rational in [0, 1]
        γ, the slope of the hinge at margin exactly 1, as a share of its slope below: the derivative of
        max(0, 1 - m) is taken as -1 for m < 1, -γ at m = 1 and 0 above.

    Raises
    ------
    ParameterError
        ``'target' must hold only +1 and -1.``, ``'distribution' must have the dimension n=3 of the target, not 2.``,
        ``'hinge_slope' must be at least 0 and at most 1, not 2.``

    Examples
    --------
    >>> problem = LearningProblem(KPattern.parity(3, 2))
    >>> problem.n, problem.hinge_slope, problem.labels().tolist()
    (3, Fraction(0, 1), [1, -1, -1, 1, 1, -1, -1, 1])
    """

    target: KPattern | BooleanFunction
    distribution: Distribution = cast(Distribution, None)
    hinge_slope: Any = Fraction(0)

    def __post_init__(self) -> None:
        if not isinstance(self.target, (KPattern, BooleanFunction)):
            raise ParameterError(f"'target' must be a KPattern or a BooleanFunction, not "
                                 f"{type(self.target).__name__}.")
        if isinstance(self.target, BooleanFunction):
            values = self.target.values
            if self.target.denominator != 1 or not np.isin(values, (-1, 1)).all():
                raise ParameterError("'target' must hold only +1 and -1.")
        if cast(Any, self.distribution) is None:
            object.__setattr__(self, "distribution", UniformDistribution(self.target.n))
        elif not isinstance(self.distribution, Distribution):
            raise ParameterError(f"'distribution' must be a Distribution, not {type(self.distribution).__name__}.")
        if self.distribution.n != self.target.n:
            raise ParameterError(f"'distribution' must have the dimension n={self.target.n} of the target, not "
                                 f"{self.distribution.n}.")
        slope = exact_rational(self.hinge_slope, "hinge_slope")
        if not 0 <= slope <= 1:
            raise ParameterError(f"'hinge_slope' must be at least 0 and at most 1, not {abbreviate(slope)}.")
        object.__setattr__(self, "hinge_slope", slope)

    @property
    def n(self) -> int:
        """Dimension of the cube."""
        return self.target.n

    @property
    def is_uniform(self) -> bool:
        """Whether D is the uniform distribution, given as such."""
        return isinstance(self.distribution, UniformDistribution)

    def labels(self) -> np.ndarray:
        """Return f(x) for every x of the cube, in the order of the indices, as int8; 2^n bytes, within the budget."""
        f = self.target.truth_table() if isinstance(self.target, KPattern) else self.target
        return f.values.astype(np.int8)
