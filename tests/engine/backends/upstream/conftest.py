"""A bucket on loopback, and a state beside a folder of adapters."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from engine.storage.state import State, open_state
from tests.engine.backends.upstream.bucket import Bucket, bucket


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    with bucket() as known:
        for name, value in known.environment.items():
            monkeypatch.setenv(name, value)
        yield known


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    return tmp_path / "models"


@pytest.fixture
async def state(tmp_path: Path) -> AsyncIterator[State]:
    async with open_state(tmp_path) as state:
        yield state
