"""The image's health check, asked as the container runtime asks it."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from tests.deploy.files import ROOT

NOBODY = "http://127.0.0.1:9/health"


@contextmanager
def answering(status: int) -> Iterator[str]:
    """An address that answers everything with this status."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # http.server's name
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/health"
        server.shutdown()
        thread.join()


def check(*addresses: str) -> subprocess.CompletedProcess[str]:
    script = ROOT / "deploy" / "health.py"
    proxy = {"http_proxy": NOBODY}
    return subprocess.run(  # noqa: S603  # our own
        [sys.executable, str(script), *addresses], capture_output=True, text=True, env=proxy, check=False
    )


def test_one_address_that_answers_is_enough_and_no_proxy_is_asked() -> None:
    with answering(200) as address:
        assert (check(NOBODY, address).returncode, check(address, NOBODY).returncode) == (0, 0)


@pytest.mark.parametrize("status", [404, 503])
def test_another_status_or_nobody_is_a_problem_and_named(status: int) -> None:
    with answering(status) as address:
        found = check(NOBODY, address)
    assert found.returncode == 1
    assert "Connection refused" in found.stdout
    assert f"HTTP Error {status}" in found.stdout
