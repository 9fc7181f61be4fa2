"""What `scrubber dedup` writes: the records that stay, those that go, and the table of the clusters."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, NamedTuple

from scrubber.commands.records import Record, in_groups

if TYPE_CHECKING:
    from scrubber.dedup.corpus import Clusters, Corpus
    from scrubber.page import Duplicate

TOGETHER = 64
_DETAILS = ("mode", "jaccard", "containment", "unique", "estimated")


class Outputs(NamedTuple):
    """Where everything goes; `mark` writes copies beside the rest, `syndication` says what becomes of wire copies."""

    records: str
    rejects: str | None
    clusters: str | None
    mark: bool
    syndication: str

    @property
    def tell_places(self) -> bool:
        """Whether sites and agencies are asked for."""
        return self.mark or self.syndication != "off" or self.rejects is not None or self.clusters is not None

    @property
    def lines_alone(self) -> bool:
        """Whether all that is written are lines that stay, as they are."""
        return not self.tell_places


class Place(NamedTuple):
    """Where a record was published, and the agency that signs it, if one does."""

    site: str
    agency: str | None


def place_of(record: Record, text: str) -> Place:
    """The site and the agency of a record."""
    from scrubber.dedup.syndication import agency, site

    return Place(sys.intern(site(record.fields, record.source)), agency(text))


def write_lines(path: str, runs: Iterable[bytes]) -> None:
    """Write runs of lines as they are."""
    from scrubber.write.output import opened

    with opened(path) as sink:
        for run in runs:
            sink.write(run)


class Writer:
    """The second reading: what stays, what goes, and the table of the clusters."""

    def __init__(
        self,
        corpus: Corpus,
        found: Clusters,
        places: list[Place],
        outputs: Outputs,
        text_field: str,
        like: str | None = None,
    ) -> None:
        """`like` is a Parquet file with the columns that the output has, if that is to be Parquet."""
        from scrubber.dedup.syndication import wire_clusters

        self._corpus, self._found, self._places, self._outputs = corpus, found, places, outputs
        self._text_field, self._like = text_field, like
        sites, agencies = [place.site for place in places], [place.agency for place in places]
        self._wires = wire_clusters(found.representatives, sites, agencies) if places else {}
        self._sizes = Counter(found.representatives)
        self._listed = self._wire_copies() if outputs.syndication == "keep-longest" else {}

    def write(self, records: Iterator[Record]) -> None:
        from scrubber.commands.parquet import opened_rows
        from scrubber.write.output import opened

        outputs = self._outputs
        with ExitStack() as stack:
            rows = stack.enter_context(opened_rows(outputs.records, self._like)) if self._like else None
            kept = None if rows else stack.enter_context(opened(outputs.records))
            dropped = stack.enter_context(opened(outputs.rejects)) if outputs.rejects else None
            table = stack.enter_context(opened(outputs.clusters)) if outputs.clusters else None
            for group in in_groups(enumerate(zip(records, self._found.copies, strict=True)), TOGETHER):
                if rows:
                    rows.write(record.row for _, (record, copy) in group if copy is None and record.row)
                elif kept:
                    kept.write(b"".join(self._kept(place, record, copy) for place, (record, copy) in group))
                for place, (record, copy) in group:
                    if dropped and copy:
                        dropped.write(self._dropped(place, record, copy))
                    if table and self._sizes[self._found.representatives[place]] > 1:
                        table.write(self._row(place, record, copy))

    def _kept(self, place: int, record: Record, copy: Duplicate | None) -> bytes:
        """What the output has of a record: its line as it was, a line with more in it, or nothing."""
        from scrubber.write.jsonl import encode

        wire = self._wires.get(self._found.representatives[place])
        if self._outputs.mark or (self._outputs.syndication == "tag" and wire):
            return marked({**record.fields, "agency": wire}, copy)
        if copy is None and place in self._listed:
            return encode({**record.fields, "agency": wire, "syndicated": self._listed[place]})
        return record.json if copy is None else b""

    def _dropped(self, place: int, record: Record, copy: Duplicate) -> bytes:
        """What the rejects have of a copy; nothing where it is in the output, marked."""
        wire = self._wires.get(self._found.representatives[place])
        in_output = self._outputs.mark or (self._outputs.syndication == "tag" and wire)
        return b"" if in_output else marked({**record.fields, "agency": wire}, copy)

    def _row(self, place: int, record: Record, copy: Duplicate | None) -> bytes:
        """One member of a cluster; the representative is the one that stays."""
        from scrubber.dedup.syndication import unique_sentences
        from scrubber.write.jsonl import encode

        ids, representative = self._corpus.ids, self._found.representatives[place]
        how = detail(copy) if copy else dict.fromkeys(_DETAILS)
        kept = self._corpus.shingles(representative)
        row = {
            "id": ids[place],
            "representative": ids[representative],
            "stays": copy is None,
            "size": self._sizes[representative],
            "site": self._places[place].site,
            "agency": self._wires.get(representative),
            **how,
            "unique_text": unique_sentences(record.fields[self._text_field], kept) if copy else [],
        }
        return encode(row)

    def _wire_copies(self) -> dict[int, list[dict[str, Any]]]:
        """For each representative of a syndicated cluster its copies, and where they stand."""
        listed: dict[int, list[dict[str, Any]]] = {}
        for place, copy in enumerate(self._found.copies):
            representative = self._found.representatives[place]
            if copy and representative in self._wires:
                row = {"id": self._corpus.ids[place], "site": self._places[place].site, **detail(copy)}
                listed.setdefault(representative, []).append(row)
        return listed


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
