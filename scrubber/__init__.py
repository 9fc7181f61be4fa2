"""Turns raw scraped web text into clean, deduplicated text for training corpora."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scrubber.errors import ConfigError, InputError, OutputError, ScrubberError
    from scrubber.page import Block, Dead, Duplicate, Kind, Label, Page, Repeat, Verdict
    from scrubber.pipeline import clean, clean_text
    from scrubber.write import Ledger

__version__ = "0.1.0"

# name -> module; loaded when first asked for, so that `import scrubber` and `scrubber --help` take no time
_HOME = {
    "clean": "pipeline",
    "clean_text": "pipeline",
    "Ledger": "write",
    **dict.fromkeys(("Block", "Dead", "Duplicate", "Kind", "Label", "Page", "Repeat", "Verdict"), "page"),
    **dict.fromkeys(("ConfigError", "InputError", "OutputError", "ScrubberError"), "errors"),
}

__all__ = [
    "Block",
    "ConfigError",
    "Dead",
    "Duplicate",
    "InputError",
    "Kind",
    "Label",
    "Ledger",
    "OutputError",
    "Page",
    "Repeat",
    "ScrubberError",
    "Verdict",
    "__version__",
    "clean",
    "clean_text",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'scrubber' has no attribute {name!r}")
    return getattr(import_module(f"scrubber.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
