"""Uploads: names of any bytes, one file and one purpose, and nothing left on disk by whatever fails."""

import asyncio
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import openai
import pytest

from engine.jobs.checks import Limits
from tests.engine.datasets import training_file
from tests.engine.here import Engine, engine_here

PURPOSE = b'Content-Disposition: form-data; name="purpose"\r\n\r\nfine-tune'
CONTENT = training_file(10)


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    async with engine_here(tmp_path, limits=Limits(stored_bytes=3_000_000, spare_bytes=0)) as engine:
        yield engine


def file_part(name: bytes = b"a.jsonl", content: bytes = CONTENT) -> bytes:
    return b'Content-Disposition: form-data; name="file"; filename="' + name + b'"\r\n\r\n' + content


async def upload(engine: Engine, *parts: bytes, preamble: bytes = b"") -> tuple[int, dict[str, Any]]:
    """A form of these parts, as they are."""
    body = preamble + b"".join(b"--x\r\n" + part + b"\r\n" for part in parts) + b"--x--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{engine.url}/files", data=io.BytesIO(body), headers=headers) as response,
    ):
        return response.status, await response.json()


async def check_disk(engine: Engine) -> None:
    """What lies there is what is listed, byte for byte."""
    listed = {file.id: file.bytes async for file in engine.client.files.list()}
    assert {path.name: path.stat().st_size for path in (engine.folder / "files").iterdir()} == listed


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (b"jokes.jsonl", "jokes.jsonl"),
        ("шутки 😂.jsonl".encode(), "шутки 😂.jsonl"),
        ("räder.jsonl".encode("latin-1"), "r?der.jsonl"),
        (b"half \xed\xa0\xbd.jsonl", "half ???.jsonl"),
        (b"../../etc/passwd", "../../etc/passwd"),
        (b"a" * 5000, "a" * 1000),
        (b"", "file"),
    ],
)
async def test_a_files_name_is_shown_as_text_can_hold_it(engine: Engine, name: bytes, shown: str) -> None:
    status, stored = await upload(engine, PURPOSE, file_part(name))
    assert (status, stored.get("filename")) == (200, shown)
    assert (await engine.client.files.retrieve(stored["id"])).filename == shown
    assert (await engine.client.files.content(stored["id"])).content == CONTENT
    await check_disk(engine)


@pytest.mark.parametrize(
    ("parts", "param", "message"),
    [
        ((PURPOSE, file_part(), file_part()), "file", "it is given twice"),
        ((PURPOSE, PURPOSE, file_part()), "purpose", "it is given twice"),
        ((PURPOSE, *[file_part(content=b"x")] * 20_000), "file", "it is given twice"),
        ((b'Content-Disposition: form-data; name="x"\r\n\r\n1', PURPOSE), "x", "Unrecognized request argument supplied: x"),
        ((b'Content-Disposition: form-data; name="\xe4"\r\n\r\n1',), "?", "Unrecognized request argument supplied: ?"),
        ((b"\r\n1",), None, "Unrecognized request argument supplied: "),
        ((PURPOSE + b"\xff", file_part()), "purpose", "'fine-tune\ufffd'. This engine takes 'fine-tune' only"),
        ((PURPOSE * 2000, file_part()), "purpose", "This engine takes 'fine-tune' only"),
        ((b"X: 1\r\n" * 1000 + PURPOSE,), None, "We could not parse the multipart body"),
        ((b"X: " + b"1" * 100_000 + b"\r\n" + PURPOSE,), None, "We could not parse the multipart body"),
    ],
)  # fmt: skip
async def test_a_form_has_one_file_and_one_purpose(
    engine: Engine, parts: tuple[bytes, ...], param: str | None, message: str
) -> None:
    status, refused = await upload(engine, *parts)
    assert (status, refused["error"]["param"]) == (400, param)
    assert message in refused["error"]["message"]
    await check_disk(engine)


async def test_what_stands_before_the_form_is_read_up_to_a_few_lines(engine: Engine) -> None:
    assert (await upload(engine, PURPOSE, file_part(), preamble=b"This is a form.\r\n\r\n"))[0] == 200
    status, refused = await upload(engine, PURPOSE, file_part(), preamble=b"\n" * 1000)
    assert (status, refused["error"]["message"]) == (400, "We could not parse the multipart body of your request.")


@pytest.mark.parametrize("at", ["transaction", "add", "put_in_place", "commit"])
@pytest.mark.parametrize("failure", [RuntimeError("a bug"), OSError(28, "full"), asyncio.CancelledError()])
async def test_whatever_fails_on_the_way_leaves_neither_bytes_nor_an_object(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, at: str, failure: BaseException
) -> None:
    """Also the last step of all, which the database does or does not do."""

    def fail(*_: object, **__: object) -> None:
        raise failure

    owner: object = {
        "transaction": engine.state,
        "add": engine.state.files,
        "put_in_place": "engine.api.files.put_in_place",
        "commit": engine.state._database,
    }[at]
    with monkeypatch.context() as patch:
        patch.setattr(owner, fail) if isinstance(owner, str) else patch.setattr(owner, at, fail)
        with pytest.raises((openai.InternalServerError, openai.APIConnectionError)):
            await engine.client.files.create(file=CONTENT, purpose="fine-tune")
    await check_disk(engine)
    assert (await engine.client.files.create(file=CONTENT, purpose="fine-tune")).bytes == len(CONTENT)
    await check_disk(engine)


async def test_a_client_that_goes_away_leaves_nothing_or_all(engine: Engine) -> None:
    for turns in range(0, 60, 3):
        asking = asyncio.create_task(engine.client.files.create(file=b"x", purpose="fine-tune"))
        for _ in range(turns):
            await asyncio.sleep(0)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
    async with asyncio.timeout(10):
        while list((engine.folder / "files").glob("upload-*")):  # noqa: ASYNC110 - the last ones are still on their way
            await asyncio.sleep(0.01)
    await check_disk(engine)


async def test_uploads_at_the_same_time_do_not_pass_the_quota_together(engine: Engine) -> None:
    content = b"x" * 1_200_000
    uploads = [engine.client.files.create(file=content, purpose="fine-tune") for _ in range(6)]
    outcomes = await asyncio.gather(*uploads, return_exceptions=True)
    refused = [outcome for outcome in outcomes if isinstance(outcome, openai.APIStatusError)]
    assert [error.code for error in refused] == ["storage_limit_exceeded"] * 4
    await check_disk(engine)


async def test_a_file_that_was_deleted_by_hand_is_unknown(engine: Engine) -> None:
    stored = await engine.client.files.create(file=CONTENT, purpose="fine-tune")
    (engine.folder / "files" / stored.id).unlink()
    with pytest.raises(openai.NotFoundError, match=f"No such File object: {stored.id}"):
        await engine.client.files.content(stored.id)
    assert (await engine.client.files.delete(stored.id)).deleted
