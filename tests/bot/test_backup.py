"""`python -m bot backup` and `restore`: the same community elsewhere, from an archive that was made while the bot was at work."""

import asyncio
import io
import stat
import tarfile
from pathlib import Path

import pytest

from bot.app import App, open_app
from bot.backup import Backup, back_up, restore
from bot.errors import StartupError
from bot.settings import Settings
from bot.store.database import open_database
from bot.store.schema import migrations
from bot.store.sqlite import only_user_of
from tests.bot.parts import GUILD, count, keep, own_model, path_of, settings_for, training_file, upload
from tests.preference_files import preference_file

pytestmark = pytest.mark.sqlite


def elsewhere(settings: Settings, folder: Path) -> Settings:
    folder.mkdir(exist_ok=True)
    return settings_for(folder, settings.openai_base_url)


def archive_of(path: Path, members: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as packed:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            packed.addfile(member, io.BytesIO(content))
    return path


async def test_a_backup_made_during_work_is_the_same_community_elsewhere(
    app: App, settings: Settings, tmp_path: Path
) -> None:
    for name, content in (("jokes", training_file()), ("taste", preference_file(12))):
        await upload(app, content, name=name)
    await own_model(app, use=True)
    archive = tmp_path / "backup.tar.gz"
    await keep(app, "A first joke. Haha")
    working = asyncio.create_task(_work(app))
    try:
        assert await asyncio.to_thread(back_up, settings, archive) == Backup(2, ())
    finally:
        working.cancel()
    new = elsewhere(settings, tmp_path / "new")
    assert await asyncio.to_thread(restore, new, archive) == Backup(2, ())
    async with open_app(new) as restored:
        jokes, taste = sorted(await restored.datasets.list(GUILD), key=lambda dataset: dataset.name)
        assert path_of(restored, jokes).read_bytes() == training_file()
        assert (taste.method, path_of(restored, taste).stat().st_size) == ("dpo", taste.bytes)
        assert (await restored.registry.models(GUILD)).active["joke"].model == "ft:practice-1:mine"
        assert await count(restored.database, "generations") == await count(restored.database, "usage") > 0
    modes, left = await asyncio.to_thread(_on_disk, archive, new.database_path)
    assert (modes, left) == ({0o600}, [])


def _on_disk(archive: Path, database: Path) -> tuple[set[int], list[Path]]:
    """The modes of all that was written, and what was left behind."""
    files = [archive, database, *database.with_suffix(".files").iterdir()]
    return {stat.S_IMODE(file.stat().st_mode) for file in files}, [
        path for folder in (archive.parent, database.parent) for path in folder.glob(".*")
    ]


async def _work(app: App) -> None:
    while True:
        async with app.database.transaction():  # a joke and its cost: a copy has both or neither
            await keep(app, "A joke. Haha")


async def test_a_dataset_file_that_is_gone_is_named_and_the_rest_is_saved(
    app: App, settings: Settings, tmp_path: Path
) -> None:
    jokes = await upload(app, training_file())
    await upload(app, training_file(11), name="more")
    path_of(app, jokes).unlink()
    archive = tmp_path / "backup.tar.gz"
    assert await asyncio.to_thread(back_up, settings, archive) == Backup(1, (jokes.sha256,))
    assert await asyncio.to_thread(restore, elsewhere(settings, tmp_path / "new"), archive) == Backup(
        1, (jokes.sha256,)
    )


async def test_nothing_is_written_over(app: App, settings: Settings, tmp_path: Path) -> None:
    archive = tmp_path / "backup.tar.gz"
    await asyncio.to_thread(back_up, settings, archive)
    before = settings.database_path.read_bytes()
    with pytest.raises(StartupError, match=r".*backup.tar.gz already exists. Choose another name."):
        back_up(settings, archive)
    with pytest.raises(StartupError, match=r".*punchline.db already exists. Move it and .*punchline.files"):
        restore(settings, archive)
    with (
        only_user_of(settings.database_path),
        pytest.raises(StartupError, match="Another bot is running on the database"),
    ):
        restore(settings, archive)
    assert settings.database_path.read_bytes() == before


@pytest.mark.parametrize("version", range(1, len(migrations()) + 1))
async def test_a_backup_of_an_older_version_is_restored_and_upgraded(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: int
) -> None:
    scripts, archive, new = migrations(), tmp_path / "backup.tar.gz", elsewhere(settings, tmp_path / "new")
    monkeypatch.setattr("bot.store.sqlite.migrations", lambda: scripts[:version])
    async with open_database(settings.database_path):
        await asyncio.to_thread(back_up, settings, archive)
    monkeypatch.undo()
    assert await asyncio.to_thread(restore, new, archive) == Backup(0, ())
    async with open_database(new.database_path) as upgraded:
        (row,) = await upgraded.fetch_all("PRAGMA user_version")
        assert row["user_version"] == len(scripts)


OTHER = {
    "another archive": ({"photo.png": b"x"}, r"is not a Punchline backup"),
    "a path that leads out": ({"punchline.db": b"", "files/../../evil.jsonl": b"x"}, r"is not a Punchline backup"),
    "a damaged dataset": (
        {"punchline.db": b"", f"files/{'0' * 64}.jsonl": b"x"},
        r"The backup is damaged: 0{64}.jsonl",
    ),
    "a damaged database": ({"punchline.db": b"SQLite format 3\0" + b"x" * 5000}, r"The database cannot be read: "),
}


@pytest.mark.parametrize(("members", "said"), OTHER.values(), ids=OTHER)
def test_what_is_no_whole_backup_changes_nothing(
    settings: Settings, tmp_path: Path, members: dict[str, bytes], said: str
) -> None:
    archive = archive_of(tmp_path / "other.tar.gz", members)
    new = elsewhere(settings, tmp_path / "new")
    with pytest.raises(StartupError, match=said):
        restore(new, archive)
    assert not new.database_path.with_suffix(".files").exists()
    assert not new.database_path.exists()


@pytest.mark.parametrize("content", [b"", b"text", b"\x1f\x8b broken"])
def test_what_is_no_archive_is_named(settings: Settings, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "backup.tar.gz"
    file.write_bytes(content)
    with pytest.raises(StartupError, match=r"Cannot use the file .*backup.tar.gz: "):
        restore(elsewhere(settings, tmp_path / "new"), file)


def test_without_a_database_there_is_nothing_to_save(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(StartupError, match=r"There is no database .* Check DATABASE_URL."):
        back_up(settings, tmp_path / "backup.tar.gz")
    assert not (tmp_path / "backup.tar.gz").exists()
