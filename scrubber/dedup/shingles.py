"""Text as sets of shingle hashes, on arrays: no Python call per word.

A token is a run of letters, digits and marks; in scripts without spaces (Chinese, Japanese, Thai, ...) each character
is one. A shingle is `WORDS` tokens, or `CHARACTERS` where it starts in such a script. Three words and not five, because
edited syndicated copies keep more of them: with the same thresholds F1 .95 against .90 on made copies, and .98 against
.96 on real ones (`python benchmarks/dedup.py quality`).
"""

from __future__ import annotations

from functools import cache
from hashlib import blake2b
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from scrubber.dedup.view import GAP, SINGLE, Ints, Kinds, Units, View, folded

Hashes = NDArray[np.uint64]

WORDS: Final = 3
CHARACTERS: Final = 5
PIECE: Final = 1 << 14  # units hashed at a time: larger pieces fall out of the processor's cache

_BASE: Final = 0x9E3779B97F4A7C15
_INVERSE: Final = pow(_BASE, -1, 1 << 64)
_STEP: Final = np.uint64(0xD6E8FEB86659FD93)


class Shingled(NamedTuple):
    """The words and shingles of some texts, in order.

    Text i has the word hashes `tokens[firsts[i]:firsts[i + 1]]` and the shingles `hashes[bounds[i]:bounds[i + 1]]`.
    """

    hashes: Hashes
    bounds: Ints
    tokens: Hashes
    firsts: Ints

    def sets(self) -> list[Hashes]:
        """For each text its distinct shingles, sorted."""
        ordered = self.hashes.copy()
        for a, b in pairwise(self.bounds.tolist()):
            ordered[a:b].sort()
        fresh = np.ones(len(ordered) + 1, np.bool_)
        np.not_equal(ordered[1:], ordered[:-1], out=fresh[1:-1])
        fresh[self.bounds] = True
        before = np.zeros(len(fresh), np.int64)
        np.cumsum(fresh[:-1], out=before[1:])
        ordered = ordered[fresh[:-1]]
        return [ordered[a:b] for a, b in pairwise(before[self.bounds].tolist())]

    def digests(self) -> list[bytes]:
        """128 bits of each text's words in their order."""
        data = self.tokens.astype("<u8", copy=False).data.cast("B")
        return [blake2b(data[a:b], digest_size=16).digest() for a, b in pairwise((8 * self.firsts).tolist())]


def mix(values: Hashes) -> Hashes:
    """Scatter hashes over all 64 bits (the finaliser of MurmurHash3); one to one."""
    values = values ^ (values >> np.uint64(33))
    values *= np.uint64(0xFF51AFD7ED558CCD)
    values ^= values >> np.uint64(33)
    values *= np.uint64(0xC4CEB9FE1A85EC53)
    values ^= values >> np.uint64(33)
    return values


def shingle(seen: View, words: int = WORDS, characters: int = CHARACTERS) -> Shingled:
    """The shingles of some texts; the hashes depend on the text alone, not on its neighbours."""
    tokens, starts, single = _tokens(seen)
    first = np.searchsorted(starts, seen.offsets)
    kept, bounds = _in_one_text(first, single, words, characters)
    return Shingled(_shingle_hashes(tokens, single, words, characters)[kept], bounds, tokens, first)


def _tokens(seen: View) -> tuple[Hashes, Ints, NDArray[np.bool_]]:
    """Hash, start and being a single character of each token."""
    runs, begin = [(np.empty(0, np.uint64), np.empty(0, np.int64))], 0
    while begin < len(seen.units):
        end = _cut(seen.kinds, begin + PIECE)
        hashes, starts = _piece_tokens(seen.units[begin:end], seen.kinds[begin:end])
        runs.append((hashes, starts + begin))
        begin = end
    starts = np.concatenate([run[1] for run in runs])
    return np.concatenate([run[0] for run in runs]), starts, seen.kinds[starts] == SINGLE


def _cut(kinds: Kinds, wanted: int) -> int:
    """The first place from `wanted` on that lies in no token: a piece never cuts a word."""
    while wanted < len(kinds):
        gaps = np.flatnonzero(kinds[wanted : wanted + 4096] == GAP)
        if len(gaps):
            return wanted + int(gaps[0])
        wanted += 4096
    return len(kinds)


def _piece_tokens(units: Units, kinds: Kinds) -> tuple[Hashes, Ints]:
    """A token's hash is the sum of value * base^place over its units, brought back to place 0."""
    starts, ends = _bounds(kinds)
    powers, inverses = _powers(1 << max(len(units) - 1, PIECE - 1).bit_length())
    sums = np.empty(len(units) + 1, np.uint64)
    sums[0] = 0
    body = sums[1:]
    np.take(_values(), units, out=body, mode="clip")
    body *= powers[: len(units)]
    np.add.accumulate(body, out=body)
    hashes = sums[ends]
    hashes -= sums[starts]
    hashes *= inverses[starts]
    hashes ^= hashes >> np.uint64(32)
    return hashes, starts


def _bounds(kinds: Kinds) -> tuple[Ints, Ints]:
    """Where tokens start and end: at each change of kind, and round each single character."""
    change = np.empty(len(kinds) + 1, np.bool_)
    change[0], change[-1] = kinds[0] != GAP, kinds[-1] != GAP
    np.not_equal(kinds[1:], kinds[:-1], out=change[1:-1])
    single = kinds == SINGLE
    if not single.any():
        places = np.flatnonzero(change)
        return places[::2], places[1::2]
    change[:-1] |= single
    change[1:] |= single
    places = np.flatnonzero(change)
    real = kinds[places[:-1]] != GAP
    return places[:-1][real], places[1:][real]


def _shingle_hashes(tokens: Hashes, single: NDArray[np.bool_], words: int, characters: int) -> Hashes:
    """For each token the hash of the shingle that starts there; those that run over the end are never used."""
    count, longest = len(tokens), max(words, characters)
    padded = np.concatenate([tokens, np.zeros(longest, np.uint64)])
    hashes = tokens.copy()
    short = hashes
    for step in range(1, longest if single.any() else words):
        hashes = hashes * _STEP + padded[step : step + count]
        if step == words - 1:
            short = hashes
    return mix(np.where(single, hashes, short) if single.any() else short)


def _in_one_text(first: Ints, single: NDArray[np.bool_], words: int, characters: int) -> tuple[NDArray[np.bool_], Ints]:
    """Which shingles lie in one text, and where each text's shingles begin among them."""
    if not single.any():
        return _in_one_spaced_text(first, words)
    last = np.repeat(first[1:], np.diff(first))
    width = np.where(single, characters, words)
    kept = np.arange(len(single)) + width <= last
    before = np.zeros(len(single) + 1, np.int64)
    np.cumsum(kept, out=before[1:])
    return kept, before[first]


def _in_one_spaced_text(first: Ints, words: int) -> tuple[NDArray[np.bool_], Ints]:
    """The same where no token is a single character: the last words of a text start no shingle."""
    kept, lengths = np.ones(int(first[-1]), np.bool_), np.diff(first)
    for back in range(1, words):
        kept[first[1:][lengths >= back] - back] = False
    bounds = np.zeros(len(first), np.int64)
    np.cumsum(np.maximum(lengths - words + 1, 0), out=bounds[1:])
    return kept, bounds


@cache
def _values() -> Hashes:
    """A random odd number for each unit, the same for units that fold to the same."""
    return (mix(np.arange(1 << 16, dtype=np.uint64) + np.uint64(_BASE)) | np.uint64(1))[folded()]


@cache
def _powers(length: int) -> tuple[Hashes, Hashes]:
    def run(base: int) -> Hashes:
        powers = np.full(length, base, np.uint64)
        powers[0] = 1
        return np.multiply.accumulate(powers)

    return run(_BASE), run(_INVERSE)
