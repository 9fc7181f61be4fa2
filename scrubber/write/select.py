"""The writer's choice: which pages go out. The only place where something is left out."""

from __future__ import annotations

from collections.abc import Sequence

from scrubber.page import Page

ALL = "all"


def rejection(page: Page, kinds: Sequence[str]) -> str | None:
    """Why a page is not written: `duplicate`, `page:` and its kind, or `empty`; `None` for a page that is."""
    if ALL in kinds:
        return None
    if page.duplicate_of is not None:
        return "duplicate"
    if page.kind.value not in kinds:
        return f"page:{page.kind.value}"
    return None if page.kept() else "empty"
