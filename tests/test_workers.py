"""Several processes: the same bytes for any number of them, also when one is killed on the way."""

import io
import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import ROOT, SAMPLES

import scrubber.processes
from scrubber.dedup.ahead import MakeCandidates, plain_candidate
from scrubber.finish import Finish
from scrubber.fix import Repair
from scrubber.fix.wire import RepairBlocks
from scrubber.language import IdentifyLanguage
from scrubber.page import Block, Dead, Duplicate, Repeat
from scrubber.processes import Line
from scrubber.read.html_child import frame, read_frame
from scrubber.segment import Segment
from scrubber.segment.chunk import ScoreWindows
from scrubber.segment.windows import Window
from scrubber.segment.wire import pack_scores, pack_windows, unpack_windows
from scrubber.worker import services
from scrubber.workers import LARGE, Workers
from scrubber.write import Choice, MakeReady

DUMP = "".join((SAMPLES / name).read_text(encoding="utf-8") for name in ("news.txt", "languages.txt"))


@pytest.fixture(scope="module")
def big(tmp_path_factory):
    """A dump of some ten windows in which no page repeats another."""
    path = tmp_path_factory.mktemp("dump") / "big.txt"
    path.write_text("".join(DUMP.replace("Hallvik", f"Hallvik{i}").replace("Lake", f"Lake{i}") for i in range(120)))
    return path


def test_any_number_of_workers_gives_the_same_bytes(scrub, big):
    outputs = [scrub(big, "--workers", n, "--kinds", "all", "-q").stdout for n in (1, 2, 3)]
    assert outputs[0].count(b"\n") > 500
    assert outputs[1] == outputs[0]
    assert outputs[2] == outputs[0]


def test_rejects_and_ledger_are_the_same_for_any_number_of_workers(scrub, big, tmp_path):
    """What workers make ready, what deduplication has made again, and what came without UTF-8, repair and numbers."""
    records = tmp_path / "big.jsonl"
    lines = big.read_text().splitlines()
    with records.open("w") as file:
        for at in range(0, len(lines), 40):
            text = "\n".join(lines[at : at + 40]).replace("Monday", "Mon&shy;day&rsquo;s")
            file.write(
                json.dumps({"text": text, "n": 10**30 + at, "url": "http://a", "deep": {"of": [1.5, None]}}) + "\n"
            )
    damaged = tmp_path / "damaged.txt"
    damaged.write_bytes(big.read_bytes().replace(b"Friday", b"Frid\xe4y"))
    for source in (records, damaged):
        for form in ("jsonl", "text"):
            found = []
            for workers in (1, 2):
                names = [tmp_path / f"{name}.{workers}" for name in ("out", "rejects", "stats")]
                flags = [x for pair in zip(("-o", "--rejects", "--stats"), names, strict=True) for x in pair]
                scrub(source, *flags, "--to", form, "--workers", workers, "--keep-language", "en", "-q")
                stats = json.loads(names[2].read_text())
                found.append((names[0].read_bytes(), names[1].read_bytes(), stats["lines"], stats["pages"]))
            assert found[0] == found[1]
            assert found[0][2]["balanced"]
            assert found[0][3]["written"] >= 3
            assert found[0][3]["rejected"]["duplicate"] > 5


@pytest.mark.parametrize("form", ["jsonl", "text"])
@pytest.mark.parametrize("kinds", [("article", "stub"), ("all",), ("listing",)])
def test_what_a_worker_makes_ready_is_what_the_writer_makes(form, kinds):
    ready = MakeReady(Choice(kinds), form, tells=True)
    work = Finish(IdentifyLanguage(), MakeCandidates(), ready=ready)
    pages = work.unpack(cuts(), services()["finish"](work.pack(cuts())))
    assert len(pages) > 2
    for page in pages:
        assert page.ready == ready(page)
        assert ready.of(page) is page.ready
    page = pages[0]
    copy = replace(page, duplicate_of=Duplicate("other", "near", 0.9, 0.9))
    assert ready.of(copy) == ready(copy) != page.ready
    repeats = replace(page, repeat_of={0: Repeat("other", 3, 1.0)})
    assert ready.of(repeats) == ready(repeats) != page.ready


def windows():
    lines = DUMP.split("\n")
    return [Window(lines, 0, len(lines), True), Window(["", " "], 0, 2, True), Window([], 0, 0, True)]


def cuts():
    block = Block("news", 7, tuple(DUMP.split("\n")), meta={"title": "A title", "url": None})
    return [cut for cut in Segment().cuts([block]) if not isinstance(cut, Dead)]


def plain(found):
    """Results to be compared: arrays as bytes."""
    if found and hasattr(found[0], "candidate"):
        return [(replace(p, candidate=None), plain_candidate(p)) for p in found]
    return pack_scores(found) if found and (found[0] is None or hasattr(found[0], "classes")) else found


def test_windows_survive_the_wire():
    assert unpack_windows(pack_windows(windows())) == windows()


@pytest.mark.parametrize(
    ("work", "batch"),
    [
        (RepairBlocks(Repair()), [Block("a", 3, ("caf\u00c3\u00a9", "", "It&rsquo;s")), Block("b", 0, ())]),
        (RepairBlocks(Repair(mojibake=False)), [Block("a", 3, ("caf\u00c3\u00a9", "It&rsquo;s"))]),
        (ScoreWindows(), windows()),
        (Finish(IdentifyLanguage(), MakeCandidates()), cuts()),
        (Finish(IdentifyLanguage(min_letters=10_000), None), cuts()),
    ],
    ids=["repair", "repair with a choice", "score", "finish", "finish without deduplication"],
)
def test_work_is_the_same_here_and_over_the_wire(work, batch):
    assert len(batch) > 0
    there = work.unpack(batch, services()[work.name](work.pack(batch)))
    assert plain(there) == plain(work(batch))


def test_verdicts_that_come_over_the_wire_are_shared():
    work = Finish(IdentifyLanguage(), None)
    pages = work.unpack(cuts(), services()["finish"](work.pack(cuts())))
    verdicts = [verdict for page in pages for verdict in page.verdicts]
    assert len(set(map(id, verdicts))) == len(set(verdicts)) < len(verdicts)


@pytest.fixture
def pool():
    """Two workers, of which one or both are ready."""
    with Workers(2) as workers:
        workers.wake()
        while not workers.ready:
            time.sleep(0.01)
        yield workers


def started(pool):
    return [worker for line in pool._lines for worker in line._all]


def is_gone(worker):
    try:
        os.kill(worker._number, 0)
    except ProcessLookupError:
        return True
    return False


def test_a_worker_that_is_killed_is_replaced_and_nothing_is_lost(pool):
    batches = [windows()[:1] for _ in range(8)]
    wanted = [pack_scores(ScoreWindows()(batch)) for batch in batches]
    found = []
    for i, scores in enumerate(pool.lift(ScoreWindows(), batches)):
        found.append(pack_scores(scores))
        if i in (2, 4):
            for worker in started(pool):
                worker.kill()
    assert found == wanted
    assert len(started(pool)) > 2


def test_an_answer_that_breaks_off_is_no_answer():
    assert read_frame(io.BytesIO(frame(b"whole"))) == b"whole"
    assert read_frame(io.BytesIO(frame(b"whole")[:-1])) is None


def test_a_request_that_kills_every_worker_is_done_here(monkeypatch, pool):
    asked = []

    def dies(line, name, request):
        asked.append(request)

    monkeypatch.setattr(Line, "ask", dies)
    batches = [windows()[:1] for _ in range(4)]
    found = [pack_scores(scores) for scores in pool.lift(ScoreWindows(), batches)]
    assert found == [pack_scores(ScoreWindows()(batch)) for batch in batches]
    assert len(asked) == 2 * 4


def test_where_the_system_starts_no_process_the_work_is_done_here(monkeypatch, pool):
    def refuses():
        raise OSError("no more processes")

    for line in pool._lines:
        line.load()
    for worker in started(pool):
        worker.kill()
    monkeypatch.setattr(scrubber.processes, "spawn", refuses)
    assert [pack_scores(scores) for scores in pool.lift(ScoreWindows(), [windows()])] == [
        pack_scores(ScoreWindows()(windows()))
    ]


def test_half_a_character_cannot_travel_and_is_repaired_here(pool):
    blocks = [Block("a", 0, ("half \ud800 of it",))]
    assert list(pool.lift(RepairBlocks(Repair()), [blocks])) == [[Repair()(blocks[0])]]


def test_a_small_input_starts_no_process():
    with Workers(2) as workers:
        small = [Block("a", 0, ("x" * LARGE,))]
        assert list(workers.lift(RepairBlocks(Repair()), [list(workers.awake(small))])) == [small]
        assert not workers._lines


def test_no_process_stays_behind_when_the_input_ends_before_they_are_ready():
    with Workers(2) as workers:
        list(workers.awake([Block("a", 0, ("x" * LARGE,)), Block("a", 1, ("more",))]))
        while len(started(workers)) < 2:
            time.sleep(0.01)
        assert not any(map(is_gone, started(workers)))
    assert all(map(is_gone, started(workers)))


@pytest.mark.parametrize("threads", [0, 1])
def test_a_process_is_forked_only_where_it_has_one_thread(big, threads):
    """Both ways give the pages that one process gives, and leave no process behind."""
    code = """if True:
        import os, subprocess, sys, threading, scrubber
        made = set()
        fork, popen = os.fork, subprocess.Popen.__init__
        def forks():
            made.add("fork")
            return fork()
        def starts(self, *rest, **more):
            made.add("spawn")
            popen(self, *rest, **more)
        os.fork, subprocess.Popen.__init__ = forks, starts
        stop = threading.Event()
        for _ in range(int(sys.argv[2])):
            threading.Thread(target=stop.wait).start()
        alone, many = [[p.record() for p in scrubber.clean(sys.argv[1], workers=n, dedup=False)] for n in (1, 2)]
        stop.set()
        assert alone == many
        assert len(alone) > 50
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            print(*made)
    """
    command = [sys.executable, "-c", code, str(big), str(threads)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(command, env=environment, check=True, timeout=120, capture_output=True, text=True)
    assert done.stdout.split() == (["spawn"] if threads or sys.platform != "linux" else ["fork"])


def test_a_forked_worker_dies_with_its_parent(big):
    """Each copy has only its own pipes open: when the parent is killed, all of them read to the end and leave."""
    code = """if True:
        import itertools, os, signal, sys, scrubber, scrubber.processes
        fork = scrubber.processes.fork
        numbers = []
        def told():
            numbers.append(fork())
            return numbers[-1]
        scrubber.processes.fork = told
        for page in itertools.islice(scrubber.clean(sys.argv[1], workers=2, dedup=False), 300):
            if numbers:
                print(*[worker._number for worker in numbers], flush=True)
                os.kill(os.getpid(), signal.SIGKILL)
    """
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-c", code, str(big)]
    done = subprocess.run(command, env=environment, check=False, timeout=120, capture_output=True, text=True)
    numbers = list(map(int, done.stdout.split()))
    assert len(numbers) == (2 if sys.platform == "linux" else 0)
    deadline = time.monotonic() + 30
    while any(map(is_running, numbers)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(is_running, numbers))


def is_running(number):
    """A process that nobody waits for stays as a zombie."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rsplit(")")[-1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_library_call_starts_no_process():
    code = """if True:
        import os, subprocess, scrubber, sys
        def refuse(*_, **__): raise AssertionError("a process was started")
        subprocess.Popen.__init__ = os.fork = refuse
        assert scrubber.clean_text(sys.stdin.read() * 40)
    """
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", code], input=DUMP.encode(), env=environment, check=True, timeout=120)


def test_a_record_leaks_nothing_into_its_neighbours():
    from scrubber.segment import Segment

    lines = tuple(DUMP.split("\n")[:58])
    alone = list(Segment()([Block("a", 0, lines, ends_page=True)]))
    among = list(Segment()([Block(name, 0, lines, ends_page=True) for name in "xay"]))
    assert [p.verdicts for p in alone] == [p.verdicts for p in among if p.source == "a"]
