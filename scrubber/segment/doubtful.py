"""A second look at the lines that the net is not sure of, by the passage and the page that they stand in.

The net sees some sixty lines to each side. How much text the page has, whether a line stands in its longest passage or
far behind it, whether it is about the same thing: that takes the page.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from scrubber.page import Label
from scrubber.segment.candidates import ROLES, FirstLook, Rows, running
from scrubber.segment.features.chains import LexicalWords
from scrubber.segment.features.columns import Columns, Floats
from scrubber.segment.passages import Spans, Text
from scrubber.segment.trees import Trees

FROM: Final = 0.1  # P(text or title) of the net between which a line gets a second look: the rest is as it says
TO: Final = 0.92
REACHES: Final = (10, 25)  # rows
FAR: Final = 300  # rows; what is farther off is equally far
NO_RULE: Final = 99  # rows
LONG_AGO: Final = 60  # rows
MANY: Final = 60  # words
NAMES: Final = (*"KtDCmo", "head", "text", "tail")
SUMMED: Final = ("K", "D", "C", "head", "text", "tail")
NEAR: Final = (
    *(Label.BYLINE, Label.SHARE, Label.NEWSLETTER, Label.RELATED, Label.BIO, Label.TAGS, Label.FOOTER),
    *(Label.COMMENT, Label.NAV, Label.AD),
)
LOCAL: Final = (
    *("chars", "words", "capital_words", "pipes", "ends_dot", "bullet", "indent", "dashes"),
    *("crossing_12", "crossing_share_12", "crossing_60", "crossing_share_60", "said_10", "used_10", "used_60"),
    *("all_12", "house_words_12", "house_words_36", "long_way_36"),
)


def doubtful(look: FirstLook) -> Rows:
    """The rows that the net is not sure of."""
    keep = look.labels[:, 0] + look.labels[:, 1]
    return np.flatnonzero((keep > FROM) & (keep < TO))


def text_odds(look: FirstLook, at: Rows, starts: Rows, trees: Trees) -> Floats:
    """Log odds that the rows `at` are text or title, where pages begin at the rows `starts`."""
    return trees(describe(look, at, starts).matrix())


def describe(look: FirstLook, at: Rows, starts: Rows) -> Columns:
    """The table of the rows `at`. The first row of each document is one of `starts`."""
    out, text = Columns(len(at)), Text.of(look, starts)
    low, high = text.pages.low(at), text.pages.high(at)
    _beside(out, at, low, high, text)
    _around(out, at, low, high, text)
    _page(out, at, low, high, text)
    _passages(out, at, text)
    _topic(out, at, low, high, text, look.features.topic)
    _roles(out, at, low, high, look.roles)
    out.add_all([f"{name}@0" for name in LOCAL], look.features.at(at, LOCAL))
    return out


def _beside(out: Columns, at: Rows, low: Rows, high: Rows, text: Text) -> None:
    """What the net says of the row and of those beside it."""
    out.add_all([f"{name}_here" for name in NAMES], text.said[at])
    keep = text.keep[at] / text.STEPS
    out.add("odds", np.log((keep + 1e-4) / (1 - keep + 1e-4)))
    for step in (-1, 1, 2):
        there = np.clip(at + step, low, high - 1)
        inside = there == at + step
        out.add(f"keep{step:+}", np.where(inside, text.keep[there], -1))
        out.add(f"letters{step:+}", np.where(inside, np.log1p(text.letters[there]), -1))
        out.add(f"C{step:+}", np.where(inside, text.said[there, NAMES.index("C")], -1))


def _around(out: Columns, at: Rows, low: Rows, high: Rows, text: Text) -> None:
    """The mix of labels and zones before and after."""
    total = running(text.said[:, [NAMES.index(name) for name in SUMMED]])
    kept, letters = running(text.keep * text.letters), running(text.letters)
    for reach in REACHES:
        before, after = np.maximum(at - reach, low), np.minimum(at + reach + 1, high)
        for side, begin, end in (("before", before, at), ("after", at + 1, after)):
            mix = (total[end] - total[begin]) / np.maximum(end - begin, 1)[:, None]
            out.add_all([f"{name}_{side}_{reach}" for name in SUMMED], mix)
            share = (kept[end] - kept[begin]) / np.maximum(letters[end] - letters[begin], 1)
            out.add(f"share_{side}_{reach}", share)


def _page(out: Columns, at: Rows, low: Rows, high: Rows, text: Text) -> None:
    """How much text the page has, before the row and after it."""
    kept, rows = running(text.kept * text.letters), running(text.kept.astype(np.float64))
    letters, sure = running(text.letters), running(text.keep * text.letters)
    total = kept[high] - kept[low]
    out.add("page_text", np.log1p(total))
    out.add("page_rows", np.log1p(high - low))
    out.add("page_kept_rows", np.log1p(rows[high] - rows[low]))
    out.add("text_before", np.log1p(kept[at] - kept[low]))
    out.add("text_after", np.log1p(kept[high] - kept[at + 1]))
    out.add("text_share_before", (kept[at] - kept[low]) / np.maximum(total, 1))
    out.add("page_share", total / np.maximum(letters[high] - letters[low], 1))
    out.add("page_sure", (sure[high] - sure[low]) / np.maximum(total, 1))
    out.add("from_begin", np.minimum(at - low, FAR))
    out.add("to_end", np.minimum(high - at, FAR))


def _passages(out: Columns, at: Rows, text: Text) -> None:
    """The passage that the row stands in or after, the one that follows, and the longest one of the page."""
    spans, page = text.spans, text.pages.page[at]
    last, following = spans.around(at, page)
    core = spans.core[page]
    inside = at <= spans.last[last]
    out.add("in_passage", inside)
    for side, which in (("before", last), ("after", following), ("core", core)):
        out.add(f"size_{side}", np.log1p(spans.size[which]))
        out.add(f"sure_{side}", spans.sure[which])
        out.add(f"zone_{side}", spans.zone[which])
        out.add(f"longest_{side}", np.log1p(spans.longest[which]))
    out.add("share_of_core", spans.size[last] / np.maximum(spans.size[core], 1))
    out.add("from_passage", np.clip(at - spans.last[last], -1, FAR))
    out.add("to_passage", np.minimum(spans.first[following] - at, FAR))
    out.add("from_core", _distance(at, spans, core))
    out.add("in_core", inside & (last == core))
    out.add("passages", spans.number[page])


def _distance(at: Rows, spans: Spans, core: Rows) -> Rows:
    """Rows from the longest passage: negative before it, 0 in it; `FAR` for a page without one."""
    ahead, behind = spans.first[core] - at, at - spans.last[core]
    rows = np.where(ahead > 0, -ahead, np.maximum(behind, 0))
    return np.where(spans.size[core] > 0, np.clip(rows, -FAR, FAR), FAR)


def _topic(out: Columns, at: Rows, low: Rows, high: Rows, text: Text, topic: LexicalWords) -> None:
    """How many of the topic words of the row, and of those around, stand elsewhere in the page's longest passage."""
    row, word = topic.row.take(topic.order), topic.hash.take(topic.order)
    same = np.diff(word, prepend=word[:1]) == 0
    core = text.in_core[row].astype(np.int64)
    of_page = _group_sums(core, same & (np.diff(text.pages.page[row], prepend=-1) == 0))
    of_row = _group_sums(core, same & (np.diff(row, prepend=-1) == 0))
    rows = len(text.letters)
    words = running(np.bincount(row, minlength=rows).astype(np.float64))
    shared = running(np.bincount(row[of_page > of_row], minlength=rows).astype(np.float64))
    out.add("topic_words", np.minimum(words[at + 1] - words[at], MANY))
    around = np.maximum(at - 3, low), np.minimum(at + 4, high)
    for name, (begin, end) in (("topic_shared", (at, at + 1)), ("topic_shared_around", around)):
        out.add(name, (shared[end] - shared[begin]) / np.maximum(words[end] - words[begin], 1))


def _group_sums(values: npt.NDArray[np.int64], goes_on: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """For each value the sum of its group; where `goes_on` is false another one begins."""
    if not len(values):
        return values
    begins = np.flatnonzero(~goes_on)
    begins = begins if len(begins) and begins[0] == 0 else np.append(0, begins)
    return np.repeat(np.add.reduceat(values, begins), np.diff(begins, append=len(values)))


def _roles(out: Columns, at: Rows, low: Rows, high: Rows, roles: npt.NDArray[np.int8]) -> None:
    """Rows since a rule last named a kind of furniture in the page, and until one does."""
    for role in NEAR:
        rows = np.flatnonzero(roles == ROLES.index(role))
        before = np.append(rows, -1)[np.searchsorted(rows, at, "right") - 1]
        after = np.append(rows, 1 << 40)[np.searchsorted(rows, at, "right")]
        out.add(f"since_{role.value}", np.where(before >= low, np.minimum(at - before, LONG_AGO), NO_RULE))
        out.add(f"until_{role.value}", np.where(after < high, np.minimum(after - at, LONG_AGO), NO_RULE))
