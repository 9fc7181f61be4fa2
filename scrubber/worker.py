"""A worker process: answers frames of packed work with frames of packed results until its pipe closes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import BinaryIO, Final

from scrubber.page import Block, Dead
from scrubber.read.html_child import frame, read_frame

READY: Final = b"ready"


def services() -> Mapping[str, Callable[[bytes], bytes]]:
    """What a worker can do: the name of the work -> request -> answer."""
    from scrubber import finish
    from scrubber.fix import wire

    return {"fix": wire.serve, "look": finish.serve_look, "finish": finish.serve}


def load() -> None:
    """Have the tables of all stages read before the first request."""
    from scrubber.dedup.ahead import MakeCandidates
    from scrubber.finish import Finish
    from scrubber.fix import Repair
    from scrubber.language import IdentifyLanguage
    from scrubber.segment import Segment

    block = Repair()(Block("-", 0, ("What is loaded once is no longer waited for, it&rsquo;s here.",)))
    finish = Finish(IdentifyLanguage(), MakeCandidates(kinds=("all",)))
    finish([cut for cut in Segment().cuts([block]) if not isinstance(cut, Dead)])


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Answer until the source ends: frames come in twos, the name of the work and the request."""
    known = services()
    while True:
        name, request = read_frame(source), read_frame(source)
        if name is None or request is None:
            return
        sink.write(frame(known[name.decode()](request)))
        sink.flush()


def main() -> None:
    """Serve standard input, once all is loaded."""
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # a library that prints must not break the frames
    load()
    sink.write(frame(READY))
    sink.flush()
    serve(source, sink)


if __name__ == "__main__":
    main()
