"""Loads a picture that a model server answered with as a link.

A link is text from outside: it must not lead the bot to other services on its own network. So it is loaded over HTTPS from public
addresses alone, or from the model server itself, and every redirect is looked at in the same way. The connection goes to the very
address that was looked at. No key is sent along.
"""

import asyncio
import ipaddress
import socket

import httpx2

from bot.http_client import AnswerTooLargeError, BoundedClient, answer_of_at_most
from bot.texts import server as texts
from bot.texts.template import Text

MAX_IMAGE_BYTES = 10 * 1024 * 1024
MAX_REDIRECTS = 3
SECONDS = 30.0
# IPv6 addresses that stand for IPv4 ones, of which some are private.
TRANSLATED = tuple(map(ipaddress.ip_network, ("::ffff:0:0/96", "64:ff9b::/96", "2002::/16", "2001::/32")))


class LinkError(Exception):
    """The picture behind a link cannot be had; `why` is for members, the text for the log."""

    def __init__(self, reason: str, why: Text = texts.PICTURE_NOT_FETCHED) -> None:
        super().__init__(reason)
        self.why = why


class ImageLinks:
    """Loads pictures of at most `MAX_IMAGE_BYTES`. `model_server` is the address of the server that names the links."""

    def __init__(self, http: BoundedClient, model_server: str) -> None:
        self._http = http
        self._model_server = _origin(httpx2.URL(model_server))

    async def fetch(self, link: str) -> bytes:
        """The content behind a link. Raises `LinkError`."""
        try:
            async with asyncio.timeout(SECONDS):
                return await self._follow(link)
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, TimeoutError, UnicodeError) as error:
            raise LinkError(repr(error)) from error
        except AnswerTooLargeError as error:
            raise LinkError("too large", texts.PICTURE_TOO_LARGE) from error

    async def _follow(self, link: str) -> bytes:
        url = httpx2.URL(link)
        for _ in range(MAX_REDIRECTS + 1):
            request = await self._request(url)
            with answer_of_at_most(MAX_IMAGE_BYTES):
                response = await self._http.send(request, follow_redirects=False)
            if response.status_code == httpx2.codes.OK:
                return response.content
            if not response.has_redirect_location:
                raise LinkError(f"HTTP {response.status_code}")
            url = url.join(response.headers["location"])
        raise LinkError("too many redirects")

    async def _request(self, url: httpx2.URL) -> httpx2.Request:
        if _origin(url) == self._model_server:
            return self._http.build_request("GET", url, timeout=SECONDS)
        if url.scheme != "https":
            raise LinkError(f"not HTTPS: {url.scheme}")
        address = await _public_address(url.host, url.port or 443)
        headers, extensions = {"Host": url.netloc.decode("ascii")}, {"sni_hostname": url.host}
        url = url.copy_with(host=address)
        return self._http.build_request("GET", url, headers=headers, timeout=SECONDS, extensions=extensions)


def _origin(url: httpx2.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port  # None is the scheme's own


async def _public_address(host: str, port: int) -> str:
    """An address of a host of which all are public. Raises `LinkError` and `OSError`."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [ipaddress.ip_address(str(one[4][0]).partition("%")[0]) for one in found]
    if not addresses or not all(map(_is_public, addresses)):
        raise LinkError("not a public address")
    return str(addresses[0])


def _is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    translated = any(address in network for network in TRANSLATED if network.version == address.version)
    return address.is_global and not address.is_multicast and not translated
