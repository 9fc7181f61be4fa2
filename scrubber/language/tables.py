"""langdetect's profiles as arrays: a number for each character, a hash table of n-grams, logarithms for each n-gram."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

SCALE: Final = 1 << 15  # logarithms are held as whole numbers of this part; the sum of 6,000 fits 32 bits
_ALPHA: Final = 0.5 / 10000  # langdetect's smoothing, without the noise that it adds to it
_FREE: Final = np.uint64(0xFFFFFFFFFFFFFFFF)
_MIX: Final = np.uint64(0x9E3779B97F4A7C15)
_WITH_CAPITALS: Final = ((0, 0x2E80), (0xA600, 0xAC00), (0xFF00, 0x10000))  # no other script has any
_BEGINS: Final = b'{"freq":{"'
# digits are added up in twos, the pairs in twos, and the fours
_ADD_DIGITS: Final = tuple(
    (np.uint64(mask), np.uint64(step), np.uint64(bits))
    for mask, step, bits in (
        (0x0F0F0F0F0F0F0F0F, 10 << 8 | 1, 8),
        (0x00FF00FF00FF00FF, 100 << 16 | 1, 16),
        (0x0000FFFF0000FFFF, 10_000 << 32 | 1, 32),
    )
)
KNOWN: Final = "1aa1f1beb69b6c31b5d5e617b6761dd5"
_NO_NUMBER: Final = bytes(set(range(256)) - set(b"0123456789,"))
_SLOT_BITS: Final = 19  # six times as many slots as n-grams: nearly every look-up ends at its first slot


@dataclass(frozen=True)
class Tables:
    """`characters` folds a code point as langdetect does, to a space (0) or a number; `upper` marks capitals.

    An n-gram is a number of 17 bits for each character. `slots` holds n-grams by their hash, `numbers` their rows in
    `logs`.
    """

    languages: list[str]
    characters: NDArray[np.uint16]
    upper: NDArray[np.bool_]
    slots: NDArray[np.uint64]
    numbers: NDArray[np.int32]
    logs: NDArray[np.int32]

    def ngrams(self, points: NDArray[np.uint32]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """The row of each n-gram of 1 to 3 characters, -1 where no profile knows it, and the place where it ends."""
        points = np.minimum(points, 0xFFFF)
        now = self.characters.take(points).astype(np.uint64)
        upper = self.upper.take(points)
        one = np.concatenate([np.zeros(1, np.uint64), now[:-1]])  # the character before, and the one before that
        two = np.concatenate([np.zeros(2, np.uint64), now[:-2]])[: len(now)]
        space, after_space = now == 0, one == 0
        read = ~(upper & np.concatenate([[False], upper[:-1]]))  # langdetect skips words in capitals
        singles = np.flatnonzero(read & ~space)
        pairs = np.flatnonzero(read & ~(space & after_space))
        triples = np.flatnonzero(read & ~after_space)
        keys = [now[singles], _pair(one[pairs], now[pairs]), _triple(two[triples], one[triples], now[triples])]
        return self._rows(np.concatenate(keys)), np.concatenate([singles, pairs, triples])

    def _rows(self, keys: NDArray[np.uint64]) -> NDArray[np.int32]:
        slots = _slot(keys)
        found = self.slots.take(slots)
        rows: NDArray[np.int32] = np.where(found == keys, self.numbers.take(slots), np.int32(-1))
        late = np.flatnonzero((found != keys) & (found != _FREE))
        while len(late):
            slots[late] = (slots[late] + 1) & ((1 << _SLOT_BITS) - 1)
            found = self.slots.take(slots[late])
            hit = found == keys[late]
            rows[late[hit]] = self.numbers.take(slots[late[hit]])
            late = late[~hit & (found != _FREE)]
        return rows


def _pair(one: NDArray[np.uint64], now: NDArray[np.uint64]) -> NDArray[np.uint64]:
    return (one + np.uint64(1)) << np.uint64(17) | now


def _triple(two: NDArray[np.uint64], one: NDArray[np.uint64], now: NDArray[np.uint64]) -> NDArray[np.uint64]:
    return (two + np.uint64(1)) << np.uint64(34) | (one + np.uint64(1)) << np.uint64(17) | now


def _slot(keys: NDArray[np.uint64]) -> NDArray[np.int64]:
    return ((keys * _MIX) >> np.uint64(64 - _SLOT_BITS)).astype(np.int64)


class Profiles(NamedTuple):
    """All n-grams of all profiles, one after the other: code points, with `end` behind each; its count, and whose."""

    languages: list[str]
    points: NDArray[np.uint32]
    end: int
    counts: NDArray[np.float64]
    language: NDArray[np.int64]
    totals: NDArray[np.float64]  # n-grams of each size that were counted for each language


def load() -> Tables:
    """The tables, from the profiles of the installed langdetect; a twentieth of a second."""
    texts = profile_texts()
    profiles = known_profiles(texts) or any_profiles(texts)
    (keys, sizes), language = _keys(profiles), profiles.language
    used = sizes <= 3
    slots, numbers, rows = _hashed(keys[used])
    logs = np.full((int(numbers.max()) + 1, len(texts)), round(np.log(_ALPHA) * SCALE), np.int32)
    shares = profiles.counts[used] / profiles.totals[language[used], sizes[used] - 1]
    logs[rows, language[used]] = np.rint(np.log(_ALPHA + shares) * SCALE).astype(np.int32)
    characters = folded_characters()
    upper = _capitals(characters)
    characters[characters == ord(" ")] = 0
    return Tables(profiles.languages, characters, upper, slots, numbers, logs)


def profile_texts() -> list[bytes]:
    """The profiles as they are: JSON with `freq`, the counts, `n_words`, how many of each size, and `name`."""
    from langdetect import detector_factory

    folder = Path(detector_factory.PROFILES_DIRECTORY)
    names = sorted(path.name for path in folder.iterdir())
    return [(folder / name).read_bytes().strip() for name in names if not name.startswith(".")]


def known_profiles(texts: list[bytes]) -> Profiles | None:
    """The profiles of langdetect 1.0.9, read as arrays in a third of the time that JSON takes; `None` for others."""
    import msgspec

    if blake2b(b"".join(texts), digest_size=16).hexdigest() != KNOWN:
        return None
    cuts = [text.rfind(b"}", 0, -1) for text in texts]
    freqs = [text[len(_BEGINS) - 1 : cut] for text, cut in zip(texts, cuts, strict=True)]  # "a":1,"b":22
    joined = b",".join(freqs) + b","
    ends = [msgspec.json.decode(b"{" + text[cut + 2 :]) for text, cut in zip(texts, cuts, strict=True)]
    grams = joined.translate(None, b'0123456789:"').decode().encode("utf-32-le")
    counts = _numbers(joined.translate(None, _NO_NUMBER))
    language = np.repeat(np.arange(len(texts)), [freq.count(b":") for freq in freqs])
    totals = np.array([end["n_words"] for end in ends], np.float64)
    return Profiles([end["name"] for end in ends], np.frombuffer(grams, np.uint32), ord(","), counts, language, totals)


def any_profiles(texts: list[bytes]) -> Profiles:
    """The same from any JSON."""
    import msgspec

    profile = msgspec.defstruct("profile", [("freq", dict[str, int]), ("n_words", list[int]), ("name", str)])
    found: list[Any] = list(map(msgspec.json.Decoder(profile).decode, texts))
    lines = "\n".join(["\n".join(profile.freq) for profile in found]) + "\n"
    points = np.frombuffer(lines.encode("utf-32-le"), np.uint32)
    counts = np.concatenate([np.fromiter(p.freq.values(), np.float64, len(p.freq)) for p in found])
    language = np.repeat(np.arange(len(found)), [len(profile.freq) for profile in found])
    totals = np.array([profile.n_words for profile in found], np.float64)
    return Profiles([profile.name for profile in found], points, ord("\n"), counts, language, totals)


def _numbers(digits: bytes) -> NDArray[np.float64]:
    """Decimal numbers of up to eight digits, each with a comma behind it: the digits are added up all at once."""
    data = np.frombuffer(bytes(8) + digits, np.uint8)
    ends = np.flatnonzero(data == ord(","))
    sizes = np.diff(ends, prepend=7) - 1
    words: NDArray[np.uint64] = np.ndarray((len(data) - 7,), "<u8", data.data, strides=(1,))
    values = words[ends - 8] >> (64 - 8 * sizes).astype(np.uint64) << (64 - 8 * sizes).astype(np.uint64)
    for mask, step, bits in _ADD_DIGITS:
        values = (values & mask) * step >> bits
    return values.astype(np.float64)


def _keys(profiles: Profiles) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """The number and the size of each n-gram; those of more than three characters share numbers."""
    points, ends = profiles.points, np.flatnonzero(profiles.points == profiles.end)
    sizes = np.diff(ends, prepend=-1) - 1
    now, one, two = (points[ends - back].astype(np.uint64) for back in (1, 2, 3))
    for part in (now, one, two):
        part[part == ord(" ")] = 0
    return np.select([sizes == 1, sizes == 2], [now, _pair(one, now)], _triple(two, one, now)), sizes


def _hashed(keys: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], NDArray[np.int32], NDArray[np.int32]]:
    """A hash table with open addressing: its slots, the number of the key in each, and the number of each key given.

    It is filled in rounds: in each, every free slot takes one of the keys that want it; equal keys share a slot.
    """
    slots = np.full(1 << _SLOT_BITS, _FREE, np.uint64)
    wanted = _slot(keys)
    waiting = np.arange(len(keys))
    while len(waiting):
        places = wanted[waiting]
        free = slots.take(places) == _FREE
        slots[places[free]] = keys[waiting[free]]
        waiting = waiting[slots.take(places) != keys[waiting]]
        wanted[waiting] = (wanted[waiting] + 1) & ((1 << _SLOT_BITS) - 1)
    numbers = np.cumsum(slots != _FREE, dtype=np.int32) - np.int32(1)
    return slots, numbers, numbers.take(wanted)


def _capitals(characters: NDArray[np.uint16]) -> NDArray[np.bool_]:
    """Which characters fold to a capital letter."""
    upper = np.zeros(0x10000, np.bool_)
    for low, high in _WITH_CAPITALS:
        text = characters[low:high].astype("<u2").tobytes().decode("utf-16-le")
        upper[low:high] = list(map(str.isupper, text))
    return upper


def folded_characters() -> NDArray[np.uint16]:
    """langdetect's `NGram.normalize` for the 65,536 characters of its profiles: what is no letter is a space."""
    from langdetect.utils.ngram import NGram

    table = np.arange(0x10000, dtype=np.uint16)
    space = ord(" ")
    ascii_letters = (table >= ord("A")) & (table <= ord("Z")) | (table >= ord("a")) & (table <= ord("z"))
    table[:0x80] = np.where(ascii_letters[:0x80], table[:0x80], space)
    for char in NGram.LATIN1_EXCLUDED:
        if "\x80" <= char <= "\xff":
            table[ord(char)] = space
    table[0x2000:0x2070] = space
    table[0x219], table[0x21B] = 0x15F, 0x163  # Romanian, with comma and with cedilla
    table[0x6CC] = 0x64A  # Farsi yeh
    table[0x1EA0:0x1F00] = 0x1EC3  # Vietnamese
    table[0x3040:0x30A0] = 0x3042
    table[0x30A0:0x3100] = 0x30A2
    table[0x3100:0x3130] = table[0x31A0:0x31C0] = 0x3105
    table[0xAC00:0xD7B0] = 0xAC00
    chars, to = (np.array(list(map(ord, side))) for side in (NGram.CJK_MAP, NGram.CJK_MAP.values()))
    ideographs = (chars >= 0x4E00) & (chars <= 0x9FFF)
    table[chars[ideographs]] = to[ideographs]
    return table
