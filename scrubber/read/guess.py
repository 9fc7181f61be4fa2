"""Which legacy encoding a single line is in, from its letters: for dumps that glue pages of many encodings together.

charset-normalizer needs kilobytes and answers for all of them; a dump changes its encoding with the page. Here each
candidate decodes the line, and the one whose text has most of the frequent letters of its script wins. Latin text is
not guessed: what is rare among ASCII letters is cp1252, or what is expected.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import Final

_FEWEST: Final = 6  # bytes above ASCII; below, the guess is luck
_LOOKED_AT: Final = 4096  # bytes
_SURE: Final = 0.55  # the likeness of most lines in the right encoding is 0.7 to 1; in a wrong one it is rarely 0.6
_MARGIN: Final = 0.25  # by which another encoding must be likelier than the expected one
_ADJACENT: Final = re.compile(rb"[\x80-\xff]{2}")
_HIGH: Final = bytes(range(0x80, 0x100))
_ASCII_LETTERS: Final = bytes(range(0x41, 0x5B)) + bytes(range(0x61, 0x7B))
_PUNCTUATION: Final = re.compile(
    "[\x00-\x7f\u00a0-\u00bf\u2010-\u203a\u20ac\u2116\u3000-\u3011\uff01-\uff1f\u0640\u060c\u061b\u061f]"
)

_CYRILLIC: Final = "оеаинтсрвлкмдпуязОЕАИНТСРВЛКМДП"
_CHINESE: Final = (
    "的一是不了在人有我他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可她里后小么心多天而能好都然没日于起还发成事只作"
    "当想看文无开手十用主行方又如前所本见经头面公同三已老从动两长知民样现分将外但身些与高意进把法此实回二理美点月明其种声全工己话儿者向情部正名定"
    "女问力机给等几很业最间新什打便位因重被走电四第门相次东政海口使教西再平真听世气信北少关并内加化由却代军产入先山五太水万市至府提表示報會來國這"
    "個們為說時對後學發經現動開關長點問間與無從進實當還體過"
)
_JAPANESE: Final = (
    "のにはをたがでてとしれさあいるもなからりこそまおよくきけせちつねえうみめやわんろどばだじすっゃゅょへほふひむゆアイスルントラリクシドジテレコ"
    "サマカ日一国人年大十二本中長出三時行見月分後前生五間上東四今金九入学高円子外八六下来気小七山話女北午百書先名川千水半男西電校語土木聞食車何南"
    "万毎白天母火右読友左休父雨会同事自社発者地業方新場員立開手力問代明動京目通言理体田主題意不作用度強公持野以思家世多正安院心界教文元重近考画海"
    "売知道集別物使品計死特私始朝運終台広住真有口少町料工建空急止送切転研足究楽起着店病質待試族銀早映親験英医仕去味写字答夜音注帰古歌買悪図週室歩"
    "風紙黒花春赤青館屋色走秋夏習駅洋旅服夕借曜飲肉貸堂鳥飯勉冬昼茶弟牛魚兄犬妹姉漢"
)
_KOREAN: Final = (
    "이다의는에을가고하로지한은도어기사리아자라나시대전정인스해들수부일보과제주서장상동그었있를으며구공조성원비오여신게만경우선소치니방연드유국면"
    "관회영분반문생안같모무세미러것적트마위할당화실학차되습진용명중통였력말내터후개업금발입민감간심재행산급양속출"
)
# encoding -> the frequent letters of what is written in it, the range of its script, and a weight that makes up for
# scripts with so many letters that the frequent ones are a smaller part of a text
_CANDIDATES: Final = {
    "cp1251": (_CYRILLIC + "іІєї", "\u0400-\u0491", 1.0),
    "koi8_r": (_CYRILLIC, "\u0400-\u0451", 1.0),
    "cp1253": ("αοιετσνηυρπκμλςίάόέήύώΑΟΙΕΤΣΝΗΥΡΠΚΜΛ", "\u0370-\u03ff", 1.0),
    "cp1255": ("יוהלאתרבשמנדעםן", "\u0590-\u05ff", 1.0),
    "cp1256": ("ايلمنوتربةعدسفهأكقحج", "\u0600-\u06ff", 1.0),
    "cp874": ("านรอกเงยมลวดสทตะคีิ่้ัปหนข", "\u0e00-\u0e7f", 1.2),
    "gb18030": (_CHINESE, "\u3400-\u9fff", 1.8),
    "big5": (_CHINESE, "\u3400-\u9fff", 1.8),
    "cp932": (_JAPANESE, "\u3040-\u30ff\u4e00-\u9fff", 1.4),
    "euc_jp": (_JAPANESE, "\u3040-\u30ff\u4e00-\u9fff", 1.4),
    "cp949": (_KOREAN, "\uac00-\ud7a3", 1.5),
}
_MULTIBYTE: Final = frozenset(["gb18030", "big5", "cp932", "euc_jp", "cp949"])


def guess(line: bytes, expected: str | None) -> str:
    """The encoding of a line that is not UTF-8; `expected` is taken where the line says little, or agrees.

    >>> guess("Правительство объявило".encode("koi8-r"), None)
    'koi8_r'
    >>> guess("déjà vu à Noël".encode("cp1252"), None)
    'cp1252'
    """
    return _told(line, expected) or expected or "cp1252"


def _told(line: bytes, expected: str | None = None) -> str | None:
    """The encoding that the letters of a line speak for, if they speak for one."""
    line = line[:_LOOKED_AT]
    ascii_letters = len(line) - len(line.translate(None, _ASCII_LETTERS))
    high = len(line) - len(line.translate(None, _HIGH))
    if high < _FEWEST or ascii_letters > 2 * high or len(_ADJACENT.findall(line)) * 5 < high:
        return None
    known = _likeness(line, expected) if expected in _CANDIDATES else 0.0
    if known >= _SURE:
        return expected
    likeness, best = max((_likeness(line, encoding), encoding) for encoding in _CANDIDATES)
    return best if likeness >= max(_SURE, known + _MARGIN) else None


def common_guess(lines: list[bytes]) -> str | None:
    """The encoding that nearly all lines speak for that speak for any; `cp1252` where too few do."""
    votes = Counter(told for told in map(_told, lines) if told)
    if not votes:
        return None
    best, number = max(votes.items(), key=lambda vote: (vote[1], vote[0]))
    return best if number * 10 >= votes.total() * 8 and number * 2 >= len(lines) else "cp1252"


def _likeness(line: bytes, encoding: str) -> float:
    """The share of frequent letters among the characters above ASCII, none where the script is another one."""
    weight = _CANDIDATES[encoding][2]
    if encoding in _MULTIBYTE:
        return weight * _share_of_characters(line, encoding)
    ignored, letters, common, undefined = _bytes_of(encoding)
    text = line.translate(None, ignored)
    if (
        not text
        or len(text.translate(None, letters)) * 10 > len(text)
        or len(text.translate(None, undefined)) < len(text)
    ):
        return 0.0
    return weight * (1 - len(text.translate(None, common)) / len(text))


def _share_of_characters(line: bytes, encoding: str) -> float:
    try:
        decode = codecs.getincrementaldecoder(encoding)().decode  # forgives that the last character may be cut
        text = _PUNCTUATION.sub("", decode(line))
    except UnicodeDecodeError:
        return 0.0
    frequent, script = _patterns(encoding)
    if not text or len(script.sub("", text)) * 10 > len(text):
        return 0.0
    return 1 - len(frequent.sub("", text)) / len(text)


@cache
def _patterns(encoding: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    frequent, script, _ = _CANDIDATES[encoding]
    return re.compile(f"[{frequent}]"), re.compile(f"[{script}]")


@cache
def _bytes_of(encoding: str) -> tuple[bytes, bytes, bytes, bytes]:
    """Of an encoding of single bytes: ASCII and punctuation, letters, frequent letters, and what is no character."""
    frequent, script = _patterns(encoding)
    characters = [bytes([byte]).decode(encoding, "replace") for byte in range(256)]

    def where(test: Callable[[str], object]) -> bytes:
        return bytes(byte for byte, char in enumerate(characters) if test(char))

    return where(_PUNCTUATION.match), where(script.match), where(frequent.match), where("\ufffd".__eq__)
