"""An S3 bucket on loopback: moto's, over real HTTP, with a say in each request before it is carried out."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import httpx2
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

from engine.protocol.objects import new_id

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_TESTS = "AWS the test itself"  # moto believes every signature
_LIST = "{http://s3.amazonaws.com/doc/2006-03-01/}"


@dataclass
class Bucket:
    """Its name, the environment that leads to it, and the requests that came."""

    name: str
    endpoint: str
    requests: list[str] = field(default_factory=list)
    before: Callable[[str], None] = lambda _: None
    """Called with each request, such as "PUT adapters/a.json"; what it raises is a 500."""

    @property
    def url(self) -> str:
        return f"s3://{self.name}/adapters"

    @property
    def environment(self) -> Mapping[str, str]:
        keys = {"AWS_ACCESS_KEY_ID": "made-up", "AWS_SECRET_ACCESS_KEY": "sesame", "AWS_REGION": "us-east-1"}
        return {**keys, "AWS_ENDPOINT_URL": self.endpoint}

    @property
    def sizes(self) -> dict[str, int]:
        """What lies in it, and how many bytes each object has."""
        listed = ET.fromstring(self._ask("GET", "?list-type=2"))  # noqa: S314 - our own server's
        return {
            item.findtext(f"{_LIST}Key", ""): int(item.findtext(f"{_LIST}Size", ""))
            for item in listed.iter(f"{_LIST}Contents")
        }

    def put(self, key: str, content: bytes) -> None:
        self._ask("PUT", f"/{key}", content)

    def delete(self, key: str) -> None:
        self._ask("DELETE", f"/{key}")

    def _ask(self, method: str, path: str, content: bytes = b"") -> bytes:
        headers = {"Authorization": _TESTS}
        answer = httpx2.request(method, f"{self.endpoint}/{self.name}{path}", content=content, headers=headers)
        assert answer.is_success, answer.text
        return answer.content


class _Silent(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def bucket() -> Iterator[Bucket]:
    """Run it on a free port."""
    moto = DomainDispatcherApplication(create_backend_app)

    def carry_out(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ.get("HTTP_AUTHORIZATION") != _TESTS:
            path = environ["PATH_INFO"].removeprefix(f"/{known.name}").lstrip("/")
            known.requests.append(f"{environ['REQUEST_METHOD']} {path}".strip())
            known.before(known.requests[-1])
        answer: Iterable[bytes] = moto(environ, start_response)
        return answer

    server = make_server("127.0.0.1", 0, carry_out, threaded=True, request_handler=_Silent)
    known = Bucket(f"bucket-{new_id('').lower()}", f"http://127.0.0.1:{server.port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        known.put("", b"")
        yield known
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
