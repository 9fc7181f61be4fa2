"""Captions that repeat an earlier caption, in their page or in the dump: exact first, then near."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Final

import numpy as np

from scrubber.dedup.same_caption import alike, jaccard, words_of
from scrubber.dedup.shingles import mix, shingle
from scrubber.dedup.view import fold_spaces, view
from scrubber.errors import ConfigError
from scrubber.page import Dead, Label, Page, Repeat, growing, with_fields

BATCH: Final = 64
CANDIDATES_MOST: Final = 8
_ANCHORS: Final = 8
_TOKENS: Final = 2  # pairs of words propose, words decide
_CHARACTERS: Final = 4  # where words are not spaced


@dataclass(slots=True, eq=False)
class Caption:
    """A caption: where it stands, its text, and its words once they are asked for."""

    page: str
    line: int
    text: str
    _words: list[str] | None = None

    @property
    def words(self) -> list[str]:
        if self._words is None:
            self._words = words_of(self.text)
        return self._words


@dataclass(slots=True)
class _Seen:
    """The captions that stay, by their exact view and by their anchors; the older half is forgotten when full."""

    limit: int
    exact: dict[str, Caption]
    anchors: dict[int, list[Caption]]
    older_exact: dict[str, Caption]
    older_anchors: dict[int, list[Caption]]

    def equal(self, view: str) -> Caption | None:
        return self.exact.get(view) or self.older_exact.get(view)

    def near(self, anchors: list[int]) -> list[Caption]:
        """Those that share three of eight anchors, those that share most first."""
        met: Counter[Caption] = Counter()
        for known in (self.older_anchors, self.anchors):
            met.update(chain.from_iterable(known[anchor] for anchor in anchors if anchor in known))
        likely = [caption for caption, shared in met.items() if 8 * shared >= 3 * len(anchors)]
        return sorted(likely, key=lambda caption: -met[caption])[:CANDIDATES_MOST]

    def add(self, view: str, anchors: list[int], caption: Caption) -> None:
        if len(self.exact) >= self.limit // 2:
            self.older_exact, self.older_anchors, self.exact, self.anchors = self.exact, self.anchors, {}, {}
        self.exact[view] = caption
        for anchor in anchors:
            bucket = self.anchors.setdefault(anchor, [])
            if len(bucket) < CANDIDATES_MOST:
                bucket.append(caption)


@dataclass(frozen=True, slots=True)
class CollapseCaptions:
    """Fill `repeat_of` for caption lines that repeat a caption that was seen before and stays.

    Exact means equal but for case, white space and invisible characters. Near means at least `threshold` alike, where
    one may be cut off or carry a credit, a number or a "hide caption" that the other has not; a number or a name that
    is replaced by another makes a new caption (`same_caption`). A page that is a copy, or whose kind is not in `kinds`,
    is collapsed like any other, but no later page loses a caption to it: captions of pages that are not written would
    be lost. The `remember` latest captions are known.
    """

    threshold: float = 0.6
    remember: int = 1_000_000
    kinds: tuple[str, ...] = ("article", "stub")
    batch: int = BATCH

    def __post_init__(self) -> None:
        if not 0 < self.threshold <= 1:
            raise ConfigError(f"caption_threshold {self.threshold} is no similarity; give one above 0 and up to 1")

    def __call__(self, pages: Iterable[Page | Dead]) -> Iterator[Page | Dead]:
        """Pages out in the order they came; `Dead` passes through."""
        seen = _Seen(self.remember, {}, {}, {}, {})
        for batch in growing(pages, self.batch):
            lines = [item.lines[offset] for item in batch if isinstance(item, Page) for offset in _captions(item)]
            anchored = iter(_anchors(lines))
            for item in batch:
                yield self._collapse(item, anchored, seen) if isinstance(item, Page) else item

    def _collapse(self, page: Page, anchored: Iterator[list[int]], seen: _Seen) -> Page:
        writes = page.duplicate_of is None and ("all" in self.kinds or page.kind in self.kinds)
        own = seen if writes else _Seen(1 << 62, {}, {}, {}, {})
        repeats: dict[int, Repeat] = {}
        for offset in _captions(page):
            text, anchors = page.lines[offset], next(anchored)
            view = fold_spaces(text)
            if not view:
                continue
            caption = Caption(page.id, page.line + offset, text)
            found = self._repeat(view, caption, anchors, seen)
            if found is None and not writes:
                found = self._repeat(view, caption, anchors, own)
            if found:
                repeats[offset] = found
            else:
                own.add(view, anchors, caption)
        return with_fields(page, repeat_of={**page.repeat_of, **repeats}) if repeats else page

    def _repeat(self, view: str, caption: Caption, anchors: list[int], seen: _Seen) -> Repeat | None:
        equal = seen.equal(view)
        if equal:
            return Repeat(equal.page, equal.line, 1.0)
        for known in seen.near(anchors):
            if alike(caption.words, known.words, self.threshold) >= self.threshold:
                return Repeat(known.page, known.line, jaccard(caption.words, known.words))
        return None


def _captions(page: Page) -> list[int]:
    return [offset for offset, verdict in enumerate(page.verdicts) if verdict.label is Label.CAPTION]


def _anchors(lines: list[str]) -> list[list[int]]:
    """For each line the least hashes of its word pairs: captions that share a run of words share some of them."""
    shingled = shingle(view(lines), _TOKENS, _CHARACTERS)
    hashes, lengths = mix(shingled.hashes), np.diff(shingled.bounds)
    line = np.repeat(np.arange(len(lines)), lengths)
    order = np.lexsort((hashes, line))
    rank = np.arange(len(hashes)) - np.repeat(shingled.bounds[:-1], lengths)
    least = hashes[order[rank < _ANCHORS]].tolist()
    ends = np.cumsum(np.minimum(lengths, _ANCHORS)).tolist()
    return [least[a:b] for a, b in pairwise([0, *ends])]
