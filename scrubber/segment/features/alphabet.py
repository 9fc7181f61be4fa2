"""What kind of character each byte of UTF-8 text belongs to.

Every byte of a character carries the class of the whole character, so one table look-up and one `bincount` count
everything that the shape of a line needs, at any script's byte width.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]

CLASSES: Final = 32
# the order matters: LOWER to CJK are the word characters, and they are contiguous
(SPACE, NEWLINE, NBSP, LOWER, UPPER, DIGIT, ACCENT, GREEK, LETTER, CJK, DOT, ELLIPSIS, COMMA, COLON, PIPE) = range(15)
(APOSTROPHE, QUOTE, CURLY_ONE, CURLY_TWO, GUILLEMET, BRACKET, BANG, HYPHEN, EN, EM, BULLET, MIDDOT, OTHER) = range(
    15, 28
)
FIRST_WORD, LAST_WORD = LOWER, CJK

SPACES: Final = (SPACE, NBSP)
DOTS: Final = (DOT, ELLIPSIS)
QUOTES: Final = (APOSTROPHE, QUOTE, CURLY_ONE, CURLY_TWO, GUILLEMET)
DASHES: Final = (HYPHEN, EN, EM, BULLET)
OTHERS: Final = (OTHER, MIDDOT)
FOREIGN: Final = (ACCENT, GREEK, LETTER)


def _ascii() -> Bytes:
    table = np.full(256, OTHER, np.uint8)
    table[:33] = SPACE
    table[10], table[127] = NEWLINE, SPACE
    table[97:123], table[65:91], table[48:58] = LOWER, UPPER, DIGIT
    for chars, kind in (
        (".", DOT),
        (",", COMMA),
        (":;", COLON),
        ("|/\\", PIPE),
        ("'`", APOSTROPHE),
        ('"', QUOTE),
        ("()[]{}<>", BRACKET),
        ("!?", BANG),
        ("-_*", HYPHEN),
    ):
        for char in chars:
            table[ord(char)] = kind
    return table


# a value from here on says: look at the third byte, in the table of that number
_THIRD: Final = 100


def _pairs() -> Bytes:
    """Class by lead byte and second byte, at (lead - 0xC0) * 64 + (second - 0x80)."""
    table = np.full((64, 64), LETTER, np.uint8)
    table[0x02] = OTHER  # Latin-1 signs
    table[0x02, [0x20, 0x2B, 0x3B, 0x37]] = NBSP, GUILLEMET, GUILLEMET, MIDDOT
    table[0x03:0x06] = ACCENT
    table[0x0E:0x14] = GREEK  # Greek and Cyrillic
    table[0x22] = OTHER  # U+2000 to U+2FFF
    table[0x23:0x2A] = CJK
    table[0x2F] = OTHER
    table[0x30:] = OTHER  # emoji
    table[0x22, 0x00], table[0x23, 0x00], table[0x2F, 0x3C] = _THIRD, _THIRD + 1, _THIRD + 2
    return table.ravel()


def _thirds() -> Bytes:
    """Class by third byte, for U+2000 to U+203F, U+3000 to U+303F and U+FF00 to U+FF3F."""
    general, cjk, wide = (np.full(64, OTHER, np.uint8) for _ in range(3))
    general[:0x10] = SPACE
    general[0x10:0x13], general[0x13], general[0x14:0x16] = HYPHEN, EN, EM
    general[0x18:0x1C], general[0x1C:0x20] = CURLY_ONE, CURLY_TWO
    general[0x22], general[0x26] = BULLET, ELLIPSIS
    cjk[0], cjk[1], cjk[2], cjk[0x0C:0x10] = SPACE, COMMA, DOT, GUILLEMET
    wide[0x0C], wide[[0x01, 0x1F]], wide[0x1A:0x1C], wide[0x10:0x1A] = COMMA, BANG, COLON, DIGIT
    return np.concatenate([general, cjk, wide])


_ASCII, _PAIRS, _THIRDS = _ascii(), _pairs(), _thirds()


def classify(data: Bytes) -> Bytes:
    """The class of each byte of well-formed UTF-8."""
    classes = _ASCII.take(data)
    high = np.flatnonzero(data >= 0x80)
    if not len(high):
        return classes
    values = data.take(high)
    leads = np.flatnonzero(values >= 0xC0)
    last = len(values) - 1
    second = values.take(np.minimum(leads + 1, last))
    kinds = _PAIRS.take((values.take(leads) & 63).astype(np.int32) * 64 + (second & 63))
    special = np.flatnonzero(kinds >= _THIRD)
    if len(special):
        third = values.take(np.minimum(leads[special] + 2, last))
        kinds[special] = _THIRDS.take((kinds[special] - _THIRD).astype(np.int32) * 64 + (third & 63))
    classes[high] = np.repeat(kinds, np.diff(leads, append=len(values)))
    return classes
