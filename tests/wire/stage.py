"""A launch from its upload to its report, and every request in it that can be cut: by a kill, or by a lost reply."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from tests.wire.gate import Gate, Point, When
from tests.wire.gateway import LoopbackDiscord
from tests.wire.model_server import FakeModelServer
from tests.wire.process import ROOT, Process
from tests.wire.shapes import MANAGE_GUILD, Upload

JOKES = (ROOT / "data" / "jokes.jsonl").read_bytes()
PATCH, POST = "PATCH channels/messages", "POST channels/messages"
WHENS: tuple[When, When] = ("before", "after")
REMOTE_STEPS = [("create_job", 1), *(("job", n) for n in (1, 2, 3)), *(("events", n) for n in (1, 2, 3))]
MODEL_STEPS = [("upload", 1), *REMOTE_STEPS, ("chat", 1), ("chat", 2), ("chat", 21), ("chat", 40)]
DISCORD_STEPS = [(PATCH, 1), (PATCH, 2), (PATCH, 3), (POST, 1)]


def points(steps: list[tuple[str, int]]) -> list[Point]:
    """Each of these requests, before it is acted on and after that."""
    return [Point(name, nth, when) for name, nth in steps for when in WHENS]


class Stage:
    """A Discord, a model server, and the bot on one database, however often it is started."""

    def __init__(
        self,
        discord: LoopbackDiscord,
        models: FakeModelServer,
        folder: Path,
        token: str,
        database_url: str = "",
        **settings: str,
    ) -> None:
        """Without an address the database is an SQLite file in the folder. Names in capitals are further settings of the bot."""
        self.discord, self.models, self.folder = discord, models, folder
        self._database_url = database_url or f"sqlite:///{folder / 'bot.db'}"
        self.environment = {
            **discord.environment,
            "DISCORD_TOKEN": token,
            "OPENAI_API_KEY": "wire",
            "OPENAI_BASE_URL": models.url,
            "DATABASE_URL": self._database_url,
            "DATASETS_FOLDER": str(folder / "bot.files"),
            "REQUEST_TIMEOUT": "2",
            **settings,
        }

    def bot(self, *arguments: str, module: str = "bot", folder: Path | None = None) -> Process:
        """The bot on its database, or on an SQLite file in another folder."""
        if folder is None:
            return Process(module, self.environment, *arguments, cwd=self.folder)
        own = {"DATABASE_URL": f"sqlite:///{folder / 'bot.db'}", "DATASETS_FOLDER": str(folder / "bot.files")}
        return Process(module, {**self.environment, **own}, *arguments, cwd=folder)

    def put(self, gate: Gate) -> None:
        """Set the gate at the server that has its request."""
        if gate.point is not None and " " in gate.point.name:
            self.discord.record.gate = gate
        else:
            self.models.gate = gate

    async def launch(self) -> None:
        """Upload, quote, and press the button."""
        file = Upload("jokes.jsonl", JOKES)
        await (await self.discord.command("dataset upload", {"file": file}, permissions=MANAGE_GUILD)).answered
        offer = await self.discord.command("finetune launch", {"dataset": "jokes"}, permissions=MANAGE_GUILD)
        await self.discord.press((await offer.answered).message, "Launch", permissions=MANAGE_GUILD)

    async def ends_with_a_model(self, timeout: float = 120.0) -> None:  # noqa: ASYNC109  # passed on
        """One remote job, one model, one report, one last message: whatever happened on the way."""
        record = self.discord.record
        await record.until(lambda: self._titled("learned") and self._titled("done"), timeout)
        await record.until(lambda: self.models.jobs.files == {}, timeout)
        (remote,) = self.models.jobs.jobs.values()
        (job,), (model,), (report,) = self.rows("jobs"), self.rows("models"), self.rows("reports")
        assert (job["status"], job["remote_job_id"]) == ("succeeded", remote["id"])
        assert (model["model"], job["trained_tokens"]) == (remote["fine_tuned_model"], remote["trained_tokens"])
        assert report["job_id"] == job["id"]
        assert len(self._titled("learned")) == len(self._titled("done")) == 1

    async def ends_as_never_confirmed(self) -> None:
        """Nothing runs, and it is said."""
        await self.discord.record.until(lambda: self._titled("failed"), timeout=60)
        (job,) = self.rows("jobs")
        assert (job["status"], job["error_code"]) == ("failed", "not_confirmed")
        assert (self.models.jobs.jobs, self.rows("models")) == ({}, [])

    def rows(self, table: str) -> list[dict[str, Any]]:
        if self._database_url.startswith("postgresql://"):
            with psycopg.connect(self._database_url, row_factory=dict_row) as connection:
                return connection.execute(f"SELECT * FROM {table}".encode()).fetchall()  # noqa: S608  # names from the tests
        with closing(sqlite3.connect(self.folder / "bot.db")) as database:
            database.row_factory = sqlite3.Row
            return [dict(row) for row in database.execute(f"SELECT * FROM {table}")]  # noqa: S608  # names from the tests

    def _titled(self, word: str) -> list[str]:
        """The titles in the channel with this word."""
        titles = [embed["title"] for message in self.discord.record.messages.values() for embed in message["embeds"]]
        return [title for title in titles if word in title]
