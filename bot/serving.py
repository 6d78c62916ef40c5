"""Which servers this process serves: all of them, or those of its shards where several processes are one bot."""

from collections.abc import Callable
from typing import TypeAlias

# Whether a server, by its id, is served here now.
Serves: TypeAlias = Callable[[int], bool]

# Announced whenever this process serves more than before.
SERVED_TOPIC = "served"


def every_server(_guild_id: int) -> bool:
    """One process serves them all."""
    return True


def shard_of(guild_id: int, shards: int) -> int:
    """The shard that Discord has a server on."""
    return (guild_id >> 22) % shards
