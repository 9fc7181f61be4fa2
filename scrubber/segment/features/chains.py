"""What repeats: whole lines, and the words that tie a passage together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from scrubber.segment.features import alphabet as abc
from scrubber.segment.features.columns import Columns, Floats
from scrubber.segment.features.layout import Layout
from scrubber.segment.features.tokens import PAIR, Hashes, Ints, Tokens, mix

REPEAT_REACH: Final = 400  # rows; the farthest that any feature looks
CHAIN_REACH: Final = 60
LONG_LINE: Final = 100  # characters
COMMON_BITS: Final = 15  # the stop list is a bit map of this many address bits


Order = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class LexicalWords:
    """The words that carry a topic, by row: 4 letters or more and not common, or a pair of CJK characters."""

    hash: Hashes
    row: Ints
    order: Order  # of the words by hash, and then as they stand


def line_hashes(words: Tokens) -> Hashes:
    """A hash of all words of each line, in order; 0 for a line without words."""
    hashes = np.zeros(len(words.per_row), np.uint32)
    some = np.flatnonzero(words.per_row)
    if len(some):
        weight = np.uint32(2) * np.minimum(words.place, 63).astype(np.uint32) + np.uint32(1)
        hashes[some] = np.add.reduceat(mix(words.hash) * weight, words.first[some]).astype(np.uint32)
    return hashes


def line_keys(words: Tokens, hashes: Hashes) -> Hashes:
    """Equal for lines with the same words, numbers and case aside; 0 for a line without words."""
    key = mix(hashes + np.minimum(words.per_row, 255).astype(np.uint32)) | np.uint32(1)
    return np.where(words.per_row > 0, key, np.uint32(0))


def by_key(key: Hashes) -> Order:
    """Places of the keys in their order, and in the order of places where they are equal."""
    packed = np.sort(key.astype(np.int64) << 31 | np.arange(len(key)))
    packed &= 0x7FFFFFFF
    return packed


def links(key: Hashes, order: Order, row: Ints, document: Ints, reach: int) -> tuple[Ints, Ints]:
    """Rows from each item to the previous and to the next one with its key; 0 where that is none, or farther off.

    Items are in the order of rows, so that in the order (key, item) each document's items are neighbours: what stands
    in another document changes nothing.
    """
    back, forth = np.zeros(len(key), np.int32), np.zeros(len(key), np.int32)
    if len(key) > 1:
        here, there, keys = order[:-1], order[1:], key.take(order)
        rows, documents = row.take(order), document.take(order)
        step = rows[1:] - rows[:-1]
        same = (keys[1:] == keys[:-1]) & (documents[1:] == documents[:-1])
        step *= same & (step <= reach)
        back[there], forth[here] = step, step
    return back, forth


def repeats(out: Columns, page: Layout, keys: Hashes) -> None:
    """Whether the line stands a little, some or far before or after, numbers aside.

    Far from its twin, only a short line is furniture: a long one is the text of a syndicated story, and must be
    labelled as such in both pages, or neither would keep it (50 streams: line F1 .958 with long lines, .957 without).
    """
    some = np.flatnonzero(keys).astype(np.int32)
    back, forth = np.zeros(out.rows, np.int32), np.zeros(out.rows, np.int32)
    key = keys[some]
    back[some], forth[some] = links(key, by_key(key), some, page.document[some], REPEAT_REACH)
    for name, step in (("repeats", back), ("repeated", forth)):
        for near, far in ((1, 3), (4, 30), (31, REPEAT_REACH)):
            found = (step >= near) & (step <= far)
            out.add(f"{name}_{near}", found if near == 1 else found & (page.chars < LONG_LINE))


def lexical_words(words: Tokens, common: npt.NDArray[np.bool_] | None) -> LexicalWords:
    """Topic words; `common` is the bit map of words to leave out."""
    ideograph = words.kind == abc.CJK
    paired = ideograph.copy()
    paired[1:] &= ideograph[:-1] & (words.place[1:] > 0)
    paired[:1] = False
    hashes = words.hash.copy()
    second = np.flatnonzero(paired)
    hashes[second] = hashes[second] * PAIR + words.hash[second - 1]
    wanted = ((words.size >= 4) & (words.kind != abc.DIGIT) & ~ideograph) | paired
    chosen = np.flatnonzero(wanted)
    mixed = mix(hashes[chosen])
    if common is not None:
        rare = ~common[mixed & np.uint32((1 << COMMON_BITS) - 1)]
        chosen, mixed = chosen[rare], mixed[rare]
    return LexicalWords(mixed, words.row[chosen], by_key(mixed))


def chains(out: Columns, page: Layout, topic: LexicalWords) -> None:
    """How many words are used both before and after the gap in front of the line, and how many of its own."""
    rows, row = page.rows, topic.row
    number = np.bincount(row, minlength=rows).astype(np.float32)
    back, forth = links(topic.hash, topic.order, row, page.document[row], CHAIN_REACH)
    for reach in (12, CHAIN_REACH):
        crossing = _crossing(row, forth, reach, rows)
        around = _around(page, number, reach // 3)
        out.add(f"crossing_{reach}", np.log1p(crossing) / 6)
        out.add(f"crossing_share_{reach}", crossing / (around + 4))
    most = np.maximum(number, 1)
    for reach in (10, CHAIN_REACH):
        for name, step in (("said", back), ("used", forth)):
            near = row[(step > 0) & (step <= reach)]
            out.add(f"{name}_{reach}", np.bincount(near, minlength=rows) / most)
    out.add("topic_words", np.log1p(number) / 4)


def _crossing(row: Ints, forth: Ints, reach: int, rows: int) -> Floats:
    """Links no longer than `reach` that span the gap before each row."""
    link = np.flatnonzero((forth > 0) & (forth <= reach))
    opened = np.bincount(row[link] + 1, minlength=rows + 1)
    closed = np.bincount(row[link] + forth[link] + 1, minlength=rows + 2)
    return np.asarray(np.cumsum(opened[:rows] - closed[:rows]), np.float32)


def _around(page: Layout, number: Floats, reach: int) -> Floats:
    """Topic words within `reach` rows, of the same document."""
    total = np.concatenate([[0], np.cumsum(number, dtype=np.float64)])
    here = np.arange(page.rows)
    high = np.minimum(here + reach + 1, page.high)
    return np.asarray(total[high] - total[np.maximum(here - reach, page.low)], np.float32)
