"""A dump for measuring, made from nothing but word lists and a seed: pages of sites, glued together without a mark.

It has what costs time in real dumps: site furniture round each article, curly quotes, some mojibake and entities, a few
languages, copies that differ in a sentence. It is no test of quality: the words have no meaning.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

STEMS = {
    "en": (
        "the of and to in that was for with as his on be at by had not are but from or have an they which one "
        "you were her all she there would their we him been has when who will more no if out so said what up "
        "its about into than them can only other new some could time these two may then do first any my now "
        "such like our over man me even government minister council company market report city river school "
        "station police court judge election vote budget tax price energy power bridge road train airport "
        "hospital doctor patient study research university student teacher team player match goal season "
        "coach league winter summer storm flood fire forest farm field announced reported decided agreed "
        "refused promised expected planned opened closed moved returned increased fell rose added asked told "
        "wrote found showed called helped stopped started continued remained became thought knew public local "
        "national large small early late young old strong weak open clear recent final major common"
    ),
    "de": (
        "der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden "
        "aus er hat dass sie nach wird bei einer um am sind noch wie einem über einen so zum war haben nur "
        "oder aber vor zur bis mehr durch man sein wurde sei Regierung Minister Stadt Straße Schule Polizei "
        "Gericht Wahl Haushalt Steuer Preis Energie Brücke Bahnhof Flughafen Krankenhaus Ärztin Studie "
        "Universität Mannschaft Spiel Winter Sommer Flut erklärte berichtete beschloss öffnete schloss stieg "
        "fiel fügte fragte sagte schrieb zeigte größer früher später"
    ),
    "fr": (
        "le de un être et à il avoir ne je son que se qui ce dans en du elle au pour pas sur plus par avec "
        "tout faire leur même où ses les des une est été gouvernement ministre ville rivière école gare "
        "police tribunal élection budget impôt prix énergie pont route aéroport hôpital médecin étude "
        "université équipe joueur saison été hiver annoncé décidé refusé promis ouvert fermé augmenté baissé "
        "ajouté demandé écrit trouvé montré grand première"
    ),
    "es": (
        "el la de que y a en un ser se no haber por con su para como estar tener le lo todo pero más hacer o "
        "poder este ir otro ese si me ya ver porque dar cuando muy sin vez mucho saber qué sobre mi alguno "
        "mismo también hasta año gobierno ministro ciudad río escuela estación policía tribunal elección "
        "presupuesto precio energía puente anunció decidió rechazó prometió abrió cerró aumentó bajó añadió "
        "pidió escribió encontró mostró según español"
    ),
    "ru": (
        "и в не на я быть он с что а по это она этот к но они мы весь который из у то за свой один от так о "
        "для год правительство министр город река школа вокзал полиция суд выборы бюджет налог цена энергия "
        "мост дорога аэропорт больница врач исследование университет команда игра сезон зима лето объявил "
        "сообщил решил отказался открыл"
    ),
    "pl": (
        "i w nie na z się do to że jest o jak co po tak za od czy ale już tylko przez go dla może ich był "
        "jego rząd minister miasto rzeka szkoła dworzec policja sąd wybory budżet podatek cena energia most "
        "droga lotnisko szpital lekarz badanie uniwersytet drużyna mecz sezon zima ogłosił zdecydował odmówił "
        "obiecał otworzył zamknął źródło"
    ),
    "el": (
        "και το η του της να με για από που στην τα οι είναι των την στο σε δεν θα ότι κυβέρνηση υπουργός "
        "πόλη ποτάμι σχολείο σταθμός αστυνομία δικαστήριο εκλογές προϋπολογισμός φόρος τιμή ενέργεια γέφυρα "
        "δρόμος νοσοκομείο γιατρός"
    ),
}
SHARE = {"en": 80, "de": 5, "fr": 4, "es": 4, "ru": 3, "pl": 2, "el": 2}
SYLLABLES = [
    "bar", "cor", "den", "fal", "gar", "hol", "kin", "lan", "mer", "nor", "pal", "quin", "ras", "sol", "tam",
    "ul", "ver", "win", "yor", "zet", "mont", "dale", "ford", "wick", "stone",
]  # fmt: skip
SECTIONS = [
    "News", "World", "Politics", "Business", "Opinion", "Tech", "Science", "Health", "Sports", "Arts", "Books",
    "Style", "Food", "Travel", "Magazine",
]  # fmt: skip
FURNITURE = (
    "Skip to content", "Advertisement", "Share full article", "Sign in", "Subscribe for $1 a week", "Most popular",
    "Read more", "Listen to this article", "Supported by", "Print this page", "Save", "Comments", "Follow us",
)  # fmt: skip
ENDINGS = (
    "Terms of Service", "Privacy Policy", "Contact us", "Work with us", "Site map", "Help", "Cookie settings",
    "All rights reserved.", "Subscriptions", "Accessibility",
)  # fmt: skip


@dataclass(frozen=True)
class MadePage:
    """One page: its lines, its language, and the number of the page that it copies."""

    lines: tuple[str, ...]
    language: str
    copy_of: int | None

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def made_pages(size: int, seed: int = 0) -> Iterator[MadePage]:
    """Pages of together about `size` bytes of UTF-8; one in eight is a copy; a site in forty has mojibake."""
    chance = random.Random(seed)
    words = {code: _words(code, chance) for code in STEMS}
    sites = [_site(number, chance) for number in range(40)]
    bodies: list[tuple[str, list[str]]] = []
    made = 0
    while made < size:
        copied = chance.randrange(max(0, len(bodies) - 400), len(bodies)) if bodies and chance.random() < 0.12 else None
        language = bodies[copied][0] if copied is not None else chance.choices(list(SHARE), SHARE.values())[0]
        body = _edited(bodies[copied][1], chance) if copied is not None else _body(words[language], chance)
        bodies.append((language, body))
        page = MadePage(tuple(_framed(body, chance.choice(sites), words[language], chance)), language, copied)
        made += len(page.text.encode()) + 2
        yield page


def made_dump(size: int, seed: int = 0) -> str:
    """The text of such pages, one after the other."""
    return "\n\n".join(page.text for page in made_pages(size, seed)) + "\n"


def _words(language: str, chance: random.Random) -> list[str]:
    """Common words often, and rare ones: with names and compounds, as many different words as real text has."""
    common = STEMS[language].split()
    rare = [a + b for a in common[-60:] for b in chance.sample(common[-60:], 20) if len(a + b) < 16]
    return common * 12 + rare


def _name(chance: random.Random) -> str:
    return "".join(chance.sample(SYLLABLES, 2)).capitalize()


def _sentence(words: list[str], chance: random.Random) -> str:
    chosen = chance.choices(words, k=chance.randint(7, 24))
    if chance.random() < 0.5:
        chosen.insert(chance.randrange(len(chosen)), f"{_name(chance)} {_name(chance)}")
    if chance.random() < 0.2:
        chosen.insert(chance.randrange(len(chosen)), str(chance.randrange(2, 2030)))
    middle = len(chosen) // 2
    if len(chosen) > 12:
        chosen[middle] += ","
    text = " ".join(chosen)
    text = text[0].upper() + text[1:]
    quoted = chance.random()
    if quoted < 0.12:
        return f"“{text},” {_name(chance)} said."
    return text + (" — it’s so." if quoted < 0.2 else ".")


def _body(words: list[str], chance: random.Random) -> list[str]:
    return [
        " ".join(_sentence(words, chance) for _ in range(chance.randint(1, 5))) for _ in range(chance.randint(4, 22))
    ]


def _edited(body: list[str], chance: random.Random) -> list[str]:
    """A copy as syndication makes it: a paragraph less, a word changed."""
    copy = list(body)
    if len(copy) > 6 and chance.random() < 0.6:
        del copy[chance.randrange(len(copy))]
    at = chance.randrange(len(copy))
    copy[at] = copy[at].replace(" the ", " that ", 1)
    return copy


@dataclass(frozen=True)
class _Site:
    name: str
    sections: list[str]
    furniture: list[str]
    endings: list[str]
    straight: bool
    broken: str


def _site(number: int, chance: random.Random) -> _Site:
    return _Site(
        name=f"The {_name(chance)} {chance.choice(['Times', 'Post', 'Herald', 'Journal', 'Observer'])}",
        sections=chance.sample(SECTIONS, chance.randint(4, 12)),
        furniture=chance.sample(FURNITURE, chance.randint(3, 9)),
        endings=chance.sample(ENDINGS, chance.randint(3, 8)),
        straight=chance.random() < 0.4,
        broken={7: "mojibake", 20: "entities", 33: "entities"}.get(number, ""),
    )


def _framed(body: list[str], site: _Site, words: list[str], chance: random.Random) -> Iterator[str]:
    """The lines of a page as a browser would copy them: a site's furniture round and between the paragraphs."""
    author = f"{_name(chance)} {_name(chance)}"
    title = _sentence(words, chance).strip("“”.,")[:90]
    lines = [site.furniture[0], site.name, *site.sections, "", title, "", f"By {author}", "March 3, 2024", ""]
    for number, paragraph in enumerate(body):
        lines += [paragraph, ""]
        if chance.random() < 0.12:
            lines += [chance.choice(site.furniture), ""]
        if number % 7 == 3:
            lines += [f"{_sentence(words, chance)} Credit...{author}", ""]
    lines += ["Related", *(_sentence(words, chance)[:70] for _ in range(chance.randint(0, 6)))]
    lines += ["", f"© 2024 {site.name}", *site.endings]
    for line in lines:
        yield _damaged(line, site)


def _damaged(line: str, site: _Site) -> str:
    if site.straight:
        line = line.translate({0x201C: '"', 0x201D: '"', 0x2019: "'"})
    if site.broken == "mojibake":
        return line.encode().decode("cp1252", "replace")
    return line.replace("&", "&amp;").replace("“", "&ldquo;") if site.broken == "entities" else line


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("megabytes", type=float)
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    dump = made_dump(int(given.megabytes * 1e6), given.seed).encode()
    given.file.write_bytes(dump) if given.file else sys.stdout.buffer.write(dump)
