"""How often each rule was right, by characters, on labelled pages of other people's sites.

Printed by `python -m benchmarks.train.rules EVALDATA`: characters labelled chrome, caption, byline or comment, over
those and the text, on pages.jsonl.gz and pages_extra.jsonl.gz. A rule from `FIRM` on has the last word. One below it
overrules the model only up to a probability of text: `OVERRULES`, the end of the last sixth in which weights that had
not seen the site were wrong for more characters than the rule (`python -m benchmarks.train.overrules EVALDATA FOLDS`).
"""

from __future__ import annotations

from typing import Final

FIRM: Final = 0.97
UNMEASURED: Final = 0.97  # fewer than 400 characters seen

PRECISION: Final[dict[str, float]] = {
    "ad_mark": 0.984,  # 13744 characters, 443 houses
    "author_bio": 0.830,  # 14592 characters, 103 houses
    "contributed": 0.782,  # 5704 characters, 20 houses
    "about_author": 0.951,  # 2724 characters, 104 houses
    "byline_name": 0.959,  # 28759 characters, 517 houses
    "date_line": 0.991,  # 194476 characters, 1431 houses
    "caption_frame": 0.982,  # 4299 characters, 241 houses
    "comment_frame": 0.975,  # 65288 characters, 820 houses
    "photo_credit": 0.914,  # 14731 characters, 263 houses
    "photo_note": 0.945,  # 10761 characters, 40 houses
    "footer_link": 0.990,  # 205589 characters, 2186 houses
    "search_results": 0.968,  # 1484 characters, 55 houses
    "jump_link": 0.998,  # 16714 characters, 675 houses
    "menu_word": 0.993,  # 260218 characters, 2501 houses
    "sign_in": 0.999,  # 12789 characters, 701 houses
    "month_archive": 1.000,  # 159472 characters, 209 houses
    "paging": 0.972,  # 1546 characters, 70 houses
    "newsletter_offer": 0.997,  # 21390 characters, 657 houses
    "paywall_offer": 0.988,  # 13631 characters, 384 houses
    "related_heading": 0.970,  # 46304 characters, 1138 houses
    "related_link": 0.834,  # 11007 characters, 56 houses
    "read_on": 0.841,  # 15516 characters, 292 houses
    "share_button": 0.991,  # 77533 characters, 1420 houses
    "tag_line": 0.913,  # 26104 characters, 409 houses
}

OVERRULES: Final[dict[str, float]] = {
    "author_bio": 0.83,
    "contributed": 1.0,
    "about_author": 0.83,
    "byline_name": 0.83,
    "photo_credit": 0.83,
    "photo_note": 1.0,
    "search_results": 0.83,
    "related_link": 1.0,
    "read_on": 0.67,
    "tag_line": 0.5,
}
