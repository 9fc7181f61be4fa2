"""Captions that repeat an earlier caption, in their page or in the dump: exact first, then near."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from scrubber.dedup.caption_batch import CANDIDATES_MOST, Batch, Caption, Seen, likely
from scrubber.dedup.same_caption import alike, jaccard
from scrubber.dedup.view import fold_spaces
from scrubber.errors import ConfigError
from scrubber.page import CAPTION, Dead, Page, Recall, Repeat, growing, with_fields

BATCH: Final = 128


@dataclass(frozen=True, slots=True)
class CollapseCaptions:
    """Fill `repeat_of` for caption lines that repeat a caption that was seen before and stays.

    Exact means equal but for case, white space and invisible characters. Near means at least `threshold` alike, where
    one may be cut off or carry a credit, a number or a "hide caption" that the other has not; a number or a name that
    is replaced by another makes a new caption (`same_caption`). A page that is a copy, or whose kind is not in `kinds`,
    is collapsed like any other, but no later page loses a caption to it: captions of pages that are not written would
    be lost. The `remember` latest captions are known, `recall` counts the others.
    """

    threshold: float = 0.6
    remember: int = 1_000_000
    kinds: tuple[str, ...] = ("article", "stub")
    batch: int = BATCH
    recall: Recall = field(default_factory=Recall, compare=False)

    def __post_init__(self) -> None:
        if not 0 < self.threshold <= 1:
            raise ConfigError(f"caption_threshold {self.threshold} is no similarity; give one above 0 and up to 1")

    def __call__(self, pages: Iterable[Page | Dead]) -> Iterator[Page | Dead]:
        """Pages out in the order they came; `Dead` passes through."""
        seen = Seen(self.remember)
        for items in growing(pages, self.batch):
            places = [_captions(item) if isinstance(item, Page) else [] for item in items]
            listed = zip(items, places, strict=True)
            lines = [item.lines[i] for item, at in listed if not isinstance(item, Dead) for i in at]
            if not lines:
                yield from items
                continue
            batch, first = Batch(lines, seen), 0
            done = list[Page | Dead]()
            for item, at in zip(items, places, strict=True):
                done.append(self._collapse(item, at, first, batch) if isinstance(item, Page) else item)
                first += len(at)
            batch.close()
            self.recall.forgotten_captions = seen.forgotten
            yield from done

    def _collapse(self, page: Page, offsets: list[int], first: int, batch: Batch) -> Page:
        """`offsets` are those of its captions, `first` is the place of the first one in the batch."""
        writes = page.duplicate_of is None and ("all" in self.kinds or page.kind in self.kinds)
        own: dict[int, list[Caption]] = {}
        repeats: dict[int, Repeat] = {}
        for place, offset in enumerate(offsets, first):
            text, found = page.lines[offset], None
            if batch.may_repeat[place] or not writes:
                caption = Caption(page.id, page.line + offset, text)
                if batch.may_repeat[place]:
                    found = self._repeat(caption, batch.equal(place), batch.near(place))
                if found is None and not writes:
                    found = self._repeat_in_page(caption, batch.keys(place), own)
            if found:
                repeats[offset] = found
            elif writes and not text.isspace():
                batch.stays(place, page.id, page.line + offset, text)
        return with_fields(page, repeat_of={**page.repeat_of, **repeats}) if repeats else page

    def _repeat_in_page(self, caption: Caption, keys: list[int], own: dict[int, list[Caption]]) -> Repeat | None:
        """What a caption of a page that is not written repeats in it; `own` takes in those that repeat nothing."""
        met = Counter(known for key in keys[1:] for known in own.get(key, ()))
        found = self._repeat(caption, own.get(keys[0], []), likely(met, len(keys) - 1))
        for key in keys if found is None else ():
            bucket = own.setdefault(key, [])
            if len(bucket) < CANDIDATES_MOST:
                bucket.append(caption)
        return found

    def _repeat(self, caption: Caption, equal: list[Caption], near: list[Caption]) -> Repeat | None:
        if equal:
            seen = fold_spaces(caption.text)
            for known in equal if seen else ():
                if fold_spaces(known.text) == seen:
                    return Repeat(known.page, known.line, 1.0)
        for known in near:
            if alike(caption.words, known.words, self.threshold) >= self.threshold:
                return Repeat(known.page, known.line, jaccard(caption.words, known.words))
        return None


def _captions(page: Page) -> list[int]:
    return [offset for offset, verdict in enumerate(page.verdicts) if verdict.label is CAPTION]
