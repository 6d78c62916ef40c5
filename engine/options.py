"""The command line."""

import argparse
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import engine
from engine.practice.base import CORPUS


class UsageError(Exception):
    """The command line asks for something that must not be served; the text is one line."""


@dataclass(frozen=True)
class Options:
    """Where to listen, where to keep things, who may come in."""

    host: str
    port: int
    data_dir: Path
    api_key: str | None
    corpus: Path


def read_options(arguments: Sequence[str] | None = None) -> Options:
    """Parse the command line. Raises UsageError where it cannot be served safely."""
    parser = argparse.ArgumentParser(prog="python -m engine", description=engine.__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8080, help="0 picks a free one (default: %(default)s)")
    parser.add_argument(
        "--data-dir", type=Path, default=Path("data/engine"), help="state and weights (default: %(default)s)"
    )
    parser.add_argument("--api-key", help="clients must send it as a bearer token; needed beyond loopback")
    parser.add_argument("--corpus", type=Path, default=CORPUS, help="what practice-1 learns at first start")
    options = Options(**vars(parser.parse_args(arguments)))
    if not options.api_key and not _is_loopback(options.host):
        raise UsageError(f"--host {options.host} can be reached by others: give --api-key, or listen on 127.0.0.1.")
    if options.api_key and not (options.api_key.isascii() and options.api_key.isprintable()):
        raise UsageError("--api-key must be printable ASCII, or no client can send it.")
    if not 0 <= options.port <= 65535:
        raise UsageError(f"--port {options.port} is not between 0 and 65535.")
    return options


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
