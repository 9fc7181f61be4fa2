"""An index of pages on disk: make it, fill it, ask it, keep it in shape."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import click

from scrubber.cli import DAMAGED, FAILED, OK
from scrubber.commands.records import Fields, in_groups, read_records

if TYPE_CHECKING:
    from scrubber.dedup.candidate import Candidate
    from scrubber.dedup.index import Index
    from scrubber.page import Intake

TOGETHER = 256
COMMITTED_TOGETHER = 64  # groups: what a kill can cost is the work on 16,384 pages, never what was committed

_index = click.argument("index", metavar="INDEX")
_files = click.argument("inputs", nargs=-1, required=True, metavar="FILE...")
_text_field = click.option("--text-field", default="text", show_default=True, help="The field that holds the text.")
_id_field = click.option("--id-field", default="id", show_default=True, help="The field that holds the id.")


@click.group(context_settings={"max_content_width": 110})
def command() -> None:
    """Keep an index of pages on disk, so that today's crawl can be deduplicated against last year's."""


@command.command()
@_index
@click.option("--num-perm", default=128, show_default=True, help="Bins of a signature.")
@click.option("--bands", default=16, show_default=True, help="Bands of a signature.")
@click.option("--rows", default=8, show_default=True, help="Bins in a band.")
@click.option("--like", metavar="OTHER", help="Take all parameters of another index, so that the two can be merged.")
def create(index: str, num_perm: int, bands: int, rows: int, like: str | None) -> int:
    """Make an empty index, with a secret seed of its own."""
    from scrubber.dedup.candidate import Scheme
    from scrubber.dedup.index import Index

    if like:
        with Index(like) as other:
            Index.create(index, like=other)
    else:
        Index.create(index, Scheme(num_perm, bands, rows))
    return OK


@command.command()
@_index
@_files
@_text_field
@_id_field
def add(index: str, inputs: tuple[str, ...], text_field: str, id_field: str) -> int:
    """Add records from JSONL files. Ids that are there already are passed over, so a broken run can be repeated."""
    from scrubber.dedup.index import Index
    from scrubber.page import Intake

    intake, added = Intake(), 0
    with Index(index, write=True) as opened:
        for number, group in enumerate(_candidates(opened, inputs, Fields(text_field, id_field), intake), 1):
            new = {page.id: page for page in group if not opened.has(page.id)}
            opened.add(list(new.values()))
            added += len(new)
            if number % COMMITTED_TOGETHER == 0:
                opened.commit()
                click.echo(f"{added} added", err=True)
        opened.commit()
        click.echo(f"{added} added, {len(opened)} in the index", err=True)
    return _told(intake)


@command.command()
@_index
@_files
@_text_field
@_id_field
@click.option("--threshold", default=0.8, show_default=True, help="Jaccard similarity from which a record is a copy.")
@click.option("--containment", default="0.7", show_default=True, help="Share contained from which it is one; or none.")
@click.option("-o", "--output", default="-", metavar="FILE", help="Where the answers go; - is standard output.")
def query(
    index: str,
    inputs: tuple[str, ...],
    text_field: str,
    id_field: str,
    threshold: float,
    containment: str,
    output: str,
) -> int:
    """Say for each record of JSONL files which page of the index it is a copy of, and how much of it."""
    from scrubber.commands.dedup import criteria_of
    from scrubber.commands.dedup_output import detail
    from scrubber.dedup.index import Index
    from scrubber.page import Intake
    from scrubber.write.jsonl import encode
    from scrubber.write.output import opened as output_file

    intake, criteria = Intake(), criteria_of(threshold, containment)
    with Index(index) as opened, output_file(output) as sink:
        for group in _candidates(opened, inputs, Fields(text_field, id_field), intake):
            for page, found in zip(group, opened.query(group, criteria), strict=True):
                answer = {"id": page.id, "duplicate_of": found.of if found else None}
                sink.write(encode({**answer, **(detail(found) if found else {})}))
    return _told(intake)


@command.command()
@_index
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
def delete(index: str, ids: tuple[str, ...]) -> int:
    """Forget pages by their ids; - reads ids from standard input, one a line."""
    from scrubber.dedup.index import Index

    names = (line.rstrip("\n") for line in sys.stdin) if ids == ("-",) else ids
    with Index(index, write=True) as opened:
        click.echo(f"{opened.delete(names)} deleted, {len(opened)} in the index", err=True)
    return OK


@command.command()
@_index
@click.argument("others", nargs=-1, required=True, metavar="OTHER...")
def merge(index: str, others: tuple[str, ...]) -> int:
    """Take in the pages of other indexes that were made --like this one."""
    from scrubber.dedup.index import Index

    with Index(index, write=True) as opened:
        for other in others:
            with Index(other) as source:
                click.echo(f"{opened.merge(source)} taken from {other}", err=True)
    return OK


@command.command()
@_index
def compact(index: str) -> int:
    """Make one run of all runs, without what is deleted."""
    from scrubber.dedup.index import Index

    with Index(index, write=True) as opened:
        opened.compact()
    return OK


@command.command()
@_index
def check(index: str) -> int:
    """Read all of the index and say what is wrong with it."""
    from scrubber.dedup.index import Index

    with Index(index) as opened:
        faults = opened.check()
        for fault in faults:
            click.echo(fault, err=True)
        click.echo(f"{len(opened)} pages, {len(faults)} faults", err=True)
    return FAILED if faults else OK


@command.command()
@_index
def info(index: str) -> int:
    """Print the parameters and the sizes of the index as JSON."""
    from scrubber.dedup.index import Index

    with Index(index) as opened:
        click.echo(json.dumps(opened.info(), indent=1))
    return OK


@command.command()
@_index
def migrate(index: str) -> int:
    """Bring an index of an older format to the present one."""
    from scrubber.dedup.manifest import FORMAT, migrate_folder

    found = migrate_folder(index)
    click.echo(
        f"format {found} is the present one" if found == FORMAT else f"from format {found} to {FORMAT}", err=True
    )
    return OK


def _candidates(index: Index, inputs: Iterable[str], fields: Fields, intake: Intake) -> Iterator[list[Candidate]]:
    from scrubber.dedup.candidate import candidates

    for group in in_groups(read_records(inputs, fields.text, intake), TOGETHER):
        entries: list[Any] = [fields.entry(record) for record in group]
        yield candidates([entry.id for entry in entries], [entry.text for entry in entries], index.scheme)


def _told(intake: Intake) -> int:
    for report in intake.reports:
        click.echo(report, err=True)
    return DAMAGED if intake.damaged else OK
