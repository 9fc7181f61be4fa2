"""A page as deduplication sees it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np

from scrubber.dedup.shingles import Hashes, shingle
from scrubber.dedup.signature import PUBLIC_SEED, bucket_keys
from scrubber.dedup.view import fold_spaces, view
from scrubber.errors import ConfigError

WORDS_LEAST: Final = 16
_TOGETHER: Final = 1 << 17  # characters worked on at a time: more fall out of the processor's cache


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


class Candidate(NamedTuple):
    """Its id, a digest, its shingles, and its bucket keys: the digest's, the bands', the anchors'.

    Pages with one digest are exact duplicates: the same words in the same order, and the same marks between them where
    there are fewer than `WORDS_LEAST`: "C" is not "C++", and "3.5" is not "3-5".
    A page without shingles has the key of its digest alone.
    """

    id: str
    digest: bytes
    shingles: Hashes
    keys: Hashes


def candidates(ids: Sequence[str], texts: Sequence[str], scheme: Scheme) -> list[Candidate]:
    """What deduplication needs to know of some pages; each as it would be alone."""
    found: list[Candidate] = []
    for a, b in _portions(texts):
        found.extend(_portion(ids[a:b], texts[a:b], scheme))
    return found


def _portions(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    start = size = 0
    for i, text in enumerate(texts):
        size += len(text)
        if size >= _TOGETHER:
            yield start, i + 1
            start, size = i + 1, 0
    if start < len(texts):
        yield start, len(texts)


def _portion(ids: Sequence[str], texts: Sequence[str], scheme: Scheme) -> list[Candidate]:
    shingled = shingle(view(texts))
    sets, digests = shingled.sets(), shingled.digests()
    for i in np.flatnonzero(np.diff(shingled.firsts) < WORDS_LEAST).tolist():
        digests[i] = blake2b(fold_spaces(texts[i]).encode("utf-8", "replace"), digest_size=16).digest()
    found = bucket_keys(sets, scheme.seed, scheme.num_perm, scheme.bands, scheme.rows)
    exact = np.maximum(np.frombuffer(b"".join(digests), "<u8")[::2], np.uint64(1)).astype(np.uint64)
    bounds = (found.bounds + np.arange(len(found.bounds))).tolist()
    flat = np.insert(found.keys, found.bounds[:-1], exact)
    keys = [flat[a:b] for a, b in pairwise(bounds)]
    return list(map(Candidate, ids, digests, sets, keys))
