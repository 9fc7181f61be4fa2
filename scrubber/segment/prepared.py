"""What every match of a rule's pattern begins with or holds, made ahead: reading it off takes a fortieth of a second.

`beginnings.json` knows parts of patterns by their text, so that a part that is changed or new is read off at each
start, until the file is made anew (tests compare what it says with what is read off):

    python -m benchmarks.prepare
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

import msgspec

FILE: Final = Path(__file__).with_name("beginnings.json")

Told = tuple[list[str], list[str]]  # what every match begins with, or else what it holds, see `sieve.told_of`


@cache
def prepared() -> dict[str, Told]:
    """What is known of parts of patterns, by their text."""
    return msgspec.json.decode(FILE.read_bytes(), type=dict[str, Told])
