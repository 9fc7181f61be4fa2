"""Text as sets of shingle hashes, on arrays: no Python call per word.

A token is a run of letters, digits and marks; in scripts without spaces (Chinese, Japanese, Thai, ...) each character
is one. A shingle is `WORDS` tokens, or `CHARACTERS` where it starts in such a script. Three words and not five, because
edited syndicated copies keep more of them: with the same thresholds F1 .95 against .90 on made copies, and .98 against
.96 on real ones (`python benchmarks/dedup.py quality`).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from scrubber.dedup.alphabet import Codes
from scrubber.dedup.view import Ints, View

Hashes = NDArray[np.uint64]

WORDS: Final = 3
CHARACTERS: Final = 5
PIECE: Final = 1 << 19  # codes looked at at a time

_WORD: Final = 8  # codes hashed at a time
_LONG: Final = 8 * _WORD  # what is longer is hashed all at once
_STEP: Final = np.uint64(0xD6E8FEB86659FD93)
_APART: Final = np.uint64(0x9E3779B97F4A7C15)
_HALF: Final = np.uint64(32)
_INVERSE: Final = pow(int(_STEP), -1, 1 << 64)


class Shingled(NamedTuple):
    """The words and shingles of some texts, in order.

    Text i has the word hashes `tokens[firsts[i]:firsts[i + 1]]` and the shingles `hashes[bounds[i]:bounds[i + 1]]`,
    which are not scattered over all bits: who needs that mixes them.
    """

    hashes: Hashes
    bounds: Ints
    tokens: Hashes
    firsts: Ints

    def sets(self) -> list[Hashes]:
        """For each text its distinct shingles, sorted."""
        return [distinct(self.hashes[a:b]) for a, b in pairwise(self.bounds.tolist())]

    def sequences(self) -> Hashes:
        """For each text 64 bits of its words in their order."""
        count, lengths = len(self.tokens), np.diff(self.firsts)
        terms = np.zeros(count + 1, np.uint64)
        np.multiply(self.tokens, _powers(count), out=terms[:count])
        sums = np.add.reduceat(terms, self.firsts[:-1])
        sums[lengths == 0] = 0
        return mix(sums * _powers(count + 1, _INVERSE)[self.firsts[:-1]] + lengths.astype(np.uint64))


def distinct(hashes: Hashes) -> Hashes:
    """The same hashes in order, each once."""
    ordered = hashes.copy()
    ordered.sort()
    fresh = np.empty(len(ordered), np.bool_)
    fresh[:1] = True
    np.not_equal(ordered[1:], ordered[:-1], out=fresh[1:])
    return ordered[fresh]


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
    hashes = _shingle_hashes(tokens, single, words, characters)
    return Shingled(*_in_one_text(hashes, first, single, words, characters), tokens, first)


def _tokens(seen: View) -> tuple[Hashes, Ints, NDArray[np.bool_]]:
    """Hash, start and being a single character of each token."""
    starts, lengths = _token_bounds(seen)
    hashes = _token_hashes(seen.codes, starts, lengths)
    single = np.zeros(len(starts), np.bool_)
    if len(seen.others):  # letters without a code say themselves what they are, and where
        token = starts.searchsorted(seen.others, side="right") - 1
        place = (seen.others - starts[token]).astype(np.uint64)
        np.add.at(hashes, token, mix((place << _HALF | seen.units) + _APART))
        single[token[seen.single]] = True
    return hashes, starts, single


def _token_bounds(seen: View) -> tuple[Ints, Ints]:
    """Start and length of each token; long texts are looked at in pieces that cut none."""
    runs, begin = list[tuple[Ints, Ints]](), 0
    while begin < len(seen.codes):
        end = _cut(seen.codes, begin + PIECE)
        low, high = seen.others.searchsorted([begin, end])
        alone = seen.others[low:high][seen.single[low:high]] - begin
        first, last = _bounds(seen.codes[begin:end], alone)
        runs.append((first + begin, last - first))
        begin = end
    return runs[0] if len(runs) == 1 else (np.concatenate([r[0] for r in runs]), np.concatenate([r[1] for r in runs]))


def _cut(codes: Codes, wanted: int) -> int:
    """The first place from `wanted` on that lies in no token: a piece never cuts a word."""
    while wanted < len(codes):
        gaps = np.flatnonzero(codes[wanted : wanted + 4096] == 0)
        if len(gaps):
            return wanted + int(gaps[0])
        wanted += 4096
    return len(codes)


def _bounds(codes: Codes, alone: Ints) -> tuple[Ints, Ints]:
    """Where tokens start and end: at each change between letters and gaps, and round each letter that stands alone."""
    letter = codes != 0
    change = np.empty(len(codes) + 1, np.bool_)
    change[0], change[-1] = letter[0], letter[-1]
    np.not_equal(letter[1:], letter[:-1], out=change[1:-1])
    if not len(alone):
        places = np.flatnonzero(change)
        return places[::2], places[1::2]
    change[alone] = True
    change[alone + 1] = True
    places = np.flatnonzero(change)
    real = letter[places[:-1]]
    return places[:-1][real], places[1:][real]


def _token_hashes(codes: Codes, starts: Ints, lengths: Ints) -> Hashes:
    """A hash of the codes of each token, eight at a time; the last codes of `codes` are gaps."""
    words: Hashes = np.ndarray((len(codes) - _WORD + 1,), "<u8", codes.data, strides=(1,))
    hashes = words[starts]
    hashes &= _MASKS[np.minimum(lengths, _WORD)]
    _stir(hashes)
    left = np.flatnonzero(lengths > _WORD)
    for done in range(_WORD, _LONG, _WORD):
        if not len(left):
            return hashes
        part = words[starts[left] + done]
        part &= _MASKS[np.minimum(lengths[left] - done, _WORD)]
        part += hashes[left]
        _stir(part)
        hashes[left] = part
        left = left[lengths[left] > done + _WORD]
    if len(left):
        _add_rests(words, hashes, starts, lengths, left)
    return hashes


def _add_rests(words: Hashes, hashes: Hashes, starts: Ints, lengths: Ints, left: Ints) -> None:
    """Add to the hashes of very long tokens what they have behind the first `_LONG` codes, in one step."""
    counts = (lengths[left] - _LONG + _WORD - 1) // _WORD
    first = np.cumsum(counts) - counts
    place = (np.arange(int(counts.sum())) - np.repeat(first, counts)) * _WORD + _LONG
    part = words[np.repeat(starts[left], counts) + place]
    part &= _MASKS[np.minimum(np.repeat(lengths[left], counts) - place, _WORD)]
    hashes[left] += np.add.reduceat(mix(mix(part) + place.astype(np.uint64)), first)


def _stir(hashes: Hashes) -> None:
    hashes *= _APART
    hashes ^= hashes >> _HALF


def _shingle_hashes(tokens: Hashes, single: NDArray[np.bool_], words: int, characters: int) -> Hashes:
    """For each token the hash of the shingle that starts there; those that run over the end are never used."""
    count, alone = len(tokens), bool(single.any())
    padded = np.concatenate([tokens, np.zeros(max(words, characters), np.uint64)])
    hashes = tokens.copy()
    short = tokens
    for step in range(1, max(words, characters) if alone else words):
        hashes *= _STEP
        hashes += padded[step : step + count]
        if alone and step == words - 1:
            short = hashes.copy()
    return np.where(single, hashes, short) if alone else hashes


def _in_one_text(
    hashes: Hashes, first: Ints, single: NDArray[np.bool_], words: int, characters: int
) -> tuple[Hashes, Ints]:
    """The hashes of shingles that lie in one text, and where each text's begin."""
    if not single.any():  # the last words of a text start no shingle
        runs = [hashes[a : max(a, b - words + 1)] for a, b in pairwise(first.tolist())]
        return np.concatenate([hashes[:0], *runs]), _joined([len(run) for run in runs])
    width = np.where(single, characters, words)
    kept = np.arange(len(single)) + width <= np.repeat(first[1:], np.diff(first))
    before = _joined(kept)
    return hashes[kept], before[first]


def _joined(lengths: Sequence[int] | NDArray[np.bool_]) -> Ints:
    """Where runs of these lengths begin, one after the other, and where the last one ends."""
    starts = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=starts[1:])
    return starts


_MASKS: Final = np.array([(1 << 8 * length) - 1 for length in range(_WORD + 1)], np.uint64)


def _powers(length: int, base: int = int(_STEP)) -> Hashes:
    return _kept_powers(base)[:length] if length <= PIECE else _new_powers(length, base)


@cache
def _kept_powers(base: int) -> Hashes:
    return _new_powers(PIECE, base)


def _new_powers(length: int, base: int) -> Hashes:
    powers = np.full(length, base, np.uint64)
    powers[:1] = 1
    return np.multiply.accumulate(powers)
