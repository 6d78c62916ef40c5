"""How the shards are divided among the processes that live."""

from collections.abc import Collection


def fair_share(process: str, living: Collection[str], shards: int) -> int:
    """How many shards this process is to have. All shares together are all shards, and no two differ by more than one."""
    share, rest = divmod(shards, len(living))
    return share + (sorted(living).index(process) < rest)
