"""What Discord renders for each reader: a timestamp in their time zone, channels and roles by their present names."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class Moment:
    """A timestamp in the `style` "t", such as 14:05, or "R", such as "in 5 minutes"."""

    at: datetime
    style: Literal["t", "R"]

    def markdown(self) -> str:
        """In Discord's markup."""
        return f"<t:{int(self.at.timestamp())}:{self.style}>"

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} UTC"


@dataclass(frozen=True, slots=True)
class Mentions:
    """Channels and roles by their ids. Nobody is notified, since the bot turns that off wherever it writes."""

    channels: Iterable[int] = ()
    roles: Iterable[int] = ()

    def markdown(self) -> str:
        """In Discord's markup."""
        marks = [f"<#{channel}>" for channel in sorted(self.channels)] + [f"<@&{role}>" for role in sorted(self.roles)]
        return " ".join(marks)

    def __str__(self) -> str:
        return ", ".join(map(str, (*sorted(self.channels), *sorted(self.roles))))
