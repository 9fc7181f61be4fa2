"""Topic marks under a text."""

from scrubber.page import Label
from scrubber.segment.rule import Rule, words

RULES = (
    Rule(
        name="tag_line",
        label=Label.TAGS,
        phrases=words(
            "tags | tagged | filed under | tagged with",
            "explore topics",
            "schlagwörter | stichwörter | schlagworte",
            "mots-clés | étiquettes",
            "etiquetas | archivado en",
            "assuntos | marcadores",
            "argomenti",
            "słowa kluczowe",
            "теги | темы | метки | ключевые слова",
            "标签 | 標籤 | 关键词 | 關鍵字 | 熱門關鍵字",
            "タグ | キーワード",
            "ετικέτες",
            "etiketler",
        ),
        pattern=(
            r"(?:tags?|tagged(?: with| in| as)?|filed (?:under|in)|posted in|labels?|topics?|categor(?:y|"
            r"ies)|keywords|schlagwörter|stichwörter|mots[- ]clés|etiquetas|tagi|теги|метки|ключевые слова|"
            r"ετικέτες|etiketler|标签|標籤|关键词|關鍵字|タグ)\s?[:：].{1,200}$|"
            r"(?:tagged|filed under|posted in) [^.]{2,120}$|"
            r"#\w{2,30}(?: ?[,•]? #\w{2,30}){1,20}$"
        ),
        max_length=220,
        yes=(
            "Tags: rivers, dams, fish",
            "Filed under News",
            "Теги: реки, рыба",
        ),
        no=(
            "Tags were tied to the birds.",
            "The topics of the day are many.",
        ),
    ),
)
