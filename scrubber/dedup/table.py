"""A hash table on arrays: 64-bit key -> number, batches at a time, open addressing."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from scrubber.dedup.equal import Equal, in_order
from scrubber.dedup.shingles import Hashes
from scrubber.dedup.view import Ints

Numbers = NDArray[np.int32]
NOBODY: Final = -1

_SCATTER: Final = np.uint64(0x9E3779B97F4A7C15)
OWNERS_MOST: Final = 4  # with one, the near copies of a page that is no near copy of theirs hide behind it
_APART: Final = 0x1B873593CC9E2D51
_MOVED: Final = 1 << 14  # slots of a table looked at in one step when it grows
_FULLEST: Final = 0.6  # above it, linear probing takes more than two looks on average


class Table:
    """Who came first under a key. Keys are hashes other than 0; a key is never given away again."""

    def __init__(self, capacity: int = 1 << 12) -> None:
        self._keys: Hashes = np.zeros(capacity, np.uint64)
        self._owners: Numbers = np.empty(capacity, np.int32)
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
        self._insert(keys, owners)

    def used(self) -> tuple[Hashes, Numbers]:
        """All keys that are given away, and to whom."""
        used = self._keys != 0
        return self._keys[used], self._owners[used]

    def _insert(self, keys: Hashes, owners: Numbers) -> None:
        slots, left = self._slots(keys), np.arange(len(keys))
        while len(left):
            free = self._keys[slots] == 0
            self._keys[slots[free]] = keys[left[free]]
            mine = self._keys[slots] == keys[left]
            self._owners[slots[mine]] = owners[left[mine]]
            more = ~mine
            left, slots = left[more], (slots[more] + 1) & (len(self._keys) - 1)

    def _slots(self, keys: Hashes) -> NDArray[np.int64]:
        return ((keys * _SCATTER) >> np.uint64(65 - len(self._keys).bit_length())).view(np.int64)

    def _reserve(self, count: int) -> None:
        capacity = len(self._keys)
        while count > capacity * _FULLEST:
            capacity *= 2
        if capacity != len(self._keys):
            keys, owners = self._keys, self._owners
            self._keys, self._owners = np.zeros(capacity, np.uint64), np.empty(capacity, np.int32)
            self._move_in(keys, owners)

    def _move_in(self, keys: Hashes, owners: Numbers) -> None:
        """Take over a smaller table, some runs of full slots at a time: their keys lie close together here too."""
        begin = next(slot for slot, key in enumerate(keys) if not key)  # the run before it may have begun at the end
        start, last = begin, -1
        while start < len(keys):
            end = min(start + _MOVED, len(keys))
            while end < len(keys) and keys[end]:
                end += 1
            used = start + np.flatnonzero(keys[start:end])
            last = self._lay(keys[used], owners[used], last) if len(used) else last
            start = end
        self._insert(keys[:begin], owners[:begin])

    def _lay(self, keys: Hashes, owners: Numbers, last: int) -> int:
        """Put keys where there are none from `last` on, as if they came one by one; gives the last slot taken."""
        homes = self._slots(keys)
        order = in_order(homes.view(np.uint64))
        step, homes = np.arange(len(keys)), homes[order]
        homes[0] = max(last + 1, homes[0])
        slots = np.maximum.accumulate(homes - step) + step
        room = int(slots.searchsorted(len(self._keys)))
        self._keys[slots[:room]], self._owners[slots[:room]] = keys[order[:room]], owners[order[:room]]
        self._insert(keys[order[room:]], owners[order[room:]])
        return int(slots[-1])


class Closed:
    """A table that takes in no more, in a third of the memory: 32 bits of each key, in buckets one after the other.

    Two keys in four thousand million are taken for one; what a key proposes is verified.
    """

    def __init__(self, keys: Hashes, owners: Numbers) -> None:
        self._shift = np.uint64(64 - max(1, (len(keys) >> 2).bit_length()))
        homes = self._homes(keys)
        order = np.lexsort((keys, homes))
        self._starts = np.zeros((1 << 64 - int(self._shift)) + 1, np.uint32)
        np.cumsum(np.bincount(homes, minlength=len(self._starts) - 1), out=self._starts[1:])
        self._parts, most = _part(keys[order]), int(owners.max(initial=0))
        self._owners = owners[order].astype(np.uint16 if most < 1 << 16 else np.int32)

    @property
    def nbytes(self) -> int:
        return self._starts.nbytes + self._parts.nbytes + self._owners.nbytes

    def find(self, keys: Hashes) -> Numbers:
        """The owner of each key, or `NOBODY`."""
        owners, homes, parts = np.full(len(keys), NOBODY, np.int32), self._homes(keys), _part(keys)
        at, end = self._starts[homes].astype(np.int64), self._starts[homes + 1]
        left = np.flatnonzero(at < end)
        while len(left):
            hit = self._parts[at[left]] == parts[left]
            owners[left[hit]] = self._owners[at[left[hit]]]
            left = left[~hit]
            at[left] += 1
            left = left[at[left] < end[left]]
        return owners

    def _homes(self, keys: Hashes) -> NDArray[np.int64]:
        return ((keys * _SCATTER) >> self._shift).astype(np.int64)


def _part(keys: Hashes) -> NDArray[np.uint32]:
    return (keys >> np.uint64(32)).astype(np.uint32)


class Owners:
    """The first `most` owners of each key, in the order in which they came; later ones are not known by it."""

    def __init__(self, most: int = OWNERS_MOST) -> None:
        self._table, self._most = Table(), most
        self._closed: Closed | None = None

    @property
    def nbytes(self) -> int:
        return (self._closed or self._table).nbytes

    def close(self) -> None:
        """Take in no more, and need less memory from now on."""
        keys, numbers = self._table.used()
        self._table = Table(2)  # half of the memory, which the making of the other needs
        self._closed = Closed(keys, numbers)

    def find(self, keys: Hashes) -> Numbers:
        """`int32[most, keys]`: the owners of each key, the free places `NOBODY`."""
        owners = np.full((self._most, len(keys)), NOBODY, np.int32)
        left = np.arange(len(keys))
        for place in range(self._most):
            found = (self._closed or self._table).find(_at(keys[left], place))
            owners[place, left] = found
            left = left[found != NOBODY]
            if not len(left):
                break
        return owners

    def add(self, keys: Hashes, taken: Ints, numbers: Numbers) -> None:
        """Make `numbers` owners of `keys`, in this order, where there is room: `taken` owners were there before."""
        keys, place, numbers = _with_places(keys, taken, numbers, self._most)
        self._table.add(_at(keys, place), numbers)


class RankedOwners:
    """The same for keys whose leading bits are numbers from 0 to `count`: these are looked up without a search."""

    def __init__(self, count: int, shift: int) -> None:
        self._owners: Numbers = np.full((OWNERS_MOST, count), NOBODY, np.int32)
        self._shift = np.uint64(shift)

    def find(self, keys: Hashes) -> Numbers:
        """See `Owners.find`."""
        return self._owners.take((keys >> self._shift).view(np.int64), axis=1)

    def add(self, keys: Hashes, taken: Ints, numbers: Numbers) -> None:
        """See `Owners.add`."""
        keys, place, numbers = _with_places(keys, taken, numbers, OWNERS_MOST)
        self._owners[place, (keys >> self._shift).view(np.int64)] = numbers


def _with_places(keys: Hashes, taken: Ints, numbers: Numbers, most: int) -> tuple[Hashes, Ints, Numbers]:
    """The keys that have room, their new owners, and the place that each owner takes."""
    place = Equal(keys).before + taken
    room = place < most
    return keys[room], place[room], numbers[room]


def _at(keys: Hashes, place: int | NDArray[np.int64]) -> Hashes:
    """The keys under which the owners at a place are kept."""
    return np.maximum(keys ^ np.multiply(place, _APART, dtype=np.int64).astype(np.uint64), np.uint64(1))
