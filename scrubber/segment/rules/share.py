"""Buttons that share, print, save, follow or count."""

from scrubber.page import Label
from scrubber.segment.rule import Rule, words

RULES = (
    Rule(
        name="share_button",
        label=Label.SHARE,
        phrases=words(
            "share | tweet | share this | share this article | share this story | share this post",
            "share this page | share full article | share on facebook | share on twitter | share on linkedin",
            "share on x | share on whatsapp | share via email | share with friends | share link | copy link",
            "copy link copied | link copied | copy url | pin it | save | save article | save this story",
            "save for later | email this | email this article | email this story | email this page",
            "email a friend | e-mail this | print this article | print this page | print article | print email",
            "email print | print friendly | send to a friend | gift this article | give this article | bookmark",
            "add to favorites | digg this | stumbleupon | delicious | reddit | digg | facebook | twitter",
            "x (formerly twitter)",
            "linkedin | instagram | youtube | pinterest | whatsapp | telegram | tumblr | tiktok | google+",
            "flipboard | rss | rss feed | rss feeds | follow us | follow | follow me | follow us on",
            "follow us on twitter | follow us on facebook | follow us on instagram | like us on facebook",
            "find us on facebook | connect with us | stay connected | social media | like this | like | a a a",
            "text size | font size | listen to this article | share options | sharing options",
            "teilen | drucken | artikel teilen | auf facebook teilen | auf twitter teilen | per e-mail teilen",
            "merken | folgen sie uns | twittern | artikel drucken | vorlesen | link kopieren",
            "partager | partager sur facebook | partager sur twitter | imprimer | envoyer par email | suivez-nous",
            "enregistrer | copier le lien | partager l'article",
            "compartir | compartir en facebook | compartir en twitter | imprimir | enviar por correo | síguenos",
            "guardar | síguenos en | copiar enlace | enviar por email",
            "compartilhar | compartilhe | partilhar | siga-nos | siga nossas redes | copiar link",
            "enviar por e-mail",
            "condividi | condividi su facebook | stampa | seguici | seguici su | invia per email | salva",
            "delen | deel dit artikel | volg ons | afdrukken | deel op facebook",
            "podziel się | udostępnij | drukuj artykuł | wyślij | wyślij znajomemu | polub nas | tweetnij",
            "poleć znajomemu | obserwuj nas",
            "поделиться | поделиться ссылкой | твитнуть | нравится | распечатать | отправить другу",
            "подписывайтесь на нас | сохранить | вконтакте | одноклассники | рассказать друзьям",
            "分享 | 分享到 | 轉寄 | 收藏 | 微博 | 微信 | 转发 | 赞 | 分享本文 | 推荐给朋友",
            "シェア | シェアする | ツイート | 共有する | 印刷する | フォローする | はてなブックマーク",
            "κοινοποίηση | μοιραστείτε το | ακολουθήστε μας | αποστολή με email",
            "paylaş | tweetle | yazdır | bizi takip edin | takip et",
            "del artiklen | del på facebook | dela | jaa",
        ),
        pattern=(
            r"(?:click to )?(?:share|tweet|pin|post) (?:this )?(?:on|via|to|by) (?:facebook|twitter|x|"
            r"linkedin|whatsapp|email|reddit|pinterest|telegram|tumblr|google|pocket|mail|a friend)\b|"
            r"\d[\d.,k]{0,6} (?:shares?|likes?|tweets?|views?|retweets?)$|"
            r"share this:?(?: [a-z+]+){0,8}$|"
            r"(?:follow|find|like|join) (?:us|me) on (?:facebook|twitter|x|instagram|linkedin|google|youtube|"
            r"pinterest|tiktok)\b"
        ),
        max_length=70,
        yes=(
            "  • Share full article",
            "Share on Facebook",
            "12 Shares",
            "Follow us on Twitter",
        ),
        no=(
            "Share prices fell on Monday.",
            "Twitter was sold for 44 billion dollars",
        ),
    ),
)
