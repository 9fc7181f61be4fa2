"""The frame of a discussion: forms, counts, reply links."""

from scrubber.page import Label
from scrubber.segment.rule import Rule, words

RULES = (
    Rule(
        name="comment_frame",
        label=Label.COMMENT,
        phrases=words(
            "comments | leave a comment | leave a reply | leave a reply cancel reply | post a comment",
            "add a comment | add comment | write a comment | reply | report abuse | no comments",
            "no comments yet | click here to cancel reply",
            "your email address will not be published. required fields are marked",
            "your email address will not be published | required fields are marked | view comments",
            "show comments | view all comments | read comments | join the conversation | join the discussion",
            "be the first to comment | log in to reply | log in to comment | login to comment | post comment",
            "submit comment | submit | cancel | comments are closed | comments off",
            "notify me of new posts by email | notify me of follow-up comments by email",
            "notify me of new comments via email | upvote | downvote | comment policy",
            "save my name, email, and website in this browser for the next time i comment",
            "kommentare | kommentar schreiben | kommentieren | schreibe einen kommentar antworten abbrechen",
            "schreibe einen kommentar | antworten | kommentar abgeben | kommentare anzeigen | gravatar",
            "commentaires | laisser un commentaire | ajouter un commentaire | répondre | réagir",
            "poster un commentaire",
            "comentarios | deja un comentario | deja una respuesta | responder | comentar | añadir comentario",
            "publicar un comentario",
            "comentários | deixe um comentário | deixe uma resposta | comente | postar um comentário",
            "commenti | lascia un commento | rispondi | commenta | invia commento",
            "reacties | reageer | geef een reactie | reageren | plaats een reactie",
            "komentarze | dodaj komentarz | odpowiedz | skomentuj | wasze komentarze | napisz komentarz",
            "dodaj opinię",
            "комментарии | добавить комментарий | ответить | оставить комментарий | комментировать",
            "написать комментарий | ваш комментарий | оставьте комментарий",
            "网友评论 | 評論 | 发表评论 | 發表評論 | 回复 | 留言 | 评论 | 查看评论 | 我要评论 | 發表迴響 | 發表回應",
            "コメント | コメントする | 返信 | コメントを書く | コメントを残す | コメントを投稿",
            "σχόλια | γράψτε ένα σχόλιο | αφήστε ένα σχόλιο | απάντηση | προσθήκη σχολίου",
            "yorumlar | yorum yap | yorum yaz | cevapla | yanıtla",
            "kommentarer | legg igjen en kommentar | skriv en kommentar | lämna en kommentar | kommentit",
        ),
        pattern=(
            r"\d[\d,.]* (?:comments?|repl(?:y|ies)|responses?|kommentare?|commentaires?|comentarios?|"
            r"comentários?|commenti|reacties|komentarz[aey]?|"
            r"комментари[йяев]+|条评论|則留言|件のコメント)(?: (?:to|on|"
            r"so far|for)\b.{0,100})?$|"
            r"comments? ?\(\d+\)$|komentarze ?\(\d+\)$|комментарии ?\(\d+\)$|"
            r"(?:notify me|save my name)\b.{0,100}$|"
            r"(?:you must be|please) (?:logged in|log in|login|sign in|registered)\b.{0,30}(?:to|and)"
            r" (?:post|leave|comment|reply|add|vote)\b.{0,30}$|"
            r"(?:posted by|by) [^ ]{2,24} (?:at|on) .{0,24}\d{1,2}:\d\d.{0,10}$|"
            r"(?:this entry was posted|you can follow any responses|both comments and pings|"
            r"trackbacks?/pingbacks?|trackback url)\b.{0,200}$|"
            r"fill in your details below"
        ),
        max_length=220,
        yes=(
            "Leave a Reply",
            "12 Comments",
            "Your email address will not be published. Required fields are marked *",
            "Добавить комментарий",
        ),
        no=(
            "Comments by the mayor caused a row.",
            "Reply to all is a dangerous button to press",
        ),
    ),
)
