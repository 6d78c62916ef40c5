"""A picture that the model server sent as a link: loaded at once, and from nowhere that a link should not lead to."""

import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx2
import pytest

from bot.errors import UnreadableAnswerError
from bot.http_client import BoundedClient
from bot.model_server.client import LLM, open_llm
from bot.model_server.image_links import MAX_IMAGE_BYTES, ImageLinks, LinkError
from bot.model_server.images import ImageRequest
from bot.redaction import Redactor
from bot.texts import server as texts
from tests.bot.parts import settings_for
from tests.wire import replies
from tests.wire.model_pictures import png
from tests.wire.model_server import FakeModelServer
from tests.wire.replies import Reply

ASK = ImageRequest("flux.1-schnell", "A cone")
PUBLIC = "93.184.215.14"


@pytest.fixture
async def llm(server: FakeModelServer, tmp_path: Path) -> AsyncIterator[LLM]:
    server.link = f"{server.url}/pictures/cone.png"
    async with open_llm(settings_for(tmp_path, server.url)) as llm:
        yield llm


@pytest.fixture
async def other() -> AsyncIterator[FakeModelServer]:
    """Another service on this machine, which no link may reach."""
    async with FakeModelServer() as other:
        yield other


def moved(to: str) -> Reply:
    return Reply(302, headers={"Location": to})


async def refused(llm: LLM) -> str:
    with pytest.raises(UnreadableAnswerError) as failed:
        await llm.images.generate(ASK)
    return str(failed.value)


async def test_the_model_servers_own_link_is_loaded_at_once_and_without_the_key(
    llm: LLM, server: FakeModelServer
) -> None:
    assert (await llm.images.generate(ASK)).content == png()
    assert [name for name, _ in server.history] == ["images", "picture"]
    assert "Authorization" not in server.calls("picture")[0].headers
    server.script("picture", moved("/v1/pictures/other.png"))
    assert (await llm.images.generate(ASK)).content == png()


LINKS: dict[str, Callable[[str], str]] = {
    "another port of this machine": lambda url: f"{url}/pictures/cone.png",
    "a private network over HTTPS": lambda _url: "https://10.0.0.5/cone.png",
    "this machine by its name": lambda url: url.replace("http://127.0.0.1", "https://localhost"),
    "a cloud's metadata": lambda _url: "https://169.254.169.254/latest/meta-data/",
    "IPv4 as IPv6": lambda _url: "https://[::ffff:127.0.0.1]/cone.png",
    "IPv4 behind a gateway": lambda _url: "https://[64:ff9b::7f00:1]/cone.png",
    "without HTTPS": lambda _url: f"http://{PUBLIC}/cone.png",
    "a file": lambda _url: "file:///etc/passwd",
    "no host": lambda _url: "https:///cone.png",
}


@pytest.mark.parametrize("link", LINKS.values(), ids=LINKS.keys())
@pytest.mark.parametrize("way", ["directly", "by a redirect"])
async def test_a_link_to_anywhere_else_that_is_not_public_is_not_followed(
    llm: LLM, server: FakeModelServer, other: FakeModelServer, link: Callable[[str], str], way: str
) -> None:
    if way == "directly":
        server.link = link(other.url)
    else:
        server.script("picture", moved(link(other.url)))
    assert await refused(llm) == str(texts.PICTURE_NOT_FETCHED)
    assert other.history == []


class Recorder(BoundedClient):
    """Answers every request with a picture, and remembers it."""

    def __init__(self) -> None:
        super().__init__(Redactor(()))
        self.sent: list[httpx2.Request] = []

    async def send(self, request: httpx2.Request, **_options: object) -> httpx2.Response:
        self.sent.append(request)
        return httpx2.Response(200, content=png(), request=request)


@pytest.mark.parametrize(("address", "shown"), [("93.184.215.14", "93.184.215.14"), ("2606:2800::1", "[2606:2800::1]")])
async def test_a_public_name_is_connected_to_at_the_address_that_was_looked_at(
    monkeypatch: pytest.MonkeyPatch, address: str, shown: str
) -> None:
    """Else a name could be public when it is looked at, and lead into the network when it is connected to."""
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_options: found)
    async with Recorder() as http:
        assert await ImageLinks(http, "http://127.0.0.1:1/v1").fetch("https://pictures.example/cone.png") == png()
        (request,) = http.sent
    assert str(request.url) == f"https://{shown}/cone.png"
    assert request.headers["Host"] == "pictures.example"
    assert request.extensions["sni_hostname"] == "pictures.example"


async def test_a_name_with_one_private_address_is_not_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 443)) for one in (PUBLIC, "192.168.1.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_options: found)
    async with Recorder() as http:
        with pytest.raises(LinkError):
            await ImageLinks(http, "http://127.0.0.1:1/v1").fetch("https://pictures.example/cone.png")
        assert http.sent == []


TROUBLE: dict[str, tuple[Reply, object]] = {
    "404": (Reply(404), texts.PICTURE_NOT_FETCHED),
    "500": (replies.error(500), texts.PICTURE_NOT_FETCHED),
    "broken off": (replies.cut(), texts.PICTURE_NOT_FETCHED),
    "no answer": (replies.reset(), texts.PICTURE_NOT_FETCHED),
    "a redirect to itself": (moved("/v1/pictures/cone.png"), texts.PICTURE_NOT_FETCHED),
    "a page": (replies.html(), texts.NO_PICTURE),
    "too large": (Reply(body=png() + b"0" * MAX_IMAGE_BYTES), texts.PICTURE_TOO_LARGE),
    "endless": (replies.endless(), texts.PICTURE_TOO_LARGE),
}


@pytest.mark.parametrize(("reply", "sentence"), TROUBLE.values(), ids=TROUBLE.keys())
async def test_what_cannot_be_loaded_has_its_sentence(
    llm: LLM, server: FakeModelServer, reply: Reply, sentence: object
) -> None:
    server.script("picture", *[reply] * 4)
    assert await refused(llm) == str(sentence)
    assert len(server.calls("images")) == 1
