"""Worker processes and the pipes to them.

Where it is safe, a worker is a fork of this process: it has all tables from the first moment, and shares their memory.
A process with threads must not be forked, as the copy has their locks and not them; then, and in place of a worker that
died, a new interpreter is started.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Final

from scrubber.read.html_child import frame, read_frame
from scrubber.worker import serve

_THREADS: Final = Path("/proc/self/task")  # of this process, also those that Python knows nothing of
_LOOKS: Final = 5
_MOMENT: Final = 0.002  # seconds
_ROOM: Final = 1 << 20  # bytes that a pipe may hold: a request that waits is not written piece by piece
_MOST_FILES: Final = 1 << 20


class Worker:
    """A process that answers frames with frames."""

    def __init__(self, number: int, requests: int, answers: int) -> None:
        self._number, self._gone = number, False
        self._requests, self._answers = os.fdopen(requests, "wb", 0), os.fdopen(answers, "rb")

    def send(self, data: bytes) -> None:
        """A frame to the worker. Raises `BrokenPipeError` where it has died."""
        left = memoryview(frame(data))
        while left:
            left = left[self._requests.write(left) :]

    def answer(self) -> bytes | None:
        """Its next frame, or `None` where it has died."""
        return read_frame(self._answers)

    def kill(self) -> None:
        if not self._gone:
            os.kill(self._number, signal.SIGKILL)

    def close(self) -> None:
        """End it and wait until it is gone."""
        self.kill()
        self._requests.close()
        self._answers.close()
        if not self._gone:
            self._gone = True
            os.waitpid(self._number, 0)


class Line:
    """The way to one worker: requests go out one after the other, and answers come back in their order.

    A second request may be sent while the first is being done. Where the worker has died, the next request starts
    another one.
    """

    def __init__(self) -> None:
        self._asking, self._answering = Lock(), Lock()
        self._worker: Worker | None = None
        self._all: list[Worker] = []

    @property
    def connected(self) -> bool:
        """Whether a worker has loaded all that it needs."""
        return self._worker is not None

    def connect(self, worker: Worker) -> None:
        """Use this worker, which has loaded all that it needs."""
        self._worker = worker
        self._all.append(worker)

    def load(self) -> None:
        """Have a worker that is connected, or raise `OSError` where the system starts no process."""
        with self._asking:
            self._connected_one()

    def ask(self, name: str, request: bytes) -> bytes | None:
        """The answer, or `None` where the worker died over the request or one before it."""
        with self._asking:
            worker = self._connected_one()
            try:
                worker.send(name.encode())
                worker.send(request)
            except BrokenPipeError:
                pass  # then there is no answer either
            self._answering.acquire()  # before another may ask: answers come in the order of requests
        try:
            answer = worker.answer()
            if answer is None:
                worker.kill()
                self._worker = None if self._worker is worker else self._worker
            return answer
        finally:
            self._answering.release()

    def kill(self) -> None:
        """End the worker, whatever it does."""
        for worker in self._all:
            worker.kill()

    def close(self) -> None:
        """End all that were ever started."""
        for worker in self._all:
            worker.close()

    def _connected_one(self) -> Worker:
        if self._worker is None:
            worker = spawn()
            worker.answer()  # it says that it is ready
            self.connect(worker)
            return worker
        return self._worker


def may_fork() -> bool:
    """Whether a copy of this process is sure to work: it has one thread, on a system that shows all of them."""
    try:
        return sys.platform == "linux" and any(_is_alone() for _ in range(_LOOKS))
    except OSError:
        return False


def _is_alone() -> bool:
    """Whether there is one thread. One that has just ended may still be there for a moment; Python knows better."""
    alone = len(list(_THREADS.iterdir())) == 1
    if not alone and threading.active_count() == 1:
        time.sleep(_MOMENT)
    return alone


def fork() -> Worker:
    """A worker that is a copy of this process."""
    (requests, ask), (answers, reply) = os.pipe(), os.pipe()
    number = os.fork()
    if number == 0:
        try:
            _become_worker(requests, reply)
        finally:
            os._exit(0)  # nothing of what the copy has open is its own: nothing is flushed or closed
    os.close(requests)
    os.close(reply)
    _widen(ask, answers)
    return Worker(number, ask, answers)


def _become_worker(requests: int, reply: int) -> None:
    """Serve in the copy: with pipes in place of standard input and output, and no other file open."""
    os.setsid()
    os.dup2(requests, 0)
    os.dup2(reply, 1)
    os.closerange(3, _MOST_FILES)  # a pipe of which a copy has an end does not close
    gc.freeze()  # going over old objects would copy the memory that they share with the parent
    sys.stdout = sys.stderr
    serve(os.fdopen(0, "rb"), os.fdopen(1, "wb"))


def spawn() -> Worker:
    """A worker in a new interpreter; its first frame says that it is ready."""
    import subprocess

    (requests, ask), (answers, reply) = os.pipe(), os.pipe()
    command = [sys.executable, "-m", "scrubber.worker"]
    try:
        process = subprocess.Popen(command, stdin=requests, stdout=reply, start_new_session=True)  # noqa: S603
    except OSError:
        os.close(ask)
        os.close(answers)
        raise
    finally:
        os.close(requests)
        os.close(reply)
    _widen(ask, answers)
    process.returncode = 0  # it is waited for in `Worker.close`
    return Worker(process.pid, ask, answers)


def _widen(*pipes: int) -> None:
    """Have room for a request that waits, where the system lets us."""
    import fcntl

    for pipe in pipes:
        with suppress(OSError, AttributeError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _ROOM)
