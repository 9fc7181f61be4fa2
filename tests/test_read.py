"""Reading: every format, every damage, and the same blocks of text whatever the stream delivers."""

import bz2
import gzip
import io
import json
import lzma
import os
import threading

import pytest

from scrubber.errors import InputError
from scrubber.page import Block, Dead, Intake
from scrubber.read import ReadOptions, read

try:
    from compression import zstd
except ImportError:
    from backports import zstd

PACKERS = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "zst": zstd.compress}
TEXT = "".join(f"line {i} of a dump that is long enough to be cut anywhere\n" for i in range(2000))


def take(*inputs, **options):
    intake = Intake()
    items = list(read(inputs, ReadOptions(**options), intake))
    blocks = [item for item in items if isinstance(item, Block)]
    return blocks, [item for item in items if isinstance(item, Dead)], intake


def lines_of(blocks):
    return [line for block in blocks for line in block.lines]


@pytest.mark.parametrize("packed", PACKERS)
def test_compression_is_found_by_magic_bytes_not_by_name(tmp_path, packed):
    path = tmp_path / "dump"
    path.write_bytes(PACKERS[packed](TEXT.encode()))
    blocks, dead, intake = take(path, block_bytes=1000)
    assert "\n".join(lines_of(blocks)) + "\n" == TEXT
    assert not dead
    assert intake.lines == 2000


def test_members_of_a_gzip_file_are_read_one_after_the_other(tmp_path):
    path = tmp_path / "dump.gz"
    path.write_bytes(gzip.compress(b"one\n") + gzip.compress(b"two\n") + b"\0" * 64)
    blocks, dead, _ = take(path)
    assert lines_of(blocks) == ["one", "two"]
    assert not dead


@pytest.mark.parametrize("packed", PACKERS)
def test_a_cut_archive_gives_all_it_holds_and_then_says_where_it_broke(tmp_path, packed):
    whole = PACKERS[packed](os.urandom(300_000).hex().encode() + b"\n" + TEXT.encode())
    path = tmp_path / "dump"
    for cut in (len(whole) // 2, len(whole) - 3):
        path.write_bytes(whole[:cut])
        blocks, dead, intake = take(path)
        assert [d.lines for d in dead] == [0]
        assert str(cut) in dead[0].reason
        assert intake.lines == len(lines_of(blocks))
    if packed in ("gz", "zst"):
        assert lines_of(blocks)


def test_garbage_after_a_member_is_reported_and_the_member_kept(tmp_path):
    path = tmp_path / "dump.gz"
    path.write_bytes(gzip.compress(b"one\n") + b"garbage")
    blocks, dead, _ = take(path)
    assert lines_of(blocks) == ["one"]
    assert "corrupt" in dead[0].reason


@pytest.mark.parametrize("size", [1, 7, 100, 1 << 20])
def test_block_size_changes_only_where_blocks_end(tmp_path, size):
    raw = b"a\n\nb\r\n" + "é\u2028x\x0bz\n".encode() + b"\xff\xfebad\nlast without newline"
    path = tmp_path / "dump"
    path.write_bytes(raw)
    blocks, _, intake = take(path, block_bytes=size)
    whole, _, _ = take(path)
    assert lines_of(blocks) == lines_of(whole)
    assert len(lines_of(blocks)) == 6
    assert [b.line for b in blocks] == [sum(len(x.lines) for x in blocks[:i]) for i in range(len(blocks))]
    assert intake.ends[str(path)].final_newline is False


def test_lines_are_cut_at_newlines_only():
    blocks, _, _ = take(io.BytesIO("a\x0bb\x0cc\x1cd\x85e\u2028f\u2029g\rh\n".encode()))
    assert len(lines_of(blocks)) == 1


def test_a_line_past_the_limit_is_cut_between_characters_and_counted():
    blocks, _, intake = take(io.BytesIO("é".encode() * 2000 + b"\nnext\n"), max_line_bytes=1025, block_bytes=100)
    assert "".join(lines_of(blocks)[:-1]) == "é" * 2000
    assert lines_of(blocks)[-1] == "next"
    assert intake.damaged == len(intake.ends["-"].cut_lines) == 3


def test_bytes_that_are_no_text_are_replaced_and_counted(tmp_path):
    path = tmp_path / "dump"
    path.write_bytes(b"good\n" + "naïve".encode("cp1252") + b"\n" + "“a” ".encode() * 3 + b"\xe2\x80 cut\n")
    blocks, _, intake = take(path)
    assert lines_of(blocks)[1] == "naïve"
    assert "\ufffd" in lines_of(blocks)[2]
    assert intake.undecoded == 2
    assert intake.damaged == 1
    assert intake.reports[0].startswith(f"{path}:3: ")


def test_utf16_is_read():
    blocks, _, _ = take(io.BytesIO("\ufeffHällo\nWörld\n".encode("utf-16-le")))
    assert lines_of(blocks) == ["Hällo", "Wörld"]


def records(*items):
    return io.BytesIO(b"".join((i if isinstance(i, bytes) else json.dumps(i).encode()) + b"\n" for i in items))


def test_json_records_keep_their_other_fields():
    blocks, dead, _ = take(records({"text": "a\nb", "url": "http://x", "n": 2**70}))
    assert blocks[0].lines == ("a", "b")
    assert blocks[0].meta == {"url": "http://x", "n": 2**70}
    assert blocks[0].source == "-#1"
    assert blocks[0].ends_page
    assert not dead


BAD_RECORDS = {
    b'{"text": "cut off': "not JSON",
    b"[1, 2]": "not an object",
    b'{"body": "x"}': "--text-field",
    b'{"text": 5}': "--text-field",
    b'{"text": "x", "n": NaN}': "NaN",
    b'{"text": "x", "deep": ' + b"[" * 200 + b"]" * 200 + b"}": "deep",
    b'{"text": "x", "deep": ' + b"[" * 100_000 + b"]" * 100_000 + b"}": "deep",
}


@pytest.mark.parametrize("bad", BAD_RECORDS, ids=lambda raw: raw[:24].decode())
def test_a_bad_json_line_is_dead_and_the_rest_goes_on(bad):
    blocks, dead, intake = take(records({"text": "before"}, bad, {"text": "after"}))
    assert [b.lines for b in blocks] == [("before",), ("after",)]
    assert dead[0].line == 1
    assert BAD_RECORDS[bad] in dead[0].reason
    assert dead[0].raw == bad
    assert intake.lines == 3


def test_lone_surrogates_and_bad_bytes_in_json_become_replacement_characters():
    blocks, dead, _ = take(records(b'{"text": "a\\ud800b", "\\udfffk": "\\ud800"}', b'{"text": "\xff"}'))
    assert [b.lines for b in blocks] == [("a\ufffdb",), ("\ufffd",)]
    assert blocks[0].meta == {"\ufffdk": "\ufffd"}
    assert not dead


def test_line_breaks_inside_json_strings_do_not_cut_records():
    text = "a\u2028b\x85c\u2029d"
    blocks, dead, _ = take(records(json.dumps({"text": text}, ensure_ascii=False).encode(), {"text": "next"}))
    assert [b.lines for b in blocks] == [(text,), ("next",)]
    assert not dead


def test_a_json_record_past_the_limit_is_dead_and_the_next_is_read():
    blocks, dead, _ = take(records({"text": "x" * 5000}, {"text": "next"}), max_line_bytes=1024, block_bytes=300)
    assert [b.lines for b in blocks] == [("next",)]
    assert "--max-line-bytes" in dead[0].reason


def test_text_that_only_begins_like_json_is_text():
    blocks, _, _ = take(io.BytesIO(b"{not json at all}\nsecond line\n"))
    assert len(lines_of(blocks)) == 2


def test_an_html_page_is_one_block_with_its_title(tmp_path):
    body = (
        "<p>The mill was built in 1780 and still turns on Sundays, when the miller's great-grandson opens it.</p>" * 3
    )
    path = tmp_path / "page"
    path.write_text(f"<!doctype html><html><head><title>The mill</title></head><body><h1>The mill</h1>{body}</body>")
    blocks, dead, _ = take(path)
    assert not dead
    assert blocks[0].extracted
    assert blocks[0].single
    assert any("great-grandson" in line for line in blocks[0].lines)
    assert blocks[0].lines[0] == "The mill"


def test_html_that_takes_too_long_is_killed_and_the_next_record_goes_on():
    attributes = " ".join(f"a{i}=1" for i in range(100_000))
    slow = f"<html><body><p {attributes}>x</p></body></html>"
    good = (
        "<html><body>" + "<p>A short page with a real sentence in it, and one more of them.</p>" * 5 + "</body></html>"
    )
    blocks, dead, _ = take(records({"html": slow}, {"html": good}), html_timeout=4.0)
    assert "--html-timeout" in dead[0].reason
    assert "real sentence" in blocks[0].lines[0]


def test_a_missing_file_and_a_folder_say_what_to_do(tmp_path):
    for path, word in ((tmp_path / "none.txt", "no such file"), (tmp_path, "folder")):
        with pytest.raises(InputError, match=word):
            take(path)


def test_text_in_the_place_of_a_path_is_told_from_one():
    with pytest.raises(InputError, match="clean_text"):
        take("A page\nof text")


def test_text_files_lines_and_pipes_give_the_same_lines(tmp_path):
    path = tmp_path / "dump"
    path.write_text("één\ntwee\ndrie\n", encoding="utf-8")
    expected = ["één", "twee", "drie"]
    with path.open(encoding="utf-8") as text, path.open("rb") as raw:
        for item in (
            path,
            str(path),
            text,
            raw,
            io.StringIO("één\ntwee\ndrie\n"),
            expected,
            [f"{x}\n" for x in expected],
        ):
            assert lines_of(take(item)[0]) == expected


def test_a_block_comes_out_of_a_pipe_before_it_ends():
    reader, writer = os.pipe()
    release = threading.Event()

    def feed():
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(TEXT.encode())
            pipe.flush()
            release.wait(20)

    thread = threading.Thread(target=feed)
    thread.start()
    with os.fdopen(reader, "rb") as pipe:
        blocks = read([pipe], ReadOptions(block_bytes=1000), Intake())
        first = next(blocks)
        assert not release.is_set()
        release.set()
        assert len(first.lines) + sum(len(b.lines) for b in blocks) == 2000
    thread.join()
