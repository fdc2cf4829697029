"""Window marginals over the uniform cube by meeting in the middle: exact counts in O(2^(n/2)) up to k and n.

Split the variables at L.  Given the k-1 boundary variables g just below L, h = A(low) + C(high, g).  For each g the
values A are listed in order, by merging the lists of prefixes while these grow bit by bit.  The target's window lies
above the boundary's first variable, so f depends on (high, g), and f h < 1 is A < f - C or A > f - C: one binary
search counts the active low words of (high, g) and, entered in a difference array, adds this high word to each of
them.  Folding both sides gives all marginals.

What is compared is the sum A, rounded in the order of the variables, with the float nearest to f - C.
"""
from __future__ import annotations

import numpy as np

from theorycheck.kernels.compilation import kernel

_BATCH = 16


@kernel
def _merge_pair(left: np.ndarray, right: np.ndarray, left_words: np.ndarray, right_words: np.ndarray,
                shifts: np.ndarray, bits: np.ndarray, values: np.ndarray, words: np.ndarray) -> None:
    """Merge two sorted lists of one length, each shifted, from both ends at once, so that neither list runs out.
    See the module; no branch depends on the values, and unsigned places spare the test for negative ones."""
    one, sign_bit, count = np.uint64(1), np.uint64(63), np.uint64(left.size)
    left_shift, right_shift, left_bit, right_bit = shifts[0], shifts[1], bits[0], bits[1]
    a, b, c, d, last = np.uint64(0), np.uint64(0), count - one, count - one, count + count - one
    for i in range(count):
        x, y = left[a] + left_shift, right[b] + right_shift
        is_right = np.float64(y - x).view(np.uint64) >> sign_bit
        values[i] = y if y < x else x
        first, second = left_words[a] + left_bit, right_words[b] + right_bit
        words[i] = first ^ ((first ^ second) & np.int32(-np.int64(is_right)))
        a += one - is_right
        b += is_right
        x, y = left[c] + left_shift, right[d] + right_shift
        is_left = np.float64(y - x).view(np.uint64) >> sign_bit
        values[last - i] = x if y < x else y
        first, second = left_words[c] + left_bit, right_words[d] + right_bit
        words[last - i] = second ^ ((first ^ second) & np.int32(-np.int64(is_left)))
        c -= is_left
        d -= one - is_left


@kernel
def merge_lists(values: np.ndarray, words: np.ndarray, size: int, table: np.ndarray, bit: int, first: int, last: int,
                merged_values: np.ndarray, merged_words: np.ndarray) -> None:
    """Extend words by variable ``bit``: merge the sorted lists of ``size`` that lead to boundaries first ... last-1.
    See the module."""
    half = table.size // 2
    bits, shifts = np.empty(2, np.int32), np.empty(2)
    for group in range(first, last):
        left, right = 2 * group, 2 * group + 1
        shifts[0], shifts[1] = table[left], table[right]
        bits[0], bits[1] = (left // half) << bit, (right // half) << bit
        a, b, low = (left % half) * size, (right % half) * size, group * 2 * size
        _merge_pair(values[a:a + size], values[b:b + size], words[a:a + size], words[b:b + size], shifts, bits,
                    merged_values[low:low + 2 * size], merged_words[low:low + 2 * size])


@kernel
def sort_low_side(tables: np.ndarray, windows: int, values: np.ndarray, words: np.ndarray) -> None:
    """List, in order, the sums of the first windows for each boundary, in values[windows % 2] and words[windows % 2].
    See the module; values and words have shape (2, at least 2^(windows+k-1))."""
    half = tables.shape[1] // 2
    for boundary in range(half):
        values[0, boundary] = 0.0
        words[0, boundary] = boundary
    boundary_bits = 0
    while 1 << boundary_bits < half:
        boundary_bits += 1
    for window in range(windows):
        source, target = window % 2, (window + 1) % 2
        merge_lists(values[source], words[source], 1 << window, tables[window], window + boundary_bits, 0, half,
                    values[target], words[target])


@kernel
def _lower_bounds(ordered: np.ndarray, thresholds: np.ndarray, places: np.ndarray, count: int) -> None:
    """Set each of ``count`` unsigned places to the number of ordered entries, a power of two, below its threshold.
    See the module; step by step for all, so that the searches overlap, and without branches."""
    one = np.uint64(1)
    for i in range(count):
        places[i] = 0
    step = np.uint64(ordered.size) >> one
    while step > 0:
        last = step - one
        for i in range(count):
            places[i] += step * np.uint64(ordered[places[i] + last] < thresholds[i])
        step >>= one
    for i in range(count):
        places[i] += np.uint64(ordered[places[i]] < thresholds[i])


@kernel
def place_of(ordered: np.ndarray, start: int, size: int, threshold: float, is_upper: bool) -> int:
    """Return how many of the ``size`` (a power of two) ordered entries from ``start`` are below, or at most, threshold.
    See the module."""
    place, step = start, size
    while step > 1:
        step //= 2
        value = ordered[place + step - 1]
        if value < threshold or (is_upper and value == threshold):
            place += step
    value = ordered[place]
    return place - start + (value < threshold or (is_upper and value == threshold))


@kernel
def count_active(ordered: np.ndarray, words: np.ndarray, high_values: np.ndarray, signs: np.ndarray, shift: int,
                 limit: float, boundaries: int, low: np.ndarray, high: np.ndarray, first: int, last: int,
                 counts: np.ndarray) -> float:
    """Set low[word] and high[word] to the signed numbers of active partners, for the boundaries first ... last-1.
    See the module; adds to the counts of active and tied, returns the smallest |limit - f h|."""
    size, queries = ordered.size // boundaries, high_values.size // boundaries
    thresholds, places, signed = np.empty(_BATCH), np.empty(_BATCH, np.uint64), np.empty(_BATCH, np.int64)
    differences = np.empty(size + 1, np.int64)
    nearest = np.full(_BATCH, np.inf)
    active, tied = np.int64(0), np.int64(0)
    for boundary in range(first, last):
        start = boundary * size
        for place in range(size + 1):
            differences[place] = 0
        negatives = np.int64(0)
        for batch in range(0, queries, _BATCH):
            count = min(_BATCH, queries - batch)
            for i in range(count):
                word = (batch + i) * boundaries + boundary
                signed[i] = signs[(word >> shift) & (signs.size - 1)]
                thresholds[i] = signed[i] * limit - high_values[word]
            _lower_bounds(ordered[start:start + size], thresholds, places, count)
            for i in range(count):
                # Signed again, as an unsigned and a signed integer would add up to a float.
                active_end, threshold, is_negative = np.int64(places[i]), thresholds[i], np.int64(signed[i] < 0)
                # Beyond an end of the list the one neighbour counts for both.
                below = abs(threshold - ordered[start + (active_end - 1 if active_end > 0 else 0)])
                distance = abs(ordered[start + (active_end if active_end < size else size - 1)] - threshold)
                nearer = distance if distance < below else below
                nearest[i] = nearer if nearer < nearest[i] else nearest[i]
                if distance == 0.0:
                    end = place_of(ordered, start, size, threshold, True)
                    tied += end - active_end
                    active_end = end if is_negative else active_end
                differences[active_end] += 1
                negatives += is_negative
                active += active_end + is_negative * (size - 2 * active_end)
                high[(batch + i) * boundaries + boundary] = active_end - is_negative * size
        total = -negatives
        for place in range(size - 1, -1, -1):
            total += differences[place + 1]
            low[words[start + place]] = total
    counts[0] += active
    counts[1] += tied
    return nearest.min()


@kernel
def count_tied(ordered: np.ndarray, words: np.ndarray, high_values: np.ndarray, signs: np.ndarray, shift: int,
               limit: float, boundaries: int, low: np.ndarray, high: np.ndarray) -> None:
    """Set low[word] and high[word] to the signed numbers of partners at margin exactly the limit.
    See the module."""
    size, queries = ordered.size // boundaries, high_values.size // boundaries
    differences = np.empty(size + 1, np.int64)
    for boundary in range(boundaries):
        start = boundary * size
        for place in range(size + 1):
            differences[place] = 0
        for query in range(queries):
            word = query * boundaries + boundary
            sign = np.int64(signs[(word >> shift) & (signs.size - 1)])
            threshold = sign * limit - high_values[word]
            end = place_of(ordered, start, size, threshold, True)
            begin = place_of(ordered, start, size, threshold, False)
            differences[end] += sign
            differences[begin] -= sign
            high[word] = sign * (end - begin)
        total = 0
        for place in range(size - 1, -1, -1):
            total += differences[place + 1]
            low[words[start + place]] = total
