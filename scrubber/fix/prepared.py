"""The gate's tables for the usual repairs, made ahead, so that text without a suspect needs no ftfy and starts sooner.

`gate.json` holds them and a digest of the files of ftfy that they were made of. Where those that are installed are
others, the tables are read off ftfy, as for any other choice of repairs; a test compares both. To make the file anew:

    python -m benchmarks.prepare
"""

from __future__ import annotations

from hashlib import blake2b
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from scrubber.fix.gate import Tables

FILE: Final = Path(__file__).with_name("gate.json")
_SOURCES: Final = ("badness.py", "chardata.py")


class Prepared(msgspec.Struct):
    """`classes` are runs of characters of one class: first, last, class; others are of class 0."""

    made_of: str
    classes: list[tuple[int, int, int]]
    suspect_pairs: list[str]  # a row of noughts and ones for each class


def prepared() -> Tables | None:
    """The tables, or `None` where they were not made of the ftfy that is installed."""
    found = msgspec.json.decode(FILE.read_bytes(), type=Prepared)
    if found.made_of != made_of():
        return None
    classes = np.zeros(0x110000, np.uint8)
    for first, last, number in found.classes:
        classes[first : last + 1] = number
    return Tables(classes, np.array([list(row) for row in found.suspect_pairs]) == "1")


def made_of() -> str:
    """A digest of the sources of ftfy that the tables rest on; ftfy is found, not imported."""
    spec = find_spec("ftfy")
    folders = spec.submodule_search_locations or [] if spec else []
    code = b"".join(Path(folder, name).read_bytes() for folder in folders for name in _SOURCES)
    return blake2b(code, digest_size=16).hexdigest()
