"""Deduplicate records that are already clean: JSON lines in, the best record of each cluster out."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from scrubber.cli import DAMAGED, OK
from scrubber.errors import ConfigError, InputError

if TYPE_CHECKING:
    from scrubber.dedup.candidate import Scheme
    from scrubber.dedup.corpus import Clusters, Corpus, Entry
    from scrubber.dedup.verify import Criteria
    from scrubber.page import Duplicate, Intake
    from scrubber.write.output import Sink

TOGETHER = 64
_DETAILS = ("mode", "jaccard", "containment", "unique", "estimated")


class Record(NamedTuple):
    """One line of a JSONL file: its bytes without the newline, what it says, and where it stands."""

    raw: bytes
    fields: dict[str, Any]
    source: str
    line: int


@dataclass(frozen=True, slots=True)
class Fields:
    """Where a record keeps its text and its id, and the field by which the keeper chooses, if any."""

    text: str = "text"
    id: str = "id"
    value: str | None = None

    def entry(self, record: Record) -> Entry:
        """A record as deduplication takes it; without an id it is named by its place, `source#line`."""
        from scrubber.dedup.corpus import Entry

        fields = record.fields
        name = fields.get(self.id)
        name = f"{record.source}#{record.line}" if name is None else name if isinstance(name, str) else repr(name)
        value = fields.get(self.value) if self.value else None
        return Entry(name, fields[self.text], _damage(fields), value)


def _damage(fields: dict[str, Any]) -> int:
    """Lines of a record of ours that lost bytes, or had to be repaired: the fewer, the cleaner."""
    attributes = fields.get("attributes")
    if not isinstance(attributes, dict):
        return 0
    counts = (attributes.get("undecoded_lines"), attributes.get("repaired_lines"))
    return sum(count for count in counts if isinstance(count, int))


def read_records(paths: Iterable[str], text_field: str, intake: Intake) -> Iterator[Record]:
    """The records of JSONL files, packed or not. A line that is none is reported to `intake`, and the rest goes on."""
    import msgspec

    from scrubber.read.lines import whole_lines
    from scrubber.read.open import open_path, unpacked

    decode = msgspec.json.Decoder(dict[str, Any]).decode
    for path in paths:
        file, packed = open_path(path, intake.took)
        number = 0
        with file:
            stream = unpacked(packed)
            for lines, closed in whole_lines(stream, 1 << 20, 1 << 28):
                for raw in lines.removesuffix(b"\n").split(b"\n") if closed else [lines]:
                    number += 1
                    if not raw.strip():
                        continue
                    try:
                        fields = decode(raw)
                    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                        intake.report(f"{path}:{number}", f"no JSON object: {error}")
                        continue
                    if isinstance(fields.get(text_field), str):
                        yield Record(raw, fields, path, number)
                    else:
                        intake.report(f"{path}:{number}", f"no text in field {text_field!r}; name it with --text-field")
            if stream.damage:
                intake.report(path, stream.damage)


def in_groups(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Runs of up to `size` items."""
    stream = iter(items)
    while group := list(islice(stream, size)):
        yield group


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
@click.option("--sweep", metavar="FROM..TO", help="Print what each threshold would remove, and write no records.")
@click.option("--temporary", metavar="FOLDER", help="Where hashes are spooled, about as large as the text.")
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
    sweep: str | None,
    temporary: str | None,
    quiet: bool,
) -> int:
    """Deduplicate records that are already clean: the best record of each cluster stays.

    FILE holds JSON lines, also packed as .gz, .zst, .bz2 or .xz; - or nothing reads standard input. Every copy that is
    dropped was verified against a record that stays.
    """
    from scrubber.dedup.candidate import Scheme

    criteria = criteria_of(threshold, containment)
    fields = Fields(text_field, id_field, keeper.removeprefix("field:").lstrip("-") if ":" in keeper else None)
    job = _Job(inputs, fields, Scheme(num_perm, bands, rows), temporary)
    if sweep:
        return job.sweep(_thresholds(sweep), output, quiet)
    return job.run(criteria, keeper, _Outputs(output, rejects, clusters, mark), quiet)


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


class _Outputs(NamedTuple):
    records: str
    rejects: str | None
    clusters: str | None
    mark: bool


class _Job:
    """The files, read twice: once to learn what is in them, once to write what stays."""

    def __init__(self, inputs: tuple[str, ...], fields: Fields, scheme: Scheme, temporary: str | None) -> None:
        self._inputs, self._fields, self._scheme, self._temporary = inputs or ("-",), fields, scheme, temporary

    def run(self, criteria: Criteria, keeper: str, outputs: _Outputs, quiet: bool) -> int:
        from scrubber.dedup.corpus import Corpus
        from scrubber.page import Intake

        intake = Intake()
        with ExitStack() as stack:
            paths = stack.enter_context(_Twice(self._inputs, self._temporary)).paths
            corpus = stack.enter_context(Corpus(self._scheme, self._temporary))
            self._learn(corpus, paths, intake)
            found = corpus.cluster(criteria, keeper)
            self._write(paths, found, outputs)
            if outputs.clusters:
                _write_clusters(outputs.clusters, corpus, found)
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
            paths = stack.enter_context(_Twice(self._inputs, self._temporary)).paths
            corpus = stack.enter_context(Corpus(self._scheme, self._temporary))
            self._learn(corpus, paths, intake)
            sink = stack.enter_context(opened(output))
            sink.write(b"threshold\tpairs\tclusters\tremoved\tremoved_bytes\n")
            for threshold in thresholds:
                found = corpus.cluster(Criteria(threshold, None))
                sink.write(_sweep_row(threshold, corpus, found), now=True)
            if not quiet:
                _tell_damage(intake)
        return DAMAGED if intake.damaged else OK

    def _learn(self, corpus: Corpus, paths: Iterable[str], intake: Intake) -> None:
        for group in in_groups(read_records(paths, self._fields.text, intake), TOGETHER):
            corpus.add([self._fields.entry(record) for record in group])

    def _write(self, paths: Iterable[str], found: Clusters, outputs: _Outputs) -> None:
        from scrubber.page import Intake
        from scrubber.write.output import opened

        with ExitStack() as stack:
            kept = stack.enter_context(opened(outputs.records))
            dropped: Sink | None = stack.enter_context(opened(outputs.rejects)) if outputs.rejects else None
            records = read_records(paths, self._fields.text, Intake())
            for record, copy in zip(records, found.copies, strict=True):
                if outputs.mark:
                    kept.write(marked(record.fields, copy))
                elif copy is None:
                    kept.write(record.raw + b"\n")
                if copy and dropped:
                    dropped.write(marked(record.fields, copy))


def marked(fields: dict[str, Any], copy: Duplicate | None) -> bytes:
    """A record with what it is a copy of: `duplicate_of` is an id or null, `duplicate` says how, and how much."""
    from scrubber.write.jsonl import encode

    how = detail(copy) if copy else None
    return encode({**fields, "duplicate_of": copy.of if copy else None, "duplicate": how})


def detail(copy: Duplicate) -> dict[str, Any]:
    """How a record is a copy, and how much of it; `unique` is the share of it that is not in the one that stays."""
    return {
        "mode": copy.mode,
        "jaccard": copy.jaccard,
        "containment": copy.containment,
        "unique": round(1 - copy.containment, 6),
        "estimated": copy.estimated,
    }


def _write_clusters(path: str, corpus: Corpus, found: Clusters) -> None:
    """A row for each member of each cluster of two or more; the representative is the member that names itself."""
    from scrubber.write.jsonl import encode
    from scrubber.write.output import opened

    sizes = Counter(found.representatives)
    with opened(path) as sink:
        for place, copy in enumerate(found.copies):
            representative = found.representatives[place]
            if sizes[representative] > 1:
                how = detail(copy) if copy else dict.fromkeys(_DETAILS)
                row = {"id": corpus.ids[place], "representative": corpus.ids[representative], "stays": copy is None}
                sink.write(encode({**row, "size": sizes[representative], **how}))


def _sweep_row(threshold: float, corpus: Corpus, found: Clusters) -> bytes:
    sizes = Counter(found.representatives)
    members = [size for size in sizes.values() if size > 1]
    gone = [place for place, copy in enumerate(found.copies) if copy]
    pairs = sum(size * (size - 1) // 2 for size in members)
    removed = sum(corpus.sizes[place] for place in gone)
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


class _Twice:
    """Paths that can be read twice: standard input is copied to a temporary file first."""

    def __init__(self, inputs: tuple[str, ...], folder: str | None) -> None:
        self._inputs, self._folder = inputs, folder
        self.paths: list[str] = []

    def __enter__(self) -> _Twice:
        for path in self._inputs:
            if self._inputs.count(path) > 1:
                raise InputError(path, "is named twice; name each input once")
            self.paths.append(self._copied() if path == "-" else path)
        return self

    def __exit__(self, *error: object) -> None:
        for path, name in zip(self.paths, self._inputs, strict=False):
            if name == "-":
                Path(path).unlink(missing_ok=True)

    def _copied(self) -> str:
        with tempfile.NamedTemporaryFile(prefix="scrubber-dedup-", dir=self._folder, delete=False) as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
            return file.name
