"""Parquet files as the verbs on clean records read and write them, a batch of rows at a time."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from scrubber.errors import ConfigError, InputError

if TYPE_CHECKING:
    from scrubber.page import Intake
    from scrubber.write.output import Sink

SUFFIX: Final = ".parquet"
_MAGIC: Final = b"PAR1"
_READ_TOGETHER: Final = 256  # rows
_WRITTEN_TOGETHER: Final = 1 << 13  # rows of a row group


def is_parquet(path: str) -> bool:
    """Whether a file begins as Parquet does; false for what cannot be opened, whose error the reader knows better."""
    try:
        if not Path(path).is_file():
            return False
        with Path(path).open("rb") as file:
            return file.read(len(_MAGIC)) == _MAGIC
    except (OSError, ValueError):
        return False


def check_schemas(inputs: Iterable[str], output: str) -> None:
    """Refuse a Parquet output for rows that do not fit it: JSON lines, or files of several schemas."""
    if not output.endswith(SUFFIX):
        return
    first = None
    for path in inputs:
        if not is_parquet(path):
            raise ConfigError(f"{output} takes the columns of Parquet inputs, and {path} is none; name it .jsonl")
        schema = _file(path).schema_arrow
        if first is not None and not schema.equals(first):
            raise ConfigError(f"{path} has other columns than the inputs before it; name the output .jsonl")
        first = schema


def batches(path: str, intake: Intake) -> Iterator[Any]:
    """The record batches of a file; where it breaks off, that is reported and what came before it was delivered."""
    errors = (_pyarrow("pyarrow").ArrowException, OSError)
    file = _file(path)
    try:
        yield from file.iter_batches(_READ_TOGETHER)
    except errors as error:
        intake.report(path, f"Parquet that cannot be read: {error}")


class Rows:
    """Rows to a Parquet file, in row groups of a bounded size; the columns are those of `schema`."""

    def __init__(self, sink: Sink, schema: Any) -> None:
        self._schema, self._waiting, self._count = schema, list[Any](), 0
        self._writer = _pyarrow("pyarrow.parquet").ParquetWriter(_Bytes(sink), schema)

    def write(self, rows: Iterable[tuple[Any, int]]) -> None:
        """Rows as batches and places in them."""
        taken: dict[int, tuple[Any, list[int]]] = {}
        for batch, place in rows:
            taken.setdefault(id(batch), (batch, []))[1].append(place)
        for batch, places in taken.values():
            self._waiting.append(batch.take(_pyarrow("pyarrow").array(places)))
            self._count += len(places)
        if self._count >= _WRITTEN_TOGETHER:
            self._flush()

    def close(self) -> None:
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        table = _pyarrow("pyarrow").Table.from_batches(self._waiting, self._schema)
        self._writer.write_table(table)
        self._waiting, self._count = [], 0


@contextmanager
def opened_rows(path: str, like: str) -> Iterator[Rows]:
    """A Parquet file with the columns of the file `like`: whole, or not there."""
    from scrubber.write.output import opened

    with opened(path) as sink:
        rows = Rows(sink, _file(like).schema_arrow)
        yield rows
        rows.close()


class _Bytes(io.RawIOBase):
    """A sink as the file that pyarrow writes to."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._sink.write(bytes(data))
        return len(data)


def _file(path: str) -> Any:
    pyarrow, parquet = _pyarrow("pyarrow"), _pyarrow("pyarrow.parquet")
    try:
        return parquet.ParquetFile(path)
    except (pyarrow.ArrowException, OSError) as error:
        raise InputError(path, f"is no whole Parquet file: {error}; fetch or write it again") from error


def _pyarrow(module: str) -> Any:
    try:
        return import_module(module)
    except ImportError as error:
        raise ConfigError("Parquet needs pyarrow; run pip install 'scrubber[parquet]', or use JSON lines") from error
