"""What each UTF-16 unit means to deduplication: a letter of some word or a gap, and the same letter as which others.

The tables are part of what an index rests on: letters keep their codes, and new ones go to the end of `LETTERS`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

Units = NDArray[np.uint16]
Codes = NDArray[np.uint8]

GAP, WORD, SINGLE = 0, 1, 2
RARE: Final = 4  # a bit beside the kind: the line must be settled
OTHER: Final = 255  # the code of all that needs a second look: letters without a code, and what is rare

# What most words are made of, in lower case: ASCII, Latin of Europe, Greek, Cyrillic, Arabic and Persian. A code is a
# place in here, so their words are hashed by bytes; words of other letters cost more time and are told apart as well.
LETTERS: Final = (
    "0123456789abcdefghijklmnopqrstuvwxyzßàáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿ"
    "āăąćċčďđēėęěğģġħīįıķĺļľłńņňōőœŕŗřśşšţťũūůűųŵŷźżžșț"
    "άέήίΰαβγδεζηθικλμνξοπρστυφχψωϊϋόύώабвгдежзийклмнопрстуфхцчшщъыьэюяѐёђѓєѕіїјљњћќѝўџґ"
    "ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىيپچژکگی"
)

# Default-ignorable code points (Unicode DerivedCoreProperties): invisible, so two texts that differ in them are one.
_IGNORABLE: Final = (
    *((0x00AD, 0x00AD), (0x034F, 0x034F), (0x061C, 0x061C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F)),
    *((0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF)),
    *((0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF)),
)
_INVISIBLE: Final = re.compile("[" + "".join(f"{chr(low)}-{chr(high)}" for low, high in _IGNORABLE) + "]+")
_COMPOSING: Final = ((0x0300, 0x036F), (0x0653, 0x0655), (0x1100, 0x11FF), (0x3099, 0x309A))  # join the letter before
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
_WORD_CATEGORIES: Final = "LNM"  # and surrogates, which are half of a character beyond the first plane
# Blocks in which all units are alike, letters or none, and fold to themselves: looking at each would take long.
_PART: Final = 64  # units looked at together: most parts hold none that has another form
_UNIFORM: Final = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3), (0xD800, 0xDFFF), (0xE000, 0xF8FF))


def settle(line: str) -> str:
    """Compose accents, spell out ligatures, and leave out what is invisible.

    >>> settle("ﬁne\\u200b cafe\\u0301")
    'fine café'
    """
    return unicodedata.normalize("NFKC", _INVISIBLE.sub("", line))


def _looked_at() -> Iterator[int]:
    start = 0
    for low, high in (*_UNIFORM, (0x10000, 0)):
        yield from range(start, low)
        start = high + 1


@cache
def _plain() -> dict[int, str]:
    """The compatible form of each unit that has another one than itself."""
    units = [unit for unit in _looked_at() if unit >= 0x80]
    parts = [units[at : at + _PART] for at in range(0, len(units), _PART)]
    apart = (part for part in parts if not unicodedata.is_normalized("NFKC", "\n".join(map(chr, part))))
    forms = ((unit, unicodedata.normalize("NFKC", chr(unit))) for part in apart for unit in part)
    return {unit: plain for unit, plain in forms if plain != chr(unit)}


def _in_words(units: Sequence[int]) -> list[bool]:
    return [name[0] in _WORD_CATEGORIES or name == "Cs" for name in map(unicodedata.category, map(chr, units))]


@cache
def marks() -> Codes:
    """The kind of each unit, and whether it is rare."""
    table = np.zeros(1 << 16, np.uint8)
    units = np.fromiter(_looked_at(), np.int64)
    table[units[_in_words(units.tolist())]] = WORD
    for low, high in _UNIFORM:
        table[low : high + 1] = WORD if _in_words([low])[0] else GAP
    for low, high in _UNSPACED:
        table[low : high + 1][table[low : high + 1] == WORD] = SINGLE
    for low, high in (*_IGNORABLE, *_COMPOSING):
        table[low : high + 1] |= RARE
    spelled = [unit for unit, plain in _plain().items() if len(plain) > 1 and any(_in_words(list(map(ord, plain))))]
    table[[*_LEADING, *spelled]] |= RARE
    return table


@cache
def folded() -> Units:
    """Each unit in its simple form: narrow, in lower case."""
    table = np.arange(1 << 16, dtype=np.uint16)
    plain, units = _plain(), list(_looked_at())
    lower = map(str.casefold, map(chr, units))
    simple = {unit: low for unit, low in zip(units, lower, strict=True) if low != chr(unit)}
    simple |= {unit: form.casefold() if len(form) == 1 else form for unit, form in plain.items()}
    short = {unit: ord(form) for unit, form in simple.items() if len(form) == 1 and ord(form) < 1 << 16}
    table[list(short)] = list(short.values())
    return table


@cache
def codes() -> Codes:
    """The code of each unit: 0 in gaps, that of its simple form where this is one of `LETTERS`, or else `OTHER`."""
    of_simple = np.full(1 << 16, OTHER, np.uint8)
    of_simple[[ord(letter) for letter in LETTERS]] = np.arange(1, len(LETTERS) + 1)
    table = of_simple[folded()]
    table[marks() == GAP] = 0
    table[marks() >= RARE] = OTHER
    return table
