"""Files that are whole or not there: written beside their name, and given it when they are finished."""

from __future__ import annotations

import gzip
import io
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from scrubber.errors import OutputError


class Sink:
    """Bytes to a file or a pipe. Raises `OutputError` where the system refuses them, `BrokenPipeError` as it is."""

    def __init__(self, name: str, file: BinaryIO) -> None:
        self.name, self._file = name, file

    def write(self, data: bytes, *, now: bool = False) -> None:
        """Write; with `now`, so that a reader at the other end sees it at once."""
        with _told(self.name):
            self._file.write(data)
            if now:
                self._file.flush()

    def close(self) -> None:
        with _told(self.name):
            self._file.close()


@contextmanager
def opened(path: str) -> Iterator[Sink]:
    """A sink for `path`, or for standard output where it is `-`; compressed where the name ends in .gz or .zst.

    A regular file is written as `path.partial` and renamed at the end; after an error the partial file stays.
    """
    if path == "-":
        sink = Sink("standard output", io.BufferedWriter(io.FileIO(1, "wb", closefd=False), 1 << 16))
        yield sink
        sink.close()
        return
    target = path if _is_special(path) else f"{path}.partial"
    with _told(path):
        sink = Sink(path, _packed(Path(target).open("wb"), path))  # noqa: SIM115  closed below
    try:
        yield sink
    finally:
        sink.close()
    if target != path:
        with _told(path):
            os.replace(target, path)  # noqa: PTH105  raises the same errors, and both names are strings


def _is_special(path: str) -> bool:
    try:
        return not stat.S_ISREG(os.stat(path).st_mode)  # noqa: PTH116
    except OSError:
        return False


def _packed(file: BinaryIO, name: str) -> BinaryIO:
    module: Any
    if name.endswith(".gz"):
        return gzip.GzipFile("", "wb", 6, file, mtime=0)  # type: ignore[return-value]
    if not name.endswith(".zst"):
        return file
    if sys.version_info >= (3, 14):
        from compression import zstd as module
    else:
        from backports import zstd as module
    packed: BinaryIO = module.ZstdFile(file, "wb")
    return packed


@contextmanager
def _told(name: str) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(f"{name}: cannot be written: {error.strerror or error}; choose another place") from error
