"""Whose job is next: the keys take turns, and each key's own jobs go in the order in which they came."""

from collections import Counter
from collections.abc import Sequence

from engine.protocol.objects import StoredJob


class Turns:
    """Remembers when each owner last had a turn."""

    def __init__(self) -> None:
        """Nobody has had one."""
        self._last: dict[str, int] = {}
        self._taken = 0

    def next(self, waiting: Sequence[StoredJob], running: Sequence[str]) -> StoredJob | None:
        """Of the waiting jobs, oldest first, the next to run beside those of the `running` owners.

        Owners with the fewest trainings under way come first, then those whose last turn is longest ago.
        """
        under_way = Counter(running)
        chosen = min(waiting, key=lambda job: (under_way[job.owner], self._last.get(job.owner, 0)), default=None)
        if chosen:
            self._taken += 1
            self._last[chosen.owner] = self._taken
        return chosen
