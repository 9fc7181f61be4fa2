"""Copies found, verified and named: captions that repeat, pages that are copies of others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrubber.dedup.captions import CollapseCaptions
from scrubber.dedup.deduplicate import Deduplicate

if TYPE_CHECKING:
    from scrubber.dedup.furniture import LearnFurniture

__all__ = ["CollapseCaptions", "Deduplicate", "LearnFurniture"]


def __getattr__(name: str) -> Any:  # only `--profile` learns furniture, and every start would wait for its module
    if name != "LearnFurniture":
        raise AttributeError(f"module 'scrubber.dedup' has no attribute {name!r}")
    from scrubber.dedup.furniture import LearnFurniture

    return LearnFurniture
