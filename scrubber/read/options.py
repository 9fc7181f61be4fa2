"""What a reader may be told; the names are those of the flags."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions:
    """Options of reading, with the defaults of the command line; see `scrubber --help`."""

    format: str = "auto"
    text_field: str = "text"
    encoding: str | None = None
    source: str = "-"
    split: bool = True
    html_timeout: float = 30.0
    max_line_bytes: int = 1 << 26
    block_bytes: int = 1 << 20
