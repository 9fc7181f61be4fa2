"""Deduplicate records that are already clean: JSON lines in, the best record of each cluster out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from scrubber.cli import DAMAGED, OK
from scrubber.commands.dedup_output import Outputs, Place, Writer, place_of, write_lines
from scrubber.commands.records import Fields, Twice, check_outputs, in_groups, lines_that_stay, read_again, read_records
from scrubber.errors import ConfigError

if TYPE_CHECKING:
    from scrubber.dedup.candidate import Scheme
    from scrubber.dedup.corpus import Clusters, Corpus
    from scrubber.dedup.verify import Criteria
    from scrubber.page import Intake

TOGETHER = 128


@click.command(context_settings={"max_content_width": 110})
@click.argument("inputs", nargs=-1, metavar="[FILE]...")
@click.option("-o", "--output", default="-", metavar="FILE", help="Where the records go; - is standard output.")
@click.option("--text-field", default="text", show_default=True, help="The field that holds the text.")
@click.option("--id-field", default="id", show_default=True, help="The field that holds the id.")
@click.option("--threshold", default=0.8, show_default=True, help="Jaccard similarity from which a record is a copy.")
@click.option(
    "--containment",
    default="0.7",
    show_default=True,
    help="Share of a record's text in another from which it is a copy cut short; none turns this off.",
)
@click.option(
    "--keeper",
    default="longest",
    show_default=True,
    help="Which of a cluster stays: longest, first, cleanest, field:NAME (highest value) or field:-NAME (lowest).",
)
@click.option("--num-perm", default=128, show_default=True, help="Bins of a signature.")
@click.option("--bands", default=16, show_default=True, help="Bands of a signature.")
@click.option("--rows", default=8, show_default=True, help="Bins in a band.")
@click.option("--mark", is_flag=True, help="Write every record, with what it is a copy of, instead of dropping copies.")
@click.option("--rejects", metavar="FILE", help="Where the copies go, each with what it is a copy of.")
@click.option("--clusters", metavar="FILE", help="Where a table of the clusters goes, one row for each member.")
@click.option(
    "--syndication",
    type=click.Choice(["off", "tag", "keep-longest"]),
    default="off",
    show_default=True,
    help="Wire copies in several sites: drop them like any copy, keep them with a tag, or list them in the longest.",
)
@click.option("--sweep", metavar="FROM..TO", help="Print what each threshold would remove, and write no records.")
@click.option(
    "--temporary",
    type=click.Path(exists=True, file_okay=False),
    metavar="FOLDER",
    help="Where hashes are spooled, about as large as the text.",
)
@click.option("-q", "--quiet", is_flag=True, help="No summary on standard error.")
def command(
    inputs: tuple[str, ...],
    output: str,
    text_field: str,
    id_field: str,
    threshold: float,
    containment: str,
    keeper: str,
    num_perm: int,
    bands: int,
    rows: int,
    mark: bool,
    rejects: str | None,
    clusters: str | None,
    syndication: str,
    sweep: str | None,
    temporary: str | None,
    quiet: bool,
) -> int:
    """Deduplicate records that are already clean: the best record of each cluster stays.

    FILE holds JSON lines, also packed as .gz, .zst, .bz2 or .xz, or Parquet; - or nothing reads standard input. An
    output named .parquet gets the rows of Parquet inputs that stay. Every copy that is dropped was verified against a
    record that stays.
    """
    from scrubber.dedup.candidate import Scheme

    check_outputs(inputs, (output, rejects, clusters))
    criteria = criteria_of(threshold, containment)
    _check_parquet(output, (rejects, clusters), adds=mark or syndication != "off")
    fields = Fields(text_field, id_field, keeper.removeprefix("field:").lstrip("-") if ":" in keeper else None)
    if syndication == "keep-longest" and keeper != "longest":
        raise ConfigError(f"--syndication keep-longest needs --keeper longest, not {keeper}")
    job = _Job(inputs, fields, Scheme(num_perm, bands, rows), temporary)
    if sweep:
        return job.sweep(_thresholds(sweep), output, quiet)
    return job.run(criteria, keeper, Outputs(output, rejects, clusters, mark, syndication), quiet)


def _check_parquet(output: str, others: tuple[str | None, ...], *, adds: bool) -> None:
    """Refuse Parquet outputs whose columns would not be those of the input."""
    if output.endswith(".parquet") and adds:
        raise ConfigError(f"--mark and --syndication add fields that {output} has no columns for; name it .jsonl")
    for other in others:
        if other and other.endswith(".parquet"):
            raise ConfigError(f"{other} would hold JSON lines; name it .jsonl")


def criteria_of(threshold: float, containment: str) -> Criteria:
    """The criteria that two flags name. Raises `ConfigError` for values that are none."""
    from scrubber.dedup.verify import Criteria

    try:
        return Criteria(threshold, None if containment == "none" else float(containment))
    except ValueError as error:
        raise ConfigError(f"--containment takes a share above 0 and up to 1, or none, not {containment!r}") from error


def _thresholds(text: str) -> list[float]:
    """`0.5..0.95` or `0.5..0.95:0.01` as a list of thresholds."""
    span, _, step = text.partition(":")
    try:
        low, high = (float(end) for end in span.split(".."))
        width = float(step or "0.05")
        if not (0 < low <= high <= 1 and width >= 0.001):
            raise ValueError
    except ValueError as error:
        raise ConfigError(f"--sweep takes FROM..TO or FROM..TO:STEP between 0 and 1, not {text!r}") from error
    return [round(low + i * width, 6) for i in range(int((high - low) / width + 1e-9) + 1)]


class _Job:
    """The files, read twice: once to learn what is in them, once to write what stays."""

    def __init__(self, inputs: tuple[str, ...], fields: Fields, scheme: Scheme, temporary: str | None) -> None:
        self._inputs, self._fields, self._scheme, self._temporary = inputs or ("-",), fields, scheme, temporary
        self._places: list[Place] = []
        self._bad: set[tuple[str, int]] = set()

    def run(self, criteria: Criteria, keeper: str, outputs: Outputs, quiet: bool) -> int:
        from scrubber.commands.parquet import SUFFIX, check_schemas, is_parquet
        from scrubber.dedup.corpus import Corpus
        from scrubber.page import Intake

        intake = Intake()
        with ExitStack() as stack:
            paths = stack.enter_context(Twice(self._inputs, self._temporary)).paths
            check_schemas(paths, outputs.records)
            like = paths[0] if outputs.records.endswith(SUFFIX) else None
            corpus = stack.enter_context(Corpus(self._scheme, self._temporary))
            self._learn(corpus, paths, intake, places=outputs.tell_places)
            found = corpus.cluster(criteria, keeper)
            if outputs.lines_alone and not any(map(is_parquet, paths)):
                write_lines(outputs.records, lines_that_stay(paths, self._bad, (not copy for copy in found.copies)))
            else:
                writer = Writer(corpus, found, self._places, outputs, self._fields.text, like)
                writer.write(read_again(paths, self._bad))
            if not quiet:
                _summarise(corpus, found, intake)
        return DAMAGED if intake.damaged else OK

    def sweep(self, thresholds: list[float], output: str, quiet: bool) -> int:
        """Near-duplicates alone, threshold by threshold, from what was learned in one reading."""
        from scrubber.dedup.corpus import Corpus
        from scrubber.dedup.verify import Criteria
        from scrubber.page import Intake
        from scrubber.write.output import opened

        intake = Intake()
        with ExitStack() as stack:
            paths = stack.enter_context(Twice(self._inputs, self._temporary)).paths
            corpus = stack.enter_context(Corpus(self._scheme, self._temporary))
            self._learn(corpus, paths, intake)
            sink = stack.enter_context(opened(output))
            sink.write(b"threshold\tpairs\tclusters\tremoved\tremoved_characters\n")
            for threshold in thresholds:
                found = corpus.cluster(Criteria(threshold, None))
                sink.write(_sweep_row(threshold, corpus, found), now=True)
            if not quiet:
                _tell_damage(intake)
        return DAMAGED if intake.damaged else OK

    def _learn(self, corpus: Corpus, paths: Iterable[str], intake: Intake, *, places: bool = False) -> None:
        for group in in_groups(read_records(paths, self._fields.text, intake, self._bad), TOGETHER):
            entries = [self._fields.entry(record) for record in group]
            corpus.add(entries)
            if places:
                self._places += [place_of(record, entry.text) for record, entry in zip(group, entries, strict=True)]


def _sweep_row(threshold: float, corpus: Corpus, found: Clusters) -> bytes:
    sizes = Counter(found.representatives)
    members = [size for size in sizes.values() if size > 1]
    gone = [place for place, copy in enumerate(found.copies) if copy]
    pairs = sum(size * (size - 1) // 2 for size in members)
    removed = sum(corpus.lengths[place] for place in gone)
    return f"{threshold:g}\t{pairs}\t{len(members)}\t{len(gone)}\t{removed}\n".encode()


def _summarise(corpus: Corpus, found: Clusters, intake: Intake) -> None:
    modes = Counter(copy.mode for copy in found.copies if copy)
    copies = ", ".join(f"{modes[mode]} {mode}" for mode in ("exact", "near", "contained"))
    click.echo(
        f"{len(corpus)} records: {len(corpus) - modes.total()} stay, {modes.total()} copies ({copies})", err=True
    )
    if found.cut_short:
        click.echo(
            f"{found.cut_short} records had more likely originals than are verified; the likeliest were", err=True
        )
    _tell_damage(intake)


def _tell_damage(intake: Intake) -> None:
    for report in intake.reports:
        click.echo(report, err=True)
    if intake.damaged:
        click.echo(f"{intake.damaged} damaged places; these lines are in no output", err=True)
