"""What `/privacy` says and `/export-me` contains, both from the list in `bot.store.personal`."""

import asyncio
from dataclasses import dataclass
from urllib.parse import urlsplit

from bot.clock import Clock
from bot.datasets.service import DatasetService
from bot.errors import NotFoundError
from bot.privacy.export import Export, lines_with, packed
from bot.privacy.retention import days_of
from bot.settings import Settings, is_own_engine
from bot.store.contributions import ContributionStore
from bot.store.database import Database
from bot.store.datasets import Dataset, DatasetStore
from bot.store.forgetting import ForgettingStore
from bot.store.personal import TABLES
from bot.store.personal.table import Holds, Kept, Purpose


@dataclass(frozen=True)
class Stored:
    """Something that is stored: why, and how long. `days` is None where `kept` is no number of days, and 0 means forever."""

    purpose: Purpose
    kept: Kept
    days: int | None


@dataclass(frozen=True)
class ModelServer:
    """Where texts are sent. `own`: it is the operator's, on a private address."""

    host: str
    own: bool


@dataclass(frozen=True)
class Overview:
    """What a member may know. `moderation` is the host whose moderation judges texts (None: none does). `contact` is empty if the operator set
    none; `left_days` is 0 if servers that left are kept."""

    stored: tuple[Stored, ...]
    servers: tuple[ModelServer, ...]
    moderation: str | None
    contact: str
    left_days: int


class PrivacyService:
    """Reads; `ForgettingService` deletes."""

    def __init__(
        self, database: Database, store: DatasetStore, datasets: DatasetService, settings: Settings, clock: Clock
    ) -> None:
        self._store = ForgettingStore(database)
        self._contributions = ContributionStore(database)
        self._datasets = store
        self._files = datasets
        self._settings = settings
        self._clock = clock

    def overview(self) -> Overview:
        """What is stored about members, by purpose, and where their texts go."""
        personal = [table for table in TABLES if set(table.columns.values()) - {Holds.NOTHING, Holds.FOR_SERVER}]
        days, stored = days_of(self._settings), dict[Purpose, Stored]()
        for table in sorted(personal, key=lambda table: list(Kept).index(table.kept)):
            if table.purpose is not Purpose.NONE:
                stored.setdefault(table.purpose, Stored(table.purpose, table.kept, days.get(table.kept)))
        ordered = tuple(stored[purpose] for purpose in Purpose if purpose in stored)
        urls = dict.fromkeys(filter(None, (self._settings.openai_base_url, self._settings.finetune_base_url)))
        servers = tuple(ModelServer(urlsplit(url).hostname or "", is_own_engine(url)) for url in urls)
        contact = self._settings.privacy_contact.strip()
        moderation = urlsplit(self._settings.openai_base_url).hostname if self._settings.moderates else None
        return Overview(ordered, servers, moderation, contact, self._settings.retention_left_servers_days)

    async def export(self, guild_id: int, user_id: int, limit_bytes: int) -> Export:
        """All rows and lines of files with the member's id or text in this server, in files of at most `limit_bytes` each."""
        rows = [(table.name, row) for table in TABLES for row in await self._store.rows(guild_id, user_id, table)]
        rows += [("dataset files", line) for line in await self._lines(guild_id, user_id)]
        head = {"server": guild_id, "member": user_id, "exported_at": self._clock().isoformat()}
        return await asyncio.to_thread(packed, head, rows, limit_bytes)

    async def _lines(self, guild_id: int, user_id: int) -> list[dict[str, object]]:
        """Lines of training files that hold what the member gave, or asked."""
        given = await self._contributions.all_own(guild_id, user_id)
        asked = [question for question, _ in await self._store.texts(guild_id, user_id)]
        held = [dataset for one in given for dataset in await self._datasets.holding(one.id)]
        held += await self._datasets.asked_by(guild_id, user_id)
        texts = frozenset([*asked, *(text for one in given for pair in one.texts for text in pair)])
        found = []
        for dataset in {dataset.id: dataset for dataset in held if dataset.removed_at is None}.values():
            found += await self._lines_of(dataset, texts)
        return found

    async def _lines_of(self, dataset: Dataset, texts: frozenset[str]) -> list[dict[str, object]]:
        try:
            async with self._files.parts(dataset) as parts:
                paths = filter(None, (parts.training, parts.validation))
                lines = [line for path in paths for line in await asyncio.to_thread(lines_with, path, texts)]
        except NotFoundError:  # just deleted
            return []
        return [{"dataset": dataset.name, "line": line} for line in lines]
