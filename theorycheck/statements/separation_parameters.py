"""The options of the separation: the cube and the pattern, sizes and starts, the grid of step sizes, a folder."""
from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from theorycheck.claims import Choice, Count, Level, Parameters, Rational, Text, option
from theorycheck.errors import InstanceTooLarge, ParameterError, abbreviate, require_integer
from theorycheck.rigor import exact_rational

LARGEST_K = 8
LARGEST_STEPS = 10**6
LARGEST_NEURONS = 2**17
_ETAS = "1/64,1/32,1/16,1/8,1/4,1/2,1,2,4,8"


@dataclass(frozen=True)
class SeparationParameters(Parameters):
    """The cube and the pattern, the networks' sizes and starts, the grid of step sizes, and where runs are kept."""

    n: int = option(Count(), "dimension of the cube")
    k: int = option(Count(), "number of bits of the pattern, at most 8")
    q: int = option(Count(), "number of filters of the CNN and the LCN, and of neurons of the FCN", 1024)
    steps: int = option(Count(), "T, number of gradient steps", 300)
    etas: str = option(Text("X,X,…", takes_numbers=True), "step sizes, one grid for every network, read exactly", _ETAS)
    target: Fraction = option(Level(), "the loss to be reached", Fraction(1, 10))
    pattern: str = option(Text(metavar="NAME"), "parity, and, majority, random or a truth table 0x…, bit z set where "
                                                "g(z)=-1", "parity")
    offset: int = option(Count(0), "first bit of the pattern's window, 0-based", 0)
    tie: str = option(Choice(("+1", "-1"), metavar="+1|-1"), "value of a majority that ties", "+1")
    init: str = option(Text(metavar="NAME"), "multiplicities of the CNN's 2^k sign patterns: balanced, paper (drawn "
                                             "from the seed), or M0,M1,… by index", "balanced")
    fcn_weights: str = option(Text(metavar="LAW"), "law of the FCN's weights: signs/n, signs/sqrt(n), gaussian[:BETA], "
                                                   "uniform, sparse:R, parity:R or orbit:W1,…,WN", "signs/sqrt(n)")
    fcn_bias: Fraction | None = option(
        Rational(), "bias of the FCN's neurons (default: 0, but 1/2 for odd k >= 3, where a ReLU network without "
                    "biases has no such parity)", None)
    fcn_readout: str = option(Choice(("pairs", "zero"), metavar="pairs|zero"), "the FCN's readout: u=+1, -1 on two "
                              "neurons of equal weights, so that h=0, or u=0", "pairs")
    fcn_neurons: int | None = option(Count(), "number of the FCN's neurons (default: q)", None)
    activation: str = option(Text(metavar="NAME"), "relu, clipped_relu:C or another with sigma(1/k)=1/k and "
                                                   "sigma((1-2m)/k)=0", "relu")
    gamma: Fraction = option(Rational(0, 1), "slope of the hinge at margin exactly 1", Fraction(0))
    kink_slope: Fraction = option(Rational(0, 1), "share of the right-hand slope at a kink of the activation",
                                  Fraction(0))
    save: str | None = option(Text(metavar="DIR"), "a folder that keeps every finished run; the same command goes on "
                                                   "from there", None)

    def validate(self) -> None:
        require_integer("k", self.k, minimum=1, maximum=self.n, maximum_name="n")
        if self.k > LARGEST_K:
            raise InstanceTooLarge(f"'k' must be at most {LARGEST_K}, not {abbreviate(self.k)}: the CNN has up to 2^k "
                                   "different filters.")
        if self.steps > LARGEST_STEPS:
            raise InstanceTooLarge(f"'steps' must be at most {LARGEST_STEPS}, not {abbreviate(self.steps)}: every run "
                                   "keeps its loss at every step.")
        require_integer("offset", self.offset, minimum=0, maximum=self.n - self.k, maximum_name="n-k")
        self.grid()
        # Filled in, so that every report and every command to repeat it says what was run.
        if self.fcn_bias is None:
            object.__setattr__(self, "fcn_bias", Fraction(1, 2) if self.k >= 3 and self.k % 2 else Fraction(0))
        if self.fcn_neurons is None:
            object.__setattr__(self, "fcn_neurons", self.q)
        assert self.fcn_neurons is not None
        if self.fcn_neurons > LARGEST_NEURONS:
            raise InstanceTooLarge(f"'fcn_neurons' must be at most {LARGEST_NEURONS}, not "
                                   f"{abbreviate(self.fcn_neurons)}: every neuron is drawn. It is q unless given.")

    def grid(self) -> tuple[Fraction, ...]:
        """The step sizes, ascending.

        Raises
        ------
        ParameterError
            ``'etas' must be above 0, not -1.``, ``'etas' must be in 2^-1000 ... 2^1000, not ….``,
        ``'etas' must differ from one another, not 1 twice.``
        """
        grid = sorted(exact_rational(part, "etas") for part in self.etas.split(","))
        for eta, following in zip(grid, grid[1:] + [None]):
            if eta <= 0:
                raise ParameterError(f"'etas' must be above 0, not {abbreviate(eta)}.")
            if not Fraction(1, 2**1000) < eta < 2**1000:
                raise ParameterError(f"'etas' must be in 2^-1000 ... 2^1000, not {abbreviate(eta)}.")
            if eta == following:
                raise ParameterError(f"'etas' must differ from one another, not {abbreviate(eta)} twice.")
        return tuple(grid)
