"""Small fully connected networks with rational parameters, margins of any size and ties."""
from __future__ import annotations

from hypothesis import strategies as st

from theorycheck.networks.activations import activation_named
from theorycheck.networks.architectures import FullyConnectedNetwork


@st.composite
def networks(draw, largest=2):
    """At most three ReLU neurons on at most four variables."""
    n, q = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    small = st.fractions(-largest, largest, max_denominator=4)
    rows = draw(st.lists(st.lists(small, min_size=n, max_size=n), min_size=q, max_size=q))
    return FullyConnectedNetwork(rows, draw(st.lists(small, min_size=q, max_size=q)),
                                 draw(st.lists(small, min_size=q, max_size=q)),
                                 activation_named("relu").with_kink_slope(draw(st.sampled_from([0, "1/3", 1]))))
