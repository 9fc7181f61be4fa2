"""Words of the text as hashes: a running polynomial over their bytes, digits and ASCII case folded, no Python loop."""

from __future__ import annotations

from dataclasses import dataclass
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
_POWERS: Final = np.array([pow(0x01000193, i + 1, 1 << 32) for i in range(16)], np.uint32)


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
    """Cut `data` into words; only rows 0 to `rows - 1` have any."""
    word = (classes >= abc.FIRST_WORD) & (classes <= abc.LAST_WORD)
    starts = _starts(data, classes, word)
    inside = np.flatnonzero(word)
    first = np.flatnonzero(starts[inside]).astype(np.int32)
    size = np.diff(first, append=np.int32(len(inside))).astype(np.int32)
    hashes = _hash(data[inside], first, size)
    byte = inside[first] if len(first) else inside
    row = row_of_byte[byte]
    per_row = np.bincount(row, minlength=rows).astype(np.int32)
    begin = (np.cumsum(per_row) - per_row).astype(np.int32)
    place = np.arange(len(row), dtype=np.int32) - begin[row]
    left = per_row[row] - 1 - place
    return Tokens(hashes, row, classes[byte], size, place, left, byte, per_row, begin)


def _starts(data: Bytes, classes: Bytes, word: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    starts = word.copy()
    starts[1:] &= ~word[:-1]
    ideograph = np.flatnonzero(classes == abc.CJK)
    if len(ideograph):
        starts[ideograph] = (data[ideograph] & 0xC0) != 0x80
        after = ideograph + 1
        after = after[after < len(classes)]
        after = after[classes[after] != abc.CJK]
        starts[after] = word[after]
    return starts


def _hash(letters: Bytes, first: Ints, size: Ints) -> Hashes:
    if not len(first):
        return np.zeros(0, np.uint32)
    place = np.arange(len(letters), dtype=np.int32) - np.repeat(first, size)
    return np.add.reduceat(_FOLD[letters] * _POWERS[place & 15], first).astype(np.uint32)
