"""JSON lines out: one record a line, readable by every parser."""

from __future__ import annotations

from typing import Any

import msgspec

from scrubber.page import Page

# Legal inside JSON strings, but readers that cut lines with str.splitlines would cut a record there.
_BREAKS = (("\x85", rb"\u0085"), ("\u2028", rb"\u2028"), ("\u2029", rb"\u2029"))
_ENCODER = msgspec.json.Encoder()


def encode(record: dict[str, Any]) -> bytes:
    """One line of JSON with its newline. Raises `ValueError` for what JSON cannot hold."""
    data = _ENCODER.encode(record)
    for character, escape in _BREAKS:
        data = data.replace(character.encode(), escape)
    return data + b"\n"


def page_line(page: Page) -> bytes:
    """The record of a page as one line of JSON."""
    return encode(page.record())
