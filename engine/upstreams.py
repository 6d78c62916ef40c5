"""The other servers that answer for bases, from the command line."""

import argparse
import importlib.util
import os
import re
from collections.abc import Collection, Mapping, Sequence
from urllib.parse import urlsplit

from engine.api.access import is_sendable
from engine.backends.upstream.server import NAMINGS, UpstreamServer

KEY_VARIABLE = "ENGINE_SERVE_KEY"  # the command line can be read by everybody on the machine
# As Ray Serve LLM's dynamic_lora_loading_path; without names and passwords, since it is logged.
_STORE = re.compile(r"(s3|gs)://[A-Za-z0-9][\w.-]*(/[^?#]*)?|abfss://[\w-]+@[\w-]+\.dfs\.core\.windows\.net(/[^?#]*)?")


def add_upstream_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group(
        "other servers that answer for bases; tuning stays here (docs/engine.md)"
    ).add_argument
    one = "NAME= for one --base, else for every"
    url = f"let another server, at this URL ending in /v1, answer: {one}; repeatable"
    add("--serve-url", action="append", default=[], metavar="[NAME=]URL", help=url)
    key = f"the key that it asks for: {one}; repeatable (default: the variable {KEY_VARIABLE}, the same separated by spaces)"
    add("--serve-key", action="append", default=[], metavar="[NAME=]KEY", help=key)
    naming = f"how it names adapters: vllm (the default) or ray, for Ray Serve LLM's BASE:ADAPTER: {one}; repeatable"
    add("--serve-naming", action="append", default=[], metavar="[NAME=]NAMING", help=naming)
    store = "upload the adapters of bases with --serve-naming ray to this object store (AWS_…, GOOGLE_…, AZURE_…), e.g. s3://bucket/adapters"
    add("--publish-adapters", metavar="URL", help=store)


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
    namings = _by_base("--serve-naming", given.serve_naming, bases)
    if wrong := [naming for naming in namings.values() if naming not in NAMINGS]:
        raise ValueError(f"--serve-naming {wrong[0]} must be vllm or ray, or NAME= and one, with the name of a --base.")
    _check_served(key_option, keys, urls)
    _check_served("--serve-naming", namings, urls)
    served = {base: address for base in bases if (address := _of(urls, base))}
    return {
        base: UpstreamServer(address.rstrip("/"), _of(keys, base), NAMINGS[_of(namings, base) or "vllm"])
        for base, address in served.items()
    }


def read_adapter_store(given: argparse.Namespace, upstreams: Collection[UpstreamServer]) -> str | None:
    """The address of the object store for adapters. Raises ValueError."""
    store: str | None = given.publish_adapters
    is_needed = any(upstream.naming == "ray" for upstream in upstreams)
    if is_needed and not store:
        raise ValueError(
            "--serve-naming ray needs --publish-adapters: Ray Serve LLM loads adapters from an object store."
        )
    if store is None:
        return None
    if not is_needed:
        raise ValueError(
            "--publish-adapters needs --serve-naming ray: vLLM reads adapters from the engine's own folder."
        )
    if not _STORE.fullmatch(store):
        forms = "s3://BUCKET/FOLDER, gs://BUCKET/FOLDER or abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/FOLDER"
        raise ValueError(f"--publish-adapters must be {forms}.")
    if not importlib.util.find_spec("obstore"):
        raise ValueError("--publish-adapters needs obstore: run `make setup`, or `pip install '.[objects]'`.")
    return store


def _check_served(option: str, values: Mapping[str, str], urls: Mapping[str, str]) -> None:
    for base in values:
        if not urls or not (base == "" or base in urls or "" in urls):
            raise ValueError(f"{option}: no --serve-url answers for {base or 'any base'}.")


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
