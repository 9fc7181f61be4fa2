"""Wire copies: one agency's story in many sources. Who wrote it is evidence for syndication, never proof of a copy.

Copies are found and verified like any other. A cluster whose members stand in more than one site, and of which one
names an agency in its dateline, its first lines or its last ones, is syndicated.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

import numpy as np

from scrubber.dedup.shingles import Hashes, shingle
from scrubber.dedup.view import view

MODES: Final = ("off", "tag", "keep-longest")
_HEAD, _TAIL = 600, 400  # characters in which agencies sign: "(AP)" in the middle of a story is about the agency

# agency -> the ways it signs, each a pattern with a word that must be there first
_SIGNS: Final = {
    "AP": (("(AP)", r"\(AP\)"), ("AP", r"^AP [-–—]|©\s*AP\b"), ("Associated Press", r"\bThe Associated Press\b")),
    "Reuters": (("Reuters", r"\(Reuters\)|\bThomson Reuters\b|©\s*Reuters\b"),),
    "AFP": (("AFP", r"\(AFP\)|©\s*AFP\b"), ("France-Presse", r"\bAgence France-Presse\b")),
    "dpa": (("dpa", r"\(dpa[/\w-]{0,20}\)|\bdpa/\w|©\s*dpa\b"),),
    "UPI": (("UPI", r"\(UPI\)"), ("United Press", r"\bUnited Press International\b")),
    "Bloomberg": (("Bloomberg", r"\(Bloomberg\)"),),
    "Canadian Press": (("Canadian Press", r"\bThe Canadian Press\b"),),
    "Postmedia": (("Postmedia", r"\bPostmedia News\b"),),
    "PA": (("(PA)", r"\(PA\)"), ("Press Association", r"\bPress Association\b")),
    "EFE": (("EFE", r"\(EFE\)|^EFE\b|\bAgencia EFE\b"),),
    "ANSA": (("ANSA", r"\(ANSA\)"),),
    "PAP": (("PAP", r"\(PAP\)"),),
    "TASS": (("ТАСС", r"/\s*ТАСС\s*/|\(ТАСС\)|\bИТАР-ТАСС\b"),),
    "Interfax": (("Интерфакс", r"\bИнтерфакс\b"), ("Interfax", r"\(Interfax\)")),
    "RIA": (("РИА", r"\bРИА Новости\b"),),
    "Xinhua": (("Xinhua", r"\(Xinhua\)"), ("新华", r"新华[社网]")),
    "China News": (("中新", r"中新[社网]"),),
    "Kyodo": (("Kyodo", r"\(Kyodo\)"), ("共同通信", r"共同通信")),
    "PR Newswire": (("Newswire", r"/PRNewswire[^/]{0,40}/|\bPR Newswire\b"),),
    "Business Wire": (("BUSINESS", r"\(BUSINESS WIRE\)"), ("Business Wire", r"\bBusiness Wire\b")),
}
_WAYS: Final = [(n, word, re.compile(way, re.MULTILINE)) for n, ways in _SIGNS.items() for word, way in ways]
_SENTENCE: Final = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？])|\n+")


def agency(text: str) -> str | None:
    """The agency that signs a story in its first or last lines, if one does.

    >>> agency("QUELLPORT (AP) — The ferry leaves at nine.")
    'AP'
    >>> agency("The ferry leaves at nine.")
    """
    ends = text if len(text) <= _HEAD + _TAIL else f"{text[:_HEAD]}\n{text[-_TAIL:]}"
    return next((name for name, word, way in _WAYS if word in ends and way.search(ends)), None)


def site(fields: Mapping[str, Any], source: str) -> str:
    """Where a record was published: the host of its address, or else its source."""
    for address in (fields.get("url"), fields.get("metadata", {}).get("url") if _has_metadata(fields) else None):
        if isinstance(address, str):
            try:
                host = urlsplit(address).hostname
            except ValueError:
                continue
            if host:
                return host.removeprefix("www.")
    named = fields.get("site") or fields.get("source")
    return named if isinstance(named, str) else source


def _has_metadata(fields: Mapping[str, Any]) -> bool:
    return isinstance(fields.get("metadata"), dict)


def wire_clusters(
    representatives: Sequence[int], sites: Sequence[str], agencies: Sequence[str | None]
) -> dict[int, str]:
    """The representatives of clusters that are syndicated, each with its agency."""
    members: dict[int, list[int]] = {}
    for place, representative in enumerate(representatives):
        members.setdefault(representative, []).append(place)
    found = {}
    for representative, places in members.items():
        signed = [name for name in (agencies[place] for place in places) if name]
        if signed and len({sites[place] for place in places}) > 1:
            found[representative] = signed[0]
    return found


def unique_sentences(text: str, kept: Hashes) -> list[str]:
    """The sentences of a copy of which less than half is in the page that stays, by its shingles."""
    sentences = [sentence.strip() for sentence in _SENTENCE.split(text) if sentence.strip()]
    sets = shingle(view(sentences)).sets()
    return [
        sentence
        for sentence, own in zip(sentences, sets, strict=True)
        if len(own) and 2 * int(np.isin(own, kept).sum()) < len(own)
    ]
