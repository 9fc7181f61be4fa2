"""Training streams: what a change of pages must and must not do."""

from __future__ import annotations

import random

from benchmarks.train.glue import syndicate


def page(name: str) -> list[tuple[str, str]]:
    return [(f"{name} menu", "D"), (f"{name} title", "t"), (f"{name} text", "K"), (f"{name} footer", "D")]


def test_a_copied_story_stands_whole_in_the_frame_of_another_page() -> None:
    for seed in range(20):
        pages = [page("one"), page("two"), page("three")]
        (copy,) = [p for p in syndicate(pages, random.Random(seed)) if p not in pages]
        frame, story = copy[0][0].split()[0], copy[1][0].split()[0]
        assert frame != story
        assert copy == [page(frame)[0], *page(story)[1:3], page(frame)[3]]


def test_one_story_alone_is_not_copied() -> None:
    pages = [page("one"), [("menu", "D")]]
    assert syndicate(pages, random.Random(0)) == pages
