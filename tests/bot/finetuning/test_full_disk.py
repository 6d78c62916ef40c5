"""A disk that is full when news arrive: nothing is half-written, and nothing is lost."""

import pytest

from bot.app import App
from tests.bot.parts import count, job_now, launch
from tests.wire.model_server import FakeModelServer


async def pages(app: App, most: int | None = None) -> int:
    """How many pages the database has; with `most`, as many as it may have from now on."""
    pragma = "PRAGMA page_count" if most is None else f"PRAGMA max_page_count = {most}"
    (row,) = await app.database.connections.execute(pragma, {})
    return int(row[0])


@pytest.mark.sqlite
async def test_what_cannot_be_written_now_is_written_later(
    app: App, server: FakeModelServer, caplog: pytest.LogCaptureFixture
) -> None:
    job = await launch(app)
    await app.tracker.round()
    (remote_id,) = server.jobs.jobs
    server.jobs.move(remote_id, "succeeded")
    for number in range(200):
        server.jobs.emit(remote_id, f"news of {number} " * 20)
    await pages(app, await pages(app))
    await app.tracker.round()
    assert "could not be followed. It will be tried again." in caplog.text
    held = await job_now(app, job)
    assert (held.status, await count(app.database, "job_events"), await count(app.database, "models")) == (
        "validating_files",
        0,
        0,
    )
    await pages(app, 2**30)
    await app.tracker.round()
    assert (await job_now(app, job)).status == "succeeded"
    assert (await count(app.database, "job_events"), await count(app.database, "models")) == (200, 1)
