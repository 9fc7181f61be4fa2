"""Training streams: pages changed at random and glued together, anew in each epoch.

Each change makes pages look like what some extractor, cleaner or search job leaves: see docs/model.md.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final
from zlib import crc32

import numpy as np
import numpy.typing as npt

from benchmarks.train.pages import LabelledPage, Line
from scrubber.segment.scores import CLASSES

UNSCORED: Final = 9
MAX_LINES: Final = 420
_ITEM = re.compile(r"^\s*(?:[•◦▪‣*-]|\d+\.)\s")
_BULLET = re.compile(r"^(\s*)[•◦▪‣]\s+")
_NAME = re.compile(r"\b[A-Z][a-z]{3,}")


@dataclass(slots=True)
class Look:
    """How one stream is made: drawn once, used for all its pages."""

    gaps: str = "blank"
    full: float = 1.0
    text_only: float = 0.0
    shortest: int = 0
    bullet: str | None = None
    indent: bool = True
    lower: bool = False
    query: str | None = None
    between: int = 1
    whole: bool = False  # pages as they were scraped, nothing left out


@dataclass(frozen=True, slots=True)
class Stream:
    """Lines with blank ones, and per non-blank line its class, whether it begins a page, and its zone."""

    lines: list[str]
    classes: npt.NDArray[np.int64]
    starts: npt.NDArray[np.float32]
    zones: npt.NDArray[np.int64]


def draw_look(rnd: random.Random, titles: Sequence[str], farm_share: float = 0.15) -> Look:
    """A look at random; a `farm` is the look of search jobs: light text, no short lines, photos as the search words."""
    look = Look(
        gaps=rnd.choices(["blank", "native", "none"], [0.6, 0.2, 0.2])[0],
        full=rnd.choice([0, 0, 0.5, 1, 1]),
        text_only=rnd.choices([0, 0.1, 0.5, 1], [0.6, 0.2, 0.1, 0.1])[0],
        shortest=rnd.choice([0, 0, 0, 10, 12]),
        bullet=rnd.choices([None, "• ", "- ", "* ", ""], [0.6, 0.1, 0.1, 0.1, 0.1])[0],
        indent=rnd.random() < 0.8,
        lower=rnd.random() < 0.12,
        between=rnd.choices([1, 2, 3], [0.9, 0.05, 0.05])[0],
    )
    farm = rnd.random() < farm_share
    if farm:
        look = Look(full=0, text_only=rnd.choice([0, 0, 0.1]), shortest=10, lower=rnd.random() < 0.3)
    if look.gaps == "native" and rnd.random() < 0.3:
        look.between = 0
    if farm or rnd.random() < 0.15:
        look.query = _query(rnd, titles)
    return look


def whole_look(rnd: random.Random, titles: Sequence[str], farm_share: float = 0.1) -> Look:
    """Pages that are only glued, all full or all light: what most dumps are."""
    gaps = "blank" if rnd.random() < 0.65 else "native"
    if rnd.random() < farm_share:
        return Look(full=0, query=_query(rnd, titles), whole=True)
    return Look(gaps=gaps, full=float(rnd.random() < 0.5), whole=True)


def _query(rnd: random.Random, titles: Sequence[str]) -> str | None:
    words = [w for w in re.findall(r"\w+", rnd.choice(titles).lower()) if len(w) > 2]
    rnd.shuffle(words)
    return " ".join(words[: rnd.randint(2, 5)]) if len(words) >= 2 else None


def change(page: LabelledPage, look: Look, rnd: random.Random) -> list[Line]:
    """The lines of one page under a look."""
    full = rnd.random() < look.full
    lines = list(page.full if full else page.light)
    if look.whole:
        return _shortened(_photos_as_query(lines, look.query, rnd) if look.query else lines)
    lines = _text_only(lines, rnd) if rnd.random() < look.text_only else _cut_chrome(lines, rnd)
    if look.shortest:
        lines = [x for x in lines if len(x[0].strip()) >= look.shortest or x[1] in "Kt"] or lines
    if rnd.random() < 0.12:
        untitled = [x for x in lines if x[1] != "t"]
        lines = untitled if len(untitled) >= 3 else lines
    if rnd.random() < 0.08:
        lines = [y for x in lines for y in ([x, x] if x[1] == "C" and rnd.random() < 0.5 else [x])]
    if look.query:
        lines = _photos_as_query(lines, look.query, rnd)
    if look.lower:
        lines = [_lower(x) if rnd.random() < 0.4 else x for x in lines]
    if len(lines) > MAX_LINES:
        at = rnd.randint(0, len(lines) - MAX_LINES)
        lines = lines[at : at + MAX_LINES]
    return lines


def _shortened(lines: list[Line]) -> list[Line]:
    """A page of bounded length that begins and ends as it did."""
    return lines if len(lines) <= MAX_LINES else lines[: MAX_LINES // 2] + lines[-MAX_LINES // 2 :]


def _text_only(lines: list[Line], rnd: random.Random) -> list[Line]:
    some = {"C": 0.3, "m": 0.5}
    left = [x for x in lines if x[1] in "KtgsuCm" and rnd.random() < some.get(x[1], 1)]
    return left if sum(label == "K" for _, label in left) >= 2 else lines


def _cut_chrome(lines: list[Line], rnd: random.Random) -> list[Line]:
    """Leave out part of what stands before or after the text; seldom, for a cut inside a menu cannot be learned."""
    text = [i for i, (_, label) in enumerate(lines) if label in "Ktg"]
    if not text:
        return lines[: rnd.randint(5, 150)] if len(lines) > 150 else lines
    first, last = text[0], text[-1]
    head, body, tail = lines[:first], lines[first : last + 1], lines[last + 1 :]
    if rnd.random() < 0.2 or len(head) > 150:
        left = rnd.randint(0, min(len(head), 60))
        head = head[len(head) - left :] if rnd.random() < 0.6 else head[:left]
    if rnd.random() < 0.25 or len(tail) > 150:
        left = rnd.randint(0, min(len(tail), 60))
        tail = tail[:left] if rnd.random() < 0.6 else tail[len(tail) - left :]
    return head + body + tail


def _photos_as_query(lines: list[Line], query: str, rnd: random.Random) -> list[Line]:
    out: list[Line] = []
    for text, label in lines:
        if label == "C" and rnd.random() < 0.5:
            text = text[: len(text) - len(text.lstrip())] + query
        out.append((text, label))
        if (label == "t" and rnd.random() < 0.5) or (label == "K" and rnd.random() < 0.02):
            out.append((query, "C"))
    if rnd.random() < 0.12:
        out.append((query, "C"))
    return out


def _lower(line: Line) -> Line:
    text, label = line
    if label in "tDK" and len(text) < 110 and not text.rstrip().endswith("."):
        return text[:1] + text[1:].lower(), label
    return line


def share_names(pages: list[list[Line]], rnd: random.Random) -> list[list[Line]]:
    """Rename most names to a dozen shared ones: pages then look as if they all told one story."""
    pool = sorted({w for page in pages for text, label in page if label in "Kt" for w in _NAME.findall(text)})
    if len(pool) < 12:
        return pages
    names, salt = rnd.sample(pool, rnd.randint(6, 12)), rnd.randint(0, 1 << 30)

    def renamed(match: re.Match[str]) -> str:
        number = crc32(f"{salt}{match[0]}".encode())
        return names[number % len(names)] if number % 997 < 600 else match[0]

    return [
        [(_NAME.sub(renamed, text) if label in "KtCxg" or len(text) > 40 else text, label) for text, label in page]
        for page in pages
    ]


def syndicate(pages: list[list[Line]], rnd: random.Random) -> list[list[Line]]:
    """The same with one more page: the story of one in the frame of another, right after it or anywhere.

    Without it a net takes a story that it has read a moment ago for a teaser, and both papers lose their text.
    """
    told = [(page, text) for page in pages if (text := [i for i, (_, label) in enumerate(page) if label in "Ktg"])]
    if len(told) < 2:
        return pages
    (story, own), (frame, other) = rnd.sample(told, 2)
    copy = frame[: other[0]] + story[own[0] : own[-1] + 1] + frame[other[-1] + 1 :]
    at = pages.index(story) + 1 if rnd.random() < 0.5 else rnd.randint(0, len(pages))
    return [*pages[:at], copy, *pages[at:]]


def zones(page: Sequence[Line]) -> list[int]:
    """0 before the text, 1 in it, 2 after it; the title belongs to it."""
    text = [i for i, (_, label) in enumerate(page) if label in "Kg"]
    if not text:
        return [UNSCORED] * len(page)
    first, last = text[0], text[-1]
    first = next((i for i in range(max(0, first - 8), first) if page[i][1] == "t"), first)
    return [0] * first + [1] * (last - first + 1) + [2] * (len(page) - last - 1)


def render(pages: Sequence[Sequence[Line]], look: Look, rnd: random.Random) -> Stream:
    """Lines of the pages one after the other, with bullets, indents and blank lines as the look has them."""
    out: list[str] = []
    classes, starts, places = [], [], []
    previous = ""
    for page in pages:
        begun = False
        for (text, label), zone in zip(page, zones(page), strict=True):
            text = _bulleted(text, look)
            if not text.strip():
                continue
            out += [""] * (_gap(previous, text, begun, look, rnd) if out else 0)
            out.append(text)
            classes.append(CLASSES.find(label) if label in CLASSES else UNSCORED)
            starts.append(not begun)
            places.append(zone)
            previous, begun = text, True
    return Stream(out, np.array(classes, np.int64), np.array(starts, np.float32), np.array(places, np.int64))


def _bulleted(text: str, look: Look) -> str:
    if look.bullet is not None:
        return _BULLET.sub(lambda m: (m[1] if look.indent else "") + str(look.bullet), text)
    return text if look.indent else text.lstrip()


def _gap(previous: str, text: str, begun: bool, look: Look, rnd: random.Random) -> int:
    if look.gaps == "none":
        return 0
    if not begun:
        return look.between
    if look.gaps == "blank":
        return 0 if _ITEM.match(previous) and _ITEM.match(text) else 1
    return int(rnd.random() < (0.92 if len(text) > 90 or len(previous) > 90 else 0.15))


@dataclass(slots=True)
class Gluer:
    """Draws streams that use every page about once an epoch: at random, by topic, by house, by language, mixed."""

    pages: Sequence[LabelledPage]
    near: npt.NDArray[np.int64]  # the pages most like each page
    kinds: tuple[float, ...] = (0.35, 0.3, 0.15, 0.1, 0.1)
    one_story: float = 0.35
    farm: float = 0.15
    copies: float = 0.0  # of the streams, in which two papers print one story
    whole: float = 0.0  # share of streams of pages that are only glued; a net learns such pages by heart
    by_brand: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    by_language: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for i, page in enumerate(self.pages):
            self.by_brand[page.brand].append(i)
            self.by_language[page.language].append(i)

    def epoch(self, rnd: random.Random) -> Iterator[Stream]:
        todo = list(range(len(self.pages)))
        rnd.shuffle(todo)
        titles = [page.title for page in self.pages if page.title]
        at = 0
        while at < len(todo):
            chosen = self._choose(todo, at, rnd)
            at += len(chosen)
            look = whole_look(rnd, titles) if rnd.random() < self.whole else draw_look(rnd, titles, self.farm)
            changed = [change(self.pages[i], look, rnd) for i in chosen]
            if not look.whole and rnd.random() < self.one_story:
                changed = share_names(changed, rnd)
            if rnd.random() < self.copies:
                changed = syndicate(changed, rnd)
            yield render(changed, look, rnd)

    def _choose(self, todo: list[int], at: int, rnd: random.Random) -> list[int]:
        number = rnd.randint(5, 25)
        kind = rnd.choices(["random", "topic", "site", "language", "mixed"], self.kinds)[0]
        large = [brand for brand, pages in self.by_brand.items() if len(pages) >= 4]
        if kind == "topic":
            chosen = [todo[at], *self.near[todo[at]][: number - 1].tolist()]
            rnd.shuffle(chosen)
            return chosen
        if kind == "site" and large:
            pool = self.by_brand[rnd.choice(large)]
            return rnd.sample(pool, min(number, len(pool)))
        if kind == "language":
            pool = self.by_language[self.pages[todo[at]].language]
            return rnd.sample(pool, min(number, len(pool)))
        if kind == "mixed":
            languages = list(self.by_language)
            weights = [len(self.by_language[name]) ** 0.5 for name in languages]
            return [rnd.choice(self.by_language[name]) for name in rnd.choices(languages, weights, k=number)]
        return todo[at : at + number]


def neighbours(pages: Sequence[LabelledPage], number: int = 24) -> npt.NDArray[np.int64]:
    """The pages nearest in words to each page, near-copies left out."""
    from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer

    texts = [" ".join(text for text, label in page.light if label in "Kt")[:5000] for page in pages]
    counts = HashingVectorizer(n_features=1 << 16, alternate_sign=False).transform(texts)
    vectors = TfidfTransformer(sublinear_tf=True).fit_transform(counts)
    out = []
    for at in range(0, len(pages), 500):
        likeness = (vectors[at : at + 500] @ vectors.T).toarray()
        likeness[np.arange(len(likeness)), np.arange(at, at + len(likeness))] = 0
        likeness[likeness > 0.85] = 0
        out.append(np.argsort(-likeness, 1, kind="stable")[:, :number])
    return np.concatenate(out)
