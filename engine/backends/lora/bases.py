"""The base models that the command line names: read, checked, opened, and closed at the end."""

import argparse
import asyncio
import importlib.util
import re
import sys
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from engine.backends.lora.backend import LoraBackend, Voice
from engine.backends.lora.process import ServingError, ServingProcess, check_base
from engine.backends.lora.protocol import Ready
from engine.backends.lora.settings import LoraSettings
from engine.backends.lora.upstream import Upstream

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_TAKEN = ("practice-1", "text-embedding-minilm-l6-v2")
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?")


@dataclass(frozen=True)
class BaseChoice:
    """A base as asked for: its name, its absolute path or hub id, and the other server that answers for it, if one does."""

    name: str
    reference: str
    settings: LoraSettings
    serve_url: str | None = None
    serve_key: str | None = None


def add_base_options(parser: argparse.ArgumentParser) -> None:
    """The options about real models."""
    shown = "(default: %(default)s)"
    lora = parser.add_argument_group("real models, tuned with LoRA (needs `make lora`; docs/engine.md)")
    lora.add_argument(
        "--base",
        action="append",
        default=[],
        metavar="NAME=PATH_OR_ID",
        help="serve and tune this chat model; repeatable",
    )
    lora.add_argument("--lora-rank", type=int, default=16, metavar="N", help=f"rank of new adapters {shown}")
    lora.add_argument("--lora-alpha", type=int, metavar="N", help="their scale (default: twice the rank)")
    lora.add_argument(
        "--lora-targets", default="all-linear", metavar="NAMES", help=f"layers, e.g. q_proj,v_proj {shown}"
    )
    lora.add_argument("--serve-url", metavar="URL", help="let vLLM, at this URL ending in /v1, answer for the base")
    lora.add_argument("--serve-key", metavar="KEY", help="the key for --serve-url")


def read_bases(given: argparse.Namespace) -> tuple[BaseChoice, ...]:
    """The bases asked for. Raises ValueError with one line."""
    if given.base and importlib.util.find_spec("peft") is None:
        raise ValueError("--base needs torch, transformers and peft: run `make lora`, see docs/engine.md.")
    if given.serve_url and len(given.base) != 1:
        raise ValueError("--serve-url answers for one --base.")
    if given.serve_url and not given.serve_url.startswith(("http://", "https://")):
        raise ValueError(f"--serve-url {given.serve_url} is not an http address.")
    if given.lora_rank < 1 or (given.lora_alpha is not None and given.lora_alpha < 1):
        raise ValueError("--lora-rank and --lora-alpha must be 1 or more.")
    settings = LoraSettings(rank=given.lora_rank, alpha=given.lora_alpha, targets=given.lora_targets)
    named = [text.partition("=") for text in given.base]
    names = [name for name, _, _ in named]
    for name in names:
        if not _NAME.fullmatch(name) or name in _TAKEN or names.count(name) > 1:
            raise ValueError(f"--base {name}=…: the name must be letters, digits, '.', '_', '-', and not in use.")
    return tuple(BaseChoice(n, _reference(ref), settings, given.serve_url, given.serve_key) for n, _, ref in named)


def _reference(text: str) -> str:
    path = Path(text).expanduser()
    if text and path.is_dir():
        return str(path.resolve())
    if not _HUB_ID.fullmatch(text):
        raise ValueError(f"--base: {text or 'nothing'} is neither a directory nor the id of a model on a hub.")
    return text


@asynccontextmanager
async def opened(choices: tuple[BaseChoice, ...]) -> AsyncIterator[list[LoraBackend]]:
    """The bases, loaded one after the other. Raises ServingError."""
    backends: list[LoraBackend] = []
    try:
        for choice in choices:
            sys.stderr.write(f"Opening {choice.name} ({choice.reference}) ...\n")
            backends.append(await asyncio.to_thread(_open, choice))
        yield backends
    finally:
        for backend in backends:
            backend.close()


def _open(choice: BaseChoice) -> LoraBackend:
    ready, voice = _voice(choice)
    return LoraBackend(choice.name, choice.reference, ready, voice, choice.settings)


def _voice(choice: BaseChoice) -> tuple[Ready, Voice]:
    if choice.serve_url:
        return check_base(choice.reference), Upstream(choice.serve_url, choice.serve_key, choice.name)
    with ExitStack() as on_failure:
        process = ServingProcess(choice.reference)
        on_failure.callback(process.close)
        ready = process.start()
        on_failure.pop_all()
    return ready, process


__all__ = ["BaseChoice", "ServingError", "add_base_options", "opened", "read_bases"]
