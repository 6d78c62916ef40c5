"""Who may come in: holders of a key, programs, and pages of origins that the operator names; no other page in a browser."""

import hashlib
import hmac
import ipaddress
import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from engine.api.services import OWNER
from engine.protocol.errors import ApiError

EVERYBODY = "everybody"
_HOST = re.compile(r"(?P<name>\[[^\[\]/@]+\]|[^\[\]:/@\s]+)(:\d*)?")
_CROSS_SITE = ("cross-site", "same-site")
_PREFLIGHT_SECONDS = "600"
_EXPOSED = "x-request-id, punchline-truncated-inputs"
_ORIGIN = web.RequestKey("origin", str)


class Keys:
    """The keys that open the engine; without any, everybody may come in."""

    def __init__(self, keys: Sequence[str] = ()) -> None:
        # An owner is named such that the key cannot be had from the name.
        names = [hashlib.sha256(key.encode()).hexdigest()[:16] for key in keys]
        self._expected = [(f"Bearer {key}".encode(), name) for key, name in zip(keys, names, strict=True)]

    def owner(self, authorization: str) -> str | None:
        """Whose key a request's Authorization header carries; None where it carries no known key.

        The time it takes tells nothing of the keys: each is compared in full, whatever the others gave.
        """
        given, owner = authorization.encode(errors="surrogateescape"), None if self._expected else EVERYBODY
        for expected, name in self._expected:
            if hmac.compare_digest(given, expected):
                owner = name
        return owner


def read_keys(text: str) -> list[str]:
    """The keys of a key file: one a line; empty lines and lines that begin with # do not count."""
    lines = [line.strip() for line in text.splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


def is_sendable(key: str) -> bool:
    return bool(key) and key.isascii() and key.isprintable() and " " not in key


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address or a name."""
    address = _address(host)
    return address.is_loopback if address else host.lower() == "localhost"


@dataclass(frozen=True)
class Access:
    """The address that the engine listens on, its keys, and the further host names and origins that the operator allows."""

    host: str = "127.0.0.1"
    keys: Keys = field(default_factory=Keys)
    hosts: Sequence[str] = ()
    origins: Sequence[str] = ()

    def allows_host(self, host: str) -> bool:
        """Whether a request's Host header names this engine, and not a page's own name that was pointed at it.

        Beyond loopback any literal address will do: only a name can be pointed elsewhere.
        """
        found = _HOST.fullmatch(host)
        name = found["name"].strip("[]").rstrip(".").lower() if found else ""
        known = {self.host.lower(), *(allowed.lower() for allowed in self.hosts)}
        if is_loopback(name) or name in known:
            return True
        return not is_loopback(self.host) and (_address(name) is not None or name == socket.gethostname().lower())

    def allows_page(self, request: web.Request) -> bool:
        origin = request.headers.get("Origin")
        if origin in self.origins:
            return True
        own = origin is None or origin.partition("://")[2].lower() == request.headers.get("Host", "").lower()
        return own and request.headers.get("Sec-Fetch-Site") not in _CROSS_SITE

    async def share(self, request: web.Request, answer: web.StreamResponse) -> None:
        """Let the page that asked read the answer, whatever it is."""
        if self.origins:
            answer.headers["Vary"] = "Origin"
        if _ORIGIN in request:
            answer.headers["Access-Control-Allow-Origin"] = request[_ORIGIN]
            answer.headers["Access-Control-Expose-Headers"] = _EXPOSED


def guard(access: Access) -> Middleware:
    """Let a request in, answer a browser's question whether it may send one, or refuse. /health is open to everybody."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path == "/health":
            return await handler(request)
        _check_page(access, request)
        if _ORIGIN in request and request.method == "OPTIONS":
            return _preflight(request)
        _check_key(access, request)
        return await handler(request)

    return check


def _check_page(access: Access, request: web.Request) -> None:
    for host in request.headers.getall("Host", []):
        if not access.allows_host(host):
            message = f"This engine does not answer to the host name '{host}'. Its operator can allow it: --allow-host."
            raise ApiError(message, status=403, code="host_not_allowed")
    origin = request.headers.get("Origin", "")
    if not access.allows_page(request):
        message = (
            f"Pages of {origin or 'another site'} may not use this engine. Its operator can allow them: --allow-origin."
        )
        raise ApiError(message, status=403, code="origin_not_allowed")
    if origin in access.origins:
        request[_ORIGIN] = origin


def _check_key(access: Access, request: web.Request) -> None:
    given = request.headers.get("Authorization", "")
    owner = access.keys.owner(given)
    if owner is None:
        message = "Incorrect API key provided." if given else "You didn't provide an API key."
        raise ApiError(message, status=401, code="invalid_api_key")
    request[OWNER] = owner


def _preflight(request: web.Request) -> web.Response:
    asked = request.headers.get("Access-Control-Request-Headers", "")
    headers = {
        "Access-Control-Allow-Methods": "GET, POST, DELETE",
        "Access-Control-Allow-Headers": asked if asked.isascii() and asked.isprintable() else "",
        "Access-Control-Max-Age": _PREFLIGHT_SECONDS,
    }
    if "Access-Control-Request-Private-Network" in request.headers:
        headers["Access-Control-Allow-Private-Network"] = "true"
    return web.Response(status=204, headers=headers)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
