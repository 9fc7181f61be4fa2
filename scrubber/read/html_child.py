"""The child process that runs trafilatura: one HTML page in, its main text out, over a pipe of framed bytes.

libxml2 holds the interpreter lock while it parses, so that no timer in the same process can stop it (an alarm of 2 s
came after 33 s); a child can be killed. Frames are bytes and JSON: nothing that comes from a page is ever unpickled.
"""

from __future__ import annotations

import json
import resource
import struct
import sys
from typing import Any, BinaryIO

MEMORY = 4 << 30


def read_frame(stream: BinaryIO) -> bytes | None:
    """The next frame, or `None` at the end, also amid a frame: four bytes of length, then the bytes."""
    head = stream.read(4)
    if len(head) < 4:
        return None
    (size,) = struct.unpack("<I", head)
    data = stream.read(size)
    return data if len(data) == size else None


def frame(data: bytes) -> bytes:
    """The bytes with their length before them."""
    return struct.pack("<I", len(data)) + data


def extract(html: bytes) -> dict[str, Any]:
    """Main text, title, address and date of one page; text is empty where trafilatura finds none."""
    from trafilatura import bare_extraction

    document = bare_extraction(html, fast=True, include_comments=False, with_metadata=True)
    if document is None:
        return {"text": "", "title": None, "url": None, "created": None}
    found = document.as_dict() if hasattr(document, "as_dict") else document
    return {
        "text": found.get("text") or "",
        "title": found.get("title"),
        "url": found.get("url"),
        "created": found.get("date"),
    }


def main() -> None:
    """Answer frames until the pipe closes."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # a library that prints must not break the frames
    while (html := read_frame(source)) is not None:
        answer = json.dumps(_attempt(html)).encode()
        sink.write(frame(answer))
        sink.flush()


def _attempt(html: bytes) -> dict[str, Any]:
    try:
        return extract(html)
    except (ValueError, TypeError, AttributeError, LookupError, RecursionError, MemoryError, AssertionError) as error:
        return {"error": f"{type(error).__name__}: {error}"}


if __name__ == "__main__":
    main()
