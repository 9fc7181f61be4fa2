"""What a line looks like: length, characters, beginning, end, indent, blank lines around it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from scrubber.segment.features import alphabet as abc
from scrubber.segment.features.columns import Columns
from scrubber.segment.features.layout import Layout
from scrubber.segment.features.tokens import Tokens

Flags = npt.NDArray[np.bool_]


def shape(out: Columns, page: Layout, words: Tokens) -> None:
    """Add the columns that read one line, and the blank lines beside it."""
    _length(out, page, words)
    _letters(out, page, words)
    _punctuation(out, page)
    _ends(out, page)
    _begins(out, page)
    _gaps(out, page)
    _signs(out, page, words)


def _length(out: Columns, page: Layout, words: Tokens) -> None:
    chars, count = page.chars, words.per_row
    out.add("chars", np.log1p(chars) / 6)
    for most in (20, 80, 300):
        out.add(f"chars_to_{most}", np.minimum(chars, most) / most)
    out.add("words", np.log1p(count.astype(np.float32)) / 4)
    out.add("no_word", count == 0)
    out.add("one_word", count == 1)
    out.add("word_size", chars / np.maximum(count, 1) / 10)


def _letters(out: Columns, page: Layout, words: Tokens) -> None:
    size = np.maximum(page.counts[:, 2:].sum(1) - page.counts[:, abc.NBSP], 1).astype(np.float32)
    for name, kinds in (
        ("upper", (abc.UPPER,)),
        ("digit", (abc.DIGIT,)),
        ("foreign", abc.FOREIGN),
        ("cjk", (abc.CJK,)),
    ):
        out.add(name, page.count(*kinds) / size)
    out.add("shouted", (page.counts[:, abc.UPPER] > 3) & (page.counts[:, abc.LOWER] == 0))
    total = np.maximum(words.per_row, 1)
    for name, which in (
        ("capital_words", words.kind == abc.UPPER),
        ("numbers", words.kind == abc.DIGIT),
        ("long_words", words.size >= 5),
    ):
        out.add(name, np.bincount(words.row[which], minlength=page.rows) / total)


def _punctuation(out: Columns, page: Layout) -> None:
    for name, kinds, rate in (
        ("dots", abc.DOTS, True),
        ("commas", (abc.COMMA,), True),
        ("colons", (abc.COLON,), False),
        ("pipes", (abc.PIPE,), True),
        ("quotes", abc.QUOTES, False),
        ("brackets", (abc.BRACKET,), False),
        ("bangs", (abc.BANG,), False),
        ("dashes", abc.DASHES, False),
        ("others", abc.OTHERS, True),
    ):
        number = page.count(*kinds)
        out.add(name, np.minimum(number, 5) / 5)
        if rate:
            out.add(f"{name}_rate", np.minimum(number / page.chars * 10, 10))


def _is(classes: npt.NDArray[np.uint8], kinds: tuple[int, ...]) -> Flags:
    flags: Flags = classes == kinds[0]
    for kind in kinds[1:]:
        flags |= classes == kind
    return flags


def _ends(out: Columns, page: Layout) -> None:
    last = page.classes[page.last]
    before = page.classes[np.maximum(page.last - 1, page.first)]
    closing = _is(last, (*abc.QUOTES, abc.BRACKET))
    inner = np.where(closing, before, last)
    for name, kinds in (
        ("dot", abc.DOTS),
        ("comma", (abc.COMMA,)),
        ("colon", (abc.COLON,)),
        ("bang", (abc.BANG,)),
        ("digit", (abc.DIGIT,)),
        ("lower", (abc.LOWER,)),
        ("other", abc.OTHERS),
    ):
        out.add(f"ends_{name}", _is(inner, kinds))
    out.add("ends_quote", _is(last, abc.QUOTES))
    out.add("ends_bracket", last == abc.BRACKET)
    out.add("ends_foreign", _is(last, (*abc.FOREIGN, abc.CJK)))


def _begins(out: Columns, page: Layout) -> None:
    first, data = page.classes[page.first], page.data
    for name, kinds in (
        ("lower", (abc.LOWER,)),
        ("upper", (abc.UPPER,)),
        ("digit", (abc.DIGIT,)),
        ("quote", abc.QUOTES),
        ("bracket", (abc.BRACKET,)),
        ("other", abc.OTHERS),
        ("foreign", abc.FOREIGN),
        ("cjk", (abc.CJK,)),
    ):
        out.add(f"begins_{name}", _is(first, kinds))
    second = page.classes[np.minimum(page.first + 1, page.last)]
    third = page.classes[np.minimum(page.first + 2, page.last)]
    spaced = page.classes[page.first + 1] == abc.SPACE  # a newline ends every line, so there is a next byte
    wide = (first == abc.OTHER) & (data[page.first] == 0xE2)
    out.add("bullet", ((first == abc.HYPHEN) & spaced) | _is(first, (abc.BULLET, abc.MIDDOT, abc.EN, abc.EM)) | wide)
    out.add("hash", data[page.first] == 35)
    out.add("numbered", (first == abc.DIGIT) & ((second == abc.DOT) | (third == abc.DOT)))
    indent = (page.first - page.begin).astype(np.float32)
    out.add("indent", np.minimum(indent, 8) / 8)
    out.add("flush", indent == 0)


def _gaps(out: Columns, page: Layout) -> None:
    """Blank lines before and after; the edge of a document counts as one."""
    gap = np.diff(page.line) - 1
    edge = page.document[1:] != page.document[:-1]
    gap[edge] = 1
    for name, value in (("before", np.append(1, gap)), ("after", np.append(gap, 1))):
        out.add(f"blank_{name}", value >= 1)
        out.add(f"blanks_{name}", value >= 2)


def _signs(out: Columns, page: Layout, words: Tokens) -> None:
    data, signs = page.data, page.signs
    sign = data.take(signs)
    out.add("at", page.per_row(signs[sign == 64]) > 0)
    out.add("money", page.per_row(signs[(sign == 36) | (sign == 37)]) > 0)
    copyright_ = signs[sign == 0xA9]
    out.add("copyright", page.per_row(copyright_[data.take(copyright_ - 1) == 0xC2]) > 0)
    number = words.byte[(words.kind == abc.DIGIT) & (words.size == 4)]
    century = data[number].astype(np.int32) * 100 + data[number + 1]
    out.add("year", page.per_row(number[(century == 4957) | (century == 5048)]) > 0)
    colon = signs[sign == 58]
    digits = (page.classes[np.maximum(colon - 1, 0)] == abc.DIGIT) & (page.classes[colon + 1] == abc.DIGIT)
    out.add("clock", page.per_row(colon[digits]) > 0)
