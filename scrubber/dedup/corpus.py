"""Deduplication of a whole corpus: every page is seen before any is chosen, so the best page of a cluster stays.

What is needed of the pages, their shingles and bucket keys, is spooled to a temporary folder; then they are settled in
the order of the keeper, best first. Verification reads the spooled shingles and is always exact. A second run over the
same spool with other criteria reads no text.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Final

import numpy as np

from scrubber.dedup.candidate import Candidate, Scheme, digest_of, prepare
from scrubber.dedup.leader import Leaders
from scrubber.dedup.shingles import Hashes, distinct
from scrubber.dedup.sieve import Sieve
from scrubber.dedup.signature import distinct_each, sort_of
from scrubber.dedup.spool import Spool
from scrubber.dedup.table import RankedOwners
from scrubber.dedup.verify import Criteria, Measure, measure
from scrubber.dedup.view import Ints
from scrubber.errors import ConfigError
from scrubber.page import Duplicate

KEEPERS: Final = ("longest", "first", "cleanest")
_SETTLED_TOGETHER: Final = 512
_SORT_BITS: Final = np.uint64(2)
_SORTED_TOGETHER: Final = 1 << 24  # keys
_LOOKED_AT_TOGETHER: Final = 1 << 20  # keys
_HELD_MOST: Final = 1 << 22  # shingles held sorted, of pages that stay


@dataclass(frozen=True, slots=True)
class Entry:
    """A page of the corpus: its id, its text, how damaged it is, and the value of the keeper's field, if any."""

    id: str
    text: str
    damage: int = 0
    value: Any = None


@dataclass(frozen=True, slots=True)
class Clusters:
    """For each page, by its place in the corpus: what it is a copy of (or `None`), and the place of that page.

    `cut_short` counts pages with more likely originals than are looked at: the best of those were verified.
    """

    copies: list[Duplicate | None]
    representatives: list[int]
    cut_short: int


class _Spooled:
    """The pages that stay, as `Leaders` asks for them: numbers are given in order of staying."""

    forgets = False

    def __init__(self, ordered: Spool) -> None:
        self._ordered = ordered
        self._sets: dict[int, Hashes] = {}
        self._held = 0
        self._digests: dict[int, bytes] = {}
        self.places: list[int] = []
        self.ids: list[str] = []
        self.weights, self.lengths = array("q"), array("q")

    def remember(self, pages: Sequence[Candidate], places: Sequence[int]) -> None:
        first = len(self.ids)
        self._digests |= {first + i: page.given_digest for i, page in enumerate(pages) if page.given_digest}
        self.places.extend(places)
        self.ids.extend([page.id for page in pages])
        self.weights.extend([page.weight for page in pages])
        self.lengths.extend([len(page.ordered) for page in pages])

    def size(self, number: int) -> int:
        return len(self.shingles([number])[0])

    def shingles(self, numbers: Sequence[int]) -> list[Hashes]:
        if self._held > _HELD_MOST:
            self._sets, self._held = {}, 0
        new = [number for number in dict.fromkeys(numbers) if number not in self._sets]
        sets = distinct_each(self._ordered.of([self.places[number] for number in new]))
        self._sets.update(zip(new, sets, strict=True))
        self._held += sum(map(len, sets))
        return [self._sets[number] for number in numbers]

    def digest(self, number: int) -> bytes:
        if number not in self._digests:
            self._digests[number] = digest_of(self._ordered[self.places[number]])
        return self._digests[number]

    def use(self, number: int) -> Hashes:
        return self.shingles([number])[0]

    def estimate(self, page: Candidate, number: int) -> Measure:
        return measure(page.shingles, self.shingles([number])[0])


class Corpus(AbstractContextManager["Corpus"]):
    """The pages of a corpus as deduplication sees them. Use it as a context manager: it owns a temporary folder."""

    def __init__(self, scheme: Scheme | None = None, folder: str | None = None) -> None:
        self.scheme = scheme or Scheme()
        self._folder = TemporaryDirectory(prefix="scrubber-dedup-", dir=folder)
        self._ordered, self._keys = (Spool(Path(self._folder.name) / name) for name in ("shingles", "keys"))
        self.ids: list[str] = []
        self.lengths: list[int] = []
        self._weights: list[int] = []
        self._digests: dict[int, bytes] = {}
        self._damage: list[int] = []
        self._values: list[Any] = []

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ordered.close()
        self._keys.close()
        self._folder.cleanup()

    def __len__(self) -> int:
        return len(self.ids)

    def add(self, entries: Sequence[Entry]) -> None:
        """Take in some pages; they must be added before anything is clustered."""
        if not entries:
            return
        batch = prepare([entry.text for entry in entries], self.scheme)
        self._digests.update((len(self) + place, digest) for place, digest in batch.digests.items())
        self.ids += [entry.id for entry in entries]
        self.lengths += [len(entry.text) for entry in entries]
        self._damage += [entry.damage for entry in entries]
        self._values += [entry.value for entry in entries]
        self._weights += batch.weights.tolist()
        for hashes, bounds in batch.runs:
            self._ordered.extend(hashes, bounds)
        self._keys.extend(batch.keys, batch.key_bounds)

    def shingles(self, place: int) -> Hashes:
        """The shingles of a page, sorted."""
        return distinct(self._ordered[place])

    def cluster(self, criteria: Criteria, keeper: str = "longest") -> Clusters:
        """Star clusters: every copy verifies against a page that stays."""
        known = _Spooled(self._ordered)
        keys, bounds, count = self._shared
        leaders = Leaders(known, criteria, RankedOwners(count, int(_SORT_BITS)))
        copies: list[Duplicate | None] = [None] * len(self)
        representatives = list(range(len(self)))
        meets = (np.diff(bounds) > 0).tolist()
        order = [place for place in self._order(keeper) if meets[place] and self.lengths[place]]
        for start in range(0, len(order), _SETTLED_TOGETHER):
            places = order[start : start + _SETTLED_TOGETHER]
            ends = zip(bounds[places].tolist(), bounds[np.add(places, 1)].tolist(), strict=True)
            pages = list(map(self._candidate, places, self._ordered.of(places), (keys[a:b] for a, b in ends)))
            for place, (copy, number) in zip(places, leaders.settle(pages, places), strict=True):
                copies[place], representatives[place] = copy, known.places[number]
        return Clusters(copies, representatives, leaders.cut_short)

    @cached_property
    def _shared(self) -> tuple[Hashes, Ints, int]:
        """The keys that several pages have, as their ranks and their sorts; where each page's begin; how many differ.

        Pages meet under no others.
        """
        flat, repeated = self._keys.flat, _repeated(self._keys.flat)
        sieve, places, ranks = Sieve(len(repeated)), [np.empty(0, np.int64)], [np.empty(0, np.uint64)]
        sieve.add(repeated)
        for start in range(0, len(flat), _LOOKED_AT_TOGETHER):
            keys = flat[start : start + _LOOKED_AT_TOGETHER]
            passing = sieve.passing(keys)
            keys = keys[passing]
            rank = repeated.searchsorted(keys)
            rank[rank == len(repeated)] = 0
            real = repeated[rank] == keys
            places.append(passing[real] + start)
            ranks.append(rank[real].astype(np.uint64) << _SORT_BITS | sort_of(keys[real]))
        return np.concatenate(ranks), np.concatenate(places).searchsorted(self._keys.bounds), len(repeated)

    def _candidate(self, place: int, ordered: Hashes, keys: Hashes) -> Candidate:
        return Candidate(self.ids[place], ordered, keys, self._weights[place], self._digests.get(place))

    def _order(self, keeper: str) -> list[int]:
        """The places of all pages, the one to keep first. Ties go to the longest, the cleanest, the smallest id."""
        places = list(range(len(self)))
        if keeper == "first":
            return places
        length, damage, ids = self.lengths, self._damage, self.ids
        places.sort(key=lambda i: (-length[i], damage[i], ids[i], i))
        if keeper == "cleanest":
            places.sort(key=lambda i: damage[i])
        elif keeper.startswith("field:"):
            places.sort(key=lambda i: _rank(self._values[i]), reverse=not keeper.startswith("field:-"))
            places.sort(key=lambda i: self._values[i] is None)
        elif keeper != "longest":
            raise ConfigError(
                f"there is no keeper {keeper!r}; there are: {', '.join(KEEPERS)}, field:NAME (the highest value) and "
                "field:-NAME (the lowest)"
            )
        return places


def _rank(value: Any) -> tuple[int, float, str]:
    """A total order over what JSON fields hold: numbers before strings."""
    if isinstance(value, bool | int | float) and value == value:
        return 0, float(value), ""
    return 1, 0.0, str(value)


def _repeated(keys: Hashes) -> Hashes:
    """The keys that occur more than once, in order; a part of the key space at a time, to bound the memory."""
    bits = (len(keys) // _SORTED_TOGETHER).bit_length()
    found = [np.empty(0, np.uint64)]
    for part in range(1 << bits):
        some = np.sort(keys[keys >> np.uint64(64 - bits) == np.uint64(part)] if bits else keys)
        found.append(distinct(some[1:][some[1:] == some[:-1]]))
    return np.concatenate(found)
