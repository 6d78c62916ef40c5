"""The engine's state in PostgreSQL: what opens it, what breaks, who is elected, and what comes there from a file."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import psycopg
import pytest
from openai.types import FileObject

from engine.export.command import export
from engine.moving import move_to
from engine.options import UsageError
from engine.protocol.objects import StoredJob, new_model
from engine.storage import election
from engine.storage.database import DeposedError
from engine.storage.state import Cursor, State, StateError, open_state
from tests.engine.databases import database_of
from tests.engine.storage.test_state import add, delete, file, page
from tests.postgres import PASSWORD

pytestmark = pytest.mark.postgres
KILL = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
JOB = StoredJob.model_validate(
    {
        "id": "ftjob-1",
        "created_at": 1,
        "hyperparameters": {},
        "model": "m",
        "object": "fine_tuning.job",
        "organization_id": "o",
        "result_files": [],
        "seed": 1,
        "status": "queued",
        "training_file": "f",
    }
)
UPLOAD = "file-" + "a" * 24


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(election, "STAND_SECONDS", 0.02)
    monkeypatch.setattr(election, "LOOK_SECONDS", 0.1)


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[tuple[State, State]]:
    """The same state in two processes."""
    async with open_state(tmp_path, database_of(tmp_path)) as one, open_state(tmp_path, database_of(tmp_path)) as other:
        yield one, other


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def run(folder: Path, statement: str) -> None:
    with psycopg.connect(database_of(folder), autocommit=True) as connection:
        connection.execute(statement.encode())


async def refusal(folder: Path, url: str) -> str:
    with pytest.raises(StateError) as refused:
        async with open_state(folder, url):
            pass
    assert PASSWORD not in str(refused.value)
    assert "\n" not in str(refused.value)
    return str(refused.value)


# Opening


async def test_what_cannot_be_reached_is_named_without_its_password(tmp_path: Path) -> None:
    nobody = await refusal(tmp_path, f"postgresql://engine:{PASSWORD}@127.0.0.1:9/state")
    assert nobody.startswith("The database postgresql://engine@127.0.0.1:9/state cannot be reached: ")
    wrong = await refusal(tmp_path, database_of(tmp_path).replace(PASSWORD, "wrong"))
    assert "password authentication failed" in wrong
    malformed = await refusal(tmp_path, f"postgresql://engine:%{PASSWORD}@[x")
    assert malformed == "--database is not an address like postgresql://user:password@host/database."


async def test_a_newer_schema_is_refused(tmp_path: Path, two: tuple[State, State]) -> None:
    run(tmp_path, "UPDATE punchline_engine.engine SET version = 99")
    assert "was written by a newer engine: run that one" in await refusal(tmp_path, database_of(tmp_path))


async def test_starts_at_once_make_one_schema(tmp_path: Path) -> None:
    async def start() -> list[FileObject]:
        async with open_state(tmp_path, database_of(tmp_path)) as state:
            return list(await state.files.list())

    assert await asyncio.gather(*(start() for _ in range(4))) == [[]] * 4


async def test_a_directory_with_a_state_of_its_own_is_not_opened_with_an_empty_database(tmp_path: Path) -> None:
    async with open_state(tmp_path) as state:
        await add(state, 1, 2)
    told = await refusal(tmp_path, database_of(tmp_path))
    assert told.startswith(
        f"{tmp_path / 'engine.db'} has 2 objects, and the database has none: copy them with `python -m engine move-to`"
    )


async def test_files_of_which_a_new_database_knows_nothing_are_not_swept_away(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / UPLOAD).touch()
    assert f"holds uploads or models ({UPLOAD}), and the database knows none" in await refusal(
        tmp_path, database_of(tmp_path)
    )


async def test_a_directory_and_a_database_belong_together(tmp_path: Path) -> None:
    shared, elsewhere = tmp_path / "shared", tmp_path / "elsewhere"
    shared.mkdir()
    elsewhere.mkdir()
    async with open_state(shared, database_of(shared)):
        pass
    assert "is not the folder that this database's engines share" in await refusal(elsewhere, database_of(shared))
    assert "is in a PostgreSQL database: give --database" in await refusal(shared, "")
    async with open_state(elsewhere, database_of(elsewhere)):
        pass
    assert "belongs to another database" in await refusal(elsewhere, database_of(shared))


# Moving


async def test_a_file_moves_with_its_places_and_is_put_aside(tmp_path: Path) -> None:
    async with open_state(tmp_path) as state:
        await add(state, 1, 2, 3, 4, 5)
        await delete(state, 3, 5)
        kept = await state.files.list()
    told = await asyncio.to_thread(move_to, [database_of(tmp_path), "--data-dir", str(tmp_path)])
    assert told.startswith("3 objects and 2 places of deleted ones were copied, and compare equal.")
    assert names_in(tmp_path) == {"database.id", "engine.db.moved"}
    async with open_state(tmp_path, database_of(tmp_path)) as state:
        assert await state.files.list() == kept
        await add(state, 6)
        assert await page(state, 3) == ["file-2", "file-1"]
        assert await page(state, 5, oldest_first=True) == ["file-6"]


async def test_nothing_moves_over_what_is_there_or_from_under_an_engine(tmp_path: Path) -> None:
    folder, other = tmp_path / "engine", tmp_path / "other"
    folder.mkdir()
    other.mkdir()
    async with open_state(other, database_of(other)) as state:
        await add(state, 1)
    async with open_state(folder) as state:
        await add(state, 1)
        for target, why in ((database_of(folder), "Another engine is using"), (None, "Name the database")):
            with pytest.raises(UsageError, match=why):
                await asyncio.to_thread(move_to, [*([target] if target else []), "--data-dir", str(folder)])
    with pytest.raises(UsageError, match="has an engine's objects already"):
        await asyncio.to_thread(move_to, [database_of(other), "--data-dir", str(folder)])
    async with open_state(folder) as state:
        assert await state.files.list() == [file(1)]


async def test_a_model_in_the_database_is_found_by_export(tmp_path: Path) -> None:
    async with open_state(tmp_path, database_of(tmp_path)) as state, state.transaction():
        await state.models.add(new_model("ft:small:club", "small", "ftjob-1", 0))
    asked = ["ft:other", "--format", "peft", "--to", str(tmp_path / "out"), "--data-dir", str(tmp_path)]
    with pytest.raises(UsageError, match=r"There is no tuned model ft:other in .* Tuned models: ft:small:club"):
        await asyncio.to_thread(export, [*asked, "--database", database_of(tmp_path)])


# Statements


async def test_what_clients_send_is_found_again_also_with_nul_in_it(two: tuple[State, State]) -> None:
    one, other = two
    metadata = {"launch": "a\0b", "path": "\\u0000", "plain": "x"}
    async with one.transaction():
        await one.jobs.add(JOB.model_copy(update={"metadata": metadata}))
    for key, value in metadata.items():
        assert [found.id for found in (await other.jobs.page(Cursor(1), metadata={key: value}))[0]] == ["ftjob-1"]
        assert not (await other.jobs.page(Cursor(1), metadata={key: "y"}))[0]
    (found,) = await other.jobs.having("status", "queued")
    assert found.metadata == metadata
    assert await other.jobs.get("ftjob-1\0") is None


async def test_transactions_of_two_processes_come_one_after_the_other(two: tuple[State, State]) -> None:
    """Each reads what is there and adds one more: none is counted twice."""

    async def add_next(state: State) -> None:
        async with state.transaction():
            count = await state.files.total("bytes")
            await asyncio.sleep(0.005)
            await state.files.add(file(count), "fine-tune")

    await asyncio.gather(*(add_next(state) for _ in range(5) for state in two))
    assert [stored.id for stored in await two[0].files.list()] == [f"file-{number}" for number in range(10)]


async def test_broken_connections_are_replaced(tmp_path: Path, two: tuple[State, State]) -> None:
    one, other = two
    await add(one, 1)
    await asyncio.gather(*(state.files.list() for state in two for _ in range(8)))
    run(tmp_path, KILL)
    await add(other, 2)
    run(tmp_path, KILL)
    assert [stored.id for stored in await one.files.list()] == ["file-1", "file-2"]


# Elections


@asynccontextmanager
async def standing(state: State, work: Callable[[], object]) -> AsyncIterator[asyncio.Task[None]]:
    async def until_cancelled() -> None:
        work()
        await asyncio.Event().wait()

    task = asyncio.create_task(state.while_elected(until_cancelled))
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_one_is_elected_and_another_once_the_first_has_ended(two: tuple[State, State]) -> None:
    began = asyncio.Queue[str]()
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(standing(two[1], lambda: began.put_nowait("other")))
        async with asyncio.timeout(10):
            assert await began.get() == "other"
        first = await stack.enter_async_context(standing(two[0], lambda: began.put_nowait("one")))
        await add(two[0], 1)
        async with asyncio.timeout(10):
            await two[1].changed_elsewhere.wait()
        assert began.empty()
        assert not first.done()
    async with standing(two[0], lambda: began.put_nowait("one")), asyncio.timeout(10):
        assert await began.get() == "one"


async def test_who_lost_the_server_stops_and_who_was_replaced_writes_nothing(
    tmp_path: Path, two: tuple[State, State]
) -> None:
    one, other = two
    ended, may_write, outcome = asyncio.Event(), asyncio.Event(), asyncio.Queue[Exception | None]()

    async def write_late() -> None:
        """A task of the elected one that wakes up only after another one has been elected."""
        await may_write.wait()
        try:
            await add(one, 1)
        except DeposedError as error:
            outcome.put_nowait(error)
        else:
            outcome.put_nowait(None)

    async def work() -> None:
        late.append(asyncio.create_task(write_late()))
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    late, began = list[asyncio.Task[None]](), asyncio.Event()
    elected = asyncio.create_task(one.while_elected(work))
    async with asyncio.timeout(20):
        await began.wait()
        run(tmp_path, KILL)
        await ended.wait()
        elected.cancel()
        await asyncio.gather(elected, return_exceptions=True)
        began.clear()
        async with standing(other, began.set):
            await began.wait()
            may_write.set()
            assert isinstance(await outcome.get(), DeposedError)
            await add(one, 2)  # what clients ask for is written by anybody
    assert [stored.id for stored in await other.files.list()] == ["file-2"]
