"""Hashed words -> rows of the embedding, through a table that also holds 16 bits of each hash.

Plain hashing would let every bucket be hit by junk; with the mark one word in 65,536 is taken for another.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from scrubber.segment.features.tokens import Hashes, Ints

SLOTS: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Open addressing with one probe: slot = low 16 bits of the hash, mark = high 16; row 0 is the unknown word."""

    mark: npt.NDArray[np.uint16]
    row: npt.NDArray[np.uint16]
    _slots: Hashes = field(init=False, repr=False, compare=False)  # mark and row of each in one number

    def __post_init__(self) -> None:
        object.__setattr__(self, "_slots", self.mark.astype(np.uint32) << np.uint32(16) | self.row)

    @classmethod
    def build(cls, hashes: Hashes) -> Vocabulary:
        """The most important hash first: a later one that finds both its slots taken is left out."""
        mark, row = np.zeros(SLOTS, np.uint16), np.zeros(SLOTS, np.uint16)
        rows = 0
        for value in hashes.tolist():
            slot = next((s % SLOTS for s in (value, value + 1) if not row[s % SLOTS]), None)
            if slot is not None:
                rows += 1
                mark[slot], row[slot] = value >> 16, rows
        return cls(mark, row)

    @property
    def size(self) -> int:
        return int(self.row.max())

    def find(self, hashes: Hashes) -> Ints:
        """The row of each hash; 0 where it is not known."""
        found = self._row_in(hashes & np.uint32(SLOTS - 1), hashes)
        missing = np.flatnonzero(found == 0)
        others = hashes.take(missing)
        found[missing] = self._row_in(others + np.uint32(1) & np.uint32(SLOTS - 1), others)
        return found

    def _row_in(self, slots: Hashes, hashes: Hashes) -> Ints:
        """The row that is in a slot for each hash, 0 where another mark is there."""
        held = self._slots.take(slots)
        row = (held & np.uint32(SLOTS - 1)).astype(np.int32)
        row *= (held ^ hashes) < SLOTS
        return row
