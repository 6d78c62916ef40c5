"""An S3 bucket on loopback, in memory: what the engine asks of one, with a say in each request before it is carried out.

`make ray-serve` tries the same with moto's server, which is somebody else's idea of S3.
"""

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape, unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

NAME, FOLDER = "bucket", "adapters"
SIGNED = "AWS4-HMAC-SHA256 Credential=made-up/"


@dataclass
class Bucket:
    """What lies in it, whether it is there at all, and the requests that came."""

    endpoint: str
    objects: dict[str, bytes] = field(default_factory=dict)
    exists: bool = True
    requests: list[str] = field(default_factory=list)
    before: Callable[[str], None] = lambda _: None
    """Called with each request, such as "PUT adapters/a.json"; an OSError becomes a 500."""

    url = f"s3://{NAME}/{FOLDER}"

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables that lead to it."""
        keys = {"AWS_ACCESS_KEY_ID": "made-up", "AWS_SECRET_ACCESS_KEY": "sesame", "AWS_REGION": "us-east-1"}
        return {**keys, "AWS_ENDPOINT_URL": self.endpoint}

    @property
    def sizes(self) -> dict[str, int]:
        """The objects, and how many bytes each has."""
        return {key: len(content) for key, content in sorted(self.objects.items())}


@contextmanager
def bucket() -> Iterator[Bucket]:
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
        self.known = Bucket(f"http://127.0.0.1:{self.server_port}")


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self._carry_out(self._list)

    def do_PUT(self) -> None:
        self._carry_out(self._put)

    def do_POST(self) -> None:
        self._carry_out(self._delete)

    def _carry_out(self, act: Callable[[str, bytes], str]) -> None:
        """`act` gets the key and the body, and gives the answer's XML."""
        known, address = self.server.known, urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        name, _, key = unquote(address.path).lstrip("/").partition("/")
        known.requests.append(f"{self.command} {key}".strip())
        try:
            known.before(known.requests[-1])
        except OSError:
            self._answer(500, "<Error><Code>InternalError</Code></Error>")
            return
        if not self.headers.get("Authorization", "").startswith(SIGNED):
            self._answer(403, "<Error><Code>AccessDenied</Code></Error>")
        elif name != NAME or not known.exists:
            self._answer(404, "<Error><Code>NoSuchBucket</Code></Error>")
        else:
            self._answer(200, act(key, body))

    def _put(self, key: str, body: bytes) -> str:
        self.server.known.objects[key] = body
        return ""

    def _list(self, _: str, __: bytes) -> str:
        (prefix,) = parse_qs(urlsplit(self.path).query).get("prefix", [""])
        contents = "".join(
            f"<Contents><Key>{escape(key)}</Key><Size>{size}</Size><ETag>x</ETag>"
            "<LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>"
            for key, size in self.server.known.sizes.items()
            if key.startswith(prefix)
        )
        return f"<ListBucketResult><IsTruncated>false</IsTruncated>{contents}</ListBucketResult>"

    def _delete(self, _: str, body: bytes) -> str:
        keys = [unescape(key) for key in re.findall("<Key>(.*?)</Key>", body.decode())]
        for key in keys:
            self.server.known.objects.pop(key, None)
        deleted = "".join(f"<Deleted><Key>{escape(key)}</Key></Deleted>" for key in keys)
        return f"<DeleteResult>{deleted}</DeleteResult>"

    def _answer(self, status: int, xml: str) -> None:
        self.send_response(status)
        self.send_header("ETag", '"x"')
        self.send_header("Content-Length", str(len(xml.encode())))
        self.end_headers()
        self.wfile.write(xml.encode())

    def log_request(self, *_: object) -> None:
        """Say nothing."""
