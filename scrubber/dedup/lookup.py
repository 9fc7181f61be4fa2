"""Looking pages up in the runs of an index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from scrubber.dedup.candidate import Candidate, Scheme
from scrubber.dedup.doubts import ANCHORS_SHARED
from scrubber.dedup.equal import in_order
from scrubber.dedup.memory import Sketches, estimate, sketch
from scrubber.dedup.runs import Run
from scrubber.dedup.shingles import Hashes
from scrubber.dedup.sieve import Sieve
from scrubber.dedup.signature import Sort, sort_of
from scrubber.dedup.verify import Criteria, Measure, duplicate
from scrubber.dedup.view import Ints
from scrubber.page import Duplicate

_ASKED_SHARE: Final = 8
OWNERS_MOST: Final = 4  # pages looked at under one key of a run; `info` counts the keys that have more


class Hit(NamedTuple):
    """A page of a run that shares buckets with a page that is looked up: how many, and of which sort."""

    run: Run
    page: int
    shared: int
    exact: bool
    band: bool


class Gate:
    """Which keys may be in some run. To know that it reads all runs, once so much was asked that it pays."""

    def __init__(self) -> None:
        self._asked = 0
        self._sieve: Sieve | None = None
        self._held: set[int] = set()

    def passing(self, keys: Hashes, runs: Mapping[int, Run]) -> Ints:
        """The places of keys that may be in a run."""
        count, self._asked = sum(len(run.keys) for run in runs.values()), self._asked + len(keys)
        if self._sieve is None and self._asked * _ASKED_SHARE < count:
            return np.arange(len(keys))
        if self._sieve is None or count > self._sieve.most:
            self._sieve, self._held = Sieve(count), set()
        for number in runs.keys() - self._held:
            self._sieve.add(runs[number].keys)
        self._held |= runs.keys()
        return self._sieve.passing(keys)

    def merged(self, old: AbstractSet[int], new: int) -> None:
        """Some runs have become one."""
        if self._held >= old:
            self._held.add(new)


@dataclass(frozen=True, slots=True)
class Lookup:
    """The runs by number, and the pages that are deleted in each."""

    runs: Mapping[int, Run]
    deleted: Mapping[int, AbstractSet[int]]
    scheme: Scheme
    gate: Gate

    def query(self, pages: Sequence[Candidate], criteria: Criteria, *, itself: bool) -> list[Duplicate | None]:
        """See `Index.query`."""
        likely = {i: _likely(pages[i], found, criteria) for i, found in self._hits(pages).items()}
        near = [i for i, found in likely.items() if any(not hit.exact for hit in found)]
        sketches = dict(zip(near, sketch([pages[i].shingles for i in near], self.scheme.seed), strict=True))
        found: list[Duplicate | None] = [None] * len(pages)
        for i, hits in likely.items():
            found[i] = _best(pages[i], hits, sketches.get(i), criteria, itself)
        return found

    def _hits(self, pages: Sequence[Candidate]) -> dict[int, list[Hit]]:
        """What shares buckets with each page."""
        keys = np.concatenate([page.keys for page in pages]) if pages else np.empty(0, np.uint64)
        passing = self.gate.passing(keys, self.runs)
        passing = passing[in_order(keys[passing])]  # so that searches touch each block of the files once
        keys, whose = keys[passing], np.repeat(np.arange(len(pages)), [len(page.keys) for page in pages])[passing]
        found: dict[int, list[Hit]] = {}
        for number, run in self.runs.items():
            at, owner = run.find(keys, OWNERS_MOST)
            if len(at):
                self._count(number, whose[at], sort_of(keys[at]), owner, found)
        return found

    def _count(self, number: int, whose: Ints, sorts: Hashes, owner: Ints, found: dict[int, list[Hit]]) -> None:
        pairs, inverse, shared = np.unique(whose << 32 | owner, return_inverse=True, return_counts=True)
        exact, band = np.zeros(len(pairs), np.bool_), np.zeros(len(pairs), np.bool_)
        exact[inverse[sorts == Sort.SEQUENCE]] = True
        band[inverse[sorts == Sort.BAND]] = True
        run, gone = self.runs[number], self.deleted.get(number, frozenset())
        for pair, count, same, near in zip(pairs.tolist(), shared.tolist(), exact.tolist(), band.tolist(), strict=True):
            page = pair & 0xFFFFFFFF
            if page not in gone:
                found.setdefault(pair >> 32, []).append(Hit(run, page, count, same, near))


def _likely(page: Candidate, hits: list[Hit], criteria: Criteria) -> list[Hit]:
    """The hits that are exact duplicates; else those that pass the length gate and share enough buckets."""
    same = [hit for hit in hits if hit.exact and hit.run.digests[hit.page].tobytes() == page.digest]
    if same:
        return same
    size, share = len(page.shingles), ANCHORS_SHARED * criteria.least_share
    likely = []
    for hit in hits:
        kept = int(hit.run.sizes[hit.page])
        if criteria.could_pass(size, kept) and (hit.band or hit.shared >= share * min(size, kept)):
            likely.append(hit._replace(exact=False))
    return likely


def _best(
    page: Candidate, likely: list[Hit], own: Sketches | None, criteria: Criteria, itself: bool
) -> Duplicate | None:
    best: tuple[Measure, str, str] | None = None
    for hit in likely:
        name, kept = hit.run.id(hit.page), int(hit.run.sizes[hit.page])
        if not itself and name == page.id:
            continue
        if hit.exact or own is None:
            return duplicate(name, "exact", Measure(1.0, 1.0))
        found = estimate(own, hit.run.sketches[hit.page], len(page.shingles), kept)
        mode = criteria.mode(found, len(page.shingles), kept)
        if mode and (best is None or found > best[0]):
            best = found, mode, name
    return duplicate(best[2], best[1], best[0]) if best else None
