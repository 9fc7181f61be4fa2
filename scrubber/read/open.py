"""Bytes from files, pipes and archives: one stream that looks ahead, opens compression by its magic bytes, and says
where an archive breaks instead of ending as if nothing had happened."""

from __future__ import annotations

import bz2
import io
import lzma
import os
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, Final, Protocol

from scrubber.errors import InputError

READ_SIZE: Final = 1 << 18
NESTED: Final = 2  # a .gz in a .zst happens; more is an attack


class ByteStream:
    """Bytes with look-ahead. `damage` is set when the stream broke off; what came before it was delivered."""

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read
        self._ahead = b""
        self.damage: str | None = None

    def peek(self, size: int) -> bytes:
        """The next `size` bytes, or all that are left, without taking them."""
        while len(self._ahead) < size and (more := self._next(size - len(self._ahead))):
            self._ahead += more
        return self._ahead[:size]

    def read(self, size: int) -> bytes:
        """Some bytes, at most `size`; none at the end or where the stream broke."""
        if self._ahead:
            taken, self._ahead = self._ahead[:size], self._ahead[size:]
            return taken
        return self._next(size)

    def _next(self, size: int) -> bytes:
        if self.damage is not None:
            return b""
        try:
            return self._read(size)
        except BrokenArchive as error:
            self.damage = str(error)
        except OSError as error:
            self.damage = f"reading stopped: {error.strerror or error}"
        return b""


class BrokenArchive(Exception):  # noqa: N818  never leaves this module: ByteStream turns it into `damage`
    """A compressed stream that is cut off or corrupt."""


class Decompressor(Protocol):
    """What bz2, lzma and zstd objects share; `_Gzip` brings zlib to it."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class _Gzip:
    def __init__(self) -> None:
        self._object = zlib.decompressobj(wbits=31)
        self.needs_input = True

    @property
    def eof(self) -> bool:
        return self._object.eof

    @property
    def unused_data(self) -> bytes:
        return self._object.unused_data

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        out = self._object.decompress(self._object.unconsumed_tail + data, max(max_length, 0))
        self.needs_input = not self._object.unconsumed_tail and len(out) < max_length
        return out


class _Zstd:
    def __init__(self) -> None:
        module: Any
        if sys.version_info >= (3, 14):
            from compression import zstd as module
        else:
            from backports import zstd as module
        self._object, self._error = module.ZstdDecompressor(), module.ZstdError

    @property
    def eof(self) -> bool:
        return bool(self._object.eof)

    @property
    def needs_input(self) -> bool:
        return bool(self._object.needs_input)

    @property
    def unused_data(self) -> bytes:
        return bytes(self._object.unused_data)

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        try:
            return bytes(self._object.decompress(data, max_length))
        except self._error as error:
            raise OSError(str(error)) from error


_MAGIC: Final[tuple[tuple[bytes, str, Callable[[], Any]], ...]] = (
    (b"\x1f\x8b\x08", "gzip", _Gzip),
    (b"\x28\xb5\x2f\xfd", "zstd", _Zstd),
    (b"BZh", "bzip2", bz2.BZ2Decompressor),
    (b"\xfd7zXZ\x00", "xz", lzma.LZMADecompressor),
)


class _Unpacked:
    """The bytes inside a compressed stream, over all its members; raises `BrokenArchive` where it breaks."""

    def __init__(self, packed: ByteStream, name: str, new: Callable[[], Decompressor]) -> None:
        self._packed, self._name, self._new = packed, name, new
        self._object = new()
        self._consumed = 0

    def read(self, size: int) -> bytes:
        while True:
            data = b""
            if self._object.eof:
                data = self._object.unused_data
                if not data.strip(b"\0") and not self._packed.peek(1):  # padding is allowed
                    return b""
                self._object = self._new()
            if not data and self._object.needs_input:
                data = self._packed.read(READ_SIZE)
                self._consumed += len(data)
                if not data:
                    self._end()
                    return b""
            out = self._decompress(data, size)
            if out:
                return out

    def _decompress(self, data: bytes, size: int) -> bytes:
        try:
            return self._object.decompress(data, size)
        except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
            raise BrokenArchive(f"{self._name} data corrupt near byte {self._consumed}: {error}") from error

    def _end(self) -> None:
        if self._packed.damage:
            raise BrokenArchive(self._packed.damage)
        raise BrokenArchive(f"{self._name} data cut off after byte {self._consumed}; get a complete copy of the file")


def unpacked(stream: ByteStream) -> ByteStream:
    """The stream itself, or what its compression holds."""
    for _ in range(NESTED):
        head = stream.peek(6)
        found = next(((name, new) for magic, name, new in _MAGIC if head.startswith(magic)), None)
        if found is None:
            break
        stream = ByteStream(_Unpacked(stream, *found).read)
    return stream


def open_path(path: str | os.PathLike[str], progress: Callable[[int], None]) -> tuple[BinaryIO, ByteStream]:
    """Open a file for reading. Raises `InputError` that says what to try when that cannot be done."""
    name = os.fspath(path)
    if "\n" in name:
        raise InputError(f"{name[:40]}...", "is text, not the name of a file; clean a string with scrubber.clean_text")
    try:
        file = Path(name).open("rb", buffering=0)  # noqa: SIM115  the caller closes it
    except FileNotFoundError as error:
        raise InputError(name, "no such file; check the name, or use - for standard input") from error
    except IsADirectoryError as error:
        raise InputError(name, f"is a folder; name its files, e.g. {name}/*") from error
    except (OSError, ValueError) as error:
        raise InputError(name, f"cannot be opened: {getattr(error, 'strerror', None) or error}") from error
    return file, from_file(file, progress)


def from_file(file: Any, progress: Callable[[int], None]) -> ByteStream:
    """A byte stream over an open binary file, reading what is there without waiting for more."""
    take = getattr(file, "read1", None) or file.read

    def counted(size: int) -> bytes:
        data = bytes(take(size) or b"")
        progress(len(data))
        return data

    return ByteStream(counted)


def standard_input(progress: Callable[[int], None]) -> ByteStream:
    """Standard input as bytes, whatever the locale."""
    return from_file(io.FileIO(0, closefd=False), progress)
