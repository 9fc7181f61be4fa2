"""Legal lines, policies, consent and addresses at the end of a page."""

from scrubber.page import Label
from scrubber.segment.rule import Rule, words

RULES = (
    Rule(
        name="footer_link",
        label=Label.FOOTER,
        phrases=words(
            "privacy policy | privacy | terms of use | terms of service | terms & conditions",
            "terms and conditions | terms | legal | legal notice | cookie policy | cookies | cookie settings",
            "cookie preferences | manage cookies | privacy notice | privacy statement | your privacy choices",
            "do not sell my personal information | do not sell or share my personal information",
            "california privacy rights | accessibility | accessibility statement | advertise | advertise with us",
            "copyright | all rights reserved | disclaimer | feedback | corrections | report an error",
            "code of ethics | editorial guidelines | editorial policy | ethics policy | imprint",
            "contact the newsroom | modern slavery statement | powered by wordpress | powered by blogger",
            "proudly powered by wordpress | copyright notice | site feedback | user agreement",
            "community guidelines | closed captioning policy | ad choices | adchoices | fcc public file",
            "eeo report | press center | investor relations | affiliate program | contributors | staff | masthead",
            "subscribe to: post comments (atom) | accept | accept all | accept cookies | reject all | i agree",
            "got it | how we verify our reporting | thomson reuters",
            "impressum | datenschutz | datenschutzerklärung | agb | nutzungsbedingungen | cookie-einstellungen",
            "barrierefreiheit | alle rechte vorbehalten | widerrufsrecht",
            "mentions légales | politique de confidentialité | conditions générales",
            "conditions générales d'utilisation | conditions générales de vente | gestion des cookies",
            "tous droits réservés | données personnelles",
            "aviso legal | política de privacidad | política de cookies | términos y condiciones",
            "condiciones de uso | todos los derechos reservados | publicidad y tarifas",
            "política de privacidade | termos de uso | todos os direitos reservados | anuncie | expediente",
            "informativa sulla privacy | note legali | termini e condizioni | tutti i diritti riservati",
            "preferenze cookie | cookie policy",
            "privacybeleid | privacyverklaring | algemene voorwaarden | cookiebeleid | gebruiksvoorwaarden",
            "alle rechten voorbehouden",
            "polityka prywatności | regulamin | polityka cookies | wszelkie prawa zastrzeżone | prywatność",
            "kontakt z redakcją | napisz do nas",
            "политика конфиденциальности | пользовательское соглашение | все права защищены",
            "правила комментирования | письмо в редакцию | система orphus | правовая информация",
            "隐私政策 | 隱私權政策 | 免责声明 | 使用條款 | 版权所有 | 版權所有 | 版权声明 | 法律声明",
            "隐私声明 | 服务条款 | 广告服务 | 网站声明",
            "プライバシーポリシー | 利用規約 | 著作権 | 個人情報保護方針 | 特定商取引法に基づく表記",
            "無断転載を禁じます",
            "όροι χρήσης | πολιτική απορρήτου | πολιτική cookies | ταυτότητα",
            "gizlilik politikası | kullanım koşulları | çerez politikası | künye | kvkk",
            "personvern | privatlivspolitik | integritetspolicy | tietosuoja | vilkår",
        ),
        pattern=(
            r"(?:copyright\b.{0,12}|©|\(c\)|&copy;|copyright ©) ?.{0,4}(?:19|20)\d\d\b.{0,200}$|"
            r"[^©]{2,60}+© ?(?:copyright )?(?:19|20)\d\d\b.{0,100}$|"
            r"(?:[^.|©–-]{0,80}+[.|©–-] ?)?(?:all rights reserved|alle rechte vorbehalten|"
            r"tous droits réservés|todos los derechos reservados|todos os direitos reservados|"
            r"tutti i diritti riservati|wszelkie prawa zastrzeżone|все права защищены|版权所有|版權所有|"
            r"tüm hakları saklıdır)(?:$|[ .,。])|"
            r"(?:this (?:web)?site uses|we(?: and our partners)? use|diese (?:web)?seite verwendet|"
            r"wir verwenden|ce site utilise|este sitio (?:web )?(?:utiliza|usa)|questo sito (?:utilizza|usa)|"
            r"deze (?:web)?site gebruikt|мы используем|strona używa|ten serwis używa) (?:des )?cookies\b|"
            r"by (?:continuing|using|clicking|signing up|subscribing|submitting|browsing|registering|"
            r"creating)[^.]{3,140}(?:agree|accept|consent|acknowledge|cookie)|"
            r"(?:powered|hosted) by (?:[a-z.]+ ?){1,4}$|"
            r"this site is protected by recaptcha|"
            r"(?:перепечатка|использование) материалов|"
            r"(?:沪|京|粤|浙|苏)icp[备證证]"
        ),
        max_length=320,
        yes=(
            "Privacy Policy",
            "© 2019 Example Media. All rights reserved.",
            "This site uses cookies to give you the best experience.",
            "Impressum",
        ),
        no=(
            "Privacy is a right, the court said.",
            "We use cooking oil for this recipe.",
        ),
    ),
)
