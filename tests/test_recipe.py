"""OpenAI's cookbook compares these texts. `PUNCHLINE_TEST_BASE_URL` (with OPENAI_API_KEY and EMBEDDING_MODEL) names another server to ask."""

import os
from pathlib import Path

import pytest

from bot.app import App, open_app
from bot.texts.similarity import NOT_TOLD_APART
from tests.bot.parts import GUILD, MEMBER, settings_for

CONSTITUTION = (
    "All legislative Powers herein granted shall be vested in a Congress of the United States, "
    "which shall consist of a Senate and House of Representatives."
)
# What text-embedding-ada-002 says, and the embedded model.
TABLE = {
    ("I like apples", "I like bananas"): ("0.90", 0.6325),
    ("I like apples", CONSTITUTION): ("0.70 to 0.71", 0.0012),
    ("Birds like to fly", "Airplanes can soar above the ground"): ("0.88", 0.3751),
    ("Birds like to fly", "A fly can irritate me"): ("0.84", 0.5585),
}


async def compared(app: App) -> list[float]:
    found = [await app.similarity.compare(GUILD, MEMBER, *pair) for pair in TABLE]
    for comparison, (recipe, _) in zip(found, TABLE.values(), strict=True):
        print(f"{comparison.cosine:.2f} (ada-002: {recipe}) {comparison.first} | {comparison.second[:40]}")  # noqa: T201  # the report, with -s
    return [comparison.cosine for comparison in found]


async def test_the_embedded_model_says_what_was_recorded(engine_url: str, tmp_path: Path) -> None:
    async with open_app(settings_for(tmp_path, engine_url)) as app:
        cosines = await compared(app)
    assert cosines == pytest.approx([recorded for _, recorded in TABLE.values()], abs=1e-3)
    assert cosines[0] > cosines[1]  # apples are nearer to bananas than to the Constitution


async def test_any_server_puts_bananas_before_the_constitution(engine_url: str, tmp_path: Path) -> None:
    named = {"openai_api_key": os.environ.get("OPENAI_API_KEY"), "embedding_model": os.environ.get("EMBEDDING_MODEL")}
    choices = {name: value for name, value in named.items() if value}
    server = os.environ.get("PUNCHLINE_TEST_BASE_URL", engine_url)
    async with open_app(settings_for(tmp_path, server, **choices)) as app:
        cosines = await compared(app)
    assert cosines[0] > cosines[1]


async def test_of_what_the_embedded_model_has_no_words_for_no_likeness_is_claimed(
    engine_url: str, tmp_path: Path
) -> None:
    pairs = [("👍", "👎"), ("👍👍 👍", "👎"), ("I like 👍", "I like 👎"), ("ሰላም ለዓለም ሁሉ", "ጤና ይስጥልኝ"), ("🇫🇷", "🇩🇪")]
    async with open_app(settings_for(tmp_path, engine_url)) as app:
        doubts = {pair: (await app.similarity.compare(GUILD, MEMBER, *pair)).doubt for pair in pairs}
        told = await app.similarity.compare(GUILD, MEMBER, "привет мир", "здравствуй 👍")
    assert set(doubts.values()) == {NOT_TOLD_APART}
    assert told.doubt is None
