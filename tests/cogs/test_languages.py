"""Each member reads the bot in their own language, and everybody what the bot posts in the server's."""

from collections.abc import Iterator
from typing import Any

import discord
import pytest
from simcord import Env

from bot.app import App
from bot.client import CommandTexts, PunchlineBot
from bot.store.outbox import OutboxStore
from bot.texts import jokes as texts
from bot.texts import language
from bot.texts.template import Plural, markdown
from tests.cogs.conftest import Background, Place
from tests.cogs.seen import answer, buttons, card, public, refusal, rows

SCENARIO = "A man walking across the road"
CHINESE, ENGLISH = "由基础模型讲述，参考了 10 个示例", "Told by the base model, which was shown 10 examples"


@pytest.fixture
def speaks(monkeypatch: pytest.MonkeyPatch) -> dict[int, str]:
    """Locales by member; the simulator itself says en-US for everybody."""
    locales: dict[int, str] = {}
    read = discord.Interaction._from_data

    def with_locale(interaction: discord.Interaction[Any], data: Any) -> None:
        read(interaction, data | {"locale": locales.get(int(data["member"]["user"]["id"]), "en-US")})

    monkeypatch.setattr(discord.Interaction, "_from_data", with_locale)
    return locales


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    """What this process learns of servers ends with the test."""
    yield
    language._CHOSEN.clear()
    language._IN_DISCORD.clear()


@pytest.mark.parametrize(
    ("locale", "footer"), [("zh-CN", CHINESE), ("en-GB", ENGLISH), ("fr", ENGLISH), ("zh-TW", ENGLISH)]
)
async def test_an_answer_is_in_the_language_of_who_asked(
    home: Place, speaks: dict[int, str], locale: str, footer: str
) -> None:
    speaks[home.member.id] = locale
    told = await home.member.slash(home.channel, "joke", scenario=SCENARIO)
    assert card(answer(told)).footer == footer


async def test_buttons_speak_it_too(home: Place, speaks: dict[int, str]) -> None:
    speaks[home.member.id] = "zh-CN"
    told = await home.member.slash(home.channel, "joke", scenario=SCENARIO)
    faces = ["😂 0", "😐 0", "🎲 再来一个", "🔍 详情", "🧭 找相似的", "📤 分享卡片"]
    assert [label for label, _ in buttons(answer(told))] == faces


async def test_an_error_is_in_the_language_of_who_sees_it(env: Env, home: Place, speaks: dict[int, str]) -> None:
    speaks[home.member.id] = "zh-CN"
    failed = await home.member.slash(home.channel, "joke", scenario="   ")
    assert refusal(env, failed) == "给笑话一个场景，例如：一个人正在过马路"
    failed = await home.admin.slash(home.channel, "joke", scenario="   ")
    assert refusal(env, failed) == str(texts.NO_SCENARIO)


async def test_what_an_error_names_stays_text_in_every_language(env: Env, home: Place, speaks: dict[int, str]) -> None:
    speaks[home.member.id] = "zh-CN"
    failed = await home.member.slash(home.channel, "joke", scenario=SCENARIO, model="[a](b)")
    assert refusal(env, failed) == "本服务器没有模型“\\[a\\](b)”。`/models list` 会列出模型。"


async def test_a_vote_does_not_turn_a_shared_message_into_the_voters_language(
    home: Place, speaks: dict[int, str]
) -> None:
    told = await home.admin.slash(home.channel, "joke", scenario=SCENARIO)
    speaks[home.member.id] = "zh-CN"
    await home.member.click(answer(told), custom_id=buttons(answer(told))[0][1])
    assert [label for label, _ in buttons(public(home.channel)[-1])][:4] == ["😂 1", "😐 0", "🎲 Another", "🔍 Details"]


async def test_what_the_bot_posts_is_in_the_servers_language(
    app: App, simcord_bot: PunchlineBot, home: Place, background: Background
) -> None:
    outbox, now = OutboxStore(app.database), background.clock()
    await home.admin.slash(home.channel, "settings channel", channel=home.channel)
    notice = texts.USE_ONE.of().markdown
    await outbox.add_notice(home.guild.id, "1", notice, now=now)
    language.note_server(home.guild.id, "zh-CN")
    await outbox.add_notice(home.guild.id, "2", notice, now=now)
    language.note_server(home.guild.id, "fr")
    await outbox.add_notice(home.guild.id, "3", notice, now=now)
    await background.deliver()
    assert [message.content for message in public(home.channel)] == ["Use this", "使用这条", "Use this"]


async def test_managers_choose_the_servers_language_over_discords(app: App, home: Place) -> None:
    language.note_server(home.guild.id, "en-US")
    shown = await home.admin.slash(home.channel, "settings language", language="zh-CN")
    assert card(answer(shown)).fields["Language of what the bot posts"] == "简体中文"
    assert language.language_of_server(home.guild.id) == "zh-CN"
    assert [row["language"] for row in await rows(app, "guild_settings")] == ["zh-CN"]
    language._CHOSEN.clear()
    await app.guild_settings.load_languages()
    assert language.language_of_server(home.guild.id) == "zh-CN"
    await home.admin.slash(home.channel, "settings language", clear=True)
    assert language.language_of_server(home.guild.id) == "en"


async def test_discord_is_told_what_commands_say_in_chinese_and_their_names_stay(
    simcord_bot: PunchlineBot, env: Env
) -> None:
    command = simcord_bot.tree.get_command("joke")
    assert isinstance(command, discord.app_commands.Command)
    payload = await command.get_translated_payload(simcord_bot.tree, CommandTexts())
    assert payload["name_localizations"] == {}
    assert payload["description_localizations"] == {"zh-CN": "讲一个关于某个场景的一句话笑话"}
    (sent,) = [one.json for one in env.http_requests if one.method == "PUT" and one.path.endswith("/commands")]
    assert isinstance(sent, list)
    menus = {one["name"]: one["name_localizations"] for one in sent if one.get("type") == 3}
    assert menus["Find similar"] == {"zh-CN": "查找相似的"}


def test_numbers_choose_their_form() -> None:
    votes = Plural("1 vote", "{count:,} votes")
    assert [str(votes.of(count)) for count in (0, 1, 2, 1000)] == ["0 votes", "1 vote", "2 votes", "1,000 votes"]
    with language.speaking("zh-CN"):
        assert [str(votes.of(count)) for count in (1, 1000)] == ["1 票", "1,000 票"]


def test_values_stay_as_they_were_typed_in_every_language() -> None:
    with language.speaking("zh-CN"):
        assert markdown(texts.TOLD_BY_NAMED, {"name": "{x}*_[a](b)"}) == "由本服务器自己的模型“{x}\\*\\_\\[a\\](b)”讲述"
