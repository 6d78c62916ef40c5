"""`python -m bot.posters.samples FOLDER`: the pictures of docs/posters.md: ten posters and ten cards, large and as a phone shows them."""

import sys
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from bot.posters import card
from bot.posters.card import Card
from bot.posters.worker import poster
from bot.typesetting.sheet import WIDTH

PHONE = 390
COLUMNS, GUTTER, AROUND = 5, 20, (0x80, 0x84, 0x8E)
POSTERS = (
    ("Never stop!", "A running shoe brand"),
    ("Every book is a door. We keep the keys.", "A second-hand bookshop in Lisbon"),
    ("The future of data is quiet, fast and yours.", "A cloud backup company"),
    ("Taste the sunshine 🍋", "A lemonade stand"),
    (
        "We promised ourselves that we'd never become the kind of company that writes long slogans, and yet here we are,"
        " because our mattresses are really, truly, astonishingly comfortable.",
        "Mattresses",
    ),
    ("今天的面包，比昨天更温暖", "街角的面包店"),
    ("夏が来た！", "かき氷屋"),
    ("طعم الصيف في كل رشفة!", "محل عصير"),
    ("하루를 여는 따뜻한 한 잔", "동네 카페"),
    ("הגינה שלך, 24 שעות ביממה", "משתלה"),
)
CARDS = (
    Card("A man walking across the road", "He wanted to see the other side of the argument. Haha", 12, 3, "road jokes"),
    Card("A cat", "No.", 0, 0, ""),
    Card(
        "A penguin at the bank",
        "He asked for a loan with a cool interest rate, and the clerk gave him the cold shoulder, because his credit was"
        " frozen and all of his assets were in liquid form. Haha",
        1204,
        87,
        "smollm2 tuned on our best jokes",
    ),
    Card(
        "程序员去面试",
        "面试官问：“你最大的缺点是什么？”程序员说：“我总是把问题理解得太字面。”“能举个例子吗？”“能。”哈哈",
        36,
        0,
        "中文笑话",
    ),
    Card("رجل يعبر الطريق", "لماذا عبر الرجل الطريق؟ لأن الدجاجة كانت في إجازة! هاها", 5, 1, "نكات"),
    Card("猫がパソコンの上で寝ている", "「マウスはどこ？」と聞いたら、猫が目をそらした。😹", 77, 2, "neko-1"),
    Card("Two families at a picnic", "👨‍👩‍👧‍👦 met 👩‍👩‍👦 and the ants said grace. 🐜🐜🐜 Haha", 41, 6, "picnic"),
    Card(
        "Eine deutsche Behörde",
        "Mein Antrag heißt Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz. Er ist abgelehnt. Haha",
        9,
        4,
        "Amtswitze",
    ),
    Card("Бабушка и робот", "Робот спросил пароль. Бабушка ответила: «Кушать будешь?»", 58, 1, "шутки"),
    Card("จรวด", "จรวดถามดาว ว่างไหม ดาวตอบว่า อวกาศทั้งนั้น ฮ่าฮ่า", 23, 0, "ขำขัน"),
)


def main(folder: Path) -> None:
    """Writes the four sheets."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, pictures in (
        ("posters", [poster(*one).picture() for one in POSTERS]),
        ("cards", [card.draw(one).picture() for one in CARDS]),
    ):
        _sheet(pictures, WIDTH // 2).save(folder / f"{name}.webp", quality=88, method=6)
        _sheet(pictures, PHONE).save(folder / f"{name}-phone.webp", quality=88, method=6)


def _sheet(pictures: Sequence[Image.Image], width: int) -> Image.Image:
    """All of them, so wide each, in rows that are as high as their highest."""
    small = [one.resize((width, round(one.height * width / one.width)), Image.Resampling.LANCZOS) for one in pictures]
    rows = [small[place : place + COLUMNS] for place in range(0, len(small), COLUMNS)]
    heights = [max(one.height for one in row) for row in rows]
    size = (COLUMNS * (width + GUTTER) + GUTTER, sum(heights) + GUTTER * (len(rows) + 1))
    sheet, top = Image.new("RGB", size, AROUND), GUTTER
    for row, height in zip(rows, heights, strict=True):
        for place, one in enumerate(row):
            sheet.paste(one, (GUTTER + place * (width + GUTTER), top))
        top += height + GUTTER
    return sheet


if __name__ == "__main__":
    main(Path(sys.argv[1]))
