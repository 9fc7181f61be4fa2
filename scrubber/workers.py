"""Worker processes that score lines, in order. They move data and decide nothing: any number gives the same bytes.

Requests and answers are frames of bytes over pipes: nothing is pickled. A worker that dies is noticed; its request is
tried once more in a new worker, and given up after that, so that one killer page cannot stop the others.
"""

from __future__ import annotations

import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from queue import SimpleQueue
from types import TracebackType
from typing import Final

from scrubber.read.html_child import frame, read_frame
from scrubber.segment.scores import LineScores
from scrubber.segment.windows import Window
from scrubber.segment.wire import pack_windows, unpack_scores

AHEAD: Final = 2  # requests in flight per worker: one being computed, one waiting
TRIES: Final = 2
FIRST_HERE: Final = 2


class Workers:
    """A pool of processes that run `python -m scrubber.worker`; each thread here only waits for one of them."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._threads = ThreadPoolExecutor(number)
        self._idle: SimpleQueue[subprocess.Popen[bytes] | None] = SimpleQueue()
        for _ in range(number):
            self._idle.put(None)  # started when first needed

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._threads.shutdown(wait=kind is None, cancel_futures=True)
        for _ in range(self._number):
            _stop(self._idle.get())

    def map(self, requests: Iterable[bytes]) -> Iterator[bytes | None]:
        """The answers in the order of the requests; `None` for one that killed its worker twice.

        Requests are taken only a few ahead of the answers, so that memory stays bounded.
        """
        waiting: deque[Future[bytes | None]] = deque()
        for request in requests:
            waiting.append(self._threads.submit(self._ask, request))
            if len(waiting) >= self._number * AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    def _ask(self, request: bytes) -> bytes | None:
        worker = self._idle.get()
        try:
            for _ in range(TRIES):
                worker = worker or _start()
                answer = _exchange(worker, request)
                if answer is not None:
                    return answer
                _stop(worker)
                worker = None
        finally:
            self._idle.put(worker)
        return None


Function = Callable[[list[Window]], list[LineScores | None]]


def lift(workers: Workers) -> Callable[[Function, Iterable[list[Window]]], Iterator[list[LineScores | None]]]:
    """The scoring of `Segment` done by workers; the first batches here, so that a small input starts no process."""

    def scored(score: Function, batches: Iterable[list[Window]]) -> Iterator[list[LineScores | None]]:
        remaining, waiting = iter(batches), deque[list[Window]]()
        yield from map(score, islice(remaining, FIRST_HERE))

        def requests() -> Iterator[bytes]:
            for batch in remaining:
                waiting.append(batch)
                yield pack_windows(batch)

        for answer in workers.map(requests()):
            batch = waiting.popleft()
            yield score(batch) if answer is None else unpack_scores(answer)

    return scored


def _start() -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "scrubber.worker"]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)  # noqa: S603


def _exchange(worker: subprocess.Popen[bytes], request: bytes) -> bytes | None:
    """The answer, or `None` when the worker died over the request."""
    try:
        worker.stdin.write(frame(request))  # type: ignore[union-attr]
        worker.stdin.flush()  # type: ignore[union-attr]
        return read_frame(worker.stdout)  # type: ignore[arg-type]
    except BrokenPipeError:
        return None


def _stop(worker: subprocess.Popen[bytes] | None) -> None:
    if worker is not None:
        worker.kill()
        worker.communicate()
