"""Hashes of many pages: in memory as long as they are few, then in a temporary file."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate
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
        run = bisect_right(self._firsts, place) - 1
        bounds, page = self._bounds[run], place - self._firsts[run]
        start = self._starts[run] if self._file else 0
        hashes = self.flat if self._file else self._runs[run]
        return hashes[start + bounds.item(page) : start + bounds.item(page + 1)]

    def length(self, place: int) -> int:
        """How many hashes a page has."""
        run = bisect_right(self._firsts, place) - 1
        page = place - self._firsts[run]
        return self._bounds[run].item(page + 1) - self._bounds[run].item(page)

    def close(self) -> None:
        self.__dict__.pop("flat", None)
        if self._file:
            self._file.close()

    @cached_property
    def _firsts(self) -> list[int]:
        """The first page of each run."""
        return [0, *accumulate(len(bounds) - 1 for bounds in self._bounds)][:-1]

    @cached_property
    def _starts(self) -> list[int]:
        """Where each run starts in the file."""
        return [0, *accumulate(bounds.item(-1) for bounds in self._bounds)][:-1]

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
