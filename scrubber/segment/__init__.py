"""Blocks of lines -> labelled pages: score the lines, choose the starts, name each line and each page."""

from scrubber.segment.chunk import Segment

__all__ = ["Segment"]
