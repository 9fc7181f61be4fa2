"""Search words that stand in place of something else."""

from scrubber.page import Label
from scrubber.segment.rule import Rule, words

RULES = (
    Rule(
        name="search_words",
        label=Label.QUERY,
        phrases=words(
            "people also ask | related searches | searches related to",
            "ähnliche suchanfragen",
            "recherches associées",
            "búsquedas relacionadas",
            "pesquisas relacionadas",
            "ricerche correlate",
            "gerelateerde zoekopdrachten",
            "podobne wyszukiwania",
            "похожие запросы",
            "相关搜索 | 相關搜尋 | 热门搜索 | 熱門搜尋",
            "関連キーワード | 関連検索",
            "σχετικές αναζητήσεις",
            "ilgili aramalar",
        ),
        pattern=(
            r"(?:you searched for|your search for|search term|searched for|sie suchten nach|"
            r"vous avez cherché|ha buscado|вы искали)\s?[:“„«]?\s?.{2,80}$"
        ),
        max_length=110,
        yes=(
            "People also ask",
            "Related searches",
            "You searched for: old maps",
        ),
        no=(
            "People also ask for bread.",
            "Searched by police, the house was empty.",
        ),
    ),
)
