"""The bases other than practice-1: the built-in one and those from the command line."""

import argparse
import hashlib
import importlib.util
import logging
import re
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tokenizers import Tokenizer

from engine.backends.interface import Backend, TextGenerator
from engine.backends.llama import smollm2
from engine.backends.lora.settings import LoraSettings, batch_size
from engine.backends.packages import WeightsError
from engine.backends.serving import Handshake, ServingProcess, start_server
from engine.backends.upstream.generator import UpstreamGenerator
from engine.backends.upstream.publisher import AdapterPublisher
from engine.backends.upstream.server import UpstreamServer
from engine.speech import whisper

log = logging.getLogger(__name__)

_TORCH_SERVER, _LLAMA_SERVER = "engine.backends.lora.server", "engine.backends.llama.server"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_BUILT_IN = ("practice-1", smollm2.NAME, "text-embedding-minilm-l6-v2", whisper.NAME)
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?")
_INSTALL = "needs torch, transformers and peft: run `make lora`, see docs/engine.md."


@dataclass(frozen=True)
class BaseOption:
    """A base as asked for: its name, its absolute path or hub id, and the other server that answers for it, if one does."""

    name: str
    reference: str
    settings: LoraSettings
    upstream: UpstreamServer | None = None

    @property
    def is_gguf(self) -> bool:
        return self.reference.endswith(".gguf")


def add_base_options(parser: argparse.ArgumentParser) -> None:
    shown = "(default: %(default)s)"
    add = parser.add_argument_group(
        "real models, tuned with LoRA (tuning needs `make lora`; docs/engine.md)"
    ).add_argument
    base = "serve and tune this chat model: a .gguf file, or a directory or hub id with safetensors; repeatable"
    add("--base", action="append", default=[], metavar="NAME=PATH_OR_ID", help=base)
    add("--no-smollm2", action="store_true", help=f"do not offer {smollm2.NAME} (saves 330 MB of memory)")
    add("--lora-rank", type=int, default=16, metavar="N", help=f"rank of new adapters {shown}")
    add("--lora-alpha", type=int, metavar="N", help="their scale (default: twice the rank)")
    add("--lora-targets", default="all-linear", metavar="NAMES", help=f"layers, e.g. q_proj,v_proj {shown}")


def _answer_here(_bases: Sequence[str]) -> Mapping[str, UpstreamServer]:
    return {}


def read_bases(
    given: argparse.Namespace, upstreams_of: Callable[[Sequence[str]], Mapping[str, UpstreamServer]] = _answer_here
) -> tuple[BaseOption, ...]:
    """The bases from the command line, and the built-in one if it is installed; the servers that answer for them by their names.

    Raises ValueError.
    """
    if given.lora_rank < 1 or (given.lora_alpha is not None and given.lora_alpha < 1):
        raise ValueError("--lora-rank and --lora-alpha must be 1 or more.")
    settings = LoraSettings(rank=given.lora_rank, alpha=given.lora_alpha, targets=given.lora_targets)
    named = [text.partition("=") for text in given.base]
    names = [name for name, _, _ in named]
    for name in names:
        if not _NAME.fullmatch(name) or name in _BUILT_IN or names.count(name) > 1:
            raise ValueError(f"--base {name}=…: the name must be letters, digits, '.', '_', '-', and not in use.")
    upstreams = upstreams_of(names)
    bases = [BaseOption(name, _reference(ref), settings, upstreams.get(name)) for name, _, ref in named]
    if wrong := [base.name for base in bases if base.is_gguf and base.upstream]:
        raise ValueError(
            f"--serve-url cannot answer for {wrong[0]}, a .gguf file: name the bases that it is for (NAME=URL)."
        )
    if not all(base.is_gguf for base in bases) and not can_tune():
        raise ValueError(f"--base {_INSTALL}")
    return (*bases, *([] if given.no_smollm2 else _built_in(settings)))


def _built_in(settings: LoraSettings) -> list[BaseOption]:
    try:
        return [BaseOption(smollm2.NAME, str(smollm2.find()), settings)]
    except WeightsError as error:
        log.warning("%s is not offered. %s", smollm2.NAME, error)
        return []


def can_tune() -> bool:
    """Whether the libraries for tuning real models are installed. Serving a GGUF file needs none of them."""
    return all(importlib.util.find_spec(name) for name in ("torch", "transformers", "peft"))


def _reference(text: str) -> str:
    path = Path(text).expanduser()
    if text and (path.is_dir() or (path.is_file() and path.suffix == ".gguf")):
        return str(path.resolve())
    if path.suffix == ".gguf" or not _HUB_ID.fullmatch(text):
        found = "neither a directory, nor a .gguf file, nor the id of a model on a hub"
        raise ValueError(f"--base: {text or 'nothing'} is {found}.")
    return text


@asynccontextmanager
async def opened(
    options: Sequence[BaseOption], folder: Path, publisher: AdapterPublisher | None = None
) -> AsyncIterator[list[Backend]]:
    """Backends for the bases; they close at the exit. The folder caches what is read from GGUF files. Raises ServingError."""
    async with AsyncExitStack() as stack:
        backends: list[Backend] = []
        for option in options:
            sys.stderr.write(f"Opening {option.name} ({option.reference}) ...\n")
            handshake, generator = await _generator(option, folder, publisher)
            stack.push_async_callback(generator.close)
            backends.append(backend := _backend(option, handshake, generator, folder))
            if backend.untrainable:
                sys.stderr.write(f"{option.name} answers, but cannot be tuned here. {backend.untrainable}\n")
        yield backends


def _backend(option: BaseOption, handshake: Handshake, generator: TextGenerator, folder: Path) -> Backend:
    tokenizer = Tokenizer.from_str(handshake.tokenizer)
    gguf = (
        {"gguf": option.reference, "cache": str(cache_of(option.name, Path(option.reference), folder))}
        if option.is_gguf
        else {}
    )
    return Backend(
        base=option.name,
        base_weights=Path(option.reference),
        trainer="engine.backends.lora.trainer",
        extension="",
        context_tokens=handshake.context_tokens,
        generator=generator,
        count_tokens=lambda texts: sum(map(len, tokenizer.encode_batch_fast(list(texts), add_special_tokens=False))),
        batch_size=batch_size,
        parameters=handshake.parameters,
        untrainable="" if can_tune() else f"Tuning `{option.name}` {_INSTALL}",
        takes_tools=option.is_gguf,
        shares_steps=True,
        settings=option.settings.model_copy(update=gguf).model_dump(),
        methods=("supervised", "dpo"),
    )


async def _generator(
    option: BaseOption, folder: Path, publisher: AdapterPublisher | None
) -> tuple[Handshake, TextGenerator]:
    if option.upstream:
        child, handshake = await start_server(_TORCH_SERVER, option.reference, "--check")
        await child.end()
        return handshake, UpstreamGenerator(option.upstream, option.name, option.reference, publisher)
    if option.is_gguf:
        process = ServingProcess(
            _LLAMA_SERVER, option.reference, str(cache_of(option.name, Path(option.reference), folder))
        )
    else:
        process = ServingProcess(_TORCH_SERVER, option.reference)
    return await process.start(), process


def cache_of(name: str, gguf: Path, folder: Path) -> Path:
    """The cache folder of a GGUF file. A rewritten file gets a new one."""
    stat = gguf.stat()
    digest = hashlib.sha256(f"{gguf}|{stat.st_size}|{stat.st_mtime_ns}".encode()).hexdigest()
    return folder / f"{name}-{digest[:16]}"
