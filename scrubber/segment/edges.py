"""What ends one page and begins the next, as flags: the ANDs of neighbours that a linear model cannot make."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from scrubber.page import Label
from scrubber.segment.features.columns import Columns
from scrubber.segment.features.layout import Layout
from scrubber.segment.rule import rulebook

Flags = npt.NDArray[np.bool_]
Counts = npt.NDArray[np.int64]

PROSE: Final = 140  # characters of running text
CJK_PROSE: Final = 50
TITLE: Final = (20, 140)
CJK_TITLE: Final = (8, 50)
SHORT: Final = 60
TAIL_LABELS: Final = (Label.BIO, Label.TAGS, Label.FOOTER, Label.RELATED, Label.COMMENT, Label.NEWSLETTER, Label.CREDIT)
HEAD_LABELS: Final = (Label.NAV, Label.AD, Label.SHARE)


class Around:
    """Counts of flagged rows before and after each row, within its document."""

    def __init__(self, page: Layout) -> None:
        self.low, self.high, self.here = page.low, page.high, np.arange(page.rows)

    def before(self, flags: Flags, reach: int) -> Counts:
        return self._sum(flags, np.maximum(self.here - reach, self.low), self.here)

    def after(self, flags: Flags, reach: int) -> Counts:
        return self._sum(flags, np.minimum(self.here + 1, self.high), np.minimum(self.here + 1 + reach, self.high))

    @staticmethod
    def _sum(flags: Flags, begin: Counts, end: Counts) -> Counts:
        total = np.concatenate([[0], np.cumsum(flags)])
        result: Counts = total[end] - total[begin]
        return result


def edges(out: Columns, page: Layout, rule: Counts, echo: Flags) -> None:
    """Add the flags of page edges; `out` holds the columns of shape and chains."""
    near = Around(page)
    label = np.array([r.label for r in rulebook().rules] + [""])[rule]
    jump = rule == next(i for i, r in enumerate(rulebook().rules) if r.name == "jump_link")
    bullet = (out["bullet"] > 0) & (page.chars <= SHORT)
    ideographs = out["cjk"] > 0.3
    prose = page.chars >= np.where(ideographs, CJK_PROSE, PROSE)
    title = _title_shape(out, page, ideographs) & (rule < 0) & ~echo
    tail = np.isin(label, TAIL_LABELS) | bullet | echo
    head = np.isin(label, HEAD_LABELS) | bullet
    numbered, byline = out["numbered"] > 0, label == Label.BYLINE
    text_before, text_after = near.before(prose, 12) >= 2, near.after(prose, 8) >= 2
    apart = out["crossing_share_60_relative"] < 1
    flags = {
        "title_after_tail": title & (near.before(tail, 3) > 0) & text_after,
        "title_after_tail_and_text": title & (near.before(tail, 3) > 0) & text_after & text_before,
        "title_with_byline": title & (near.after(byline, 4) > 0) & (near.after(prose, 10) >= 2),
        "title_with_byline_after_text": title & (near.after(byline, 4) > 0) & (near.before(prose, 3) > 0),
        "title_after_text": title & (near.before(prose, 1) > 0) & text_after & text_before,
        "title_twice": title & (near.before(title, 1) == 0) & (near.after(title, 2) > 0) & text_before & text_after,
        "title_in_head": title & (near.before(head, 3) > 0) & (near.before(prose, 10) == 0),
        "head_first": head & (near.before(head | title, 6) == 0) & (near.before(prose, 20) >= 2),
        "menu_first": bullet & (near.before(bullet, 1) == 0) & (near.after(bullet, 3) >= 2) & text_before,
        "menu_before_title": bullet & (near.before(bullet, 1) == 0) & (near.after(title, 12) > 0) & text_before,
        "menu_before_text": bullet & (near.before(bullet, 1) == 0) & (near.after(prose, 30) >= 2) & text_before,
        "list_first": ~numbered & (near.after(numbered, 3) > 0) & (near.after(numbered, 30) >= 4),
        "list_first_alone": ~numbered & (near.after(numbered, 3) > 0) & (near.before(numbered, 30) == 0),
        "jump_first": jump & (near.before(jump, 6) == 0),
        "ad_first": (label == Label.AD) & (near.before(label == Label.AD, 4) == 0) & (near.after(title, 4) > 0),
        "tail_over": ~tail & (near.before(tail, 1) > 0) & text_after,
        "prose_far": (near.before(prose, 8) == 0) & text_after,
        "prose_very_far": (near.before(prose, 20) == 0) & text_after,
    }
    for name, values in flags.items():
        out.add(name, values)
        out.add(f"{name}_apart", values & apart)


def sure_edges(out: Columns, page: Layout, rule: Counts) -> Flags:
    """Rows that begin a listing or a wall, too rare in the training pages for weights to be learned.

    A listing: a lone short heading before numbered items that alternate with one line each. A wall: bullets
    right after a sentence, with two offers to pay close by, and none before.
    """
    near = Around(page)
    labels = np.array([r.label for r in rulebook().rules] + [""])[rule]
    numbered, offer = out["numbered"] > 0, labels == Label.PAYWALL
    following = np.append(numbered[1:], False)
    item = numbered & ~following
    heading = ~numbered & (page.chars <= 30) & (out["bullet"] == 0)
    listing = heading & following & (near.after(item, 16) >= 6) & (near.before(numbered, 40) == 0)
    bullet = out["bullet"] > 0
    beginning = bullet & (near.before(~bullet & (out["ends_dot"] > 0), 1) > 0)
    wall = beginning & (near.after(offer, 4) >= 2) & (near.after(offer, 24) >= 4) & (near.before(offer, 20) == 0)
    result: Flags = listing | wall
    return result


def _title_shape(out: Columns, page: Layout, ideographs: Flags) -> Flags:
    least, most = (np.where(ideographs, c, w) for c, w in zip(CJK_TITLE, TITLE, strict=True))
    open_end = (out["ends_dot"] + out["ends_colon"] + out["ends_comma"]) == 0
    result: Flags = (page.chars >= least) & (page.chars <= most) & open_end & (out["bullet"] == 0)
    result &= (out["begins_lower"] == 0) & (out["numbered"] == 0)
    return result
