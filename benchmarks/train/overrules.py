"""`python -m benchmarks.train.overrules EVALDATA FOLDS`: where a weak rule is right more often than the model.

For each rule below `FIRM`, and each sixth of the probability of text that weights give which have not seen the site:
characters that the rule is right to leave out, and characters of text that it would lose; for segment/measured.py.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from pathlib import Path

import numpy as np

from benchmarks.train.folds import FOLDS
from benchmarks.train.pages import fold_of, load
from scrubber.segment.label import rule_verdicts
from scrubber.segment.measured import FIRM
from scrubber.segment.rule import rulebook
from scrubber.segment.scorer import Scorer

BINS = 6
LINES_MOST = 1500
WRONG, RIGHT = "K", "DCmo"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("evaldata", type=Path)
    parser.add_argument("folds", type=Path)
    given = parser.parse_args()
    pages = list(load(given.evaldata / name for name in ("pages.jsonl.gz", "pages_extra.jsonl.gz")))
    weak = {i for i, verdict in enumerate(rule_verdicts()) if verdict.score < FIRM}
    table: dict[int, np.ndarray] = defaultdict(lambda: np.zeros((BINS, 2), int))
    for fold in range(FOLDS):
        scorer = Scorer.of(given.folds / f"fold{fold}.npz")
        for page in (page for page in pages if fold_of(page.brand, FOLDS) == fold):
            for form in (page.light, page.full):
                count(table, scorer, form[:LINES_MOST], weak)
    for number, counts in table.items():
        shown = "  ".join(f"{right}/{wrong}" for right, wrong in counts)
        print(f"{rulebook().rules[number].name:16} right/wrong by sixths of keep: {shown}")


def count(table, scorer, labelled, weak) -> None:
    lines, labels = [line for line, _ in labelled], [label for _, label in labelled]
    if not any(rulebook().find(line) in weak for line in lines):
        return
    scores = scorer(lines)
    if scores is None:
        return
    rules, keep = scores.rule.tolist(), scores.classes[:, :2].sum(1)
    for row, line in enumerate(scores.line.tolist()):
        if rules[row] in weak and labels[line] in WRONG + RIGHT:
            sixth = min(int(keep[row] * BINS), BINS - 1)
            table[rules[row]][sixth, int(labels[line] == WRONG)] += len(lines[line].strip())


if __name__ == "__main__":
    main()
