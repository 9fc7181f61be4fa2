"""HTML: each file or record is one page, whose main text trafilatura extracts in a child process with a time limit."""

from __future__ import annotations

from collections.abc import Iterator

from scrubber.page import Block, Dead, Intake
from scrubber.read.open import ByteStream
from scrubber.read.options import ReadOptions

LARGEST = 64 << 20


def looks_like(head: bytes, name: str) -> bool:
    """Whether the first bytes are those of an HTML page."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:15].lower()
    return start.startswith((b"<!doctype html", b"<html"))


def read(stream: ByteStream, source: str, options: ReadOptions, intake: Intake) -> Iterator[Block | Dead]:
    """The whole stream as one page."""
    parts, size = [], 0
    while size <= LARGEST and (data := stream.read(options.block_bytes)):
        parts.append(data)
        size += len(data)
    if size > LARGEST:
        yield intake.dead(source, 0, f"an HTML page of more than {LARGEST >> 20} MiB; split the file", parts[0][:1000])
        return
    from scrubber.read.extractor import Extractor

    with Extractor(options.html_timeout) as extractor:
        yield extractor.block(b"".join(parts), source, {}, intake)
