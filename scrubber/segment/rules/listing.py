"""Counters and headings of search results and catalogues."""

from scrubber.page import Label
from scrubber.segment.rule import Rule, words

RULES = (
    Rule(
        name="search_results",
        label=Label.LISTING,
        phrases=words(
            "search results | no results found | sort by | filter by",
            "refine your search | most recent | most relevant | relevance | newest first | oldest first",
            "clear all | clear filters | sort by: relevance",
            "suchergebnisse | sortieren nach | sortieren | keine ergebnisse",
            "résultats de recherche | trier par | filtrer",
            "resultados de la búsqueda | resultados de búsqueda | ordenar por | filtrar por",
            "resultados da busca | ordenar por:",
            "risultati della ricerca | ordina per",
            "zoekresultaten | sorteer op",
            "wyniki wyszukiwania | sortuj",
            "результаты поиска | сортировать по",
            "搜索结果 | 搜尋結果 | 排序",
            "検索結果 | 並び替え",
            "αποτελέσματα αναζήτησης | ταξινόμηση",
            "arama sonuçları | sırala",
        ),
        pattern=(
            r"(?:showing |displaying |results? |items? )?\d[\d,.]*\s?[-–—]\s?\d[\d,.]* (?:of|von|sur|de|di|"
            r"из|z) (?:about |over )?\d[\d,.]*(?: (?:results?|items?|products?|entries|ergebnissen))?$|"
            r"(?:search )?results for\b.{1,80}$|"
            r"\d[\d,.]* (?:results?|items?|products?|listings|matches|search results|articles|ergebnisse|"
            r"résultats|resultados|risultati|wyników|результатов)(?: found| for .{1,60})?$"
        ),
        max_length=90,
        yes=(
            "Search results",
            "Showing 1-10 of 240 results",
            "Sort by",
        ),
        no=(
            "Results were poor in the third quarter.",
            "12 results that surprised us all this year",
        ),
    ),
)
