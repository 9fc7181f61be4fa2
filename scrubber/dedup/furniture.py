"""Site furniture that no rule knows: lines at the ends of pages that come back while what is next to them changes.

A copy of a page brings its neighbours along, so copies are no evidence. What was learned can be saved and used again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, takewhile
from pathlib import Path
from typing import Any, Final

from scrubber.dedup.same_caption import TOKEN
from scrubber.dedup.view import fold_spaces
from scrubber.errors import ConfigError, InputError
from scrubber.page import Dead, Label, Page, Repeat, with_fields

EDGE: Final = 6  # kept lines from either end in which furniture stands
_LONGEST: Final = 400  # characters: a paragraph that long is text, whoever repeats it
_NEVER: Final = frozenset({Label.TITLE, Label.HEADING})
_REMEMBERED: Final = 1 << 20  # lines
_FORMAT: Final = 1


@dataclass(slots=True)
class Line:
    """A line seen at the edge of pages: where first, and what stood next to it, inwards."""

    text: str
    page: str
    line: int
    neighbours: list[str] = field(default_factory=list)


class Profile:
    """Lines that were seen at the edges of pages, by their folded text."""

    def __init__(self) -> None:
        self.lines: dict[str, Line] = {}

    @classmethod
    def load(cls, path: str | Path) -> Profile:
        """A profile that `save` wrote. Raises `InputError` for anything else."""
        profile = cls()
        try:
            data = json.loads(Path(path).read_text(encoding="utf-8"))
            if data["format"] != _FORMAT:
                raise ConfigError(f"{path} has format {data['format']}, and this version reads {_FORMAT}")
            for row in data["lines"]:
                line = Line(str(row["text"]), str(row["page"]), int(row["line"]), [str(n) for n in row["neighbours"]])
                profile.lines[fold_spaces(line.text)] = line
        except OSError as error:
            raise InputError(str(path), f"cannot be read: {error.strerror}; name a profile that was saved") from error
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(str(path), f"is no profile: {error}; learn a new one") from error
        return profile

    def forget(self) -> None:
        """Drop the lines that were seen next to one neighbour only: memory is bounded by those that came back."""
        self.lines = {view: line for view, line in self.lines.items() if len(line.neighbours) > 1}

    def save(self, path: str | Path, pages: int) -> None:
        """Write the lines that are furniture after `pages` pages, each with its evidence."""
        rows: list[dict[str, Any]] = [
            {"text": line.text, "page": line.page, "line": line.line, "neighbours": line.neighbours}
            for _, line in sorted(self.lines.items())
            if len(line.neighbours) >= pages
        ]
        Path(path).write_text(json.dumps({"format": _FORMAT, "lines": rows}, ensure_ascii=False), encoding="utf-8")


@dataclass(frozen=True, slots=True)
class LearnFurniture:
    """Mark kept lines at the edges of pages as repeats once they stood next to `pages` different lines.

    `repeat_of` names where the line was seen first. Titles, headings, single words ("Conclusion") and lines of over
    400 characters are never furniture, and furniture has no text behind it: "Final thoughts", with a paragraph between
    it and the end of the page, stays.
    The stage learns as it goes: the first `pages` pages keep their furniture, unless a `profile` brings it. A profile
    that is given is also filled, and can be saved.
    """

    pages: int = 4
    profile: Profile | None = None

    def __post_init__(self) -> None:
        if self.pages < 2:
            raise ConfigError(f"furniture is what several pages share, not {self.pages}; give 2 or more")

    def __call__(self, pages: Iterable[Page | Dead]) -> Iterator[Page | Dead]:
        """Pages out in the order they came; `Dead` passes through."""
        profile = self.profile if self.profile is not None else Profile()
        for item in pages:
            yield self._mark(item, profile) if isinstance(item, Page) else item

    def _mark(self, page: Page, profile: Profile) -> Page:
        kept = page.kept()
        views = [fold_spaces(page.lines[offset]) for offset in kept]
        edge = {*range(min(EDGE, len(kept))), *range(max(0, len(kept) - EDGE), len(kept))}
        known: dict[int, Repeat] = {}
        for i in sorted(edge):
            offset = kept[i]
            if page.verdicts[offset].label not in _NEVER and _could_be(views[i]):
                line = self._learn(profile, page, offset, views, i)
                if len(line.neighbours) >= self.pages:
                    known[offset] = Repeat(line.page, line.line, 1.0)
        if len(known) == len(kept):
            return page  # nothing would be left of it
        head, tail = takewhile(known.__contains__, kept), takewhile(known.__contains__, reversed(kept))
        repeats = {offset: known[offset] for offset in chain(head, tail)}
        return with_fields(page, repeat_of={**page.repeat_of, **repeats}) if repeats else page

    def _learn(self, profile: Profile, page: Page, offset: int, views: list[str], i: int) -> Line:
        inward = i + 1 if 2 * i < len(views) else i - 1
        neighbour = views[inward][:80] if 0 <= inward < len(views) else ""
        if len(profile.lines) >= _REMEMBERED:
            profile.forget()
        line = profile.lines.setdefault(views[i], Line(page.lines[offset].strip(), page.id, page.line + offset))
        if len(line.neighbours) < self.pages and neighbour not in line.neighbours:
            line.neighbours.append(neighbour)
        return line


def _could_be(line: str) -> bool:
    return len(line) <= _LONGEST and len(TOKEN.findall(line)) > 1
