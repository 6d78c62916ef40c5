"""Who may come in: holders of a key, programs, and pages of the origins that the operator names; no other page in a browser."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from engine.api.access import EVERYBODY, Access, Keys, read_keys
from engine.options import UsageError, read_options
from tests.engine.here import Engine, engine_here

PAGE = "https://chat.example.org"
CHAT = {"model": "counting", "messages": [{"role": "user", "content": "hi"}]}
ROUTES = [
    ("GET", "/v1/models"),
    ("DELETE", "/v1/models/counting"),
    ("POST", "/v1/files"),
    ("DELETE", "/v1/files/file-x"),
    ("GET", "/v1/files/file-x/content"),
    ("POST", "/v1/fine_tuning/jobs"),
    ("POST", "/v1/fine_tuning/jobs/ftjob-x/cancel"),
    ("POST", "/v1/chat/completions"),
    ("POST", "/v1/embeddings"),
    ("OPTIONS", "/v1/models"),
    ("HEAD", "/v1/models"),
    ("PUT", "/v1/models"),
    ("GET", "/metrics"),
    ("GET", "/nowhere"),
]
Headers = Mapping[str, str]


@asynccontextmanager
async def visited(folder: Path, access: Access) -> AsyncIterator["Visitor"]:
    async with engine_here(folder, access=access) as engine, aiohttp.ClientSession() as session:
        yield Visitor(engine, session)


class Visitor:
    """Sends requests with headers as a browser would."""

    def __init__(self, engine: Engine, session: aiohttp.ClientSession) -> None:
        self.url, self._session = engine.url.removesuffix("/v1"), session
        self.host = self.url.removeprefix("http://")

    async def ask(self, method: str, path: str, headers: Headers, **body: Any) -> aiohttp.ClientResponse:
        async with self._session.request(method, self.url + path, headers=headers, **body) as response:
            await response.read()
            return response

    async def status(self, method: str, path: str, headers: Headers, **body: Any) -> int:
        return (await self.ask(method, path, headers, **body)).status


@pytest.fixture
async def keyless(tmp_path: Path) -> AsyncIterator[Visitor]:
    async with visited(tmp_path, Access()) as visitor:
        yield visitor


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "evil.example:8080"},
        {"Host": "localhost.evil.example"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": "127.0.0.1@evil.example"},
        {"Host": "8.8.8.8"},
        {"Host": "[2001:db8::1]"},
        {"Host": "\xff"},
        {"Host": ""},
        {"Origin": "http://evil.example"},
        {"Origin": "http://localhost:3000"},
        {"Origin": "https://evil.example", "Content-Type": "text/plain"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": PAGE},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
        {"Origin": PAGE, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"},
    ],
)
@pytest.mark.parametrize("keys", [Keys(), Keys(["sesame"])], ids=["keyless", "with a key"])
async def test_pages_and_foreign_names_are_refused_everywhere(tmp_path: Path, headers: Headers, keys: Keys) -> None:
    async with visited(tmp_path, Access(keys=keys)) as visitor:
        for method, path in ROUTES:
            answer = await visitor.ask(method, path, {"Authorization": "Bearer sesame", **headers})
            assert answer.status == 403, path
            assert "Access-Control-Allow-Origin" not in answer.headers
        assert await visitor.status("GET", "/health", headers) == 200


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:1", "localhost.", "127.0.0.1:80", "127.8.9.1", "[::1]:8080", ""]
)
async def test_programs_on_this_machine_are_let_in(keyless: Visitor, host: str) -> None:
    headers = {"Host": host or keyless.host}
    assert await keyless.status("GET", "/v1/models", headers) == 200
    assert await keyless.status("POST", "/v1/chat/completions", headers, json=CHAT) == 200


async def test_the_engines_own_pages_and_typed_addresses_are_no_strangers(keyless: Visitor) -> None:
    own = {"Origin": keyless.url, "Sec-Fetch-Site": "same-origin"}
    assert await keyless.status("POST", "/v1/chat/completions", own, json=CHAT) == 200
    assert await keyless.status("GET", "/v1/models", {"Sec-Fetch-Site": "none"}) == 200


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", None])
async def test_what_a_page_may_send_unasked_is_not_read_as_json(keyless: Visitor, kind: str | None) -> None:
    skipped = {} if kind else {"skip_auto_headers": ("Content-Type",)}
    headers = {"Content-Type": kind} if kind else {}
    answer = await keyless.status("POST", "/v1/chat/completions", headers, data=b"{}", **skipped)
    assert answer == 415


@pytest.mark.parametrize(
    ("listens_on", "host", "allowed"),
    [
        ("0.0.0.0", "192.168.1.5:8080", True),
        ("::", "[fe80::1]", True),
        ("0.0.0.0", "localhost", True),
        ("0.0.0.0", "evil.example", False),
        ("0.0.0.0", "engine.lan:8080", True),
        ("0.0.0.0", "ENGINE.LAN.", True),
        ("127.0.0.1", "engine.lan", True),
        ("127.0.0.1", "192.168.1.5", False),
        ("box", "box:8080", True),
        ("box", "other", False),
    ],
)
def test_beyond_loopback_addresses_and_allowed_names_are_the_engines(listens_on: str, host: str, allowed: bool) -> None:
    assert Access(listens_on, hosts=["engine.lan"]).allows_host(host) == allowed


async def test_an_allowed_origin_may_ask_and_read_whatever_the_answer(tmp_path: Path) -> None:
    page = {"Origin": PAGE, "Sec-Fetch-Site": "cross-site"}
    asks = {
        **page,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type,x-stainless-os",
        "Access-Control-Request-Private-Network": "true",
    }
    key = {**page, "Authorization": "Bearer sesame"}
    async with visited(tmp_path, Access(keys=Keys(["sesame"]), origins=[PAGE])) as visitor:
        preflight = await visitor.ask("OPTIONS", "/v1/chat/completions", asks)
        assert preflight.status == 204
        assert preflight.headers["Access-Control-Allow-Headers"] == asks["Access-Control-Request-Headers"]
        assert preflight.headers["Access-Control-Allow-Methods"] == "GET, POST, DELETE"
        assert preflight.headers["Access-Control-Allow-Private-Network"] == "true"
        answers = [
            preflight,
            await visitor.ask("POST", "/v1/chat/completions", key, json=CHAT),
            await visitor.ask("POST", "/v1/chat/completions", key, json={**CHAT, "stream": True}),
            await visitor.ask("GET", "/v1/files/nowhere", key),
            await visitor.ask("GET", "/nowhere", key),
            await visitor.ask("GET", "/v1/models", page),
        ]
        assert [answer.status for answer in answers] == [204, 200, 200, 404, 404, 401]
        for answer in answers:
            assert answer.headers["Access-Control-Allow-Origin"] == PAGE
            assert "x-request-id" in answer.headers["Access-Control-Expose-Headers"]
            assert answer.headers["Vary"] == "Origin"
        for other in ("https://evil.example", PAGE + ".evil.example", PAGE + ":8443", "null"):
            refused = await visitor.ask("GET", "/v1/models", {**key, "Origin": other})
            assert (refused.status, refused.headers["Vary"]) == (403, "Origin")
            assert "Access-Control-Allow-Origin" not in refused.headers
        rebound = await visitor.status("GET", "/v1/models", {**key, "Host": "evil.example"})
        assert rebound == 403


@pytest.mark.parametrize(
    "options",
    [
        ("--allow-origin", "*"),
        ("--allow-origin", "null"),
        ("--allow-origin", "chat.example.org"),
        ("--allow-origin", PAGE + "/"),
        ("--allow-host", "http://engine.lan"),
        ("--allow-host", "engine.lan:8080"),
        ("--allow-host", ""),
    ],
)
def test_origins_and_hosts_are_given_as_browsers_send_them(options: tuple[str, str]) -> None:
    with pytest.raises(UsageError, match=f"^{options[0]} "):
        read_options(options)


def test_several_origins_and_hosts_can_be_allowed() -> None:
    given = ("--allow-origin", PAGE, "--allow-origin", "http://LOCALHOST:3000", "--allow-host", "engine.lan")
    options = read_options(given)
    assert options.allowed_origins == (PAGE, "http://localhost:3000")
    assert options.allowed_hosts == ("engine.lan",)


def test_keys_know_their_holders_and_nobody_else() -> None:
    keys = Keys(["sesame", "open"])
    first, second = keys.owner("Bearer sesame"), keys.owner("Bearer open")
    assert first is not None
    assert second is not None
    assert first != second
    assert "sesame" not in first
    unknown = ("", "sesame", "Bearer sesam", "bearer sesame", "Bearer \udcff")
    assert [keys.owner(given) for given in unknown] == [None] * 5
    assert Keys().owner("whatever") == EVERYBODY


def test_a_key_file_has_one_key_a_line() -> None:
    assert read_keys("# ours\nsesame\n\n  open  \n#no\n") == ["sesame", "open"]
