"""Who took the photo."""

from scrubber.page import Label
from scrubber.segment.rule import Rule, words

RULES = (
    Rule(
        name="photo_credit",
        label=Label.CREDIT,
        phrases=words(
            "getty images | ap photo | associated press | reuters | afp | shutterstock | istock | unsplash",
            "alamy | pa media | afp via getty images | getty | istockphoto | flickr | wikimedia commons",
            "courtesy photo | handout",
            "picture alliance | picture-alliance | imago | dpa",
            "新华社 | 新華社 | 中新社 | 資料照 | 資料圖片 | 资料图",
            "γιωργοσ κονταρινησ",
        ),
        pattern=(
            r"(?:photo(?:graph)?s?|image|picture|pic|video|credit|photo credit|image credit|foto|fotos|bild|"
            r"crédit photo|фото|zdjęcie|fot|φωτο|写真|照片来源|图片来源|圖片來源)\s?(?::|/| courtesy(?: of)?|"
            r"©)\s?[^.!?]{2,80}$|"
            r"\(?(?:ap photo|getty images|getty|photo by)\s?/?[^.]{0,80}\)$|ap photo/.{2,50}$|"
            r"[^./|(:\n]{2,60}+[/|] ?(?:getty|reuters|afp|ap|shutterstock|the new york times|alamy|epa|"
            r"associated press|the guardian|bloomberg|pa|istock|dpa|imago)\b.{0,20}$"
        ),
        max_length=100,
        yes=(
            "Photo: Jane Roe",
            "Mira Example/Getty Images",
            "Photo credit: Ann Other",
            "Фото: Иван Иванов",
        ),
        no=(
            "Photo editing is hard. You need time.",
            "The reuters of this world are few and far between, he said.",
        ),
    ),
    Rule(
        name="photo_note",
        label=Label.CAPTION,
        pattern=(
            r"[^(\n]{20,380}+\((?:ap photo|photo by|photo:|reuters|file photo|image:|credit:|getty|"
            r"[^()]{2,40} via ap|[^()/]{2,40}/(?:reuters|afp|getty|ap|pool))[^()]{0,80}\)?$|"
            r"[^/\n]{20,380}+/ ?(?:getty images|reuters|afp)$"
        ),
        max_length=400,
        yes=(
            "A man walks past a shop in the old town on Monday, May 3. (AP Photo/Jane Roe)",
            "Two boats lie in the harbour before the storm. Jane Roe/Getty Images",
        ),
        no=(
            "The agency said so on Monday, May 3, in a long statement (in French).",
            "A man walks past a shop in the old town.",
        ),
    ),
)
