"""The jokes that a server laughed at most, in words."""

import discord

from bot.jokes.top import TopJokes
from bot.texts import top as texts
from bot.texts.template import clip, markdown
from cogs.ui.text import MAX_DESCRIPTION

MAX_JOKE, MAX_SCENARIO = 500, 100


def is_open(guild: discord.Guild | None, channel_id: int) -> bool:
    """Whether everyone in the server may read a channel, at any age. Unknown channels count as closed."""
    channel = guild.get_channel_or_thread(channel_id) if guild else None
    if guild is None or channel is None or channel.is_nsfw():
        return False
    if isinstance(channel, discord.Thread) and channel.is_private():
        return False
    return channel.permissions_for(guild.default_role).view_channel


def top_card(found: TopJokes) -> discord.Embed:
    """The best jokes in words."""
    embed = discord.Embed(title=texts.TITLES[found.period], description=top_lines(found))
    return embed.set_footer(text=texts.FOOTER)


def top_lines(found: TopJokes) -> str:
    """Each joke with its scenario and its votes."""
    entries = [
        markdown(
            texts.ENTRY,
            {
                "place": place,
                "joke": clip(" ".join(joke.text.split()), MAX_JOKE),
                "scenario": clip(" ".join(joke.scenario.split()), MAX_SCENARIO),
                "funny": joke.funny,
                "flat": joke.flat,
            },
        )
        for place, joke in enumerate(found.jokes, 1)
    ]
    return clip("\n".join(entries), MAX_DESCRIPTION)
