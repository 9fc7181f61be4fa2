"""Validation streams in the form of evaldata/streams.jsonl.gz, glued from pages of sites not trained on."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.train.glue import Look, neighbours, render
from benchmarks.train.pages import LabelledPage, Line

# kind, variant, how many of 150: the mixture of evaldata/streams.jsonl.gz
MIXTURE = (
    ("topic", "full", 20),
    ("topic", "light", 25),
    ("farm", "light", 15),
    ("random", "full", 20),
    ("random", "light", 20),
    ("samesite", "full", 15),
    ("samesite", "light", 15),
    ("multilingual", "full", 10),
    ("multilingual", "light", 10),
)


@dataclass(frozen=True, slots=True)
class GoldStream:
    """A glued dump: its lines, the line numbers at which pages begin, and a label letter per non-blank line."""

    id: str
    kind: str
    variant: str
    look: str
    languages: tuple[str, ...]
    lines: list[str]
    starts: list[int]
    labels: str

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def gold_streams(pages: Sequence[LabelledPage], seed: int, share: float = 1.0) -> Iterator[GoldStream]:
    """About `share` of 150 streams, of pages that have 5 to 520 lines."""
    pages = [page for page in pages if 5 <= len(page.full) <= 520]
    near, rnd = neighbours(pages), random.Random(seed)
    for kind, variant, number in MIXTURE:
        for i in range(max(1, round(number * share))):
            chosen = _choose(kind, pages, near, rnd)
            yield _glue(f"{seed}-{kind}-{variant}-{i}", kind, variant, [pages[j] for j in chosen], rnd)


def _choose(kind: str, pages: Sequence[LabelledPage], near: npt.NDArray[np.int64], rnd: random.Random) -> list[int]:
    by_brand, by_language = defaultdict(list), defaultdict(list)
    for i, page in enumerate(pages):
        by_brand[page.brand].append(i)
        by_language[page.language].append(i)
    number = round(np.exp(rnd.uniform(np.log(5), np.log(30))))
    if kind in ("topic", "farm"):
        first = rnd.randrange(len(pages))
        chosen = [first, *near[first][: number - 1].tolist()]
        rnd.shuffle(chosen)
        return chosen
    if kind == "samesite":
        large = [brand for brand in by_brand if len(by_brand[brand]) >= 5]
        runs = [by_brand[brand] for brand in rnd.sample(large, min(len(large), rnd.choice([1, 2, 3])))]
        return [i for run in runs for i in rnd.sample(run, min(len(run), rnd.randint(4, 8)))]
    if kind == "multilingual":
        languages = list(by_language)
        weights = [len(by_language[name]) ** 0.5 for name in languages]
        return [rnd.choice(by_language[name]) for name in rnd.choices(languages, weights, k=number)]
    return rnd.sample(range(len(pages)), number)


def _glue(name: str, kind: str, variant: str, pages: list[LabelledPage], rnd: random.Random) -> GoldStream:
    look = Look(gaps="blank" if kind == "farm" or rnd.random() < 0.65 else "native")
    query = None
    if kind == "farm":
        words = [w for w in pages[0].title.lower().split() if len(w) > 2 and w.isalnum()]
        rnd.shuffle(words)
        query = " ".join(words[: rnd.choice([2, 3, 4])]) or "latest news"
    chosen = [_photos(page.full if variant == "full" else page.light, query, rnd) for page in pages]
    stream = render(chosen, look, rnd)
    places = [i for i, line in enumerate(stream.lines) if line.strip()]
    starts = [places[i] for i in np.flatnonzero(stream.starts)]
    labels = "".join(label for page in chosen for text, label in page if text.strip())
    languages = tuple(sorted({page.language for page in pages}))
    return GoldStream(name, kind, variant, look.gaps, languages, stream.lines, starts, labels)


def _photos(lines: Sequence[Line], query: str | None, rnd: random.Random) -> list[Line]:
    if query is None:
        return list(lines)
    out = [((query, label) if label == "C" and rnd.random() < 0.6 else (text, label)) for text, label in lines]
    return out[:1] + ([(query, "C")] if rnd.random() < 0.5 else []) + out[1:]
