"""The index on disk: it finds what it was given, and no kill, second writer or damage goes unnoticed."""

import json
import os
import random
import signal
import subprocess
import sys
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest

from scrubber.cli import run
from scrubber.dedup import Deduplicate, runs
from scrubber.dedup.candidate import Candidate, Scheme, candidates
from scrubber.dedup.index import Index
from scrubber.dedup.manifest import IndexBusy, Manifest, migrate_folder
from scrubber.dedup.sieve import Sieve
from scrubber.dedup.signature import Sort, tagged
from scrubber.dedup.verify import Criteria
from scrubber.errors import ConfigError, InputError, OutputError
from scrubber.page import Kind, Label, Page, Verdict

WORDS = ["".join(letters) for letters in product("bdkl", "aeiou", "lmnr")]
CRITERIA = Criteria()


def texts_of(seed, count, words=120):
    draw = random.Random(seed)
    return [" ".join(draw.choice(WORDS) + draw.choice(WORDS) for _ in range(words)) for _ in range(count)]


def pages_of(index, texts, prefix="p"):
    return candidates([f"{prefix}{i}" for i in range(len(texts))], texts, index.scheme)


@pytest.fixture
def path(tmp_path):
    Index.create(tmp_path / "index")
    return tmp_path / "index"


def filled(path, texts, together=1000, prefix="p"):
    with Index(path, write=True) as index:
        pages = pages_of(index, texts, prefix)
        for start in range(0, len(pages), together):
            index.add(pages[start : start + together])
            index.commit()


def test_a_query_for_an_old_page_gives_its_id_and_score(path):
    texts = texts_of(1, 40)
    filled(path, texts, together=10)
    near = texts[7].replace(texts[7].split()[50], "changed")
    cut = " ".join(texts[9].split()[:100])
    with Index(path) as index:
        found = index.query(pages_of(index, [texts[3], near, cut, texts_of(2, 1)[0]], "q"), CRITERIA)
        assert [copy and (copy.of, copy.mode, copy.estimated) for copy in found] == [
            ("p3", "exact", False),
            ("p7", "near", True),
            ("p9", "near" if found[2].mode == "near" else "contained", True),
            None,
        ]
        assert found[1].jaccard > 0.85
        assert [copy.of for copy in index.query(pages_of(index, texts), CRITERIA)] == [f"p{i}" for i in range(40)]


def test_what_was_not_committed_is_forgotten(path):
    with Index(path, write=True) as index:
        index.add(pages_of(index, texts_of(3, 5)))
        index._flush()
    with Index(path, write=True) as index:
        assert len(index) == 0 and list((path / "runs").iterdir()) == []


def test_many_commits_leave_few_runs_and_lose_nothing(path):
    texts = texts_of(4, 60, 30)
    filled(path, texts, together=2)
    with Index(path) as index:
        assert index.info()["runs"] <= 16
        assert len(index) == 60 and index.check() == []
        assert [copy.of for copy in index.query(pages_of(index, texts), CRITERIA)] == [f"p{i}" for i in range(60)]


def test_deleted_pages_are_not_found_and_compacting_frees_their_room(path):
    texts = texts_of(5, 30)
    filled(path, texts, together=10)
    with Index(path, write=True) as index:
        assert index.delete(["p1", "p2", "p1", "unknown"]) == 2
        size = index.info()["bytes"]
        for _ in range(2):
            assert len(index) == 28 and not index.has("p1") and index.has("p3")
            assert [copy and copy.of for copy in index.query(pages_of(index, texts[:4]), CRITERIA)] == [
                "p0",
                None,
                None,
                "p3",
            ]
            index.compact()
        assert index.info()["runs"] == 1 and index.info()["bytes"] < size and index.check() == []
        index.delete([f"p{i}" for i in range(30)])
        index.compact()
        assert len(index) == 0 and index.info()["runs"] == 0


def test_indexes_made_alike_can_be_merged_and_others_are_refused(path, tmp_path):
    texts = texts_of(6, 20)
    with Index(path) as index:
        Index.create(tmp_path / "like", like=index)
    Index.create(tmp_path / "other", Scheme(bands=8))
    filled(path, texts[:12])
    filled(tmp_path / "like", texts[8:], prefix="l")
    filled(tmp_path / "like", texts[:2], prefix="p")
    with Index(path, write=True) as index:
        with Index(tmp_path / "like") as like:
            assert index.merge(like) == 12
        assert len(index) == 24 and index.check() == []
        with (
            Index(tmp_path / "other") as other,
            pytest.raises(ConfigError, match="bands is 16, not 8; seed is another"),
        ):
            index.merge(other)


def test_a_parameter_that_differs_is_refused_by_name(path):
    with Index(path, write=True) as index, pytest.raises(ConfigError, match="rows is 8, not 4"):
        Deduplicate(bands=16, rows=4, index=index)


def test_a_second_writer_is_refused_and_told_by_whom(path):
    with Index(path, write=True), pytest.raises(IndexBusy, match=f"process {os.getpid()} on "):
        Index(path, write=True)
    code = (
        "import sys, time; from scrubber.dedup.index import Index\n"
        "with Index(sys.argv[1], write=True):\n print('open', flush=True); time.sleep(60)"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code, path], stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(Path.cwd())}
    )
    child.stdout.readline()
    with Index(path) as reader:
        assert len(reader) == 0  # readers need no lock
    with pytest.raises(IndexBusy, match=f"process {child.pid} on "):
        Index(path, write=True)
    child.kill()
    child.wait()
    Index(path, write=True).close()  # the lock died with its holder


def test_a_reader_keeps_what_it_opened_while_a_writer_compacts(path):
    texts = texts_of(7, 20)
    filled(path, texts, together=5)
    with Index(path) as reader:
        assert reader.query(pages_of(reader, texts[:1]), CRITERIA)[0].of == "p0"
        with Index(path, write=True) as writer:
            writer.compact()
        assert reader.query(pages_of(reader, texts[:1]), CRITERIA)[0].of == "p0"


@pytest.mark.parametrize("damage", ["flip", "cut", "gone"])
def test_check_names_the_damaged_file(path, damage):
    filled(path, texts_of(8, 10))
    file = next((path / "runs").iterdir()) / "owners.npy"
    data = file.read_bytes()
    if damage == "gone":
        file.unlink()
    else:
        file.write_bytes(data[:-4] if damage == "cut" else data[:-1] + bytes([data[-1] ^ 1]))
    with Index(path) as index:
        assert len(index.check()) == 1 and str(file) in index.check()[0]


def test_an_array_of_python_objects_is_not_loaded(path):
    filled(path, texts_of(9, 10))
    file = next((path / "runs").iterdir()) / "keys.npy"
    np.save(file, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with Index(path) as index, pytest.raises(InputError, match="index check"):
        index.query(pages_of(index, texts_of(9, 1)), CRITERIA)


def test_what_is_no_index_is_refused_with_what_to_try(tmp_path, path):
    with pytest.raises(InputError, match="scrubber index create"):
        Index(tmp_path / "nothing")
    (path / "manifest.sqlite").write_bytes(b"not a database, whatever it looks like" * 100)
    with pytest.raises(InputError, match="restore it"):
        Index(path)
    with pytest.raises(ConfigError, match="not empty"):
        Index.create(path)


def test_a_place_where_nothing_can_be_written_is_an_error_and_no_traceback(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="choose another place"):
        Index.create(tmp_path / "file" / "index")


def test_a_newer_format_is_refused(path):
    manifest = Manifest(path)
    manifest.set_header({"format": 99})
    manifest.close()
    with pytest.raises(ConfigError, match=r"format 99.*update scrubber"):
        Index(path)


def test_an_older_format_is_refused_with_the_way_out(path):
    manifest = Manifest(path)
    manifest.set_header({"format": 1})
    manifest.close()
    with pytest.raises(ConfigError, match="index migrate"):
        Index(path)
    with pytest.raises(ConfigError, match="add the pages again"):
        migrate_folder(path)


def test_the_manifest_with_the_secret_seed_is_private(path):
    assert (path / "manifest.sqlite").stat().st_mode & 0o077 == 0
    with Index(path) as index:
        assert str(index.scheme.seed) not in json.dumps(index.info())


def crawl(texts, prefix):
    body = Verdict(Label.BODY, "model", 1.0)
    return [Page("s", 0, (t,), id=f"{prefix}{i}", kind=Kind.ARTICLE, verdicts=(body,)) for i, t in enumerate(texts)]


def test_todays_crawl_is_deduplicated_against_last_years(path):
    old, new = texts_of(10, 20), texts_of(11, 5)
    for prefix, texts, expected in (
        ("old", old, [None] * 20),
        ("new", [old[4], *new, new[0]], ["old4", *[None] * 5, "new1"]),
    ):
        with Index(path, write=True) as index:
            found = [page.duplicate_of for page in Deduplicate(index=index)(crawl(texts, prefix))]
            assert [copy and copy.of for copy in found] == expected
            index.commit()
    with Index(path) as index:
        assert len(index) == 25


def test_a_crawl_that_is_run_again_finds_itself_no_duplicate(path):
    for _ in range(2):
        with Index(path, write=True) as index:
            found = list(Deduplicate(index=index)(crawl(texts_of(12, 10), "c")))
            assert all(page.duplicate_of is None for page in found)
            index.commit()
    with Index(path) as index:
        assert len(index) == 10 and index.check() == []


# kill -9


def add_in_commits(path, groups, killed_at=None, told=None):
    """Add what is missing, one commit a group. With `killed_at`, die without warning at that call of any function."""
    calls = 0

    def count(frame, event, argument):
        nonlocal calls
        calls += 1
        if calls == killed_at:
            os.kill(os.getpid(), signal.SIGKILL)

    if killed_at is not None or told is None:
        sys.setprofile(count)
    with Index(path, write=True) as index:
        for group in groups:
            index.add([page for page in group if not index.has(page.id)])
            index.commit()
            if told is not None:
                os.write(told, b".")
    sys.setprofile(None)
    return calls


def test_a_kill_at_any_point_of_adding_loses_and_doubles_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda _: None)  # a power cut is not tested here, and the disk is slow
    texts = texts_of(13, 40, 30)
    Index.create(tmp_path / "whole")
    with Index(tmp_path / "whole") as index:
        pages = pages_of(index, texts)
        groups = [pages[a:b] for a, b in pairwise(range(0, 41, 4))]
        for name in ("first", *map(str, range(50))):
            Index.create(tmp_path / name, like=index)
    add_in_commits(tmp_path / "first", groups)  # what is made or loaded when it is first asked for is not counted
    total = add_in_commits(tmp_path / "whole", groups)
    assert total > 2000
    for name in range(50):
        path = tmp_path / str(name)
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            add_in_commits(path, groups, 1 + name * total // 50, write)
            os._exit(0)
        os.close(write)
        assert os.waitpid(child, 0)[1] == signal.SIGKILL
        committed = len(os.read(read, 100))
        os.close(read)
        with Index(path) as index:
            assert index.check() == []
            assert len(index) in (4 * committed, 4 * committed + 4)
        add_in_commits(path, groups, None, os.open(os.devnull, os.O_WRONLY))
        with Index(path) as index:
            assert index.check() == [] and len(index) == 40
            assert [copy.of for copy in index.query(pages, CRITERIA)] == [page.id for page in pages]


# the command


def test_the_verbs_of_the_command(tmp_path, capfd):
    def scrub(*arguments):
        code = run("index", [str(argument) for argument in arguments])
        return code, *capfd.readouterr()

    records = tmp_path / "old.jsonl"
    texts = texts_of(14, 6)
    records.write_text("".join(json.dumps({"id": f"r{i}", "text": t}) + "\n" for i, t in enumerate(texts)))
    index, other = tmp_path / "index", tmp_path / "other"
    assert scrub("create", index)[0] == 0
    assert "6 added" in scrub("add", index, records)[2]
    assert "0 added, 6 in the index" in scrub("add", index, records)[2]
    answers = [json.loads(line) for line in scrub("query", index, records)[1].splitlines()]
    assert [answer["duplicate_of"] for answer in answers] == [f"r{i}" for i in range(6)]
    assert json.loads(scrub("info", index)[1])["pages"] == 6
    assert "1 deleted" in scrub("delete", index, "r0")[2]
    assert scrub("compact", index)[0] == 0
    assert scrub("create", other, "--like", index)[0] == 0
    assert scrub("add", other, records)[0] == 0
    assert "1 taken" in scrub("merge", index, other)[2]
    assert "6 pages, 0 faults" in scrub("check", index)[2]
    assert scrub("migrate", index)[0] == 0
    assert scrub("add", index, tmp_path / "missing")[0] == 1
    assert scrub("create", index)[0] == 2


@pytest.mark.parametrize("count", [1, 2, 3, 1000, 700_000])
def test_a_sieve_loses_no_key_and_holds_back_most_others(count):
    draw = np.random.default_rng(count)
    keys = np.sort(draw.integers(1, 1 << 64, count, np.uint64))
    keys[-1] = np.uint64((1 << 64) - 1)
    sieve = Sieve(count)
    sieve.add(keys)
    assert sieve.passing(keys).tolist() == list(range(count))
    others = draw.integers(1, 1 << 64, 10_000, np.uint64)
    assert len(sieve.passing(others)) < 400
    assert sieve.passing(np.empty(0, np.uint64)).tolist() == []


@pytest.mark.parametrize("count", [64, 1000, 1023])
def test_a_large_run_is_searched_block_by_block(count, tmp_path, monkeypatch):
    monkeypatch.setattr(runs, "_FENCED_LEAST", 64)
    draw = np.random.default_rng(count)
    keys = np.sort(draw.integers(1 << 60, 1 << 63, count, np.uint64))
    keys[count // 2 - 3 : count // 2 + 3] = keys[count // 2]  # across the end of a block
    np.save(tmp_path / "keys.npy", keys)
    asked = np.concatenate([keys, keys + np.uint64(1), np.array([0, 1 << 63, (1 << 64) - 1], np.uint64)])
    assert runs.Run(tmp_path)._first_places(asked).tolist() == keys.searchsorted(asked).tolist()


def test_what_is_added_after_the_first_question_is_found(tmp_path):
    keys = np.random.default_rng(2).integers(1, 1 << 64, (200, 17), np.uint64)
    keys = np.concatenate([tagged(keys[:, :1], Sort.SEQUENCE), tagged(keys[:, 1:], Sort.BAND)], axis=1)
    shingles = [np.arange(i * 99, i * 99 + 50, dtype=np.uint64) for i in range(len(keys))]
    made = [Candidate(str(i), shingles[i], keys[i], 50) for i in range(len(keys))]
    Index.create(tmp_path / "index")
    with Index(tmp_path / "index", write=True) as index:
        for end in range(10, len(made) + 1, 10):
            index.add(made[end - 10 : end])
            index.commit()
            found = [copy is not None for copy in index.query(made, CRITERIA)]
            assert found == [True] * end + [False] * (len(made) - end)
        assert index.info()["runs"] < len(made) // 10
