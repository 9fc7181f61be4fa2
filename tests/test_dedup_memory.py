"""Deduplication of an endless stream: what is remembered is bounded, and what is found does not depend on batches."""

import random

import pytest

from scrubber.dedup import Deduplicate
from scrubber.dedup.latest import PARTS
from scrubber.page import Kind, Label, Page, Verdict

TEXT = Verdict(Label.BODY, "test", 1.0)
MOST = 40


def story(seed):
    chance = random.Random(seed)
    return " ".join("".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=6)) for _ in range(60))


def pages(seeds):
    return [Page("d", i, (story(s),), id=f"{i:032x}", kind=Kind.ARTICLE, verdicts=(TEXT,)) for i, s in enumerate(seeds)]


def originals(seeds, **options):
    """For each page the number of the page that it is a copy of."""
    found = Deduplicate(**options)(pages(seeds))
    return [page.duplicate_of and int(page.duplicate_of.of, 16) for page in found]


def test_a_copy_is_found_as_long_as_fewer_pages_than_are_remembered_lie_between():
    near = MOST - MOST // PARTS - 1
    seeds = [*range(near), 0]
    assert originals(seeds, most_pages=MOST)[-1] == 0


def test_pages_seen_first_are_forgotten_first():
    seeds = [*range(2 * MOST), 0, 2 * MOST - 1]
    assert originals(seeds, most_pages=MOST)[-2:] == [None, 2 * MOST - 1]
    assert originals(seeds)[-2:] == [0, 2 * MOST - 1]


def test_the_page_seen_first_stays_while_it_is_remembered():
    seeds = [*range(MOST // PARTS), 0, 1, 0, *range(100, 100 + MOST // PARTS), 0]
    found = originals(seeds, most_pages=MOST)
    assert [i for i, original in enumerate(found) if original == 0] == [i for i, s in enumerate(seeds) if s == 0][1:]


@pytest.mark.parametrize("batch", [1, 3, 64])
def test_batches_change_nothing(batch):
    chance = random.Random(1)
    seeds = [chance.randrange(60) for _ in range(400)]
    assert originals(seeds, most_pages=MOST, batch=batch) == originals(seeds, most_pages=MOST, batch=17)


def test_no_more_pages_are_remembered_than_allowed(monkeypatch):
    from scrubber.dedup import latest

    held = []
    settled = latest.Latest._settled

    def counting(self, pages):
        found = settled(self, pages)
        held.append(sum(len(part.known.ids) for part in self._parts))
        return found

    monkeypatch.setattr(latest.Latest, "_settled", counting)
    originals(range(300), most_pages=MOST)
    assert max(held) == MOST
