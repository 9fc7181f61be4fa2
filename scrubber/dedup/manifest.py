"""What an index consists of: an SQLite file that names its parameters, its runs and what is deleted.

A change is one transaction here, made after the files it names are safely on disk, so that a kill at any point leaves
the index as it was before or after it. Files that no committed row names are rubbish of a killed writer. One writer
holds an operating-system lock, which dies with it.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import sqlite3
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

from scrubber.errors import ConfigError, InputError, OutputError, ScrubberError

FORMAT: Final = 2  # 1: words were hashed in another way, and keys did not say what they stand for
_SCHEMA: Final = """
create table header (name text primary key, value text not null) without rowid;
create table run (number integer primary key, pages integer not null, files text not null);
create table deleted (run integer not null, page integer not null, primary key (run, page)) without rowid;
"""


class IndexBusy(ScrubberError):  # noqa: N818  a state, not a fault
    """Another process writes to the index."""


class RunRow(NamedTuple):
    """A committed run: its number, how many pages it holds, and size and checksum of each file."""

    number: int
    pages: int
    files: dict[str, list[Any]]


class Manifest:
    """The SQLite file of an index folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.path = folder, folder / "manifest.sqlite"
        if not self.path.is_file():
            raise InputError(str(folder), "is no index; make one with: scrubber index create " + str(folder))
        self._connection = sqlite3.connect(self.path, timeout=30, isolation_level=None)
        try:
            self._connection.execute("pragma synchronous = full")
            self.header = {name: json.loads(value) for name, value in self._rows("select name, value from header")}
        except (sqlite3.DatabaseError, json.JSONDecodeError) as error:
            raise InputError(str(self.path), f"is no manifest of an index: {error}; restore it from a copy") from error

    @classmethod
    def create(cls, folder: Path, header: Mapping[str, Any]) -> Manifest:
        """A new manifest in a new folder; readable by its owner alone, because it holds the secret seed."""
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise ConfigError(f"{folder} exists and is not empty; choose another name for the index")
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            cls._write_new(folder / "manifest.new", header)
            (folder / "manifest.new").rename(folder / "manifest.sqlite")
        except (OSError, sqlite3.Error) as error:
            raise OutputError(f"{folder}: no index can be made here: {error}; choose another place") from error
        return cls(folder)

    @staticmethod
    def _write_new(path: Path, header: Mapping[str, Any]) -> None:
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("begin immediate")
        for statement in _SCHEMA.split(";"):
            connection.execute(statement)
        rows = [(name, json.dumps(value)) for name, value in header.items()]
        connection.executemany("insert into header values (?, ?)", rows)
        connection.execute("commit")
        connection.close()
        path.chmod(0o600)

    def close(self) -> None:
        self._connection.close()

    def snapshot(self) -> tuple[list[RunRow], dict[int, set[int]]]:
        """The runs, and the deleted pages of each, as they are at one moment."""
        self._connection.execute("begin")
        rows = self._rows("select number, pages, files from run order by number")
        deleted = self._rows("select run, page from deleted")
        self._connection.execute("commit")
        gone: dict[int, set[int]] = {}
        for run, page in deleted:
            gone.setdefault(run, set()).add(page)
        return [RunRow(number, pages, json.loads(files)) for number, pages, files in rows], gone

    def next_number(self) -> int:
        """A number that no run has had: rubbish of killed writers included."""
        used = [int(path.name) for path in (self.folder / "runs").glob("[0-9]*") if path.name.isdecimal()]
        return max([0, *used]) + 1

    def replace_runs(self, added: Iterable[RunRow], removed: Iterable[int]) -> None:
        """One transaction: new runs in, old runs and their deletions out."""
        with self._transaction():
            for number in removed:
                self._connection.execute("delete from run where number = ?", (number,))
                self._connection.execute("delete from deleted where run = ?", (number,))
            for row in added:
                values = (row.number, row.pages, json.dumps(row.files))
                self._connection.execute("insert into run values (?, ?, ?)", values)

    def delete(self, pages: Iterable[tuple[int, int]]) -> None:
        """One transaction: these pages of these runs are gone."""
        with self._transaction():
            self._connection.executemany("insert or ignore into deleted values (?, ?)", pages)

    def set_header(self, values: Mapping[str, Any]) -> None:
        """One transaction: new values for some names of the header."""
        with self._transaction():
            rows = [(name, json.dumps(value)) for name, value in values.items()]
            self._connection.executemany("insert or replace into header values (?, ?)", rows)
        self.header |= values

    def problems(self) -> list[str]:
        """What SQLite finds wrong with its file."""
        return [message for (message,) in self._rows("pragma integrity_check") if message != "ok"]

    def _rows(self, statement: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(statement).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("begin immediate")
        try:
            yield
        except BaseException:
            self._connection.execute("rollback")
            raise
        self._connection.execute("commit")


class WriterLock:
    """The right to write to an index; the operating system takes it back when its holder ends, however it ends."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "writer.lock"
        try:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise OutputError(f"{folder}: cannot be written: {error.strerror}; copy it to another place") from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(self._file, 4096, 0).decode("utf-8", "replace").strip()
            os.close(self._file)
            raise IndexBusy(
                f"{folder} is being written by {holder or 'another process'}; wait until it ends, or stop it"
            ) from error
        command = " ".join([Path(sys.argv[0]).name, *sys.argv[1:]])[:500] if sys.argv else "python"
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"process {os.getpid()} on {socket.gethostname()}: {command}".encode(), 0)

    def release(self) -> None:
        os.ftruncate(self._file, 0)
        os.close(self._file)


def migrate_folder(path: str | Path) -> int:
    """Bring an index to the present format; gives the format that it had.

    Format 1 cannot be brought over: an index holds hashes of its pages, not their texts.
    """
    manifest = Manifest(Path(path))
    found = manifest.header.get("format")
    manifest.close()
    if found == 1:
        raise ConfigError(
            f"{path} has format 1, whose hashes cannot be made into those of format {FORMAT} without the texts; "
            "make an index with scrubber index create, and add the pages again"
        )
    if found != FORMAT:
        raise ConfigError(f"{path} has format {found}, which this version does not know; update scrubber")
    return FORMAT
