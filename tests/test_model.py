"""The line model: what a line's figures depend on, and that nothing breaks it."""

from __future__ import annotations

import time
from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrubber.segment import doubtful
from scrubber.segment.candidates import FirstLook, describe
from scrubber.segment.features import Features, featurise
from scrubber.segment.features.chains import REPEAT_REACH
from scrubber.segment.features.layout import HEAD, TAIL
from scrubber.segment.model import REACH
from scrubber.segment.passages import Pages, Spans
from scrubber.segment.scorer import score_lines, scorer
from scrubber.segment.second_pass import candidates, first_look
from scrubber.segment.vocabulary import Vocabulary

WORDS = ("river", "council", "budget", "storm", "museum", "Friday", "harbour", "2019", "the", "of", "vote", "school")


def prose(seed: int, lines: int) -> list[str]:
    """Lines of made-up text, menus and blanks."""
    rng = np.random.default_rng(seed)
    out = []
    for _ in range(lines):
        size = int(rng.choice([0, 1, 3, 12, 40]))
        text = " ".join(rng.choice(WORDS, size).tolist())
        out.append(text.capitalize() + "." if size > 5 else text)
    return out


def features_of(lines: list[str], starts: tuple[int, ...] = (0,)) -> Features:
    found = featurise(lines, starts, scorer().net.common)
    assert found is not None
    return found


def look_at(lines: list[str], starts: tuple[int, ...] = (0,)) -> FirstLook:
    features = features_of(lines, starts)
    net = scorer().net
    return first_look(net, features, np.full(len(features.matrix), -1), net.find(features))


def test_documents_side_by_side_read_nothing_of_each_other() -> None:
    one, two = ["", *prose(1, 90), ""], prose(2, 140)
    apart = np.concatenate([features_of(one).matrix, features_of(two).matrix])
    together = features_of(one + two, (0, len(one)))
    assert np.array_equal(apart, together.matrix)


def test_the_net_reads_nothing_over_an_edge() -> None:
    one, two, other = prose(1, 90), prose(2, 140), prose(3, 140)
    rows = len(look_at(one).odds)
    here = look_at(one + two, (0, len(one)))
    there = look_at(one + other, (0, len(one)))
    assert np.array_equal(here.odds[:rows], there.odds[:rows])
    assert np.array_equal(here.labels[:rows], look_at(one).labels)
    assert not np.array_equal(look_at(one + two).odds[rows - REACH : rows], here.odds[rows - REACH : rows])


def test_the_second_look_reads_nothing_over_an_edge() -> None:
    one, two, other = prose(1, 200), prose(2, 240), prose(3, 240)
    tables = []
    for second in (two, other):
        look = look_at(one + second, (0, len(one)))
        at = np.arange(5, 60)
        tables.append(describe(look, at).matrix())
    assert np.array_equal(*tables)


def test_the_second_look_at_doubtful_lines_reads_nothing_of_other_documents() -> None:
    one, two, other = prose(1, 200), prose(2, 240), prose(3, 240)
    alone = look_at(one)
    rows, at = len(alone.odds), np.arange(0, 60)
    starts = np.array([0, 30, 31])
    tables = [doubtful.describe(alone, at, starts).matrix()]
    for second in (two, other):
        behind = look_at(one + second, (0, len(one)))
        tables.append(doubtful.describe(behind, at, np.append(starts, rows)).matrix())
        before = look_at(second + one, (0, len(second)))
        first = len(before.odds) - rows
        tables.append(doubtful.describe(before, at + first, np.append(0, starts + first)).matrix())
    assert all(np.array_equal(tables[0], table) for table in tables[1:])


def test_passages_are_kept_rows_with_few_others_between_in_one_page() -> None:
    pages = Pages.of(np.array([0, 30]), 60)
    kept = np.array([2, 9, 17, 29, 31])  # six rows between 2 and 9, seven between 9 and 17
    letters = np.full(60, 10.0)
    letters[17] = 40
    spans = Spans.of(pages, kept, np.full(60, 0.5), np.full(60, 0.25), letters)
    assert spans.first[:-1].tolist() == [2, 17, 29, 31] and spans.last[:-1].tolist() == [9, 17, 29, 31]
    assert spans.size[:-1].tolist() == [20, 40, 10, 10] and spans.longest[1] == 40
    assert spans.core.tolist() == [1, 3] and spans.number.tolist() == [3, 1]
    assert spans.sure[0] == 0.5 and spans.zone[0] == 0.25
    before, after = spans.around(np.array([0, 5, 20, 29, 30, 59]), np.array([0, 0, 0, 0, 1, 1]))
    none = len(spans.first) - 1
    assert before.tolist() == [none, 0, 1, 2, none, 3] and after.tolist() == [0, 1, 2, none, 3, none]


def test_a_page_without_text_has_no_passage() -> None:
    look = look_at(["Home", "About us", "Contact"] * 5)
    unkept = FirstLook(look.features, look.labels * 0, look.odds, look.zones, look.roles)
    table = doubtful.describe(unkept, np.arange(15), np.array([0]))
    assert np.isfinite(table.matrix()).all()
    assert (table["passages"] == 0).all() and (table["from_core"] == doubtful.FAR).all()


def test_topic_words_are_shared_with_the_longest_passage_of_their_page_and_not_with_themselves() -> None:
    lines = (
        ["reservoir concrete engineers"] * 2
        + ["marmalade festival"]
        + ["concrete engineers and marmalade"]
        + ["-"] * 20
    )
    look = look_at(lines)
    labels = np.zeros_like(look.labels)
    labels[:2, 0] = 1  # the first two rows are the text
    seen = FirstLook(look.features, labels, look.odds, look.zones, look.roles)
    shared = doubtful.describe(seen, np.arange(4), np.array([0]))["topic_shared"]
    assert shared[:3].tolist() == [1, 1, 0] and shared[3] == pytest.approx(2 / 3)
    labels[1] = 0  # only the first is, and says nothing elsewhere
    assert doubtful.describe(seen, np.arange(1), np.array([0]))["topic_shared"][0] == 0


def test_a_row_reads_lines_within_reach_alone() -> None:
    lines = [f"line {i} of {WORDS[i % 7]}" for i in range(REPEAT_REACH * 2 + 100)]
    changed = ["something else altogether", *lines[1:-1], "and another end"]
    middle = len(lines) // 2
    assert np.array_equal(features_of(lines).matrix[middle], features_of(changed).matrix[middle])
    assert not np.array_equal(features_of(lines).matrix[1], features_of(changed).matrix[1])


def test_a_repeated_line_is_seen_and_a_repeat_in_another_document_is_not() -> None:
    lines = ["Budget vote on Friday", *prose(4, 20), "Budget vote on Friday"]
    column = features_of(lines).names.index("repeats_4")
    assert features_of(lines).matrix[-1, column] == 1
    assert features_of(lines, (0, 10)).matrix[-1, column] == 0


STRANGE = [
    ["", " ", "\t"],
    ["\x00", "\x01\x02", "\x7f"],
    ["...", "***", "---"],
    ["漢字かな交じり文。", "中文", "。"],
    ["نص عربي قصير", "עברית", "ไทยไม่มีช่องว่าง"],
    ["🙂", "🙂 🙃", "‮txet"],
    ["\ud800 lone", "\udfff"],
    ["\u2028\u2029", "\u3000", "\u00a0x\u00a0"],
    ["©", "U.S", "9", "-", ":", "'"],
    ["a\rb", "c\x0bd\x0ce", "\x85"],
]


@pytest.mark.parametrize("lines", STRANGE)
def test_strange_lines_are_scored(lines: list[str]) -> None:
    scores = score_lines(lines)
    if scores is not None:
        assert np.isfinite(scores.classes).all() and np.isfinite(scores.start).all()
        assert len(scores.line) <= len(lines)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(st.characters(exclude_characters="\n"), max_size=60), min_size=1, max_size=60), st.data())
def test_any_lines_are_scored(lines: list[str], data: st.DataObject) -> None:
    cut = data.draw(st.integers(1, len(lines)))
    scores = score_lines(lines, (0, cut) if cut < len(lines) else (0,))
    if scores is not None:
        assert np.isfinite(scores.classes).all() and np.isfinite(scores.start).all()
        assert np.allclose(scores.classes.sum(1), 1, atol=1e-3)


def test_of_a_long_line_the_head_and_the_tail_are_read() -> None:
    line = "A" * HEAD + "x" * 1000 + "B" * TAIL
    longer = "A" * HEAD + "y" * 50_000_000 + "B" * TAIL
    began = time.process_time()
    assert np.array_equal(features_of([line]).matrix, features_of([longer]).matrix)
    assert time.process_time() - began < 2


def test_the_vocabulary_finds_what_it_holds_and_nothing_else() -> None:
    hashes = np.random.default_rng(0).integers(0, 1 << 32, 12_000, dtype=np.uint64).astype(np.uint32)
    held, others = hashes[:8000], hashes[8000:]
    vocabulary = Vocabulary.build(held)
    found = vocabulary.find(held)
    assert vocabulary.size == len(np.unique(found[found > 0])) > 7800
    assert (vocabulary.find(others) > 0).mean() < 0.001


def test_candidates_are_no_nearer_to_an_edge_than_the_shortest_page() -> None:
    look = look_at(prose(5, 300), (0, 150))
    forced = FirstLook(look.features, look.labels, np.full(len(look.odds), 5, np.float32), look.zones, look.roles)
    at = candidates(forced)
    assert (at - forced.features.layout.low[at] >= 3).all()


def test_a_window_scores_the_same_every_time() -> None:
    lines = prose(6, 700)
    one, two = score_lines(lines), score_lines(list(lines))
    assert one is not None and two is not None
    assert np.array_equal(one.start, two.start) and np.array_equal(one.classes, two.classes)


def test_calibration_maps_rise() -> None:
    found = scorer()
    for said, was in (
        (found.keep_said, found.keep_was),
        (found.odds_said, found.odds_was),
        (found.text_said, found.text_was),
    ):
        assert (np.diff(said) > 0).all() and (np.diff(was) >= 0).all()


def test_the_weights_fit_the_code_and_the_package() -> None:
    assert len(features_of(["one line"]).names) == len(scorer().net.mean)
    look = look_at(prose(7, 60))
    assert describe(look, np.array([30])).matrix().shape[1] > scorer().start_trees.column.max()
    table = doubtful.describe(look, np.array([30]), np.array([0])).matrix()
    assert table.shape[1] > scorer().text_trees.column.max()
    weights = files("scrubber.segment").joinpath("weights.npz")
    assert len(weights.read_bytes()) <= 2 << 20
