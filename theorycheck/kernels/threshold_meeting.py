"""Sums of a threshold function against a character over the cube, by meeting in the middle: O(2^(n/2)) time and space.

A side is a list of 2^m sums of m signed weights in ascending order.  An entry is 2*sum + c, with c = 1 where the
character of the members among these variables is -1; the words themselves are not kept.  Variable v turns the list of
2^v entries into the merge of (list + w) and (list - w), and ``choices[2^v + i]`` records from which of the two entry i
came.  Entries i and last-i belong to complementary words, so only the first half is merged, and the second mirrored.

A point is active where its low sum exceeds threshold + its high entry (the high side holds sums of negated weights).
Walking along both lists in one merged order, running sums of characters give every low entry the sum over its active
high partners, and every high entry that over its low partners.  Run backwards, the choices fold these to the sums
against each coordinate.
"""
from __future__ import annotations

import numpy as np

from theorycheck.kernels.compilation import kernel


@kernel
def _merge_step(source: np.ndarray, place: int, taken: int, shift: int, flip: int, parity: int, target: np.ndarray,
                choices: np.ndarray) -> bool:
    """Write entry ``place`` and its mirror, ``taken`` of the entries before it being from the right; return its choice.
    See the module; sums alone are compared, as a flip may upset the order of entries of one sum.  Unsigned places spare
    the test for negative ones."""
    x, y = source[place - taken] + shift, (source[taken] - shift) ^ flip
    is_right = y | 1 < x
    entry = y if is_right else x
    target[place] = entry
    target[np.uint64(target.size) - np.uint64(1) - place] = ((entry & 1) ^ parity) - (entry & -2)
    choices[place] = is_right
    return is_right


@kernel
def _merge_shifted(source: np.ndarray, shift: int, flip: int, parity: int, target: np.ndarray,
                   choices: np.ndarray) -> None:
    """Merge source + shift with (source - shift) ^ flip into the target of twice the size, at least 4.
    See the module; from the start and from the middle at once, as each step waits for the one before."""
    half, one = np.uint64(source.size >> 1), np.uint64(1)
    first, middle, stop = np.uint64(0), np.uint64(0), half
    while middle < stop:
        taken = (middle + stop) >> one
        if (source[taken] - shift) | 1 < source[half - one - taken] + shift:
            middle = taken + one
        else:
            stop = taken
    for i in range(half):
        place = np.uint64(i)
        first += np.uint64(_merge_step(source, place, first, shift, flip, parity, target, choices))
        middle += np.uint64(_merge_step(source, place + half, middle, shift, flip, parity, target, choices))


@kernel
def sort_sums(weights: np.ndarray, members: np.ndarray, values: np.ndarray, spare: np.ndarray,
              choices: np.ndarray) -> None:
    """Write a side's list to values and its choices, both of size 2^m; spare holds half of that, at least 1.
    See the module; members[v] is 1 where variable v is in the character's set, else 0."""
    count = weights.size
    if count == 0:
        values[0] = 0
        return
    start = spare if count % 2 == 0 else values
    plus, minus = 2 * weights[0], -2 * weights[0] ^ members[0]
    choices[1] = minus < plus
    start[0], start[1] = min(plus, minus), max(plus, minus)
    parity = members[0]
    for v in range(1, count):
        size = 1 << v
        parity ^= members[v]
        source, target = (values, spare) if (count - v) % 2 == 0 else (spare, values)
        _merge_shifted(source[:size], 2 * weights[v], members[v], parity, target[:2 * size], choices[size:2 * size])


@kernel
def sum_characters(values: np.ndarray) -> int:
    """Return the sum of the characters, 1 or -1, of these entries.
    See the module."""
    odd = 0
    for i in range(values.size):
        odd += values[i] & 1
    return values.size - 2 * odd


@kernel
def place_on_path(low: np.ndarray, high: np.ndarray, threshold: int, steps: int) -> int:
    """Return how many of the first ``steps`` entries in merged order are low ones; at a tie low comes first.
    See the module."""
    first, last = max(0, steps - high.size), min(steps, low.size)
    while first < last:
        middle = (first + last) // 2
        if low[middle] >> 1 <= (high[steps - 1 - middle] >> 1) + threshold:
            first = middle + 1
        else:
            last = middle
    return first


@kernel
def join(low: np.ndarray, high: np.ndarray, threshold: int, sign: int, starts: np.ndarray, ends: np.ndarray,
         low_counts: np.ndarray, high_counts: np.ndarray) -> tuple[int, int]:
    """Add sign times each entry's active sum, characters included; return the least distance and what low was given.
    See the module; starts: low and high place, sum of characters of the low entries ahead and of the high ones behind;
    ends: the places to stop before.  Parts with different starts write apart."""
    a, b, ahead, behind = starts[0], starts[1], starts[2], starts[3]
    low_end, high_end, offset = ends[0], ends[1], 2 * threshold
    nearest, given = 1 << 62, 0
    while a < low_end and b < high_end:
        x, y = low[a], high[b] + offset
        is_low = int(x & -2 <= y)
        distance = abs((x >> 1) - (y >> 1))
        nearest = distance if distance < nearest else nearest
        x_character, y_character = 1 - 2 * (x & 1), 1 - 2 * (y & 1)
        addition = sign * behind * x_character & -is_low
        low_counts[a] += addition
        given += addition
        high_counts[b] += sign * ahead * y_character & is_low - 1
        ahead -= x_character & -is_low
        behind += y_character & is_low - 1
        a += is_low
        b += 1 - is_low
    for place in range(a, low_end):
        addition = sign * behind * (1 - 2 * (low[place] & 1))
        low_counts[place] += addition
        given += addition
    for place in range(b, high_end):
        high_counts[place] += sign * ahead * (1 - 2 * (high[place] & 1))
    # The neighbours across the end; all others met above.
    if low_end < low.size and high_end > starts[1]:
        nearest = min(nearest, abs((low[low_end] >> 1) - (high[high_end - 1] >> 1) - threshold))
    if high_end < high.size and low_end > starts[0]:
        nearest = min(nearest, abs((low[low_end - 1] >> 1) - (high[high_end] >> 1) - threshold))
    return nearest, given


@kernel
def count_pairs(low: np.ndarray, high: np.ndarray, threshold: int) -> int:
    """Return how many points are active.
    See the module."""
    a, b, offset, pairs = 0, 0, 2 * threshold, 0
    while a < low.size and b < high.size:
        is_low = int(low[a] & -2 <= high[b] + offset)
        pairs += low.size - a & is_low - 1
        a += is_low
        b += 1 - is_low
    return pairs


@kernel
def list_words(choices: np.ndarray, words: np.ndarray, spare: np.ndarray) -> None:
    """Write the word of each entry of a side: bit v is set where variable v is -1.
    See the module; spare holds half of the words, at least 1."""
    count = 0
    while 1 << count < words.size:
        count += 1
    start = spare if count % 2 else words
    start[0] = 0
    for v in range(count):
        size, taken = 1 << v, 0
        source, target = (words, spare) if (count - v) % 2 == 0 else (spare, words)
        for place in range(size):
            is_right = int(choices[size + place])
            word = source[taken if is_right else place - taken] | is_right << v
            target[place] = word
            target[2 * size - 1 - place] = word ^ (2 * size - 1)
            taken += is_right


@kernel
def list_band(low: np.ndarray, high: np.ndarray, threshold: int, reach: int, cursor: np.ndarray,
              low_places: np.ndarray, high_places: np.ndarray) -> int:
    """List pairs of places whose sums are within ``reach`` of the threshold; return how many were written.
    See the module; the cursor (low place, first high place near it, next high place), zeros at first, is moved on."""
    a, first, b, written = int(cursor[0]), int(cursor[1]), int(cursor[2]), 0
    while a < low.size and written < low_places.size:
        target = (low[a] >> 1) - threshold
        while first < high.size and high[first] >> 1 < target - reach:
            first += 1
        b = max(b, first)
        while b < high.size and high[b] >> 1 <= target + reach and written < low_places.size:
            low_places[written], high_places[written] = a, b
            written += 1
            b += 1
        if b == high.size or high[b] >> 1 > target + reach:
            a, b = a + 1, first
    cursor[0], cursor[1], cursor[2] = a, first, b
    return written


@kernel
def add_pairs(low: np.ndarray, high: np.ndarray, low_places: np.ndarray, high_places: np.ndarray,
              changes: np.ndarray, low_counts: np.ndarray, high_counts: np.ndarray) -> int:
    """Add each pair's change, times its character, to both of its entries; return the sum of what was added.
    See the module."""
    given = 0
    for i in range(changes.size):
        a, b = low_places[i], high_places[i]
        addition = changes[i] * (1 - 2 * ((low[a] ^ high[b]) & 1))
        low_counts[a] += addition
        high_counts[b] += addition
        given += addition
    return given


@kernel
def _unmerge(merged: np.ndarray, choices: np.ndarray, parts: np.ndarray) -> int:
    """Return the sum over left minus that over right, and leave left + right in the first half of parts.
    See the module."""
    size, taken = merged.size // 2, 0
    for place in range(size):
        is_right = int(choices[place])
        entry = taken if is_right else place - taken
        parts[entry + is_right * size] = merged[place]
        parts[2 * size - 1 - entry - is_right * size] = merged[2 * size - 1 - place]
        taken += is_right
    difference = 0
    for place in range(size):
        left, right = parts[place], parts[place + size]
        difference += left - right
        parts[place] = left + right
    return difference


@kernel
def fold_counts(counts: np.ndarray, choices: np.ndarray, buffer: np.ndarray, sums: np.ndarray) -> None:
    """Set sums[v] to the sum of counts times x_v, and sums[m] to that of the counts; the buffer has the counts' size.
    See the module."""
    variables, half, start = sums.size - 1, counts.size // 2, 0
    if variables == 0:
        sums[0] = counts[0]
        return
    sums[variables - 1] = _unmerge(counts, choices[half:], buffer)
    for v in range(variables - 2, -1, -1):
        size = 1 << v
        parts = buffer[half - start:half - start + 2 * size]
        sums[v] = _unmerge(buffer[start:start + 2 * size], choices[size:2 * size], parts)
        start = half - start
    sums[variables] = buffer[start]
