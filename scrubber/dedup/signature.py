"""Keys under which similar pages meet: bands of a MinHash signature, and anchors.

A signature is one-permutation MinHash: each shingle goes to one of `num_perm` bins and each bin keeps its least hash;
empty bins borrow from full ones (optimal densification). From 30 words up it is as good as `num_perm` permutations,
for the work of one. Bands find pages that are alike as a whole. Anchors are the least hashes of a page, a share of all
its shingles, so a page that lies inside a longer one shares anchors with it, where their signatures differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from functools import cache
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from scrubber.dedup.shingles import Hashes, mix
from scrubber.dedup.view import Ints

PUBLIC_SEED: Final = 0x5C2B_BE12_0DED_0B01
ANCHOR_SHARE: Final = 32
ANCHORS_LEAST: Final = 16

_EMPTY: Final = np.uint32(0xFFFFFFFF)
_GOLDEN: Final = np.uint32(0x9E3779B1)
_TRIES: Final = 256
_SINGLE_STEPS: Final = 2

Signatures = NDArray[np.uint32]


_SORT: Final = np.uint64(3)


class Sort(IntEnum):
    """What a key stands for; its last two bits say so, and none is 0."""

    SEQUENCE = 1
    BAND = 2
    ANCHOR = 3


def tagged(hashes: Hashes, sort: Sort) -> Hashes:
    """Hashes as keys of a sort."""
    return hashes & ~_SORT | np.uint64(sort)


def sort_of(keys: Hashes) -> Hashes:
    """The sort of each key."""
    return keys & _SORT


class Anchors(NamedTuple):
    """The anchors of some pages: page i has `keys[bounds[i]:bounds[i + 1]]`, and about `weights[i]` distinct hashes."""

    keys: Hashes
    bounds: Ints
    weights: Ints


def rekey(sets: Sequence[Hashes], seed: int) -> tuple[Hashes, Ints]:
    """The shingles of all pages under a seed, one after the other, and where each page's begin."""
    bounds = np.zeros(len(sets) + 1, np.int64)
    np.cumsum([len(shingles) for shingles in sets], out=bounds[1:])
    flat = np.concatenate(sets) if sets else np.empty(0, np.uint64)
    return mix(flat ^ np.uint64(seed)), bounds


def sign(hashes: Hashes, bounds: Ints, num_perm: int) -> Signatures:
    """One signature per page, `uint32[pages, num_perm]`; a page without shingles has all bins full of ones."""
    return densify(least_in_bins(hashes, bounds, num_perm))


def least_in_bins(hashes: Hashes, bounds: Ints, num_perm: int) -> Signatures:
    """The least hash in each bin of each page; empty bins are full of ones."""
    pages = len(bounds) - 1
    page = np.repeat(np.arange(pages, dtype=np.int64) * num_perm, np.diff(bounds))
    if num_perm & (num_perm - 1):
        page += (hashes & np.uint64(0xFFFFFFFF)).astype(np.int64) % num_perm
    else:  # the same, without a division for each hash
        page += (hashes & np.uint64(num_perm - 1)).view(np.int64)
    signatures = np.full(pages * num_perm, _EMPTY, np.uint32)
    high = hashes.astype("<u8", copy=False).view("<u4")[1::2]  # a bin whose least is all ones counts as empty
    np.minimum.at(signatures, page, high)
    return signatures.reshape(pages, num_perm)


def densify(signatures: Signatures) -> Signatures:
    """Fill each empty bin from the first full one of a fixed random walk of its own, mixed with the step."""
    pages, bins = signatures.shape
    full, known = signatures.copy(), signatures.reshape(-1)
    flat, (walk, steps) = full.reshape(-1), _walks(bins)
    lost = np.flatnonzero(known == _EMPTY)
    if pages:
        lost = lost[(signatures != _EMPTY).any(axis=1)[lost // bins]]
    step = 0
    while len(lost) and step < _TRIES:
        row, column = np.divmod(lost, bins)
        row *= bins
        if step < _SINGLE_STEPS:
            sources = known.take(walk[step].take(column) + row)
            found = sources != _EMPTY
            met = np.flatnonzero(found)
            flat[lost.take(met)] = sources.take(met) * _GOLDEN ^ steps[step]
            step += 1
        else:  # pages of a few shingles walk far: look at more steps at a time
            ahead = slice(step, 2 * step)
            sources = known.take(walk[ahead].take(column, axis=1) + row)
            hits = sources != _EMPTY
            found, first = hits.any(axis=0), hits.argmax(axis=0)
            met = first[found]
            flat[lost[found]] = sources[met, np.flatnonzero(found)] * _GOLDEN ^ steps[ahead][met]
            step = ahead.stop
        lost = lost[~found]
    if not len(lost):
        return full
    row, column = np.divmod(lost, bins)  # pages of a few shingles: take the first full bin
    least = (signatures != _EMPTY).argmax(axis=1)
    flat[lost] = signatures[row, least[row]] * _GOLDEN ^ (column.astype(np.uint32) * np.uint32(0xC2B2AE35))
    return full


@cache
def _walks(bins: int) -> tuple[Ints, NDArray[np.uint32]]:
    walk = mix(np.arange(_TRIES * bins, dtype=np.uint64) + np.uint64(PUBLIC_SEED)) % np.uint64(bins)
    steps = (np.arange(_TRIES, dtype=np.uint64) * np.uint64(0x85EBCA6B)).astype(np.uint32)
    return walk.astype(np.int64).reshape(_TRIES, bins), steps


def band_keys(signatures: Signatures, bands: int, rows: int) -> Hashes:
    """`uint64[pages, bands]`: equal keys mean `rows` equal bins in the same band."""
    parts = signatures[:, : bands * rows].reshape(len(signatures), bands, rows)
    keys = np.broadcast_to(np.arange(1, bands + 1, dtype=np.uint64), parts.shape[:2]).copy()
    for row in range(rows):
        keys *= np.uint64(0xD6E8FEB86659FD93)
        keys += parts[:, :, row]
    return tagged(mix(keys), Sort.BAND)


def anchor_keys(hashes: Hashes, bounds: Ints) -> Anchors:
    """The least distinct hashes of each page: a share of all, and at least `ANCHORS_LEAST`."""
    low = hashes < np.uint64((1 << 64) // ANCHOR_SHARE)
    few = np.diff(np.flatnonzero(low).searchsorted(bounds)) < ANCHORS_LEAST
    least, starts = _distinct(hashes, bounds, low | np.repeat(few, np.diff(bounds)))
    again = ~few & (np.diff(starts) < ANCHORS_LEAST)
    if again.any():  # pages that repeat themselves
        few |= again
        least, starts = _distinct(hashes, bounds, low | np.repeat(few, np.diff(bounds)))
    counts = np.diff(starts)
    weights = np.where(few, counts, ANCHOR_SHARE * counts)
    counts[few] = np.minimum(counts[few], ANCHORS_LEAST)
    kept = np.arange(len(least)) < np.repeat(starts[:-1] + counts, np.diff(starts))
    np.cumsum(counts, out=starts[1:])
    return Anchors(tagged(mix(~least[kept]), Sort.ANCHOR), starts, weights)


def _distinct(hashes: Hashes, bounds: Ints, taken: NDArray[np.bool_]) -> tuple[Hashes, Ints]:
    """Of each page the hashes that are taken, in order, each once, and where those of each page begin."""
    places = np.flatnonzero(taken)
    return each_distinct(hashes[places], places.searchsorted(bounds))


def each_distinct(hashes: Hashes, bounds: Ints) -> tuple[Hashes, Ints]:
    """The hashes of each page in order, each once, and where those of each page begin. The array is sorted in place."""
    for a, b in pairwise(bounds.tolist()):
        hashes[a:b].sort()
    fresh = np.ones(len(hashes) + 1, np.bool_)
    np.not_equal(hashes[1:], hashes[:-1], out=fresh[1:-1])
    fresh[bounds] = True
    before = np.zeros(len(fresh), np.int64)
    np.cumsum(fresh[:-1], out=before[1:])
    return hashes[fresh[:-1]], before[bounds]


def distinct_each(lists: Sequence[Hashes]) -> list[Hashes]:
    """For each list its hashes in order, each once; parts of one array."""
    if not lists:
        return []
    bounds = np.zeros(len(lists) + 1, np.int64)
    np.cumsum([len(one) for one in lists], out=bounds[1:])
    hashes, starts = each_distinct(np.concatenate(lists), bounds)
    return [hashes[a:b] for a, b in pairwise(starts.tolist())]
