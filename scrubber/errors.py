"""Typed errors. Each says what happened, where, and what to try next."""

from __future__ import annotations


class ScrubberError(Exception):
    """Any error that scrubber raises on purpose; the text ends with what to try next."""


class ConfigError(ScrubberError):
    """An option that does not exist or has a value that cannot be used."""


class InputError(ScrubberError):
    """Input that cannot be read at all: a missing file, a folder, a broken archive."""

    def __init__(self, source: str, reason: str, line: int | None = None) -> None:
        self.source, self.reason, self.line = source, reason, line
        where = source if line is None else f"{source}:{line}"
        super().__init__(f"{where}: {reason}")


class OutputError(ScrubberError):
    """Output that cannot be written: a full disk, a missing folder, a file in the way."""
