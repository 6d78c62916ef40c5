"""Shows a server's admins what they must be told, in the channel they chose for it."""

from bot.client import PunchlineBot
from bot.store.notices import Notice
from cogs.ui.text import LIMIT_CONTENT, clip


async def setup(bot: PunchlineBot) -> None:
    """No command: the bot speaks up by itself."""

    async def announce(notice: Notice, channel_id: int) -> None:
        channel = bot.get_partial_messageable(channel_id)
        # The nonce keeps Discord from showing it twice if the process dies before it wrote down that it is shown.
        await channel.send(clip(notice.text, LIMIT_CONTENT), nonce=f"notice-{notice.id}")

    bot.app.notices.announcer = announce
    bot.app.notices.wake()
