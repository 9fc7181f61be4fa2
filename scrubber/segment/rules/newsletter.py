"""Invitations to newsletters, alerts and apps."""

from scrubber.page import Label
from scrubber.segment.rule import Rule, words

RULES = (
    Rule(
        name="newsletter_offer",
        label=Label.NEWSLETTER,
        phrases=words(
            "subscribe to our newsletter | sign up for our newsletter | join our newsletter",
            "join our mailing list | get our newsletter | newsletter | newsletter sign up | newsletter signup",
            "email newsletter | email newsletters | email alerts | email updates | your email address",
            "enter your email | enter your email address | email address | subscribe to newsletter",
            "get the newsletter | stay updated | stay in the loop | stay informed | never miss a story",
            "never miss a post | subscribe by email | follow blog via email | sign up for free | sign up here",
            "sign up today | download our app | download the app | get the app | thanks for subscribing",
            "thank you for subscribing | you can unsubscribe at any time | no spam. unsubscribe anytime",
            "we respect your privacy",
            "newsletter abonnieren | newsletter bestellen | zum newsletter anmelden | newsletter anmelden",
            "jetzt anmelden | e-mail-adresse",
            "abonnez-vous à la newsletter | inscrivez-vous à la newsletter | recevoir la newsletter",
            "votre adresse email | s'inscrire à la newsletter",
            "suscríbete a nuestra newsletter | suscríbete al boletín | boletín | boletines",
            "suscríbase al boletín | recibe nuestra newsletter",
            "assine nossa newsletter | receba nossa newsletter | assine a newsletter | cadastre seu e-mail",
            "iscriviti alla newsletter | iscriviti alla nostra newsletter",
            "schrijf je in voor onze nieuwsbrief | nieuwsbrief | meld je aan voor de nieuwsbrief",
            "zapisz się do newslettera | zapisz się na newsletter | zamów newsletter",
            "подпишитесь на рассылку | подписаться на рассылку | рассылка | подписаться на новости",
            "订阅 | 訂閱電子報 | 訂閱 | 电子报",
            "メルマガ登録 | メールマガジン | ニュースレター",
            "εγγραφή στο newsletter | newsletter εγγραφή",
            "bültene abone ol | e-bülten",
            "nyhedsbrev | nyhetsbrev | uutiskirje",
        ),
        pattern=(
            r"(?:sign up|subscribe|register|join) (?:now |today |here |below |free )?(?:for|to) (?:our|the|"
            r"my|a|this) (?:free |daily |weekly |monthly |email |morning )*(?:newsletter|mailing list|"
            r"email list|email updates|blog)s?\b|"
            r"(?:sign up|subscribe) (?:for|to) (?:our|the) [^.!?]{1,40} newsletter\b|"
            r"(?:get|receive|have) (?:the |our |all )?(?:latest|best|top|daily|breaking|more)"
            r" [^.!?]{0,60}(?:to|in|into) your (?:inbox|email)\b|"
            r"enter your e-?mail(?: address)? (?:to|and|below)\b|"
            r"(?:abonnieren sie|melden sie sich für) [^.]{0,40}newsletter\b|"
            r"(?:abonnez-vous|inscrivez-vous) [^.]{0,40}newsletter\b|"
            r"(?:suscríbete|suscríbase|apúntate) [^.]{0,40}(?:newsletter|boletín)|"
            r"[^.!?]{0,60}(?:newsletter|briefing) (?:provides|delivers|brings|gives) (?:all |"
            r"you )[^.]{0,80}\. (?:sign up|subscribe)"
        ),
        max_length=240,
        yes=(
            "Subscribe to our newsletter",
            "Sign up for our free daily newsletter",
            "Sign up for The Morning Kettle newsletter",
            "Get the latest news delivered straight to your inbox",
            "Zapisz się do newslettera",
        ),
        no=(
            "Newsletters are back in fashion, says the trade press.",
            "He signed up for a course and got the latest phone.",
        ),
    ),
)
