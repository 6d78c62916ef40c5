"""Thousands of malformed requests: every answer is a 4xx with OpenAI's error object.

`make test` sends 1,500 of them, `make soak` 10,000; always the same ones, unless SOAK_SEED is set: then they are new each time.
"""

import json
import os
import socket
from contextlib import closing
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from urllib.parse import urlsplit

from hypothesis import HealthCheck, given, settings

from tests.engine.api.malformed import MALFORMED, NOT_HTTP, Malformed

SOAK = bool(os.environ.get("SOAK"))
REQUESTS = 9000 if SOAK else 1350
NO_HTTP = 1000 if SOAK else 150


def check(status: int, kind: str | None, content: bytes) -> None:
    assert 400 <= status < 500, content
    assert kind is not None
    assert kind.startswith("application/json")
    document = json.loads(content)
    assert document.keys() == {"error"}
    assert document["error"].keys() == {"message", "type", "param", "code"}
    assert document["error"]["message"]
    assert b"Traceback" not in content


def test_malformed_requests_are_refused_in_openais_shape(engine_url: str, engine_data_dir: Path) -> None:
    @settings(
        max_examples=REQUESTS,
        deadline=None,
        database=None,
        derandomize="SOAK_SEED" not in os.environ,
        suppress_health_check=list(HealthCheck),
    )
    @given(MALFORMED)
    def send(request: Malformed) -> None:
        connection.request(request.method, request.path, request.body, request.headers)
        answer = connection.getresponse()
        check(answer.status, answer.getheader("Content-Type"), answer.read())

    with closing(HTTPConnection(urlsplit(engine_url).netloc, timeout=30)) as connection:
        send()
    assert "Traceback" not in engine_data_dir.with_suffix(".stderr").read_text()


def test_what_is_not_even_http_is_refused_alike(engine_url: str, engine_data_dir: Path) -> None:
    address = urlsplit(engine_url)

    @settings(
        max_examples=NO_HTTP,
        deadline=None,
        database=None,
        derandomize="SOAK_SEED" not in os.environ,
        suppress_health_check=list(HealthCheck),
    )
    @given(NOT_HTTP)
    def send(content: bytes) -> None:
        with socket.create_connection((address.hostname, address.port or 80), timeout=30) as connection:
            connection.sendall(content)
            connection.shutdown(socket.SHUT_WR)
            answer = HTTPResponse(connection)
            try:
                answer.begin()
            except ConnectionError:
                return  # it was cut off without an answer
            check(answer.status, answer.getheader("Content-Type"), answer.read())

    send()
    assert "Traceback" not in engine_data_dir.with_suffix(".stderr").read_text()
