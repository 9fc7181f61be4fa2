"""Bytes to text: each line by itself, whatever the block, and no line lost over one bad byte."""

import io
import itertools
import random

import pytest

from scrubber.read.decode import as_utf8, decode_line, decode_lines, expected_legacy
from scrubber.read.open import ByteStream

RUSSIAN = "Правительство объявило о новых мерах поддержки экономики, сообщает агентство."
LINES = [
    ("UTF-8", "“déjà vu” — 政府".encode(), "“déjà vu” — 政府"),
    ("cp1252", "“déjà vu” – 5 €".encode("cp1252"), "“déjà vu” – 5 €"),
    ("Latin-1 with non-breaking space", b"l'\xe9t\xe9\xa0!", "l'été\u00a0!"),
    ("UTF-8 with one cp1252 dash", b"\xe2\x80\x9ctr\xc3\xa8s\xe2\x80\x9d \x96 oui", "“très” – oui"),
    ("UTF-8 cut at the end of the line", b"plain and \xe2\x80", "plain and \ufffd"),
    ("UTF-8 cut at the start of the line", b"\x80\x99s fine", "\ufffds fine"),
    ("UTF-8 cut in the middle", "äöü ".encode() + b"\xe2\x80 " + "äöü".encode(), "äöü \ufffd äöü"),
    ("emoji of Java", b"\xed\xa0\xbd\xed\xb8\x80 ok", "😀 ok"),
    ("half an emoji of Java", b"\xed\xa0\xbd ok", "\ufffd ok"),
    ("no text", b"\x81\x8d\x90\xff\xfe\x9d", "\ufffd" * 6),
    ("NUL stays", b"a\x00b\xe9", "a\x00bé"),
    ("empty", b"", ""),
]


@pytest.mark.parametrize(("raw", "text"), [pytest.param(r, t, id=i) for i, r, t in LINES])
def test_a_line_is_decoded(raw, text):
    decoded = decode_lines(raw)
    assert decoded.lines == [text]
    assert decoded.undecoded == ({} if text.encode() == raw else {0: raw})


@pytest.mark.parametrize("code", ["cp1251", "koi8-r", "cp866", "utf-8"])
def test_the_declared_encoding_comes_before_cp1252(code):
    assert decode_lines(RUSSIAN.encode(code), code, declared=True).lines == [RUSSIAN]


def test_damaged_utf8_is_not_read_as_the_declared_encoding():
    assert decode_lines(RUSSIAN.encode() + b" \x97", "cp1251").lines == [RUSSIAN + " —"]


def test_unknown_encoding_falls_back():
    assert decode_line(b"caf\xe9", "no-such-code") == "café"


def test_random_bytes_never_raise_and_never_make_surrogates():
    chance = random.Random(3)
    for _ in range(20_000):
        raw = bytes(chance.choice([chance.randrange(256), 0xE2, 0x80, 0xED, 0xA0, 0x41]) for _ in range(12))
        for line in decode_lines(raw, chance.choice([None, "cp1251", "gb18030", "shift_jis", "utf-7"])).lines:
            line.encode("utf-8")
        assert decode_lines(raw).lines == [decode_lines(part).lines[0] for part in raw.split(b"\n")]


def test_block_size_changes_nothing():
    raws = [raw for _, raw, _ in LINES] * 3
    whole = decode_lines(b"\n".join(raws))
    parts = (
        [decode_lines(b"\n".join(part)) for part in itertools.batched(raws, 5)] if hasattr(itertools, "batched") else []
    )
    assert whole.lines == [decode_lines(raw).lines[0] for raw in raws]
    assert all(part.encoding == whole.encoding for part in parts)
    assert [whole.undecoded.get(i) for i in range(len(raws))] == [decode_lines(raw).undecoded.get(0) for raw in raws]


def test_a_long_damaged_line_takes_no_longer_than_its_length():
    import time

    lines = [("é".encode() + b"\xe9 \x97\xe2\x80") * 200_000, "政府".encode("gb18030") * 500_000]
    start = time.process_time()
    decode_lines(b"\n".join(lines))
    assert time.process_time() - start < 5


# --- what is decided for a stream -------------------------------------------------------------------------------------


class Slowly(io.BytesIO):
    """Gives three bytes at a time, so that characters are cut."""

    def read(self, size=-1):
        return super().read(min(size, 3) if size > 0 else 3)


def text_of(raw, declared=None, file=io.BytesIO):
    stream = as_utf8(ByteStream(file(raw).read), declared)
    return b"".join(iter(lambda: stream.read(10), b"")).decode()


@pytest.mark.parametrize("code", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("file", [io.BytesIO, Slowly])
def test_wide_encodings_by_their_mark(code, file):
    text = "Zeile eins\nžluťoučký kůň 😀\r\n"
    assert text_of(("\ufeff" + text).encode(code), file=file) == text
    assert text_of(("\ufeff" + "\0" + text).encode(code), file=file) == "\0" + text


def test_wide_encodings_without_mark():
    text = "An English dump that some Windows program saved as Unicode.\n"
    assert text_of(text.encode("utf-16-le")) == text
    assert text_of(text.encode("utf-16-be")) == text
    assert text_of("政府は".encode("utf-16-le"), "utf-16-le") == "政府は"


def test_damaged_utf16_keeps_the_rest():
    raw = "\ufeffa".encode("utf-16-le") + b"\x3d\xd8" + "b".encode("utf-16-le") + b"c"
    assert text_of(raw) == "a\ufffdb\ufffd"


@pytest.mark.parametrize(
    "raw", [b"", b"a", "déjà\n".encode(), b"\xef\xbb\xbfmark", b"a\0b plain text with a NUL", b"\xff\xfe"[:1]]
)
def test_other_streams_are_not_touched(raw):
    stream = ByteStream(io.BytesIO(raw).read)
    assert as_utf8(stream) is stream
    assert stream.read(100) == raw


LEGACY = {
    "cp1251": RUSSIAN,
    "koi8-r": RUSSIAN,
    "cp1253": "Η κυβέρνηση ανακοίνωσε νέα μέτρα στήριξης της οικονομίας.",
    "gb18030": "政府周四宣布了新的经济支持措施，以应对通货膨胀。",
    "shift_jis": "政府は木曜日、経済対策を発表した。東京都の知事は会見で、カタカナも使うと述べた。",
    "euc_jp": "政府は木曜日、新たな経済対策を発表しました。",
    "euc_kr": "정부는 목요일 새로운 경제 지원 조치를 발표했다.",
    "big5": "政府週四宣布了新的經濟支持措施，以應對通貨膨脹。",
    "cp1255": "הממשלה הודיעה על צעדים חדשים לתמיכה בכלכלה",
    "cp1252": "Le gouvernement a annoncé de nouvelles mesures à l’été, où l’économie était déjà fragile.",
    "cp1250": "Rząd ogłosił nowe środki wsparcia gospodarki, żółć i źdźbło, cześć ludziom pracy.",
}


@pytest.mark.parametrize("code", LEGACY)
def test_the_legacy_encoding_of_a_dump_is_found(code):
    raw = "\n".join(["A line in English", LEGACY[code], "naïve café"] * 20)
    lines = [line.encode() if line.startswith("na") else line.encode(code) for line in raw.split("\n")]
    found = expected_legacy(b"\n".join(lines))
    assert decode_lines(b"\n".join(lines), found).lines == raw.split("\n")


def test_a_few_stray_bytes_are_no_evidence():
    assert expected_legacy(b"caf\xe9\n" * 10) is None
    assert expected_legacy("Größe äöü ".encode() * 500 + b"\xe9") is None


def test_pages_in_many_encodings_stand_in_one_dump():
    pages = [
        (code, f"{text} {number}") for number, (code, text) in enumerate(list(LEGACY.items()) * 12) if code != "cp1250"
    ]
    random.Random(4).shuffle(pages)
    raw = b"\n".join(text.encode(code) for code, text in pages)
    assert expected_legacy(raw) is None
    assert decode_lines(raw).lines == [text for _, text in pages]


def test_what_is_declared_wins_over_what_the_letters_say():
    raw = LEGACY["gb18030"].encode("gb18030")
    assert decode_lines(raw, "cp1251").lines == [LEGACY["gb18030"]]
    assert decode_lines(raw, "koi8-r", declared=True).lines == [raw.decode("koi8-r")]


def test_a_short_line_follows_what_is_expected():
    assert decode_lines("Дом".encode("cp1251"), "cp1251").lines == ["Дом"]
    assert decode_lines("Дом".encode("cp1251")).lines == ["Äîì"]
