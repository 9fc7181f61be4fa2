"""Deduplication of an endless stream: what is remembered is bounded, and what is found does not depend on batches."""

import random

import numpy as np
import pytest

import scrubber
from scrubber import pipeline
from scrubber.dedup import CollapseCaptions, Deduplicate
from scrubber.dedup.latest import PARTS
from scrubber.dedup.memory import Ids, Memory
from scrubber.dedup.table import NOBODY, Closed, Owners, Table
from scrubber.page import Kind, Label, Page, Recall, Repeat, Verdict
from scrubber.write import summary

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


def test_pages_that_are_forgotten_are_counted():
    recall, pages_in = Recall(), pages([*range(3 * MOST), 3 * MOST - 1])
    copies = [page for page in Deduplicate(most_pages=MOST, recall=recall)(pages_in) if page.duplicate_of]
    assert len(copies) == 1
    assert recall.pages + recall.forgotten_pages == 3 * MOST
    assert recall.pages <= MOST
    originals(range(MOST), most_pages=MOST, recall=(unused := Recall()))
    assert unused == Recall(pages=MOST)


def test_captions_that_are_forgotten_are_counted():
    caption = Verdict(Label.CAPTION, "test", 1.0)
    pictures = [
        Page("d", i, (story(s),), id=str(i), kind=Kind.ARTICLE, verdicts=(caption,))
        for i, s in enumerate([*range(30), 29])
    ]
    recall = Recall()
    found = list(CollapseCaptions(remember=10, recall=recall)(pictures))
    assert found[-1].repeat_of
    assert recall.forgotten_captions == 20


@pytest.mark.parametrize("batch", [1, 3, 16])
def test_captions_are_remembered_over_many_generations(batch):
    caption, texts = Verdict(Label.CAPTION, "test", 1.0), [story(seed) for seed in range(200)]
    pictures = [
        Page("d", 2 * i, (text, texts[max(0, i - 5)]), id=str(i), kind=Kind.ARTICLE, verdicts=(caption,) * 2)
        for i, text in enumerate(texts)
    ]
    for i, page in enumerate(CollapseCaptions(remember=10, batch=batch)(pictures)):
        first = max(0, i - 5)
        assert page.repeat_of == {1: Repeat(str(first), 2 * first, 1.0)}


def test_the_ledger_says_what_was_forgotten_and_which_flag_changes_it(monkeypatch):
    dump = [f'{{"text": "{story(seed)}."}}' for seed in range(40)]
    monkeypatch.setattr(pipeline, "PAGES_PER_MB", 8)

    def cleaned(megabytes):
        ledger = scrubber.Ledger()
        options = {"format": "jsonl", "split": False, "kinds": "all", "dedup_memory": megabytes}
        list(scrubber.clean(dump, ledger=ledger, **options))
        return ledger

    short = cleaned(1)
    assert short.stats["dedup"] == {"remembered_pages": 8, "forgotten_pages": 32, "forgotten_captions": 0}
    line = next(line for line in summary(short).splitlines() if line.startswith("dedup"))
    assert "the last 8 pages" in line
    assert "forgot 32 pages" in line
    assert "--dedup-memory" in line
    enough = cleaned(10)
    assert enough.stats["dedup"]["forgotten_pages"] == 0
    assert "dedup" not in summary(enough)


def test_a_closed_table_knows_what_it_knew_in_a_third_of_the_memory():
    draw = np.random.default_rng(5)
    keys, strangers = (draw.integers(1, 1 << 64, 330_000, np.uint64) for _ in range(2))
    for owners in (np.arange(len(keys)) // 37, np.arange(len(keys))):
        table = Table()
        table.add(keys, owners.astype(np.int32))
        closed = Closed(*table.used())
        assert (closed.find(keys) == owners).all()
        assert (closed.find(strangers) == NOBODY).all()
        assert 3 * closed.nbytes < table.nbytes
    empty = Closed(*Table().used())
    assert (empty.find(keys[:5]) == NOBODY).all()


def test_owners_keep_their_order_when_they_are_closed():
    owners, keys = Owners(), np.array([7 << 40, 7 << 40, 9 << 40], np.uint64)
    owners.add(keys, np.zeros(3, np.int64), np.array([1, 2, 3], np.int32))
    before = owners.find(keys)
    owners.close()
    assert owners.find(keys).tolist() == before.tolist() == [[1, 1, 3], [2, 2, -1], [-1] * 3, [-1] * 3]


def test_ids_of_any_letters_come_back():
    given = ["a", "", "Ünï", "\ud800", "f" * 40]
    ids = Ids()
    ids.extend(given)
    assert [*ids] == given
    assert ids[1:3] == given[1:3]
    assert ids[-1] == given[-1]


def test_a_page_whose_shingles_are_forgotten_takes_a_few_hundred_bytes():
    known = Memory(1, 0)
    stays = [page.candidate for page in Deduplicate().candidates(pages(range(300)))]
    known.remember(stays, range(300))
    assert [known.digest(i) for i in range(300)] == [page.digest for page in stays]
    assert [known.size(i) for i in range(300)] == [len(page.shingles) for page in stays]
    assert known._gone.itemsize < 300
