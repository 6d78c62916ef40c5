"""The command line."""

import argparse
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.api.access import is_loopback, is_sendable, read_keys
from engine.backends.lora.options import BaseOption, add_base_options, read_bases
from engine.backends.practice.backend import CORPUS
from engine.jobs.limits import MIB, Limits

_ABOUT = """A model server for your own machine that speaks OpenAI's protocol: upload a file, fine-tune a model on it, watch the
training, chat with the result, embed texts. Any OpenAI client works with it: give it the address that the ready line
prints as its base URL, and any text as its key (or the one you set)."""
_EXAMPLE = """example:
  python -m engine --port 8080 &
  export OPENAI_BASE_URL=http://127.0.0.1:8080/v1 OPENAI_API_KEY=none
  python examples/finetune_with_openai_client.py

models: practice-1 (to try the whole loop: learns in seconds, no download) and text-embedding-minilm-l6-v2.
routes and parameters: docs/engine.md. Beside /v1 there are /health (always open) and /metrics (Prometheus)."""

_ORIGIN = re.compile(r"https?://[^/\s?#@*]+")
_HOST_NAME = re.compile(r"[^\s/:@*\[\]]+")


class UsageError(Exception):
    """The command line asks for something that must not be served; the text is one line."""


@dataclass(frozen=True)
class Options:
    """Where to listen, where to keep things, who may come in, and how much is taken on."""

    host: str
    port: int
    data_dir: Path
    keys: tuple[str, ...]
    corpus: Path
    workers: int
    limits: Limits
    bases: tuple[BaseOption, ...] = ()
    allowed_hosts: tuple[str, ...] = ()
    allowed_origins: tuple[str, ...] = ()


def read_options(arguments: Sequence[str] | None = None) -> Options:
    """Parse the command line. Raises UsageError where it cannot be served safely, OSError where the key file is unreadable."""
    given = _parser().parse_args(arguments)
    keys = _keys(given)
    if not keys and not is_loopback(given.host):
        raise UsageError(f"--host {given.host} can be reached by others: give --api-key, or listen on 127.0.0.1.")
    if not 0 <= given.port <= 65535:
        raise UsageError(f"--port {given.port} is not between 0 and 65535.")
    for option, values, pattern in (
        ("--allow-host", given.allow_host, _HOST_NAME),
        ("--allow-origin", given.allow_origin, _ORIGIN),
    ):
        if wrong := [value for value in values if not pattern.fullmatch(value)]:
            example = (
                "a host name such as engine.lan" if option == "--allow-host" else "such as https://chat.example.org"
            )
            raise UsageError(f"{option} {wrong[0]} must be {example}, without a path.")
    limits = Limits(
        file_bytes=given.max_file_mb * MIB,
        stored_bytes=given.max_files_mb * MIB,
        spare_bytes=given.keep_free_mb * MIB,
        waiting_jobs=given.max_waiting,
    )
    try:
        bases = read_bases(given)
    except ValueError as error:
        raise UsageError(str(error)) from error
    return Options(
        host=given.host,
        port=given.port,
        data_dir=given.data_dir.absolute(),
        keys=keys,
        corpus=given.corpus,
        workers=given.workers,
        limits=limits,
        bases=bases,
        allowed_hosts=tuple(given.allow_host),
        allowed_origins=tuple(origin.lower() for origin in given.allow_origin),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m engine",
        description=_ABOUT,
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    shown = "(default: %(default)s)"
    place = parser.add_argument_group("where it listens, and where it keeps things")
    place.add_argument("--host", default="127.0.0.1", help=f"address to listen on {shown}")
    place.add_argument("--port", type=int, default=8080, help=f"0 picks a free one {shown}")
    place.add_argument(
        "--data-dir",
        type=Path,
        default=Path("data/engine"),
        help=f"state, uploads and weights; one engine at a time {shown}",
    )
    access = parser.add_argument_group("who may come in (beyond loopback a key is needed)")
    access.add_argument("--api-key", metavar="KEY", help="clients must send it as a bearer token")
    access.add_argument(
        "--api-key-file",
        type=Path,
        metavar="FILE",
        help="one key a line, # begins a comment; each key's jobs take turns",
    )
    access.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="answer to this host name, too; loopback, --host and (beyond loopback) addresses always do; repeatable",
    )
    access.add_argument(
        "--allow-origin",
        action="append",
        default=[],
        metavar="ORIGIN",
        help="let web pages of this origin use the engine, e.g. https://chat.example.org; repeatable",
    )
    work = parser.add_argument_group("how much it takes on")
    work.add_argument("--workers", type=_count, default=1, metavar="N", help=f"trainings at once {shown}")
    work.add_argument("--max-waiting", type=_count, default=100, metavar="N", help=f"jobs that may wait {shown}")
    work.add_argument("--max-file-mb", type=_count, default=512, metavar="MB", help=f"size of one upload {shown}")
    work.add_argument("--max-files-mb", type=_count, default=10240, metavar="MB", help=f"size of all uploads {shown}")
    work.add_argument(
        "--keep-free-mb",
        type=_count,
        default=256,
        metavar="MB",
        help=f"takes nothing on with less of the disk free {shown}",
    )
    add_base_options(parser)
    practice = parser.add_argument_group("the practice model")
    practice.add_argument("--corpus", type=Path, default=CORPUS, help="what practice-1 learns at first start")
    return parser


def _keys(given: argparse.Namespace) -> tuple[str, ...]:
    keys = [given.api_key] if given.api_key else []
    if given.api_key_file:
        try:
            listed = read_keys(given.api_key_file.read_text(encoding="utf-8"))
        except ValueError as error:
            raise UsageError(f"--api-key-file {given.api_key_file} is not a text file.") from error
        if not listed:
            raise UsageError(f"--api-key-file {given.api_key_file} has no key in it.")
        keys += listed
    for key, option in [(key, "--api-key" if key == given.api_key else "--api-key-file") for key in keys]:
        if not is_sendable(key):
            raise UsageError(f"{option} must be printable ASCII without spaces, or no client can send it.")
    return tuple(keys)


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not 1 or more")
    return number
