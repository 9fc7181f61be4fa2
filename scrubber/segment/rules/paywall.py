"""Offers to pay, and walls that say that the rest is for subscribers."""

from scrubber.page import Label
from scrubber.segment.rule import Rule, words

RULES = (
    Rule(
        name="paywall_offer",
        label=Label.PAYWALL,
        phrases=words(
            "subscribe | subscribe now | subscribe today | subscribe to continue reading | subscribe to read",
            "subscribe to unlock this article | become a subscriber | become a member | become an ft subscriber",
            "start your free trial | start free trial | try free for 30 days | cancel anytime",
            "cancel any time | already a subscriber | already a subscriber? log in",
            "already a subscriber? sign in | already subscribed | for subscribers only | subscribers only",
            "subscriber only | subscriber exclusive | go premium | unlock this article",
            "continue reading | to continue reading, please log in | log in to continue reading",
            "view subscription options | see subscription options | explore our subscriptions",
            "explore our full range of subscriptions | explore more offers | choose your plan",
            "choose your subscription | /month | /year | subscriptions",
            "gift subscriptions | manage subscription | support our journalism | ready for more",
            "print + digital | digital subscription | upgrade | upgrade now",
            "terms & conditions apply | standard digital | premium digital | print edition | digital edition",
            "digital access | all access",
            "abonnieren | jetzt abonnieren | weiterlesen mit | jetzt testen | abonnement",
            "nur für abonnenten | monatlich kündbar | bereits abonnent | bereits abonnent? anmelden | probeabo",
            "abonnez-vous | s'abonner | je m'abonne | réservé aux abonnés | article réservé aux abonnés",
            "déjà abonné | sans engagement",
            "suscríbete | suscribirse | suscripción | suscríbete para seguir leyendo | solo para suscriptores",
            "ya soy suscriptor | contenido exclusivo para suscriptores",
            "assine | assine já | assine agora | exclusivo para assinantes | já é assinante",
            "abbonati | abbonati ora | riservato agli abbonati | sei già abbonato",
            "abonneren | neem een abonnement | alleen voor abonnees | word abonnee | al abonnee",
            "subskrybuj | kup dostęp | wykup dostęp | tylko dla prenumeratorów",
            "оформить подписку | только для подписчиков | купить подписку | подпишитесь, чтобы читать дальше",
            "立即订阅 | 立即訂閱 | 会员专享 | 訂閱會員",
            "有料会員限定 | 会員限定 | 続きを読むには | 有料会員登録",
            "συνδρομή | γίνετε συνδρομητής | μόνο για συνδρομητές",
            "abone ol | sadece aboneler",
            "abonner | bli abonnent | bliv abonnent | prenumerera | köp prenumeration | tilaa",
        ),
        pattern=(
            r"(?:please )?(?:subscribe|register|sign in|log in|sign up|create (?:a free|an) account) (?:now |"
            r"here )?(?:to|or)(?: [a-z]+){0,4} (?:continue|keep|finish|unlock|read(?:ing)?)\b|"
            r"(?:this (?:article|story|content|post|page)|the full (?:article|story))"
            r" is (?:only )?(?:available |reserved |exclusive |exclusively )?(?:only )?(?:for|to) (?:our |"
            r"paid |paying |registered |premium )?(?:subscribers|members)\b|"
            r"(?:then |only |just )?[$£€]\s?\d+(?:[.,]\d\d)? (?:per|a|/) ?(?:month|week|year|mo)\b|"
            r"\d+ (?:additional )?gift articles? (?:per|a|every) month$|"
            r"(?:limited time offer|special offer)\b.{0,60}\d+ ?%|"
            r"(?:you have|you've) (?:reached|read|used) (?:your|all|the|\d+)[^.]{0,40}(?:free|limit|articles?)\b|"
            r"(?:pay|save) [^.]{0,30}(?:annually|upfront|for \d+ (?:weeks|months))|"
            r"(?:everything in) (?:the )?(?:print|standard|premium|digital|basic|free|plus)\b|"
            r"see why (?:over|more than) (?:a|\d)[^.]{0,20} (?:million |thousand )?(?:readers|people) (?:pay|"
            r"subscribe)|"
            r"complete digital access\b|"
            r"(?:dieser artikel|der artikel) ist (?:nur )?für (?:unsere )?abonnenten|"
            r"cet article est réservé|(?:il vous reste|la suite est réservée)"
        ),
        max_length=200,
        yes=(
            "Subscribe to continue reading",
            "Then $75 per month. Complete digital access. Cancel anytime",
            "Already a subscriber? Log in",
            "Jetzt abonnieren",
        ),
        no=(
            "Subscribe is a word few like.",
            "The phone costs 75 dollars per month in some countries.",
        ),
    ),
)
