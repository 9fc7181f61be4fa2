"""Which lines could a repair change at all? An exact answer, at hundreds of megabytes a second.

Plain ftfy reads every character several times with patterns of forty alternatives: 2 to 5 MB/s, on text of which one
line in a hundred needs it. What may change a line is known beforehand, though:

    a character that a repair removes or replaces    one look-up per character
    mojibake: a match of ftfy's `BADNESS_RE`         one look-up per two neighbours, see `mojibake.py`
    an entity                                        a search that starts at "&"
    text that is not in normal form                  unicodedata says so for a whole block

A line with none of these is its own repair; the others are only suspects.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from scrubber.fix.mojibake import Pair

# curly quotes, dashes, ellipsis, bullet: no sequence of these and ASCII is mojibake (a test tries all pairs)
QUIET: Final = frozenset("–—…•‘’“”")
ENTITY: Final = re.compile(r"&#?[0-9A-Za-z]{1,24};")  # ftfy's own HTML_ENTITY_RE
_CHUNK: Final = 1 << 17  # characters at a time: what is looked up stays in the cache

_ASCII: Final = 0x7F
_NO_PART, _TOUCHED = 0, 1  # the classes of characters that no repair and no pair knows, and that a repair touches
# punctuation, Cyrillic, kana, ideographs, Hangul: in NFC whatever stands beside them
_NEVER_COMPOSE: Final = ((0x2010, 0x205E), (0x400, 0x482), (0x3041, 0x3096), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3))

Points = NDArray[np.unsignedinteger]
Places = NDArray[np.int64]
_NOWHERE: Final[Places] = np.empty(0, np.int64)
Form = Literal["NFC", "NFD", "NFKC", "NFKD"]


class Tables(NamedTuple):
    """A class for each character, and whether two neighbouring classes make a suspect; see `tables_of`."""

    classes: NDArray[np.uint8]
    suspect_pairs: NDArray[np.bool_]


class Gate:
    """Finds suspects for one choice of repairs."""

    def __init__(self, tables: Tables, *, entities: bool, form: Form | None) -> None:
        self._entities, self._form = entities, form
        self._classes, self._suspect_pairs = tables
        touched = self._classes == _TOUCHED
        self._plain = np.flatnonzero(~touched[: _ASCII + 1]).astype(np.uint8).tobytes()
        quiet = [point for point in map(ord, QUIET) if not touched[point]]
        self._noisy = _noisy(quiet if form in ("NFC", "NFD", None) else [])

    def suspects(self, lines: Sequence[str], text: str) -> list[int]:
        """Offsets of the lines (joined by newlines in `text`) that a repair might change; mostly none."""
        found = [self._entity_places(text)]
        if text.isascii():
            if not len(found[0]) and not text.encode().translate(None, self._plain):
                return []
            points = _code_points(text)
            return _line_numbers(_newlines(points), [*found, self._touched_ascii(points)])
        points = _code_points(text)
        high = np.flatnonzero(points > _ASCII)
        newlines = _newlines(points)
        if np.count_nonzero(points < ord(" ")) > len(newlines) or 0x7F in points:
            found.append(self._touched_ascii(points))
        high = high[self._noisy.take(points.take(high))]
        if len(high):
            found.append(self._paired_places(points, high))
        numbers = set(_line_numbers(newlines, found))
        numbers.update(self._unnormalized(lines, points, high, newlines))
        return sorted(numbers)

    def _entity_places(self, text: str) -> Places:
        if not self._entities or "&" not in text:
            return _NOWHERE
        return np.fromiter((m.start() for m in ENTITY.finditer(text)), np.int64)

    def _touched_ascii(self, points: Points) -> Places:
        places: Places = np.flatnonzero((points < ord(" ")) | (points == _ASCII))
        touched: NDArray[np.bool_] = self._classes.take(points.take(places)) == _TOUCHED
        return places[touched]

    def _paired_places(self, points: Points, high: Places) -> Places:
        """Where a touched character above ASCII stands, or two neighbours with which mojibake may begin.

        In every suspect pair, one character is above ASCII and not quiet: where few of these are, only they and those
        before them are looked at.
        """
        if len(high) * 4 > len(points):
            chunks = range(0, len(points), _CHUNK)
            return np.concatenate([start + self._pairs_in(points[start : start + _CHUNK + 1]) for start in chunks])
        first = np.concatenate([high, high[high > 0] - 1])
        second = np.minimum(first + 1, len(points) - 1)
        classes = self._classes
        return first[self._are_suspect(classes.take(points.take(first)), classes.take(points.take(second)))]

    def _pairs_in(self, points: Points) -> Places:
        classes = self._classes.take(points)
        return np.flatnonzero(self._are_suspect(classes, np.append(classes[1:], np.uint8(_NO_PART))))

    def _are_suspect(self, first: NDArray[np.uint8], second: NDArray[np.uint8]) -> NDArray[np.bool_]:
        width = np.uint16(len(self._suspect_pairs))
        return self._suspect_pairs.ravel().take(first.astype(np.uint16) * width + second)

    def _unnormalized(self, lines: Sequence[str], points: Points, high: Places, newlines: Places) -> list[int]:
        """The lines that are not in normal form."""
        form = self._form
        if form is None:
            return []
        places = high[_may_compose(points.take(high))] if form == "NFC" else high
        numbers = _line_numbers(newlines, [places])
        return [number for number in numbers if not unicodedata.is_normalized(form, lines[number])]


def _may_compose(points: Points) -> NDArray[np.bool_]:
    """Which characters NFC might change: not those of blocks in which nothing composes."""
    found = points >= 0x300
    for low, high in _NEVER_COMPOSE:
        found &= (points < low) | (points > high)
    return found


def _noisy(quiet: list[int]) -> NDArray[np.bool_]:
    table = np.ones(0x110000, np.bool_)
    table[quiet] = False
    return table


def _newlines(points: Points) -> Places:
    return np.flatnonzero(points == ord("\n"))


def _code_points(text: str) -> Points:
    """The characters as numbers, two bytes each where that is enough."""
    narrow = text.encode("utf-16-le", "surrogatepass")
    if len(narrow) == 2 * len(text):
        return np.frombuffer(narrow, np.uint16)
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def _line_numbers(newlines: Places, places: list[Places]) -> list[int]:
    together = np.concatenate(places)
    if not len(together):
        return []
    return sorted(set(np.searchsorted(newlines, together).tolist()))


def tables_of(touched: frozenset[str], pairs: list[Pair]) -> Tables:
    """The tables for the characters that some repair removes or replaces, and for the pairs that may be mojibake.

    Characters that play the same part in all pairs share a class; class 0 plays none (and follows the last character
    of a text), class 1 is touched.
    """
    points = np.array(sorted({p for pair in pairs for side in pair if side is not None for p in side} | {0}), np.int64)
    first = np.column_stack([_within(points, a) for a, _ in pairs]) if pairs else np.zeros((1, 0), np.bool_)
    second = np.column_stack([_within(points, b) for _, b in pairs]) if pairs else np.zeros((1, 0), np.bool_)
    _, members, parts = np.unique(np.hstack([first, second]), axis=0, return_index=True, return_inverse=True)
    any_first = np.array([[a is None for a, _ in pairs]] * 2, np.bool_).reshape(2, -1)
    any_second = np.array([[b is None for _, b in pairs]] * 2, np.bool_).reshape(2, -1)
    rows = np.vstack([any_first, first[members]]).astype(np.int32)
    columns = np.vstack([any_second, second[members]]).astype(np.int32)
    suspect = rows @ columns.T > 0
    suspect[1, :] = True
    classes = np.zeros(0x110000, np.uint8)
    classes[points[1:]] = parts.reshape(-1)[1:] + 2
    classes[[ord(c) for c in touched]] = 1
    return Tables(classes, suspect)


def _within(points: NDArray[np.int64], side: frozenset[int] | None) -> NDArray[np.bool_]:
    if side is None:
        return np.ones(len(points), np.bool_)
    return np.isin(points, np.fromiter(side, np.int64), assume_unique=True)  # else it loads numpy.ma
