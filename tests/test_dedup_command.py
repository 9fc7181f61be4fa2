"""`scrubber dedup`: JSON lines in, the best record of each cluster out."""

import gzip
import io
import json
import random
import sys
from itertools import product

import pytest

from scrubber.cli import run
from scrubber.dedup.syndication import agency

WORDS = ["".join(letters) for letters in product("bdkl", "aeiou", "lmnr")]


def words_of(seed, count):
    draw = random.Random(seed)
    return [draw.choice(WORDS) + draw.choice(WORDS) for _ in range(count)]


BASE, OTHER = words_of(1, 200), words_of(2, 80)
RECORDS = [
    {"id": "short", "text": " ".join(BASE[:170]), "extra": [1, 2**70]},
    {"id": "long", "text": " ".join(BASE), "url": "x"},
    {"id": "other", "text": " ".join(OTHER)},
    {"id": "edited", "text": " ".join([*BASE[:100], "edit", *BASE[101:]])},
]


@pytest.fixture
def files(tmp_path):
    path = tmp_path / "in.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in RECORDS))
    return path, tmp_path / "out.jsonl", tmp_path / "more.jsonl"


def rows(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_the_longest_stays_and_its_line_is_not_touched(files, capfd):
    source, out, rejects = files
    assert run("dedup", [str(source), "-o", str(out), "--rejects", str(rejects)]) == 0
    lines = source.read_bytes().splitlines(keepends=True)
    assert out.read_bytes() == lines[1] + lines[2]
    dropped = {row["id"]: row for row in rows(rejects)}
    assert {name: row["duplicate_of"] for name, row in dropped.items()} == {"short": "long", "edited": "long"}
    assert dropped["short"]["duplicate"]["mode"] == "near" and dropped["short"]["duplicate"]["unique"] == 0.0
    assert "4 records: 2 stay, 2 copies (0 exact, 2 near, 0 contained)" in capfd.readouterr().err


def test_first_in_first_kept(files):
    source, out, _ = files
    assert run("dedup", [str(source), "-o", str(out), "--keeper", "first", "-q"]) == 0
    assert [row["id"] for row in rows(out)] == ["short", "other"]


def test_marking_writes_every_record(files):
    source, out, _ = files
    assert run("dedup", [str(source), "-o", str(out), "--mark", "-q"]) == 0
    found = rows(out)
    assert [row["duplicate_of"] for row in found] == ["long", None, None, "long"]
    assert all(set(row) >= {"id", "text", "duplicate_of", "duplicate"} for row in found)


def test_the_table_of_clusters(files):
    source, out, table = files
    run("dedup", [str(source), "-o", str(out), "--clusters", str(table), "-q"])
    found = {row["id"]: row for row in rows(table)}
    assert set(found) == {"short", "long", "edited"}
    assert {row["representative"] for row in found.values()} == {"long"} and found["long"]["stays"]
    assert found["edited"]["size"] == 3 and 0 < found["edited"]["unique"] < 0.05 and found["edited"]["jaccard"] < 1


STORY = " ".join(f"The {a} of {b} met {c} on the pier." for a, b, c in zip(*[iter(words_of(3, 120))] * 3, strict=True))
SEALS = "Our own reporter saw two seals under it last night."
WIRE = [
    {"id": "one", "url": "https://www.one.example/a", "text": f"QUELLPORT (AP) — {STORY}"},
    {
        "id": "two",
        "url": "https://two.example/b",
        "text": f"{STORY}\n{SEALS}",
    },
    {"id": "same", "url": "https://two.example/c", "text": " ".join(OTHER)},
    {"id": "site", "url": "https://two.example/d", "text": " ".join([*OTHER[:40], "an", "edit", *OTHER[40:]])},
]


@pytest.fixture
def wire(tmp_path):
    path = tmp_path / "wire.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in WIRE))
    return path, tmp_path / "out.jsonl", tmp_path / "more.jsonl"


def test_wire_copies_are_tagged_listed_or_dropped(wire):
    source, out, table = wire
    run("dedup", [str(source), "-o", str(out), "-q"])
    assert [row["id"] for row in rows(out)] == ["two", "site"]
    run("dedup", [str(source), "-o", str(out), "-q", "--syndication", "tag", "--clusters", str(table)])
    assert [(row["id"], row.get("agency"), row.get("duplicate_of")) for row in rows(out)] == [
        ("one", "AP", "two"),
        ("two", "AP", None),
        ("site", None, None),
    ]
    members = {row["id"]: row for row in rows(table)}
    assert [members[name]["agency"] for name in ("one", "two", "same", "site")] == ["AP", "AP", None, None]
    assert members["one"]["site"] == "one.example"
    run("dedup", [str(source), "-o", str(out), "-q", "--syndication", "keep-longest"])
    assert [row["id"] for row in rows(out)] == ["two", "site"]
    listed = rows(out)[0]["syndicated"]
    assert [(row["id"], row["site"]) for row in listed] == [("one", "one.example")] and listed[0]["jaccard"] > 0.8
    assert run("dedup", [str(source), "--syndication", "keep-longest", "--keeper", "first"]) == 2


def test_the_table_says_what_is_unique_in_a_copy(wire):
    source, out, table = wire
    run("dedup", [str(source), "-o", str(out), "-q", "--keeper", "first", "--clusters", str(table)])
    members = {row["id"]: row for row in rows(table)}
    assert members["two"]["unique_text"] == [SEALS]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("QUELLPORT, Jan 5 (Reuters) - The ferry leaves.", "Reuters"),
        ("The ferry leaves.\n© AFP", "AFP"),
        ("The ferry leaves.\n(dpa/hb)", "dpa"),
        ("新华社奎尔港电 渡轮启航", "Xinhua"),
        ("КВЕЛЛПОРТ, 5 янв - РИА Новости. Паром", "RIA"),
        ("A gap (about a metre) and an APPLE", None),
        (f"{'The ferry leaves. ' * 60}(AP){' It arrives.' * 60}", None),
    ],
)
def test_agencies_sign_at_the_ends(text, name):
    assert agency(text) == name


def test_the_sweep_counts_and_writes_no_records(files, capfd):
    assert run("dedup", [str(files[0]), "--sweep", "0.5..0.95:0.15", "-q"]) == 0
    table = [line.split("\t") for line in capfd.readouterr().out.splitlines()]
    assert table[0] == ["threshold", "pairs", "clusters", "removed", "removed_characters"]
    assert [row[:4] for row in table[1:]] == [
        ["0.5", "3", "1", "2"],
        ["0.65", "3", "1", "2"],
        ["0.8", "3", "1", "2"],
        ["0.95", "1", "1", "1"],
    ]


def test_packed_input_and_standard_input_give_the_same(files, tmp_path, monkeypatch):
    source, out, other = files
    run("dedup", [str(source), "-o", str(out), "-q"])
    packed = tmp_path / "in.jsonl.gz"
    packed.write_bytes(gzip.compress(source.read_bytes()))
    run("dedup", [str(packed), "-o", str(other), "-q"])
    assert other.read_bytes() == out.read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(source.read_bytes())))
    run("dedup", ["-o", str(other), "-q", "--temporary", str(tmp_path)])
    assert other.read_bytes() == out.read_bytes()
    assert not list(tmp_path.glob("scrubber-*"))


def test_other_fields(tmp_path, capfd):
    source = tmp_path / "in.jsonl"
    source.write_text("".join(json.dumps({"body": " ".join(BASE), "n": n}) + "\n" for n in (3, 9, 5)))
    assert run("dedup", [str(source), "--text-field", "body", "--id-field", "n", "--keeper", "field:n", "-q"]) == 0
    assert json.loads(capfd.readouterr().out)["n"] == 9


def test_bad_lines_are_reported_and_the_rest_goes_on(files, capfd):
    source, out, _ = files
    source.write_bytes(b"{broken\n" + source.read_bytes() + b'[1]\n{"id": 1}\n\n{"text": "\xff"}\n')
    assert run("dedup", [str(source), "-o", str(out)]) == 3
    said = capfd.readouterr().err
    assert [f"{source}:{n}: " in said for n in (1, 6, 7, 8, 9)] == [True, True, True, False, True]
    assert [row["id"] for row in rows(out)] == ["long", "other"]


@pytest.mark.parametrize(
    "arguments",
    [["--threshold", "2"], ["--containment", "much"], ["--sweep", "9"], ["--keeper", "big"], ["--rows", "9"]],
)
def test_impossible_flags_are_usage_errors(files, arguments):
    assert run("dedup", [str(files[0]), *arguments]) == 2


def test_a_missing_file_is_an_error(tmp_path):
    assert run("dedup", [str(tmp_path / "missing")]) == 1


def test_an_output_that_would_destroy_something_is_refused(files):
    source, out, _ = files
    before = source.read_bytes()
    for arguments in (["-o", source], ["-o", out, "--rejects", out], ["-o", out, "--clusters", source]):
        assert run("dedup", [str(source), *map(str, arguments)]) == 2
    assert source.read_bytes() == before and not out.exists()
    assert run("dedup", [str(source), "--temporary", str(out)]) == 2
