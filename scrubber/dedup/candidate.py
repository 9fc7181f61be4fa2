"""A page as deduplication sees it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np

from scrubber.dedup.shingles import Hashes, distinct, mix, shingle
from scrubber.dedup.signature import (
    PUBLIC_SEED,
    Anchors,
    Signatures,
    Sort,
    anchor_keys,
    band_keys,
    densify,
    distinct_each,
    least_in_bins,
    tagged,
)
from scrubber.dedup.view import Ints, fold_spaces, view
from scrubber.errors import ConfigError

WORDS_LEAST: Final = 16
_TOGETHER: Final = 1 << 18  # characters worked on at a time: more fall out of the processor's cache


@dataclass(frozen=True, slots=True)
class Scheme:
    """How pages are put into buckets: two indexes can be compared only if all of it is equal."""

    num_perm: int = 128
    bands: int = 16
    rows: int = 8
    seed: int = PUBLIC_SEED

    def __post_init__(self) -> None:
        needed = self.bands * self.rows
        if self.bands < 1 or self.rows < 1 or needed > self.num_perm:
            raise ConfigError(
                f"{self.bands} bands of {self.rows} rows need {needed} bins, and there are {self.num_perm}; "
                "lower bands or rows, or raise num_perm"
            )


class Candidate:
    """One page: its id, its shingles in the order of the text, its bucket keys, and about how many shingles it has.

    The keys are one for the sequence of its words, then the bands' and the anchors'; a page without shingles has the
    first alone. What costs time is made when it is asked for: most pages meet no other.
    """

    __slots__ = ("_digest", "_shingles", "given_digest", "id", "keys", "ordered", "weight")

    def __init__(self, page_id: str, ordered: Hashes, keys: Hashes, weight: int, digest: bytes | None = None) -> None:
        self.id, self.ordered, self.keys, self.weight = page_id, ordered, keys, weight
        self.given_digest = self._digest = digest
        self._shingles = None if len(ordered) else ordered

    @property
    def shingles(self) -> Hashes:
        """Its distinct shingles, sorted."""
        if self._shingles is None:
            self._shingles = distinct(self.ordered)
        return self._shingles

    @property
    def is_sorted(self) -> bool:
        """Whether its shingles have been asked for."""
        return self._shingles is not None

    @property
    def digest(self) -> bytes:
        """Pages with one digest, and one key for the sequence of their words, are exact duplicates.

        They have the same words in the same order, and the same marks between them where there are fewer than
        `WORDS_LEAST`: "C" is not "C++", and "3.5" is not "3-5".
        """
        if self._digest is None:
            self._digest = digest_of(self.ordered)
        return self._digest


def sort_all(pages: Iterable[Candidate]) -> None:
    """Sort the shingles of pages that will be asked for them, all at once."""
    pages = [page for page in pages if not page.is_sorted]
    for page, shingles in zip(pages, distinct_each([page.ordered for page in pages]), strict=True):
        page._shingles = shingles


@dataclass(frozen=True, slots=True)
class Batch:
    """Some pages in flat arrays: page i has the keys `keys[key_bounds[i]:key_bounds[i + 1]]`.

    Their shingles come in runs of several pages, each with where its pages' begin; `digests` has those of pages with
    few words, by their places.
    """

    runs: list[tuple[Hashes, Ints]]
    keys: Hashes
    key_bounds: Ints
    weights: Ints
    digests: dict[int, bytes]


def candidates(ids: Sequence[str], texts: Sequence[str], scheme: Scheme) -> list[Candidate]:
    """What deduplication needs to know of some pages; each as it would be alone."""
    if not texts:
        return []
    batch = prepare(texts, scheme)
    shingles = [hashes[a:b] for hashes, bounds in batch.runs for a, b in pairwise(bounds.tolist())]
    keys = [batch.keys[a:b] for a, b in pairwise(batch.key_bounds.tolist())]
    digests = map(batch.digests.get, range(len(texts)))
    return list(map(Candidate, ids, shingles, keys, batch.weights.tolist(), digests))


def prepare(texts: Sequence[str], scheme: Scheme) -> Batch:
    """The same in flat arrays, for at least one text."""
    portions = [_portion(texts[a:b], scheme, a) for a, b in _portions(texts)]
    anchors = np.concatenate([portion.anchors.keys for portion in portions])
    starts = _joined([portion.anchors.bounds for portion in portions])
    signatures = densify(np.concatenate([portion.signatures for portion in portions]))
    sequences = tagged(np.concatenate([portion.sequences for portion in portions]), Sort.SEQUENCE)
    full, bands = np.concatenate([np.diff(portion.bounds) > 0 for portion in portions]), scheme.bands
    places = np.concatenate([starts[:-1], np.repeat(starts[:-1][full], bands)])
    near = band_keys(signatures[full], bands, scheme.rows).reshape(-1)
    keys = np.insert(anchors, places, np.concatenate([sequences, near]))
    starts[1:] += np.cumsum(full) * bands + np.arange(1, len(starts))
    digests = {place: digest for portion in portions for place, digest in portion.digests.items()}
    weights = np.concatenate([portion.anchors.weights for portion in portions])
    return Batch([(portion.ordered, portion.bounds) for portion in portions], keys, starts, weights, digests)


def digest_of(ordered: Hashes) -> bytes:
    """128 bits of shingles in their order."""
    return blake2b(np.ascontiguousarray(ordered, "<u8").data, digest_size=16).digest()


class _Portion(NamedTuple):
    """What is worked out of some texts while they are in the processor's cache."""

    ordered: Hashes
    bounds: Ints
    sequences: Hashes
    signatures: Signatures
    anchors: Anchors
    digests: dict[int, bytes]


def _portions(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    start = size = 0
    for i, text in enumerate(texts):
        size += len(text)
        if size >= _TOGETHER:
            yield start, i + 1
            start, size = i + 1, 0
    if start < len(texts):
        yield start, len(texts)


def _portion(texts: Sequence[str], scheme: Scheme, first: int) -> _Portion:
    """`first` is the place of the first of the texts."""
    shingled = shingle(view(texts))
    sequences, digests = shingled.sequences(), dict[int, bytes]()
    for i in np.flatnonzero(np.diff(shingled.firsts) < WORDS_LEAST).tolist():
        digest = blake2b(fold_spaces(texts[i]).encode("utf-8", "replace"), digest_size=16).digest()
        digests[first + i], sequences[i] = digest, int.from_bytes(digest[:8], "little")
    keyed = mix(shingled.hashes ^ np.uint64(scheme.seed))
    signatures = least_in_bins(keyed, shingled.bounds, scheme.num_perm)
    anchors = anchor_keys(keyed, shingled.bounds)
    return _Portion(shingled.hashes, shingled.bounds, sequences, signatures, anchors, digests)


def _joined(bounds: Sequence[Ints]) -> Ints:
    """Where the parts of several runs begin and end after one another."""
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(np.concatenate([np.diff(one) for one in bounds]))])
