"""A page cut from the stream -> the same page with verdicts, kind and id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from scrubber.page import Label, Page, Verdict, page_id
from scrubber.segment.context import PageRows, settle
from scrubber.segment.kind import furniture, kind_of
from scrubber.segment.label import KEEP_FROM, all_verdicts, first_verdicts, rule_verdicts, said_by, spread
from scrubber.segment.measured import FIRM
from scrubber.segment.rule import rulebook
from scrubber.segment.scores import LineScores

TITLE_IN_TEXT: Final = 0.25  # how much P(text) counts for P(title)


def labelled(page: Page, scores: Sequence[LineScores], extracted: bool, keep_from: float = KEEP_FROM) -> Page:
    """Fill verdicts, kind and id. `scores` are those of the page's rows, line numbers from its first line.

    A line is text from the probability `keep_from` on, where no rule or neighbour knows better.
    """
    numbers = [line for part in scores for line in part.line.tolist()]
    texts = [page.lines[i] for i in numbers]
    stripped = list(map(str.strip, texts))
    if not all(stripped):  # Python thinks that some are blank
        scores = [part.only([bool(page.lines[i].strip()) for i in part.line.tolist()]) for part in scores]
        numbers = [line for part in scores for line in part.line.tolist()]
        texts, stripped = [page.lines[i] for i in numbers], [text for text in stripped if text]
    rules = [rule for part in scores for rule in part.rule.tolist()]
    if extracted:
        verdicts = [_extracted(page, text, i, rule) for i, (text, rule) in enumerate(zip(stripped, rules, strict=True))]
        rows = PageRows(texts, stripped, verdicts)
    else:
        rows = PageRows(texts, stripped, [verdict for part in scores for verdict in _verdicts(part, keep_from)])
        titles = [percent for part in scores for percent in title_percents(part)]
        settle(rows, rulebook(), rules, titles)
    kind = kind_of(rows)
    if label := furniture(kind):
        rows.verdicts = [said_by(label, f"{kind.value}_page", 90) if v.keeps else v for v in rows.verdicts]
    return replace(
        page,
        verdicts=spread(len(page.lines), numbers, rows.verdicts),
        kind=kind,
        id=page_id(page.source, page.line, page.lines),
    )


def title_percents(scores: LineScores) -> list[int]:
    """How likely each row is the title, in percent: what is text, and stands where a title does, may well be it."""
    likely = scores.classes[:, 1] + TITLE_IN_TEXT * scores.classes[:, 0]
    percents: list[int] = np.rint(likely * 100).astype(int).tolist()
    return percents


def _verdicts(scores: LineScores, keep_from: float) -> list[Verdict]:
    """The first verdicts of rows: those that came with the scores, unless another threshold is wanted."""
    known, chosen = all_verdicts(), scores.verdict
    if keep_from != KEEP_FROM:
        chosen = first_verdicts(scores.classes, scores.rule, scores.echo, keep_from)
    return [known[i] for i in chosen.tolist()]


def _extracted(page: Page, text: str, row: int, rule: int) -> Verdict:
    """Main text chosen by an extractor stays, but for the title and what a firm rule names."""
    if row == 0 and text == page.meta.get("title"):
        return said_by(Label.TITLE, "extractor", 95)
    if rule >= 0 and rule_verdicts()[rule].score >= FIRM:
        return rule_verdicts()[rule]
    return said_by(Label.BODY, "extractor", 95)
