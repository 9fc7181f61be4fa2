"""The command line as a user meets it: exit codes, pipes, files, and what is said when something is wrong."""

import functools
import gzip
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from conftest import ROOT, SAMPLES

from scrubber.cli import VERBS
from scrubber.config import FIELDS

DUMP = (SAMPLES / "news.txt").read_bytes()


def records(data):
    return [json.loads(line) for line in data.split(b"\n") if line]


def test_a_dump_on_standard_input_becomes_records_on_standard_output(scrub):
    done = scrub(stdin=DUMP)
    assert done.returncode == 0, done.stderr
    found = records(done.stdout)
    assert len(found) >= 4
    assert b"lines  " in done.stderr
    assert b"MB/s" in done.stderr


def test_files_and_output_file(scrub, tmp_path):
    out = tmp_path / "clean.jsonl"
    done = scrub(SAMPLES / "news.txt", SAMPLES / "records.jsonl", "-o", out, "-q")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert {record["source"].split("#")[0] for record in records(out.read_bytes())} == {
        str(SAMPLES / "news.txt"),
        str(SAMPLES / "records.jsonl"),
    }
    assert not (tmp_path / "clean.jsonl.partial").exists()


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_output_is_packed_by_its_name(scrub, tmp_path, suffix):
    plain, packed = tmp_path / "a.jsonl", tmp_path / f"b.jsonl{suffix}"
    scrub(SAMPLES / "news.txt", "-o", plain, "-q")
    scrub(SAMPLES / "news.txt", "-o", packed, "-q")
    assert packed.stat().st_size < plain.stat().st_size
    restored = scrub(packed, "--format", "jsonl", "--no-split", "--no-dedup", "--kinds", "all", "-q")
    assert len(records(restored.stdout)) == len(records(plain.read_bytes()))


def test_plain_text_output_has_an_empty_line_after_each_page(scrub):
    pages = [record["text"] for record in records(scrub(stdin=DUMP).stdout)]
    assert scrub("--to", "text", stdin=DUMP).stdout.decode() == "".join(f"{page}\n\n" for page in pages)


def test_every_record_has_every_key_and_the_same_types(scrub):
    found = records(scrub("--kinds", "all", stdin=DUMP).stdout)
    found += records(scrub("--kinds", "all", SAMPLES / "records.jsonl").stdout)
    keys = list(found[0])
    assert keys[:6] == ["id", "text", "source", "start_line", "end_line", "kept_lines"]
    for record in found:
        assert list(record) == keys
        assert list(record["attributes"]) == list(found[0]["attributes"])
        assert record["text"].count("\n") == max(len(record["kept_lines"]) - 1, 0)
    assert len({record["id"] for record in found}) == len(found)


def test_other_fields_of_a_record_come_through(scrub):
    first = records(scrub(SAMPLES / "records.jsonl").stdout)[0]
    assert first["url"] == "https://tull.example/bread"
    assert first["created"] == "2024-05-02"
    assert first["metadata"]["crawl"] == {"status": 200, "depth": 2}


def test_no_split_makes_one_page_of_each_input_or_record(scrub):
    assert len(records(scrub("--no-split", "--kinds", "all", stdin=DUMP).stdout)) == 1
    assert len(records(scrub("--no-split", "--kinds", "all", SAMPLES / "records.jsonl").stdout)) == 4


def test_kinds_all_writes_every_line_range_once(scrub):
    found = records(scrub("--kinds", "all", stdin=DUMP).stdout)
    assert found[0]["start_line"] == 0
    assert [a["end_line"] for a in found[:-1]] == [b["start_line"] for b in found[1:]]
    assert found[-1]["end_line"] == DUMP.count(b"\n")


def test_stats_are_the_ledger_and_balance(scrub, tmp_path):
    stats = tmp_path / "stats.json"
    scrub("--stats", stats, "-q", stdin=DUMP)
    lines = json.loads(stats.read_text())["lines"]
    assert lines["in"] == DUMP.count(b"\n")
    assert lines["in"] == lines["kept"] + sum(lines["dropped"].values()) + lines["duplicate"] + lines["dead"]
    assert lines["balanced"] is True


def test_empty_input_is_fine(scrub):
    done = scrub(stdin=b"")
    assert (done.returncode, done.stdout) == (0, b"")


@pytest.mark.parametrize("raw", [b"\n", b"\n\n\n", b"\0", b"\r\n\r\n", b"\xef\xbb\xbf", b"\xff", b" \t "])
def test_nearly_empty_input_is_fine(scrub, raw):
    done = scrub("-q", stdin=raw)
    assert (done.returncode, done.stdout) == (0, b"")


def test_a_bad_json_line_is_reported_with_its_place_and_ends_with_3(scrub, tmp_path):
    path, rejects = tmp_path / "in.jsonl", tmp_path / "rejects.jsonl"
    text = json.dumps({"text": DUMP.decode()})
    path.write_text(f'{text}\n{{"text": broken\n{text}\n')
    done = scrub(path, "--rejects", rejects)
    assert done.returncode == 3
    assert f"{path}:2: not JSON".encode() in done.stderr
    assert {record["source"] for record in records(done.stdout)} == {f"{path}#1"}  # the third record is a copy
    dead = [record for record in records(rejects.read_bytes()) if record["type"] == "dead"]
    assert [d["line"] for d in dead] == [1]


def test_undecodable_bytes_are_replaced_counted_and_reported(scrub, tmp_path):
    stats = tmp_path / "stats.json"
    done = scrub("--stats", stats, stdin=DUMP.replace(b"Marta", b"M\xc3\xa4\xc3\xa4rt\xe2\x80a", 1))
    assert done.returncode == 3
    assert json.loads(stats.read_text())["lines"]["undecoded"] == 1
    assert b"-:11: bytes that are no text" in done.stderr


@pytest.mark.parametrize("pack", [gzip.compress])
def test_a_cut_archive_keeps_whole_pages_and_says_where_it_broke(scrub, tmp_path, pack):
    path = tmp_path / "dump.gz"
    path.write_bytes(pack(DUMP)[:-100])
    done = scrub(path)
    assert done.returncode == 3
    assert done.stderr.count(b"cut off after byte") == 1
    assert b"damaged input: 1\n" in done.stderr
    assert len(records(done.stdout)) >= 3


USAGE = {
    ("--no-such-option",): "No such option",
    ("--kinds", "novel"): "there are: article",
    ("--html-timeout", "0"): "at least",
    ("--dedup-threshold", "1.5"): "dedup_threshold",
    ("--keep-threshold", "1"): "keep_threshold",
    ("--start-threshold", "0"): "start_threshold",
    ("--encoding", "klingon"): "no encoding",
    ("--config", "missing.toml"): "cannot be read",
    ("a.txt", "a.txt"): "twice",
}


@pytest.mark.parametrize("arguments", USAGE, ids=" ".join)
def test_wrong_usage_ends_with_2_and_one_line_that_helps(scrub, arguments):
    done = scrub(*arguments)
    assert done.returncode == 2
    assert USAGE[arguments] in done.stderr.decode()
    assert done.stderr.count(b"\n") == 1


def test_a_missing_file_ends_with_1_before_anything_is_written(scrub, tmp_path):
    out = tmp_path / "out.jsonl"
    done = scrub(SAMPLES / "news.txt", tmp_path / "none.txt", "-o", out)
    assert done.returncode == 1
    assert b"no such file" in done.stderr
    assert not list(tmp_path.iterdir())


def test_an_output_that_is_an_input_is_refused(scrub, tmp_path):
    path = tmp_path / "dump.txt"
    path.write_bytes(DUMP)
    assert scrub(path, "-o", path).returncode == 2
    assert path.read_bytes() == DUMP


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
@pytest.mark.parametrize("flag", ["-o", "--rejects", "--stats"])
def test_a_full_disk_is_an_error(scrub, flag):
    done = scrub(flag, "/dev/full", stdin=DUMP)
    assert done.returncode == 1
    assert b"/dev/full: cannot be written" in done.stderr


def test_escape_sequences_in_names_do_not_reach_the_terminal(scrub, tmp_path):
    path = tmp_path / "\x1b]52;c;x\x07.jsonl"
    path.write_bytes(b"{bad\n")
    done = scrub(path)
    assert done.returncode == 3
    assert b"\x1b" not in done.stderr


def test_options_come_from_toml_and_flags_win(scrub, tmp_path):
    config = tmp_path / "scrubber.toml"
    config.write_text('[scrubber]\nsplit = false\nkinds = ["all"]\n')
    assert len(records(scrub("--config", config, stdin=DUMP).stdout)) == 1
    assert len(records(scrub("--config", config, "--split", stdin=DUMP).stdout)) > 1
    config.write_text("[scrubber]\nsplitt = false\n")
    done = scrub("--config", config, stdin=DUMP)
    assert done.returncode == 2
    assert b"did you mean 'split'" in done.stderr


def shell(command, tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PY": sys.executable, "T": str(tmp_path)}
    return subprocess.run(["bash", "-c", command], capture_output=True, env=environment, timeout=60, check=False)


def test_a_closed_pipe_ends_quietly_with_141(tmp_path):
    (tmp_path / "big.txt").write_bytes(DUMP * 200)
    done = shell('"$PY" -m scrubber --no-dedup "$T/big.txt" | head -1 >/dev/null; echo ${PIPESTATUS[0]}', tmp_path)
    assert done.stdout.strip() == b"141"
    assert done.stderr == b""


def test_interrupt_ends_with_130_and_one_line(tmp_path):
    (tmp_path / "big.txt").write_bytes(DUMP * 2000)
    command = [sys.executable, "-m", "scrubber", "--no-dedup", str(tmp_path / "big.txt"), "-o", str(tmp_path / "out")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    # a shell that runs the tests in the background has its children ignore interrupts
    heeds = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    with subprocess.Popen(command, stderr=subprocess.PIPE, env=environment, preexec_fn=heeds) as process:
        partial = tmp_path / "out.partial"
        for _ in range(200):
            if partial.exists() and partial.stat().st_size:
                break
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert errors.count(b"\n") == 1
    assert b"interrupted" in errors


def test_the_first_record_comes_out_before_the_input_ends():
    command = [sys.executable, "-m", "scrubber", "--no-dedup", "-q"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    got_one = threading.Event()

    def feed(pipe):
        pipe.write(DUMP * 300)
        pipe.flush()
        got_one.wait(60)
        pipe.close()

    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as process:
        feeder = threading.Thread(target=feed, args=(process.stdin,))
        feeder.start()
        first = json.loads(process.stdout.readline())
        got_one.set()
        assert len(process.stdout.readlines()) > 300
        feeder.join()
    assert first["start_line"] < DUMP.count(b"\n")


def test_help_names_every_option_and_every_verb(scrub):
    shown = scrub("--help").stdout.decode()
    for name in FIELDS:
        assert "--" + name.replace("_", "-") in shown
    for verb in VERBS:
        assert f"scrubber {verb}" in shown
        assert scrub(verb, "--help").returncode == 0


def test_version(scrub):
    import scrubber

    assert scrub("--version").stdout.decode() == f"scrubber {scrubber.__version__}\n"


def test_a_bar_is_drawn_on_a_terminal_and_nowhere_else(tmp_path):
    (tmp_path / "big.txt").write_bytes(DUMP * 20)
    parent, child = os.openpty()
    command = [sys.executable, "-m", "scrubber", str(tmp_path / "big.txt"), "-o", str(tmp_path / "out")]
    subprocess.run(command, stderr=child, env={**os.environ, "PYTHONPATH": str(ROOT)}, timeout=60, check=True)
    os.close(child)
    shown = b""
    try:
        while data := os.read(parent, 65536):
            shown += data
    except OSError:  # how a terminal ends
        pass
    finally:
        os.close(parent)
    assert b"B/s" in shown
    assert b"lines  " in shown


def test_a_line_of_50_mb_takes_bounded_time_and_memory(scrub, tmp_path):
    path, stats = tmp_path / "dump.txt", tmp_path / "stats.json"
    path.write_bytes(DUMP + b"word " * 10_000_000 + b"\n" + DUMP)
    done = scrub(path, "--stats", stats, "-q", "-o", tmp_path / "out", "--kinds", "all", timeout=300)
    assert done.returncode == 0, done.stderr
    assert json.loads(stats.read_text())["lines"]["in"] == DUMP.count(b"\n") * 2 + 1


def test_pages_of_an_earlier_crawl_are_copies(scrub, tmp_path):
    index = tmp_path / "crawls"
    assert scrub("index", "create", index).returncode == 0
    first = scrub(SAMPLES / "news.txt", "--index", index)
    assert records(first.stdout)
    again = scrub("--index", index, "--source", "today", "--kinds", "all", stdin=DUMP)
    known = {record["id"] for record in records(first.stdout)}
    copies = [record for record in records(again.stdout) if record["duplicate_of"] in known]
    assert {record["duplicate_of"] for record in copies} == known
    missing = scrub("--index", tmp_path / "none", stdin=DUMP)
    assert missing.returncode in (1, 2)
    assert b"index create" in missing.stderr


def test_only_languages_that_are_named_are_written(scrub, tmp_path):
    stats = tmp_path / "stats.json"
    done = scrub(SAMPLES / "languages.txt", "--keep-language", "de,fr", "--stats", stats)
    assert {record["language"] for record in records(done.stdout)} == {"de", "fr"}
    ledger = json.loads(stats.read_text())
    assert ledger["pages"]["rejected"]["language:ru"] == 1
    assert ledger["lines"]["balanced"]


def test_an_unknown_language_engine_is_wrong_usage(scrub):
    done = scrub("--language-engine", "oracle", stdin=DUMP)
    assert done.returncode == 2
    assert b"profiles, langdetect" in done.stderr


def test_furniture_that_is_learned_is_kept_in_a_profile(scrub, tmp_path):
    profile, path = tmp_path / "site.json", tmp_path / "pages.jsonl"
    story = "The {0} of Tull opened on {1} and the mayor, who had waited long for it, spoke of little else all week."
    furniture = "Tull Weekly is printed on paper from the valley"
    days = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
    with path.open("w") as file:
        for name, day in zip(("bridge", "school", "market", "pool", "theatre", "mill"), days, strict=True):
            lines = [story.format(name, day), f"Some came from far away to see the {name}, others stayed."]
            file.write(json.dumps({"text": "\n".join([*lines, furniture])}) + "\n")
    options = ("--no-split", "--kinds", "all", "-q", "--profile", profile)
    first = [furniture in record["text"] for record in records(scrub(path, *options).stdout)]
    assert first[0] is True
    assert first[-1] is False
    assert furniture in profile.read_text()
    assert not any(furniture in record["text"] for record in records(scrub(path, *options).stdout))
