"""Captions: what repeats an earlier caption, and what only looks like it."""

import random

import pytest

from scrubber.dedup import CollapseCaptions
from scrubber.dedup.same_caption import similarity
from scrubber.errors import ConfigError
from scrubber.page import Dead, Duplicate, Kind, Label, Page, Repeat, Verdict

CAPTION, BODY = Verdict(Label.CAPTION, "model", 0.9), Verdict(Label.BODY, "model", 0.9)

REPEATS = [
    (
        "The mayor opens the new ferry pier in Quellport",
        "The mayor opens the new ferry pier in Quellport. Photo: Ann Other/AP",
    ),
    ("The mayor opens the new ferry pier in Quellport", "The mayor opens the new ferry pier in Quellport hide caption"),
    ("The mayor opens the new ferry pier in Quellport", "The mayor opens the new ferry pier..."),
    ("The mayor opens the new ferry pier in Quellport", "3:12 The mayor opens the new ferry pier in Quellport"),
    (
        "The mayor opens the new ferry pier in Quellport",
        "The mayor opens the new ferry pier in QuellportSee comments (12)",
    ),
    ("The mayor opens the new ferry pier in Quellport", "The mayor opens a new ferry pier at Quellport"),
    ("Two boats collide off the coast near Quellport", "2 boats collide off the coast near Quellport"),
    ("Crowds on the pier on January 5, 2031, in Quellport", "Crowds on the pier on Jan. 5, 2031, in Quellport"),
    ("Die Fähre legt am Montag im Hafen von Quellport an", "Die Fähre legt am Montag im Hafen von Quellport an © dpa"),
    ("市长周一为新渡轮码头剪彩并发表讲话", "・市长周一为新渡轮码头剪彩并发表讲话 (1-17)"),
    ("Мэр открывает новый причал паромов в порту", "Мэр открывает новый причал паромов в портуЕсть комментарии (6)"),
]
DIFFERENT = [
    (
        "Vietnam's President arrives at the airport in Quellport",
        "Russia's President arrives at the airport in Quellport",
    ),
    ("A graph of the votes of the Red Party since 1990", "A graph of the votes of the Blue Party since 1990"),
    ("The bridge before the storm of last Monday", "The bridge after the storm of last Monday"),
    ("Results of the third round of the harbour cup 2030", "Results of the third round of the harbour cup 2031"),
    ("Photo 3 of 12 in the gallery of the harbour", "Photo 4 of 12 in the gallery of the harbour"),
    ("Front view of the new ferry in the dock", "Rear view of the new ferry in the dock"),
    ("Lunch at Quellport Harbour, seen from North Head", "Lunch at Quellport Harbour, seen from South Point"),
    ("Photograph: Ann Other/AP", "Photograph: Bob Else/AP"),
    ("市长周一为新渡轮码头剪彩", "市长周二为旧客运码头剪彩"),
    ("", ""),
    ("Quellport", "Quellport harbour"),
]


def page(name, *captions, line=0, kind=Kind.ARTICLE, copy_of=None):
    copy = copy_of and Duplicate(copy_of, "exact", 1.0, 1.0)
    return Page("s", line, captions, id=name, kind=kind, verdicts=(CAPTION,) * len(captions), duplicate_of=copy)


def collapsed(*pages, **options):
    return [dict(item.repeat_of) if isinstance(item, Page) else item for item in CollapseCaptions(**options)(pages)]


@pytest.mark.parametrize(("one", "other"), REPEATS)
def test_repeats(one, other):
    assert similarity(one, other) >= 0.6 and similarity(other, one) >= 0.6
    assert set(collapsed(page("a", one), page("b", other))[1]) == {0}


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_look_alikes(one, other):
    assert similarity(one, other) == similarity(other, one) == 0.0
    if one != other:
        assert collapsed(page("a", one), page("b", other)) == [{}, {}]


def test_a_gallery_keeps_one_caption_of_each_picture():
    gallery = [
        "  Vietnam's President arrives at the airport",
        "Vietnam's  president arrives at the airport ",
        "Russia's President arrives at the airport",
        "Vietnam's President arrives at the airport. Ann Other/AP hide caption",
    ]
    first = Repeat("a", 10, 1.0)
    found = collapsed(page("a", *gallery, line=10), Dead("s", 14, "broken"), page("b", *gallery, line=20))
    assert found[0][1] == first and found[0][3].line == 10 and set(found[0]) == {1, 3}
    assert isinstance(found[1], Dead)
    assert {offset: (repeat.page, repeat.line) for offset, repeat in found[2].items()} == {
        0: ("a", 10),
        1: ("a", 10),
        2: ("a", 12),
        3: ("a", 10),
    }
    assert found[0][3].jaccard < 1.0


def test_only_captions_are_collapsed():
    line = "The mayor opens the new ferry pier in Quellport"
    mixed = Page("s", 0, (line, line, line), id="a", kind=Kind.ARTICLE, verdicts=(BODY, CAPTION, BODY))
    assert collapsed(mixed, page("b", line)) == [{}, {0: Repeat("a", 1, 1.0)}]


def test_no_caption_is_lost_to_a_page_that_is_not_written():
    line = "The mayor opens the new ferry pier in Quellport"
    listing, copy = page("l", line, line, kind=Kind.LISTING), page("c", line, copy_of="x")
    found = collapsed(listing, copy, page("a", line), page("b", line))
    assert found == [{1: Repeat("l", 0, 1.0)}, {}, {}, {0: Repeat("a", 0, 1.0)}]


@pytest.mark.parametrize("batch", [1, 3, 500])
def test_the_batch_changes_nothing(batch):
    draw = random.Random(1)
    words = [
        "boat",
        "pier",
        "mayor",
        "storm",
        "bridge",
        "harbour",
        "crowd",
        "opens",
        "leaves",
        "near",
        "before",
        "after",
        "old",
        "new",
        "red",
        "blue",
    ]
    pages = [page(str(i), *(" ".join(draw.choices(words, k=6)) for _ in range(5))) for i in range(60)]
    assert collapsed(*pages, batch=batch) == collapsed(*pages)
    assert sum(map(len, collapsed(*pages))) > 0


def test_memory_is_bounded_and_the_latest_captions_are_known():
    captions = [f"Boat number {i} of the regatta leaves the harbour of Quellport" for i in range(100)]
    found = collapsed(
        *(page(str(i), line) for i, line in enumerate(captions)), page("z", captions[0], captions[99]), remember=20
    )
    assert set(found[-1]) == {1}


def test_long_lines_take_no_long_time():
    line = "word " * 100_000
    assert collapsed(page("a", line + "x", line + "y")) == [{}]


def test_impossible_thresholds_are_refused():
    with pytest.raises(ConfigError):
        CollapseCaptions(threshold=0)


def test_quality_on_the_evaluation_kit(shared):
    import importlib.util

    spec = importlib.util.spec_from_file_location("score", shared / "evaldata" / "score.py")
    score = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(score)
    texts = {row["id"]: row["text"] for row in score.rows(shared / "evaldata/dedup/captions.docs.jsonl.gz")}
    pairs = list(score.rows(shared / "evaldata/dedup/captions.pairs.jsonl.gz"))
    found = []
    for pair in pairs:  # as the stage meets them: two captions of one page
        repeats = collapsed(page(pair["a"], texts[pair["a"]], texts[pair["b"]]))[0]
        found.append({"id": pair["b"], "duplicate_of": pair["a"] if repeats else None})
    assert score.score_dedup(list(texts), pairs, found)["F1"] >= 0.92
