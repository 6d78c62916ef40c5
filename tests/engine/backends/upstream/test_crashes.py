"""kill -9 at each request to the object store: whatever is in it then, the next start finishes the work."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from engine.storage.state import open_state
from tests.engine.backends.upstream.adapters import FILES, add_adapter, delete_model, published
from tests.engine.backends.upstream.bucket import Bucket
from tests.engine.backends.upstream.settling import settle
from tests.engine.process import ROOT

pytestmark = pytest.mark.soak

REQUESTS = [
    "GET",
    "POST",
    "POST",
    "GET",
    "PUT",
    "PUT",
]  # a model that was deleted (S3 deletes by POST), then one that is new


@pytest.mark.parametrize("is_lost", [True, False], ids=["lost", "carried out"])
@pytest.mark.parametrize("point", range(len(REQUESTS)))
def test_a_killed_engine_leaves_nothing_half_done(point: int, is_lost: bool, tmp_path: Path, s3: Bucket) -> None:
    gone, new = asyncio.run(_prepared(tmp_path, s3))
    s3.requests.clear()

    def kill_at_the_point(_: str) -> None:
        if len(s3.requests) - 1 == point:
            os.kill(process.pid, signal.SIGKILL)
            if is_lost:
                raise OSError

    s3.before = kill_at_the_point
    command = [sys.executable, "-m", "tests.engine.backends.upstream.settling", str(tmp_path), s3.url]
    process = subprocess.Popen(command, cwd=ROOT)  # noqa: S603 - our own
    assert process.wait(timeout=60) == -signal.SIGKILL
    assert [request.split()[0] for request in s3.requests] == REQUESTS[: point + 1]
    s3.before = lambda _: None

    for adapter in (gone, new):  # whoever sees the config finds the whole adapter
        found = {key: size for key, size in s3.sizes.items() if adapter in key}
        if any(key.endswith("adapter_config.json") for key in found):
            assert found == published(adapter)
    assert asyncio.run(settle(tmp_path, s3.url))
    assert s3.sizes == published(new)
    assert asyncio.run(_written_down(tmp_path)) == [new]


async def _prepared(data_dir: Path, s3: Bucket) -> tuple[str, str]:
    """A model that was published and then deleted, and a new one."""
    async with open_state(data_dir) as state:
        gone = await add_adapter(state, data_dir / "models", "small")
    assert await settle(data_dir, s3.url)
    async with open_state(data_dir) as state:
        await delete_model(state, gone)
        new = await add_adapter(state, data_dir / "models", "small")
    assert s3.sizes == published(gone)
    assert len(FILES) == 2
    return gone, new


async def _written_down(data_dir: Path) -> list[str]:
    async with open_state(data_dir) as state:
        return [one.weights for one in await state.publications.list()]
