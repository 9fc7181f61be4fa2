"""Records of JSONL and Parquet files, as the verbs that need no cleaning read them."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from scrubber.errors import ConfigError, InputError

if TYPE_CHECKING:
    from scrubber.dedup.corpus import Entry
    from scrubber.page import Intake

_LONGEST: Final = 1 << 28  # bytes of a line


@dataclass(slots=True)
class Record:
    """One line of a JSONL file: its bytes without the newline, where it stands, and what it says, once asked.

    Or one row of a Parquet file: no bytes, but `row`, a record batch and the place in it.
    """

    raw: bytes
    source: str
    line: int
    decoded: dict[str, Any] | None = None
    row: tuple[Any, int] | None = None

    @property
    def json(self) -> bytes:
        """The record as a line of JSON: as it was, or made of a Parquet row."""
        if self.row is None:
            return self.raw + b"\n"
        from scrubber.write.jsonl import encode

        return encode(self.fields)

    @property
    def fields(self) -> dict[str, Any]:
        if self.decoded is None and self.row is not None:
            batch, place = self.row
            self.decoded = batch.slice(place, 1).to_pylist()[0]
        if self.decoded is None:
            import msgspec

            self.decoded = msgspec.json.decode(self.raw, type=dict[str, Any])
        return self.decoded


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


def read_records(
    paths: Iterable[str], text_field: str, intake: Intake, bad: set[tuple[str, int]] | None = None
) -> Iterator[Record]:
    """The records of JSONL files, packed or not, and of Parquet files.

    A line or row that is none is reported to `intake` and named in `bad`, and the rest goes on.
    """
    import msgspec

    decode = msgspec.json.Decoder(dict[str, Any]).decode
    for record in _records(paths, intake, decoded=True):
        try:
            if record.decoded is None:
                record.decoded = decode(record.raw)
            fault = None if isinstance(record.decoded.get(text_field), str) else f"no text in field {text_field!r}"
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            fault = f"no JSON object: {error}"
        if fault is None:
            yield record
        else:
            intake.report(f"{record.source}:{record.line}", fault)
            if bad is not None:
                bad.add((record.source, record.line))


def read_again(paths: Iterable[str], bad: Set[tuple[str, int]]) -> Iterator[Record]:
    """The records that `read_records` gave, in the same order, not decoded yet."""
    from scrubber.page import Intake

    return (record for record in _records(paths, Intake(), decoded=False) if (record.source, record.line) not in bad)


def _records(paths: Iterable[str], intake: Intake, *, decoded: bool) -> Iterator[Record]:
    from scrubber.commands.parquet import is_parquet

    for path in paths:
        yield from _rows(path, intake, decoded=decoded) if is_parquet(path) else _lines(path, intake)


def _rows(path: str, intake: Intake, *, decoded: bool) -> Iterator[Record]:
    """The rows of a Parquet file; a batch is decoded at once where all of it will be asked for."""
    from scrubber.commands.parquet import batches

    number = 0
    for batch in batches(path, intake):
        rows = batch.to_pylist() if decoded else [None] * len(batch)
        for place, fields in enumerate(rows):
            number += 1
            yield Record(b"", path, number, fields, (batch, place))


def _lines(path: str, intake: Intake) -> Iterator[Record]:
    from scrubber.read.lines import whole_lines
    from scrubber.read.open import open_path, unpacked

    file, packed = open_path(path, intake.took)
    number = 0
    with file:
        stream = unpacked(packed)
        for lines, closed in whole_lines(stream, 1 << 20, _LONGEST):
            for raw in lines.removesuffix(b"\n").split(b"\n") if closed else [lines]:
                number += 1
                if raw and not raw.isspace():
                    yield Record(raw, path, number)
        if stream.damage:
            intake.report(path, stream.damage)


def check_outputs(inputs: Iterable[str], outputs: Iterable[str | None]) -> None:
    """Refuse what would destroy data: an output that is an input, one name for two outputs."""
    written = [path for path in outputs if path not in (None, "-")]
    for path in written:
        if written.count(path) > 1:
            raise ConfigError(f"{path} is named for two outputs; choose another name for one")
        if any(_same_file(str(path), other) for other in inputs):
            raise ConfigError(f"{path} is an input; choose another name for the output")


def _same_file(one: str, other: str) -> bool:
    try:
        return Path(one).samefile(other)
    except (OSError, ValueError):
        return False


def in_groups(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Runs of up to `size` items."""
    stream = iter(items)
    while group := list(islice(stream, size)):
        yield group


class Twice:
    """Paths that can be read twice: standard input is copied to a temporary file first."""

    def __init__(self, inputs: tuple[str, ...], folder: str | None) -> None:
        self._inputs, self._folder = inputs, folder
        self.paths: list[str] = []

    def __enter__(self) -> Twice:
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
