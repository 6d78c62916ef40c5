"""Whose job trains next."""

from collections import Counter
from collections.abc import Sequence

from engine.protocol.objects import StoredJob


class Scheduler:
    """Chooses the job that trains next. Keys take turns; each key's own jobs go in the order in which they came."""

    def __init__(self) -> None:
        self._last_turn: dict[str, int] = {}
        self._turns = 0

    def next(self, waiting: Sequence[StoredJob], running: Sequence[str]) -> StoredJob | None:
        """Of the waiting jobs, oldest first, the next to run beside those of the `running` owners.

        Owners with the fewest trainings under way come first, then those whose last turn is longest ago.
        """
        under_way = Counter(running)
        chosen = min(waiting, key=lambda job: (under_way[job.owner], self._last_turn.get(job.owner, 0)), default=None)
        if chosen:
            self._turns += 1
            self._last_turn[chosen.owner] = self._turns
        return chosen
