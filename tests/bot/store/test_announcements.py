"""What one process announces wakes the others."""

import asyncio

import pytest

from bot.store.database import Database, open_database

pytestmark = pytest.mark.postgres


async def heard(event: asyncio.Event) -> None:
    async with asyncio.timeout(10):
        await event.wait()
    event.clear()


async def rolled_back(database: Database) -> None:
    async with database.transaction():
        database.announce("jobs")
        raise ZeroDivisionError


async def test_a_commit_wakes_those_who_wait_in_another_process(database: Database, database_url: str) -> None:
    async with open_database(database_url) as other, database.shared(), other.shared():
        jobs, models = other.subscribe("jobs"), other.subscribe("models")
        await heard(jobs)  # they listen now, and may have missed something
        models.clear()
        own = database.subscribe("jobs")
        with pytest.raises(ZeroDivisionError):
            await rolled_back(database)
        async with database.transaction():
            database.announce("models")
            assert not models.is_set()
        await heard(models)
        assert not jobs.is_set()
        database.announce("jobs")
        assert own.is_set()
        await heard(jobs)
        own.clear()
        database.announce_elsewhere("jobs")
        await heard(jobs)
        assert not own.is_set()


async def test_who_was_cut_off_hears_again(database: Database, database_url: str) -> None:
    async with open_database(database_url) as other, database.shared(), other.shared():
        jobs = other.subscribe("jobs")
        await heard(jobs)
        await database.fetch_all(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND pid <> pg_backend_pid()"
            " AND datname = current_database()"
        )
        await heard(jobs)
        database.announce("jobs")
        await heard(jobs)
