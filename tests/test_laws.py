"""The six laws of the design, on the samples and on generated input."""

import dataclasses
import gzip
import json
import os
from collections import Counter

import pytest
from conftest import SAMPLES
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import scrubber
from scrubber.config import configure
from scrubber.dedup import CollapseCaptions, Deduplicate
from scrubber.fix import Repair
from scrubber.language import IdentifyLanguage
from scrubber.page import Block, Dead, Intake, Page, Recall
from scrubber.pipeline import clean_items, in_batches, read_options
from scrubber.read import read, read_text
from scrubber.segment import Segment

TEXTS = {name: (SAMPLES / name).read_text(encoding="utf-8") for name in ("news.txt", "languages.txt")}
SEGMENT_FIELDS = {"id", "kind", "verdicts", "start_score", "cut"}
OWNED = {
    "language": {"language", "language_score"},
    "captions": {"repeat_of"},
    "duplicates": {"duplicate_of", "candidate"},
}


def blocks_of(text, size=1 << 20):
    lines = tuple(text.split("\n"))
    return [Block("d", i, lines[i : i + size]) for i in range(0, len(lines), size)]


def fields_of(page):
    return {field.name: getattr(page, field.name) for field in dataclasses.fields(page)}


def changed(before, after):
    return {name for name, value in fields_of(after).items() if value != fields_of(before)[name]}


@pytest.mark.parametrize("name", TEXTS)
def test_law_1_each_stage_fills_its_own_fields_only(name):
    block = blocks_of(TEXTS[name])[0]
    fixed = Repair()(block)
    assert changed(block, fixed) <= {"lines", "unrepaired"}
    pages = [page for page in Segment()([fixed]) if isinstance(page, Page)]
    assert all(changed(dataclasses.replace(page), page) <= SEGMENT_FIELDS for page in pages)
    for owner, stage in (
        ("language", lambda items: in_batches(IdentifyLanguage(), items)),
        ("duplicates", Deduplicate()),
        ("captions", CollapseCaptions()),
    ):
        after = list(stage(pages))
        assert len(after) == len(pages)
        for old, new in zip(pages, after, strict=True):
            assert changed(old, new) <= OWNED[owner], owner
        pages = after


@pytest.mark.parametrize("name", TEXTS)
def test_law_2_nothing_is_deleted_before_the_writer(name):
    config = configure({})
    items = list(clean_items(read_text(TEXTS[name], read_options(config), Intake()), config, Recall()))
    lines = [line for page in items for line in page.lines]
    assert len(lines) == TEXTS[name].count("\n")
    assert all(len(page.verdicts) == len(page.lines) for page in items)


@pytest.mark.parametrize("name", TEXTS)
def test_law_3_line_i_of_a_page_is_line_i_of_its_source(name):
    source = TEXTS[name].split("\n")
    for page in scrubber.clean_text(TEXTS[name], kinds="all"):
        for offset, line in enumerate(page.lines):
            assert page.unrepaired.get(offset, line) == source[page.line + offset]


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("size", [1, 7, 100])
def test_law_4_the_same_pages_for_any_block_size(tmp_path, name, size):
    path = tmp_path / "dump.txt"
    path.write_text(TEXTS[name] * 3, encoding="utf-8")

    def run(size):
        config, intake = configure({"kinds": "all"}), Intake()
        options = dataclasses.replace(read_options(config), block_bytes=size)
        return [page.record() for page in clean_items(read([path], options, intake), config, Recall())]

    assert run(size) == run(1 << 20)


def test_law_4_the_same_bytes_for_any_hash_seed_and_locale(scrub):
    environments = [
        {"PYTHONHASHSEED": "0", "LC_ALL": "C"},
        {"PYTHONHASHSEED": "1", "LC_ALL": "C.UTF-8"},
        {"PYTHONHASHSEED": "random", "LC_ALL": "POSIX", "PYTHONUTF8": "0"},
    ]
    dump = "".join(TEXTS.values()).encode()
    assert len({scrub("--kinds", "all", stdin=dump, env=env).stdout for env in environments}) == 1


@pytest.mark.parametrize("name", TEXTS)
def test_law_5_cleaning_clean_text_changes_nothing(name):
    for page in scrubber.clean_text(TEXTS[name]):
        again = scrubber.clean_text(page.text, split=False, kinds="all")
        assert [p.text for p in again] == [page.text]


def test_law_5_holds_for_real_pages(shared):
    """Single pages of many sites: all but a few come out of a second cleaning as they went in."""
    with gzip.open(shared / "evaldata" / "pages.jsonl.gz", "rt", encoding="utf-8") as file:
        texts = [json.loads(line)["light"] for number, line in enumerate(file) if number % 30 == 0]
    options = {"split": False, "kinds": "all", "dedup": False}
    cleaned = [page.text for text in texts for page in scrubber.clean_text(text, **options) if page.text]
    again = [[page.text for page in scrubber.clean_text(text, **options)] for text in cleaned]
    unchanged = sum(pages == [text] for pages, text in zip(again, cleaned, strict=True))
    assert len(cleaned) > 50
    assert unchanged / len(cleaned) >= 0.95


LINES = st.one_of(
    st.text(st.characters(codec=None), max_size=60),
    st.sampled_from(["", " ", "  • Menu", "© 2024", "Advertisement", "\x00", "\ud800", "&amp;amp;lt;", "a\u2028b\rc"]),
    st.text("abc é漢ب 🙂.", min_size=100, max_size=300),
).map(lambda line: line.replace("\n", " "))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(LINES, max_size=40))
def test_law_6_the_ledger_balances_for_any_text(lines):
    ledger = scrubber.Ledger()
    pages = scrubber.clean_text("\n".join(lines), ledger=ledger)
    assert ledger.balanced
    assert ledger.kept == sum(len(page.kept()) for page in pages)
    assert ledger.damaged == 0


def damaged_dump():
    text = TEXTS["news.txt"].replace("Lake", "L\u200bake").encode()
    return (
        text.replace(b"Marta", b"M\xe4rta\xff", 2).replace(b"\n\n", b"\r\n\r\n", 9)
        + b"\x00 end \xe2\x80 without newline"
    )


@pytest.mark.parametrize("kinds", ["article,stub", "all", "listing"])
@pytest.mark.parametrize("name", ["plain", "damaged", "empty lines", "nothing"])
def test_law_6_restore_rebuilds_the_dump_byte_for_byte(scrub, tmp_path, name, kinds):
    dump = {
        "plain": TEXTS["news.txt"].encode(),
        "damaged": damaged_dump(),
        "empty lines": b"\n\n  \n\t\n",
        "nothing": b"",
    }[name]
    (tmp_path / "dump").write_bytes(dump)
    out, rejects = tmp_path / "out.jsonl", tmp_path / "rejects.jsonl.zst"
    first = scrub(tmp_path / "dump", SAMPLES / "languages.txt", "-o", out, "--rejects", rejects, "--kinds", kinds)
    assert first.returncode in (0, 3), first.stderr
    done = scrub("restore", out, rejects, "--source", tmp_path / "dump")
    assert done.returncode == 0, done.stderr
    assert done.stdout == dump


def test_restore_says_what_it_cannot_do(scrub, tmp_path):
    out, rejects = tmp_path / "out.jsonl", tmp_path / "rejects.jsonl"
    scrub(SAMPLES / "news.txt", SAMPLES / "languages.txt", "-o", out, "--rejects", rejects)
    several = scrub("restore", out, rejects)
    assert several.returncode == 1
    assert b"--source" in several.stderr
    assert scrub("restore", out, rejects, "--source", "other").returncode == 1
    rejects.write_bytes(b"".join(rejects.read_bytes().splitlines(keepends=True)[1:]))
    missing = scrub("restore", out, rejects, "--source", SAMPLES / "news.txt")
    assert missing.returncode == 1
    assert b"missing from the rejects" in missing.stderr


def test_rejects_tell_every_line_that_is_not_in_the_output(scrub, tmp_path):
    rejects = tmp_path / "rejects.jsonl"
    done = scrub(SAMPLES / "news.txt", "--rejects", rejects)
    kept = {(r["id"], n) for line in done.stdout.splitlines() for r in [json.loads(line)] for n in r["kept_lines"]}
    told = [json.loads(line) for line in rejects.read_text().splitlines()]
    pages = [record for record in told if record["type"] == "page"]
    dropped = {(p["id"], line["line"]) for p in pages for line in p["lines"] if not line["kept"]}
    source = TEXTS["news.txt"].split("\n")
    nonempty = {(p["id"], n) for p in pages for n in range(p["start_line"], p["end_line"]) if source[n]}
    assert kept | dropped == nonempty
    assert not kept & dropped
    assert Counter(p["reason"] for p in pages)["page:paywall"] >= 1


def test_a_page_past_the_limit_is_cut_and_marked():
    text = "\n".join(
        f"Sentence number {i} of one long story about the same long river and its boats." for i in range(500)
    )
    ledger = scrubber.Ledger()
    pages = scrubber.clean_text(text, max_page_lines=100, dedup=False, kinds="all", ledger=ledger)
    assert max(len(page.lines) for page in pages) <= 100
    assert {page.cut for page in pages} >= {"max_page_lines"}
    assert ledger.cut_pages == sum(page.cut is not None for page in pages)


def test_a_stage_that_fails_on_one_page_does_not_stop_the_others():
    pages = [Page("d", i, (f"line {i}",)) for i in range(5)]

    def stage(batch):
        if any(page.line == 3 for page in batch):
            raise ValueError("page 3")
        return batch

    items = list(in_batches(stage, pages))
    assert [type(item) for item in items] == [Page, Page, Page, Dead, Page]
    assert "page 3" in items[3].reason
    assert items[3].lines == 1


def test_inputs_do_not_run_into_one_another(scrub, tmp_path):
    half = TEXTS["news.txt"].split("\n")
    (tmp_path / "a").write_text("\n".join(half[:20]) + "\n")
    (tmp_path / "b").write_text("\n".join(half[20:60]) + "\n")
    found = [json.loads(x) for x in scrub(tmp_path / "a", tmp_path / "b", "--kinds", "all").stdout.splitlines()]
    for source, size in ((tmp_path / "a", 20), (tmp_path / "b", 40)):
        ranges = [(r["start_line"], r["end_line"]) for r in found if r["source"] == os.fspath(source)]
        assert ranges[0][0] == 0
        assert ranges[-1][1] == size
