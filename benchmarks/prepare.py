"""Make the files anew that save start-up some work: what the gate before ftfy looks up, and what rules' patterns tell.

python -m benchmarks.prepare
"""

from __future__ import annotations

from itertools import pairwise

import msgspec
import numpy as np

from scrubber.fix import Repair
from scrubber.fix import prepared as of_fix
from scrubber.segment import prepared as of_segment
from scrubber.segment.rule import load_rules
from scrubber.segment.sieve import alternatives, told_of


def gate() -> bytes:
    """The tables of the usual repairs."""
    tables = Repair().tables()
    edges = np.flatnonzero(np.diff(tables.classes, prepend=0, append=0))
    runs = [(int(a), int(b) - 1, int(tables.classes[a])) for a, b in pairwise(edges)]
    rows = ["".join("01"[flag] for flag in row) for row in tables.suspect_pairs.tolist()]
    return msgspec.json.encode(of_fix.Prepared(of_fix.made_of(), [run for run in runs if run[2]], rows)) + b"\n"


def beginnings() -> bytes:
    """What the parts of all patterns tell."""
    parts = {part for rule in load_rules() if rule.pattern for part in alternatives(rule.pattern)}
    return msgspec.json.format(msgspec.json.encode({part: told_of(part) for part in sorted(parts)}), indent=1) + b"\n"


if __name__ == "__main__":
    of_fix.FILE.write_bytes(gate())
    of_segment.FILE.write_bytes(beginnings())
