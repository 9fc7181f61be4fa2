"""Who the author is, and who helped."""

from scrubber.page import Label
from scrubber.segment.rule import Rule, words

RULES = (
    Rule(
        name="author_bio",
        label=Label.BIO,
        pattern=(
            r"(?!(?:this|he|she|it|there|that|the|who|what|my|a|his|her)"
            r" )[^\W\d_][^\d\n,:;!?()]{3,40} is (?:a|an|the|our) (?:(?:senior|staff|chief|former|"
            r"contributing|freelance|award-winning|deputy|national|international|associate|foreign|political|"
            r"assistant|executive|managing|lead|london-based|multimedia|general|breaking|news|business|"
            r"sports|science|technology|culture|health|politics|independent|professional|[a-z]+-based)"
            r" ){0,4}(?:[a-z]+ )?(?:reporter|correspondent|journalist|editor|columnist|staff writer|"
            r"bureau chief|contributor|freelancer|freelance writer|writer|blogger|critic|producer|"
            r"researcher)\b|"
            r"[^\W\d_][^\d\n,:;!?()]{3,40} (?:covers|reports on|writes about) [^.]{5,200}+\. (?:he|she|they|"
            r"more about|follow|before|previously) ?|"
            r"(?:follow|contact|email|e-mail|reach|write to) (?:him|her|them|the (?:author|writer|reporter)|"
            r"[a-z]{3,14}(?: [a-z]{3,16})?) (?:on (?:twitter|x|facebook|instagram|linkedin)|at [^ ]+@|@)|"
            r"more about (?:[a-z'’.-]+ ){1,3}[a-z'’-]+$"
        ),
        max_length=400,
        yes=(
            "Jane Roe is a senior reporter covering parks and rivers.",
            "Follow her on Twitter @example",
            "Jane Roe covers the river trade for the paper. More about Jane Roe",
        ),
        no=(
            "This is a reporter’s dream come true, or so they say.",
            "He is a man of his word.",
        ),
    ),
    Rule(
        name="contributed",
        label=Label.BIO,
        pattern=(
            r"(?:[^.]{3,200} )?contributed (?:reporting|research|to this (?:report|article|story|post))(?:$|[ .,;(])|"
            r"(?:additional )?(?:reporting|writing|research|editing)"
            r" by [a-z .,'’-]{3,80}(?:; ?(?:additional )?(?:editing|writing|reporting|graphics)"
            r" by [^\n]{3,100})?$|"
            r"(?:with (?:reporting|files|additional reporting)|with files) (?:by|from) [^.]{3,100}$|"
            r"(?:our standards: the|this (?:article|story|post) (?:was )?(?:originally|first) (?:published|"
            r"appeared)|this (?:article|story) originally) |"
            r"a version of this (?:article|story|post)\b"
        ),
        max_length=300,
        yes=(
            "Jane Roe in Rome contributed to this report.",
            "Reporting by Jane Roe; Editing by John Doe",
            "This article was originally published on another site.",
        ),
        no=(
            "She contributed to this fund for years.",
            "Reporting bywords are rare.",
        ),
    ),
    Rule(
        name="about_author",
        label=Label.BIO,
        phrases=words(
            "about the author | about the authors | about the writer | about author | author bio",
            "meet the author | written by | view all posts | view profile | view all articles | see all articles",
            "about this author | all posts by this author | view author archive",
            "über den autor | über die autorin | zur autorenseite | alle artikel des autors",
            "à propos de l'auteur | l'auteur",
            "sobre el autor | acerca del autor | sobre la autora",
            "sobre o autor | sobre a autora",
            "informazioni sull'autore",
            "over de auteur",
            "o autorze",
            "об авторе",
            "作者简介 | 关于作者 | 關於作者",
            "著者プロフィール | この記事を書いた人",
            "σχετικά με τον συγγραφέα",
            "yazar hakkında",
        ),
        pattern=(
            r"(?:view|see|read|show) (?:all|more) (?:posts|articles|stories|of) (?:by|from) .{2,40}$|"
            r"about (?:the )?author\b.{0,30}$"
        ),
        max_length=60,
        yes=(
            "About the Author",
            "View all posts by Jane Roe",
            "Über den Autor",
        ),
        no=(
            "Author of ten books, he lives alone.",
            "The author spoke at length.",
        ),
    ),
)
