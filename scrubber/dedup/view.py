"""The view of a text that deduplication compares: case, width, spacing and invisible characters make no difference.

It is made on arrays of UTF-16 units through tables; only texts that hold invisible characters, combining accents or
ligatures pass through `unicodedata`, one by one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Units = NDArray[np.uint16]
Kinds = NDArray[np.uint8]

GAP, WORD, SINGLE = 0, 1, 2
_RARE: Final = 4  # a bit beside the kind: the text must go through `settle`
_BLANK: Final = 0x20

# Default-ignorable code points (Unicode DerivedCoreProperties): invisible, so two texts that differ in them are one.
_IGNORABLE: Final = (
    *((0x00AD, 0x00AD), (0x034F, 0x034F), (0x061C, 0x061C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F)),
    *((0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF)),
    *((0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF)),
)
_INVISIBLE: Final = re.compile("[" + "".join(f"{chr(low)}-{chr(high)}" for low, high in _IGNORABLE) + "]+")
_COMPOSING: Final = ((0x0300, 0x036F), (0x1100, 0x11FF), (0x3099, 0x309A))  # with the letter before they make another
_LEADING: Final = (0xD82F, 0xD834, 0xDB40, 0xDB41, 0xDB42, 0xDB43)  # first halves of ignorable code points
# Scripts written without spaces between words.
_UNSPACED: Final = (
    (0x0E00, 0x0FFF),  # Thai, Lao, Tibetan
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x2E80, 0x2FDF),  # CJK radicals
    (0x3005, 0x3007),
    (0x3040, 0x30FF),  # kana
    (0x31F0, 0x31FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xA000, 0xA4CF),  # Yi
    (0xF900, 0xFAFF),
)
_WORD_CATEGORIES: Final = ("L", "N", "M", "Cs")  # a surrogate is half of a character beyond the first plane


class View(NamedTuple):
    """The units of some texts, each text ended by a blank: text i is `units[offsets[i]:offsets[i + 1]]`.

    `folded()` is the table that makes units of another case or width equal; whoever reads them goes through it.
    """

    units: Units
    kinds: Kinds
    offsets: Ints


def view(texts: Sequence[str]) -> View:
    """Fold some texts together; each is folded as it would be alone."""
    units, offsets = _encode(texts)
    marks = _marks().take(units)
    rare = np.flatnonzero(marks >= _RARE)
    if len(rare):
        odd = np.unique(np.searchsorted(offsets, rare, side="right") - 1).tolist()
        return _view_settled(texts, units, offsets, odd)
    return View(units, marks, offsets)


def _view_settled(texts: Sequence[str], units: Units, offsets: Ints, odd: list[int]) -> View:
    """The view of texts of which some must be settled first; the others' units are taken over."""
    settled, edges = {i: _encode([settle(texts[i])])[0] for i in odd}, offsets.tolist()
    runs: list[Units] = []
    last = 0
    for i, new in settled.items():
        runs += [units[edges[last] : edges[i]], new]
        last = i + 1
    units = np.concatenate([*runs, units[edges[last] :]])
    lengths = np.diff(offsets)
    lengths[odd] = [len(new) for new in settled.values()]
    np.cumsum(lengths, out=offsets[1:])
    return View(units, _kinds().take(units), offsets)


def settle(text: str) -> str:
    """Compose accents, spell out ligatures, and leave out what is invisible.

    >>> settle("ﬁne\\u200b cafe\\u0301")
    'fine café'
    """
    return "\n".join(line if line.isascii() else _settled(line) for line in text.split("\n"))


def _settled(line: str) -> str:
    return unicodedata.normalize("NFKC", _INVISIBLE.sub("", line))


def fold(text: str) -> str:
    """One text in the view of deduplication.

    >>> fold("Ｆull\\u200bWIDTH") == fold("fullwidth")
    True
    """
    text = text if text.isascii() else settle(text)
    return text.lower()


def fold_spaces(text: str) -> str:
    """`fold`, with each run of white space as one blank."""
    return " ".join(fold(text).split())


def _encode(texts: Sequence[str]) -> tuple[Units, Ints]:
    encoded = [text.encode("utf-16-le", "surrogatepass") for text in texts]
    offsets = np.zeros(len(texts) + 1, np.int64)
    np.cumsum([len(data) // 2 + 1 for data in encoded], out=offsets[1:])
    return np.frombuffer(b" \0".join([*encoded, b""]), "<u2").astype(np.uint16, copy=False), offsets


@cache
def _marks() -> Kinds:
    """The kind of each unit, and whether it is rare."""
    table = np.zeros(1 << 16, np.uint8)
    for unit in range(1 << 16):
        if unicodedata.category(chr(unit)).startswith(_WORD_CATEGORIES):
            table[unit] = WORD
    for low, high in _UNSPACED:
        table[low : high + 1][table[low : high + 1] == WORD] = SINGLE
    for low, high in (*_IGNORABLE, *_COMPOSING):
        table[low : high + 1] |= _RARE
    table[list(_LEADING)] |= _RARE
    for unit in range(0x80, 0x10000):
        plain = unicodedata.normalize("NFKC", chr(unit)) if not 0xD800 <= unit < 0xE000 else ""
        if len(plain) > 1 and any(unicodedata.category(char).startswith(_WORD_CATEGORIES) for char in plain):
            table[unit] |= _RARE
    return table


@cache
def _kinds() -> Kinds:
    return _marks() & np.uint8(_RARE - 1)


@cache
def folded() -> Units:
    """Each unit in its simple form: narrow, in lower case; all white space is a blank."""
    table = np.arange(1 << 16, dtype=np.uint16)
    for unit in range(1 << 16):
        char = chr(unit)
        plain = char if 0xD800 <= unit < 0xE000 else unicodedata.normalize("NFKC", char)
        simple = plain.casefold() if len(plain) == 1 else plain
        if char.isspace():
            table[unit] = _BLANK
        elif len(simple) == 1 and ord(simple) < 1 << 16:
            table[unit] = ord(simple)
    return table
