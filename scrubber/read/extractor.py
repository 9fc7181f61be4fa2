"""The main text of HTML pages, extracted by trafilatura in a child process with a time limit."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import subprocess
import sys
import time
from typing import Any

from scrubber.page import Block, Dead, Intake
from scrubber.read.html_child import frame


class Extractor:
    """A child process that extracts main text; killed when it overruns, and started again for the next page."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Extractor:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def block(self, html: bytes, source: str, meta: dict[str, Any], intake: Intake) -> Block | Dead:
        """The extracted page as a block, or why there is none."""
        found = self.extract(html)
        if reason := found.get("error"):
            return intake.dead(source, 0, f"HTML: {reason}", html[:1000])
        lines = found["text"].split("\n") if found["text"] else [""]
        title = found["title"]
        if isinstance(title, str) and title.strip() and title.strip() not in [line.strip() for line in lines[:3]]:
            lines.insert(0, " ".join(title.split()))
        known = {name: found[name] for name in ("title", "url", "created") if found.get(name) is not None}
        intake.lines += len(lines)
        return Block(source, 0, tuple(lines), ends_page=True, single=True, extracted=True, meta={**known, **meta})

    def extract(self, html: bytes) -> dict[str, Any]:
        """What the child found, or `{"error": reason}`."""
        child = self._running()
        assert child.stdin is not None and child.stdout is not None  # noqa: S101  both are pipes
        deadline = time.monotonic() + self._timeout
        try:
            self._send(child, frame(html), deadline)
            size = int.from_bytes(self._receive(child, 4, deadline), "little")
            found: dict[str, Any] = json.loads(self._receive(child, size, deadline))
        except TimeoutError:
            self._stop()
            return {"error": f"the extraction took longer than {self._timeout:g} s and was stopped (--html-timeout)"}
        except (EOFError, BrokenPipeError):
            code = self._stop()
            return {"error": f"the extraction died (status {code}); the page may need more memory than it is allowed"}
        return found

    def _running(self) -> subprocess.Popen[bytes]:
        if self._child is None:
            command = [sys.executable, "-m", "scrubber.read.html_child"]
            self._child = subprocess.Popen(  # noqa: S603  a fixed command
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is for the parent, which stops the child
            )
            for pipe in (self._child.stdin, self._child.stdout):
                assert pipe is not None  # noqa: S101
                os.set_blocking(pipe.fileno(), False)
        return self._child

    @staticmethod
    def _wait(pipe: int, event: int, deadline: float) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, event)
            if not selector.select(max(deadline - time.monotonic(), 0)):
                raise TimeoutError

    def _send(self, child: subprocess.Popen[bytes], data: bytes, deadline: float) -> None:
        pipe, view = child.stdin.fileno(), memoryview(data)  # type: ignore[union-attr]
        while view:
            self._wait(pipe, selectors.EVENT_WRITE, deadline)
            view = view[os.write(pipe, view[: 1 << 16]) :]

    def _receive(self, child: subprocess.Popen[bytes], size: int, deadline: float) -> bytes:
        pipe, parts = child.stdout.fileno(), []  # type: ignore[union-attr]
        while size:
            self._wait(pipe, selectors.EVENT_READ, deadline)
            data = os.read(pipe, min(size, 1 << 20))
            if not data:
                raise EOFError
            parts.append(data)
            size -= len(data)
        return b"".join(parts)

    def _stop(self) -> int | None:
        child, self._child = self._child, None
        if child is None:
            return None
        child.kill()
        code = child.wait()
        for pipe in (child.stdin, child.stdout):
            with contextlib.suppress(OSError):
                pipe.close()  # type: ignore[union-attr]
        return code
