"""Several processes: the same bytes for any number of them, also when one is killed on the way."""

import os
import subprocess
import sys

import pytest
from conftest import ROOT, SAMPLES

import scrubber.workers
from scrubber.page import Block
from scrubber.segment.chunk import score_windows
from scrubber.segment.windows import Window
from scrubber.segment.wire import pack_scores, pack_windows, unpack_scores, unpack_windows
from scrubber.workers import Workers, lift

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


def windows():
    lines = DUMP.split("\n")
    return [Window(lines, 0, len(lines), True), Window(["", " "], 0, 2, True), Window([], 0, 0, True)]


def test_windows_and_scores_survive_the_wire():
    assert unpack_windows(pack_windows(windows())) == windows()
    scores = score_windows(windows())
    for found, wanted in zip(unpack_scores(pack_scores(scores)), scores, strict=True):
        assert (found is None) == (wanted is None)
        if wanted is not None:
            for name in ("line", "classes", "start", "rule", "echo", "chars"):
                assert (getattr(found, name) == getattr(wanted, name)).all(), name
                assert getattr(found, name).dtype == getattr(wanted, name).dtype


def test_a_worker_that_is_killed_is_replaced_and_nothing_is_lost(monkeypatch):
    start, started = scrubber.workers._start, []
    monkeypatch.setattr(scrubber.workers, "_start", lambda: started.append(start()) or started[-1])
    batches = [windows()[:1] for _ in range(8)]
    wanted = [pack_scores(score_windows(batch)) for batch in batches]
    with Workers(2) as workers:
        found = []
        for i, scores in enumerate(lift(workers)(score_windows, batches)):
            found.append(pack_scores(scores))
            if i in (2, 4):
                for process in started:
                    process.kill()
    assert found == wanted
    assert len(started) > 2


def test_a_request_that_kills_every_worker_is_computed_here(monkeypatch):
    asked = []

    def dies(worker, request):
        asked.append(request)

    monkeypatch.setattr(scrubber.workers, "_exchange", dies)
    batches = [windows()[:1] for _ in range(4)]
    with Workers(1) as workers:
        found = [pack_scores(scores) for scores in lift(workers)(score_windows, batches)]
    assert found == [pack_scores(score_windows(batch)) for batch in batches]
    assert len(asked) == 2 * 2


def test_a_library_call_starts_no_process():
    code = """if True:
        import subprocess, scrubber, sys
        def refuse(*_, **__): raise AssertionError("a process was started")
        subprocess.Popen.__init__ = refuse
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
