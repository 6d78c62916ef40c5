"""What a gateway does to a bot: broken connections, ended sessions, silence, and events that come again."""

import asyncio

from tests.wire.sockets import INVALID, RECONNECT, Gateway


class GatewayFaults:
    """Breaks the connections that a bot has now, in one of Discord's ways. What is sent meanwhile waits for its RESUME."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    @property
    def connections(self) -> int:
        """How many sockets have a session now."""
        return len(self._gateway.lines)

    async def drop(self, code: int | None = None, *, resumable: bool = True) -> None:
        """Close the bot's sockets with a close code, or cut them.

        Where the sessions are not resumable, the bot is told so when it tries, and has to identify anew.
        """
        lines = self._gateway.lines
        if not resumable:
            self._gateway.sessions.clear()
        for line in lines:
            if code is None:
                line.cut()
            else:
                await line.close(code)

    async def reconnect(self) -> None:
        """Discord's RECONNECT, as before its own restarts."""
        for line in self._gateway.lines:
            await line.operate(RECONNECT, None)

    async def invalidate(self, *, resumable: bool) -> None:
        """Discord's INVALID SESSION, which says whether a RESUME is worth a try."""
        lines = self._gateway.lines
        if not resumable:
            self._gateway.sessions.clear()
        for line in lines:
            await line.operate(INVALID, resumable)

    def fall_silent(self) -> None:
        """Keep the connections and send nothing more on them, no acknowledgement of a heartbeat either."""
        for line in self._gateway.lines:
            line.is_silent = True

    async def outage(self, seconds: float) -> None:
        """Cut the sockets, and accept none for a while."""
        self._gateway.is_down = True
        await self.drop()
        await asyncio.sleep(seconds)
        self._gateway.is_down = False

    def replay(self, events: int) -> None:
        """From now on a RESUME brings this many events more than the bot has missed."""
        self._gateway.extra_replays = events

    def change_token(self, token: str) -> None:
        """The gateway accepts another token from now on, as after a reset in the developer portal."""
        self._gateway.token = token
