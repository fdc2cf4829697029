"""Hypothesis strategies for the objects of this package, so that anyone can test lemmas of their own.

Everything shrinks towards the simple: few variables, +1 everywhere, zero biases, small numbers.  Where a strategy takes
``n``, that is a dimension, or a strategy for dimensions such as :func:`dimensions`, which is the default.

Examples
--------
>>> from hypothesis import given, settings
>>> from theorycheck.cube import inner_product, level_weights
>>> @settings(deadline=None)  # the first call compiles
... @given(integer_functions())
... def parseval(f):
...     assert sum(level_weights(f)) == inner_product(f, f)
>>> parseval()
"""
from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from theorycheck.cube.boolean_function import BooleanFunction
from theorycheck.cube.distributions import Distribution, ProductDistribution, UniformDistribution
from theorycheck.cube.functions import linear_threshold
from theorycheck.cube.patterns import KPattern
from theorycheck.cube.points import BooleanCube
from theorycheck.cube.weighted_distributions import EmpiricalDistribution, ExplicitDistribution
from theorycheck.errors import require_integer
from theorycheck.features.filters import SignGridFilters
from theorycheck.networks.activations import Activation, activation_named, step_wise
from theorycheck.networks.architectures import ConvolutionalNetwork, FullyConnectedNetwork, LocallyConnectedNetwork
from theorycheck.networks.problems import LearningProblem
from theorycheck.neurons.neuron import Neuron, read_neuron
from theorycheck.orbits.laws import WeightLaw, law_named
from theorycheck.training.convex_losses import AbsoluteLoss, ConvexLoss, HingeLoss, LinearLoss, QuadraticLoss

Dimension: TypeAlias = "int | st.SearchStrategy[int]"
_Draw: TypeAlias = Callable[[st.SearchStrategy[Any]], Any]


def dimensions(minimum: int = 1, maximum: int = 6) -> st.SearchStrategy[int]:
    """Strategy for dimensions n, small enough to enumerate by the slowest oracle."""
    minimum = require_integer("minimum", minimum, minimum=1)
    return st.integers(minimum, require_integer("maximum", maximum, minimum=minimum))


def rationals(minimum: int | Fraction = -10, maximum: int | Fraction = 10,
              maximum_denominator: int = 12) -> st.SearchStrategy[Fraction]:
    """Strategy for Fractions in [minimum, maximum] with a small denominator."""
    return st.fractions(minimum, maximum, max_denominator=maximum_denominator)


def _draw_dimension(draw: _Draw, n: Dimension | None) -> int:
    if isinstance(n, st.SearchStrategy) or n is None:
        return int(draw(dimensions() if n is None else n))
    return require_integer("n", n, minimum=1)


@st.composite
def subsets(draw: _Draw, n: Dimension | None = None) -> int:
    """Strategy for subsets of n variables as bit masks."""
    return int(draw(st.integers(0, (1 << _draw_dimension(draw, n)) - 1)))


@st.composite
def points(draw: _Draw, n: Dimension | None = None) -> NDArray[np.int8]:
    """Strategy for points of the cube as vectors of n signs."""
    dimension = _draw_dimension(draw, n)
    return BooleanCube(dimension).point(draw(subsets(dimension)))


@st.composite
def truth_tables(draw: _Draw, n: Dimension | None = None) -> NDArray[np.int8]:
    """Strategy for vectors of 2^n signs."""
    size = 1 << _draw_dimension(draw, n)
    negatives = draw(st.integers(0, (1 << size) - 1))
    return np.array([-1 if negatives >> place & 1 else 1 for place in range(size)], dtype=np.int8)


@st.composite
def sign_functions(draw: _Draw, n: Dimension | None = None) -> BooleanFunction:
    """Strategy for functions with values +1 and -1."""
    return BooleanFunction(draw(truth_tables(n)))


@st.composite
def integer_functions(draw: _Draw, n: Dimension | None = None, bound: int = 100) -> BooleanFunction:
    """Strategy for functions with integer values in [-bound, bound]."""
    bound = require_integer("bound", bound, minimum=0)
    size = 1 << _draw_dimension(draw, n)
    return BooleanFunction(draw(st.lists(st.integers(-bound, bound), min_size=size, max_size=size)))


@st.composite
def rational_functions(draw: _Draw, n: Dimension | None = None) -> BooleanFunction:
    """Strategy for functions with rational values over a common denominator."""
    return BooleanFunction(draw(integer_functions(n)).values, draw(st.integers(1, 60)))


@st.composite
def linear_thresholds(draw: _Draw, n: Dimension | None = None, bound: int = 5) -> BooleanFunction:
    """Strategy for linear threshold functions with integer weights and bias in [-bound, bound], either tie rule."""
    bound = require_integer("bound", bound, minimum=0)
    numbers = st.integers(-bound, bound)
    dimension = _draw_dimension(draw, n)
    weights = draw(st.lists(numbers, min_size=dimension, max_size=dimension))
    return linear_threshold(weights, draw(numbers), draw(st.sampled_from([1, -1])))


@st.composite
def k_patterns(draw: _Draw, n: Dimension | None = None, maximum_k: int = 4) -> KPattern:
    """Strategy for k-patterns: any window of at most ``maximum_k`` of the n variables, any table."""
    dimension = _draw_dimension(draw, n)
    k = draw(st.integers(1, min(require_integer("maximum_k", maximum_k, minimum=1), dimension)))
    return KPattern(dimension, k, draw(st.integers(0, dimension - k)), draw(truth_tables(k)))


@st.composite
def product_distributions(draw: _Draw, n: Dimension | None = None) -> ProductDistribution:
    """Strategy for product distributions with rational biases, constant variables included."""
    dimension = _draw_dimension(draw, n)
    return ProductDistribution(draw(st.lists(rationals(-1, 1), min_size=dimension, max_size=dimension)))


@st.composite
def explicit_distributions(draw: _Draw, n: Dimension | None = None) -> ExplicitDistribution:
    """Strategy for distributions with rational weights, point masses included."""
    dimension = _draw_dimension(draw, n)
    counts = draw(st.dictionaries(subsets(dimension), st.integers(1, 9), min_size=1, max_size=8))
    total = sum(counts.values())
    return ExplicitDistribution(dimension, {index: Fraction(count, total) for index, count in counts.items()})


@st.composite
def empirical_distributions(draw: _Draw, n: Dimension | None = None) -> EmpiricalDistribution:
    """Strategy for samples of 1 to 8 points, with repetitions."""
    dimension = _draw_dimension(draw, n)
    indices = draw(st.lists(subsets(dimension), min_size=1, max_size=8))
    return EmpiricalDistribution(BooleanCube(dimension).points(indices))


@st.composite
def distributions(draw: _Draw, n: Dimension | None = None) -> Distribution:
    """Strategy for distributions of every kind."""
    dimension = _draw_dimension(draw, n)
    kinds = [st.just(UniformDistribution(dimension)), product_distributions(dimension),
             explicit_distributions(dimension), empirical_distributions(dimension)]
    return draw(st.one_of(kinds))  # type: ignore[no-any-return]


@st.composite
def learning_problems(draw: _Draw, n: Dimension | None = None) -> LearningProblem:
    """Strategy for what networks are trained on: a k-pattern or any sign function, any distribution, any slope at 1."""
    dimension = _draw_dimension(draw, n)
    target = draw(st.one_of(k_patterns(dimension), sign_functions(dimension)))
    return LearningProblem(target, draw(distributions(dimension)), draw(rationals(0, 1)))


@st.composite
def convex_losses(draw: _Draw, dimension: int = 2) -> ConvexLoss:
    """Strategy for linear, absolute-value, hinge and quadratic losses with small rational data."""
    size = require_integer("dimension", dimension, minimum=1)
    weights = draw(st.lists(rationals(-2, 2, 3), min_size=size, max_size=size))
    kind = draw(st.sampled_from((LinearLoss, AbsoluteLoss, HingeLoss, QuadraticLoss)))
    return kind(weights, draw(rationals(-2, 2, 3)))  # type: ignore[no-any-return]


@st.composite
def multiplicities(draw: _Draw, count: int, maximum: int = 5) -> NDArray[np.int64]:
    """Strategy for how many equal filters each of ``count`` classes stands for; some may be empty."""
    size = require_integer("count", count, minimum=1)
    largest = require_integer("maximum", maximum, minimum=1)
    return np.array(draw(st.lists(st.integers(0, largest), min_size=size, max_size=size)), dtype=np.int64)


_LINEAR_PIECES = ("relu", "identity", "zero", "abs", "clipped_relu:1/2", "leaky_relu:1/100", "clip:-2,2", "triangle:2",
                  "peaks:3")


def activations() -> st.SearchStrategy[Activation]:
    """Strategy for activations that map rationals to rationals, each a different way to fail or meet a hypothesis."""
    return st.sampled_from(_LINEAR_PIECES + ("square",)).map(activation_named)


def piecewise_linear_activations() -> st.SearchStrategy[Activation]:
    """Strategy for piecewise linear activations, with any slope chosen at their kinks; the first are continuous."""
    steps = st.just(step_wise("sign", (0,), (-1, 1)))
    shapes = st.one_of(st.sampled_from(_LINEAR_PIECES).map(activation_named), steps)
    return st.builds(lambda activation, share: activation.with_kink_slope(share), shapes, rationals(0, 1, 3))


def _array(draw: _Draw, *shape: int) -> NDArray[Any]:
    size = int(np.prod(shape))
    numbers = draw(st.lists(rationals(-3, 3, 4), min_size=size, max_size=size))
    array = np.empty(size, dtype=object)
    array[:] = numbers
    return array.reshape(shape)


def _window_length(draw: _Draw, n: int, maximum_k: int) -> int:
    return int(draw(st.integers(1, min(require_integer("maximum_k", maximum_k, minimum=1), n))))


@st.composite
def convolutional_networks(draw: _Draw, n: Dimension | None = None, maximum_k: int = 3) -> ConvolutionalNetwork:
    """Strategy for CNNs of 1 to 3 filters with small rational parameters, all windows."""
    dimension = _draw_dimension(draw, n)
    k, q = _window_length(draw, dimension, maximum_k), draw(st.integers(1, 3))
    return ConvolutionalNetwork(_array(draw, q, k), _array(draw, q), _array(draw, dimension - k + 1, q),
                                draw(activations()))


@st.composite
def locally_connected_networks(draw: _Draw, n: Dimension | None = None, maximum_k: int = 3) -> LocallyConnectedNetwork:
    """Strategy for LCNs of 1 to 3 filters a window with small rational parameters, all windows."""
    dimension = _draw_dimension(draw, n)
    k, q = _window_length(draw, dimension, maximum_k), draw(st.integers(1, 3))
    count = dimension - k + 1
    return LocallyConnectedNetwork(_array(draw, count, q, k), _array(draw, count, q), _array(draw, count, q),
                                   draw(activations()))


@st.composite
def fully_connected_networks(draw: _Draw, n: Dimension | None = None) -> FullyConnectedNetwork:
    """Strategy for FCNs of 1 to 3 neurons with small rational parameters."""
    dimension, q = _draw_dimension(draw, n), draw(st.integers(1, 3))
    return FullyConnectedNetwork(_array(draw, q, dimension), _array(draw, q), _array(draw, q), draw(activations()))


@st.composite
def permutations(draw: _Draw, n: Dimension | None = None) -> tuple[int, ...]:
    """Strategy for permutations of n variables, as where each of 0 … n-1 goes."""
    return tuple(draw(st.permutations(range(_draw_dimension(draw, n)))))


@st.composite
def neurons(draw: _Draw, n: Dimension | None = None) -> Neuron:
    """Strategy for piecewise linear neurons: weights zero, repeated or apart, biases on thresholds, scales with roots.

    Every draw can be listed point by point in rationals, but for the values where √squared_scale is irrational.
    """
    dimension = _draw_dimension(draw, n)
    numbers = draw(st.sampled_from((st.integers(-1, 1).map(Fraction), st.integers(-5, 5).map(Fraction),
                                    rationals(-3, 3, 4))))
    weights = draw(st.lists(numbers, min_size=dimension, max_size=dimension))
    scale = draw(st.sampled_from((Fraction(1), Fraction(1, 4), Fraction(2), Fraction(1, dimension))))
    return read_neuron(weights, draw(rationals(-4, 4, 2)), draw(piecewise_linear_activations()), scale)


@st.composite
def weight_laws(draw: _Draw, n: Dimension | None = None) -> WeightLaw:
    """Strategy for laws of n weights that permutations do not change, by name."""
    dimension = _draw_dimension(draw, n)
    size = draw(st.integers(1, dimension))
    fixed = ",".join(map(str, draw(st.lists(st.integers(-3, 3), min_size=dimension, max_size=dimension))))
    names = ("signs/n", "signs/sqrt(n)", f"parity:{size}", f"sparse:{size}", "uniform", "gaussian", "gaussian:1/2",
             f"orbit:{fixed}")
    return law_named(draw(st.sampled_from(names)))


@st.composite
def sign_grid_filters(draw: _Draw, maximum_k: int = 3, maximum_q: int = 12) -> SignGridFilters:
    """Strategy for drawn filters of the paper's grid {±1/k}^k; some cells may stay empty."""
    k = draw(st.integers(1, require_integer("maximum_k", maximum_k, minimum=1)))
    size = require_integer("maximum_q", maximum_q, minimum=1)
    return SignGridFilters(k, draw(st.lists(st.integers(0, 2**k - 1), min_size=1, max_size=size)))
