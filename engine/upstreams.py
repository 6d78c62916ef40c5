"""The other servers that answer for bases, from the command line."""

import argparse
import os
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from engine.api.access import is_sendable
from engine.backends.upstream.server import UpstreamServer

KEY_VARIABLE = "ENGINE_SERVE_KEY"  # the command line can be read by everybody on the machine


def add_upstream_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group(
        "other servers that answer for bases; tuning stays here (docs/engine.md)"
    ).add_argument
    one = "NAME= for one --base, else for every"
    url = f"let another server, at this URL ending in /v1, answer: {one}; repeatable"
    add("--serve-url", action="append", default=[], metavar="[NAME=]URL", help=url)
    key = f"the key that it asks for: {one}; repeatable (default: the variable {KEY_VARIABLE}, the same separated by spaces)"
    add("--serve-key", action="append", default=[], metavar="[NAME=]KEY", help=key)


def read_upstreams(given: argparse.Namespace, bases: Sequence[str]) -> dict[str, UpstreamServer]:
    """The servers by base, of the bases with these names. Raises ValueError."""
    urls = _by_base("--serve-url", given.serve_url, bases)
    if urls and not bases:
        raise ValueError("--serve-url needs a --base to answer for.")
    for url in urls.values():
        _check_url(url)
    key_option, texts = "--serve-key", given.serve_key
    if urls and not texts:
        key_option, texts = KEY_VARIABLE, os.environ.get(KEY_VARIABLE, "").split()
    keys = _by_base(key_option, texts, bases)
    for base, key in keys.items():
        _check_key(key_option, base, key)
        if not (base in urls or "" in urls or (urls and not base)):
            raise ValueError(f"{key_option}: no --serve-url answers for {base or 'any base'}.")
    served = {base: address for base in bases if (address := _of(urls, base))}
    return {base: UpstreamServer(address.rstrip("/"), _of(keys, base)) for base, address in served.items()}


def _by_base(option: str, texts: Sequence[str], bases: Sequence[str]) -> dict[str, str]:
    """The values of an option that is [NAME=]VALUE, by base; "" is every base. Text before a = that names no base is part of the value."""
    values: dict[str, str] = {}
    for text in texts:
        name, _, value = text.partition("=")
        base, value = (name, value) if name in bases else ("", text)
        if base in values:
            raise ValueError(f"{option} is given twice for {base or 'every base'}.")
        values[base] = value
    return values


def _of(values: Mapping[str, str], base: str) -> str | None:
    return values.get(base, values.get(""))


def _check_url(url: str) -> None:
    if not url.startswith(("http://", "https://")):
        raise ValueError(f"--serve-url {url} must be an http address, or NAME= and one, with the name of a --base.")
    if "@" in urlsplit(url).netloc:
        raise ValueError("--serve-url must not contain a password: give it with --serve-key.")


def _check_key(option: str, base: str, key: str) -> None:
    """Never shows it."""
    if not base and "=" in key.rstrip("="):  # a misspelt name would send the key to every server
        raise ValueError(f"{option}: write a key that contains = as NAME=KEY, with the name of a --base.")
    if not is_sendable(key):
        raise ValueError(f"{option} must be printable ASCII without spaces.")
