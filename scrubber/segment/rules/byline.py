"""Who wrote it, when, how long it takes."""

from scrubber.page import Label
from scrubber.segment.rule import Rule

RULES = (
    Rule(
        name="byline_name",
        label=Label.BYLINE,
        pattern=(
            r"(?:by|written by|posted by|words by|story by|reported by|author:|autor:|автор:|текст:)\s"
            r"[^\W\d_][^\d\n:;!?]{2,60}$|"
            r"(?:von|par|por|door|od)\s[^\W\d_.]{2,14} [^\W\d_]{2,18}(?: (?:und|et|y|e|en)"
            r" [^\W\d_]{2,14} [^\W\d_]{2,18})?$|"
            r"(?:记者|記者|文/|作者[:：]|責任編輯|责任编辑)\s?[^\s，。]{2,16}$"
        ),
        max_length=76,
        yes=(
            "By Jane Roe",
            "Von Erika Beispiel",
            "Автор: Иван Иванов",
        ),
        no=(
            "By Monday 40 000 had left.",
            "Written by 12 hands, this is odd.",
        ),
    ),
    Rule(
        name="date_line",
        label=Label.BYLINE,
        pattern=(
            r"(?:(?:first |last |originally |article )?(?:published|updated|posted|modified|last modified|"
            r"last updated|created|date|added|submitted|reviewed|uploaded|publicado|actualizado|publié|"
            r"mis à jour|veröffentlicht|aktualisiert|stand|опубликовано|обновлено|data|dodano|aggiornato|"
            r"pubblicato|发布时间|發布時間|时间)\b\s?(?:on|at|le|el|il|am|:|：)?\s?.{0,20}\d{1,4}.{0,40}$)|"
            r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?,? )?(?:jan(?:uary)?|"
            r"feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
            r"nov(?:ember)?|dec(?:ember)?)\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4}(?:,? ?(?:at|[-–|"
            r"•·])? ?\d{1,2}[:.]\d\d(?::\d\d)? ?(?:[ap]\.?m\.?)?(?: \(?[a-z]{2,5}\)?)?)?$|"
            r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?,? )?\d{1,2}(?:st|nd|rd|"
            r"th)?\.? (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|januar|februar|märz|april|mai|juni|"
            r"juli|august|dezember|oktober|январ|феврал|март|апрел|ма|июн|июл|август|сентябр|октябр|ноябр|"
            r"декабр|stycz|lut|kwiet|czerw|lip|sierp|wrze|paźdz|list|grud)[^\W\d_]*\.?,? \d{4}(?: ?(?:г|года|"
            r"r|roku))?\.?(?:,? ?(?:at|[-–|•·]|um|о|в)? ?\d{1,2}[:.]\d\d.{0,12})?$|"
            r"\d{4}[-./]\d{1,2}[-./]\d{1,2}(?:[ t]\d{1,2}:\d\d(?::\d\d)?.{0,8})?$|"
            r"\d{1,2}[-./]\d{1,2}[-./](?:19|20)\d\d(?:,? ?[-–|]? ?\d{1,2}[:.]\d\d.{0,8})?$|"
            r"\d{4}年\d{1,2}月\d{1,2}日(?: ?\d{1,2}[:時时]\d\d.{0,6})?$|"
            r"\d{1,2}[:.]\d\d(?: ?[ap]\.?m\.?)?(?: [a-z]{2,4})?$|"
            r"\d+ (?:minutes?|mins?|hours?|days?|weeks?|months?|years?) ago$|"
            r"\d+[- ]min(?:ute)?s? (?:read|lesen|de lectura)$|"
            r"(?:lesezeit|reading time|temps de lecture|tiempo de lectura)\b.{0,30}\d+.{0,12}$"
        ),
        max_length=90,
        yes=(
            "Published on 3 May 2019 at 10:20",
            "May 3, 2019",
            "3 мая 2019",
            "5 min read",
            "2019年5月3日",
        ),
        no=(
            "Published works are many: 3 novels, 12 plays and a hundred poems, of which 30 are lost now, they say",
            "May 3 was a cold day",
        ),
    ),
)
