"""Deduplication of a whole corpus: every page is seen before any is chosen, so the best page of a cluster stays.

What is needed of the pages, their shingles and bucket keys, is spooled to a temporary folder; then they are settled in
the order of the keeper, best first. Verification reads the spooled shingles and is always exact. A second run over the
same spool with other criteria reads no text.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, BinaryIO, Final

import numpy as np

from scrubber.dedup.candidate import Candidate, Scheme, candidates
from scrubber.dedup.leader import Leaders
from scrubber.dedup.shingles import Hashes
from scrubber.dedup.verify import Criteria, Measure, measure
from scrubber.errors import ConfigError, OutputError
from scrubber.page import Duplicate

KEEPERS: Final = ("longest", "first", "cleanest")
_SETTLED_TOGETHER: Final = 256


@dataclass(frozen=True, slots=True)
class Entry:
    """A page of the corpus: its id, its text, how damaged it is, and the value of the keeper's field, if any."""

    id: str
    text: str
    damage: int = 0
    value: Any = None


@dataclass(frozen=True, slots=True)
class Clusters:
    """For each page, by its place in the corpus: what it is a copy of (or `None`), and the place of that page.

    `cut_short` counts pages with more likely originals than are looked at: the best of those were verified.
    """

    copies: list[Duplicate | None]
    representatives: list[int]
    cut_short: int


class _Spool:
    """Arrays of hashes, one after the other in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO = path.open("wb")
        self._ends = [0]
        self._read: Hashes | None = None

    def extend(self, runs: Sequence[Hashes]) -> None:
        try:
            self._file.write(np.concatenate(runs).astype("<u8", copy=False).data)
        except OSError as error:
            raise OutputError(
                f"{self._path}: cannot be written: {error.strerror}; name a folder with room (--temporary)"
            ) from error
        self._ends += (self._ends[-1] + np.cumsum([len(run) for run in runs])).tolist()

    def __getitem__(self, place: int) -> Hashes:
        if self._read is None:
            self._file.flush()
            whole = self._ends[-1] > 0
            self._read = np.memmap(self._path, "<u8", mode="r").view(np.ndarray) if whole else np.empty(0, np.uint64)
        return self._read[self._ends[place] : self._ends[place + 1]]

    def close(self) -> None:
        self._read = None
        self._file.close()


class _Spooled:
    """The pages that stay, as `Leaders` asks for them: numbers are given in order of staying."""

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus
        self.places: list[int] = []
        self.ids: list[str] = []
        self.sizes: list[int] = []
        self.digests: list[bytes] = []

    def remember(self, pages: Sequence[Candidate], places: Sequence[int]) -> None:
        self.places.extend(places)
        self.ids.extend([page.id for page in pages])
        self.sizes.extend([len(page.shingles) for page in pages])
        self.digests.extend([page.digest for page in pages])

    def compare(self, shingles: Hashes, number: int) -> Measure:
        return measure(shingles, self._corpus.shingles[self.places[number]])


class Corpus(AbstractContextManager["Corpus"]):
    """The pages of a corpus as deduplication sees them. Use it as a context manager: it owns a temporary folder."""

    def __init__(self, scheme: Scheme | None = None, folder: str | None = None) -> None:
        self.scheme = scheme or Scheme()
        self._folder = TemporaryDirectory(prefix="scrubber-dedup-", dir=folder)
        self.shingles, self._keys = (_Spool(Path(self._folder.name) / name) for name in ("shingles", "keys"))
        self.ids: list[str] = []
        self.lengths: list[int] = []
        self._digests: list[bytes] = []
        self._damage: list[int] = []
        self._values: list[Any] = []

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.shingles.close()
        self._keys.close()
        self._folder.cleanup()

    def __len__(self) -> int:
        return len(self.ids)

    def add(self, entries: Sequence[Entry]) -> None:
        """Take in some pages; they must be added before anything is clustered."""
        found = candidates([entry.id for entry in entries], [entry.text for entry in entries], self.scheme)
        if not found:
            return
        self.ids += [entry.id for entry in entries]
        self.lengths += [len(entry.text) for entry in entries]
        self._damage += [entry.damage for entry in entries]
        self._values += [entry.value for entry in entries]
        self._digests += [page.digest for page in found]
        self.shingles.extend([page.shingles for page in found])
        self._keys.extend([page.keys for page in found])

    def cluster(self, criteria: Criteria, keeper: str = "longest") -> Clusters:
        """Star clusters: every copy verifies against a page that stays."""
        known = _Spooled(self)
        leaders = Leaders(known, criteria, self.scheme.bands)
        copies: list[Duplicate | None] = [None] * len(self)
        representatives = list(range(len(self)))
        order = [place for place in self._order(keeper) if self.lengths[place]]
        for start in range(0, len(order), _SETTLED_TOGETHER):
            places = order[start : start + _SETTLED_TOGETHER]
            settled = leaders.settle([self._candidate(place) for place in places], places)
            for place, (copy, number) in zip(places, settled, strict=True):
                copies[place], representatives[place] = copy, known.places[number]
        return Clusters(copies, representatives, leaders.cut_short)

    def _candidate(self, place: int) -> Candidate:
        return Candidate(self.ids[place], self._digests[place], self.shingles[place], self._keys[place])

    def _order(self, keeper: str) -> list[int]:
        """The places of all pages, the one to keep first. Ties go to the longest, the cleanest, the smallest id."""
        places = list(range(len(self)))
        if keeper == "first":
            return places
        length, damage, ids = self.lengths, self._damage, self.ids
        places.sort(key=lambda i: (-length[i], damage[i], ids[i], i))
        if keeper == "cleanest":
            places.sort(key=lambda i: damage[i])
        elif keeper.startswith("field:"):
            places.sort(key=lambda i: _rank(self._values[i]), reverse=not keeper.startswith("field:-"))
            places.sort(key=lambda i: self._values[i] is None)
        elif keeper != "longest":
            raise ConfigError(
                f"there is no keeper {keeper!r}; there are: {', '.join(KEEPERS)}, field:NAME (the highest value) and "
                "field:-NAME (the lowest)"
            )
        return places


def _rank(value: Any) -> tuple[int, float, str]:
    """A total order over what JSON fields hold: numbers before strings."""
    if isinstance(value, bool | int | float) and value == value:
        return 0, float(value), ""
    return 1, 0.0, str(value)
