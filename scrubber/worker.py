"""A worker process: answers frames of packed windows with frames of packed scores until its pipe closes."""

from __future__ import annotations

import sys

from scrubber.read.html_child import frame, read_frame


def main() -> None:
    """Serve standard input."""
    from scrubber.segment.chunk import score_windows
    from scrubber.segment.wire import pack_scores, unpack_windows

    source, sink = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # a library that prints must not break the frames
    while (request := read_frame(source)) is not None:
        sink.write(frame(pack_scores(score_windows(unpack_windows(request)))))
        sink.flush()


if __name__ == "__main__":
    main()
