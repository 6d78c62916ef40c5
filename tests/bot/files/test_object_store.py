"""A bucket that does not answer, refuses or is not there: one clear sentence, nothing half stored, and no secret in anything."""

import asyncio
import logging
import re
import sys
import tarfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import bot.settings
from bot.app import App, open_app
from bot.backup import Backup, back_up, restore
from bot.checks.files import dataset_files
from bot.errors import ConflictError, MissingFileError, StartupError, StorageError
from bot.log_format import TextFormatter
from bot.redaction import redactor_of
from bot.settings import Settings
from bot.store.jobs import JobStore
from tests.bot.parts import (
    ADMIN,
    GUILD,
    StillClock,
    content_of,
    count,
    job_now,
    launch,
    lose,
    settings_for,
    stored,
    training_file,
    upload,
)
from tests.object_store import KEY_ID, SECRET, LoopbackS3
from tests.wire.model_server import FakeModelServer

NO_ANSWER = (
    "The storage of the dataset files does not answer right now. Nothing was changed. Try again in a minute; "
    "if this keeps happening, ask the bot's operator to check it."
)
NOT_ALLOWED = (
    "The storage of the dataset files rejects the bot's key. Nothing was changed. "
    "Ask the bot's operator to run `python -m bot check`."
)
NOT_SET_UP = (
    "The storage of the dataset files is not set up. Nothing was changed. "
    "Ask the bot's operator to run `python -m bot check`."
)
FAILED = (
    "The storage of the dataset files returned an error. Nothing was changed. Try again in a minute; "
    "if this keeps happening, ask the bot's operator to check it."
)


@pytest.fixture
async def s3() -> AsyncIterator[LoopbackS3]:
    async with LoopbackS3() as server:
        yield server


@pytest.fixture
async def files(s3: LoopbackS3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """In a bucket of a server that a test can tell to fail."""
    monkeypatch.setattr(bot.settings, "DATASETS_FOLDER", tmp_path / "punchline.files")
    return s3.settings(s3.bucket())


def changed(settings: Settings, **changes: str) -> Settings:
    return Settings.model_validate({**settings.model_dump(), **changes})


async def found(app: App) -> str:
    """What `make check` finds of the datasets."""
    return str((await dataset_files(app)).finding)


async def test_names_in_the_bucket_are_those_of_a_folder_so_that_files_can_be_copied(
    app: App, s3: LoopbackS3, settings: Settings
) -> None:
    dataset = await upload(app, training_file())
    (bucket,) = s3.buckets
    assert s3.keys(bucket) == [f"datasets/{dataset.sha256}.jsonl"]
    assert str(settings.files) == f"s3://{bucket}/datasets"


CAUSES = {
    "nobody there": ({"aws_endpoint_url": "http://127.0.0.1:9"}, NO_ANSWER, "http://127.0.0.1:9 cannot be reached"),
    "another secret": (
        {"aws_secret_access_key": "not-the-secret"},
        NOT_ALLOWED,
        "{url} rejects the key, or does not allow it to do this. "
        "Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, and what the key may do",
    ),
    "no such bucket": (
        {"datasets_folder": "s3://another-bucket/x"},
        NOT_SET_UP,
        "there is no such bucket at {url}. Create it, or check DATASETS_FOLDER and AWS_ENDPOINT_URL",
    ),
}


@pytest.mark.parametrize(("changes", "said", "reason"), CAUSES.values(), ids=CAUSES)
async def test_what_keeps_a_file_out_is_said_to_the_member_and_by_the_check(
    settings: Settings, s3: LoopbackS3, changes: dict[str, str], said: str, reason: str
) -> None:
    wrong = changed(settings, **changes)
    async with open_app(wrong) as app:
        with pytest.raises(StorageError) as refused:
            await upload(app, training_file())
        assert str(refused.value) == said
        assert await count(app.database, "datasets") == 0
        assert list(settings.local_folder.iterdir()) == []
        assert await found(app) == f"FAIL  Datasets: {wrong.files}: {reason.format(url=s3.url)}."


async def test_where_no_key_is_set_and_the_machine_has_none_that_is_said(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_METADATA_ENDPOINT", "http://127.0.0.1:9")
    keyless = settings.model_copy(update={"aws_access_key_id": None, "aws_secret_access_key": None})
    async with open_app(keyless) as app:
        assert await found(app) == (
            f"FAIL  Datasets: {settings.files}: no key is set, and this machine has no role. "
            "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
        )


async def test_the_check_writes_reads_and_counts(settings: Settings, app: App) -> None:
    await upload(app, training_file())
    line = await found(app)
    assert re.sub(r"[\d.]+ MB", "…", line) == f"ok    Datasets: {settings.files}: 1 files, …; the bot can write there"


async def test_a_server_that_fails_leaves_neither_a_row_nor_a_file(app: App, s3: LoopbackS3) -> None:
    s3.failing = 503
    with pytest.raises(StorageError) as refused:
        await upload(app, training_file())
    assert (str(refused.value), refused.value.reason) == (FAILED, f"{s3.url} answered with HTTP 503")
    s3.failing = None
    assert (await stored(app.settings), await count(app.database, "datasets")) == ([], 0)
    await upload(app, training_file())


async def test_a_refused_name_leaves_no_file(app: App, settings: Settings) -> None:
    await upload(app, training_file())
    path = app.datasets.incoming(1)
    path.write_bytes(training_file(11))
    with pytest.raises(ConflictError):
        await app.datasets.upload(GUILD, ADMIN, path, "x.jsonl", "jokes")
    assert len(await stored(settings)) == 1


async def test_a_file_whose_row_was_never_written_is_swept_at_the_next_start(
    app: App, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def killed(*_: object) -> None:
        raise asyncio.CancelledError

    monkeypatch.setattr("bot.store.datasets.DatasetStore.add", killed)
    with pytest.raises(asyncio.CancelledError):
        await upload(app, training_file())
    monkeypatch.undo()
    assert len(await stored(settings)) == 2
    async with app.running():
        assert await stored(settings) == []


async def test_a_start_on_another_database_deletes_no_dataset(app: App, settings: Settings, tmp_path: Path) -> None:
    dataset = await upload(app, training_file())
    async with open_app(changed(settings, database_url=f"sqlite:///{tmp_path / 'empty.db'}")) as other, other.running():
        pass
    assert await content_of(app, dataset) == training_file()


async def test_a_file_that_cannot_be_deleted_now_is_deleted_later(
    app: App, s3: LoopbackS3, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    dataset = await upload(app, training_file())
    s3.failing = 500
    assert await app.datasets.remove(GUILD, dataset.id) == dataset
    assert "could not be deleted" in caplog.text
    s3.failing = None
    assert await stored(settings) == [f"{dataset.sha256}.jsonl"]
    async with app.running():
        assert await stored(settings) == []


async def test_a_server_that_left_is_not_forgotten_before_its_files_are_deleted(
    app: App, s3: LoopbackS3, settings: Settings, clock: StillClock
) -> None:
    await upload(app, training_file())
    await app.departures.left(GUILD)
    clock.advance(days=31)
    s3.failing = 500
    await app.departures.round()
    assert await count(app.database, "datasets") == 1
    s3.failing = None
    while await app.departures.round() < 60:
        pass
    assert (await stored(settings), await count(app.database, "datasets")) == ([], 0)


async def test_a_job_waits_for_the_file_of_its_dataset(app: App, s3: LoopbackS3, server: FakeModelServer) -> None:
    job = await launch(app)
    s3.failing = 503
    await app.tracker.round()
    assert ((await job_now(app, job)).status, server.jobs.files) == ("pending", {})
    s3.failing = None
    await app.tracker.round()
    assert (await job_now(app, job)).status == "validating_files"
    assert len(await JobStore(app.database).unfinished(app.clock())) == 1


async def test_a_file_that_somebody_deleted_is_said_to_be_missing(app: App, settings: Settings) -> None:
    dataset = await upload(app, training_file())
    await lose(app, dataset)
    with pytest.raises(MissingFileError) as missing:
        await app.datasets.check(dataset)
    assert str(missing.value) == (
        "The file of “jokes” is missing from the storage. Ask the bot's operator to restore it from a backup, "
        "or delete the dataset and upload it again."
    )
    assert await found(app) == (
        f"FAIL  Datasets: {settings.files}: the files of 1 datasets are missing ({dataset.sha256[:12]}….jsonl). "
        "Restore them from a backup, or delete these datasets."
    )


async def test_a_file_that_is_not_what_its_name_says_is_not_used(app: App, s3: LoopbackS3) -> None:
    dataset = await upload(app, training_file())
    (objects,) = s3.buckets.values()
    objects[f"datasets/{dataset.sha256}.jsonl"] = (training_file(11), objects.popitem()[1][1])
    with pytest.raises(StorageError) as refused:
        await content_of(app, dataset)
    assert str(refused.value) == FAILED


async def test_a_start_ends_in_one_line_where_the_bucket_refuses(settings: Settings, s3: LoopbackS3) -> None:
    async with open_app(changed(settings, datasets_folder="s3://another-bucket")) as app:
        with pytest.raises(StartupError) as refused:
            async with app.running():
                pass
    assert str(refused.value) == (
        f"Cannot use the datasets in s3://another-bucket: there is no such bucket at {s3.url}. "
        "Create it, or check DATASETS_FOLDER and AWS_ENDPOINT_URL."
    )


async def test_a_start_goes_on_where_the_store_does_not_answer(
    app: App, s3: LoopbackS3, caplog: pytest.LogCaptureFixture
) -> None:
    s3.failing = 503
    async with app.running():
        pass
    (line,) = [one.getMessage() for one in caplog.records if one.name == "bot.datasets.dataset_files"][:1]
    assert line == (
        f"The storage of the dataset files cannot be used: {s3.url} answered with HTTP 503. It is tried again."
    )


async def test_neither_log_nor_sentence_has_a_secret(
    settings: Settings, s3: LoopbackS3, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    said = []
    async with open_app(settings) as app:
        dataset = await upload(app, training_file())
        for status in (403, 404, 500):
            s3.failing = status
            with pytest.raises((StorageError, MissingFileError)) as refused:
                await app.datasets.check(dataset)
            said.append(str(refused.value))
            await app.datasets.delete_withdrawn([dataset])
    formatter = TextFormatter(redactor_of(settings), all_texts=True)
    told = "\n".join([*said, repr(settings), str(settings.files), *map(formatter.format, caplog.records)])
    assert not [secret for secret in (KEY_ID, SECRET) if secret in told]
    assert redactor_of(settings).text(f"{SECRET} {KEY_ID}") == "[redacted] [redacted]"


async def test_without_the_package_a_start_says_which(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "bot.files.object_store", raising=False)
    monkeypatch.setitem(sys.modules, "obstore.store", None)
    with pytest.raises(StartupError, match=r"Datasets in a bucket need one more package\. Run `pip install obstore`\."):
        async with open_app(settings):
            pass


@pytest.mark.sqlite
async def test_a_backup_has_the_objects_and_is_restored_into_a_folder_or_another_bucket(
    app: App, settings: Settings, s3: LoopbackS3, tmp_path: Path
) -> None:
    dataset = await upload(app, training_file())
    archive = tmp_path / "backup.tar.gz"
    assert await asyncio.to_thread(back_up, settings, archive) == Backup(1, ())
    with tarfile.open(archive) as packed:
        assert packed.getnames() == ["punchline.db", f"files/{dataset.sha256}.jsonl"]
    for number, place in enumerate(({}, s3.settings(s3.bucket()))):
        folder = tmp_path / f"new {number}"
        folder.mkdir()
        new = settings_for(folder, settings.openai_base_url, **place)
        assert await asyncio.to_thread(restore, new, archive) == Backup(1, ())
        assert await stored(new) == [f"{dataset.sha256}.jsonl"]
        async with open_app(new) as restored:
            assert await content_of(restored, dataset) == training_file()


@pytest.mark.sqlite
async def test_a_backup_without_the_store_is_refused_and_leaves_no_archive(
    app: App, settings: Settings, s3: LoopbackS3, tmp_path: Path
) -> None:
    await upload(app, training_file())
    s3.failing = 503
    archive = tmp_path / "backup.tar.gz"
    with pytest.raises(StartupError) as refused:
        await asyncio.to_thread(back_up, settings, archive)
    assert str(refused.value) == f"Cannot use the datasets in {settings.files}: {s3.url} answered with HTTP 503."
    assert not archive.exists()
