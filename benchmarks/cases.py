"""What `speed.py` measures: our stages, the same work done plainly, and peers. What a case imports is not timed."""

from __future__ import annotations

import compileall
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Work = Callable[[], Any]


@dataclass(frozen=True)
class Case:
    """`prepare` reads its input from a folder and gives the work to be timed; `beside` is the case to compare with."""

    prepare: Callable[[Path], Work]
    piece: str = "whole"
    beside: str = ""
    peer: bool = False

    def measured(self, folder: Path) -> dict[str, float]:
        """Run it once and report time, memory and throughput."""
        size = (folder / f"{self.piece}.txt").stat().st_size / 1e6
        pages = (folder / f"{self.piece}.jsonl").read_bytes().count(b"\n")
        work = self.prepare(folder)
        wall, cpu = time.perf_counter(), _cpu()
        extra = work()
        wall, cpu = time.perf_counter() - wall, _cpu() - cpu
        used = {"wall_s": wall, "cpu_s": cpu, "rss_mb": _peak(), "mb_s": size / cpu, "pages_s": pages / cpu}
        return used | extra if isinstance(extra, dict) else used


def _cpu() -> float:
    return sum(
        used.ru_utime + used.ru_stime
        for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def _peak() -> float:
    own, children = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return max(own.ru_maxrss, children.ru_maxrss) / 1024


def _texts(folder: Path, piece: str) -> list[str]:
    with (folder / f"{piece}.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line)["text"] for line in lines]


# --- ours, stage by stage ---------------------------------------------------------------------------------------------


def _blocks(folder: Path) -> list[Any]:
    from scrubber.page import Intake
    from scrubber.read import ReadOptions, read

    return list(read([str(folder / "whole.txt")], ReadOptions(), Intake()))


def _pages(folder: Path) -> list[Any]:
    from scrubber.fix import Repair
    from scrubber.segment import Segment

    return list(Segment()(map(Repair(), _blocks(folder))))


def read_stage(folder: Path) -> Work:
    _blocks(folder)
    return lambda: _blocks(folder) and None


def fix_stage(folder: Path) -> Work:
    from scrubber.fix import Repair

    blocks, repair = _blocks(folder), Repair()
    repair.line("é&amp;")
    return lambda: [repair(block) for block in blocks]


def segment_stage(folder: Path) -> Work:
    from scrubber.fix import Repair
    from scrubber.segment import Segment

    blocks = list(map(Repair(), _blocks(folder)))
    list(Segment()(blocks[:1]))
    return lambda: list(Segment()(blocks))


def language_stage(folder: Path) -> Work:
    from scrubber.language import IdentifyLanguage

    pages, identify = _pages(folder), IdentifyLanguage()
    identify(pages[:1])
    return lambda: [identify(pages[at : at + 32]) for at in range(0, len(pages), 32)]


def dedup_stage(folder: Path) -> Work:
    from scrubber.dedup import CollapseCaptions, Deduplicate

    pages = _pages(folder)
    return lambda: list(CollapseCaptions()(Deduplicate()(iter(pages))))


def write_stage(folder: Path) -> Work:
    from scrubber.write.jsonl import encode

    pages = _pages(folder)
    return lambda: [encode(page.record()) for page in pages]


def pipeline(folder: Path) -> Work:
    import scrubber

    source = str(folder / "whole.txt")
    for _ in scrubber.clean([b"What is loaded once is not what is measured here.\n"]):
        pass
    return lambda: [page.record() for page in scrubber.clean(source)] and None


def pipeline_on_two(folder: Path) -> Work:
    """The pipeline with two workers, and the share of the CPU time that its main process takes."""
    import scrubber

    source = str(folder / "whole.txt")
    list(scrubber.clean([b"What is loaded once is not what is measured here.\n"]))

    def work() -> dict[str, float]:
        own, everybody = time.process_time(), _cpu()
        for page in scrubber.clean(source, workers=2):
            page.record()
        return {"parent_share": (time.process_time() - own) / (_cpu() - everybody)}

    return work


def command(folder: Path, workers: int = 1, *, by_clock: bool = False) -> Work:
    """The whole command, start-up and writing included."""
    root, source = Path(__file__).resolve().parents[1], folder / "whole.txt"
    compileall.compile_dir(root / "scrubber", quiet=2)  # as pip does; an environment may forbid Python to do it
    arguments = [sys.executable, "-m", "scrubber", "-q", "--workers", str(workers), str(source)]

    def work() -> dict[str, float]:
        start = time.perf_counter()
        process = subprocess.Popen(arguments, stdout=subprocess.PIPE, cwd=root)
        assert process.stdout
        process.stdout.read(1)
        first = time.perf_counter() - start
        while process.stdout.read(1 << 20):
            pass
        process.wait()
        rate = source.stat().st_size / 1e6 / (time.perf_counter() - start)
        return {"first_byte_s": first, "mb_s": rate} if by_clock else {"first_byte_s": first}

    return work


def on_one_core(folder: Path) -> Work:
    return command(folder, by_clock=True)


def on_two_cores(folder: Path) -> Work:
    return command(folder, 2, by_clock=True)


# --- the named packages, used as their documentation shows ------------------------------------------------------------


def ftfy_plain(folder: Path) -> Work:
    import ftfy

    from scrubber.fix import Repair

    texts, config = _texts(folder, "part"), Repair().ftfy_config
    return lambda: [ftfy.fix_text(text, config) for text in texts]


def clean_news(folder: Path, piece: str) -> list[str]:
    """Lines of news that need no repair: ASCII and curly quotes."""
    quiet = set(map(chr, range(128))) | set("–—…•‘’“”")
    lines = [line for text in _texts(folder, piece) for line in text.split("\n")]
    return [line for line in lines if "&" not in line and quiet.issuperset(line)]


def fix_clean_news(folder: Path) -> Work:
    from scrubber.fix import Repair
    from scrubber.page import Block

    lines, repair = clean_news(folder, "whole"), Repair()
    repair.line("é&amp;")
    blocks = [Block("-", 0, tuple(lines[at : at + 15_000])) for at in range(0, len(lines), 15_000)]
    size = sum(len(line.encode()) + 1 for line in lines) / 1e6

    def work() -> dict[str, float]:
        start = _cpu()
        for _ in range(10):
            for block in blocks:
                repair(block)
        return {"mb_s": 10 * size / (_cpu() - start)}

    return work


def ftfy_clean_news(folder: Path) -> Work:
    import ftfy

    from scrubber.fix import Repair

    text, config = "\n".join(clean_news(folder, "part")), Repair().ftfy_config

    def work() -> dict[str, float]:
        start = _cpu()
        ftfy.fix_text(text, config)
        return {"mb_s": len(text.encode()) / 1e6 / (_cpu() - start)}

    return work


def langdetect_plain(folder: Path) -> Work:
    from langdetect import DetectorFactory, LangDetectException, detect

    DetectorFactory.seed = 0
    texts = _texts(folder, "part")
    detect("This loads the profiles.")

    def work() -> None:
        for text in texts:
            try:
                detect(text)
            except LangDetectException:
                continue

    return work


def datasketch_plain(folder: Path) -> Work:
    import re

    from datasketch import MinHash, MinHashLSH

    texts, words = _texts(folder, "part"), re.compile(r"\w+")

    def work() -> None:
        index, seen = MinHashLSH(num_perm=128, params=(16, 8)), []
        for number, text in enumerate(texts):
            found = words.findall(text.lower())
            sketch = MinHash(128)
            sketch.update_batch({" ".join(found[i : i + 5]).encode() for i in range(max(1, len(found) - 4))})
            [other for other in index.query(sketch) if seen[other].jaccard(sketch) >= 0.8]
            index.insert(number, sketch)
            seen.append(sketch)

    return work


FURNITURE = r"^(?:listen to this article|by [A-Z][\w.]+ [A-Z]|.{0,140}credit\.\.\.|already a subscriber|©|copyright )"


def plain_pipeline(folder: Path) -> Work:
    """ftfy, line rules, langdetect, datasketch, one page after the other: what one would write in an afternoon."""
    import re

    import ftfy
    from corpus import ENDINGS
    from corpus import FURNITURE as NAMES
    from datasketch import MinHash, MinHashLSH
    from langdetect import DetectorFactory, LangDetectException, detect

    DetectorFactory.seed = 0
    detect("This loads the profiles.")
    texts, words, rule = _texts(folder, "part"), re.compile(r"\w+"), re.compile(FURNITURE, re.I)
    names = {name.lower() for name in (*NAMES, *ENDINGS)}

    def work() -> None:
        index, seen = MinHashLSH(num_perm=128, params=(16, 8)), []
        for number, text in enumerate(texts):
            lines = ftfy.fix_text(text).split("\n")
            text = "\n".join(
                line for line in lines if line.strip().lower() not in names and not rule.match(line.strip())
            )
            try:
                detect(text)
            except LangDetectException:
                continue
            found = words.findall(text.lower())
            sketch = MinHash(128)
            sketch.update_batch({" ".join(found[i : i + 5]).encode() for i in range(max(1, len(found) - 4))})
            copies = [other for other in index.query(sketch) if seen[other].jaccard(sketch) >= 0.8]
            index.insert(number, sketch)
            seen.append(sketch)
            json.dumps({"id": number, "text": text, "duplicate": bool(copies)})

    return work


# --- peers ------------------------------------------------------------------------------------------------------------


def datatrove_ftfy(folder: Path) -> Work:
    from datatrove.pipeline.formatters import FTFYFormatter

    texts, formatter = _texts(folder, "part"), FTFYFormatter()
    return lambda: [formatter.format(text) for text in texts]


def datatrove_c4(folder: Path) -> Work:
    from datatrove.data import Document
    from datatrove.pipeline.filters import C4QualityFilter

    chosen = C4QualityFilter()
    pages = [Document(text=text, id=str(i)) for i, text in enumerate(_texts(folder, "part"))]
    chosen.filter(Document(text="What is loaded once is not what is measured here.", id="x"))
    return lambda: [chosen.filter(page) for page in pages]


def datatrove_minhash(folder: Path) -> Work:
    """Only the signatures, the first of its four stages."""
    from datatrove.pipeline.dedup.minhash import MinhashConfig, MinhashDedupSignature

    stage = MinhashDedupSignature(output_folder=str(folder / "signatures"), config=MinhashConfig())
    texts = _texts(folder, "part")
    list(stage.get_shingles("What is loaded once is not what is measured here."))
    return lambda: [stage.get_signature(stage.get_shingles(text)) for text in texts]


def text_dedup(folder: Path) -> Work:
    """The whole command, as one uses it."""
    import importlib.util

    if importlib.util.find_spec("text_dedup") is None:
        raise ImportError("text-dedup is not installed")
    flags = f"--path json --data_files {folder}/whole.jsonl --split train --cache_dir {folder}/cache --column text"
    flags += f" --output {folder}/deduplicated --ngram 5 --num_perm 128 --b 16 --r 8 --hash_func xxh3 --num_proc 1"
    arguments = [sys.executable, "-m", "text_dedup.minhash", *flags.split(" ")]
    return lambda: subprocess.run(arguments, check=True, capture_output=True) and None


CASES = {
    "read": Case(read_stage),
    "fix": Case(fix_stage, beside="plain ftfy"),
    "segment": Case(segment_stage),
    "language": Case(language_stage, beside="plain langdetect"),
    "dedup": Case(dedup_stage, beside="plain datasketch"),
    "write": Case(write_stage),
    "pipeline": Case(pipeline, beside="plain pipeline"),
    "pipeline, 2 workers": Case(pipeline_on_two, beside="pipeline"),
    "command": Case(command, beside="plain pipeline"),
    "command, by the clock": Case(on_one_core),
    "command, 2 workers, by the clock": Case(on_two_cores, beside="command, by the clock"),
    "fix, clean news": Case(fix_clean_news, beside="plain ftfy, clean news"),
    "plain ftfy": Case(ftfy_plain, "part"),
    "plain ftfy, clean news": Case(ftfy_clean_news, "part"),
    "plain langdetect": Case(langdetect_plain, "part"),
    "plain datasketch": Case(datasketch_plain, "part"),
    "plain pipeline": Case(plain_pipeline, "part"),
    "datatrove FTFYFormatter": Case(datatrove_ftfy, "part", peer=True),
    "datatrove C4QualityFilter": Case(datatrove_c4, "part", peer=True),
    "datatrove minhash signatures": Case(datatrove_minhash, "part", peer=True),
    "text-dedup minhash command": Case(text_dedup, peer=True),
}
