"""Put a text dump together again, byte for byte, from what a run wrote."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from scrubber.errors import InputError


@click.command()
@click.argument("output_file", metavar="OUT")
@click.argument("rejects_file", metavar="REJECTS")
@click.option("--source", help="Which source to restore, where the run read several.")
@click.option("-o", "--output", "target", default="-", metavar="FILE", help="Where it goes; - is standard output.")
def command(output_file: str, rejects_file: str, source: str | None, target: str) -> int:
    """Put a UTF-8 text dump together again from the records in OUT and the rejects in REJECTS.

    OUT and REJECTS are the files of one run of `scrubber -o OUT --rejects REJECTS`.
    """
    from scrubber.write.output import opened
    from scrubber.write.rejects import restored

    end = _end_of(rejects_file, source)
    output = (r for r in _records(output_file) if r.get("source") == end["source"])
    rejects = (r for r in _records(rejects_file) if r["type"] != "source" and r["source"] == end["source"])
    with opened(target) as sink:
        for line in restored(output, rejects, end):
            sink.write(line)
    return 0


def _end_of(path: str, source: str | None) -> dict[str, Any]:
    ends = [record for record in _records(path) if record.get("type") == "source"]
    found = [end for end in ends if source in (None, end["source"])]
    names = ", ".join(end["source"] for end in ends) or "none; only text dumps can be restored"
    if not found:
        raise InputError(path, f"no such source; there are: {names}")
    if len(found) > 1:
        raise InputError(path, f"several sources; choose one with --source: {names}")
    return found[0]


def _records(path: str) -> Iterator[dict[str, Any]]:
    from scrubber.read.jsonl import parsed_lines

    return parsed_lines(path)
