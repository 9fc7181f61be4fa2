"""The repair of text alone: a dump in, the same lines out."""

from __future__ import annotations

import json
import os
from typing import Any

import click

from scrubber.cli import DAMAGED, OK, PIPE_CLOSED


@click.command(context_settings={"max_content_width": 110})
@click.argument("inputs", nargs=-1, metavar="[FILE]...")
@click.option("-o", "--output", default="-", metavar="FILE", help="Where the text goes; - is standard output.")
@click.option("--encoding", help="What to try for lines that are not UTF-8, before cp1252 (e.g. cp1251).")
@click.option("--mojibake/--no-mojibake", default=True, help="Decode again what was decoded wrongly. [default: yes]")
@click.option(
    "--entities",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    help="Resolve entities such as &amp;; auto leaves lines that hold a tag. [default: auto]",
)
@click.option("--ligatures/--no-ligatures", default=True, help="Take Latin ligatures apart. [default: yes]")
@click.option("--invisible/--no-invisible", default=True, help="Remove what nobody sees or needs. [default: yes]")
@click.option("--widths", is_flag=True, help="Turn fullwidth letters and halfwidth katakana into ordinary ones.")
@click.option("--uncurl-quotes", is_flag=True, help="Turn curly quotes into straight ones.")
@click.option("--explain", is_flag=True, help="Write, instead of the text, what changed and by which repairs, as JSON.")
def command(
    inputs: tuple[str, ...],
    output: str,
    encoding: str | None,
    mojibake: bool,
    entities: str,
    ligatures: bool,
    invisible: bool,
    widths: bool,
    uncurl_quotes: bool,
    explain: bool,
) -> int:
    """Repair the text of dumps, line by line, and write it as UTF-8: as many lines come out as go in.

    FILE is a text dump, also packed as .gz, .zst, .bz2 or .xz; - or nothing reads standard input.
    """
    from scrubber.fix import Repair

    repair = Repair(
        mojibake=mojibake,
        unescape_html={"auto": "auto", "always": True, "never": False}[entities],  # type: ignore[arg-type]
        latin_ligatures=ligatures,
        invisible=invisible,
        character_width=widths,
        uncurl_quotes=uncurl_quotes,
    )
    try:
        return _run(inputs or ("-",), output, encoding, repair, explain)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return PIPE_CLOSED


def _run(paths: tuple[str, ...], output: str, encoding: str | None, repair: Any, explain: bool) -> int:
    from scrubber.config import configure
    from scrubber.page import Dead, Intake
    from scrubber.read import ReadOptions, check_inputs, read
    from scrubber.write.output import opened

    check_inputs(paths)
    configure({"encoding": encoding})  # refuses an unknown name
    intake = Intake()
    options = ReadOptions(format="text", encoding=encoding)
    with opened(output) as sink:
        for path in paths:
            between = b""
            for block in read([path], options, intake):
                if isinstance(block, Dead):
                    continue
                fixed = repair(block)
                if explain:
                    sink.write(_explained(fixed, repair), now=True)
                else:
                    sink.write(between + "\n".join(fixed.lines).encode(), now=True)
                    between = b"\n"
            if between and intake.ends[options.source if path == "-" else path].final_newline:
                sink.write(between)
    for report in intake.reports:
        click.echo(f"scrubber fix: {report}", err=True)
    return DAMAGED if intake.damaged else OK


def _explained(block: Any, repair: Any) -> bytes:
    """A JSON record for each line that was repaired."""
    records = (
        {
            "source": block.source,
            "line": block.line + offset,
            "before": before,
            "after": block.lines[offset],
            "repairs": repair.names(before),
        }
        for offset, before in block.unrepaired.items()
    )
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)
