"""Words of the text as hashes: a running polynomial over their bytes, digits and ASCII case folded, no Python loop."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from scrubber.segment.features import alphabet as abc
from scrubber.segment.features.alphabet import Bytes

Ints = npt.NDArray[np.int32]
Hashes = npt.NDArray[np.uint32]

PAIR: Final = np.uint32(0x9E3779B1)
_FOLD: Final = np.arange(256, dtype=np.uint32) + np.uint32(1)
_FOLD[65:91] += np.uint32(32)
_FOLD[48:58] = np.uint32(49)
_PRIME: Final = 0x01000193
WRAP: Final = 16  # bytes after which the powers of a word's hash begin anew
BLOCK: Final = 1 << 16  # bytes whose running sum is taken at a time


def _powers_of(base: int, number: int) -> Hashes:
    powers = np.full(number, base, np.uint32)
    powers[0] = 1
    return np.multiply.accumulate(powers, dtype=np.uint32)


_POWERS: Final = _powers_of(_PRIME, BLOCK + WRAP) * np.uint32(_PRIME)
_INVERSE: Final = _powers_of(pow(_PRIME, -1, 1 << 32), BLOCK + WRAP)


def mix(value: Hashes) -> Hashes:
    """Spread the bits of 32-bit hashes: every output bit depends on every input bit."""
    value = value ^ (value >> np.uint32(16))
    value *= np.uint32(0x7FEB352D)
    value ^= value >> np.uint32(15)
    value *= np.uint32(0x846CA68B)
    value ^= value >> np.uint32(16)
    return value


@dataclass(frozen=True, slots=True)
class Tokens:
    """The words of a text, in order; a CJK character is a word of its own. `row` is the non-blank line of each."""

    hash: Hashes
    row: Ints
    kind: Bytes  # class of the first character
    size: Ints  # in bytes
    place: Ints  # 0 for the first word of its line
    left: Ints  # 0 for the last word of its line
    byte: npt.NDArray[np.int64]  # where it starts
    per_row: Ints
    first: Ints  # index of the first word of each line


def tokenise(data: Bytes, classes: Bytes, row_of_byte: Ints, rows: int) -> Tokens:
    """Cut `data`, which ends with a newline, into words; only rows 0 to `rows - 1` have any."""
    byte, size = _cut(data, classes)
    row = row_of_byte.take(byte)
    per_row = np.bincount(row, minlength=rows).astype(np.int32)
    first = (np.cumsum(per_row) - per_row).astype(np.int32)
    place = np.arange(len(row), dtype=np.int32) - first.take(row)
    left = per_row.take(row) - 1 - place
    return Tokens(_hash(data, byte, size), row, classes.take(byte), size, place, left, byte, per_row, first)


def _cut(data: Bytes, classes: Bytes) -> tuple[npt.NDArray[np.int64], Ints]:
    """First byte and size of each word."""
    word = (classes >= abc.FIRST_WORD) & (classes <= abc.LAST_WORD)
    inside, before = np.append(word, False), np.append(False, word)
    ideograph = classes == abc.CJK
    if ideograph.any():  # each is a word, and so is what follows
        lead = np.append(ideograph & ((data & 0xC0) != 0x80), False)
        edge = lead | (inside & np.append(False, ideograph) & ~np.append(ideograph, False))
        begin = np.flatnonzero((inside & ~before) | edge)
        end = np.flatnonzero((before & ~inside) | (before & edge))
    else:
        edges = np.flatnonzero(inside != before)
        begin, end = edges[::2], edges[1::2]
    return begin, (end - begin).astype(np.int32)


def _hash(data: Bytes, byte: npt.NDArray[np.int64], size: Ints) -> Hashes:
    """The sum over each word's bytes of their value times a power of the prime, the powers beginning anew each `WRAP`.

    That is a difference of running sums, times the inverse of the power that the word's first byte had.
    """
    hashes = np.empty(len(byte), np.uint32)
    edges = np.searchsorted(byte, np.arange(0, len(data) + BLOCK, BLOCK)).tolist()
    for low, high in pairwise(edges):
        if low < high:
            start = int(byte[low])
            values = _FOLD.take(data[start : int(byte[high - 1]) + WRAP])
            values *= _POWERS[: len(values)]
            total = np.zeros(len(values) + 1, np.uint32)
            np.add.accumulate(values, out=total[1:])
            begin = byte[low:high] - start
            sums = total.take(begin + np.minimum(size[low:high], WRAP)) - total.take(begin)
            hashes[low:high] = sums * _INVERSE.take(begin)
    long = np.flatnonzero(size > WRAP)
    if len(long):
        hashes[long] = _hash_of_long(data, byte[long], size[long])
    return hashes


def _hash_of_long(data: Bytes, byte: npt.NDArray[np.int64], size: Ints) -> Hashes:
    first = np.cumsum(size) - size
    place = np.arange(int(size.sum())) - np.repeat(first, size)
    letters = data.take(np.repeat(byte, size) + place)
    return np.add.reduceat(_FOLD.take(letters) * _POWERS.take(place % WRAP), first).astype(np.uint32)
