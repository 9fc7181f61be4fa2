"""The writer's choice: which pages go out. The only place where something is left out."""

from __future__ import annotations

from dataclasses import dataclass

from scrubber.page import Page

ALL = "all"


@dataclass(frozen=True, slots=True)
class Choice:
    """Pages of these `kinds` and, where any are named, of these `languages` go out; `all` writes every page."""

    kinds: tuple[str, ...] = ("article", "stub")
    languages: tuple[str, ...] = ()

    def rejection(self, page: Page) -> str | None:
        """Why a page is not written: `duplicate`, `empty`, `page:KIND`, `language:CODE`; `None` if it is."""
        if ALL in self.kinds:
            return None
        if page.duplicate_of is not None:
            return "duplicate"
        if page.kind.value not in self.kinds:
            return f"page:{page.kind.value}"
        if self.languages and page.language not in self.languages:
            return f"language:{page.language}"
        return None if page.kept() else "empty"
