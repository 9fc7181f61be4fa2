"""What is remembered of the pages that stay, so that later pages can be verified against them."""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Final, overload

import numpy as np
from numpy.typing import NDArray

from scrubber.dedup.candidate import Candidate, digest_of
from scrubber.dedup.shingles import Hashes
from scrubber.dedup.signature import distinct_each, each_distinct, rekey, sign
from scrubber.dedup.verify import Measure
from scrubber.dedup.view import Ints

SKETCH_BINS: Final = 128
_SKETCHED_TOGETHER: Final = 512  # pages: more fall out of the processor's cache
_SKETCH_KEY: Final = 0x3C6E_F372_FE94_F82B  # apart from the buckets' key: the estimate is a second, independent draw

Sketches = NDArray[np.uint16]


def sketch(sets: list[Hashes], seed: int) -> Sketches:
    """16 bits of each bin of a second signature: what verifies where the shingles themselves are gone."""
    return sketch_and_count(sets, seed)[0]


def sketch_and_count(lists: list[Hashes], seed: int) -> tuple[Sketches, Ints]:
    """The same of shingles in any order and with repeats, and how many distinct ones each page has."""
    sketches, sizes = [np.empty((0, SKETCH_BINS), np.uint16)], [np.empty(0, np.int64)]
    for start in range(0, len(lists), _SKETCHED_TOGETHER):
        hashes, bounds = each_distinct(*rekey(lists[start : start + _SKETCHED_TOGETHER], seed ^ _SKETCH_KEY))
        sketches.append(sign(hashes, bounds, SKETCH_BINS).astype(np.uint16))
        sizes.append(np.diff(bounds))
    return np.concatenate(sketches), np.concatenate(sizes)


def estimate(copy: Sketches, kept: Sketches, copy_size: int, kept_size: int) -> Measure:
    """Jaccard from the share of equal bins (less what 16 bits match by chance), containment from it and the sizes."""
    equal = float((copy == kept).mean())
    jaccard = max(0.0, (equal - 2.0**-16) / (1 - 2.0**-16))
    shared = jaccard * (copy_size + kept_size) / (1 + jaccard)
    return Measure(jaccard, min(1.0, shared / max(1, copy_size)), estimated=True)


# by number what is left of pages whose shingles were forgotten; a digest may end in zeros, which "S16" would lose
_GONE: Final = np.dtype([("size", np.uint32), ("digest", np.uint8, 16), ("sketch", np.uint16, SKETCH_BINS)])


class _Kept:
    """The shingles of a page in memory: in the order of its text, until they are compared; sorted from then on."""

    __slots__ = ("_digest", "hashes", "is_sorted", "nbytes")

    def __init__(self, page: Candidate) -> None:
        self.is_sorted, self.nbytes = page.is_sorted, page.ordered.nbytes
        # a view would keep all pages of its batch in memory
        self.hashes = (page.shingles if page.is_sorted else page.ordered).copy()
        self._digest = page.digest if page.is_sorted else page.given_digest

    @property
    def digest(self) -> bytes:
        if self._digest is None:
            self._digest = digest_of(self.hashes)
        return self._digest

    def sort(self, shingles: Hashes) -> None:
        """Keep the distinct shingles in their order instead."""
        self._digest, self.hashes, self.is_sorted = self.digest, shingles.copy(), True


class Ids(Sequence[str]):
    """Many short strings in one piece of memory."""

    def __init__(self) -> None:
        self._bytes, self._ends = bytearray(), array("L", [0])

    def __len__(self) -> int:
        return len(self._ends) - 1

    @overload
    def __getitem__(self, number: int) -> str: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[str]: ...
    def __getitem__(self, number: int | slice) -> str | Sequence[str]:
        if isinstance(number, slice):
            return [self[i] for i in range(*number.indices(len(self)))]
        at = range(len(self))[number]
        return self._bytes[self._ends[at] : self._ends[at + 1]].decode("utf-8", "surrogatepass")

    def extend(self, ids: Iterable[str]) -> None:
        for one in ids:
            self._bytes += one.encode("utf-8", "surrogatepass")
            self._ends.append(len(self._bytes))


class Memory:
    """What is known of all pages that stay; the shingles of as many as `shingle_bytes` holds.

    The least recently used shingles are forgotten first. Then two pages are compared by their sketches, and the
    measure says `estimated`.
    """

    forgets = True

    def __init__(self, seed: int, shingle_bytes: int) -> None:
        self._seed, self._left = seed, shingle_bytes
        self._kept: OrderedDict[int, _Kept] = OrderedDict()
        self._gone = np.empty(0, _GONE)
        self.ids = Ids()
        self.weights, self.lengths = array("q"), array("q")

    def __len__(self) -> int:
        return len(self.ids)

    def remember(self, pages: Sequence[Candidate], places: Sequence[int]) -> None:
        """Take in pages that stay; they are numbered in the order in which they come."""
        for number, page in enumerate(pages, len(self.ids)):
            self._kept[number] = _Kept(page)
            self._left -= page.ordered.nbytes
        self.ids.extend([page.id for page in pages])
        self.weights.extend([page.weight for page in pages])
        self.lengths.extend([len(page.ordered) for page in pages])
        if self._left < 0:
            self._forget()

    def size(self, number: int) -> int:
        """How many shingles a page has."""
        shingles = self.shingles([number])[0]
        return int(self._gone["size"][number]) if shingles is None else len(shingles)

    def shingles(self, numbers: Sequence[int]) -> list[Hashes | None]:
        """The distinct shingles of pages, sorted, but for those that are forgotten."""
        kept = [self._kept.get(number) for number in numbers]
        ragged = list({id(one): one for one in kept if one and not one.is_sorted}.values())
        for one, shingles in zip(ragged, distinct_each([one.hashes for one in ragged]), strict=True):
            one.sort(shingles)
        return [one.hashes if one else None for one in kept]

    def digest(self, number: int) -> bytes:
        """See `Candidate.digest`."""
        known = self._kept.get(number)
        return self._gone["digest"][number].tobytes() if known is None else known.digest

    def use(self, number: int) -> Hashes | None:
        """The distinct shingles of a page, to be compared: those compared lately are forgotten last."""
        if number in self._kept:
            self._kept.move_to_end(number)
        return self.shingles([number])[0]

    def estimate(self, page: Candidate, number: int) -> Measure:
        """What a page seems to share with one that stays, whose shingles are forgotten."""
        own = sketch([page.shingles], self._seed)[0]
        return estimate(own, self._gone["sketch"][number], len(page.shingles), self.size(number))

    def _forget(self) -> None:
        gone = []
        while self._left < 0 and self._kept:
            number, known = self._kept.popitem(last=False)
            self._left += known.nbytes
            gone.append((number, known))
        if gone:
            self._reserve(len(self.ids))
            left = np.empty(len(gone), _GONE)
            left["sketch"], left["size"] = sketch_and_count([known.hashes for _, known in gone], self._seed)
            left["digest"] = [np.frombuffer(known.digest, np.uint8) for _, known in gone]
            self._gone[[number for number, _ in gone]] = left
            for (number, _), size in zip(gone, left["size"].tolist(), strict=True):
                self.lengths[number] = size

    def _reserve(self, count: int) -> None:
        if count > len(self._gone):
            grown = np.zeros(max(1024, count + count // 2), _GONE)
            grown[: len(self._gone)] = self._gone
            self._gone = grown
