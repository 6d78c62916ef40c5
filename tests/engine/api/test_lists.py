"""Lists while they change: no page is silently the last one."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import openai
import pytest

from tests.engine.here import Engine, engine_here

COUNT = 9


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    async with engine_here(tmp_path) as engine:
        yield engine


async def uploaded(engine: Engine) -> list[str]:
    return [(await engine.client.files.create(file=b"x", purpose="fine-tune")).id for _ in range(COUNT)]


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("limit", [1, 2, 4])
async def test_files_can_be_deleted_while_they_are_listed(
    engine: Engine, order: Literal["asc", "desc"], limit: int
) -> None:
    made = await uploaded(engine)
    seen = []
    async for file in engine.client.files.list(order=order, limit=limit, purpose="fine-tune"):
        await engine.client.files.delete(file.id)
        seen.append(file.id)
    assert seen == (made if order == "asc" else made[::-1])
    assert (await engine.client.files.list()).data == []


async def test_jobs_events_and_checkpoints_are_paged_to_their_end(engine: Engine) -> None:
    jobs = engine.client.fine_tuning.jobs
    made = [(await engine.until(await engine.launch(3), "succeeded")).id for _ in range(3)]
    assert [job.id async for job in jobs.list(limit=1)] == made[::-1]
    events = [event.id async for event in jobs.list_events(made[0], limit=4)]
    assert len(events) == len(set(events)) > 12
    assert len([kept async for kept in jobs.checkpoints.list(made[0], limit=1)]) == 3


async def test_a_place_that_is_not_in_the_list_is_refused_by_name(engine: Engine) -> None:
    jobs = engine.client.fine_tuning.jobs
    first, second = [await engine.until(await engine.launch(), "succeeded") for _ in range(2)]
    foreign = (await jobs.list_events(first.id, limit=1)).data[0].id
    checkpoint = (await jobs.checkpoints.list(first.id)).data[0].id
    for asked in (
        engine.client.files.list(after="file-nowhere"),
        engine.client.files.list(after=first.id),
        jobs.list(after="ftjob-nowhere"),
        jobs.list_events(second.id, after="ftevent-nowhere"),
        jobs.list_events(second.id, after=foreign),
        jobs.checkpoints.list(second.id, after=checkpoint),
    ):
        with pytest.raises(openai.BadRequestError, match="this list has never had") as refused:
            await asked
        assert refused.value.param == "after"
