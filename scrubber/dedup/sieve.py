"""Most keys that are looked up in a run are not there. A bitmap says so without a walk through cold memory."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from scrubber.dedup.shingles import Hashes

_BITS_A_KEY: Final = 4  # at least, and less than twice as many: a quarter of other keys pass, or fewer
_PART: Final = 1 << 20  # bits made at a time


class Sieve:
    """A bit for each run of leading bits of a key: if it is not set, no key here begins like that."""

    def __init__(self, keys: Hashes) -> None:
        length = max(3, (_BITS_A_KEY * len(keys)).bit_length())
        self._shift = np.uint64(64 - length)
        part = min(_PART, 1 << length)
        starts = np.arange(0, 1 << length, part, dtype=np.uint64)
        cuts = [*keys.searchsorted(starts << self._shift).tolist(), len(keys)]
        self._bytes = np.empty((1 << length) // 8, np.uint8)
        for i, start in enumerate(starts):
            bits = np.zeros(part, np.bool_)
            bits[(keys[cuts[i] : cuts[i + 1]] >> self._shift) - start] = True
            self._bytes[i * part // 8 : (i + 1) * part // 8] = np.packbits(bits, bitorder="little")

    def passing(self, keys: Hashes) -> NDArray[np.int64]:
        """The places of those keys that may be here: of all that are here, and of a few others."""
        bit = keys >> self._shift
        mask = np.left_shift(np.uint8(1), (bit & np.uint64(7)).astype(np.uint8))
        return np.flatnonzero(self._bytes[(bit >> np.uint64(3)).view(np.int64)] & mask)
