"""What a page is, from its lines and their verdicts. A wrong verdict of listing or paywall loses it."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from scrubber.page import Kind, Label
from scrubber.segment.context import NUMBER, PROSE, PageRows

LISTED: Final = 10  # numbered items that make a listing; articles that count through tips have fewer
SNIPPET: Final = 350  # characters; search results quote less of a page on average, articles that count say more
LISTED_SHARE: Final = 0.6  # of the rows, items and the lines under them
OFFERS: Final = 3  # offers to pay that make a wall
OFFER_SHARE: Final = 0.15
LITTLE: Final = 700  # characters of running text: less beside an offer to pay is a stub
HARDLY: Final = 250  # and less than this is a wall
TEXT: Final = 150  # kept characters that make an article


def kind_of(page: PageRows) -> Kind:
    """The kind of a page; it reads verdicts and changes none."""
    kept, prose = page.kept_size(), sum(page.sizes[i] for i in page.prose())
    offers = [verdict.label for verdict in page.verdicts].count(Label.PAYWALL)
    if is_listing(page):
        return Kind.LISTING
    if offers >= OFFERS and offers >= OFFER_SHARE * len(page.texts) and prose < HARDLY:
        return Kind.PAYWALL
    if offers and prose < LITTLE and kept:
        return Kind.STUB
    return Kind.ARTICLE if kept >= TEXT else Kind.OTHER


def is_listing(page: PageRows) -> bool:
    """Does the page count through results: numbered lines in rising order, each with little under it?"""
    early = [(i, page.texts[i]) for i in page.numbered if page.texts[i][:12].strip()]
    items = [(i, int(match[1])) for i, text in early if (match := NUMBER.match(text[:40]))]
    rising = sum(b == a + 1 for (_, a), (_, b) in pairwise(items))
    if rising + 1 < LISTED or not items:
        return False
    numbers = [i for i, _ in items]
    under = sum(b - a <= 3 for a, b in pairwise(numbers))
    short = sum(page.sizes[i] <= PROSE for i in numbers)
    told = [page.sizes[a + 1] for a, b in pairwise(numbers) if b > a + 1]
    if sum(told) > SNIPPET * len(told):
        return False
    lists_only = (len(items) + under) >= LISTED_SHARE * len(page.texts)
    return lists_only and under >= 0.9 * (len(items) - 1) and short >= 0.9 * len(items) and numbers[0] <= 6


def furniture(kind: Kind) -> Label | None:
    """The label of kept lines on a page of this kind: nothing on a wall or in a listing is text."""
    return {Kind.LISTING: Label.LISTING, Kind.PAYWALL: Label.PAYWALL}.get(kind)
