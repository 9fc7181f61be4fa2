"""How much the typography of the lines before a line differs from that of the lines after it.

Pages of different houses differ in their quotation marks, dashes, line lengths, alphabets, function words. Each ratio
is compared as a difference of two shares in units of its standard error, over two widths of window.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from scrubber.segment.features import alphabet as abc
from scrubber.segment.features.columns import Columns, Floats
from scrubber.segment.features.layout import Layout
from scrubber.segment.features.tokens import Tokens, mix

Counts = npt.NDArray[np.int32]
Ratio = tuple[str, Counts, Counts]
Places = npt.NDArray[np.int64]

WINDOWS: Final = (12, 36)
HOUSE_WORDS: Final = 24  # buckets of words of up to 3 bytes: function words
SIGNED: Final = ("long", "dot_end", "bullet", "capital", "blank")
# Signs are counted in sixths, whole numbers at any width of character (1, 2, 3 bytes): their sums are exact, so that
# a window's sum does not depend on what was summed before it.
BLOCK: Final = 1024  # rows at a time, to stay in the cache
SIXTHS: Final = np.float32(1 / 6)


def fingerprint(out: Columns, page: Layout, words: Tokens) -> None:
    """Add the columns; `out` must hold those of `shape` already."""
    table = _ratios(out, page, words)
    names = [name for name, _, _ in table]
    seen = [i for i, (_, part, _) in enumerate(table) if part.any()]  # of the other signs there is no evidence
    signs = [table[i][1] for i in seen] + [table[i][2] for i in seen]
    size = np.rint(np.log1p(page.chars) * 1024).astype(np.int32)
    totals = [_running(counts, page.rows) for counts in (signs, _house_words(words, page.rows), [size])]
    for window in WINDOWS:
        _compare(out, page, window, names, seen, totals)


def _compare(out: Columns, page: Layout, window: int, names: list[str], seen: list[int], totals: list[Counts]) -> None:
    ways, signed = [f"{name}_way" for name in SIGNED], [names.index(name) for name in SIGNED]
    added = out.room([f"{name}_{window}" for name in (*names, "all", *ways, "house_words", "length_way", "length")])
    evidence = np.zeros((len(names), min(page.rows, BLOCK)), np.float32)
    for at in range(0, page.rows, BLOCK):
        rows = slice(at, min(at + BLOCK, page.rows))
        here = np.arange(rows.start, rows.stop)
        evidence = evidence[:, : len(here)]
        low, high = np.maximum(here - window, page.low[rows]), np.minimum(here + window, page.high[rows])
        edges = _as_slice(low), _as_slice(high)
        signs, house, size = (_sides(total, rows, *edges) for total in totals)
        evidence[seen] = _evidence(*signs)
        block = added[:, rows]
        np.abs(evidence, out=block[: len(names)])
        block[len(names) + 1 : -3] = evidence[signed] + 0  # makes a zero of minus zero
        block[len(names)] = np.log1p(_sum(_square(evidence))) / 3
        block[-3] = _cosine(*house)
        before, after = (
            size[0][0] / (1024 * np.maximum(here - low, 1)),
            size[1][0] / (1024 * np.maximum(high - here, 1)),
        )
        block[-2] = after - before
    np.abs(added[-2], out=added[-1])


def _sides(total: Counts, rows: slice, low: Places | slice, high: Places | slice) -> tuple[Floats, Floats]:
    """What stands before and after these rows, from running sums."""
    middle = total[:, rows]
    before, after = middle - _at(total, low), _at(total, high) - middle
    return before.astype(np.float32), after.astype(np.float32)


def _at(total: Counts, places: Places | slice) -> Counts:
    return np.asarray(total[:, places] if isinstance(places, slice) else total.take(places, 1))


def _as_slice(places: Places) -> Places | slice:
    """The same places as a slice, where they follow one another, as they do inside a document."""
    first, last = int(places[0]), int(places[-1])
    follow = last - first == len(places) - 1 and bool((places[1:] - places[:-1] == 1).all())
    return slice(first, last + 1) if follow else places


def _running(counts: Sequence[Counts], rows: int) -> Counts:
    """Sums of all rows before each row, and of all; sums wrap around, their differences do not."""
    total = np.zeros((len(counts), rows + 1), np.int32)
    for count, out in zip(counts, total, strict=True):
        np.cumsum(count, dtype=np.int32, out=out[1:])
    return total


def _evidence(before: Floats, after: Floats) -> Floats:
    """Difference of the shares after and before, in a third of standard errors, at most 2; 0 where a side is empty.

    Both hold the parts and then the wholes, in sixths; they are used up.
    """
    before *= SIXTHS
    after *= SIXTHS
    signs = len(before) // 2
    part_before, whole_before, part_after, whole_after = before[:signs], before[signs:], after[:signs], after[signs:]
    both = whole_before + whole_after
    both += 1
    share = part_before + part_after
    share += np.float32(0.5)
    share /= both
    both += 1
    spread = np.subtract(1, share)
    # arrays in place of numbers: numpy compares two arrays of one shape three times as fast as an array and a number
    limit = np.full_like(spread, 1e-3)
    np.maximum(spread, limit, out=spread)
    spread *= share
    spread *= both
    limit.fill(1e-6)
    np.maximum(spread, limit, out=spread)
    limit.fill(SIXTHS)
    part_after /= np.maximum(whole_after, limit, out=share)
    part_before /= np.maximum(whole_before, limit, out=share)
    step = np.subtract(part_after, part_before, out=part_after)
    full = np.minimum(whole_before, whole_after, out=both) != 0
    whole_before += 1
    whole_after += 1
    whole_before *= whole_after
    whole_before /= spread
    step *= np.sqrt(whole_before, out=whole_before)
    step.clip(-6, 6, out=step)
    step /= 3
    step *= full
    return np.asarray(step, np.float32)


def _square(table: Floats) -> Floats:
    """Squares, at most 2."""
    square = table * table
    return np.asarray(np.minimum(square, np.full_like(square, 2), out=square))


def _sum(table: Floats) -> Floats:
    """The sum of each column, in the order in which numpy adds numbers that lie together: eight sums, then the rest."""
    whole = len(table) // 8 * 8
    sums = table[:whole].reshape(-1, 8, table.shape[1]).sum(0)
    while len(sums) > 1:
        sums = sums[::2] + sums[1::2]
    total: Floats = sums[0]
    for row in table[whole:]:
        total += row
    return total


def _cosine(one: Floats, two: Floats) -> Floats:
    norm = (one * one).sum(0) * (two * two).sum(0)
    return np.asarray((one * two).sum(0) / np.sqrt(norm + np.float32(1e-9)), np.float32)


def _house_words(words: Tokens, rows: int) -> list[Counts]:
    short = np.flatnonzero((words.size <= 3) & (words.kind != abc.DIGIT) & (words.kind != abc.CJK))
    bucket = (mix(words.hash[short]) >> np.uint32(16)) * np.uint32(HOUSE_WORDS) >> np.uint32(16)
    keys = words.row[short].astype(np.int64) * HOUSE_WORDS + bucket
    return list(np.bincount(keys, minlength=HOUSE_WORDS * rows).reshape(rows, HOUSE_WORDS).T)


def _pairs(page: Layout) -> dict[str, Floats]:
    """Counts of signs that take two bytes to see."""
    data, signs = page.data, page.signs
    sign = data.take(signs)
    stop, hyphen = signs[(sign == 44) | (sign == 46)], signs[sign == 45]
    space = data == 32
    return {
        "stop": page.per_row(stop),
        "spaced_stop": page.per_row(stop[space[np.maximum(stop - 1, 0)]]),
        "dots": page.per_row(stop[(data[stop] == 46) & (data[stop + 1] == 46)]),
        "double": page.per_row(np.flatnonzero(space[1:] & space[:-1])),
        "spaced_hyphen": page.per_row(hyphen[space[np.maximum(hyphen - 1, 0)] & space[hyphen + 1]]),
    }


def _ratios(out: Columns, page: Layout, words: Tokens) -> list[Ratio]:
    """For each sign its name, how often each row has it, and how often it could."""
    pairs = {name: 6 * count.astype(np.int32) for name, count in _pairs(page).items()}

    def count(width: int, *kinds: int) -> Counts:
        return page.count(*kinds).astype(np.int32) * np.int32(6 // width)

    def flag(values: npt.ArrayLike) -> Counts:
        return np.asarray(values).astype(np.int32) * np.int32(6)

    def of_words(which: npt.NDArray[np.bool_]) -> Counts:
        return flag(np.bincount(words.row[which], minlength=page.rows))

    one, number = flag(np.ones(page.rows)), flag(words.per_row)
    curly, single, straight = count(3, abc.CURLY_TWO), count(3, abc.CURLY_ONE), count(1, abc.QUOTE)
    french, space = count(2, abc.GUILLEMET), count(1, abc.SPACE) + 6
    em, en, dots = count(3, abc.EM), count(3, abc.EN), count(3, abc.ELLIPSIS)
    dash = em + en + pairs["spaced_hyphen"]
    accent, greek, cjk = count(2, abc.ACCENT), count(2, abc.GREEK, abc.LETTER), count(3, abc.CJK)
    letters = count(1, abc.LOWER, abc.UPPER) + accent + greek + cjk
    return [
        ("curly", curly, curly + straight),
        ("apostrophe", single, single + count(1, abc.APOSTROPHE)),
        ("french", french, french + curly + straight),
        ("em", em, dash),
        ("en", en, dash),
        ("spaced_stop", pairs["spaced_stop"], pairs["stop"]),
        ("hard_space", count(2, abc.NBSP), space),
        ("double_space", pairs["double"], space),
        ("ellipsis", dots, dots + pairs["dots"] // 2),
        ("bullet", flag(out["bullet"]), one),
        ("dot_end", flag(out["ends_dot"]), one),
        ("quote_end", flag(out["ends_quote"]), one),
        ("digits", count(1, abc.DIGIT), flag(page.chars)),
        ("cjk_letters", cjk, letters),
        ("other_letters", greek, letters),
        ("accents", accent, letters),
        ("capital", of_words(words.kind == abc.UPPER), number),
        ("shouts", flag(out["shouted"]), one),
        ("blank", flag(out["blank_before"]), one),
        ("indented", flag(1 - out["flush"]), one),
        ("comma", count(1, abc.COMMA), number),
        ("dot", count(1, abc.DOT), number),
        ("middle", count(1, abc.PIPE, abc.MIDDOT), number),
        ("long", flag(page.chars > 120), one),
        ("quoted", curly + straight + french, number),
        ("bracket", count(1, abc.BRACKET), number),
        ("colon_end", flag(out["ends_colon"]), one),
        ("lower_start", flag(out["begins_lower"]), one),
        ("word_length", of_words(words.size >= 5), number),
    ]
