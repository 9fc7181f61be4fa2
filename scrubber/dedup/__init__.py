"""Copies found, verified and named: captions that repeat, pages that are copies of others."""

from scrubber.dedup.captions import CollapseCaptions
from scrubber.dedup.deduplicate import Deduplicate
from scrubber.dedup.furniture import LearnFurniture

__all__ = ["CollapseCaptions", "Deduplicate", "LearnFurniture"]
