"""What ships in samples/ is what the code makes of it; `python tests/test_samples.py` writes it anew, for reading."""

import json
import sys
from pathlib import Path

import pytest

import scrubber

SAMPLES = Path(__file__).parents[1] / "samples"
INPUTS = ("news.txt", "languages.txt", "records.jsonl", "page.html")


def cleaned(name):
    with (SAMPLES / name).open("rb") as file:
        return [page.record() for page in scrubber.clean(file, source=f"samples/{name}")]


def expected_path(name):
    return SAMPLES / "expected" / f"{name}.jsonl"


@pytest.mark.parametrize("name", INPUTS)
def test_a_sample_gives_what_stands_beside_it(name):
    expected = [json.loads(line) for line in expected_path(name).read_text(encoding="utf-8").splitlines()]
    for found, wanted in zip(cleaned(name), expected, strict=True):
        found, wanted = ({**record, **record["attributes"], "attributes": None} for record in (found, wanted))
        for key in wanted:
            assert found[key] == (pytest.approx(wanted[key], abs=1e-3) if "score" in key else wanted[key]), key


def news():
    return {page.title: page for page in scrubber.clean(SAMPLES / "news.txt", kinds="all")}


def test_the_news_sample_holds_what_it_is_there_to_show():
    pages = scrubber.clean_text((SAMPLES / "news.txt").read_text(encoding="utf-8"), kinds="all")
    kinds = [page.kind.value for page in pages]
    assert kinds.count("article") >= 5
    assert kinds.count("paywall") == 1
    assert kinds[-1] == "listing"
    assert sum(page.duplicate_of is not None for page in pages) == 1
    captions = [caption for page in pages for caption in page.record()["captions"]]
    assert len(set(captions)) == len(captions) >= 4
    text = "\n".join(page.text for page in pages)
    assert "“We expected two years" in text
    assert "café" in text
    for gone in ("Skip to", "All rights reserved", "Sign up for The Morning Almanac", "lantern regatta lake orme"):
        assert gone not in text


def test_the_languages_sample_is_told_apart():
    pages = list(scrubber.clean(SAMPLES / "languages.txt"))
    assert [page.language for page in pages] == ["de", "fr", "es", "zh-cn", "ru"]


if __name__ == "__main__":
    for sample in INPUTS:
        lines = (json.dumps(record, ensure_ascii=False) for record in cleaned(sample))
        expected_path(sample).parent.mkdir(exist_ok=True)
        expected_path(sample).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        sys.stdout.write(f"{expected_path(sample)}\n")
