"""Marks of advertising and of the seller behind it."""

from scrubber.page import Label
from scrubber.segment.rule import Rule, words

RULES = (
    Rule(
        name="ad_mark",
        label=Label.AD,
        phrases=words(
            "advertisement | advertisements | advertising | supported by | sponsored | sponsored by",
            "sponsored content | sponsored links | ad | ads | ads by google | story continues below advertisement",
            "article continues below advertisement | article continues below",
            "advertisement - story continues below | continue reading below | continue reading the main story",
            "story continues below | scroll to continue | advertisement - continue reading below",
            "promoted content | paid content | paid post | affiliate links | our sponsors | report this ad",
            "remove ads | skip ad | partner content | recommended by | from our partners | from around the web",
            "promoted stories",
            "anzeige | anzeigen | werbung | sponsored post | gesponsert",
            "publicité | annonce | contenu sponsorisé | publicités",
            "publicidad | contenido patrocinado | anuncio | anuncios",
            "publicidade | conteúdo patrocinado | continua após a publicidade | anúncio",
            "pubblicità | annunci | contenuto sponsorizzato | continua a leggere dopo la pubblicità",
            "advertentie | gesponsord | advertenties",
            "reklama | artykuł sponsorowany | materiał sponsorowany | dalszy ciąg materiału pod wideo | reklamy",
            "реклама | на правах рекламы | новости партнеров | реклама на сайте",
            "广告 | 廣告 | 推广 | 贊助 | 赞助商链接",
            "広告 | pr | スポンサーリンク | スポンサードリンク",
            "διαφήμιση | χορηγούμενο",
            "reklam | sponsorlu",
            "annonse | reklame | mainos",
        ),
        pattern=(
            r"(?:advertisement|anzeige|publicité|publicidad|реклама|reklama)(?: {1,3}(?:advertisement|"
            r"anzeige|publicité|publicidad|реклама|reklama)){1,4}$|"
            r"(?:story|article) continues (?:below|after)\b|"
            r"this (?:article|post|page|story|site) (?:may )?contains? affiliate links\b"
        ),
        max_length=120,
        yes=(
            "Advertisement",
            "Supported by",
            "Story continues below advertisement",
            "Anzeige",
        ),
        no=(
            "Advertisement spending fell by a third.",
            "The bill is supported by both parties.",
        ),
    ),
)
