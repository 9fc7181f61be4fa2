"""Lines under or instead of a photo."""

from scrubber.page import Label
from scrubber.segment.rule import Rule, words

RULES = (
    Rule(
        name="caption_frame",
        label=Label.CAPTION,
        phrases=words(
            "caption | hide caption | toggle caption | enlarge this image",
            "enlarge image | view larger image | view image | click to enlarge | open image in gallery",
            "view gallery | photo gallery | image gallery | show caption | open gallery | full screen",
            "view full size | play video | watch video | watch the video | fullscreen | 1 of 2",
            "image source | image caption | media caption | logo | featured image | profile picture | avatar",
            "my photo",
            "bild | bild vergrößern | bildergalerie | zur bildergalerie | foto | fotostrecke | vollbild",
            "agrandir l'image | voir la vidéo | diaporama",
            "ver galería | ampliar foto | ampliar imagen | fotogalería | foto:",
            "ver galeria | ampliar",
            "guarda la gallery | fotogallery | guarda il video",
            "vergroot",
            "zobacz galerię | galeria | galeria zdjęć | powiększ",
            "фоторепортажи | увеличить | фотогалерея | увеличить изображение",
            "图片新闻 | 点击查看大图 | 查看大图 | 組圖 | 组图",
            "画像 | 写真 | 拡大 | 写真を見る",
            "φωτογραφίες | δείτε το βίντεο",
            "foto galeri | video galeri",
            "bildet | forstør | klicka för att förstora | kuva",
        ),
        pattern=(
            r"(?:image|photo|slide|picture|foto|bild|photograph) \d+ (?:of|von|de|di|/|z) \d+$|"
            r"(?:image|photo|picture|media) (?:caption|source)\b|"
            r"file photo\b|"
            r"file ?[-–—] ?[a-z]|"
            r"(?:enlarge|toggle|hide) (?:this )?(?:image|caption|photo)\b"
        ),
        max_length=300,
        yes=(
            "hide caption",
            "Image 3 of 12",
            "FILE - The president speaks at a rally in the capital, Jan. 3, 2019.",
            "Bild vergrößern",
        ),
        no=(
            "Image is everything in this town.",
            "File your taxes before April",
        ),
    ),
)
