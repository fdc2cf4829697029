"""k-patterns: functions of n variables that look at one window of k (MS21, Definition 3)."""
from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from theorycheck.cube import functions
from theorycheck.cube.boolean_function import BooleanFunction
from theorycheck.cube.memory import require_memory
from theorycheck.cube.points import BooleanCube, require_offset, require_signs
from theorycheck.cube.sampling import sample_boolean_function
from theorycheck.cube.tables import read_table
from theorycheck.cube.transform import walsh_hadamard_transform
from theorycheck.errors import ParameterError

PATTERNS = ("parity", "and", "majority", "random")


@dataclass(frozen=True, eq=False, repr=False)
class KPattern:
    """The k-pattern ``f(x) = g(x^(offset))``: a sign for each of the 2^k contents of one window.

    Only the 2^k values of g are held, so n may be 10^6.

    Parameters
    ----------
    n, k : int
        Dimension and window length, 1 <= k <= n.
    offset : int
        Where the window starts, 0-based: it covers variables ``offset ... offset+k-1``.
    table : array of shape (2^k,)
        The values g(z), each +1 or -1, in the order of the window's own indices.  Held read-only as int8.
    tie_count : int
        How many of the 2^k values a tie rule decided.

    Raises
    ------
    ParameterError
        ``'truth_table' must have 2^k=16 values, not 15.``, ``'truth_table' must hold only +1 and -1, not 0.``,
        ``'k' must be at least 1 and at most n=20, not 21.``,
        ``'offset' must be at least 0 and at most n-k=16, not 17.``

    Examples
    --------
    >>> f = KPattern.parity(10**6, 2, offset=1)
    >>> f.fourier_expansion()
    {6: Fraction(1, 1)}
    >>> f
    KPattern(n=1000000, k=2, offset=1, table=0x6)
    """

    n: int
    k: int
    offset: int
    table: NDArray[np.int8]
    tie_count: int = 0

    def __post_init__(self) -> None:
        offset = require_offset(self.n, self.k, self.offset)
        table, denominator = read_table(self.table)
        if table.ndim != 1 or self.k > 62 or table.size != 1 << self.k:
            size = 1 << self.k if self.k <= 62 else f"2^{self.k}"
            raise ParameterError(f"'truth_table' must have 2^k={size} values, not "
                                 f"{table.size if table.ndim == 1 else f'shape {table.shape}'}.")
        if denominator != 1:
            raise ParameterError("'truth_table' must hold only +1 and -1, not fractions.")
        signs = require_signs("truth_table", table).copy()
        signs.flags.writeable = False
        for name, value in (("n", int(self.n)), ("k", int(self.k)), ("offset", offset), ("table", signs)):
            object.__setattr__(self, name, value)

    @classmethod
    def from_hex(cls, n: int, k: int, text: str, offset: int = 0) -> KPattern:
        """Return the pattern written as a hexadecimal truth table: bit z is set where g(z) = -1.

        Raises
        ------
        ParameterError
            ``'truth_table' must be 0x and 4 hexadecimal digits for 2^k=16 values, not '0x123'.``

        Examples
        --------
        >>> KPattern.from_hex(4, 2, "0xE").table.tolist()
        [1, -1, -1, -1]
        """
        require_offset(n, k, offset)
        require_memory(k, 2, "k")
        digits = max(1, (1 << k) // 4)
        value = int(text, 16) if isinstance(text, str) and re.fullmatch("0[xX][0-9a-fA-F]+", text) else -1
        if value < 0 or len(text) != digits + 2 or value >> (1 << k):
            shown = text if len(str(text)) < 80 else str(text)[:80] + "..."
            raise ParameterError(f"'truth_table' must be 0x and {digits} hexadecimal digit{'s' * (digits > 1)} for "
                                 f"2^k={1 << k} values, not {shown!r}.")
        packed = np.frombuffer(value.to_bytes(max(1, (1 << k) // 8), "little"), dtype=np.uint8)
        bits = np.unpackbits(packed, count=1 << k, bitorder="little")
        return cls(n, k, offset, 1 - 2 * bits.astype(np.int8))

    def to_hex(self) -> str:
        """Return the truth table as :meth:`from_hex` reads it."""
        value = int.from_bytes(np.packbits(self.table < 0, bitorder="little").tobytes(), "little")
        return f"0x{value:0{max(1, (1 << self.k) // 4)}X}"

    @classmethod
    def from_function(cls, n: int, function: BooleanFunction, offset: int = 0) -> KPattern:
        """Return the pattern that applies a sign-valued ``function`` of k variables to the window at ``offset``."""
        if not function.is_sign_valued:
            raise ParameterError("'function' must take only the values +1 and -1.")
        return cls(n, function.n, offset, function.values, function.tie_count)

    @classmethod
    def parity(cls, n: int, k: int, offset: int = 0) -> KPattern:
        """Return the parity of all k variables of the window."""
        require_offset(n, k, offset)
        return cls.from_function(n, functions.parity(k), offset)

    @classmethod
    def logical_and(cls, n: int, k: int, offset: int = 0) -> KPattern:
        """Return AND: +1 where all k variables of the window are +1, else -1."""
        require_offset(n, k, offset)
        return cls.from_function(n, functions.logical_and(k), offset)

    @classmethod
    def logical_or(cls, n: int, k: int, offset: int = 0) -> KPattern:
        """Return OR: +1 where some variable of the window is +1, else -1."""
        require_offset(n, k, offset)
        return cls.from_function(n, functions.logical_or(k), offset)

    @classmethod
    def majority(cls, n: int, k: int, offset: int = 0, tie: int = 1) -> KPattern:
        """Return the majority of the window; ``tie`` where as many variables are +1 as -1."""
        require_offset(n, k, offset)
        return cls.from_function(n, functions.majority(k, tie), offset)

    @classmethod
    def sample(cls, n: int, k: int, rng: np.random.Generator, offset: int = 0) -> KPattern:
        """Return a pattern drawn uniformly from all 2^(2^k)."""
        require_offset(n, k, offset)
        return cls.from_function(n, sample_boolean_function(k, rng), offset)

    @classmethod
    def from_name(cls, name: str, n: int, k: int, offset: int = 0, tie: int = 1,
                  rng: np.random.Generator | None = None) -> KPattern:
        """Return the pattern that the command line calls ``name``: parity, and, majority, random or ``0x...``.

        Raises
        ------
        ParameterError
            ``'pattern' must be one of parity, and, majority, random or a truth table 0x..., not 'xor'.``,
            ``'rng' must be given for a random pattern.``

        Examples
        --------
        >>> KPattern.from_name("and", 3, 2).to_hex(), KPattern.from_name("0x9", 3, 2).to_hex()
        ('0xE', '0x9')
        """
        if isinstance(name, str) and name[:2].lower() == "0x":
            return cls.from_hex(n, k, name, offset)
        if name == "random":
            if rng is None:
                raise ParameterError("'rng' must be given for a random pattern.")
            return cls.sample(n, k, rng, offset)
        if name not in PATTERNS:
            raise ParameterError(f"'pattern' must be one of {', '.join(PATTERNS)} or a truth table 0x..., not "
                                 f"{name!r}.")
        if name == "majority":
            return cls.majority(n, k, offset, tie)
        return cls.parity(n, k, offset) if name == "parity" else cls.logical_and(n, k, offset)

    @property
    def window_function(self) -> BooleanFunction:
        """g itself, as a function of k variables."""
        return BooleanFunction(self.table, tie_count=self.tie_count)

    @property
    def mean(self) -> Fraction:
        """E f under the uniform distribution."""
        return Fraction(int(self.table.sum(dtype=np.int64)), self.table.size)

    def truth_table(self) -> BooleanFunction:
        """Return f as a function of all n variables; 2^n bytes, within the memory budget."""
        require_memory(self.n, 2)
        spread = np.tile(np.repeat(self.table, 1 << self.offset), 1 << (self.n - self.k - self.offset))
        return BooleanFunction(spread, tie_count=self.tie_count << (self.n - self.k))

    def __call__(self, point: ArrayLike) -> int:
        """Return f at one point, given as n signs."""
        window = BooleanCube(self.n).window(np.asarray(point)[None], self.k, self.offset)
        return int(self.table[BooleanCube(self.k).indices(window)[0]])

    def evaluate(self, points: ArrayLike) -> NDArray[np.int8]:
        """Return f at many points: shape (m, n) in, (m,) out; any n."""
        window = BooleanCube(self.n).window(points, self.k, self.offset)
        return self.table[BooleanCube(self.k).indices(window)]

    def evaluate_indices(self, indices: ArrayLike) -> NDArray[np.int8]:
        """Return f at many points given by index; n <= 62."""
        return self.table[BooleanCube(self.n).window_indices(indices, self.k, self.offset)]

    def fourier_expansion(self) -> dict[int, Fraction]:
        """Return the nonzero Fourier coefficients by bit mask, exactly; O(k 2^k), any n."""
        spectrum = walsh_hadamard_transform(self.table)
        return {int(mask) << self.offset: Fraction(int(spectrum[mask]), self.table.size)
                for mask in np.flatnonzero(spectrum)}

    def __eq__(self, other: Any) -> bool:
        if not isinstance(other, KPattern):
            return NotImplemented
        return ((self.n, self.k, self.offset) == (other.n, other.k, other.offset)
                and np.array_equal(self.table, other.table))

    def __hash__(self) -> int:
        return hash((self.n, self.k, self.offset, self.table.tobytes()))

    def __repr__(self) -> str:
        text = self.to_hex() if self.k <= 6 else f"2^{self.k} signs"
        return f"KPattern(n={self.n}, k={self.k}, offset={self.offset}, table={text})"
