"""Second look at the lines of one page: neighbours settle what no firm rule said (the idea of jusText).

Works on rows, the lines that are not blank. Each function takes a `PageRows` and changes its `verdicts` alone. The
percent that each gives was so on a third of the labelled pages, judged by nets that had not seen them (docs/model.md).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import Final

from scrubber.page import BODY, TITLE, Label, Verdict
from scrubber.segment.label import said_by
from scrubber.segment.rule import Rulebook

PROSE: Final = 140  # characters; a line this long with a stop is running text
ITEM: Final = 140  # the longest line of a list of stories
TAG: Final = 45  # the longest topic mark
HEADING: Final = 90
MENU: Final = 4  # bullets in a row
SURE: Final = 0.9  # a page with no line left out as surely as this is clean already
DOUBT: Final = 0.8  # the surest "no text" of the model that neighbours may settle
BESIDE: Final = 4  # rows
HARDLY: Final = 150  # characters kept
SOME: Final = 500  # characters of running text
HEAD: Final = 40  # rows before the text that may hold its title
MAYBE_TITLE: Final = 5  # percent
NO_ROW: Final = -1
APART: Final = 6  # rows left out in a row that part a passage from the text
LESSER: Final = 0.3  # of the characters of the text: what is longer may be its second half, or another page
UNSURE: Final = 0.8  # mean probability, by characters, below which such a passage is left out
STOPS: Final = '.!?。！？…"”»:;,）)'
BULLET: Final = re.compile(r"\s*[•◦▪‣●·*–—-]\s")
MARGIN: Final = 20  # characters in which a bullet stands
UNMARKED: Final = frozenset(map(chr, range(128))) - frozenset("*-0123456789")  # no bullets and digits of ASCII
WIDE: Final = 2.2  # bytes a character, from which a line may be Chinese or Japanese
IDEOGRAPH: Final = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
LEADS: Final = bytes(range(0xE3, 0xEA))  # what ideographs begin with in UTF-8
NUMBER: Final = re.compile(r"\s*(\d{1,3})\.\s+\S")
# Left out for what stands around them: nothing by itself says that they are furniture, clean text may hold such lines.
BY_NEIGHBOURS: Final = frozenset({"menu", "marks_at_end", "under_related_heading", "far_after_text"})
RELATED_RULES: Final = frozenset({"related_heading"})


@dataclass(slots=True)
class PageRows:
    """The rows of one page: their text, also without space around it, and their verdicts so far."""

    texts: list[str]
    stripped: list[str]
    verdicts: list[Verdict]
    sizes: list[int] = field(init=False)
    running: list[int] = field(init=False)  # the rows that look like running text
    bullets: list[int] = field(init=False)
    numbered: list[int] = field(init=False)  # rows that begin with a digit
    title: int = field(init=False, default=NO_ROW)

    def __post_init__(self) -> None:
        texts = self.stripped
        self.sizes = list(map(letters if ideographs("".join(texts)) else len, texts))
        self.running = [i for i, size in enumerate(self.sizes) if size >= PROSE and texts[i][-1] in STOPS]
        marked = [i for i, text in enumerate(texts) if text[0] not in UNMARKED]
        self.bullets = [i for i in marked if BULLET.match(self.texts[i], 0, MARGIN)]
        self.numbered = [i for i in marked if texts[i][0].isdecimal()]

    def prose(self) -> list[int]:
        """The rows of running text that are kept."""
        return [i for i in self.running if self.verdicts[i].keeps]

    def unnamed(self, i: int) -> bool:
        """Is row i, not the title, kept or left out without a better name?"""
        return i != self.title and (self.verdicts[i].keeps or self.verdicts[i].label is Label.BOILERPLATE)

    def kept_size(self) -> int:
        """Characters of the rows that are kept."""
        return sum([size for size, verdict in zip(self.sizes, self.verdicts, strict=True) if verdict.keeps])

    def name(self, i: int, label: Label, by: str, percent: int = 85) -> None:
        self.verdicts[i] = said_by(label, by, percent)


def ideographs(text: str) -> bool:
    """May a text hold Chinese or Japanese characters?

    >>> ideographs("石桥镇图书馆"), ideographs("Café – …")
    (True, False)
    """
    if text.isascii():
        return False
    data = text.encode("utf-8", "replace")
    return len(data.translate(None, LEADS)) < len(data)


def letters(text: str) -> int:
    """Characters of a line; where most are Chinese or Japanese, each is worth three letters.

    >>> letters("石桥镇图书馆"), letters("Café")
    (18, 4)
    """
    size = len(text)
    if text.isascii() or len(text.encode("utf-8", "replace")) < WIDE * size:
        return size
    return 3 * size if IDEOGRAPH.search(text, 0, 40) else size


def settle(page: PageRows, book: Rulebook, rules: list[int], titles: list[int]) -> None:
    """All second looks, in order. `rules` has the rule that names each row, or -1; `titles` P(title) in percent."""
    text_of_last_resort(page)
    title_before_text(page, titles)
    prose_between(page)
    prose_beside_text(page)
    doubtful_passages_after_text(page)
    lists_under_headings(page)
    menu_before_text(page)
    tail = max(page.prose(), default=-1) + 1
    marks_at_end(page, tail)
    bios_at_end(page, tail, book, rules)
    titles_in_text(page)
    headings_in_text(page)
    leave_clean_text(page)


def prose_between(page: PageRows) -> None:
    """Running text that the model doubts, with running text that it keeps close before and after, is text."""
    for place, i in enumerate(page.running):
        verdict = page.verdicts[i]
        if not verdict.keeps and verdict.by == "model" and verdict.score <= DOUBT:
            others = page.running[max(0, place - BESIDE) : place + BESIDE + 1]
            near = [j - i for j in others if abs(j - i) <= BESIDE and page.verdicts[j].keeps]
            if near and near[0] < 0 < near[-1]:
                page.name(i, Label.BODY, "between_text", 60)


def prose_beside_text(page: PageRows) -> None:
    """Running text with a kept row of running text right before or after it is text, unless it is a caption.

    A page of two or three paragraphs looks like teasers to the model. On unseen sites 32 of 49 such rows were text.
    """
    kept = {i for i in page.running if page.verdicts[i].keeps}
    for i in page.running:
        verdict = page.verdicts[i]
        if not verdict.keeps and verdict.by == "model" and verdict.label is not Label.CAPTION and {i - 1, i + 1} & kept:
            page.name(i, Label.BODY, "beside_text", 65)


def text_of_last_resort(page: PageRows) -> None:
    """Where the model keeps hardly anything, running text that no rule names is the text: a page has one."""
    if page.kept_size() >= HARDLY:
        return
    rows = [i for i in page.running if not page.verdicts[i].keeps and page.verdicts[i].by == "model"]
    if sum(page.sizes[i] for i in rows) >= SOME:
        for i in rows:
            page.name(i, Label.BODY, "only_text", 55)


def title_before_text(page: PageRows, titles: list[int]) -> None:
    """A page has a title: the likeliest of the lines before its text that no rule has named, kept or not, is it."""
    first = min(page.prose(), default=0)
    begin = max(0, first - HEAD)
    likely = [i for i in range(begin, first) if page.verdicts[i].by == "model" and titles[i] >= MAYBE_TITLE]
    named = [i for i in range(begin, first) if page.verdicts[i].label is TITLE]
    page.title = max(named + likely, key=lambda i: (titles[i], i in named, -i), default=NO_ROW)
    if page.title in likely and page.title not in named:
        page.name(page.title, Label.TITLE, "title_before_text", max(titles[page.title], 65))


def doubtful_passages_after_text(page: PageRows) -> None:
    """A passage behind a gap after the longest one, much shorter and doubted by the model, is no part of the text.

    Comments, teasers and offers stand there: four tenths of the characters that the net keeps wrongly do.
    """
    kept = [i for i, verdict in enumerate(page.verdicts) if verdict.keeps]
    breaks = [k for k in range(1, len(kept)) if kept[k] - kept[k - 1] > APART]
    if not breaks:
        return
    passages = [kept[low:high] for low, high in pairwise([0, *breaks, len(kept)])]
    sizes = [sum(page.sizes[i] for i in passage) for passage in passages]
    text = max(range(len(sizes)), key=lambda k: (sizes[k], -k))
    for passage, size in zip(passages[text + 1 :], sizes[text + 1 :], strict=True):
        surely = sum(page.sizes[i] * page.verdicts[i].score for i in passage)
        if size < LESSER * sizes[text] and surely < UNSURE * size:
            for i in passage:
                page.name(i, Label.BOILERPLATE, "far_after_text", 76)


def lists_under_headings(page: PageRows) -> None:
    """Short lines after a heading such as "most read" belong to it, up to the next running text."""
    headings = [i for i, verdict in enumerate(page.verdicts) if verdict.by in RELATED_RULES]
    for begin, end in pairwise([*headings, len(page.texts)]):
        for i in range(begin + 1, end):
            if page.sizes[i] > ITEM or page.stripped[i][-1] in ".。":
                break
            if page.unnamed(i):
                page.name(i, Label.RELATED, "under_related_heading", 98)


def menu_before_text(page: PageRows) -> None:
    """Four or more short bullets before any running text are a menu."""
    first = min(page.prose(), default=len(page.texts))
    short = [i for i in page.bullets if i < first and page.sizes[i] <= TAG]
    for _, group in groupby(enumerate(short), lambda item: item[1] - item[0]):
        run = [i for _, i in group]
        for i in run if len(run) >= MENU else ():
            if page.unnamed(i):
                page.name(i, Label.NAV, "menu", 98)


def marks_at_end(page: PageRows, tail: int) -> None:
    """Short bullets after the last running text are topic marks."""
    for i in page.bullets if tail else ():
        if i >= tail and page.sizes[i] <= TAG and page.unnamed(i) and page.stripped[i][-1] not in STOPS:
            page.name(i, Label.TAGS, "marks_at_end", 97)


def bios_at_end(page: PageRows, tail: int, book: Rulebook, rules: list[int]) -> None:
    """Lines that tell of authors and helpers at the end of the text, where a weak rule is right."""
    prose = set(page.prose())
    for i in range(len(page.texts) - 1, -1, -1):
        rule = book.rules[rules[i]] if rules[i] >= 0 else None
        if rule is not None and rule.label is Label.BIO:
            if page.verdicts[i].keeps:
                page.name(i, Label.BIO, rule.name)
        elif i in prose and i < tail:
            return


def titles_in_text(page: PageRows) -> None:
    """A title that comes after running text is a heading inside it."""
    begin = min(page.prose(), default=len(page.texts))
    for i, verdict in enumerate(page.verdicts[begin:], begin):
        if verdict.label is TITLE:
            page.verdicts[i] = said_by(Label.HEADING, verdict.by, round(verdict.score * 100))


def headings_in_text(page: PageRows) -> None:
    """A short kept line without a stop, before running text, is a heading."""
    bullets = set(page.bullets)
    for i in (row - 1 for row in page.prose() if row > 1):
        verdict = page.verdicts[i]
        short = page.sizes[i] <= HEADING and page.stripped[i][-1] not in STOPS
        if verdict.label is BODY and short and i not in bullets:
            page.verdicts[i] = said_by(Label.HEADING, verdict.by, round(verdict.score * 100))


def leave_clean_text(page: PageRows) -> None:
    """A page in which nothing is surely furniture stays whole, so that cleaning clean text again takes nothing from it.

    Of 254 cleaned evaldata pages 65 % came out of a second cleaning unchanged without this rule and 99 % with it, and
    line F1 of the first cleaning did not fall (.943 and .944, pages that the model had seen).
    """
    if all(verdict.keeps or verdict.score < SURE or verdict.by in BY_NEIGHBOURS for verdict in page.verdicts):
        for i, verdict in enumerate(page.verdicts):
            if not verdict.keeps:
                page.name(i, Label.BODY, "clean_page", 74)
