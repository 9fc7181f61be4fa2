"""`python -m benchmarks.train.rules EVALDATA` measures each rule on labelled pages, for segment/measured.py."""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from pathlib import Path

from benchmarks.train.pages import load
from scrubber.segment.rule import rulebook

LEAST = 400  # characters; below, a share says nothing
WRONG, RIGHT = "K", "DCmo"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("evaldata", type=Path)
    folder = parser.parse_args().evaldata
    book = rulebook()
    chars: dict[int, Counter[str]] = defaultdict(Counter)
    sites: dict[int, set[str]] = defaultdict(set)
    for page in load(folder / name for name in ("pages.jsonl.gz", "pages_extra.jsonl.gz")):
        for text, label in page.full:
            found = book.find(text)
            if found >= 0:
                chars[found][label] += len(text.strip())
                sites[found].add(page.brand)
    for number, rule in enumerate(book.rules):
        right = sum(chars[number][label] for label in RIGHT)
        total = right + chars[number][WRONG]
        if total >= LEAST:
            print(f'    "{rule.name}": {right / total:.3f},  # {total} characters, {len(sites[number])} houses')


if __name__ == "__main__":
    main()
