"""A small stand-in for vLLM: remembers what it was asked, and streams fixed answers."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Upstream:
    """Its base URL, what is wrong with it, and the bodies and keys that came."""

    url: str
    asked: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    fault: str = ""


@contextmanager
def upstream() -> Iterator[Upstream]:
    """Run it on a free port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    known = _Handler.known = Upstream(f"http://127.0.0.1:{server.server_port}/v1")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield known
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    known: Upstream

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.known.asked.append({"path": self.path, **body})
        self.known.keys.append(self.headers.get("Authorization"))
        if self.known.fault == "refuses":
            self._send(404, "application/json", json.dumps({"error": {"message": "The model does not exist."}}))
        elif self.known.fault == "babbles":
            self._send(200, "text/html", "<html>It works!</html>")
        else:
            events = list(_events(body))
            self._send(200, "text/event-stream", "".join(events[:1] if self.known.fault == "breaks off" else events))

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
