"""Reading: bytes -> Block. A format is one module with `looks_like` and `read`, and one line in `FORMATS`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import IO, Any, Final

from scrubber.page import Block, Dead, Intake, SourceEnd
from scrubber.read import html, jsonl, text
from scrubber.read.decode import as_utf8
from scrubber.read.open import ByteStream, from_file, open_path, standard_input, unpacked
from scrubber.read.options import ReadOptions

__all__ = ["FORMATS", "Input", "ReadOptions", "check_inputs", "read", "read_text"]

Input = str | os.PathLike[str] | IO[bytes] | IO[str] | Iterable[str] | Iterable[bytes]

# asked in this order; text takes what nobody else knows
FORMATS: Final[dict[str, ModuleType]] = {"html": html, "jsonl": jsonl, "text": text}
HEAD: Final = 1024  # a pipe that trickles must not wait long for its format to be known
_PACKED: Final = (".gz", ".zst", ".bz2", ".xz")


def read(inputs: Iterable[Input], options: ReadOptions, intake: Intake) -> Iterator[Block | Dead]:
    """The blocks of every input, one input after the other. Raises `InputError` for one that cannot be opened."""
    for item in inputs:
        if isinstance(item, str | os.PathLike):
            yield from _read_path(os.fspath(item), options, intake)
        elif hasattr(item, "read"):
            yield from _read_file(item, options, intake)
        else:
            yield from _read_stream(_joined((_closed(line) for line in item), intake), options.source, options, intake)


def read_text(string: str, options: ReadOptions, intake: Intake) -> Iterator[Block | Dead]:
    """The blocks of a string."""
    lines = string.split("\n")
    closed = lines[-1] == ""
    if closed:
        lines.pop()
    intake.lines += len(lines)
    intake.took(len(string.encode("utf-8", "replace")))
    intake.ends[options.source] = SourceEnd(len(lines), closed)
    if lines:
        yield Block(options.source, 0, tuple(lines), ends_page=True, single=not options.split)


def _read_path(path: str, options: ReadOptions, intake: Intake) -> Iterator[Block | Dead]:
    if path == "-":
        yield from _read_stream(standard_input(intake.took), options.source, options, intake)
        return
    file, stream = open_path(path, intake.took)
    with file:
        yield from _read_stream(stream, path, options, intake)


def _read_file(file: Any, options: ReadOptions, intake: Intake) -> Iterator[Block | Dead]:
    name = getattr(file, "name", None)
    source = name if isinstance(name, str) and options.source == "-" else options.source
    stream = from_file(getattr(file, "buffer", file), intake.took)
    if isinstance(file.read(0), str) and not hasattr(file, "buffer"):
        stream = _joined(iter(lambda: file.read(1 << 16), ""), intake)
    yield from _read_stream(stream, source, options, intake)


def _read_stream(stream: ByteStream, source: str, options: ReadOptions, intake: Intake) -> Iterator[Block | Dead]:
    stream = as_utf8(unpacked(stream), options.encoding)
    yield from _format(stream, source, options).read(stream, source, options, intake)
    if stream.damage:
        yield Dead(source, 0, stream.damage, lines=0)


def _format(stream: ByteStream, source: str, options: ReadOptions) -> ModuleType:
    if options.format != "auto":
        return FORMATS[options.format]
    head, name = stream.peek(HEAD), source.lower()
    for suffix in _PACKED:
        name = name.removesuffix(suffix)
    return next(module for module in FORMATS.values() if module.looks_like(head, name))


def _closed(line: str | bytes) -> str | bytes:
    if isinstance(line, str):
        return line if line.endswith("\n") else line + "\n"
    return line if line.endswith(b"\n") else line + b"\n"


def _joined(pieces: Iterable[str | bytes], intake: Intake) -> ByteStream:
    """The bytes of pieces of text."""
    remaining = iter(pieces)

    def read_some(size: int) -> bytes:
        parts: list[bytes] = []
        held = 0
        for piece in remaining:
            parts.append(piece.encode("utf-8", "surrogatepass") if isinstance(piece, str) else piece)
            held += len(parts[-1])
            if held >= size:
                break
        intake.took(held)
        return b"".join(parts)

    return ByteStream(read_some)


def check_inputs(paths: Iterable[str]) -> None:
    """Raise `InputError` for the first path that is no readable file, before any work is done."""
    for path in paths:
        if path != "-":
            file, _ = open_path(path, lambda _: None)
            file.close()
