"""What a second look sees of a line that may begin a page: the pages that it would make, and those around them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from scrubber.page import Label
from scrubber.segment.features import Features
from scrubber.segment.features.columns import Columns, Floats
from scrubber.segment.features.tokens import PAIR, mix
from scrubber.segment.occurrences import Occurrences

Rows = npt.NDArray[np.int64]

GAP: Final = 3  # rows of the shortest page
SURE: Final = 0.45  # starts of the first look from here on are taken as the pages around
TOPIC_REACH: Final = 60
BUCKETS: Final = 1024
BLOCK: Final = 32  # candidates at a time, to stay in the cache
FAR: Final = np.float32(-9.2)  # log odds of a line that is not there
LOCAL: Final = (
    *("chars", "words", "shouted", "capital_words", "pipes", "ends_dot", "ends_colon", "bullet", "indent"),
    *("blank_before", "blanks_before", "blank_after", "begins_lower", "year", "clock", "begins_quote", "dashes"),
    *(
        "crossing_12",
        "crossing_share_12",
        "crossing_60",
        "crossing_share_60",
        "said_10",
        "used_10",
        "said_60",
        "used_60",
    ),
    *("repeats_1", "repeats_4", "repeats_31", "repeated_1", "repeated_4", "repeated_31"),
    *("all_12", "all_36", "house_words_12", "house_words_36", "length_12", "length_36", "long_way_36"),
)
BESIDE: Final = ("chars", "ends_dot", "bullet", "blank_before", "shouted", "capital_words", "indent", "repeats_31")
ROLES: Final = (
    *(Label.NAV, Label.AD, Label.PAYWALL, Label.BYLINE, Label.SHARE, Label.NEWSLETTER, Label.RELATED, Label.BIO),
    *(Label.TAGS, Label.FOOTER, Label.COMMENT, Label.CAPTION, Label.CREDIT, Label.LISTING),
)
OPENING: Final = (Label.NAV, Label.AD)
ENDING: Final = (Label.SHARE, Label.NEWSLETTER, Label.RELATED, Label.BIO, Label.TAGS, Label.FOOTER, Label.COMMENT)
NO_ROLE: Final = -1
# Where all pages tell one story, words run across every cut: what counts is how a gap differs from the others.
RELATIVE: Final = (
    *(
        "crossing_12",
        "crossing_share_12",
        "crossing_60",
        "crossing_share_60",
        "said_10",
        "used_10",
        "said_60",
        "used_60",
    ),
    *("all_36", "house_words_36", "odds", "topic_near", "topic_far"),
)


@dataclass(frozen=True, slots=True)
class FirstLook:
    """What the net says of each row."""

    features: Features
    labels: Floats  # (rows, 6) probabilities
    odds: Floats  # log odds of a page start
    zones: Floats  # (rows, 3) probabilities
    roles: npt.NDArray[np.int8]  # what a rule calls the row, as a place in `ROLES`; -1: no rule speaks

    @property
    def kept(self) -> npt.NDArray[np.bool_]:
        return np.asarray(self.labels[:, 0] + self.labels[:, 1] > 0.5)


@dataclass(frozen=True, slots=True)
class Around:
    """The page starts around each candidate: `before` to the candidate is one page, up to `after` the next."""

    at: Rows
    before: Rows
    after: Rows
    before_that: Rows
    after_that: Rows
    starts: Rows


def first_starts(look: FirstLook) -> Rows:
    """The first row of each document, and rows that the net is sure of and that are the likeliest within `GAP`."""
    layout, odds = look.features.layout, look.odds
    here = np.arange(len(odds))
    sure = np.flatnonzero((odds > np.log(SURE / (1 - SURE))) & (here - layout.low >= GAP))
    near = sure[:, None] + np.arange(-GAP, GAP + 1)
    inside = (near >= layout.low[sure][:, None]) & (near < layout.high[sure][:, None])
    around = np.where(inside, odds[np.clip(near, 0, len(odds) - 1)], -np.inf)
    likeliest = sure[odds[sure] >= around.max(1)]
    first = here == layout.low
    first[likeliest] = True
    return np.flatnonzero(first)


def look_around(look: FirstLook, at: Rows) -> Around:
    """The neighbours of candidates, none nearer than `GAP` rows and none of another document."""
    layout, starts = look.features.layout, first_starts(look)
    low, high = layout.low[at], layout.high[at]
    back = np.searchsorted(starts, at - GAP, "right") - 1
    forth = np.searchsorted(starts, at + GAP)
    ends = np.append(starts, [layout.rows] * 2)
    return Around(
        at,
        starts[back],
        np.minimum(ends[forth], high),
        np.maximum(starts[np.maximum(back - 1, 0)], low),
        np.minimum(ends[forth + 1], high),
        starts,
    )


def describe(look: FirstLook, at: Rows) -> Columns:
    """The table of candidates at rows `at`."""
    out, around = Columns(len(at)), look_around(look, at)
    _odds(out, look, around)
    _lengths(out, look, around)
    _labels(out, look, around)
    _repeats(out, look, around)
    _topic(out, look, around)
    _lines(out, look, at)
    _roles(out, look, at)
    _relative(out, look.features.layout.document[at])
    return out


def _odds(out: Columns, look: FirstLook, around: Around) -> None:
    """The net's opinion of the lines around, and of the neighbouring starts."""
    layout, at, odds = look.features.layout, around.at, np.maximum(look.odds, FAR)
    steps = np.arange(-24, 25)
    near = at[:, None] + steps
    inside = (near >= layout.low[at][:, None]) & (near < layout.high[at][:, None])
    table = np.where(inside, odds[np.clip(near, 0, layout.rows - 1)], FAR)
    for step in range(-5, 6):
        out.add("odds" if step == 0 else f"odds{step:+}", table[:, 24 + step])
    for name, which in (
        ("before_10", (steps <= -4) & (steps > -10)),
        ("before_24", (steps <= -4) & (steps > -24)),
        ("after_10", (steps >= 4) & (steps < 10)),
        ("after_24", (steps >= 4) & (steps < 24)),
    ):
        out.add(f"odds_{name}", table[:, which].max(1))
    out.add("rank", (table[:, 16:33] > table[:, 24:25]).sum(1))
    out.add("is_start", among(around.starts, layout.rows)[at])
    nearest = np.searchsorted(around.starts, at - GAP)
    out.add("near_start", np.append(around.starts, 1 << 40)[nearest] <= at + GAP)
    first, last = around.before == layout.low[at], around.after == layout.high[at]
    out.add("odds_of_before", np.where(first, 9, odds[around.before]))
    out.add("odds_of_after", np.where(last, 9, odds[np.minimum(around.after, layout.rows - 1)]))
    out.add("first_page", first)


def _lengths(out: Columns, look: FirstLook, around: Around) -> None:
    at, layout = around.at, look.features.layout
    for name, low, high in (
        ("before", around.before, at),
        ("after", at, around.after),
        ("before_that", around.before_that, around.before),
        ("after_that", around.after, around.after_that),
    ):
        out.add(f"rows_{name}", np.log1p(high - low))
    kept = look.kept
    chars, rows = running(kept * layout.chars), running(kept.astype(np.float64))
    for name, low, high in (("before", around.before, at), ("after", at, around.after)):
        out.add(f"kept_chars_{name}", np.log1p(chars[high] - chars[low]))
        out.add(f"kept_rows_{name}", rows[high] - rows[low])
    places = np.append(np.flatnonzero(kept), layout.rows)
    following = places[np.searchsorted(places, at)]
    before = np.append(-1, places)[np.searchsorted(places, at)]
    out.add("to_kept", np.minimum(following, around.after) - at)
    out.add("to_kept_at_all", np.minimum(following - at, 99))
    out.add("from_kept", np.minimum(at - before, at - around.before))


def among(rows: Rows, number: int) -> npt.NDArray[np.bool_]:
    """For each of a number of rows whether it is one of `rows`."""
    flags = np.zeros(number, np.bool_)
    flags[rows] = True
    return flags


def running(values: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Sums of all rows before each row, and of all."""
    total = np.zeros((len(values) + 1, *values.shape[1:]))
    np.cumsum(values, 0, out=total[1:])
    return total


def _labels(out: Columns, look: FirstLook, around: Around) -> None:
    """The mix of labels and zones just before and after, and in the two pages."""
    at, layout = around.at, look.features.layout
    table = np.concatenate([look.labels, look.zones], 1)
    names = [*"KtDCmo", "head", "text", "tail"]
    total = running(table)
    for reach in (3, 8, 20):
        low, high = np.maximum(at - reach, layout.low[at]), np.minimum(at + reach, layout.high[at])
        out.add_all([f"{n}_before_{reach}" for n in names], (total[at] - total[low]) / reach)
        out.add_all([f"{n}_after_{reach}" for n in names], (total[high] - total[at]) / reach)
    before, after = (at - around.before)[:, None], (around.after - at)[:, None]
    out.add_all([f"{n}_page_before" for n in names], (total[at] - total[around.before]) / np.maximum(before, 1))
    out.add_all([f"{n}_page_after" for n in names], (total[around.after] - total[at]) / np.maximum(after, 1))
    out.add_all([f"{n}_here" for n in names], table[at])
    out.add_all([f"{n}_last" for n in names], table[at - 1])


def _repeats(out: Columns, look: FirstLook, around: Around) -> None:
    """How often the line stands in the document, how likely it begins pages there, and whether it begins known ones."""
    keys, layout = look.features.keys, look.features.layout
    # whole numbers, whose sums are exact whatever stands before them
    likely = np.rint(4096 / (1 + np.exp(-look.odds.astype(np.float64)))).astype(np.int64)
    all_rows = Occurrences(keys, np.arange(layout.rows), likely)
    number, weight = all_rows.near(keys[around.at], around.at, layout)
    others = (weight - likely[around.at]) / 4096
    out.add("line_count", np.minimum(number, 20))
    out.add("line_begins", others)
    out.add("line_begins_share", others / np.maximum(number - 1, 1))
    for step, name in ((0, "line_of_starts"), (1, "next_line_of_starts"), (-1, "last_line_of_pages")):
        at = np.minimum(around.at + step, layout.high[around.at] - 1)
        first = around.starts + step
        first = first[(first >= layout.low[around.starts]) & (first < layout.high[around.starts])]
        number, _ = Occurrences(keys, first, likely).near(keys[at], at, layout)
        out.add(name, number - among(first, layout.rows)[at])
    _pairs(out, look, around.at, all_rows)


def _pairs(out: Columns, look: FirstLook, at: Rows, lines: Occurrences) -> None:
    """Where the furniture of a site begins: the same lines follow everywhere, but once something else came before."""
    keys, layout = look.features.keys, look.features.layout
    inside = np.diff(layout.document, prepend=-1) == 0
    pairs = np.where(inside & (keys > 0), mix(keys * PAIR + np.roll(keys, 1)) | np.uint32(1), np.uint32(0))
    rows = np.arange(layout.rows)
    joined = Occurrences(pairs, rows, np.zeros(layout.rows, np.int64))

    def times(of: Occurrences, names: npt.NDArray[np.uint32], step: int) -> Rows:
        there = np.clip(at + step, layout.low[at], layout.high[at] - 1)
        return of.near(names[there], there, layout)[0]

    here, last, following = (times(lines, keys, step) for step in (0, -1, 1))
    pair, pair_before, pair_after, pair_later = (times(joined, pairs, step) for step in (0, -1, 1, 2))
    out.add("pair_count", np.minimum(pair, 20))
    out.add("pair_share", pair / np.maximum(here, 1))
    out.add("pair_share_of_last", pair / np.maximum(last, 1))
    out.add("last_count", np.minimum(last, 20))
    out.add("following_count", np.minimum(following, 20))
    out.add("following_share", pair_after / np.maximum(here, 1))
    out.add("following_share_of_it", pair_after / np.maximum(following, 1))
    out.add("pairs_after", np.minimum(pair_after, 20) + np.minimum(pair_later, 20))
    out.add("pair_before", np.minimum(pair_before, 20))
    out.add("alone_before", here - pair)
    out.add("alone_after", last - pair)


def _topic(out: Columns, look: FirstLook, around: Around) -> None:
    """Likeness of the kept text before and after, near the gap and farther off."""
    topic, kept, layout = look.features.topic, look.kept, look.features.layout
    words = np.flatnonzero(kept[topic.row])
    row, bucket = topic.row[words], (topic.hash[words] >> np.uint32(22)).astype(np.int64)
    first = np.searchsorted(row, np.arange(layout.rows + 1))
    for name, reach in (("topic_near", 15), ("topic_far", TOPIC_REACH)):
        low, high = np.maximum(around.at - reach, around.before), np.minimum(around.at + reach, around.after)
        out.add(name, _likeness(bucket, first[low], first[around.at], first[high]))


def _likeness(bucket: npt.NDArray[np.int64], low: Rows, middle: Rows, high: Rows) -> Floats:
    """How alike the words from `low` to `middle` are to those from `middle` to `high`; 0 where there are none.

    All three rise, and often stand still: rows of furniture in a row have the same text before and after them.
    """
    new = np.append(True, (np.diff(low) != 0) | (np.diff(middle) != 0) | (np.diff(high) != 0))
    some = np.flatnonzero(new & (low < middle) & (middle < high))
    likeness = np.zeros(len(low), np.float32)
    for block in range(0, len(some), BLOCK):
        at = some[block : block + BLOCK]
        likeness[at] = _cosine(_vectors(bucket, low[at], middle[at]), _vectors(bucket, middle[at], high[at]))
    return np.asarray(likeness[np.flatnonzero(new)[np.cumsum(new) - 1]])


def _vectors(bucket: npt.NDArray[np.int64], low: Rows, high: Rows) -> Floats:
    """Logarithms of the counts of words by bucket, for the words from `low` to `high`."""
    size = high - low
    owner = np.repeat(np.arange(len(low)) * BUCKETS, size)
    word = np.arange(len(owner)) + np.repeat(low - (np.cumsum(size) - size), size)
    counts = np.bincount(owner + bucket.take(word), minlength=len(low) * BUCKETS)
    logarithm = np.log1p(np.arange(int(counts.max(initial=0)) + 1, dtype=np.float32))
    return logarithm.take(counts).reshape(len(low), BUCKETS)


def _cosine(one: Floats, two: Floats) -> Floats:
    norm = (one * one).sum(1) * (two * two).sum(1)
    return np.asarray((one * two).sum(1) / np.sqrt(norm + np.float32(1e-6)), np.float32)


def _lines(out: Columns, look: FirstLook, at: Rows) -> None:
    features = look.features
    out.add_all([f"{name}@0" for name in LOCAL], features.at(at, LOCAL))
    out.add_all([f"{name}@-1" for name in BESIDE], features.at(at - 1, BESIDE))
    following = np.minimum(at + 1, features.layout.high[at] - 1)
    out.add_all([f"{name}@+1" for name in BESIDE], features.at(following, BESIDE))


def _roles(out: Columns, look: FirstLook, at: Rows) -> None:
    """What rules call the line and the one before, and how much opens or ends pages around."""
    layout, roles = look.features.layout, look.roles
    names = [role.value for role in ROLES]
    for step, rows in (("@0", at), ("@-1", at - 1)):
        out.add_all([f"{n}{step}" for n in names], (roles[rows][:, None] == np.arange(len(ROLES))).astype(np.float32))
    for name, group in (("opening", OPENING), ("ending", ENDING)):
        total = running(np.isin(roles, [ROLES.index(role) for role in group]).astype(np.float64))
        for reach in (6, 20):
            low, high = np.maximum(at - reach, layout.low[at]), np.minimum(at + reach, layout.high[at])
            out.add(f"{name}_before_{reach}", total[at] - total[low])
            out.add(f"{name}_after_{reach}", total[high] - total[at])


def _relative(out: Columns, document: npt.NDArray[np.int32]) -> None:
    """Lexical values minus their median over the document's candidates."""
    names = [name if name in out.names else f"{name}@0" for name in RELATIVE]
    table = np.stack([out[name] for name in names], 1)
    edges = np.flatnonzero(np.diff(document, prepend=-1, append=-1))
    for low, high in pairwise(edges):
        table[low:high] -= _medians(table[low:high])
    out.add_all([f"{name}~" for name in names], table)


def _medians(table: Floats) -> Floats:
    """The median of each column; `np.median` says the same, and loads `numpy.ma` for it, which takes 15 ms."""
    low, high = (len(table) - 1) // 2, len(table) // 2
    sorted_there = np.partition(table, (low, high), axis=0)
    return np.asarray((sorted_there[low] + sorted_there[high]) / 2)
