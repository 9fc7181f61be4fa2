"""The documentation is held to the code: every flag, field, label, kind, key and format has its place in it."""

import json
import re
from pathlib import Path

import pytest

import scrubber
from scrubber.cli import VERBS
from scrubber.config import FIELDS
from scrubber.page import Kind, Label, Page
from scrubber.read import FORMATS
from scrubber.write import Ledger
from scrubber.write.report import summary

ROOT = Path(__file__).parents[1]
DOCS = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md")}
README = (ROOT / "README.md").read_text(encoding="utf-8")


def in_code(text):
    return set(re.findall(r"`([^`\n]+)`", text))


def test_every_flag_is_explained():
    told = in_code(DOCS["cli.md"])
    missing = [f for f in FIELDS if not any(t.split(" ")[0] == "--" + f.replace("_", "-") for t in told)]
    missing += [verb for verb in VERBS if f"scrubber {verb}" not in DOCS["cli.md"] and verb != "clean"]
    assert not missing


def test_every_label_and_kind_is_explained():
    told = in_code(DOCS["record.md"])
    assert {label.value for label in Label} <= told
    assert {kind.value for kind in Kind} <= told


def test_every_key_of_the_record_and_of_the_ledger_is_explained():
    told = in_code(DOCS["record.md"])
    record = Page("s", 0, ()).record()
    assert set(record) - {"attributes"} <= told
    assert {f"attributes.{key}" for key in record["attributes"]} <= told
    told = in_code(DOCS["ledger.md"])
    for key, value in Ledger().stats.items():
        if key != "schema_version":
            assert ({f"{key}.{inner}" for inner in value} if isinstance(value, dict) else {key}) <= told


def test_every_format_has_a_sample():
    suffixes = {path.suffix for path in (ROOT / "samples").iterdir()}
    assert {{"text": ".txt"}.get(name, f".{name}") for name in FORMATS} <= suffixes


def test_every_public_name_exists():
    for name in scrubber.__all__:
        assert getattr(scrubber, name) is not None


def test_the_python_of_the_readme_runs(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    blocks = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert blocks
    for code in blocks:
        exec(compile(code, "README.md", "exec"), {})
    assert capsys.readouterr().out


def test_links_lead_somewhere():
    for name, text in {"README.md": README, **{f"docs/{n}": t for n, t in DOCS.items()}}.items():
        for link in re.findall(r"\]\((?!http)([^)#]+)", text):
            assert ((ROOT / name).parent / link).exists(), f"{name}: {link}"


@pytest.mark.parametrize("sample", ["news.txt"])
def test_the_readme_shows_what_the_sample_gives(sample):
    shown = re.search(r"```json\n(.*?)```", README, re.DOTALL)
    assert shown
    record = json.loads(shown[1])
    pages = [page.record() for page in scrubber.clean(ROOT / "samples" / sample, source=f"samples/{sample}")]
    found = next(r for r in pages if r["title"] == record["title"])
    for key, value in record.items():
        if key == "text":
            assert found["text"].startswith(value.removesuffix("..."))
        elif key not in ("id", "source", "kept_lines"):
            assert found[key] == value, key


@pytest.mark.parametrize("sample", ["news.txt"])
def test_the_readme_shows_the_ledger_of_the_sample(sample):
    ledger = Ledger()
    list(scrubber.clean(ROOT / "samples" / sample, ledger=ledger))
    counted = [line for line in summary(ledger).splitlines() if not line.startswith("speed")]
    assert "\n".join(counted) in README


def test_the_docs_say_who_names_a_line_for_its_neighbours():
    code = (ROOT / "scrubber" / "segment" / "context.py").read_text(encoding="utf-8")
    names = set(re.findall(r'page\.name\(\w+, Label\.\w+, "(\w+)"', code))
    assert len(names) >= 8
    for name in names:
        assert f"`{name}`" in DOCS["record.md"], name
