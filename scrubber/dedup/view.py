"""The view of a text that deduplication compares: case, width, spacing and invisible characters make no difference.

It is made on arrays, all texts at once, through the table of `alphabet.py`; only lines that hold invisible characters,
combining accents or ligatures pass through `unicodedata`, one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from scrubber.dedup.alphabet import GAP, OTHER, RARE, SINGLE, Codes, Units, codes, folded, marks, settle

Ints = NDArray[np.int64]

PADDING: Final = 8  # gaps behind the last text, so that eight codes can be read from any place on
_BREAK: Final = 0x0A


class View(NamedTuple):
    """The codes of some texts, each text ended by a gap: text i is `codes[offsets[i]:offsets[i + 1]]`.

    `others` are the places of letters that have no code of their own, `units` what letters they are, and `single`
    says which of them are words by themselves.
    """

    codes: Codes
    offsets: Ints
    others: Ints
    units: Units
    single: NDArray[np.bool_]


def view(texts: Sequence[str]) -> View:
    """Fold some texts together; each is folded as it would be alone."""
    units, offsets = _encode(texts)
    coded = codes().take(units)
    others = np.flatnonzero(coded == OTHER)
    rare = others[marks().take(units[others]) >= RARE]
    if len(rare):
        units, coded, offsets = _settled(units, coded, offsets, rare)
        others = np.flatnonzero(coded == OTHER)
    kinds = marks().take(units[others]) & np.uint8(RARE - 1)
    coded[others[kinds == GAP]] = 0
    others, kinds = others[kinds != GAP], kinds[kinds != GAP]
    return View(coded, offsets, others, folded().take(units[others]), kinds == SINGLE)


def _settled(units: Units, coded: Codes, offsets: Ints, rare: Ints) -> tuple[Units, Codes, Ints]:
    """Units, codes and offsets after the lines with the units at `rare` were settled."""
    edges = np.sort(np.concatenate([np.flatnonzero(units == _BREAK) + 1, offsets]))
    lines = edges.searchsorted(rare, side="right") - 1
    lines = lines[np.diff(lines, prepend=-1) > 0]
    starts, ends = edges[lines], edges[lines + 1] - 1  # without the line break, or the gap behind a text
    runs, coded_runs = list[Units](), list[Codes]()
    last, grown = 0, np.zeros(len(lines) + 1, np.int64)
    for i, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True), 1):
        new = settle(units[start:end].tobytes().decode("utf-16-le", "surrogatepass"))
        settled = np.frombuffer(new.encode("utf-16-le", "surrogatepass"), "<u2")
        runs += [units[last:start], settled]
        coded_runs += [coded[last:start], codes().take(settled)]
        last, grown[i] = end, len(settled) - (end - start)
    moved = offsets + np.cumsum(grown)[starts.searchsorted(offsets)]
    return np.concatenate([*runs, units[last:]]), np.concatenate([*coded_runs, coded[last:]]), moved


def fold(text: str) -> str:
    """One text in the view of deduplication.

    >>> fold("Ｆull\\u200bWIDTH") == fold("fullwidth")
    True
    """
    return text.lower() if text.isascii() else "\n".join(map(settle, text.split("\n"))).lower()


def fold_spaces(text: str) -> str:
    """`fold`, with each run of white space as one blank."""
    return " ".join(fold(text).split())


def _encode(texts: Sequence[str]) -> tuple[Units, Ints]:
    encoded = [text.encode("utf-16-le", "surrogatepass") for text in texts]
    offsets = np.zeros(len(texts) + 1, np.int64)
    np.cumsum([len(data) // 2 + 1 for data in encoded], out=offsets[1:])
    return np.frombuffer(b" \0".join([*encoded, b" \0" * PADDING]), "<u2").astype(np.uint16, copy=False), offsets
