"""An upgrade from each earlier schema, with rows, and the way back: as docs/deploying.md tells an operator to do it."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path

import pytest

from bot.app import open_app
from bot.backup import Backup, back_up, restore
from bot.errors import StartupError
from bot.settings import Settings
from bot.store.database import open_database
from bot.store.schema import migrations
from tests.bot.parts import GUILD, MEMBER, count, keep, path_of, settings_for, training_file

SCRIPTS = migrations()
NEWEST = len(SCRIPTS)
FILE = training_file()
SHA256, AT = sha256(FILE).hexdigest(), "2026-11-22T12:00:00.000000+00:00"
# A community of the first version: a joke with a vote, a dataset, and a job that made the model in use.
COMMUNITY = f"""
INSERT INTO app_state VALUES ('commands', 'abc');
INSERT INTO usage VALUES (1, {GUILD}, {MEMBER}, 'joke', 'gpt-6-luna', 36, 12, 80.5, '{AT}');
INSERT INTO generations VALUES (1, 1, '{{"scenario": "ducks"}}', '["An old joke. Haha"]', 0, '{{"id": "chatcmpl-1"}}');
INSERT INTO votes VALUES (1, {MEMBER}, 1, '{AT}');
INSERT INTO datasets VALUES (1, {GUILD}, 'jokes', '{SHA256}', {len(FILE)}, 10, 300, 400, '{AT}');
INSERT INTO quotes VALUES (1, {GUILD}, 300, 1, 'practice-1', 3, NULL, 900, NULL, 400, '{AT}');
INSERT INTO jobs (id, quote_id, guild_id, channel_id, message_id, launch_id, status, remote_job_id, fine_tuned_model,
                  trained_tokens, created_by, created_at, finished_at, notified_at)
VALUES (1, 1, {GUILD}, 300, 9, 'launch', 'succeeded', 'ftjob-1', 'ft:practice-1:mine', 900, 400, '{AT}', '{AT}', '{AT}');
INSERT INTO job_events VALUES (1, 'ftevent-1', '{AT}', 'info', 'message', 'Done', '{{}}');
INSERT INTO models VALUES (1, {GUILD}, 'ft:practice-1:mine', 'practice-1', 1, '{AT}');
INSERT INTO activations VALUES (1, {GUILD}, 1, 400, '{AT}');
"""  # noqa: S608  # values from here


@contextmanager
def program(monkeypatch: pytest.MonkeyPatch, version: int) -> Iterator[None]:
    """The program as it was at a schema's time, as far as upgrading, saving and restoring go."""
    with monkeypatch.context() as patch:
        for module in ("bot.store.sqlite", "bot.store.copying"):
            patch.setattr(f"{module}.migrations", lambda: SCRIPTS[:version])
        yield


def dump(database: Path) -> list[str]:
    """The whole content as SQL."""
    with closing(sqlite3.connect(database)) as connection:
        return [*connection.iterdump(), *map(str, connection.execute("PRAGMA user_version"))]


async def found_community(settings: Settings) -> None:
    """What a server did under the first version, brought up to the program's schema."""
    with closing(sqlite3.connect(settings.database_path)) as connection:
        connection.executescript(f"{SCRIPTS[0][1]}; {COMMUNITY}; PRAGMA user_version = 1;")
    folder = settings.files_folder
    folder.mkdir()
    (folder / f"{SHA256}.jsonl").write_bytes(FILE)
    async with open_database(settings.database_path):
        pass


@pytest.fixture
def lived_in(settings: Settings, tmp_path: Path) -> Settings:
    """Settings of a bot in a folder of its own."""
    (tmp_path / "data").mkdir()
    return settings_for(tmp_path / "data", settings.openai_base_url)


@pytest.mark.parametrize("version", range(1, NEWEST))
async def test_an_upgrade_keeps_everything_and_its_backup_leads_back(
    lived_in: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: int
) -> None:
    archive, database = tmp_path / "before.tar.gz", lived_in.database_path
    with program(monkeypatch, version):
        await found_community(lived_in)
        before = dump(database)
        assert await asyncio.to_thread(back_up, lived_in, archive) == Backup(1, ())
    await _work_with_the_new_version(lived_in)
    with program(monkeypatch, version):
        after = dump(database)
        with pytest.raises(StartupError, match=f"has version {NEWEST}, and this program only knows {version}"):
            async with open_database(database):
                pass
        assert dump(database) == after
        (tmp_path / "data").rename(tmp_path / "newer")
        (tmp_path / "data").mkdir()
        assert await asyncio.to_thread(restore, lived_in, archive) == Backup(1, ())
        async with open_database(database):
            pass
        assert dump(database) == before
    assert (database.with_suffix(".files") / f"{SHA256}.jsonl").read_bytes() == FILE


async def _work_with_the_new_version(settings: Settings) -> None:
    async with open_app(settings) as app:
        (dataset,) = await app.datasets.list(GUILD)
        assert path_of(app, dataset).read_bytes() == FILE
        assert (await app.registry.models(GUILD)).active["joke"].model == "ft:practice-1:mine"
        assert [job.status for job in await app.finetunes.list(GUILD, 5)] == ["succeeded"]
        (joke,) = await app.database.fetch_all("SELECT texts, funny FROM generations JOIN votes ON generation_id = id")
        assert tuple(joke) == ('["An old joke. Haha"]', 1)
        await keep(app, "A new joke. Haha")
        assert await count(app.database, "generations") == 2
