"""TLS to a model server: the usual authorities are trusted, and nobody else is."""

import ssl
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from shutil import which

import httpx2
import pytest
from aiohttp import web

from bot.http_client import BoundedClient
from bot.redaction import Redactor

CERTIFICATE = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"

pytestmark = pytest.mark.skipif(which("openssl") is None, reason="openssl makes the certificate")


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """One that nobody has signed but itself; its key is beside it."""
    file = tmp_path / "certificate"
    command = [str(which("openssl")), *CERTIFICATE.split(), "-keyout", f"{tmp_path}/key", "-out", f"{file}"]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603  # our own command
    return file


@pytest.fixture
async def address(certificate: Path) -> AsyncIterator[str]:
    """Of a server with this certificate."""

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(text="safe")

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_name("key"))
    app = web.Application()
    app.router.add_get("/", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    yield f"https://localhost:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_a_server_that_nobody_vouches_for_is_refused(address: str) -> None:
    async with BoundedClient(Redactor([])) as client:
        with pytest.raises(httpx2.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            await client.get(address)


async def test_an_authority_that_the_operator_names_is_trusted(
    address: str, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with BoundedClient(Redactor([])) as client:
        assert (await client.get(address)).text == "safe"
        with pytest.raises(httpx2.ConnectError, match="IP address mismatch"):
            await client.get(address.replace("localhost", "127.0.0.1"))
