"""Measure deduplication. Each part prints one JSON object per row; benchmarks/README.md holds the figures.

    python benchmarks/dedup.py quality     real, synth and captions of the evaluation kit, by halves of sites
    python benchmarks/dedup.py curve       share of the exact pairs that are found, over their Jaccard similarity
    python benchmarks/dedup.py speed       scrubber dedup end to end on clean JSONL, beside datasketch and peers
    python benchmarks/dedup.py captions    signatures of captions, beside datasketch
    python benchmarks/dedup.py index       a million synthetic signatures, in memory and on disk
    python benchmarks/dedup.py growth      100,000 to 10,000,000 synthetic signatures, and a plot

The kit is looked for in ../shared, or where SCRUBBER_SHARED says. One core: set OMP_NUM_THREADS=1.
"""

from __future__ import annotations

import argparse
import gzip
import importlib.util
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from hashlib import blake2b
from itertools import combinations
from pathlib import Path

import numpy as np
from dedup_peers import clear, environment, peers

from scrubber.dedup.candidate import Candidate, Scheme
from scrubber.dedup.caption_batch import keys_of
from scrubber.dedup.captions import CollapseCaptions
from scrubber.dedup.corpus import Corpus, Entry
from scrubber.dedup.index import Index
from scrubber.dedup.leader import Leaders
from scrubber.dedup.memory import Memory
from scrubber.dedup.same_caption import similarity
from scrubber.dedup.shingles import mix, shingle
from scrubber.dedup.signature import Sort, band_keys, tagged
from scrubber.dedup.table import NOBODY, Owners
from scrubber.dedup.verify import Criteria, measure
from scrubber.dedup.view import view
from scrubber.page import Kind, Label, Page, Verdict

ROOT = Path(__file__).parents[1]
SHARED = Path(os.environ.get("SCRUBBER_SHARED", ROOT.parent / "shared"))


def say(**row):
    print(json.dumps({k: round(v, 4) if isinstance(v, float) else v for k, v in row.items()}), flush=True)


def scorer():
    spec = importlib.util.spec_from_file_location("score", SHARED / "evaldata" / "score.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def half(name):
    """0 or 1, by a hash: sites, and families of made copies, are never on both sides."""
    return blake2b(name.encode(), digest_size=1).digest()[0] & 1


def clustered(rows, criteria):
    with Corpus() as corpus:
        corpus.add([Entry(row["id"], row["text"]) for row in rows])
        return [
            {"id": i, "duplicate_of": c and c.of}
            for i, c in zip(corpus.ids, corpus.cluster(criteria).copies, strict=True)
        ]


def quality():
    score = scorer()
    kits = {}
    for kit in ("real", "synth"):
        rows = list(score.rows(SHARED / f"evaldata/dedup/{kit}.docs.jsonl.gz"))
        kits[kit] = rows, list(score.rows(SHARED / f"evaldata/dedup/{kit}.pairs.jsonl.gz"))
    for containment in (None, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9):
        for kit, (rows, pairs) in kits.items():
            found = clustered(rows, Criteria(0.8, containment))
            sides = {row["id"]: half(row.get("group") or row["site"]) for row in rows}
            row = {"kit": kit, "containment": containment}
            for side, name in ((0, "choose"), (1, "report"), (None, "all")):
                ids = [r["id"] for r in rows if side in (None, sides[r["id"]])]
                known = set(ids)
                some = [p for p in pairs if p["a"] in known and p["b"] in known]
                result = score.score_dedup(ids, some, [f for f in found if f["id"] in known])
                row |= {f"{name}_{key}": result[key] for key in ("P", "R", "F1")}
            say(**row)
    texts = {row["id"]: row["text"] for row in score.rows(SHARED / "evaldata/dedup/captions.docs.jsonl.gz")}
    pairs = list(score.rows(SHARED / "evaldata/dedup/captions.pairs.jsonl.gz"))
    for threshold in (0.5, 0.6, 0.7, 0.8):
        found = [
            {"id": p["b"], "duplicate_of": p["a"] if similarity(texts[p["a"]], texts[p["b"]]) >= threshold else None}
            for p in pairs
        ]
        say(kit="captions", threshold=threshold, **score.score_dedup(list(texts), pairs, found))


def evaluation_pages():
    """Pages with their boilerplate, as many as the kit has: the hard case for candidates."""
    for name in ("pages", "pages_extra"):
        with gzip.open(SHARED / f"evaldata/{name}.jsonl.gz", "rt") as file:
            for line in file:
                yield json.loads(line)["light"]
    for kit in ("real", "synth"):
        with gzip.open(SHARED / f"evaldata/dedup/{kit}.docs.jsonl.gz", "rt") as file:
            for line in file:
                row = json.loads(line)
                yield row["text"]
                yield row["full"]


def all_pages():
    """Every page of the kit in every form: as scraped, lightly stripped, its main text, in a dump."""
    for name in ("pages", "pages_extra"):
        with gzip.open(SHARED / f"evaldata/{name}.jsonl.gz", "rt") as file:
            for line in file:
                yield json.loads(line)["text"]
    yield from evaluation_pages()
    yield from clean_pages()
    with gzip.open(SHARED / "evaldata/streams.jsonl.gz", "rt") as file:
        for line in file:
            row = json.loads(line)
            lines = row["text"].split("\n")
            for page in row["pages"]:
                yield "\n".join(lines[page["start_line"] : page["end_line"]]).strip("\n")


def clean_pages():
    """Main texts, each page once: what clean JSONL holds."""
    for name in ("pages", "pages_extra"):
        with gzip.open(SHARED / f"evaldata/{name}.jsonl.gz", "rt") as file:
            for line in file:
                row = json.loads(line)
                lines = [line for line in row["light"].split("\n") if line.strip()]
                kept = [line for line, label in zip(lines, row["light_labels"], strict=True) if label not in "DC"]
                yield "\n".join(kept)


def curve():
    """Which pages with an exact near-copy among the pages that stay are found as copies, by their best Jaccard."""
    texts = list(dict.fromkeys(all_pages()))
    sets = [one for i in range(0, len(texts), 64) for one in shingle(view(texts[i : i + 64])).sets()]
    pairs = exact_pairs(sets, 0.5)
    say(pages=len(texts), pairs_from_half=len(pairs))
    with Corpus() as corpus:
        for i in range(0, len(texts), 64):
            corpus.add([Entry(str(j), t) for j, t in enumerate(texts[i : i + 64], i)])
        found = corpus.cluster(Criteria(0.5, None))
    together = Counter()
    total = Counter()
    for (a, b), jaccard in pairs.items():
        kept = {found.representatives[a], found.representatives[b]}
        total[int(jaccard * 20)] += 1
        # found, or both gone to better pages: no pair of pages that stay is alike
        together[int(jaccard * 20)] += len(kept) == 1 or kept != {a, b}
    for step in sorted(total):
        say(jaccard_from=step / 20, pairs=total[step], found=together[step], recall=together[step] / total[step])


def exact_pairs(sets, least):
    owners = defaultdict(list)
    for i, own in enumerate(sets):
        for value in own[own < np.uint64((1 << 64) // 8)].tolist() if len(own) > 200 else own.tolist():
            owners[value].append(i)
    met = Counter()
    for members in owners.values():
        if 1 < len(members) <= 100:
            met.update(combinations(members, 2))
    found = {}
    for (a, b), shared in met.items():
        if shared > 1 and min(len(sets[a]), len(sets[b])) >= max(8, least * max(len(sets[a]), len(sets[b]))):
            jaccard = measure(sets[a], sets[b]).jaccard
            if jaccard >= least:
                found[a, b] = jaccard
    return found


def rotated(turn):
    """Letters moved on in their alphabets: new words in the shape of real pages."""
    table = {}
    for first, count in ((0x41, 26), (0x61, 26), (0x430, 32), (0x410, 32), (0x3B1, 24)):
        table |= {first + i: first + (i + turn) % count for i in range(count)}
    return table


def write_clean(path, megabytes):
    """Main texts in rotated alphabets as JSON lines; gives the number of bytes."""
    size, rows = 0, 0
    texts = list(dict.fromkeys(clean_pages()))
    with path.open("w") as file:
        for turn in range(1, 26):
            turned = rotated(turn)
            for text in texts:
                row = json.dumps({"id": str(rows), "text": text.translate(turned)}, ensure_ascii=False) + "\n"
                size += len(row.encode())
                rows += 1
                file.write(row)
                if size >= megabytes * 1_000_000:
                    say(records=rows, megabytes=size / 1e6)
                    return size
    return size


def speed(megabytes, pythons=()):
    """Whole processes on clean JSONL, scrubber before each other tool and after the last.

    User and system time, because walls lie on a shared machine. The first run writes byte code, as an install has it.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = folder / "clean.jsonl"
        size = write_clean(source, megabytes)
        ours = ("scrubber dedup", [sys.executable, "-c", _SCRUBBER, source, folder / "out"], "verified")
        others = [("datasketch", [sys.executable, "-c", _DATASKETCH, source, folder / "out"], "plain loop, unverified")]
        others += [peer for python in pythons for peer in peers(python, source, folder)]
        subprocess.run(ours[1], check=True, cwd=ROOT, env=environment())
        for other in others:
            timed(*ours, folder, size)
            timed(*other, folder, size)
        timed(*ours, folder, size)


def timed(name, command, note, folder, size):
    clear(folder)
    (folder / "out").unlink(missing_ok=True)
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(f"{name} failed:\n{done.stderr[-2000:]}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    row = {"tool": name, "note": note, "wall": wall, "cpu": cpu, "mb_per_cpu_second": size / 1e6 / cpu}
    if (folder / "out").exists():
        row["kept"] = sum(1 for _ in (folder / "out").open())
    say(**row)


_SCRUBBER = "import sys; from scrubber.cli import run; sys.exit(run('dedup', [sys.argv[1], '-o', sys.argv[2], '-q']))"
_DATASKETCH = """
import json, re, sys
from datasketch import MinHash, MinHashLSH
lsh = MinHashLSH(threshold=0.8, num_perm=128)
with open(sys.argv[2], 'w') as out:
    for line in open(sys.argv[1]):
        row = json.loads(line)
        words = re.findall(r'\\w+', row['text'].lower())
        m = MinHash(num_perm=128)
        m.update_batch([' '.join(words[i:i + 5]).encode() for i in range(max(1, len(words) - 4))])
        if not lsh.query(m):
            lsh.insert(row['id'], m, check_duplication=False)
            out.write(line)
"""


def captions():
    """Candidate keys of captions beside datasketch's signatures, and the whole stage beside MinHashLSH."""
    from datasketch import MinHash, MinHashLSH

    lines = [line.strip() for text in evaluation_pages() for line in text.split("\n") if 60 <= len(line.strip()) <= 300]
    lines = list(dict.fromkeys(lines))[:22_314]
    start = time.process_time()
    for i in range(0, len(lines), 1000):
        keys_of(lines[i : i + 1000])
    ours = len(lines) / (time.process_time() - start)
    some = lines[:2000]
    start = time.process_time()
    for line in some:
        sketch = MinHash(num_perm=64)
        sketch.update_batch([line[i : i + 5].encode() for i in range(max(1, len(line) - 4))])
    theirs = len(some) / (time.process_time() - start)
    say(what="keys", lines=len(lines), ours_per_second=ours, datasketch_per_second=theirs, times=ours / theirs)
    caption = Verdict(Label.CAPTION, "model", 1.0)
    pages = [
        Page("s", i, tuple(lines[i : i + 5]), id=str(i), kind=Kind.ARTICLE, verdicts=(caption,) * len(lines[i : i + 5]))
        for i in range(0, len(lines), 5)
    ]
    ours, theirs = [], []
    for _ in range(7):  # by turns, and medians: on a shared machine either takes up to twice its time
        start = time.process_time()
        repeats = sum(len(page.repeat_of) for page in CollapseCaptions()(pages))
        ours.append(len(lines) / (time.process_time() - start))
        lsh, start = MinHashLSH(threshold=0.7, num_perm=64), time.process_time()
        for i, line in enumerate(some):
            sketch = MinHash(num_perm=64)
            sketch.update_batch([line[i : i + 5].encode() for i in range(max(1, len(line) - 4))])
            if not lsh.query(sketch):
                lsh.insert(i, sketch, check_duplication=False)
        theirs.append(len(some) / (time.process_time() - start))
    ours, theirs = float(np.median(ours)), float(np.median(theirs))
    say(what="whole", ours_per_second=ours, datasketch_per_second=theirs, times=ours / theirs, repeats=repeats)


def synthetic(first, count, seed):
    """Candidates of `count` pages with random signatures; every fifth is a near copy of the page before it.

    `Leaders` finds these copies; `Index.query` does not, because both come in the same call.
    """
    draw = np.random.default_rng(seed + first)
    signatures = draw.integers(0, 1 << 32, (count, 128), np.uint32)
    copies = np.arange(1, count, 5)
    signatures[copies] = signatures[copies - 1]
    signatures[copies, draw.integers(0, 128, len(copies))] = draw.integers(0, 1 << 32, len(copies), np.uint32)
    bins = np.arange(128, dtype=np.uint64) << np.uint64(32)
    sets = np.sort(signatures.astype(np.uint64) | bins, axis=1)
    sequences = tagged(mix(np.arange(first + 1, first + count + 1, dtype=np.uint64)), Sort.SEQUENCE)
    keys = np.concatenate([sequences[:, None], band_keys(signatures, 16, 8)], axis=1)
    names = range(first, first + count)
    return [
        Candidate(f"{n:032x}", s, k, 128, n.to_bytes(16, "little")) for n, s, k in zip(names, sets, keys, strict=True)
    ]


def index(count):
    """Insert and query, making the synthetic pages not counted."""
    together = 8192
    table, spent, found = Owners(1), 0.0, 0
    for first in range(0, count, together):
        keys = np.concatenate([page.keys[1:] for page in synthetic(first, min(together, count - first), 1)])
        start = time.process_time()
        fresh = np.flatnonzero(table.find(keys)[0] == NOBODY)
        table.add(keys[fresh], np.zeros(len(fresh), np.int64), (first + fresh // 16).astype(np.int32))
        spent += time.process_time() - start
    say(
        what="table alone: candidates in memory",
        pages=count,
        per_second=count / spent,
        bytes_per_page=table.nbytes / count,
    )
    known = Memory(Scheme().seed, 1 << 62)
    leaders, spent = Leaders(known, Criteria()), 0.0
    for first in range(0, count, together):
        pages = synthetic(first, min(together, count - first), 1)
        start = time.process_time()
        found += sum(copy is not None for copy, _ in leaders.settle(pages, range(len(pages))))
        spent += time.process_time() - start
    say(what="verified copies in memory", pages=count, per_second=count / spent, copies=found, planted=count // 5)
    del leaders, known, table
    disk([count])


def disk(sizes, together=8192):
    """Fill one index, asking for each page first; CPU seconds until it had each of `sizes` pages, the last the most."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "index"
        Index.create(path)
        first, spent, wall, reached = 0, 0.0, 0.0, []
        with Index(path, write=True) as opened:
            for size in sizes:
                while first < size:
                    pages = synthetic(first, min(together, size - first), 1)
                    start, at = time.process_time(), time.perf_counter()
                    answers = opened.query(pages, Criteria())
                    opened.add([page for page, answer in zip(pages, answers, strict=True) if answer is None])
                    first += len(pages)
                    if first // together % 8 == 0 or first == size:
                        opened.commit()
                    spent, wall = spent + time.process_time() - start, wall + time.perf_counter() - at
                reached.append(spent)
                say_filled(opened, size, spent, wall)
    return reached


def say_filled(opened, size, spent, wall):
    info = opened.info()
    say(
        what="index on disk: new pages asked for and added",
        pages=size,
        per_cpu_second=size / spent,
        microseconds_per_page=spent / size * 1e6,
        per_second=size / wall,
        bytes_per_page=info["bytes"] / info["pages"],
        parts=info["bytes_per_page"],
        runs=info["runs"],
    )
    old = synthetic(0, min(8192, size), 1)
    start = time.process_time()
    again = opened.query(old, Criteria())
    say(
        what="old pages asked for again",
        per_second=len(old) / (time.process_time() - start),
        found=sum(a is not None for a in again) / len(old),
        peak_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    )


def growth(most):
    """Time over the pages of one index on disk as it grows, with a plot in benchmarks/dedup_growth.svg."""
    sizes = [size for size in (100_000, 300_000, 1_000_000, 3_000_000, 10_000_000) if size <= most]
    rows = list(zip(sizes, disk(sizes), strict=True))
    (ROOT / "benchmarks" / "dedup_growth.svg").write_text(plot(rows))


def plot(rows):
    """Log-log: pages across, CPU seconds up, and the line of linear growth through the first point."""
    width, height, margin = 640, 400, 60
    xs, ys = np.log10([r[0] for r in rows]), np.log10([r[1] for r in rows])
    low, span = min(ys.min(), ys[0]), max(ys.max(), ys[0] + xs[-1] - xs[0]) - ys.min()

    def at(x, y):
        across = margin + (x - xs[0]) / (xs[-1] - xs[0]) * (width - 2 * margin)
        return f"{across:.1f},{height - margin - (y - low) / span * (height - 2 * margin):.1f}"

    points = [at(x, y) for x, y in zip(xs, ys, strict=True)]
    linear = f"{at(xs[0], ys[0])} {at(xs[-1], ys[0] + xs[-1] - xs[0])}"
    labels = [
        f'<circle cx="{p.split(",")[0]}" cy="{p.split(",")[1]}" r="4"/>'
        f'<text x="{p.split(",")[0]}" y="{height - margin + 20}" text-anchor="middle">{size:,}</text>'
        f'<text x="{p.split(",")[0]}" y="{float(p.split(",")[1]) - 10}" text-anchor="middle">{spent:.1f} s</text>'
        for p, (size, spent) in zip(points, rows, strict=True)
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif" '
        f'font-size="12"><rect width="100%" height="100%" fill="white"/>'
        f'<text x="{width / 2}" y="24" text-anchor="middle">Index on disk: query and add, CPU seconds over pages</text>'
        f'<polyline points="{linear}" fill="none" stroke="silver" stroke-dasharray="6 4"/>'
        f'<polyline points="{" ".join(points)}" fill="none" stroke="black"/>{"".join(labels)}'
        f'<text x="{width / 2}" y="{height - 12}" text-anchor="middle">pages (dashed: linear)</text></svg>\n'
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=["quality", "curve", "speed", "captions", "index", "growth"])
    parser.add_argument("--size", type=int, help="megabytes for speed, pages for index and growth")
    parser.add_argument(
        "--peers-python",
        type=Path,
        action="append",
        default=[],
        help="Python of an environment with text-dedup or dolma, for speed; may be repeated",
    )
    options = parser.parse_args()
    if options.part == "speed":
        speed(options.size or 60, options.peers_python)
    elif options.part == "index":
        index(options.size or 1_000_000)
    elif options.part == "growth":
        growth(options.size or 10_000_000)
    else:
        {"quality": quality, "curve": curve, "captions": captions}[options.part]()


if __name__ == "__main__":
    main()
