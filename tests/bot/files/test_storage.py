"""What holds of every storage of dataset files: complete or absent, and nothing forgotten."""

import asyncio
import hashlib
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.files.storage import Storage, arriving
from bot.settings import Settings
from tests.bot.parts import on_both, storage_of, stored

CONTENT = b"one\n\n  \ntwo\nthree"
SHA256 = hashlib.sha256(CONTENT).hexdigest()

pytestmark = on_both


@pytest.fixture
def storage(settings: Settings) -> Storage:
    return storage_of(settings)


def fresh(storage: Storage, content: bytes = CONTENT) -> Path:
    path = storage.new()
    path.write_bytes(content)
    return path


async def save(storage: Storage, content: bytes = CONTENT) -> str:
    sha256, path = hashlib.sha256(content).hexdigest(), fresh(storage, content)
    async with arriving(storage, [(path, sha256)]) as names:
        for name, one in names:
            await storage.place(name, one)
    storage.drop(path)
    return sha256


async def hashes(storage: Storage, *, passing: bool) -> Sequence[str | None]:
    return [one.sha256 for one in await storage.list() if one.is_passing is passing]


async def test_a_file_is_absent_until_it_is_placed_and_then_complete(storage: Storage, settings: Settings) -> None:
    path = fresh(storage)
    async with arriving(storage, [(path, SHA256)]) as ((name, _),):
        with pytest.raises(FileNotFoundError):
            await storage.size(SHA256)
        await storage.place(name, SHA256)
        assert await storage.size(SHA256) == len(CONTENT)
    storage.drop(path)
    assert await stored(settings) == [f"{SHA256}.jsonl"]
    async with storage.reading(SHA256) as there:
        assert there.read_bytes() == CONTENT
    assert await stored(settings) == [f"{SHA256}.jsonl"]


async def test_what_is_broken_off_once_it_is_placed_can_be_found_by_its_passing_name(storage: Storage) -> None:
    async def broken_off() -> None:
        async with arriving(storage, [(fresh(storage), SHA256)]) as ((name, _),):
            await storage.place(name, SHA256)
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await broken_off()
    assert await hashes(storage, passing=False) == [SHA256]
    assert set(await hashes(storage, passing=True)) - {None} == {SHA256}


async def test_a_second_file_that_does_not_come_in_takes_the_first_with_it(storage: Storage) -> None:
    with pytest.raises(FileNotFoundError):
        async with arriving(storage, [(fresh(storage), SHA256), (Path("gone"), "0" * 64)]):
            pass
    assert set(await hashes(storage, passing=True)) <= {None}


async def test_a_file_of_many_parts_comes_back_as_it_was(storage: Storage) -> None:
    content = b"0\n1\n23456789\n" * 850_000
    assert len(content) > 2 * 5 * 1024 * 1024
    sha256 = await save(storage, content)
    async with storage.reading(sha256) as path:
        assert path.read_bytes() == content
    assert [line.strip() for line in await storage.first_lines(sha256, 2)] == [b"0", b"1"]


@pytest.mark.parametrize(("most", "lines"), [(1, [b"one"]), (2, [b"one", b"two"]), (9, [b"one", b"two", b"three"])])
async def test_blank_lines_are_no_first_lines(storage: Storage, most: int, lines: list[bytes]) -> None:
    await save(storage)
    assert [line.strip() for line in await storage.first_lines(SHA256, most)] == lines


async def test_all_files_are_listed_and_only_those_named_are_deleted(storage: Storage) -> None:
    saved = sorted([await save(storage, b"%d" % number) for number in range(5)])
    assert sorted(str(sha256) for sha256 in await hashes(storage, passing=False)) == saved
    assert [one.bytes for one in await storage.list() if not one.is_passing] == [1] * 5
    await storage.delete([*saved[:4], "0" * 64])
    assert await hashes(storage, passing=False) == saved[4:]


async def test_what_is_not_there_is_not_found(storage: Storage) -> None:
    with pytest.raises(FileNotFoundError):
        await storage.first_lines(SHA256, 1)
    with pytest.raises(FileNotFoundError):
        async with storage.reading(SHA256):
            pass
    assert set(await hashes(storage, passing=True)) == set()


async def test_a_trial_leaves_nothing(storage: Storage, settings: Settings) -> None:
    await storage.try_out()
    assert await stored(settings) == []
