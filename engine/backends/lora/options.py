"""The base models that the command line names: read, checked, opened, and closed at the end."""

import argparse
import importlib.util
import re
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tokenizers import Tokenizer

from engine.backends.interface import Backend, TextGenerator
from engine.backends.lora.settings import LoraSettings, batch_size
from engine.backends.lora.upstream import UpstreamGenerator
from engine.backends.serving import Handshake, ServingProcess, start_server

_SERVER = "engine.backends.lora.server"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_BUILT_IN = ("practice-1", "text-embedding-minilm-l6-v2")
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?")


@dataclass(frozen=True)
class BaseOption:
    """A base as asked for: its name, its absolute path or hub id, and the other server that answers for it, if one does."""

    name: str
    reference: str
    settings: LoraSettings
    serve_url: str | None = None
    serve_key: str | None = None


def add_base_options(parser: argparse.ArgumentParser) -> None:
    shown = "(default: %(default)s)"
    add = parser.add_argument_group("real models, tuned with LoRA (needs `make lora`; docs/engine.md)").add_argument
    base = "serve and tune this chat model; repeatable"
    add("--base", action="append", default=[], metavar="NAME=PATH_OR_ID", help=base)
    add("--lora-rank", type=int, default=16, metavar="N", help=f"rank of new adapters {shown}")
    add("--lora-alpha", type=int, metavar="N", help="their scale (default: twice the rank)")
    add("--lora-targets", default="all-linear", metavar="NAMES", help=f"layers, e.g. q_proj,v_proj {shown}")
    add("--serve-url", metavar="URL", help="let vLLM, at this URL ending in /v1, answer for the base")
    add("--serve-key", metavar="KEY", help="the key for --serve-url")


def read_bases(given: argparse.Namespace) -> tuple[BaseOption, ...]:
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
        if not _NAME.fullmatch(name) or name in _BUILT_IN or names.count(name) > 1:
            raise ValueError(f"--base {name}=…: the name must be letters, digits, '.', '_', '-', and not in use.")
    return tuple(BaseOption(n, _reference(ref), settings, given.serve_url, given.serve_key) for n, _, ref in named)


def _reference(text: str) -> str:
    path = Path(text).expanduser()
    if text and path.is_dir():
        return str(path.resolve())
    if not _HUB_ID.fullmatch(text):
        raise ValueError(f"--base: {text or 'nothing'} is neither a directory nor the id of a model on a hub.")
    return text


@asynccontextmanager
async def opened(options: Sequence[BaseOption]) -> AsyncIterator[list[Backend]]:
    async with AsyncExitStack() as stack:
        backends: list[Backend] = []
        for option in options:
            sys.stderr.write(f"Opening {option.name} ({option.reference}) ...\n")
            handshake, generator = await _generator(option)
            stack.push_async_callback(generator.close)
            backends.append(_backend(option, handshake, generator))
        yield backends


def _backend(option: BaseOption, handshake: Handshake, generator: TextGenerator) -> Backend:
    tokenizer = Tokenizer.from_str(handshake.tokenizer)
    return Backend(
        base=option.name,
        base_weights=Path(option.reference),
        trainer="engine.backends.lora.trainer",
        extension="",
        context_tokens=handshake.context_tokens,
        generator=generator,
        count_tokens=lambda texts: sum(map(len, tokenizer.encode_batch_fast(list(texts), add_special_tokens=False))),
        batch_size=batch_size,
        settings=option.settings.model_dump(),
        methods=("supervised", "dpo"),
    )


async def _generator(option: BaseOption) -> tuple[Handshake, TextGenerator]:
    if option.serve_url:
        child, handshake = await start_server(_SERVER, option.reference, "--check")
        await child.end()
        return handshake, UpstreamGenerator(option.serve_url, option.serve_key, option.name, option.reference)
    process = ServingProcess(_SERVER, option.reference)
    return await process.start(), process
