"""What was measured, and what others allow. Each number has its source; seconds and bytes. docs/benchmarks.md is meant where only a section is named."""

import math
from dataclasses import dataclass

from bot.metering.fair_queue import MAX_WAIT_SECONDS, MAX_WAITING, ON_ONE_MACHINE
from bot.outbox import BETWEEN_EDITS
from bot.store.postgres_opening import MOST_CONNECTIONS

__all__ = ["MAX_WAITING", "MAX_WAIT_SECONDS", "ON_ONE_MACHINE"]


@dataclass(frozen=True)
class Turns:
    """Seconds of the turns of an answer (section "Turns of those who write"), and round trips to the database in each turn."""

    name: str
    opening: float
    limited: float
    settling: float
    storing: float
    answer_bytes: int  # in the database, with its row of the ledger
    trips: int = 0
    limited_trips: int = 0
    locked_trips: int = 0

    def a_joke(self, limited_share: float, trip: float) -> float:
        """Of a process's turns."""
        plain = (1 - limited_share) * (self.opening + self.trips * trip)
        return plain + limited_share * self.limited_turn(trip) + self.settling + self.storing + 2 * self.trips * trip

    def limited_turn(self, trip: float) -> float:
        """The whole turn of an opening under limits."""
        return self.limited + self.limited_trips * trip

    def locked(self, trip: float) -> float:
        """The part of it in which no other process may write; all of it where nobody measured the part."""
        return self.limited + self.locked_trips * trip

    def a_vote(self, trip: float) -> float:
        return self.storing + self.trips * trip


SQLITE = Turns("SQLite", 0.00018, 0.00039, 0.00012, 0.00012, 633)
# Trips are read from bot/store/postgres.py: look at the connection, then the statement; or BEGIN with the lock, sum, INSERT, COMMIT.
POSTGRES = Turns("PostgreSQL", 0.00193, 0.00306, 0.00173, 0.00173, 1147, trips=2, limited_trips=5, locked_trips=4)

JOKE_LOOP = 1.6127 / 200  # section "/joke": 200 at once, the last reply; two processes had the two cores
LIGHT_LOOP = 0.0017  # section "/similarity": a repeated pair, p50
ENGINE_ALONE = 1.40355  # section "/joke by smollm2-135m": best of three, p50
ENGINE_MEDIAN = ENGINE_ALONE * 51 / 69  # the same: tokens a second alone, and 8 at once
ENGINE_SPREAD = 0.164  # of a lognormal through that section's p50 and p95: ln(1837 / 1404) / 1.645
ENGINE_SECONDS = ENGINE_MEDIAN * math.exp(ENGINE_SPREAD**2 / 2)  # its mean
HANDED_ON = (
    0.00166  # section "What one engine process carries": seconds of the processor for a chat of 20 pieces, streamed
)
EMBEDDED = 68.0  # texts a second; section "The engine under load"
TRAINING_SECONDS = 52.4 + 1.4  # section "Tuning smollm2-135m": 72 jokes on two cores
VECTOR_BYTES = 384 * 4  # all-MiniLM-L6-v2, float32

LEDGER_BYTES = 250  # a request; docs/operating.md, "What grows"
REWRITE_SECONDS = (
    9 / 575e6
)  # a byte of SQLite, after somebody was forgotten; writers wait. docs/decisions.md, "The database file is rewritten"
MOST_ANSWERS = 20_000  # of a server; docs/operating.md, "What grows"
CONNECTIONS = MOST_CONNECTIONS + 2  # of a process: one holds the lock of the bot, one hears of what other processes did

PROCESS_MIB, SERVER_KIB = 97.0, 21.1  # `python -m benchmarks guilds`: 20 channels and 10 roles in each
SERVERS_A_SHARD = 2500  # Discord's documentation, "Sharding"
IDENTIFY_SECONDS = 5.0  # the same: one IDENTIFY (max_concurrency 1) in five seconds
REST_A_SECOND = (
    50.0  # Discord's documentation, "Rate limits": a bot's global limit; answers to interactions are not in it
)
EDIT_SECONDS = BETWEEN_EDITS.total_seconds()  # a job's card is edited that often at most
