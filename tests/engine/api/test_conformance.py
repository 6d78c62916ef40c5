"""Every answer of every route is as OpenAI's published description has it."""

import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.engine.api import openai_objects as openai
from tests.engine.api.openai_objects import Shape, faults, page
from tests.engine.datasets import training_file
from tests.engine.here import ENDED, Engine, engine_here

CHAT = {"model": "counting", "messages": [{"role": "user", "content": "hi"}]}
EMBED = {"model": "text-embedding-minilm-l6-v2", "input": ["a", "b"]}
JOBS = "/v1/fine_tuning/jobs"


class Caller:
    """Asks routes, checks the answers, and remembers which routes were asked."""

    def __init__(self, engine: Engine, session: aiohttp.ClientSession) -> None:
        self._url, self._session = engine.url.removesuffix("/v1"), session
        self.asked: set[tuple[str, str]] = set()

    async def ask(
        self, method: str, route: str, shape: Shape, status: int = 200, query: str = "", body: Any = None, **filled: str
    ) -> Any:
        """`route` is filled in with the parameters; a body is JSON or a form."""
        self.asked.add((method, route))
        sent = {"data" if isinstance(body, aiohttp.FormData) else "json": body}
        async with self._session.request(method, self._url + route.format(**filled) + query, **sent) as response:
            text = await response.text()
        assert response.status == status, text
        document = json.loads(text)
        assert faults(document, shape) == []
        return document

    async def stream(self, usage: bool) -> None:
        body = {**CHAT, "n": 2, "stream": True, "stream_options": {"include_usage": usage}}
        async with self._session.post(f"{self._url}/v1/chat/completions", json=body) as response:
            events = (await response.text()).split("\n\n")
        assert events[-2] == "data: [DONE]"
        for event in events[:-2]:
            chunk = json.loads(event.removeprefix("data: "))
            assert faults(chunk, openai.CHUNK) == []
            assert ("usage" in chunk) == usage


async def test_every_answer_of_every_route_is_openais(tmp_path: Path) -> None:
    async with engine_here(tmp_path) as engine, aiohttp.ClientSession() as session:
        caller = Caller(engine, session)
        for kind, route in ((openai.FILE, "/v1/files"), (openai.JOB, JOBS)):
            assert (await caller.ask("GET", route, page(kind)))["data"] == []
        finished, failed = await lifes(caller, engine)
        await caller.ask("GET", f"{JOBS}/{{job}}", openai.JOB, job=finished)
        assert (await caller.ask("GET", f"{JOBS}/{{job}}", openai.JOB, job=failed))["error"][
            "code"
        ] == "invalid_n_examples"
        await caller.ask("GET", JOBS, page(openai.JOB), query="?limit=1&metadata[k]=v")
        await caller.ask("GET", f"{JOBS}/{{job}}/events", page(openai.EVENT), query="?limit=100", job=finished)
        kept = await caller.ask("GET", f"{JOBS}/{{job}}/checkpoints", page(openai.CHECKPOINT), job=finished)
        assert kept["data"]
        await caller.ask("GET", f"{JOBS}/{{job}}/checkpoints", page(openai.CHECKPOINT), job=failed)
        await files(caller)
        await models(caller, kept["data"][0]["fine_tuned_model_checkpoint"])
        assert caller.asked == engine.routes - {("GET", "/health"), ("GET", "/metrics")} - {
            ("HEAD", route) for _, route in engine.routes
        }


async def lifes(caller: Caller, engine: Engine) -> tuple[str, str]:
    """A job that is paused, resumed and succeeds, one that fails, and one that is cancelled; gives the first two's ids."""
    good, bad = [await engine.client.files.create(file=training_file(n), purpose="fine-tune") for n in (10, 9)]
    engine.order("wait")
    body = {"model": "counting", "training_file": good.id, "validation_file": good.id, "metadata": {"k": "v"}}
    first = await caller.ask("POST", JOBS, openai.JOB, body=body)
    assert (first["status"], first["hyperparameters"]["n_epochs"]) == ("validating_files", "auto")
    second = await caller.ask("POST", JOBS, openai.JOB, body={"model": "counting", "training_file": bad.id})
    await engine.until(first["id"], "running")
    third = await caller.ask("POST", JOBS, openai.JOB, body={"model": "counting", "training_file": good.id})
    await caller.ask("POST", f"{JOBS}/{{job}}/cancel", openai.JOB, job=third["id"])
    await caller.ask("POST", f"{JOBS}/{{job}}/cancel", openai.ERROR, 400, job=third["id"])
    await caller.ask("POST", f"{JOBS}/{{job}}/pause", openai.JOB, job=first["id"])
    engine.order("")
    await engine.until(first["id"], "paused")
    await caller.ask("POST", f"{JOBS}/{{job}}/resume", openai.JOB, job=first["id"])
    await engine.until(first["id"], "succeeded")
    await engine.until(second["id"], *ENDED)
    return first["id"], second["id"]


async def files(caller: Caller) -> None:
    form = aiohttp.FormData({"purpose": "fine-tune"})
    form.add_field("file", training_file(10), filename="a.jsonl")
    made = await caller.ask("POST", "/v1/files", openai.FILE, body=form)
    listed = await caller.ask("GET", "/v1/files", page(openai.FILE))
    assert {"fine-tune", "fine-tune-results"} == {stored["purpose"] for stored in listed["data"]}
    await caller.ask("GET", "/v1/files/{file}", openai.FILE, file=made["id"])
    await caller.ask("DELETE", "/v1/files/{file}", openai.FILE_DELETED, file=made["id"])
    await caller.ask("GET", "/v1/files/{file}/content", openai.ERROR, 404, file=made["id"])


async def models(caller: Caller, tuned: str) -> None:
    await caller.ask("GET", "/v1/models", page(openai.MODEL))
    await caller.ask("GET", "/v1/models/{model}", openai.MODEL, model=tuned)
    await caller.ask("POST", "/v1/chat/completions", openai.CHAT, body={**CHAT, "n": 2})
    await caller.ask("POST", "/v1/chat/completions", openai.ERROR, 400, body={**CHAT, "n": 0})
    for usage in (False, True):
        await caller.stream(usage)
    await caller.ask("POST", "/v1/embeddings", openai.EMBEDDINGS, body=EMBED)
    await caller.ask("POST", "/v1/embeddings", openai.ERROR, 400, body={**EMBED, "input": [1]})
    form = aiohttp.FormData({"model": "counting"})
    form.add_field("file", b"", filename="a.ogg")
    await caller.ask(
        "POST", "/v1/audio/transcriptions", openai.ERROR, 404, body=form
    )  # tests/engine/speech has the answers
    await caller.ask("DELETE", "/v1/models/{model}", openai.MODEL_DELETED, model=tuned)


@pytest.mark.parametrize(
    ("value", "shape", "expected"),
    [
        ({"a": 1}, {"a": int, "b?": str}, []),
        ({"a": 1, "b": None}, {"a": int, "b?": str}, [".b is None"]),
        ({"b": "x"}, {"a": int, "b?": str}, [".a is missing"]),
        ({"a": 1, "c": 1}, {"a": int}, [".c is unknown"]),
        ({"a": True}, {"a": int}, [".a is True"]),
        ({"a": [None, {"b": 1.5}]}, {"a": [(None, {"b": float})]}, []),
        ({"a": "x"}, {"a": {"y", "z"}}, [".a is 'x'"]),
        ([], {"a": int}, [" is []"]),
    ],
)
def test_the_check_sees_what_is_wrong(value: object, shape: Shape, expected: list[str]) -> None:
    assert faults(value, shape) == expected
