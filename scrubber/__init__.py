"""Turns raw scraped web text into clean, deduplicated text for training corpora."""

__version__ = "0.1.0"
