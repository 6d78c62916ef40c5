"""Prompts in versions, and which ones a server uses."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime

from bot.characters import name_key
from bot.store.database import Database, Row, read_moments

USES_TOPIC = "prompts in use"


@dataclass(frozen=True)
class NewPrompt:
    """`examples` are pairs of question and answer. `step` (none, pick, polish) processes the draft with `instruction`."""

    guild_id: int
    kind: str
    name: str
    system: str
    examples: tuple[tuple[str, str], ...]
    step: str
    instruction: str | None
    created_by: int
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Prompt(NewPrompt):
    """A stored version. It never changes."""

    id: int
    version: int

    @property
    def label(self) -> str:
        """Its name for people, such as “dry v2”."""
        return f"{self.name} v{self.version}"


@dataclass(frozen=True)
class PromptUse:
    """A switch for a kind. `label` is None for the shipped prompt; `evidence` is set by promotions."""

    kind: str
    label: str | None
    used_by: int
    used_at: datetime
    evidence: str | None


IN_USE = "(SELECT u.prompt_id FROM prompt_uses u WHERE u.guild_id = p.guild_id AND u.kind = p.kind ORDER BY u.id DESC LIMIT 1)"


class PromptStore:
    """Prompts by server, kind and name. The newest use of a kind is the current one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, new: NewPrompt) -> Prompt:
        """The next version of that name."""
        key = {"guild_id": new.guild_id, "kind": new.kind, "name_key": name_key(new.name)}
        async with self._database.transaction():
            last = await self._database.fetch_one(
                "SELECT COALESCE(MAX(version), 0) AS version FROM prompts"
                " WHERE guild_id = :guild_id AND kind = :kind AND name_key = :name_key",
                key,
            )
            values = asdict(new) | {"examples": json.dumps(new.examples, ensure_ascii=False)}
            row = await self._database.insert(
                "prompts", {**values, **key, "version": last["version"] + 1 if last else 1}
            )
        if row is None:
            raise LookupError("an insert returned no row")
        return _prompt(row)

    async def list(self, guild_id: int) -> tuple[Prompt, ...]:
        """The server's prompts, newest first."""
        rows = await self._database.fetch_all(
            "SELECT * FROM prompts WHERE guild_id = :guild_id ORDER BY id DESC", {"guild_id": guild_id}
        )
        return tuple(map(_prompt, rows))

    async def get(self, guild_id: int, prompt_id: int) -> Prompt | None:
        """The server's prompt of that number."""
        values = {"guild_id": guild_id, "id": prompt_id}
        row = await self._database.fetch_one("SELECT * FROM prompts WHERE id = :id AND guild_id = :guild_id", values)
        return _prompt(row) if row else None

    async def in_use(self, guild_id: int) -> dict[str, Prompt]:
        """The prompts in use by kind; a kind without one uses the shipped prompt."""
        rows = await self._database.fetch_all(
            f"SELECT p.* FROM prompts p WHERE p.guild_id = :guild_id AND p.id = {IN_USE}",  # noqa: S608  # our own SQL
            {"guild_id": guild_id},
        )
        return {row["kind"]: _prompt(row) for row in rows}

    async def use(
        self,
        guild_id: int,
        kind: str,
        prompt_id: int | None,
        *,
        used_by: int,
        now: datetime,
        evidence: str | None = None,
    ) -> None:
        """Use this prompt (None: the shipped one) for this kind."""
        by = {"used_by": used_by, "used_at": now, "evidence": evidence}
        await self._database.insert("prompt_uses", {"guild_id": guild_id, "kind": kind, "prompt_id": prompt_id, **by})
        self._database.announce(USES_TOPIC)

    async def uses(self, guild_id: int, limit: int) -> tuple[PromptUse, ...]:
        """The server's last switches, newest first."""
        rows = await self._database.fetch_all(
            "SELECT u.kind, p.name || ' v' || p.version AS label, u.used_by, u.used_at, u.evidence"
            " FROM prompt_uses u LEFT JOIN prompts p ON p.id = u.prompt_id"
            " WHERE u.guild_id = :guild_id ORDER BY u.id DESC LIMIT :limit",
            {"guild_id": guild_id, "limit": limit},
        )
        return tuple(PromptUse(**read_moments(row, "used_at")) for row in rows)


def _prompt(row: Row) -> Prompt:
    values = read_moments(row, "created_at")
    del values["name_key"]
    values["examples"] = tuple((question, answer) for question, answer in json.loads(row["examples"]))
    return Prompt(**values)
