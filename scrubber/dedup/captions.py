"""Captions that repeat an earlier caption, in their page or in the dump: exact first, then near."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from scrubber.dedup.equal import CROWD, Equal
from scrubber.dedup.same_caption import alike, jaccard, words_of
from scrubber.dedup.shingles import Hashes, mix, shingle
from scrubber.dedup.signature import Sort, each_distinct, tagged
from scrubber.dedup.table import NOBODY, Numbers, Owners
from scrubber.dedup.view import Ints, fold_spaces, view
from scrubber.errors import ConfigError
from scrubber.page import CAPTION, Dead, Page, Recall, Repeat, growing, with_fields

BATCH: Final = 64
CANDIDATES_MOST: Final = 8
_ANCHORS: Final = 8
_TOKENS: Final = 2  # pairs of words propose, words decide
_CHARACTERS: Final = 4  # where words are not spaced


@dataclass(slots=True, eq=False)
class Caption:
    """A caption: where it stands, its text, its number among those that stay, and its words once they are asked for."""

    page: str
    line: int
    text: str
    number: int = NOBODY
    _words: list[str] | None = None

    @property
    def words(self) -> list[str]:
        if self._words is None:
            self._words = words_of(self.text)
        return self._words


class _Seen:
    """The captions that stay, numbered as they come; the `remember` latest are known."""

    def __init__(self, remember: int) -> None:
        self._remember, self._first, self._begun = remember, 0, 0
        self._captions: list[Caption] = []
        self._older, self._table = Owners(CANDIDATES_MOST), Owners(CANDIDATES_MOST)

    def __len__(self) -> int:
        return self._first + len(self._captions)

    @property
    def forgotten(self) -> int:
        """How many captions that stay are known no more."""
        return max(0, len(self) - self._remember)

    def add(self, caption: Caption) -> None:
        """Take in a caption that stays, and number it."""
        caption.number = len(self)
        self._captions.append(caption)

    def find(self, keys: Hashes) -> Numbers:
        """The numbers of captions with each key; in the last `CANDIDATES_MOST` rows those of the present table."""
        return np.concatenate([self._older.find(keys), self._table.find(keys)])

    def known(self, numbers: Iterable[int]) -> list[Caption]:
        """The captions of some numbers, without those that are forgotten."""
        least = self.forgotten
        return [self._captions[number - self._first] for number in numbers if number >= least]

    def close(self, keys: Hashes, taken: Ints, numbers: Numbers) -> None:
        """Put captions under their keys, of which `taken` owners are in the present table."""
        self._table.add(keys, taken, numbers)
        if len(self) - self._begun >= self._remember:
            del self._captions[: self._begun - self._first]
            self._first, self._begun = self._begun, len(self)
            self._older, self._table = self._table, Owners(CANDIDATES_MOST)


class _Keys(NamedTuple):
    """Keys of some lines: line i has `flat[bounds[i]:bounds[i + 1]]`, first that of its words, then its anchors."""

    flat: Hashes
    bounds: Ints


class _Batch:
    """The captions of some pages, by their places: with whom of those that were seen, or of the batch, they share keys.

    Most share too few with any; what costs time is done for the others.
    """

    def __init__(self, lines: list[str], seen: _Seen) -> None:
        self._keys, self._seen = keys_of(lines), seen
        flat, bounds = self._keys
        lengths = np.diff(bounds)
        self._owners, equal = seen.find(flat), Equal(flat)
        self._taken = (self._owners[CANDIDATES_MOST:] != NOBODY).sum(axis=0)
        self._whose = np.repeat(np.arange(len(lines)), lengths)
        loud = self._loud_ones(equal, lengths - 1)
        heard = equal.again & equal.spread(loud[self._whose])
        self._loud, self._bounds, self._heard = loud.tolist(), bounds.tolist(), heard
        self._quiet = (~np.logical_or.reduceat(heard, bounds[:-1])).tolist()
        self._numbers = [NOBODY] * len(lines)
        self._fresh: dict[int, list[Caption]] = {}

    def _loud_ones(self, equal: Equal, anchors: Ints) -> NDArray[np.bool_]:
        """Which captions share enough anchors with another that they may be repeats."""
        whose, firsts = self._whose, self._keys.bounds[:-1]
        later, earlier = equal.pairs(np.flatnonzero(equal.before))
        level, column = np.nonzero(self._owners != NOBODY)
        keys, others = np.concatenate([column, later]), np.concatenate([self._owners[level, column], ~whose[earlier]])
        counted = ~np.isin(keys, firsts)
        pairs = np.sort(whose[keys][counted] << 32 | (others[counted] & 0xFFFFFFFF))
        first = np.flatnonzero(np.diff(pairs, prepend=-1))
        place, count = pairs[first] >> 32, np.diff(first, append=len(pairs))
        loud = np.zeros(len(firsts), np.bool_)
        loud[place[8 * count >= 3 * anchors[place]]] = True
        loud[whose[equal.before >= CROWD]] = True
        loud[whose[keys[~counted]]] = True
        return loud

    def equal(self, place: int) -> list[Caption]:
        """Captions with the same words."""
        if not self._loud[place]:
            return []
        start = self._bounds[place]
        fresh = self._fresh.get(int(self._keys.flat[start]), [])
        return self._seen.known(self._owners[:, start].tolist()) + fresh

    def near(self, place: int) -> list[Caption]:
        """Captions that share three of eight anchors, those that share most first."""
        if not self._loud[place]:
            return []
        part = slice(self._bounds[place] + 1, self._bounds[place + 1])
        met = Counter(self._seen.known(self._owners[:, part].ravel().tolist()))
        for key in self._keys.flat[part][self._heard[part]].tolist():
            met.update(self._fresh.get(key, ()))
        return _likely(met, part.stop - part.start)

    def keys(self, place: int) -> list[int]:
        own: list[int] = self._keys.flat[self._bounds[place] : self._bounds[place + 1]].tolist()
        return own

    def stays(self, place: int, caption: Caption) -> None:
        """A caption is no repeat: later ones may repeat it."""
        self._seen.add(caption)
        self._numbers[place] = caption.number
        if self._quiet[place]:
            return
        start, end = self._bounds[place], self._bounds[place + 1]
        for at in (start + np.flatnonzero(self._heard[start:end])).tolist():
            bucket = self._fresh.setdefault(int(self._keys.flat[at]), [])
            if self._taken[at] + len(bucket) < CANDIDATES_MOST:
                bucket.append(caption)

    def close(self) -> None:
        """Put the captions that stay under their keys, for the batches to come."""
        numbers = np.array(self._numbers, np.int32)[self._whose]
        stay = numbers != NOBODY
        self._seen.close(self._keys.flat[stay], self._taken[stay], numbers[stay])


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
        seen = _Seen(self.remember)
        for items in growing(pages, self.batch):
            places = [_captions(item) if isinstance(item, Page) else [] for item in items]
            listed = zip(items, places, strict=True)
            lines = [item.lines[i] for item, at in listed if not isinstance(item, Dead) for i in at]
            if not lines:
                yield from items
                continue
            batch, first = _Batch(lines, seen), 0
            done = list[Page | Dead]()
            for item, at in zip(items, places, strict=True):
                done.append(self._collapse(item, at, first, batch) if isinstance(item, Page) else item)
                first += len(at)
            batch.close()
            self.recall.forgotten_captions = seen.forgotten
            yield from done

    def _collapse(self, page: Page, offsets: list[int], first: int, batch: _Batch) -> Page:
        """`offsets` are those of its captions, `first` is the place of the first one in the batch."""
        writes = page.duplicate_of is None and ("all" in self.kinds or page.kind in self.kinds)
        own: dict[int, list[Caption]] = {}
        repeats: dict[int, Repeat] = {}
        for place, offset in enumerate(offsets, first):
            caption = Caption(page.id, page.line + offset, page.lines[offset])
            found = self._repeat(caption, batch.equal(place), batch.near(place))
            if found is None and not writes:
                found = self._repeat_in_page(caption, batch.keys(place), own)
            if found:
                repeats[offset] = found
            elif writes and not caption.text.isspace():
                batch.stays(place, caption)
        return with_fields(page, repeat_of={**page.repeat_of, **repeats}) if repeats else page

    def _repeat_in_page(self, caption: Caption, keys: list[int], own: dict[int, list[Caption]]) -> Repeat | None:
        """What a caption of a page that is not written repeats in it; `own` takes in those that repeat nothing."""
        met = Counter(known for key in keys[1:] for known in own.get(key, ()))
        found = self._repeat(caption, own.get(keys[0], []), _likely(met, len(keys) - 1))
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


def _likely(met: Counter[Caption], anchors: int) -> list[Caption]:
    """Of captions that share so many anchors with one that has `anchors` those that share enough, the likest first."""
    likely = [caption for caption, shared in met.items() if 8 * shared >= 3 * anchors]
    return sorted(likely, key=lambda caption: (-met[caption], caption.number, caption.line))[:CANDIDATES_MOST]


def keys_of(lines: list[str]) -> _Keys:
    """For each line a key of its words, and the least hashes of its word pairs.

    Captions that share a run of words share some of these. A line without words has a key of its marks.
    """
    shingled = shingle(view(lines), _TOKENS, _CHARACTERS)
    sequences = shingled.sequences()
    for i in np.flatnonzero(np.diff(shingled.firsts) == 0).tolist():
        sequences[i] = hash_of(fold_spaces(lines[i]))
    hashes, starts = each_distinct(mix(shingled.hashes), shingled.bounds)
    lengths = np.diff(starts)
    least = np.arange(len(hashes)) - np.repeat(starts[:-1], lengths) < _ANCHORS
    bounds = np.zeros(len(lines) + 1, np.int64)
    np.cumsum(np.minimum(lengths, _ANCHORS), out=bounds[1:])
    flat = np.insert(tagged(hashes[least], Sort.ANCHOR), bounds[:-1], tagged(sequences, Sort.SEQUENCE))
    return _Keys(flat, bounds + np.arange(len(bounds)))


def hash_of(text: str) -> int:
    """64 bits of a text."""
    return int.from_bytes(blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "little")
