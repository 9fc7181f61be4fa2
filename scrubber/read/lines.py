"""Whole lines out of a byte stream, cut at newlines only, whatever sizes the stream delivers."""

from __future__ import annotations

from collections.abc import Iterator

from scrubber.read.open import ByteStream


def whole_lines(stream: ByteStream, size: int, longest: int) -> Iterator[tuple[bytes, bool]]:
    """Runs of whole lines of about `size` bytes, as (bytes, closed).

    `closed` says that the run ends with a newline (which is part of it). It is false for the last line of a stream
    without one, and for a piece of a line longer than `longest` bytes, which is cut between two characters.
    """
    parts: list[bytes] = []
    held = 0
    while data := stream.read(size):
        end = data.rfind(b"\n") + 1
        if end:
            yield b"".join([*parts, data[:end]]), True
            parts, held = ([data[end:]], len(data) - end) if end < len(data) else ([], 0)
        else:
            parts.append(data)
            held += len(data)
        while held > longest:
            line = b"".join(parts)
            cut = _character_start(line, longest)
            yield line[:cut], False
            parts, held = [line[cut:]], held - cut
    if held:
        yield b"".join(parts), False


def _character_start(line: bytes, at: int) -> int:
    """The last place up to `at` where a UTF-8 character begins; `at` itself in what is not UTF-8."""
    return next((i for i in range(at, max(at - 4, 0), -1) if line[i] & 0xC0 != 0x80), at)
