"""Labelled pages, and how they are divided by site."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import md5
from pathlib import Path
from typing import Any

Line = tuple[str, str]  # a line and its label letter, as in evaldata/score.py


@dataclass(frozen=True, slots=True)
class LabelledPage:
    """One page in two forms: all its text, and the text that an extractor leaves."""

    id: str
    site: str
    dataset: str
    language: str
    title: str
    full: tuple[Line, ...]
    light: tuple[Line, ...]

    @property
    def brand(self) -> str:
        """What pages of one house share: the first part of the site's name. A page without site is its own house."""
        return (self.site or "").split(".")[0] or self.id


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The records of a JSONL file, plain or gzip."""
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def load(paths: Iterable[Path]) -> list[LabelledPage]:
    """Pages of JSONL files of pages or of glued streams; a page that was met before is left out."""
    met: set[str] = set()
    out: list[LabelledPage] = []
    for path in paths:
        for row in rows(path):
            for page in _of_stream(row) if "pages" in row else [_of_page(row)]:
                if page.id not in met:
                    met.add(page.id)
                    out.append(page)
    return [page for page in out if page.full]


def _lines(text: str, labels: str) -> tuple[Line, ...]:
    return tuple(zip([line for line in text.split("\n") if line.strip()], labels, strict=True))


def _of_page(row: dict[str, Any]) -> LabelledPage:
    full, light = _lines(row["text"], row["labels"]), _lines(row["light"], row["light_labels"])
    return LabelledPage(
        row["id"], row["site"] or "", row["dataset"], row["lang"], row["title"] or "", full, light or full
    )


def _of_stream(row: dict[str, Any]) -> Iterator[LabelledPage]:
    """The pages of a stream; those of the kind `farm` have been changed and are left out."""
    if row["kind"] == "farm":
        return
    lines, at = row["text"].split("\n"), 0
    for page in row["pages"]:
        own = [line for line in lines[page["start_line"] : page["end_line"]] if line.strip()]
        labelled = tuple(zip(own, row["labels"][at : at + len(own)], strict=True))
        at += len(own)
        yield LabelledPage(page["id"], page["site"] or "", page["dataset"], page["lang"], "", labelled, labelled)


def fold_of(brand: str, folds: int) -> int:
    """The part that all pages of a house belong to, the same in every run."""
    return int(md5(f"f{brand}".encode(), usedforsecurity=False).hexdigest(), 16) % folds
