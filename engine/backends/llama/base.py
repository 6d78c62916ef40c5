"""What the engine needs to know about a base in a GGUF file. Reading it takes seconds, so the result is cached."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gguf import GGUFReader
from pydantic import BaseModel, ValidationError

from engine.backends.llama.tokenizer import tokenizer_of
from engine.storage.files import write_atomically

MAX_CONTEXT_TOKENS = 4096
_SPECIAL = {"bos": "bos", "eos": "eos", "padding": "pad", "unknown": "unk"}  # GGUF's names, and those of transformers
# The key-value cache for 4,096 tokens of a small model, and llama.cpp's buffers.
_BYTES_BESIDE_WEIGHTS = 250 * 1024 * 1024


class GGUFError(Exception):
    """A GGUF file that cannot be used; the text is one line."""


class GGUFBase(BaseModel):
    """A base's architecture, context and number of parameters, its layers and heads, the (rows, columns) of each matrix by its name in
    the file, its tokenizer.json, chat template, and special tokens such as `eos_token`."""

    architecture: str
    context_tokens: int
    parameters: int
    layers: int
    heads: int
    kv_heads: int
    shapes: dict[str, tuple[int, int]]
    tokenizer: str
    chat_template: str
    special_tokens: dict[str, str]

    @property
    def readable_tokens(self) -> int:
        return min(self.context_tokens, MAX_CONTEXT_TOKENS)


def open_gguf(gguf: Path, cache: Path) -> GGUFBase:
    """Read a base, from its cache if it was read before. Raises GGUFError."""
    cached = cache / "base.json"
    try:
        return GGUFBase.model_validate_json(cached.read_bytes())
    except (OSError, ValidationError):
        base = _read(gguf)
        write_atomically(cached, base.model_dump_json().encode())
        return base


def check_memory(gguf: Path, meminfo: Path = Path("/proc/meminfo")) -> None:
    """Raises GGUFError if the system reports too little free memory. Where it reports nothing, the model is loaded anyway."""
    needed = gguf.stat().st_size + _BYTES_BESIDE_WEIGHTS
    try:
        values = dict(line.split(":", 1) for line in meminfo.read_text().splitlines())
        free = int(values["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError, IndexError):
        return
    if needed > free:
        told = f"{gguf.name} needs about {needed // 2**20} MB of memory, and {free // 2**20} MB are free"
        raise GGUFError(f"{told}: end other programs, or use a smaller model.")


def _read(gguf: Path) -> GGUFBase:
    with _named(gguf):
        reader = GGUFReader(gguf)
        fields = {name: field.contents() for name, field in reader.fields.items() if _is_of_use(name)}
        architecture = str(fields["general.architecture"])
        heads = int(fields[f"{architecture}.attention.head_count"])
        return GGUFBase(
            architecture=architecture,
            context_tokens=int(fields[f"{architecture}.context_length"]),
            parameters=sum(int(tensor.n_elements) for tensor in reader.tensors),
            layers=int(fields[f"{architecture}.block_count"]),
            heads=heads,
            kv_heads=int(fields.get(f"{architecture}.attention.head_count_kv", heads)),
            shapes={tensor.name: _shape(tensor.shape.tolist()) for tensor in reader.tensors if len(tensor.shape) == 2},
            tokenizer=tokenizer_of(fields).to_str(),
            chat_template=_chat_template(fields),
            special_tokens=_special_tokens(fields),
        )


def _shape(stored: Sequence[int]) -> tuple[int, int]:
    columns, rows = stored  # GGUF has the fastest dimension first
    return int(rows), int(columns)


def _is_of_use(name: str) -> bool:
    return not name.startswith("tokenizer.ggml.scores")


def _chat_template(fields: Mapping[str, Any]) -> str:
    template = fields.get("tokenizer.chat_template")
    if not template:
        raise GGUFError("it has no chat template; use the instruct or chat version of the model")
    return str(template)


def _special_tokens(fields: Mapping[str, Any]) -> dict[str, str]:
    tokens = fields["tokenizer.ggml.tokens"]
    ids = {kind: fields.get(f"tokenizer.ggml.{kind}_token_id") for kind in _SPECIAL}
    return {f"{_SPECIAL[kind]}_token": tokens[number] for kind, number in ids.items() if number is not None}


@contextmanager
def _named(gguf: Path) -> Iterator[None]:
    try:
        yield
    except KeyError as error:
        raise GGUFError(f"{gguf.name} cannot be used: it has no `{error.args[0]}`.") from error
    except (GGUFError, OSError, ValueError, TypeError, IndexError) as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise GGUFError(f"{gguf.name} cannot be used: {lines[0].rstrip('.')}.") from error
