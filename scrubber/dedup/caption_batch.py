"""The captions of some pages, and which of them may repeat each other or one that was seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from scrubber.dedup.equal import CROWD, Equal
from scrubber.dedup.same_caption import Words
from scrubber.dedup.shingles import Hashes, mix, shingle
from scrubber.dedup.signature import Sort, each_distinct, tagged
from scrubber.dedup.table import NOBODY, Numbers, Owners
from scrubber.dedup.view import Ints, fold_spaces, view

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
    _words: Words | None = None

    @property
    def words(self) -> Words:
        if self._words is None:
            self._words = Words(self.text)
        return self._words


class Seen:
    """The captions that stay, numbered as they come; the `remember` latest are known."""

    def __init__(self, remember: int) -> None:
        self._remember, self._first, self._begun = remember, 0, 0
        # in lists of plain values, which cost less than an object each: few are looked at again
        self._pages, self._lines, self._texts = list[str](), list[int](), list[str]()
        self._made: dict[int, Caption] = {}
        self._older, self._table = Owners(CANDIDATES_MOST), Owners(CANDIDATES_MOST)

    def __len__(self) -> int:
        return self._first + len(self._texts)

    @property
    def forgotten(self) -> int:
        """How many captions that stay are known no more."""
        return max(0, len(self) - self._remember)

    def add(self, page: str, line: int, text: str) -> int:
        """Take in a caption that stays; gives its number."""
        self._pages.append(page)
        self._lines.append(line)
        self._texts.append(text)
        return self._first + len(self._texts) - 1

    def caption(self, number: int) -> Caption:
        """A caption by its number."""
        made = self._made.get(number)
        if made is None:
            at = number - self._first
            made = self._made[number] = Caption(self._pages[at], self._lines[at], self._texts[at], number)
        return made

    def find(self, keys: Hashes) -> Numbers:
        """The numbers of captions with each key; in the last `CANDIDATES_MOST` rows those of the present table."""
        older = self._older.find(keys) if self._begun else np.full((CANDIDATES_MOST, len(keys)), NOBODY, np.int32)
        return np.concatenate([older, self._table.find(keys)])

    def known(self, numbers: Iterable[int]) -> list[int]:
        """Some numbers without those of captions that are forgotten."""
        least = self.forgotten
        return [number for number in numbers if number >= least]

    def close(self, keys: Hashes, taken: Ints, numbers: Numbers) -> None:
        """Put captions under their keys, of which `taken` owners are in the present table."""
        self._table.add(keys, taken, numbers)
        if len(self) - self._begun >= self._remember:
            gone, self._made = self._begun - self._first, {}
            self._first, self._begun = self._begun, len(self)
            for values in (self._pages, self._lines, self._texts):
                del values[:gone]
            self._older, self._table = self._table, Owners(CANDIDATES_MOST)


class Keys(NamedTuple):
    """Keys of some lines: line i has `flat[bounds[i]:bounds[i + 1]]`, first that of its words, then its anchors."""

    flat: Hashes
    bounds: Ints


class Batch:
    """The captions of some pages, by their places: with whom of those that were seen, or of the batch, they share keys.

    Most share too few with any; what costs time is done for the others, of which `may_repeat` tells.
    """

    def __init__(self, lines: list[str], seen: Seen) -> None:
        self._keys, self._seen = keys_of(lines), seen
        flat, bounds = self._keys
        self._owners, equal = seen.find(flat), Equal(flat)
        self._taken = (self._owners[CANDIDATES_MOST:] != NOBODY).sum(axis=0)
        self._whose = np.repeat(np.arange(len(lines)), np.diff(bounds))
        self._numbers = [NOBODY] * len(lines)
        self._fresh: dict[int, list[int]] = {}
        self._rivals: dict[int, list[tuple[int, int]]] = {}
        first = np.zeros(len(flat), np.bool_)
        first[bounds[:-1]] = True
        # the keys of these captions have room for all that come before: what they share is counted for all at once
        plain = np.maximum.reduceat(np.where(equal.before, self._taken + equal.before, 0), bounds[:-1])
        near, same = self._count_shared(equal, first)
        near[self._whose[equal.before >= CROWD]] = True
        plain, loud = (plain <= CANDIDATES_MOST) | ~near, near | same
        asked = loud[self._whose] & (first | ~plain[self._whose])
        heard = np.flatnonzero(equal.again & equal.spread(asked))
        self._heard, self._ends = heard.tolist(), heard.searchsorted(bounds).tolist()
        self.may_repeat, self._plain, self._bounds = loud.tolist(), plain.tolist(), bounds.tolist()

    def _count_shared(self, equal: Equal, first: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which captions share enough anchors with another to be repeats, and which share their words."""
        whose, bounds = self._whose, self._keys.bounds
        later, earlier = equal.pairs(np.flatnonzero(equal.before))
        level, column = np.nonzero(self._owners != NOBODY)
        keys, others = np.concatenate([column, later]), np.concatenate([self._owners[level, column], ~whose[earlier]])
        anchor = ~first[keys]
        pairs = np.sort(whose[keys][anchor] << 32 | (others[anchor] & 0xFFFFFFFF))
        begin = np.flatnonzero(np.diff(pairs, prepend=-1))
        place, count = pairs[begin] >> 32, np.diff(begin, append=len(pairs))
        enough = 8 * count >= 3 * (np.diff(bounds) - 1)[place]
        place, other = place[enough], pairs[begin][enough].astype(np.uint32).view(np.int32)
        for one, rival, shared in zip(place.tolist(), other.tolist(), count[enough].tolist(), strict=True):
            self._rivals.setdefault(one, []).append((rival, shared))
        found = np.zeros((2, len(bounds) - 1), np.bool_)
        found[0, place] = True
        found[1, whose[keys[~anchor]]] = True
        return found

    def equal(self, place: int) -> list[Caption]:
        """Captions with the same words."""
        start = self._bounds[place]
        fresh = self._fresh.get(int(self._keys.flat[start]), [])
        return list(map(self._seen.caption, self._seen.known(self._owners[:, start].tolist()) + fresh))

    def near(self, place: int) -> list[Caption]:
        """Captions that share three of eight anchors, those that share most first."""
        if self._plain[place]:
            rivals = [(self._number(other), shared) for other, shared in self._rivals.get(place, ())]
            return likeliest({self._seen.caption(one): shared for one, shared in rivals if one != NOBODY})
        start, end = self._bounds[place] + 1, self._bounds[place + 1]
        owners = self._owners[:, start:end]
        met = Counter(self._seen.known(owners[owners != NOBODY].tolist()))
        for at in self._heard[self._ends[place] : self._ends[place + 1]]:
            if at >= start:
                met.update(self._fresh.get(int(self._keys.flat[at]), ()))
        enough = {one: shared for one, shared in met.items() if 8 * shared >= 3 * (end - start)}
        return likeliest({self._seen.caption(one): shared for one, shared in enough.items()})

    def _number(self, rival: int) -> int:
        """The number of a caption, given that or its place in the batch, which is negative; or `NOBODY`."""
        if rival < 0:
            return self._numbers[~rival]
        return rival if rival >= self._seen.forgotten else NOBODY

    def keys(self, place: int) -> list[int]:
        own: list[int] = self._keys.flat[self._bounds[place] : self._bounds[place + 1]].tolist()
        return own

    def stays(self, place: int, page: str, line: int, text: str) -> None:
        """A caption is no repeat: later ones may repeat it."""
        self._numbers[place] = number = self._seen.add(page, line, text)
        for at in self._heard[self._ends[place] : self._ends[place + 1]]:
            bucket = self._fresh.setdefault(int(self._keys.flat[at]), [])
            if self._taken[at] + len(bucket) < CANDIDATES_MOST:
                bucket.append(number)

    def close(self) -> None:
        """Put the captions that stay under their keys, for the batches to come."""
        numbers = np.array(self._numbers, np.int32)[self._whose]
        stay = numbers != NOBODY
        self._seen.close(self._keys.flat[stay], self._taken[stay], numbers[stay])


def likely(met: Counter[Caption], anchors: int) -> list[Caption]:
    """Of captions that share so many anchors with one that has `anchors` those that share enough, the likest first."""
    return likeliest({caption: shared for caption, shared in met.items() if 8 * shared >= 3 * anchors})


def likeliest(met: Mapping[Caption, int]) -> list[Caption]:
    """The captions that share most, first."""
    return sorted(met, key=lambda caption: (-met[caption], caption.number, caption.line))[:CANDIDATES_MOST]


def keys_of(lines: list[str]) -> Keys:
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
    return Keys(flat, bounds + np.arange(len(bounds)))


def hash_of(text: str) -> int:
    """64 bits of a text."""
    return int.from_bytes(blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "little")
