"""Do repair and language give the answers of ftfy and langdetect? On the evaluation data, which are not in the project.

python benchmarks/agreement.py ../shared/evaldata
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import ftfy
from langdetect import DetectorFactory, LangDetectException
from langdetect.detector_factory import PROFILES_DIRECTORY

from scrubber.fix import Repair
from scrubber.language import IdentifyLanguage
from scrubber.language.tables import load
from scrubber.page import Block
from scrubber.read.decode import decode_lines, expected_legacy

SEEDS = 5
WRITTEN_IN = [
    *(("ru", "cp1251"), ("ru", "koi8-r"), ("bg", "cp1251"), ("el", "cp1253"), ("he", "cp1255"), ("ar", "cp1256")),
    *(("th", "cp874"), ("zh", "gb18030"), ("ja", "cp932"), ("ja", "euc_jp"), ("ko", "euc_kr"), ("fr", "cp1252")),
    *(("de", "cp1252"), ("pt", "cp1252"), ("ru", "utf-8"), ("de", "utf-8"), ("ja", "utf-8")),
]
BREAKS = str.maketrans(dict.fromkeys("\r\f\u0085\u2028\u2029\n", " "))
Row = dict[str, Any]


def main() -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("evaldata", type=Path)
    folder = parser.parse_args().evaldata
    for name, field in (("pages", "text"), ("pages_extra", "text"), ("streams", "text"), ("mojibake", "broken")):
        compare_repair(name, [row[field] for row in rows(folder / f"{name}.jsonl.gz")])
    compare_decoding(folder / "langid.jsonl.gz")
    compare_language(folder / "langid.jsonl.gz")
    compare_on_pages([row["gold"] for row in rows(folder / "pages.jsonl.gz") if len(row["gold"]) > 800][:600])


def rows(path: Path) -> list[Row]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def compare_repair(name: str, texts: Iterable[str]) -> None:
    """Lines whose repair is not `ftfy.fix_text(line)`, apart from line breaks that become spaces."""
    repair, lines, changed, wrong = Repair(invisible=False), 0, 0, 0
    for text in texts:
        block = Block("-", 0, tuple(text.split("\n")))
        repaired = repair(block)
        lines, changed = lines + len(block.lines), changed + len(repaired.unrepaired)
        plain = (ftfy.fix_text(line.rstrip("\r"), repair.ftfy_config).translate(BREAKS) for line in block.lines)
        wrong += sum(a != b for a, b in zip(repaired.lines, plain, strict=True))
    print(f"repair    {name:12} {lines:8} lines, {changed:5} changed, {wrong} differ from ftfy")


def compare_decoding(path: Path) -> None:
    """Sentences read right in a dump of 200 pages, each in one of 12 encodings."""
    chance, sentences = random.Random(1), rows(path)
    lines: list[str] = []
    raw: list[bytes] = []
    for _ in range(200):
        language, code = chance.choice(WRITTEN_IN)
        page = [row["text"] for row in sentences if row["lang"] == language]
        for line in chance.sample(page, min(10, len(page))):
            if line.encode(code, "ignore").decode(code) == line:
                lines.append(line)
                raw.append(line.encode(code))
    dump = b"\n".join(raw)
    right = sum(a == b for a, b in zip(decode_lines(dump, expected_legacy(dump)).lines, lines, strict=True))
    print(f"decoding  langid       {len(lines)} lines in 12 encodings: {right / len(lines):.4f} right")


def compare_language(path: Path) -> None:
    """Accuracy and agreement on sentences in languages that have a profile."""
    known = {name.split("-")[0] for name in load().languages} | {"nb", "nn"}
    some = [row for row in rows(path) if row["source"] == "lingua" and row["lang"] in known]
    texts = [row["text"] for row in some]
    plain = [langdetect(texts, seed) for seed in range(SEEDS)]
    stable = [i for i in range(len(texts)) if len({answers[i] for answers in plain}) == 1]
    print(f"language  langdetect   {len(texts)} sentences: accuracy", *(f"{accuracy(a, some):.4f}" for a in plain))
    for least in (1, 20):
        ours = [language for language, _ in IdentifyLanguage(min_letters=least).texts(texts)]
        same = sum(ours[i] == plain[0][i] for i in stable) / len(stable)
        print(f"language  profiles     from {least} letters: accuracy {accuracy(ours, some):.4f}, agreement {same:.4f}")


def compare_on_pages(texts: list[str]) -> None:
    """Agreement and time for each page alone."""
    identify = IdentifyLanguage()
    identify.texts(texts[:1])
    start = time.process_time()
    ours = [identify.texts([text])[0][0] for text in texts]
    middle = time.process_time()
    plain = langdetect(texts, 0)
    end = time.process_time()
    same = sum(a == b for a, b in zip(ours, plain, strict=True)) / len(texts)
    ratio = (end - middle) / (middle - start)
    print(f"language  pages        {len(texts)} pages: agreement {same:.4f}, {ratio:.0f} times as fast, page by page")


def accuracy(answers: list[str], some: list[Row]) -> float:
    wanted = [{"nb": "no", "nn": "no"}.get(row["lang"], row["lang"]) for row in some]
    return sum(a.split("-")[0] == w for a, w in zip(answers, wanted, strict=True)) / len(some)


def langdetect(texts: list[str], seed: int) -> list[str]:
    factory = DetectorFactory()
    factory.load_profile(PROFILES_DIRECTORY)
    factory.set_seed(seed)
    return [_detected(factory, text) for text in texts]


def _detected(factory: Any, text: str) -> str:
    detector = factory.create()
    detector.append(text)
    try:
        return str(detector.detect())
    except LangDetectException:
        return "und"


if __name__ == "__main__":
    main()
