"""What callers get: a picture by a process of its own, its words, and what is missing from it."""

import io
import json

import pytest
from PIL import Image

from bot.drawing import Charts
from bot.errors import InvalidInputError
from bot.posters.mood import Mood
from bot.posters.service import Poster, ShareCard, draw
from bot.posters.worker import draw as draw_here
from bot.texts.language import speaking

POSTER = Poster("Taste the sunshine 🍋", "A lemonade stand")


async def test_a_poster_from_a_process_has_its_words_and_the_same_bytes_as_here() -> None:
    picture = await draw(Charts(), POSTER)
    assert picture is not None
    assert (picture.alt, picture.missing, picture.cut) == (
        "A poster for “A lemonade stand” that reads: Taste the sunshine 🍋",
        "",
        False,
    )
    with Image.open(io.BytesIO(picture.png)) as found:
        assert (found.format, found.size) == ("PNG", (1024, 1024))
    here = draw_here({"kind": "poster", "slogan": POSTER.slogan, "product": POSTER.product, "mood": None})
    assert here.split(b"\n", 1)[1] == picture.png


async def test_a_card_says_what_no_font_has() -> None:
    picture = await draw(Charts(), ShareCard("A cat", "It said 𒍅.", 3, 1, "cats"))
    assert picture is not None
    assert (picture.missing, picture.alt) == ("𒍅", "A joke about “A cat”: It said 𒍅. 😂 3, 😐 1. Told by cats.")


@pytest.mark.parametrize(
    ("slogan", "sentence"),
    [
        (" \n\x07", "There is no text to draw."),
        ("𒍅𒍅", "None of these characters can be drawn: 𒍅"),
    ],
)
async def test_what_cannot_be_drawn_is_refused_in_words(slogan: str, sentence: str) -> None:
    with pytest.raises(InvalidInputError, match=f"^{sentence}$"):
        await draw(Charts(), Poster(slogan))


async def test_whoever_waits_too_long_gets_no_picture() -> None:
    assert await draw(Charts(timeout_seconds=0.001), POSTER) is None


def test_a_mood_that_the_caller_measured_is_taken() -> None:
    whole = [
        draw_here(json.loads(json.dumps({"kind": "poster", "slogan": "Hello there", "product": "", "mood": mood})))
        for mood in (*Mood, None)
    ]
    assert len(set(whole)) == 4  # without a mood, two short words are a stack, as loud ones are


def test_words_are_in_the_reader_s_language() -> None:
    with speaking("zh-CN"):
        assert Poster("好吃", "面包店").alt() == "为“面包店”制作的海报，上面写着：好吃"
        assert ShareCard("猫", "喵", 2, 0).alt() == "关于“猫”的笑话：喵 😂 2，😐 0。"
