"""An index of pages on disk, so that today's crawl can be deduplicated against last year's.

A folder: immutable sorted runs (`runs.py`) and a manifest (`manifest.py`). Lookups are binary searches in mapped files;
runs of a like size are merged as they gather, so their number grows with the logarithm of the pages. Pages are verified
by their sketches, 16 bits of each of 128 bins under the secret seed of the index: a page costs under 1 KB, its shingles
would cost several. So what the index says is `estimated`, but for exact duplicates.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import numpy as np

from scrubber.dedup.candidate import Candidate, Scheme
from scrubber.dedup.lookup import OWNERS_MOST, Gate, Lookup
from scrubber.dedup.manifest import FORMAT, Manifest, RunRow, WriterLock
from scrubber.dedup.memory import SKETCH_BINS, sketch_and_count
from scrubber.dedup.runs import FILES, Pages, Run, checksum, merge_runs, write_run
from scrubber.dedup.shingles import CHARACTERS, WORDS
from scrubber.dedup.signature import ANCHOR_SHARE, ANCHORS_LEAST
from scrubber.dedup.verify import Criteria
from scrubber.errors import ConfigError
from scrubber.page import Duplicate

STAGED_MOST: Final = 1 << 16  # pages held in memory before they go to a run
_TIER: Final = 16  # this many runs of a like size become one


class Index(AbstractContextManager["Index"]):
    """An open index. Use it as a context manager; what was added and not committed is forgotten."""

    def __init__(self, path: str | Path, *, write: bool = False) -> None:
        self.folder = Path(path)
        self._manifest = Manifest(self.folder)
        self._lock: WriterLock | None = None
        try:
            self._check_format()
            if write:
                self._lock = WriterLock(self.folder)
                self._clear_rubbish()
        except BaseException:
            self.close()
            raise
        self._staged: list[Pages] = []
        self._staged_count = 0
        self._written: list[RunRow] = []
        self._runs: dict[int, Run] = {}
        self._gate = Gate()
        self._load()

    @classmethod
    def create(cls, path: str | Path, scheme: Scheme | None = None, *, like: Index | None = None) -> None:
        """Make an empty index with a secret seed of its own, or with all parameters of another one.

        Only indexes made `like` each other can be merged: their pages are in the same buckets.
        """
        scheme = scheme or Scheme()
        header = dict(like._manifest.header) if like is not None else _header(scheme, secrets.randbits(64))
        Manifest.create(Path(path), header).close()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._manifest.close()
        if self._lock:
            self._lock.release()
            self._lock = None

    def __len__(self) -> int:
        return sum(row.pages for row in self._rows) - sum(map(len, self._deleted.values()))

    @property
    def scheme(self) -> Scheme:
        """How its pages are put into buckets, with the secret seed: for `candidates` that are to be looked up here."""
        header = self._manifest.header
        return Scheme(header["num_perm"], header["bands"], header["rows"], header["seed"])

    def require(self, **parameters: int) -> None:
        """Raise `ConfigError` with the exact difference if the index was made with other parameters."""
        _refuse_difference(self.folder, self._manifest.header, parameters)

    # looking up

    def query(self, pages: Sequence[Candidate], criteria: Criteria, *, itself: bool = True) -> list[Duplicate | None]:
        """For each page the page of the index that it is a copy of, if there is one, the likest first.

        With `itself` false, a page of the same id is not meant: what a run added before it broke off is no reason to
        drop the page when the run is repeated.
        """
        return self._lookup.query(pages, criteria, itself=itself)

    def has(self, page_id: str) -> bool:
        return self._place(page_id) is not None

    # changing

    def add(self, pages: Sequence[Candidate]) -> None:
        """Take in pages; `commit` makes them last. Their ids must not be in the index already."""
        self._writer()
        if not pages:
            return
        sketches, sizes = sketch_and_count([page.ordered for page in pages], self.scheme.seed)
        keys, counts = np.concatenate([page.keys for page in pages]), np.array([len(page.keys) for page in pages])
        ids, digests = [page.id for page in pages], [page.digest for page in pages]
        self._staged.append(Pages(ids, digests, sizes, sketches, keys, counts))
        self._staged_count += len(pages)
        if self._staged_count >= STAGED_MOST:
            self._flush()

    def commit(self) -> None:
        """Make all that was added last, in one step: after a kill, all of it is there or none."""
        self._writer()
        self._flush()
        self._manifest.replace_runs(self._written, ())
        self._written = []
        self._load()
        self._merge_tiers()

    def delete(self, ids: Iterable[str]) -> int:
        """Forget pages; gives how many were there. Their room is freed by `compact`."""
        self._writer()
        places = [place for place in map(self._place, ids) if place]
        self._manifest.delete(places)
        self._load()
        return len(set(places))

    def merge(self, other: Index) -> int:
        """Take in all pages of another index whose ids are not here; gives how many. Both must be made alike."""
        self._writer()
        _refuse_difference(self.folder, self._manifest.header, other._manifest.header)
        for number, run in other._runs.items():
            gone = set(other._deleted.get(number, ()))
            gone |= {page for page in range(len(run)) if page not in gone and self.has(run.id(page))}
            if len(gone) < len(run):
                self._written.append(self._merged([(run, gone)]))
        added = sum(row.pages for row in self._written)
        self.commit()
        return added

    def compact(self) -> None:
        """Make one run of all, without what is deleted."""
        self._writer()
        self._rewrite(list(self._runs))

    def check(self) -> list[str]:
        """What is wrong with the index, one line for each fault; nothing if it is whole."""
        found = [f"{self._manifest.path}: {message}" for message in self._manifest.problems()]
        names: set[str] = set()
        for row in self._rows:
            faults = list(self._faults(row))
            found += faults
            if not faults:
                found += self._doubled(row.number, names)
        return found

    def info(self) -> dict[str, Any]:
        """Its parameters, how many pages it holds, and how many bytes of each part."""
        header = {name: value for name, value in self._manifest.header.items() if name != "seed"}
        fingerprint = blake2b(str(self._manifest.header["seed"]).encode(), digest_size=4).hexdigest()
        sizes = {name: sum(row.files[name][0] for row in self._rows) for name in FILES}
        pages = max(1, sum(row.pages for row in self._rows))
        return {
            **header,
            "seed_fingerprint": fingerprint,
            "pages": len(self),
            "deleted": sum(map(len, self._deleted.values())),
            "runs": len(self._rows),
            "bytes": sum(sizes.values()),
            "bytes_per_page": {name: round(size / pages, 1) for name, size in sizes.items()},
            "crowded_keys": sum(_crowded(run) for run in self._runs.values()),
        }

    # inside

    def _check_format(self) -> None:
        found = self._manifest.header.get("format")
        if found != FORMAT:
            raise ConfigError(
                f"{self.folder} has format {found}, and this version reads format {FORMAT}; "
                + ("run scrubber index migrate" if isinstance(found, int) and found < FORMAT else "update scrubber")
            )

    def _writer(self) -> None:
        if not self._lock:
            raise ConfigError(f"{self.folder} was opened for reading; open it with write=True")

    def _load(self) -> None:
        self._rows, self._deleted = self._manifest.snapshot()
        self._runs = {row.number: self._runs.get(row.number) or Run(self._path(row.number)) for row in self._rows}
        self._lookup = Lookup(self._runs, self._deleted, self.scheme, self._gate)

    def _path(self, number: int) -> Path:
        return self.folder / "runs" / str(number)

    def _clear_rubbish(self) -> None:
        """Remove files of writers that were killed before they committed."""
        known = {str(row.number) for row in self._manifest.snapshot()[0]}
        for path in (self.folder / "runs").glob("*"):
            if path.name not in known:
                shutil.rmtree(path)

    def _place(self, page_id: str) -> tuple[int, int] | None:
        for number, run in self._runs.items():
            page = run.page_of(page_id)
            if page is not None and page not in self._deleted.get(number, ()):
                return number, page
        return None

    def _flush(self) -> None:
        if self._staged:
            number = self._manifest.next_number()
            write_run(self._path(number), Pages.joined(self._staged))
            self._written.append(self._row(number, self._staged_count))
            self._staged, self._staged_count = [], 0

    def _row(self, number: int, pages: int) -> RunRow:
        paths = {name: self._path(number) / f"{name}.npy" for name in FILES}
        return RunRow(number, pages, {name: [path.stat().st_size, checksum(path)] for name, path in paths.items()})

    def _merged(self, runs: Sequence[tuple[Run, set[int]]]) -> RunRow:
        number = self._manifest.next_number()
        merge_runs(self._path(number), runs)
        return self._row(number, sum(len(run) - len(gone) for run, gone in runs))

    def _merge_tiers(self) -> None:
        while True:
            tiers: dict[int, list[int]] = {}
            for row in self._rows:
                tiers.setdefault(row.pages.bit_length() // 4, []).append(row.number)
            full = next((numbers for _, numbers in sorted(tiers.items()) if len(numbers) >= _TIER), None)
            if full is None:
                return
            self._rewrite(full)

    def _rewrite(self, numbers: list[int]) -> None:
        """Replace some runs by one; readers that have the old files open keep them."""
        runs = [(self._runs[number], self._deleted.get(number, set())) for number in numbers]
        left = any(len(run) > len(gone) for run, gone in runs)
        merged = [self._merged(runs)] if left else []
        self._manifest.replace_runs(merged, numbers)
        for row in merged:
            self._gate.merged(set(numbers), row.number)
        self._load()
        for number in numbers:
            shutil.rmtree(self._path(number))

    def _faults(self, row: RunRow) -> Iterator[str]:
        for name in FILES:
            path = self._path(row.number) / f"{name}.npy"
            size, digest = row.files[name]
            if not path.is_file():
                yield f"{path}: is missing; restore it from a copy"
            elif path.stat().st_size != size or checksum(path) != digest:
                yield f"{path}: is not what was written; restore it from a copy"

    def _doubled(self, number: int, names: set[str]) -> Iterator[str]:
        run, gone = self._runs[number], self._deleted.get(number, ())
        for page in range(len(run)):
            if page not in gone:
                name = run.id(page)
                if name in names:
                    yield f"run {number}: the id {name!r} occurs twice; delete it and add it again"
                names.add(name)


def _header(scheme: Scheme, seed: int) -> dict[str, Any]:
    """Every parameter that two indexes, or an index and a run, must share."""
    return {
        "format": FORMAT,
        "num_perm": scheme.num_perm,
        "bands": scheme.bands,
        "rows": scheme.rows,
        "words": WORDS,
        "characters": CHARACTERS,
        "anchor_share": ANCHOR_SHARE,
        "anchors_least": ANCHORS_LEAST,
        "sketch_bins": SKETCH_BINS,
        "seed": seed,
    }


def _refuse_difference(folder: Path, header: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    different = [name for name, value in wanted.items() if header.get(name) != value]
    if different:
        shown = "; ".join(
            "seed is another" if name == "seed" else f"{name} is {header.get(name)}, not {wanted[name]}"
            for name in different
        )
        raise ConfigError(
            f"{folder} was made with other parameters: {shown}; use those of the index, or make one that fits with "
            "scrubber index create (--like OTHER to share a seed)"
        )


def _crowded(run: Run) -> int:
    keys = run.keys
    if len(keys) <= OWNERS_MOST:
        return 0
    more = keys[OWNERS_MOST:] == keys[:-OWNERS_MOST]
    return int(np.unique(keys[OWNERS_MOST:][more]).size)
