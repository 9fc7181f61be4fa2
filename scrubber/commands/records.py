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
_NEWLINE, _SPACE, _OPENS, _CLOSES = b"\n {}"


@dataclass(slots=True)
class Record:
    """One line of a JSONL file: where it lies in some lines, where it stands, and what it says, once asked.

    Or one row of a Parquet file: no lines, but `row`, a record batch and the place in it.
    """

    lines: bytes
    span: slice
    source: str
    line: int
    decoded: dict[str, Any] | None = None
    row: tuple[Any, int] | None = None

    @property
    def json(self) -> bytes:
        """The record as a line of JSON: as it was, or made of a Parquet row."""
        if self.row is None:
            return self.lines[self.span] + b"\n"
        from scrubber.write.jsonl import encode

        return encode(self.fields)

    @property
    def fields(self) -> dict[str, Any]:
        if self.decoded is None and self.row is not None:
            batch, place = self.row
            self.decoded = batch.slice(place, 1).to_pylist()[0]
        if self.decoded is None:
            import msgspec

            self.decoded = msgspec.json.decode(self.lines[self.span], type=dict[str, Any])
        return self.decoded


@dataclass(frozen=True, slots=True)
class Lines:
    """Some lines of a file that are not blank: line i is `data[starts[i]:ends[i]]`, and `numbers[i]` of its file."""

    data: bytes
    source: str
    starts: list[int]
    ends: list[int]
    numbers: list[int]
    count: int  # of lines, the blank ones too
    tidy: bool = False  # whether each line could be one object

    @classmethod
    def of(cls, data: bytes, source: str, number: int) -> Lines:
        """The lines of `data`, which ends with a newline; the first is the line `number` of its file."""
        import numpy as np

        units = np.frombuffer(data, np.uint8)
        ends = np.flatnonzero(units == _NEWLINE)
        starts = np.concatenate([[0], ends[:-1] + 1])
        blank = [i for i in np.flatnonzero(units[starts] <= _SPACE).tolist() if not data[starts[i] : ends[i]].strip()]
        count = len(ends)
        numbers = np.arange(number, number + count)
        starts, ends, numbers = (np.delete(one, blank) for one in (starts, ends, numbers))
        tidy = bool((units[starts] == _OPENS).all() and (units[ends - 1] == _CLOSES).all())
        return cls(data, source, starts.tolist(), ends.tolist(), numbers.tolist(), count, tidy)

    def records(self) -> Iterator[Record]:
        """The lines as records that are not decoded yet."""
        for start, end, number in zip(self.starts, self.ends, self.numbers, strict=True):
            yield Record(self.data, slice(start, end), self.source, number)

    def whole(self, start: int, end: int) -> bytes:
        """Lines from `start` to `end`, closed by a newline."""
        if start == end:
            return b""
        return self.data[start : end + 1] if end < len(self.data) else self.data[start:end] + b"\n"


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
    for record, fault in _decoded(paths, intake):
        if fault is None and not isinstance(record.fields.get(text_field), str):
            fault = f"no text in field {text_field!r}"
        if fault is None:
            yield record
        else:
            intake.report(f"{record.source}:{record.line}", fault)
            if bad is not None:
                bad.add((record.source, record.line))


def _decoded(paths: Iterable[str], intake: Intake) -> Iterator[tuple[Record, str | None]]:
    """All records, those that are no JSON with what is wrong with them."""
    import msgspec

    from scrubber.commands.parquet import is_parquet

    decoder = msgspec.json.Decoder(dict[str, Any])
    for path in paths:
        if is_parquet(path):
            yield from ((record, None) for record in _rows(path, intake, decoded=True))
            continue
        for lines in _lines(path, intake):
            found = _decoded_together(lines, decoder)
            for i, record in enumerate(lines.records()):
                try:
                    record.decoded = found[i] if found else decoder.decode(lines.data[record.span])
                    yield record, None
                except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                    yield record, f"no JSON object: {error}"


def _decoded_together(lines: Lines, decoder: Any) -> list[dict[str, Any]] | None:
    """What all lines say, in one step; nothing where a line is no object, for then each must be looked at."""
    import msgspec

    try:
        found: list[dict[str, Any]] = decoder.decode_lines(lines.data) if lines.tidy else []
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return found if len(found) == len(lines.starts) else None


def read_again(paths: Iterable[str], bad: Set[tuple[str, int]]) -> Iterator[Record]:
    """The records that `read_records` gave, in the same order, not decoded yet."""
    from scrubber.commands.parquet import is_parquet
    from scrubber.page import Intake

    for path in paths:
        if is_parquet(path):
            records = _rows(path, Intake(), decoded=False)
        else:
            records = (record for lines in _lines(path, Intake()) for record in lines.records())
        yield from (record for record in records if (record.source, record.line) not in bad)


def lines_that_stay(paths: Iterable[str], bad: Set[tuple[str, int]], stays: Iterable[bool]) -> Iterator[bytes]:
    """The lines of the JSONL records that stay, as they were; `stays` is told for each record of `read_records`."""
    from scrubber.page import Intake

    verdicts = iter(stays)
    for path in paths:
        for lines in _lines(path, Intake()):
            start = end = 0
            for a, b, number in zip(lines.starts, lines.ends, lines.numbers, strict=True):
                if (path, number) not in bad and next(verdicts):
                    if a != end + 1:
                        yield lines.whole(start, end)
                        start = a
                    end = b
            yield lines.whole(start, end)


def _rows(path: str, intake: Intake, *, decoded: bool) -> Iterator[Record]:
    """The rows of a Parquet file; a batch is decoded at once where all of it will be asked for."""
    from scrubber.commands.parquet import batches

    number = 0
    for batch in batches(path, intake):
        rows = batch.to_pylist() if decoded else [None] * len(batch)
        for place, fields in enumerate(rows):
            number += 1
            yield Record(b"", slice(0), path, number, fields, (batch, place))


def _lines(path: str, intake: Intake) -> Iterator[Lines]:
    from scrubber.read.lines import whole_lines
    from scrubber.read.open import open_path, unpacked

    file, packed = open_path(path, intake.took)
    number = 1
    with file:
        stream = unpacked(packed)
        for data, closed in whole_lines(stream, 1 << 20, _LONGEST):
            lines = Lines.of(data, path, number) if closed else Lines(data, path, [0], [len(data)], [number], 1)
            number += lines.count
            yield lines
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
