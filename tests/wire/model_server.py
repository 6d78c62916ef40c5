"""OpenAI's API with exact failures and delays: a fake with a queue and a history.

`python -m tests.wire.model_server` runs it as a process of its own; `POST /control` changes its delay there.
"""

import argparse
import asyncio
import sys
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

from aiohttp import web
from aiohttp.typedefs import Handler

from tests.wire.bodies import answer, break_off, read
from tests.wire.gate import Gate
from tests.wire.model_answers import HEARD, HEARD_SECONDS, PUN, Say, completion, embedding, hashed, judged, transcript
from tests.wire.model_jobs import FakeJobs, MissingError, missing
from tests.wire.model_pictures import Paint, generated, png
from tests.wire.record import SENT, Request
from tests.wire.replies import Ending, Reply
from tests.wire.shapes import Json, Upload

MODELS = ("gpt-6-luna", "gpt-4.1-mini-2025-04-14", "text-embedding-3-small", "practice-1")
Answerer = Callable[[web.Request], Awaitable[Json]]


class FakeModelServer:
    """`async with FakeModelServer() as server`: point a client at `server.url`.

    `script(route, *replies)` queues what the next calls of a route get instead of the truth; `history` holds every call.
    Routes: models, model, chat, embeddings, transcriptions, moderations, images, picture, upload, files, file, delete_file, create_job, job, list_jobs,
    cancel_job, events, checkpoints. `say`, `judge`, `vector`, `hear` and `paint` decide what is answered, `link` whether pictures come as links, `jobs` moves
    fine-tuning jobs.
    """

    def __init__(self, *models: str, delay: float = 0.0) -> None:
        self.delay = delay
        self.models: dict[str, Json] = {name: {"owned_by": "loopback"} for name in models or MODELS}
        self.jobs = FakeJobs()
        self.history: list[tuple[str, Request]] = []
        self.say: Say = lambda _asked: PUN
        self.judge: Callable[[str], Json] = lambda _text: judged()
        self.vector: Callable[[str], list[float]] = hashed
        self.hear: Callable[[Upload], str] = lambda _recording: HEARD
        self.paint: Paint = lambda _asked: png()
        self.link: str | None = None
        self.url = ""
        self.gate = Gate()
        self._queues: defaultdict[str, deque[Reply]] = defaultdict(deque)
        self._peers: set[object] = set()
        self._closing = asyncio.Event()
        self._runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=1)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/v1"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        await self._runner.cleanup()

    @property
    def open_connections(self) -> int:
        assert self._runner.server is not None
        return len(self._runner.server.connections)

    @property
    def total_connections(self) -> int:
        return len(self._peers)

    def script(self, route: str, *replies: Reply) -> None:
        """Give these to the next calls of a route, in order."""
        self._queues[route].extend(replies)

    def forget(self) -> None:
        """Begin anew: nothing was asked, and nothing is scripted."""
        self.history.clear()
        self._queues.clear()

    def calls(self, route: str) -> list[Request]:
        """The calls of one route, oldest first."""
        return [request for name, request in self.history if name == route]

    def reply_to(self, route: str, _call: Request) -> Reply | None:
        """What a call gets instead of the truth; None for the truth."""
        return self._queues[route].popleft() if self._queues[route] else None

    def _application(self) -> web.Application:
        app = web.Application(client_max_size=600 * 1024**2)
        answerers: dict[str, tuple[str, str, Answerer]] = {
            "models": ("GET", "/models", self._list_models),
            "model": ("GET", "/models/{id}", self._show_model),
            "chat": ("POST", "/chat/completions", self._chat),
            "embeddings": ("POST", "/embeddings", self._embed),
            "transcriptions": ("POST", "/audio/transcriptions", self._transcribe),
            "moderations": ("POST", "/moderations", self._moderate),
            "images": ("POST", "/images/generations", self._generate),
            "upload": ("POST", "/files", self.jobs.upload),
            "files": ("GET", "/files", self.jobs.list_files),
            "file": ("GET", "/files/{id}", self.jobs.show_file),
            "delete_file": ("DELETE", "/files/{id}", self.jobs.delete_file),
            "create_job": ("POST", "/fine_tuning/jobs", self.jobs.create),
            "list_jobs": ("GET", "/fine_tuning/jobs", self.jobs.list_jobs),
            "job": ("GET", "/fine_tuning/jobs/{id}", self.jobs.retrieve),
            "cancel_job": ("POST", "/fine_tuning/jobs/{id}/cancel", self.jobs.cancel),
            "events": ("GET", "/fine_tuning/jobs/{id}/events", self.jobs.list_events),
            "checkpoints": ("GET", "/fine_tuning/jobs/{id}/checkpoints", self.jobs.list_checkpoints),
        }
        for name, (method, path, answerer) in answerers.items():
            app.router.add_route(method, f"/v1{path}", self._route(name, answerer))
        app.router.add_get("/v1/pictures/{name}", self._show_picture)
        app.router.add_post("/control", self._control)
        return app

    def _route(self, name: str, answerer: Answerer) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            if request.transport is not None:
                self._peers.add(request.transport.get_extra_info("peername"))
            body, files = await read(request)
            request[SENT] = call = Request(request.method, request.path, body, files, request.headers)
            self.history.append((name, call))
            if (reply := self.reply_to(name, call)) is not None:
                return await self._play(reply, request)
            await self._wait(self.delay)
            try:
                if not await self.gate.passes(name, "before"):
                    return break_off(request)
                answered = await answerer(request)
                return answer(answered) if await self.gate.passes(name, "after") else break_off(request)
            except MissingError as problem:
                return web.Response(status=404, body=missing(problem), content_type="application/json")

        return handle

    async def _wait(self, seconds: float | None) -> None:
        """Let time pass, for ever where there is no number; the server's end ends it."""
        if seconds != 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._closing.wait()

    async def _play(self, reply: Reply, request: web.Request) -> web.StreamResponse:
        await self._wait(None if reply.ending is Ending.HANG else reply.delay)
        headers = {**reply.headers, "Content-Type": reply.content_type}
        if reply.ending is Ending.WHOLE:
            return web.Response(status=reply.status, body=reply.body, headers=headers)
        if reply.ending in (Ending.DRIP, Ending.ENDLESS):
            return await self._go_on(reply, request, headers)
        response = web.StreamResponse(status=reply.status, headers={**headers, "Content-Length": "4096"})
        if reply.ending is Ending.CUT:
            await response.prepare(request)
            await response.write(reply.body)
        if request.transport is not None:
            request.transport.abort()
        return response

    async def _go_on(self, reply: Reply, request: web.Request, headers: dict[str, str]) -> web.StreamResponse:
        response = web.StreamResponse(status=reply.status, headers=headers)
        await response.prepare(request)
        with suppress(ConnectionError):  # whoever asked has heard enough
            while not self._closing.is_set():
                await response.write(reply.body)
                await self._wait(0.05 if reply.ending is Ending.DRIP else 0)
        return response

    async def _list_models(self, _request: web.Request) -> Json:
        return {"object": "list", "data": [self._model(name) for name in self.models]}

    async def _show_model(self, request: web.Request) -> Json:
        name = request.match_info["id"]
        if name not in self.models:
            raise MissingError(name)
        return self._model(name)

    def _model(self, name: str) -> Json:
        return {"id": name, "object": "model", "created": 1_700_000_000, **self.models[name]}

    async def _chat(self, request: web.Request) -> Json:
        return completion(request[SENT].body, self.say, len(self.history))

    async def _embed(self, request: web.Request) -> Json:
        return embedding(request[SENT].body, self.vector)

    async def _transcribe(self, request: web.Request) -> Json:
        (recording,) = request[SENT].files
        return transcript(request[SENT].body, self.hear(recording), HEARD_SECONDS)

    async def _moderate(self, request: web.Request) -> Json:
        given = request[SENT].body["input"]
        texts = [given] if isinstance(given, str) else given
        return {"id": "modr-1", "model": request[SENT].body["model"], "results": [self.judge(text) for text in texts]}

    async def _generate(self, request: web.Request) -> Json:
        return generated(request[SENT].body, self.paint, self.link)

    async def _show_picture(self, request: web.Request) -> web.StreamResponse:
        self.history.append(("picture", Request("GET", request.path, {}, (), request.headers)))
        if (reply := self.reply_to("picture", self.history[-1][1])) is not None:
            return await self._play(reply, request)
        return web.Response(body=self.paint({}), content_type="image/png")

    async def _control(self, request: web.Request) -> web.Response:
        asked, _ = await read(request)
        self.delay = asked.get("delay", self.delay)
        return answer({"delay": self.delay, "calls": len(self.history), "total_connections": self.total_connections})


async def main() -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds that every answer takes")
    async with FakeModelServer(delay=parser.parse_args().delay) as server:
        sys.stdout.write(f"listening on {server.url}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
