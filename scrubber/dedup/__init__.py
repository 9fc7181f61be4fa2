"""Copies found, verified and named: captions that repeat, pages that are copies of others."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scrubber.dedup.captions import CollapseCaptions
    from scrubber.dedup.deduplicate import Deduplicate
    from scrubber.dedup.furniture import LearnFurniture

__all__ = ["CollapseCaptions", "Deduplicate", "LearnFurniture"]

# name -> module; loaded when first asked for: `scrubber dedup` needs none of them
_HOME = {"CollapseCaptions": "captions", "Deduplicate": "deduplicate", "LearnFurniture": "furniture"}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'scrubber.dedup' has no attribute {name!r}")
    return getattr(import_module(f"scrubber.dedup.{_HOME[name]}"), name)
