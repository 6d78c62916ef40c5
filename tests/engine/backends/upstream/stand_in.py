"""A small stand-in for vLLM and Ray Serve LLM: remembers what it was asked, and streams fixed answers."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class StandIn:
    """Its base URL, what is wrong with it, and the bodies and keys that came."""

    url: str
    asked: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    fault: str = ""
    before: Callable[[], None] = lambda: None
    """Called before it answers."""

    @property
    def models(self) -> list[str]:
        """The models that were asked for."""
        return [body["model"] for body in self.asked]


@contextmanager
def stand_in() -> Iterator[StandIn]:
    """Run it on a free port."""
    server = _Server(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.known
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    def server_activate(self) -> None:
        super().server_activate()
        self.known = StandIn(f"http://127.0.0.1:{self.server_port}/v1")


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        known, body = self.server.known, json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        known.asked.append({"path": self.path, **body})
        known.keys.append(self.headers.get("Authorization"))
        known.before()
        if known.fault == "refuses":
            self._send(404, "application/json", json.dumps({"error": {"message": "The model does not exist."}}))
        elif known.fault == "babbles":
            self._send(200, "text/html", "<html>It works!</html>")
        else:
            events = list(_events(body))
            self._send(200, "text/event-stream", "".join(events[:1] if known.fault == "breaks off" else events))

    def _send(self, status: int, kind: str, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_request(self, *_: object) -> None:
        """Say nothing."""


def _events(body: dict[str, Any]) -> Iterator[str]:
    for index in range(body.get("n", 1)):
        for text in ("I am ", body["model"]):
            yield _event(body, {"index": index, "delta": {"content": text}, "finish_reason": None})
        yield _event(body, {"index": index, "delta": {}, "finish_reason": "length" if index else "stop"})
    yield "data: [DONE]\n\n"


def _event(body: dict[str, Any], choice: dict[str, Any]) -> str:
    chunk = {"id": "x", "created": 1, "model": body["model"], "object": "chat.completion.chunk", "choices": [choice]}
    return f"data: {json.dumps(chunk)}\n\n"
