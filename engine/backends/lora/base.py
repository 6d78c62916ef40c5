"""Base models and adapters: opened, and written as standard peft directories. Safetensors only, no code of a model's own."""

import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer
from transformers.utils.logging import disable_progress_bar

from engine.backends.llama.adapter import AdapterError, write_gguf_adapter
from engine.backends.llama.base import GGUFError, open_gguf
from engine.backends.lora.conversion import converted
from engine.backends.lora.group import agree
from engine.backends.lora.settings import LoraSettings, base_reference, is_adapter
from engine.backends.lora.template import ChatTemplate, TemplateError
from engine.storage.files import draft_of, put_in_place
from engine.training.trainer import RefusedError

MAX_CONTEXT_TOKENS = 8192


class BaseError(RefusedError):
    """A base model that cannot be used; the text is one line."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "model_not_available", "model")


@dataclass(frozen=True)
class Base:
    """A loaded base. `context` is how many tokens it reads at once, here at most 8,192."""

    model: Any
    template: ChatTemplate
    context: int


def prepare_process(threads: int) -> None:
    """Let torch calculate on that many cores, and keep libraries quiet."""
    warnings.simplefilter("ignore", FutureWarning)
    disable_progress_bar()
    torch.set_num_threads(threads)


def base_of(weights: Path, settings: LoraSettings) -> str:
    """The path or hub id of the base behind an adapter's directory, or behind a base itself. Raises BaseError."""
    if settings.gguf:
        try:
            return str(converted(Path(settings.gguf), Path(settings.cache)))
        except GGUFError as error:
            raise BaseError(str(error)) from error
    if not is_adapter(weights):
        return weights.as_posix()
    return base_reference(weights)


def open_template(reference: str) -> tuple[ChatTemplate, int | None]:
    """A base's tokenizer with its template, and how many tokens the base reads at once, if it says. Raises BaseError."""
    with _named(reference):
        config = AutoConfig.from_pretrained(reference, trust_remote_code=False)
        template = ChatTemplate(AutoTokenizer.from_pretrained(reference, trust_remote_code=False))
    return template, getattr(config.get_text_config(), "max_position_embeddings", None)


def open_base(reference: str, *, training: bool = False) -> Base:
    """A base to answer with, or one to be trained, in the precision that is fastest for it here. Raises BaseError."""
    template, context = open_template(reference)
    with _named(reference):
        model = _load(reference, training=training)
    template.add_stops(model.generation_config.eos_token_id)
    return Base(model, template, min(context or MAX_CONTEXT_TOKENS, MAX_CONTEXT_TOKENS))


def attach_adapter(model: Any, start: Path | None, settings: LoraSettings) -> Any:
    """The model with an adapter to train: the one at `start`, or a new one that changes nothing yet."""
    if start and is_adapter(start):
        return PeftModel.from_pretrained(model, start, is_trainable=True)
    config = LoraConfig(
        r=settings.rank,
        lora_alpha=settings.alpha or 2 * settings.rank,
        target_modules=settings.targets if settings.targets == "all-linear" else settings.targets.split(","),
        lora_dropout=0.0,
        bias="none",
        task_type="CAUSAL_LM",
    )
    return get_peft_model(model, config)


def save_adapter(model: Any, path: Path, settings: LoraSettings) -> None:
    """Write an adapter's directory, complete or not at all; for a base in a GGUF file with the adapter in that format, too."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = draft_of(path)
    try:
        model.save_pretrained(draft, safe_serialization=True, save_embedding_layers=False)
        if settings.gguf:
            _write_gguf(draft, settings)
        shutil.rmtree(path, ignore_errors=True)
        put_in_place(draft, path)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _write_gguf(adapter: Path, settings: LoraSettings) -> None:
    try:
        write_gguf_adapter(adapter, open_gguf(Path(settings.gguf or ""), Path(settings.cache)))
    except (AdapterError, GGUFError) as error:
        raise BaseError(str(error)) from error


@contextmanager
def _named(reference: str) -> Iterator[None]:
    try:
        yield
    except TemplateError as error:
        raise BaseError(f"{reference}: {error}") from error
    except (OSError, ValueError, KeyError, ImportError, RuntimeError) as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise BaseError(f"{reference} cannot be opened as a causal language model: {lines[0]}") from error


def _load(reference: str, *, training: bool) -> Any:
    device = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    dtype = torch.bfloat16 if _is_fast_in_bfloat16(device, training=training) else torch.float32
    model = AutoModelForCausalLM.from_pretrained(reference, dtype=dtype, use_safetensors=True, trust_remote_code=False)
    return model.to(device).eval()


def _is_fast_in_bfloat16(device: str, *, training: bool) -> bool:
    if device == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    able = torch.cpu.get_capabilities()
    has_instructions = bool(able.get("avx512_bf16") or able.get("amx_bf16"))
    if not (training and device == "cpu"):
        return False
    is_slow = not has_instructions or _seconds(torch.bfloat16) >= _seconds(torch.float32)
    return not agree(said=is_slow)  # those who share a training calculate alike


def _seconds(dtype: torch.dtype) -> float:
    """The shortest of several matrix products on the processor. Instructions for bfloat16 alone say little: an Intel Xeon with
    AVX512-BF16 but without AMX takes twice as long as in float32."""
    left, right = (torch.ones(rows, 1024, dtype=dtype) for rows in (256, 1024))
    took = []
    for _ in range(6):  # the first one prepares
        began = perf_counter()
        torch.nn.functional.linear(left, right)
        took.append(perf_counter() - began)
    return min(took)
