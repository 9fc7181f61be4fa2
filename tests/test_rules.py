"""Rules as data: the examples inside each rule run here, and two rules of different label on one line fail."""

from __future__ import annotations

import re
import time

import pytest

from scrubber.page import KEEP, Label
from scrubber.segment.measured import PRECISION
from scrubber.segment.prepared import prepared
from scrubber.segment.rule import LONGEST, Rule, Rulebook, fold, load_rules, rulebook
from scrubber.segment.sieve import Sieve, alternatives, told_of

RULES = load_rules()
IDS = [rule.name for rule in RULES]


@pytest.mark.parametrize("rule", RULES, ids=IDS)
def test_a_rule_names_its_yes_lines_and_no_other_label_does(rule: Rule) -> None:
    assert len(rule.yes) >= 2
    for line in rule.yes:
        matching = rulebook().matching(line)
        assert rule in matching, line
        assert {other.label for other in matching} == {rule.label}, line
        assert RULES[rulebook().find(line)].label is rule.label, line


@pytest.mark.parametrize("rule", RULES, ids=IDS)
def test_a_rule_is_silent_on_its_no_lines(rule: Rule) -> None:
    assert len(rule.no) >= 2
    for line in rule.no:
        assert rule not in rulebook().matching(line), line


def test_no_phrase_belongs_to_two_labels() -> None:
    owner: dict[str, Label] = {}
    for rule in RULES:
        for phrase in rule.phrases:
            assert owner.setdefault(fold(phrase), rule.label) is rule.label, phrase


def test_every_phrase_is_found_by_its_own_rule() -> None:
    for rule in RULES:
        for phrase in rule.phrases:
            assert RULES[rulebook().find(phrase)].label is rule.label, phrase


def test_rules_name_only_what_is_left_out_and_have_unique_names() -> None:
    assert len(set(IDS)) == len(IDS)
    assert not [rule.name for rule in RULES if rule.label in KEEP]
    assert set(PRECISION) <= set(IDS)
    assert all(0 <= value <= 1 for value in PRECISION.values())


def test_furniture_is_known_in_many_scripts() -> None:
    for line in ("Impressum", "Lire aussi", "Compartir", "Leia também", "Condividi", "Lees ook", "Zobacz także"):
        assert rulebook().find(line) >= 0, line
    for line in ("Читайте также", "相关新闻", "関連記事", "Διαβάστε επίσης", "Çok okunanlar", "Les også"):
        assert rulebook().find(line) >= 0, line


def test_the_memo_changes_nothing() -> None:
    book = Rulebook(RULES)
    lines = [line for rule in RULES for line in (*rule.yes, *rule.no)]
    first = [book.find(line) for line in lines]
    assert [book.find(line) for line in lines] == first == [Rulebook(RULES).find(line) for line in lines]


def test_prose_is_not_furniture() -> None:
    for line in (
        "Home prices rose for the third month in a row, and nobody in the town hall could say why.",
        "Die Startseite der Zeitung wurde neu gestaltet, wie die Redaktion am Montag mitteilte.",
        "“We will share what we find,” she said.",
        "Новости пришли поздно вечером, когда все уже спали.",
    ):
        assert rulebook().find(line) == -1, line


ATTACKS = [
    "a",
    "a ",
    " ",
    "by a ",
    "(",
    "/",
    "a/",
    "1 2 3 ",
    "1,",
    "©",
    "#a ",
    "- ",
    "sign up for the free daily ",
    "all rights ",
]


@pytest.mark.parametrize("seed", ATTACKS)
def test_time_is_linear_in_the_line(seed: str) -> None:
    book = Rulebook(RULES)

    def seconds(size: int) -> float:
        line = (seed * size)[:size] + "!"
        best = 9.0
        for _ in range(3):
            begin = time.process_time()
            book.find(line)
            best = min(best, time.process_time() - begin)
        return best

    assert seconds(80_000) < 20 * seconds(10_000) + 0.01
    # the patterns themselves, without the gate of length
    for rule in RULES:
        for size in (LONGEST, 10 * LONGEST):
            begin = time.process_time()
            re.match(rule.pattern, (seed * size)[:size] + "!")
            assert time.process_time() - begin < 0.1


PATTERNS = [rule.pattern for rule in RULES if rule.pattern]


def test_the_sieve_lets_pass_what_a_pattern_matches() -> None:
    lines = [fold(line) for rule in RULES for line in (*rule.yes, *rule.no)]
    glued = [one[:i] + two[j:] for one in lines[::3] for two in lines[::7] for i, j in ((3, 5), (9, 2))]
    texts = [*lines, *glued, "", "٣ comments", "٣/٤", "\u0300", "\x00x"]
    passed = Sieve(PATTERNS).sift(texts)
    for i, text in enumerate(texts):
        assert {n for n, pattern in enumerate(PATTERNS) if re.match(pattern, text)} <= set(passed.get(i, []))


def test_the_sieve_holds_most_lines_back() -> None:
    texts = ["the council met on monday", "rivers rise", "a bridge of stone, and a road", "смета города", "2019 floods"]
    passed = Sieve(PATTERNS).sift(texts)
    assert list(passed) == [4] and len(passed[4]) < len(PATTERNS) / 2


def test_what_is_known_of_patterns_ahead_is_what_they_tell() -> None:
    """After a change of rules: python -m benchmarks.prepare (a part that is not there is read off at each start)"""
    parts = {part for pattern in PATTERNS for part in alternatives(pattern)}
    assert len(parts & prepared().keys()) >= 0.9 * len(parts)
    for part, told in prepared().items():
        assert told == told_of(part), part
