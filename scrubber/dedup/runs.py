"""Immutable runs of an index: plain `.npy` files in a folder, written once, checked by their sums, never changed.

`keys` and `owners` are the buckets in key order; the rest is per page, in order of adding: `sizes` (shingles),
`digests`, `sketches`, `ids` with their `ends`, and `names`, the hashes of the ids in order with the `pages` they name.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from hashlib import blake2b
from itertools import chain
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from scrubber.dedup.equal import in_order
from scrubber.dedup.shingles import Hashes
from scrubber.dedup.view import Ints
from scrubber.errors import InputError

Array = NDArray[Any]

FILES: Final = ("keys", "owners", "sizes", "digests", "sketches", "ids", "ends", "names", "pages")
_BLOCK: Final = 32
_FENCED_LEAST: Final = 1 << 22  # keys of a run from which a search leaves the processor's cache
_SLICES: Final = 64  # parts of the key space that are merged one at a time: memory stays at a 64th of the index


class Pages(NamedTuple):
    """Pages to be written as a run: for each its id, digest, number of shingles and sketch.

    And the bucket keys of all, one page after the other, with how many each has.
    """

    ids: list[str]
    digests: list[bytes]
    sizes: Ints
    sketches: NDArray[np.uint16]
    keys: Hashes
    counts: Ints

    @classmethod
    def joined(cls, parts: Sequence[Pages]) -> Pages:
        """The same pages in one piece."""
        ids, digests, *arrays = zip(*parts, strict=True)
        return cls([*chain(*ids)], [*chain(*digests)], *map(np.concatenate, arrays))


class Run:
    """One run, its files mapped into memory when they are asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __len__(self) -> int:
        return len(self.sizes)

    def load(self, name: str) -> Array:
        path = self.folder / f"{name}.npy"
        try:
            mapped: Array = np.load(path, mmap_mode="r", allow_pickle=False)
            return mapped.view(np.ndarray)  # a class of its own makes each look at an item slow
        except ValueError as error:
            if path.exists() and "mmap" in str(error):
                empty: Array = np.load(path, allow_pickle=False)  # an array of no elements cannot be mapped
                return empty
            raise InputError(str(path), f"no array of an index: {error}; run scrubber index check") from error
        except OSError as error:
            raise InputError(str(path), f"cannot be read: {error.strerror}; run scrubber index check") from error

    @cached_property
    def keys(self) -> Array:
        return self.load("keys")

    @cached_property
    def owners(self) -> Array:
        return self.load("owners")

    @cached_property
    def sizes(self) -> Array:
        return self.load("sizes")

    @cached_property
    def digests(self) -> Array:
        return self.load("digests")

    @cached_property
    def sketches(self) -> Array:
        return self.load("sketches")

    @cached_property
    def names(self) -> Array:
        return self.load("names")

    @cached_property
    def pages(self) -> Array:
        return self.load("pages")

    @cached_property
    def ids(self) -> Array:
        return self.load("ids")

    @cached_property
    def ends(self) -> Array:
        return self.load("ends")

    def id(self, page: int) -> str:
        start = int(self.ends[page - 1]) if page else 0
        return bytes(self.ids[start : int(self.ends[page])]).decode("utf-8", "surrogatepass")

    def find(self, keys: Hashes, most: int) -> tuple[Ints, Ints]:
        """Which of `keys` are here, and the pages that own them: (place in `keys`, page), up to `most` owners each."""
        left, places = np.arange(len(keys)), self._first_places(keys)
        found: list[tuple[Ints, Ints]] = []
        for _ in range(most):
            inside = places < len(self.keys)
            places, left = places[inside], left[inside]
            hit = self.keys[places] == keys[left]
            places, left = places[hit], left[hit]
            found.append((left, self.owners[places].astype(np.int64)))
            places = places + 1
        return np.concatenate([left for left, _ in found]), np.concatenate([owners for _, owners in found])

    def _first_places(self, keys: Hashes) -> Ints:
        """`searchsorted`; in large runs it reads one block of the file for a key, not a word at each step."""
        blocks = self.keys[: len(self.keys) // _BLOCK * _BLOCK].reshape(-1, _BLOCK)
        if len(self.keys) < _FENCED_LEAST:
            places: Ints = self.keys.searchsorted(keys)
            return places
        block = np.clip(self._fences.searchsorted(keys) - 1, 0, len(blocks) - 1)
        places = block * _BLOCK + np.count_nonzero(blocks.take(block, axis=0) < keys[:, None], axis=1)
        over = np.flatnonzero(places == blocks.size)
        places[over] = self.keys.searchsorted(keys[over])
        return places

    @cached_property
    def _fences(self) -> Hashes:
        """The first key of each block."""
        return np.array(self.keys[::_BLOCK])

    def page_of(self, page_id: str) -> int | None:
        """The page with an id, if it is here."""
        name = id_hash(page_id)
        at = int(self.names.searchsorted(name))
        while at < len(self.names) and self.names[at] == name:
            if self.id(int(self.pages[at])) == page_id:
                return int(self.pages[at])
            at += 1
        return None


def id_hash(page_id: str) -> np.uint64:
    """64 bits of an id, by which it is looked up."""
    return np.uint64(int.from_bytes(_id_digest(page_id.encode("utf-8", "surrogatepass")), "little"))


def _id_digest(encoded: bytes) -> bytes:
    return blake2b(encoded, digest_size=8).digest()


def write_run(folder: Path, pages: Pages) -> None:
    """Write pages as a run. The folder must not exist; it is complete on disk when this returns."""
    owners = np.repeat(np.arange(len(pages.ids), dtype=np.uint32), pages.counts)
    order = in_order(pages.keys)
    encoded = [page_id.encode("utf-8", "surrogatepass") for page_id in pages.ids]
    names = np.frombuffer(b"".join(map(_id_digest, encoded)), "<u8").astype(np.uint64)
    by_name = np.argsort(names, kind="stable")
    arrays: dict[str, Array] = {
        "keys": pages.keys[order],
        "owners": owners[order],
        "sizes": pages.sizes.astype(np.uint32),
        "digests": np.frombuffer(b"".join(pages.digests), np.uint8).reshape(-1, 16),
        "sketches": pages.sketches,
        "ids": np.frombuffer(b"".join(encoded), np.uint8),
        "ends": np.cumsum([len(one) for one in encoded], dtype=np.int64),
        "names": names[by_name],
        "pages": by_name.astype(np.uint32),
    }
    folder.mkdir(parents=True)
    for name in FILES:
        with (folder / f"{name}.npy").open("xb") as file:
            np.lib.format.write_array(file, arrays[name], allow_pickle=False)
            _to_disk(file.fileno())
    sync_folder(folder)


def merge_runs(folder: Path, runs: Sequence[tuple[Run, set[int]]]) -> None:
    """Write one run from several, without the pages that are deleted in each; the order of pages stays."""
    kept = [np.delete(np.arange(len(run)), sorted(gone)) for run, gone in runs]
    starts = np.cumsum([0, *(len(pages) for pages in kept)])
    renamed = []
    for (run, _), pages, start in zip(runs, kept, starts, strict=False):
        new = np.full(len(run), -1, np.int64)
        new[pages] = np.arange(start, start + len(pages))
        renamed.append(new)
    folder.mkdir(parents=True)
    _merge_buckets(folder, [run for run, _ in runs], renamed)
    _merge_ids(folder, [run for run, _ in runs], kept)
    for name in ("sizes", "digests", "sketches"):
        parts = [run.load(name) for run, _ in runs]
        _write(folder, name, (part[pages] for part, pages in zip(parts, kept, strict=True)), int(starts[-1]), parts[0])
    sync_folder(folder)


def _merge_buckets(folder: Path, runs: list[Run], renamed: list[Ints]) -> None:
    """The buckets of all runs in key order, one slice of the key space at a time."""
    total = sum(int((new[run.owners] >= 0).sum()) for run, new in zip(runs, renamed, strict=True))
    edges = [np.uint64(i * ((1 << 64) // _SLICES)) for i in range(_SLICES)]

    def slices() -> Iterator[tuple[Array, Array]]:
        cuts = [[*run.keys.searchsorted(np.array(edges, np.uint64)).tolist(), len(run.keys)] for run in runs]
        for i in range(_SLICES):
            keys = np.concatenate([run.keys[cut[i] : cut[i + 1]] for run, cut in zip(runs, cuts, strict=True)])
            owners = np.concatenate(
                [new[run.owners[cut[i] : cut[i + 1]]] for run, new, cut in zip(runs, renamed, cuts, strict=True)]
            )
            keys, owners = keys[owners >= 0], owners[owners >= 0]
            order = in_order(keys)
            yield keys[order], owners[order].astype(np.uint32)

    keys = np.lib.format.open_memmap(folder / "keys.npy", "w+", np.uint64, (total,)) if total else None
    owners = np.lib.format.open_memmap(folder / "owners.npy", "w+", np.uint32, (total,)) if total else None
    if keys is None or owners is None:
        _write(folder, "keys", (), 0, np.empty(0, np.uint64))
        _write(folder, "owners", (), 0, np.empty(0, np.uint32))
        return
    at = 0
    for some, theirs in slices():
        keys[at : at + len(some)] = some
        owners[at : at + len(some)] = theirs
        at += len(some)
    for name, array in (("keys", keys), ("owners", owners)):
        array.flush()
        with (folder / f"{name}.npy").open("rb") as file:
            _to_disk(file.fileno())


def _merge_ids(folder: Path, runs: list[Run], kept: list[Ints]) -> None:
    blobs, lengths, names = [], [], []
    for run, pages in zip(runs, kept, strict=True):
        mask = np.zeros(len(run), np.bool_)
        mask[pages] = True
        size = np.diff(run.ends, prepend=0)
        blobs.append(run.ids[np.repeat(mask, size)])
        lengths.append(size[mask])
        name = np.empty(len(run), np.uint64)
        name[run.pages] = run.names
        names.append(name[mask])
    by_page = np.concatenate(names)
    order = np.argsort(by_page, kind="stable")
    arrays: dict[str, Array] = {
        "ids": np.concatenate(blobs),
        "ends": np.cumsum(np.concatenate(lengths), dtype=np.int64),
    }
    arrays |= {"names": by_page[order], "pages": order.astype(np.uint32)}
    for part, array in arrays.items():
        _write(folder, part, (array,), len(array), array)


def _write(folder: Path, name: str, parts: Iterable[Array], length: int, like: Array) -> None:
    with (folder / f"{name}.npy").open("xb") as file:
        shape = (length, *like.shape[1:])
        header = {"descr": np.lib.format.dtype_to_descr(like.dtype), "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, header)
        for part in parts:
            file.write(np.ascontiguousarray(part).data)
        _to_disk(file.fileno())


def _to_disk(descriptor: int) -> None:
    os.fsync(descriptor)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder outlive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def checksum(path: Path) -> str:
    """128 bits of BLAKE2b over a file."""
    digest = blake2b(digest_size=16)
    with path.open("rb") as file:
        while part := file.read(1 << 20):
            digest.update(part)
    return digest.hexdigest()
