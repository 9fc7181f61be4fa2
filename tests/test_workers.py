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
from scrubber.finish import Finish, LookAtWindows
from scrubber.fix import Repair
from scrubber.fix.wire import RepairBlocks
from scrubber.language import IdentifyLanguage
from scrubber.page import Block, Dead, Duplicate, Repeat
from scrubber.processes import Line
from scrubber.read.html_child import frame, read_frame
from scrubber.segment import Segment
from scrubber.segment.chunk import ScoreWindows
from scrubber.segment.foresee import Foresee
from scrubber.segment.run import Run
from scrubber.segment.windows import Window
from scrubber.segment.wire import VerdictTable, plain_scores, plain_window, verdicts_of, window_of
from scrubber.worker import services
from scrubber.workers import LARGE, PATIENCE, Workers
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
    if found and hasattr(found[0], "scores"):
        return [scored.scores and plain_scores(scored.scores) for scored in found]
    return found


def look(**options):
    return LookAtWindows(ScoreWindows(), Foresee(**options), Finish(IdentifyLanguage(), MakeCandidates()))


def placed_windows(lines, **noted):
    """The windows of a run in two blocks, with what is known of their lines."""
    half = len(lines) // 2
    first = Block("s", 7, tuple(lines[:half]), meta={"title": "A title"}, encoding="cp1251", **noted)
    run = Run(first, cuts=True, max_page_lines=10_000, start_from=0.12)
    second = replace(first, line=7 + half, lines=tuple(lines[half:]))
    return [*run.take(first), *run.take(second), *run.end()]


def test_windows_survive_the_wire():
    noted = {"undecoded": {3: b"\xff", 1500: b"\xfe"}, "unrepaired": {4: "It&rsquo;s"}}
    found = [*windows(), *placed_windows(DUMP.split("\n") * 80, **noted)]
    assert [window_of(plain_window(window)) for window in found] == found
    assert [sorted(window.place.undecoded) for window in found[3:5]] == [[3], [1500 - 1024]]


def test_verdicts_survive_the_wire():
    table, said = VerdictTable(), [page.verdicts for page in Segment()([Block("a", 0, tuple(DUMP.split("\n")))])]
    numbers = [table.numbers(verdicts) for verdicts in said]
    back = verdicts_of(table.plain)
    assert len(back) < sum(map(len, said)) / 4
    for verdicts, which in zip(said, numbers, strict=True):
        assert tuple(back[i] for i in memoryview(which).cast("H")) == verdicts


def test_nearly_all_pages_are_foreseen_and_the_others_worked_out(big):
    """A worker finishes the pages that a window seems to hold; those that it cannot see whole are finished here."""
    lines, work, known = big.read_text().split("\n"), look(), []

    def there(score, batches):
        return (work.unpack(batch, services()["look"](work.pack(batch))) for batch in batches)

    blocks = [Block("s", 0, tuple(lines), undecoded={900: b"\xff"}, unrepaired={7: "It&rsquo;s", 3000: "x"})]
    alone, seen = (list(Segment(lift=lift).cuts(blocks)) for lift in (map, there))
    known = [cut for cut in seen if cut.known]
    assert len(known) > 0.9 * len(seen) > 500
    assert len(known) < len(seen)
    assert plain(work.finish(seen)) == plain(work.finish(alone))
    assert not any(cut.rows for cut in known)


def test_a_page_that_was_foreseen_otherwise_is_worked_out_again(big):
    """Whoever foresees with another limit is not believed where the pages differ."""
    lines = big.read_text().split("\n")
    right, wrong = look(), look(max_page_lines=60)

    def there(score, batches):
        return (right.unpack(batch, services()["look"](wrong.pack(batch))) for batch in batches)

    blocks = [Block("s", 0, tuple(lines))]
    alone, seen = (list(Segment(lift=lift).cuts(blocks)) for lift in (map, there))
    assert 0 < sum(cut.known is not None for cut in seen) < len(seen)
    assert plain(right.finish(seen)) == plain(right.finish(alone))


def test_records_are_foreseen_whole():
    blocks = [Block(name, 0, tuple(DUMP.split("\n")[:40]), ends_page=True, single=True) for name in "abc"]
    work = look()

    def there(score, batches):
        return (work.unpack(batch, services()["look"](work.pack(batch))) for batch in batches)

    assert all(cut.known for cut in Segment(lift=there).cuts(blocks))


@pytest.mark.parametrize(
    ("work", "batch"),
    [
        (RepairBlocks(Repair()), [Block("a", 3, ("caf\u00c3\u00a9", "", "It&rsquo;s")), Block("b", 0, ())]),
        (RepairBlocks(Repair(mojibake=False)), [Block("a", 3, ("caf\u00c3\u00a9", "It&rsquo;s"))]),
        (look(), windows()),
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
    wanted = [plain(look()(batch)) for batch in batches]
    found = []
    for i, scored in enumerate(pool.lift(look(), batches)):
        found.append(plain(scored))
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
    found = [plain(scored) for scored in pool.lift(look(), batches)]
    assert found == [plain(look()(batch)) for batch in batches]
    assert len(asked) == 2 * 4


def test_where_the_system_starts_no_process_the_work_is_done_here(monkeypatch, pool):
    def refuses():
        raise OSError("no more processes")

    for line in pool._lines:
        line.load()
    for worker in started(pool):
        worker.kill()
    monkeypatch.setattr(scrubber.processes, "spawn", refuses)
    assert [plain(scored) for scored in pool.lift(look(), [windows()])] == [plain(look()(windows()))]


def test_half_a_character_cannot_travel_and_is_repaired_here(pool):
    blocks = [Block("a", 0, ("half \ud800 of it",))]
    assert list(pool.lift(RepairBlocks(Repair()), [blocks])) == [[Repair()(blocks[0])]]


def test_a_small_input_starts_no_process():
    with Workers(2) as workers:
        small = [Block("a", 0, ("x" * LARGE,))]
        assert list(workers.lift(RepairBlocks(Repair()), [list(workers.awake(small))])) == [small]
        assert not workers._lines


def test_processes_start_where_a_long_run_goes_on():
    """The first window is scored here, so that its pages come out soon; with the second, they start."""
    lines = tuple("A line of text that says little" for _ in range(20_000))
    windows = placed_windows(lines)
    assert [window.last for window in windows] == [False, False, False, True]
    with Workers(2) as workers:
        results = workers.lift(look(), ([window] for window in windows))
        list(workers.awake([Block("a", 0, lines)]))
        next(results)
        assert not workers._lines
        next(results)
        assert len(workers._lines) == 2
        assert len(list(results)) == 2


@pytest.mark.parametrize("slow", [False, True])
def test_what_is_done_goes_out_before_more_is_waited_for_where_input_is_slow(pool, slow):
    """Else as many batches are taken as keep the workers busy."""
    taken = []

    def batches():
        for i in range(6):
            taken.append(i)
            yield [Block("a", i, ("It&rsquo;s",))]
            time.sleep(0.3 if slow else 0)

    def blocks():
        time.sleep(1.5 * PATIENCE if slow else 0)
        yield Block("a", 0, ())

    list(pool.awake(blocks()))
    results = pool.lift(RepairBlocks(Repair()), batches())
    assert next(results)[0].lines == ("It’s",)
    assert len(taken) < 6 if slow else len(taken) == 6
    assert len(list(results)) == 5


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


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing is forked")
def test_what_is_loaded_beside_is_there_before_the_command_forks(big):
    """The thread that loads tables is waited for: with it, each worker would be started anew, and load them itself."""
    code = """if True:
        import subprocess, sys, scrubber.language.profiles as profiles
        from scrubber import cli, processes
        fork, found = processes.fork, []
        def told():
            found.append(profiles.tables.cache_info().currsize)
            return fork()
        def refuse(*_, **__): raise AssertionError("a process was started")
        processes.fork, subprocess.Popen.__init__ = told, refuse
        assert cli.run("clean", ["-q", "-o", sys.argv[2], "--workers", "2", sys.argv[1]]) == 0
        print(*found)
    """
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-c", code, str(big), os.devnull]
    done = subprocess.run(command, env=environment, check=True, timeout=120, capture_output=True, text=True)
    assert done.stdout.split() == ["1", "1"]


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
