"""The stage that cuts and labels: its laws on made-up text, its figures on the shared data."""

from __future__ import annotations

import gzip
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from conftest import SHARED

from scrubber.page import Block, Dead, Kind, Label, Page, page_id
from scrubber.segment import Segment
from scrubber.segment.context import PageRows, letters, lists_under_headings, prose_beside_text, title_before_text
from scrubber.segment.label import all_verdicts, first_verdicts, said_by
from scrubber.segment.scorer import score_lines

needs_data = pytest.mark.skipif(not (SHARED / "evaldata").exists(), reason="needs the shared evaluation data")

SUBJECTS = ("The council", "A river", "The old bridge", "Every school", "The museum", "A farmer", "The orchestra")
VERBS = ("opened", "moved", "lost", "painted", "measured", "sold", "repaired", "forgot", "counted")
THINGS = ("the gate", "nine boats", "its archive", "a long wall", "the harvest", "two clocks", "a map of the hills")
TAILS = ("before the winter came.", "while the town slept.", "for the third time this year.", "and nobody noticed.")


SYLLABLES = ("kar", "mo", "tel", "vin", "sa", "rud", "ple", "gor", "lin", "tha", "bes", "nur")


def own_words(rnd: random.Random) -> list[str]:
    """Names that only one page uses: pages on different subjects differ in words."""
    return ["".join(rnd.choices(SYLLABLES, k=3)) for _ in range(8)]


def sentence(rnd: random.Random, names: Sequence[str] = ("stone",)) -> str:
    parts = [rnd.choice(words) for words in (SUBJECTS, VERBS, THINGS)]
    return " ".join(
        [parts[0], "of", rnd.choice(names).title(), *parts[1:], "near", rnd.choice(names), rnd.choice(TAILS)]
    )


def article(rnd: random.Random, paragraphs: int = 6) -> list[str]:
    names = own_words(rnd)
    lines = ["  • Skip to main content", "", " ".join(sentence(rnd, names).split()[:6]), "", "By Jane Roe", ""]
    for _ in range(paragraphs):
        lines += [" ".join(sentence(rnd, names) for _ in range(4)), ""]
    return [
        *lines,
        "Related stories",
        "",
        "  • A short link to a story",
        "  • Another link",
        "",
        "© 2021 Example. All rights reserved.",
        "",
    ]


def dump(pages: int = 40, seed: int = 0) -> list[str]:
    rnd = random.Random(seed)
    return [line for _ in range(pages) for line in article(rnd, rnd.randint(3, 12))]


def cut(lines: list[str], size: int | None = None, **options: object) -> list[Page]:
    size = size or max(1, len(lines))
    blocks = [Block("s", at, tuple(lines[at : at + size])) for at in range(0, len(lines), size)]
    return [item for item in Segment(**options)(blocks) if isinstance(item, Page)]  # type: ignore[arg-type]


def check_laws(lines: list[str], pages: Iterable[Page]) -> None:
    at = 0
    for page in pages:
        assert page.line == at
        assert list(page.lines) == lines[at : at + len(page.lines)]
        assert len(page.verdicts) == len(page.lines)
        assert page.id == page_id(page.source, page.line, page.lines)
        assert 0 <= page.start_score <= 1
        assert all(0 <= verdict.score <= 1 for verdict in page.verdicts)
        assert all((v.label is Label.BLANK) or line.strip() for v, line in zip(page.verdicts, page.lines, strict=True))
        at += len(page.lines)
    assert at == len(lines)


def test_a_dump_of_made_up_pages_is_cut_and_labelled() -> None:
    lines = dump(12)
    pages = cut(lines)
    check_laws(lines, pages)
    true = {i for i, line in enumerate(lines) if "Skip to" in line}
    found = {page.line for page in pages}
    assert len(found & true) >= 8
    assert len(found - true) <= 2
    labels = {line.strip(): v.label for page in pages for line, v in zip(page.lines, page.verdicts, strict=True)}
    assert labels["• Skip to main content"] is Label.NAV
    assert labels["By Jane Roe"] is Label.BYLINE
    assert labels["Related stories"] is Label.RELATED
    assert labels["• A short link to a story"] is Label.RELATED
    assert labels["© 2021 Example. All rights reserved."] is Label.FOOTER
    assert all(page.kind is Kind.ARTICLE for page in pages if page.line in true)


@pytest.mark.parametrize("size", [1, 7, 100, 4097])
def test_pages_do_not_depend_on_the_size_of_blocks(size: int) -> None:
    lines = dump(300)  # more lines than one window holds
    assert len(lines) > 5000
    assert cut(lines, size) == cut(lines)


def test_memory_and_lag_are_bounded() -> None:
    """The first page comes out long before the input ends."""
    lines, taken = dump(2000), 0

    def blocks() -> Iterable[Block]:
        nonlocal taken
        for at in range(0, len(lines), 100):
            taken = at
            yield Block("s", at, tuple(lines[at : at + 100]))

    next(iter(Segment()(blocks())))
    assert taken < 12_000


def test_records_are_edges_and_know_nothing_of_each_other() -> None:
    records = [tuple(article(random.Random(i))) for i in range(50)]
    together = list(Segment()(Block(f"s#{i}", 0, lines, ends_page=True) for i, lines in enumerate(records)))
    alone = [page for i, lines in enumerate(records) for page in Segment()([Block(f"s#{i}", 0, lines, ends_page=True)])]
    assert together == alone


def test_sources_meta_and_dead_items_are_edges() -> None:
    lines = tuple(article(random.Random(1)))
    dead = Dead("a", len(lines), "broken")
    items = [Block("a", 0, lines), dead, Block("a", len(lines) + 1, lines), Block("b", 0, lines)]
    out = list(Segment()(items))
    assert out[-1].source == "b"
    assert dead in out
    at = out.index(dead)
    assert sum(len(page.lines) for page in out[:at] if isinstance(page, Page)) == len(lines)
    assert out[at + 1].line == len(lines) + 1


def test_single_blocks_and_no_split_are_not_cut() -> None:
    lines = dump(30)
    assert len(cut(lines, split=False)) == 1
    assert len(list(Segment()([Block("s", 0, tuple(lines), single=True)]))) == 1


def test_a_page_past_the_limit_is_cut_and_marked() -> None:
    lines = dump(300)
    pages = cut(lines, split=False, max_page_lines=1000)
    check_laws(lines, pages)
    assert all(page.cut == "max_page_lines" for page in pages)
    assert max(len(page.lines) for page in pages) == 1000
    assert pages == cut(lines, 13, split=False, max_page_lines=1000)
    assert all(page.cut is None for page in cut(dump(3)))


def test_a_chinese_character_counts_for_three_letters() -> None:
    assert [letters(text) for text in ("石桥镇图书馆", "Café", "Россия", "ประเทศไทย")] == [18, 4, 6, 9]
    text = "石桥镇图书馆从本月起每周三晚上开放到十点，读者可以在新装修的阅览室里看书、听讲座，也可以把书借回家。"
    (page,) = cut([*["首页", "新闻"] * 2, "", text, "", text[::-1], "", text[10:] + text[:10]], split=False)
    assert page.kind is Kind.ARTICLE


def test_thresholds_move_what_is_kept_and_where_pages_begin() -> None:
    lines = dump(40)
    scores = score_lines(lines, (0,))
    assert scores is not None
    kept = [
        sum(all_verdicts()[i].keeps for i in first_verdicts(scores.classes, scores.rule, scores.echo, limit).tolist())
        for limit in (0.05, 0.4, 0.9)
    ]
    assert kept[0] > kept[1] > kept[2] > 0
    pages = [len(cut(lines, start_from=limit)) for limit in (0.12, 0.9, 0.99)]
    assert pages[0] >= pages[1] > pages[2]


def test_bytes_and_repairs_stay_with_their_lines() -> None:
    lines = dump(300)
    marks = {i: f"mark {i}".encode() for i in range(5, len(lines), 97)}

    def pages(size: int) -> list[Page]:
        parts = range(0, len(lines), size)
        return list(  # type: ignore[return-value]
            Segment()(
                Block(
                    "s", at, tuple(lines[at : at + size]), encoding="cp1251",
                    undecoded={i - at: raw for i, raw in marks.items() if at <= i < at + size},
                    unrepaired={i - at: raw.decode() for i, raw in marks.items() if at <= i < at + size},
                )
                for at in parts
            )
        )  # fmt: skip

    found = {page.line + i: raw for page in pages(50) for i, raw in page.undecoded.items()}
    assert found == marks
    assert {page.line + i for page in pages(50) for i in page.unrepaired} == set(marks)
    assert all((page.encoding == "cp1251") == bool(page.undecoded) for page in pages(50))
    assert pages(50) == pages(1000)


def test_extracted_text_is_kept_but_for_firm_rules() -> None:
    lines = ("A title", "", "Short line of text", "Share on Facebook", "More text that says something.")
    (page,) = Segment()([Block("s", 0, lines, ends_page=True, single=True, extracted=True, meta={"title": "A title"})])
    assert isinstance(page, Page)
    assert [v.label for v in page.verdicts] == [Label.TITLE, Label.BLANK, Label.BODY, Label.SHARE, Label.BODY]
    assert page.verdicts[2].by == "extractor"


def test_search_words_that_repeat_are_a_query() -> None:
    lines = article(random.Random(3), 12)
    for at in (8, 14, 20):
        lines[at:at] = ["old bridge winter", ""]
    (page,) = cut(lines, split=False)
    named = [v for line, v in zip(page.lines, page.verdicts, strict=True) if line == "old bridge winter"]
    assert [v.label for v in named] == [Label.QUERY] * 3
    assert named[0] is named[1]


def test_a_search_listing_and_a_wall_are_known() -> None:
    rnd = random.Random(5)
    listing = ["RESULTS", ""]
    for number in range(1, 13):
        listing += [
            f"  {number}. {' '.join(sentence(rnd).split()[:6])}",
            "",
            f"    {sentence(rnd)} {sentence(rnd)}",
            "",
        ]
    (page,) = cut(listing, split=False)
    assert page.kind is Kind.LISTING
    assert page.kept() == []
    wall = [
        "Become a subscriber",
        "",
        "Try it. Then $20 per month. Cancel anytime",
        "",
        "Already a subscriber? Log in",
        "",
    ]
    (page,) = cut([*wall, "Everything in Print", "", "Terms & Conditions apply"], split=False)
    assert page.kind is Kind.PAYWALL
    assert page.kept() == []


def test_a_listing_and_a_wall_begin_a_page_of_their_own() -> None:
    rnd = random.Random(8)
    before = article(rnd, 8)[:-8]
    wall = [
        "  • Global news",
        "  • Opinion",
        "",
        "Become a subscriber",
        "",
        "Try it. Then $20 per month. Cancel anytime",
        "",
    ]
    wall += ["Already a subscriber? Log in", "", "Everything in Print", "", "Terms & Conditions apply", ""]
    pages = cut([*before, *wall])
    assert pages[-1].kind is Kind.PAYWALL
    assert pages[-1].line == len(before)
    listing = ["IMAGES", ""]
    for number in range(1, 13):
        listing += [f"  {number}. {' '.join(sentence(rnd).split()[:6])}", "", f"    {sentence(rnd)}", ""]
    pages = cut([*before, *listing])
    assert pages[-1].kind is Kind.LISTING
    assert pages[-1].line == len(before)


def test_a_numbered_recipe_is_no_listing() -> None:
    rnd = random.Random(6)
    lines = ["How to mend a wall", ""] + [" ".join(sentence(rnd) for _ in range(4)) for _ in range(8)]
    lines += [f"{i}. {sentence(rnd)}" for i in range(1, 5)]
    (page,) = cut(lines, split=False)
    assert page.kind is Kind.ARTICLE


@pytest.mark.parametrize(
    "lines",
    [
        [""],
        [],
        ["   ", "\t", ""],
        ["1", "2", "3", "---", "***"] * 50,
        ["\ud800 lone", "\x00\x01", "\u2028", "\ufeff", "\u200b"],
        ["العربية نص من اليمين إلى اليسار، وهو طويل بما يكفي ليكون فقرة كاملة في صفحة عادية."] * 9,
        ["这是一个用来测试的段落,它没有空格,但是有标点符号。" * 4] * 9,
        ["ก" * 300, "မြန်မာ" * 50],
    ],
    ids=["one blank", "none", "spaces", "no letters", "controls", "right to left", "chinese", "no spaces"],
)
def test_any_text_keeps_the_laws(lines: list[str]) -> None:
    pages = cut(lines)
    check_laws(lines, pages)
    assert pages == cut(lines, 1)


def test_a_line_of_fifty_megabytes() -> None:
    lines = [*article(random.Random(1)), "x" * 50_000_000, *article(random.Random(2))]
    begin = time.process_time()
    pages = cut(lines, 10)
    assert time.process_time() - begin < 20
    check_laws(lines, pages)


def test_a_million_lines_of_one_character() -> None:
    lines = ["a"] * 1_000_000
    begin = time.process_time()
    pages = cut(lines, 10_000)
    assert time.process_time() - begin < 60
    check_laws(lines, pages)


def test_the_same_for_any_hash_seed() -> None:
    code = (
        "import sys; sys.path.insert(0, 'tests'); from test_segment import cut, dump; pages = cut(dump(30));"
        "print([(p.line, p.kind.value, p.start_score, [(v.label.value, v.by) for v in p.verdicts]) for p in pages])"
    )
    root = Path(__file__).parents[1]
    outs = {
        subprocess.run(
            [sys.executable, "-c", code], cwd=root, capture_output=True, check=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(root)},
        ).stdout
        for seed in ("0", "1")
    }  # fmt: skip
    assert len(outs) == 1


@needs_data
def test_articles_are_not_lost_to_their_kind() -> None:
    """Fewer than 1 % of the kit's articles may be named paywall or listing (every tenth page here)."""
    wrong = total = 0
    with gzip.open(SHARED / "evaldata" / "pages.jsonl.gz", "rt", encoding="utf-8") as file:
        for number, row in enumerate(file):
            if number % 10 == 0 and (page := json.loads(row))["ptype"] == "article":
                (found,) = cut(page["text"].split("\n"), split=False)
                wrong += found.kind in (Kind.PAYWALL, Kind.LISTING)
                total += 1
    assert total > 100
    assert wrong < 0.01 * total


def test_an_article_that_counts_is_no_listing() -> None:
    """Numbered headings over long paragraphs are a text; numbered titles over short quotations are search results."""
    long = (
        "He says so at length, for the song is about the river and the summer that he spent beside it, as a boy. " * 5
    )
    short = "The song is about the river and the summer that he spent ... "
    kinds = {}
    for name, under in (("article", long), ("listing", short)):
        lines = [line for i in range(1, 13) for line in (f"{i}. Song number {i} by the river band", "", under, "")]
        kinds[name] = cut(lines, split=False)[0].kind.value
    assert kinds == {"article": "article", "listing": "listing"}


def test_running_text_right_beside_text_is_text_but_no_chain_of_it_and_no_caption():
    prose = "The ferry will sail every hour from May until the first storm of the autumn, the company said, " * 2 + "."
    lines = [prose] * 5 + ["Menu", prose]
    out, caption = said_by(Label.BOILERPLATE, "model", 97), said_by(Label.CAPTION, "model", 60)
    page = PageRows(lines, lines, [out, out, said_by(Label.BODY, "model", 90), caption, out, out, out])
    prose_beside_text(page)
    assert [verdict.by for verdict in page.verdicts] == ["model", "beside_text", *["model"] * 5]
    assert [verdict.keeps for verdict in page.verdicts] == [False, True, True, False, False, False, False]


def test_the_likeliest_line_before_the_text_is_its_title_and_no_item_of_a_list_above_it() -> None:
    text = "The council met on Tuesday and put off the vote on the bridge until the engineers have seen its piers. " * 2
    lines = ["Most read", "Ferry late again", "Bridge vote put off", "By Ann Smith", text.strip()]
    out, heading = said_by(Label.BOILERPLATE, "model", 70), said_by(Label.RELATED, "related_heading", 90)
    page = PageRows(lines, lines, [heading, out, out, out, said_by(Label.BODY, "model", 90)])
    title_before_text(page, [80, 10, 45, 12, 1])  # what a rule has named is no title
    lists_under_headings(page)
    assert [v.label for v in page.verdicts[1:4]] == [Label.RELATED, Label.TITLE, Label.RELATED]
    assert page.title == 2 and page.verdicts[2].by == "title_before_text"
