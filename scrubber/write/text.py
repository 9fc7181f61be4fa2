"""Plain text out: the kept lines of each page, and an empty line after it."""

from __future__ import annotations

from scrubber.page import Page


def encode(page: Page) -> bytes:
    """The text of a page that is written; nothing for a copy of another page."""
    return f"{page.text}\n\n".encode() if page.duplicate_of is None else b""
