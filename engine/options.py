"""The command line."""

import argparse
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from engine.api.access import is_loopback, is_sendable, read_keys
from engine.backends.llama import smollm2
from engine.backends.practice.backend import CORPUS
from engine.bases import BaseOption, add_base_options, can_tune, read_bases
from engine.jobs.checks import MIB, Limits
from engine.ray.options import RayOptions, add_ray_options, read_ray_options
from engine.speech import whisper
from engine.upstreams import add_upstream_options, read_adapter_store, read_upstreams

_ABOUT = """A model server for your own machine that speaks OpenAI's protocol: upload a file, fine-tune a model on it, watch the
training, chat with the result, embed texts. Any OpenAI client works with it: give it the address that the ready line
prints as its base URL, and any text as its key (or the one you set)."""
_EXAMPLE = """example:
  python -m engine --port 8080 &
  export OPENAI_BASE_URL=http://127.0.0.1:8080/v1 OPENAI_API_KEY=none
  python examples/finetune_with_openai_client.py

models: smollm2-135m (a small language model), practice-1 (a toy that learns in seconds), text-embedding-minilm-l6-v2 and
whisper-base (speech to text).
routes and parameters: docs/engine.md. Beside /v1 there are /health (always open) and /metrics (Prometheus)."""

# Secrets: the command line can be read by everybody on the machine.
KEY_VARIABLE = "ENGINE_API_KEY"
DATABASE_VARIABLE = "ENGINE_DATABASE_URL"

_ORIGIN = re.compile(r"https?://[^/\s?#@*]+")
_HOST_NAME = re.compile(r"[^\s/:@*\[\]]+")


class UsageError(Exception):
    """The command line asks for something that must not be served; the text is one line."""


@dataclass(frozen=True)
class Options:
    """Where to listen, where to keep things, who may come in, how much is taken on, and the address of the object store for adapters."""

    host: str
    port: int
    data_dir: Path
    keys: tuple[str, ...]
    corpus: Path
    workers: int
    limits: Limits
    bases: tuple[BaseOption, ...] = ()
    practice: bool = True
    whisper: bool = True
    allowed_hosts: tuple[str, ...] = ()
    allowed_origins: tuple[str, ...] = ()
    ray: RayOptions | None = None
    database: str = field(default="", repr=False)
    adapter_store: str | None = None


def read_options(arguments: Sequence[str] | None = None) -> Options:
    """Parse the command line. Raises UsageError where it cannot be served safely, OSError where the key file is unreadable."""
    given = _parser().parse_args(arguments)
    keys = _keys(given)
    if not keys and not is_loopback(given.host):
        raise UsageError(f"--host {given.host} can be reached by others: give --api-key, or listen on 127.0.0.1.")
    if not 0 <= given.port <= 65535:
        raise UsageError(f"--port {given.port} is not between 0 and 65535.")
    for option, values, pattern, allowed in (
        ("--allow-host", given.allow_host, _HOST_NAME, "a host name, such as engine.lan"),
        ("--allow-origin", given.allow_origin, _ORIGIN, "an origin, such as https://chat.example.org"),
    ):
        if wrong := [value for value in values if not pattern.fullmatch(value)]:
            raise UsageError(f"{option} {wrong[0]} must be {allowed}.")
    limits = Limits(given.max_file_mb * MIB, given.max_files_mb * MIB, given.keep_free_mb * MIB, given.max_waiting)
    try:
        bases, ray = read_bases(given, partial(read_upstreams, given)), read_ray_options(given)
        store = read_adapter_store(given, [base.upstream for base in bases if base.upstream])
    except ValueError as error:
        raise UsageError(str(error)) from error
    origins = tuple(origin.lower() for origin in given.allow_origin)
    practice = given.practice or given.corpus != CORPUS or not can_tune()
    practice = practice or not any(base.name == smollm2.NAME for base in bases)
    return Options(
        host=given.host,
        port=given.port,
        data_dir=given.data_dir.absolute(),
        keys=keys,
        corpus=given.corpus,
        workers=given.workers,
        limits=limits,
        bases=bases,
        practice=practice,
        whisper=not given.no_whisper,
        allowed_hosts=tuple(given.allow_host),
        allowed_origins=origins,
        ray=ray,
        database=read_database(given.database),
        adapter_store=store,
    )


def read_database(given: str | None) -> str:
    """The address of the database, from its option or from the environment; "" where there is none. Raises UsageError."""
    url = given or os.environ.get(DATABASE_VARIABLE) or ""
    if url and not url.startswith(("postgresql://", "postgres://")):  # it may hold a password, so it is not shown
        name = "--database" if given else DATABASE_VARIABLE
        raise UsageError(f"{name} must be an address like postgresql://user:password@host/database.")
    return url


def _parser() -> argparse.ArgumentParser:
    kind, shown = argparse.RawDescriptionHelpFormatter, "(default: %(default)s)"
    parser = argparse.ArgumentParser("python -m engine", description=_ABOUT, epilog=_EXAMPLE, formatter_class=kind)
    add = parser.add_argument_group("where it listens, and where it keeps things").add_argument
    add("--host", default="127.0.0.1", help=f"address to listen on {shown}")
    add("--port", type=int, default=8080, help=f"0 picks a free one {shown}")
    data = "state, uploads and weights; one engine at a time, unless they share a database"
    add("--data-dir", type=Path, default=Path("data/engine"), help=f"{data} {shown}")
    shared = "keep the state in PostgreSQL, which several engines may share together with the data directory"
    add("--database", metavar="URL", help=f"{shared} (default: the variable {DATABASE_VARIABLE})")
    add = parser.add_argument_group("who may come in (beyond loopback a key is needed)").add_argument
    add(
        "--api-key",
        metavar="KEY",
        help=f"clients must send it as a bearer token (default: the variable {KEY_VARIABLE})",
    )
    keys = "one key a line, # begins a comment; each key's jobs take turns"
    add("--api-key-file", type=Path, metavar="FILE", help=keys)
    hosts = "answer to this host name, too; loopback, --host and (beyond loopback) addresses always do; repeatable"
    add("--allow-host", action="append", default=[], metavar="NAME", help=hosts)
    origins = "let web pages of this origin use the engine, e.g. https://chat.example.org; repeatable"
    add("--allow-origin", action="append", default=[], metavar="ORIGIN", help=origins)
    add = parser.add_argument_group("how much it takes on").add_argument
    add("--workers", type=_count, default=1, metavar="N", help=f"trainings at once {shown}")
    add("--max-waiting", type=_count, default=100, metavar="N", help=f"jobs that may wait {shown}")
    add("--max-file-mb", type=_count, default=512, metavar="MB", help=f"size of one upload {shown}")
    add("--max-files-mb", type=_count, default=10240, metavar="MB", help=f"size of all uploads {shown}")
    free = f"takes nothing on with less of the disk free {shown}"
    add("--keep-free-mb", type=_count, default=256, metavar="MB", help=free)
    add_base_options(parser)
    add_upstream_options(parser)
    add_ray_options(parser)
    speech = parser.add_argument_group("speech to text (docs/voice.md)")
    speech.add_argument("--no-whisper", action="store_true", help=f"do not offer {whisper.NAME}")
    practice = parser.add_argument_group("the practice model, a toy that learns in seconds")
    offered = f"offer practice-1, too; always offered if it was before, or if {smollm2.NAME} cannot be tuned"
    practice.add_argument("--practice", action="store_true", help=offered)
    practice.add_argument("--corpus", type=Path, default=CORPUS, help="what practice-1 learns at first start")
    return parser


def _keys(given: argparse.Namespace) -> tuple[str, ...]:
    given_first = (("--api-key", given.api_key), (KEY_VARIABLE, os.environ.get(KEY_VARIABLE)))
    keys = [(name, key) for name, key in given_first if key][:1]
    if given.api_key_file:
        try:
            listed = read_keys(given.api_key_file.read_text(encoding="utf-8"))
        except ValueError as error:
            raise UsageError(f"--api-key-file {given.api_key_file} is not a text file.") from error
        if not listed:
            raise UsageError(f"--api-key-file {given.api_key_file} has no key in it.")
        keys += [("--api-key-file", key) for key in listed]
    if wrong := [option for option, key in keys if not is_sendable(key)]:
        raise UsageError(f"{wrong[0]} must be printable ASCII without spaces, or no client can send it.")
    return tuple(key for _, key in keys)


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not 1 or more")
    return number
