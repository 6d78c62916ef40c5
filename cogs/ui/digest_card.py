"""What the weekly digest shows: the week's best jokes, and how the arena stands."""

import discord

from bot.arena.promotion import Table
from bot.client import PunchlineBot
from bot.errors import ConflictError
from bot.jokes.top import TopJokes
from bot.jokes.top_chart import sketch
from bot.kinds import JOKE
from bot.outbox import NotDelivered
from bot.store.outbox import Delivery
from bot.texts import digest as texts
from bot.texts.template import clip
from cogs.ui.arena_cards import standing_line
from cogs.ui.message import Rendered
from cogs.ui.text import MAX_FIELD
from cogs.ui.top_card import is_open, top_lines

RANKED = 3


async def digest_message(bot: PunchlineBot, delivery: Delivery) -> Rendered | NotDelivered:
    """The digest. There is none if nobody laughed that week and no votes rank the models.

    It has to wait until Discord has named the server's channels, which it does after the outbox has opened.
    """
    guild = bot.get_guild(delivery.guild_id)
    if guild is None or guild.unavailable:
        return NotDelivered.LATER
    top = await _top(bot, guild)
    table = await _table(bot, delivery.guild_id)
    if top is None and table is None:
        return NotDelivered.GONE
    embed = discord.Embed(title=texts.TITLE, description=top_lines(top) if top else texts.NO_LAUGHS)
    if table is not None:
        lines = [standing_line(table, one) for one in table.ranking.standings[:RANKED]]
        embed.add_field(name=texts.RANKING, value=clip("\n".join(lines), MAX_FIELD), inline=False)
    embed.set_footer(text=texts.FOOTER)
    chart = await bot.app.charts.draw(sketch(texts.TITLE, top.jokes)) if top else None
    return Rendered(embed, picture=chart)


async def _top(bot: PunchlineBot, guild: discord.Guild) -> TopJokes | None:
    try:
        return await bot.app.top.top(guild.id, "week", lambda channel: is_open(guild, channel))
    except ConflictError:
        return None


async def _table(bot: PunchlineBot, guild_id: int) -> Table | None:
    try:
        return await bot.app.arena_ranking.table(guild_id, JOKE.name)
    except ConflictError:
        return None
