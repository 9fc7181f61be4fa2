"""The short ledger that a run prints at its end."""

from __future__ import annotations

from scrubber.page import Recall
from scrubber.write.ledger import Ledger

SHOWN_REPORTS = 10


def summary(ledger: Ledger) -> str:
    """A few lines for a person: what came in and where every line of it went."""
    dropped = ledger.dropped
    lines = [
        f"lines  {ledger.intake.lines:,} in = {ledger.kept:,} kept + {dropped.total():,} dropped"
        f" + {ledger.duplicate:,} duplicate + {ledger.dead:,} dead" + ("" if ledger.balanced else "  DOES NOT BALANCE"),
    ]
    if dropped:
        lines.append("  dropped: " + _list(dropped))
    lines.append(f"pages  {ledger.pages:,} found, {ledger.written:,} written" + _in_brackets(ledger.kinds))
    megabytes = ledger.intake.size / 1e6
    if ledger.rejected:
        lines.append("  not written: " + _list(ledger.rejected))
    if ledger.recall.forgotten_pages or ledger.recall.forgotten_captions:
        lines.append(_forgotten(ledger.recall))
    lines.append(f"speed  {megabytes:,.1f} MB in {ledger.seconds:,.1f} s, {megabytes / ledger.seconds:,.1f} MB/s")
    if ledger.damaged:
        lines.append(f"damaged input: {ledger.damaged:,}")
        lines += [f"  {report}" for report in ledger.reports[:SHOWN_REPORTS]]
        if ledger.damaged > SHOWN_REPORTS:
            lines.append("  ... more in --stats FILE and --rejects FILE")
    return "\n".join(_printable(line) for line in lines)


def _forgotten(recall: Recall) -> str:
    """What deduplication cannot have found, and what to do about it."""
    return (
        f"dedup  remembered the last {recall.pages:,} pages that stay, forgot {recall.forgotten_pages:,} pages and"
        f" {recall.forgotten_captions:,} captions: --dedup-memory, --index or scrubber dedup finds copies farther apart"
    )


def _list(counts: dict[str, int]) -> str:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{name} {count:,}" for name, count in ordered)


def _in_brackets(counts: dict[str, int]) -> str:
    return f" ({_list(counts)})" if counts else ""


def _printable(line: str) -> str:
    """Nothing that a terminal would obey: file names and reasons may hold escape sequences."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)
