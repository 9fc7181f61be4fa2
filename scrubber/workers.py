"""Worker processes for work on batches, in order. They move data and decide nothing: any number gives the same bytes.

Requests and answers are frames of bytes over pipes: nothing is pickled. A worker that dies is noticed; its request is
tried once more in a new worker, and after that done here, so that one killer page cannot stop the others.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from scrubber.page import Block, Dead
from scrubber.read.html_child import frame, read_frame

if TYPE_CHECKING:  # imported when processes are started: a small input needs none
    import subprocess
    from concurrent.futures import Future

AHEAD: Final = 2  # requests in flight per worker and kind of work: one being done, one waiting
TRIES: Final = 2
LARGE: Final = 1_000_000  # characters; an input with less is done before a worker has loaded its tables

A = TypeVar("A", contravariant=True)
B = TypeVar("B", covariant=True)
Batch = TypeVar("Batch")
Done = TypeVar("Done")


class Work(Protocol[A, B]):
    """Work on batches that can be done here, by a call, or be packed, done by a worker, and unpacked."""

    @property
    def name(self) -> str: ...  # which of `scrubber.worker.services` does it

    def __call__(self, batch: A, /) -> B: ...
    def pack(self, batch: A, /) -> bytes: ...
    def unpack(self, batch: A, answer: bytes, /) -> B: ...


class Workers:
    """A pool of processes that run `python -m scrubber.worker`; each thread here only waits for one of them."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._loading: list[Future[None]] = []
        self._started: list[subprocess.Popen[bytes]] = []
        self._closed = False

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed = True
        if not self._loading:
            return
        self._threads.shutdown(wait=False, cancel_futures=True)
        for worker in self._started:
            worker.kill()  # whoever waits for it is told that it is gone
        self._threads.shutdown()
        for worker in self._started:
            worker.communicate()

    def wake(self) -> None:
        """Start the processes, without waiting for them."""
        if self._loading:
            return
        from concurrent.futures import ThreadPoolExecutor
        from queue import SimpleQueue

        self._threads = ThreadPoolExecutor(self._number)
        self._idle: SimpleQueue[subprocess.Popen[bytes] | None] = SimpleQueue()
        self._loading = [self._threads.submit(self._load) for _ in range(self._number)]

    @property
    def ready(self) -> bool:
        """Whether a worker has loaded all that it needs: as long as none has, work is done sooner here."""
        return any(one.done() for one in self._loading)

    def awake(self, blocks: Iterable[Block | Dead]) -> Iterator[Block | Dead]:
        """The blocks; where more come after `LARGE` characters, the processes are started: with the first pages out."""
        size = 0
        for block in blocks:
            if size >= LARGE:
                self.wake()
            elif isinstance(block, Block):
                size += sum(map(len, block.lines))
            yield block

    def lift(self, work: Work[Batch, Done], batches: Iterable[Batch]) -> Iterator[Done]:
        """`map(work, batches)`, with the batches that come once a worker is ready done by workers.

        Batches are taken only a few ahead of the results, so that memory stays bounded.
        """
        waiting: deque[tuple[Batch, Future[bytes | None]]] = deque()
        for batch in batches:
            if not waiting and not self.ready:
                yield work(batch)
                continue
            waiting.append((batch, self._threads.submit(self._ask, work, batch)))
            while waiting and (len(waiting) >= self._number * AHEAD or waiting[0][1].done()):
                yield _result(work, *waiting.popleft())
        while waiting:
            yield _result(work, *waiting.popleft())

    def _load(self) -> None:
        worker = None
        try:
            worker = self._new()
        finally:
            self._idle.put(worker)

    def _ask(self, work: Work[Batch, Done], batch: Batch) -> bytes | None:
        """The answer to a batch; `None` for one that cannot travel or has killed its worker twice."""
        try:
            request = work.pack(batch)
        except UnicodeEncodeError:  # half a character
            return None
        worker = self._idle.get()
        try:
            for _ in range(TRIES):
                if self._closed:
                    break
                worker = worker or self._new()
                answer = _exchange(worker, work.name, request)
                if answer is not None:
                    return answer
                worker.kill()
                worker = None
        except OSError:  # the system starts no process now
            worker = None
        finally:
            self._idle.put(worker)
        return None

    def _new(self) -> subprocess.Popen[bytes]:
        """A worker that has said that it is ready."""
        worker = _start()
        self._started.append(worker)
        read_frame(worker.stdout)  # type: ignore[arg-type]
        return worker


def _result(work: Work[Batch, Done], batch: Batch, answer: Future[bytes | None]) -> Done:
    data = answer.result()
    return work(batch) if data is None else work.unpack(batch, data)


def _start() -> subprocess.Popen[bytes]:
    import subprocess

    command = [sys.executable, "-m", "scrubber.worker"]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)  # noqa: S603


def _exchange(worker: subprocess.Popen[bytes], name: str, request: bytes) -> bytes | None:
    """The answer, or `None` when the worker died over the request."""
    try:
        worker.stdin.write(frame(name.encode()))  # type: ignore[union-attr]
        worker.stdin.write(frame(request))  # type: ignore[union-attr]
        worker.stdin.flush()  # type: ignore[union-attr]
        return read_frame(worker.stdout)  # type: ignore[arg-type]
    except BrokenPipeError:
        return None
