"""Headings over lists of other stories, and single links to them."""

from scrubber.page import Label
from scrubber.segment.rule import Rule, words

RULES = (
    Rule(
        name="related_heading",
        label=Label.RELATED,
        phrases=words(
            "related articles | related stories | related posts | related content | related | related topics",
            "related links | related news | related coverage | related reading | related products",
            "related videos | most read | most viewed | most popular | most commented | most shared",
            "most emailed | popular | popular now | popular stories | popular articles | trending now",
            "trending stories | trending topics | trending on | editor's pick | editor's picks | editors' picks",
            "editors picks | editor’s pick | editor’s picks | editors’ picks | you may also like",
            "you might also like | you may also be interested in | you might be interested in",
            "you may have missed | recommended | recommended for you | recommended reading | recommended articles",
            "recommended stories | more from | more stories | more on this story | more on this topic",
            "more on this | more like this | more coverage | more to read | more to explore",
            "more in this section | read next | up next | keep reading | further reading | see also",
            "also read | read also | read this next | what to read next | latest stories",
            "latest articles | latest posts | latest headlines | latest videos | top news",
            "top headlines | featured articles | featured posts | featured stories | don't miss",
            "don’t miss | must read | must reads | in case you missed it | explore more",
            "other stories | other articles | other news | similar articles | similar posts | similar stories",
            "people also read | people also viewed | customers also viewed | from the web | elsewhere on the web",
            "our picks | today's top stories | special reports",
            "mehr zum thema | das könnte sie auch interessieren | auch interessant | ähnliche beiträge",
            "ähnliche artikel | meistgelesen | meist gelesen | lesen sie auch | weitere artikel",
            "verwandte artikel | weitere meldungen | aus dem ressort | empfehlungen der redaktion | top-themen",
            "neueste beiträge | mehr lesen | weiterführende links",
            "à lire aussi | lire aussi | vous aimerez aussi | articles similaires | les plus lus",
            "sur le même sujet | à la une | articles récents | dans la même rubrique | articles liés",
            "à voir aussi",
            "temas relacionados | noticias relacionadas | artículos relacionados | lo más leído | más leídas",
            "te puede interesar | también te puede interesar | más noticias | lo más visto | te recomendamos",
            "más información | relacionadas | entradas relacionadas | lea también | lee también",
            "veja também | leia também | leia mais | notícias relacionadas | mais lidas | artigos relacionados",
            "relacionados | posts relacionados | saiba mais | últimas notícias",
            "leggi anche | articoli correlati | potrebbe interessarti | ti potrebbe interessare | i più letti",
            "più letti | ultime notizie | vedi anche | leggi tutto",
            "lees ook | lees meer | gerelateerde artikelen | meest gelezen | meer over dit onderwerp",
            "ook interessant | laatste nieuws",
            "zobacz także | zobacz też | zobacz również | czytaj także | czytaj też | czytaj również",
            "czytaj więcej | najczęściej czytane | popularne | polecamy | najnowsze | powiązane artykuły",
            "przeczytaj także | podobne artykuły | najpopularniejsze | czytaj dalej | warto przeczytać",
            "najnowsze wiadomości",
            "читайте также | по теме | новости по теме | материалы по теме | ссылки по теме | популярное",
            "самое читаемое | похожие статьи | смотрите также | другие новости | похожие материалы",
            "самое популярное | читают | еще по теме | рекомендуем | главное | последние комментарии",
            "самое обсуждаемое",
            "相关新闻 | 相關新聞 | 相关文章 | 相關文章 | 相关阅读 | 推荐阅读 | 延伸阅读 | 延伸閱讀",
            "热门新闻 | 熱門新聞 | 猜你喜欢 | 热点视频 | 热点推荐 | 相关报道",
            "相關報導 | 热门推荐 | 熱門文章 | 你可能也喜歡 | 編輯推薦 | 相关链接 | 点击排行 | 今日热点",
            "精彩推荐 | 更多新闻 | 最新新闻 | 最新消息",
            "関連記事 | あわせて読みたい | おすすめ記事 | 人気記事 | ランキング | アクセスランキング",
            "関連ニュース | 最新記事 | 新着記事 | こちらもおすすめ | 関連リンク",
            "διαβάστε επίσης | διαβάστε ακόμα | σχετικά άρθρα | δείτε επίσης | δημοφιλή | τελευταία νέα",
            "σχετικά θέματα | διαβάστε περισσότερα",
            "ilgili haberler | çok okunanlar | en çok okunanlar | bunlar da ilginizi çekebilir | diğer haberler",
            "benzer haberler | son haberler",
            "les også | læs også | läs också | mest lest | mest læst | mest läst | lue myös | luetuimmat",
        ),
        pattern=(
            r"(?:more|latest|most (?:read|viewed|popular|recent|shared)|top stories|trending|popular|stories|"
            r"articles|posts|also) (?:from|in|on|by|at) (?:the |our |this )?(?:[a-z.&'’-]+ ?){1,4}$|"
            r"our coverage of\b|"
            r"(?:related|recommended|similar|popular|recent|featured) (?:stories|articles|posts|news|topics|"
            r"products|content|videos|items|links|reading|questions)\b.{0,20}$"
        ),
        max_length=60,
        yes=(
            "Related stories",
            "Most viewed",
            "Das könnte Sie auch interessieren",
            "Most read in Politics",
        ),
        no=(
            "Related stories were told by the elders of the village for years.",
            "He is the most popular mayor of all time, by far.",
        ),
    ),
    Rule(
        name="related_link",
        label=Label.RELATED,
        pattern=(
            r"(?:read more|read also|also read|related|related story|related article|read next|watch|"
            r"watch now|don't miss|recommended|must read|in case you missed it)\s?[:|–—]\s?\S.{8,160}$|"
            r"(?:lesen sie auch|mehr dazu|mehr zum thema|lire aussi|à lire aussi|lea también|lee también|"
            r"leia também|leia mais|veja também|leggi anche|lees ook|czytaj też|czytaj także|zobacz też|"
            r"zobacz także|читайте также|смотрите также|по теме|διαβάστε επίσης|διαβάστε ακόμα|les også|"
            r"læs også|läs också)\s?[:|–—]\s?\S.{3,160}$|"
            r"(?:延伸閱讀|延伸阅读|相关阅读|推荐阅读|関連記事|更多新聞|相關新聞)\s?[:：|]?\s?\S.{3,100}$"
        ),
        max_length=200,
        yes=(
            "Read more: Ten rivers that changed their course",
            "Lesen Sie auch: Zehn Flüsse, die ihr Bett verließen",
            "Watch: the city council votes on parking",
        ),
        no=(
            "Read more than one book a week, she said.",
            "Related by blood, they split.",
        ),
    ),
    Rule(
        name="read_on",
        label=Label.RELATED,
        phrases=words(
            "read more | read the full story | read full article | read full story | read the full article",
            "read the rest | full story | view article | view post | click here to read more | read more »",
            "read on | read article | click here | go to article",
            "mehr erfahren | zum artikel | weiterlesen | mehr anzeigen",
            "lire la suite | en savoir plus | lire plus",
            "leer más | seguir leyendo | leer completo",
            "ler mais | continue lendo",
            "continua a leggere | scopri di più",
            "meer lezen",
            "czytaj",
            "читать далее | подробнее | читать полностью",
            "阅读全文 | 閱讀全文 | 查看更多 | 詳細 | 繼續閱讀 | 阅读更多 | 详细",
            "続きを読む | 詳しく見る | 記事を読む",
            "διαβάστε",
            "devamını oku | haberin devamı",
            "les mer | læs mere | läs mer | lue lisää",
        ),
        pattern=(
            r"(?:read more|continue reading|read full|read the full|learn more|find out more) (?:about|on|at|"
            r"here|article|story|review|of|in|from)\b.{0,50}$"
        ),
        max_length=70,
        yes=(
            "Read more »",
            "Weiterlesen",
            "続きを読む",
        ),
        no=(
            "Read on the train, the book is a delight.",
            "Subscribe to the idea or leave it.",
        ),
    ),
)
