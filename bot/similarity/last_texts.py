"""The last text that each member typed into one of the bot's own commands. It is held in memory alone."""

from collections import OrderedDict

MOST = 1000


class LastTexts:
    """By server and member; those who typed least lately are forgotten first, and all with the process."""

    def __init__(self) -> None:
        self._texts: OrderedDict[tuple[int, int], str] = OrderedDict()

    def typed(self, guild_id: int, user_id: int, text: str) -> None:
        """Remember it instead of the one before."""
        self._texts[guild_id, user_id] = text
        self._texts.move_to_end((guild_id, user_id))
        if len(self._texts) > MOST:
            self._texts.popitem(last=False)

    def of(self, guild_id: int, user_id: int) -> str | None:
        """The member's last text here, if it is known."""
        return self._texts.get((guild_id, user_id))
