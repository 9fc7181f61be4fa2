"""`scrubber dedup` on Parquet: the same records stay as of JSON lines."""

import json
import sys

import pytest

from scrubber.cli import run

WORDS = [f"word{i}" for i in range(900)]
ROWS = [
    {"id": 1, "text": " ".join(WORDS[:170]), "score": 0.5},
    {"id": 2, "text": " ".join(WORDS[:200]), "score": None},
    {"id": 3, "text": None, "score": 1.0},
    {"id": 4, "text": " ".join(WORDS[300:500]), "score": 2.0},
    *({"id": 10 + i, "text": f"short {i}", "score": 0.0} for i in range(700)),
]
STAY = [row for row in ROWS if row["id"] not in (1, 3)]


@pytest.fixture
def source(tmp_path):
    pyarrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed: scrubber[parquet]")
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "in.parquet"
    parquet.write_table(pyarrow.Table.from_pylist(ROWS), path, row_group_size=100)
    return path


def test_rows_that_stay_keep_their_columns(source, tmp_path, capfd):
    from pyarrow import parquet

    out = tmp_path / "out.parquet"
    assert run("dedup", [str(source), "-o", str(out)]) == 3, "a row without text is damage"
    assert f"{source}:3: no text" in capfd.readouterr().err
    assert parquet.read_table(out).to_pylist() == STAY
    assert parquet.read_schema(out).equals(parquet.read_schema(source))


def test_parquet_in_and_json_out(source, tmp_path):
    out, rejects = tmp_path / "out.jsonl", tmp_path / "rejects.jsonl"
    assert run("dedup", [str(source), "-o", str(out), "--rejects", str(rejects), "-q"]) == 3
    assert [json.loads(line) for line in out.read_text().splitlines()] == STAY
    assert [json.loads(line)["duplicate_of"] for line in rejects.read_text().splitlines()] == ["2"]


def test_all_rows_may_go_but_the_file_is_whole(source, tmp_path):
    import pyarrow
    from pyarrow import parquet

    empty, out = tmp_path / "empty.parquet", tmp_path / "out.parquet"
    parquet.write_table(pyarrow.Table.from_pylist(ROWS).slice(0, 0), empty)
    assert run("dedup", [str(empty), "-o", str(out), "-q"]) == 0
    assert parquet.read_table(out).to_pylist() == []


def test_a_cut_file_is_refused_and_leaves_no_output(source, tmp_path, capfd):
    cut, out = tmp_path / "cut.parquet", tmp_path / "out.jsonl"
    cut.write_bytes(source.read_bytes()[:-20])
    assert run("dedup", [str(cut), "-o", str(out)]) != 0
    assert "no whole Parquet file" in capfd.readouterr().err and not out.exists()


@pytest.mark.parametrize("flags", [["--mark"], ["--syndication", "tag"], ["--rejects", "x.parquet"]])
def test_fields_without_a_column_are_refused(source, tmp_path, flags, capfd):
    assert run("dedup", [str(source), "-o", str(tmp_path / "out.parquet"), *flags]) == 2
    assert ".jsonl" in capfd.readouterr().err


def test_inputs_with_other_columns_are_refused(source, tmp_path, capfd):
    import pyarrow
    from pyarrow import parquet

    other, lines, out = tmp_path / "other.parquet", tmp_path / "lines.jsonl", tmp_path / "out.parquet"
    parquet.write_table(pyarrow.Table.from_pylist([{"text": "a"}]), other)
    lines.write_text('{"text": "a"}\n')
    for more in (other, lines):
        assert run("dedup", [str(source), str(more), "-o", str(out)]) == 2
        assert str(more) in capfd.readouterr().err and not out.exists()


def test_without_pyarrow_the_error_names_the_extra(tmp_path, monkeypatch, capfd):
    path = tmp_path / "in.parquet"
    path.write_bytes(b"PAR1")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert run("dedup", [str(path), "-o", str(tmp_path / "out.jsonl")]) == 2
    assert "pip install 'scrubber[parquet]'" in capfd.readouterr().err
