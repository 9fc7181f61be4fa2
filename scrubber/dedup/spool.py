"""Hashes of many pages: in memory as long as they are few, then in a temporary file."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np

from scrubber.dedup.shingles import Hashes
from scrubber.dedup.view import Ints
from scrubber.errors import OutputError

HELD: Final = 1 << 25  # hashes held in memory: 256 MB


class Spool:
    """First it is filled, a run of pages at a time, then it is read."""

    def __init__(self, path: Path, held: int = HELD) -> None:
        self._path, self._held = path, held
        self._runs: list[Hashes] = []
        self._bounds: list[Ints] = []
        self._count = self._written = 0
        self._file: BinaryIO | None = None

    def extend(self, hashes: Hashes, bounds: Ints) -> None:
        """A run of pages more: page i of it has `hashes[bounds[i]:bounds[i + 1]]`. The array is kept as it is."""
        self._runs.append(hashes)
        self._bounds.append(bounds)
        self._count += len(hashes)
        if self._count - self._written > self._held:
            self._spill()

    @cached_property
    def flat(self) -> Hashes:
        """All hashes; no more can be added from now on."""
        if not self._file:
            return np.concatenate([np.empty(0, np.uint64), *self._runs])
        self._spill()
        return np.memmap(self._path, "<u8", mode="r").view(np.ndarray)

    @cached_property
    def bounds(self) -> Ints:
        """Where the hashes of each page begin in `flat`, and where the last one's end."""
        lengths = np.concatenate([np.empty(0, np.int64), *(np.diff(bounds) for bounds in self._bounds)])
        return np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])

    def __getitem__(self, place: int) -> Hashes:
        """The hashes of a page."""
        return self.of([place])[0]

    def of(self, places: Sequence[int]) -> list[Hashes]:
        """The hashes of some pages."""
        first = np.array(places, np.int64)
        starts, ends = self.bounds[first], self.bounds[first + 1]
        if self._file:
            return [self.flat[a:b] for a, b in zip(starts.tolist(), ends.tolist(), strict=True)]
        runs = self._starts.searchsorted(starts, side="right") - 1
        starts, ends, run = starts - self._starts[runs], ends - self._starts[runs], runs.tolist()
        return [self._runs[i][a:b] for i, a, b in zip(run, starts.tolist(), ends.tolist(), strict=True)]

    def close(self) -> None:
        self.__dict__.pop("flat", None)
        if self._file:
            self._file.close()

    @cached_property
    def _starts(self) -> Ints:
        """Where each run starts in `flat`."""
        lengths = [bounds.item(-1) for bounds in self._bounds]
        return np.cumsum([0, *lengths], dtype=np.int64)[:-1]

    def _spill(self) -> None:
        try:
            self._file = self._file or self._path.open("wb", buffering=0)
            _write(self._file, self._runs)
        except OSError as error:
            raise OutputError(
                f"{self._path}: cannot be written: {error.strerror}; name a folder with room (--temporary)"
            ) from error
        self._runs, self._written = [], self._count


def _write(file: BinaryIO, runs: Sequence[Hashes]) -> None:
    for hashes in runs:
        data = memoryview(hashes.astype("<u8", copy=False).tobytes())
        while len(data):
            data = data[file.write(data) :]
