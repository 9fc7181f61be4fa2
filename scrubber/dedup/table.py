"""A hash table on arrays: 64-bit key -> number, batches at a time, open addressing."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from scrubber.dedup.shingles import Hashes

Numbers = NDArray[np.int32]
NOBODY: Final = -1

_SCATTER: Final = np.uint64(0x9E3779B97F4A7C15)
_FULLEST: Final = 0.6  # above it, linear probing takes more than two looks on average


class Table:
    """Who came first under a key. Keys are hashes other than 0; a key is never given away again."""

    def __init__(self, capacity: int = 1 << 12) -> None:
        self._keys: Hashes = np.zeros(capacity, np.uint64)
        self._owners: Numbers = np.full(capacity, NOBODY, np.int32)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    @property
    def nbytes(self) -> int:
        return self._keys.nbytes + self._owners.nbytes

    def find(self, keys: Hashes) -> Numbers:
        """The owner of each key, or `NOBODY`."""
        owners = np.full(len(keys), NOBODY, np.int32)
        slots, left = self._slots(keys), np.arange(len(keys))
        while len(left):
            seen = self._keys[slots]
            hit = seen == keys[left]
            owners[left[hit]] = self._owners[slots[hit]]
            more = ~hit & (seen != 0)
            left, slots = left[more], (slots[more] + 1) & (len(self._keys) - 1)
        return owners

    def add(self, keys: Hashes, owners: Numbers) -> None:
        """Give away keys, none of them in the table yet, none given twice."""
        self._reserve(self._count + len(keys))
        self._count += len(keys)
        slots, left = self._slots(keys), np.arange(len(keys))
        while len(left):
            free = self._keys[slots] == 0
            self._keys[slots[free]] = keys[left[free]]
            mine = self._keys[slots] == keys[left]
            self._owners[slots[mine]] = owners[left[mine]]
            more = ~mine
            left, slots = left[more], (slots[more] + 1) & (len(self._keys) - 1)

    def _slots(self, keys: Hashes) -> NDArray[np.int64]:
        shift = np.uint64(64 - (len(self._keys).bit_length() - 1))
        return ((keys * _SCATTER) >> shift).astype(np.int64)

    def _reserve(self, count: int) -> None:
        capacity = len(self._keys)
        while count > capacity * _FULLEST:
            capacity *= 2
        if capacity != len(self._keys):
            used = self._keys != 0
            keys, owners = self._keys[used], self._owners[used]
            self._keys = np.zeros(capacity, np.uint64)
            self._owners = np.full(capacity, NOBODY, np.int32)
            self._count = 0
            self.add(keys, owners)
