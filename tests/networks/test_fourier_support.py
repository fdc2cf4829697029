"""Which characters a CNN has, and the dimension of the space, by formula, by elimination and by example."""
from __future__ import annotations

import numpy as np
import oracles
import pytest

from theorycheck.errors import InstanceTooLarge, ParameterError
from theorycheck.networks.architectures import ConvolutionalNetwork, LocallyConnectedNetwork
from theorycheck.networks.fourier_support import fourier_dimension, fourier_support, window_function_rank


def diameter(mask: int) -> int:
    bits = [i for i in range(mask.bit_length()) if mask >> i & 1]
    return max(bits) - min(bits)


@pytest.mark.parametrize("n, k", [(n, k) for n in range(1, 8) for k in range(1, n + 1)])
def test_support_is_the_sets_of_small_diameter(n: int, k: int) -> None:
    support = fourier_support(n, k)
    assert set(support) == {0} | {mask for mask in range(1, 2**n) if diameter(mask) < k}
    assert list(support) == sorted(support) and len(support) == fourier_dimension(n, k)


@pytest.mark.parametrize("n, k, rank", [(4, 2, 8), (5, 3, 16), (7, 3, 24)])
def test_golden_ranks(n: int, k: int, rank: int) -> None:
    assert window_function_rank(n, k) == rank == fourier_dimension(n, k)


@pytest.mark.parametrize("n, k", [(3, 2), (5, 2), (4, 3), (6, 1)])
def test_rank_with_the_papers_windows(n: int, k: int) -> None:
    assert window_function_rank(n, k, "paper") == fourier_dimension(n, k, "paper") < fourier_dimension(n, k)
    assert not any(mask >> (n - 1) for mask in fourier_support(n, k, "paper"))


def test_networks_stay_within_the_support_and_fill_it() -> None:
    rng = np.random.default_rng(0)
    n, k, q = 4, 2, 4
    rows = []
    for _ in range(12):
        lcn = LocallyConnectedNetwork(rng.integers(-9, 10, (3, q, k)), rng.integers(-9, 10, (3, q)),
                                      rng.integers(-9, 10, (3, q)))
        coefficients = oracles.fourier_coefficients(lcn.values_on_cube().fractions())
        assert all(c == 0 for mask, c in enumerate(coefficients) if mask not in fourier_support(n, k))
        rows.append(coefficients)
    # 12 draws of a network with random integer weights span the 8 dimensions (the draw is fixed by the seed).
    assert oracles.rank(rows) == 8


def test_a_wider_window_leaves_the_support() -> None:
    cnn = ConvolutionalNetwork([[1, 1, 1]], [0], [[1], [1]])
    coefficients = oracles.fourier_coefficients(cnn.values_on_cube().fractions())
    assert any(c != 0 for mask, c in enumerate(coefficients) if mask not in fourier_support(4, 2))


def test_refusals() -> None:
    with pytest.raises(ParameterError, match="'k' must be at least 1 and at most n=3, not 4."):
        fourier_support(3, 4)
    with pytest.raises(ParameterError, match=r"'n' must be at least k\+1=4 with the paper's windows, not 3."):
        fourier_dimension(3, 3, "paper")
    with pytest.raises(InstanceTooLarge, match=r"n=20, k=4 has a matrix of 272 by 2\^20 entries"):
        window_function_rank(20, 4)
    # Masks of n bits: 8·10^5 of them with 10^5 bits each are 10 GB, though each is one object only.
    with pytest.raises(InstanceTooLarge, match="k-1=3 needs .* above the budget"):
        fourier_support(10**5, 4)
    assert fourier_dimension(10**7, 4) == 8 * (10**7 - 2)
