"""Opening a base model: its tokenizer, its weights, and a clear word where one of them will not do."""

import json
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer
from transformers.utils.logging import disable_progress_bar

from engine.backends.lora.settings import is_adapter
from engine.backends.lora.template import ChatTemplate, TemplateError

_MOST_CONTEXT = 8192


class BaseError(Exception):
    """A base model that cannot be used; the text is one line."""


@dataclass(frozen=True)
class Base:
    """A loaded base. `context` is how many tokens it reads at once, here at most 8,192."""

    reference: str
    model: Any
    template: ChatTemplate
    context: int
    device: torch.device

    @property
    def hidden(self) -> int:
        """The model's width."""
        return int(self.model.config.get_text_config().hidden_size)


def prepare_process() -> None:
    """Let torch calculate on all cores but one, which the rest of the engine keeps to, and keep libraries quiet."""
    warnings.simplefilter("ignore", FutureWarning)
    disable_progress_bar()
    torch.set_num_threads(max(1, (os.cpu_count() or 1) - 1))


def base_of(weights: Path) -> str:
    """The path or hub id of the base behind an adapter's directory, or behind a base itself."""
    if not is_adapter(weights):
        return weights.as_posix()
    return str(json.loads((weights / "adapter_config.json").read_text())["base_model_name_or_path"])


def open_template(reference: str) -> tuple[ChatTemplate, int]:
    """A base's tokenizer with its template, and the tokens that it reads at once. Raises BaseError."""
    with _told_of(reference):
        config = AutoConfig.from_pretrained(reference, trust_remote_code=False)
        template = ChatTemplate(AutoTokenizer.from_pretrained(reference, trust_remote_code=False))
    known = getattr(config.get_text_config(), "max_position_embeddings", None) or _MOST_CONTEXT
    return template, min(known, _MOST_CONTEXT)


def open_base(reference: str) -> Base:
    """Load a base from a local path or hub id: safetensors only, no code of its own. Raises BaseError."""
    template, context = open_template(reference)
    with _told_of(reference):
        model = _load(reference)
    template.add_stops(model.generation_config.eos_token_id)
    return Base(reference, model, template, context, model.device)


@contextmanager
def _told_of(reference: str) -> Iterator[None]:
    try:
        yield
    except TemplateError as error:
        raise BaseError(f"{reference}: {error}") from error
    except (OSError, ValueError, KeyError, ImportError, RuntimeError) as error:
        raise BaseError(f"{reference} cannot be opened as a causal language model: {_first_line(error)}") from error


def _load(reference: str) -> Any:
    """On a GPU in bfloat16 where it can, elsewhere in float32."""
    device = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    dtype = torch.bfloat16 if device == "cuda" and torch.cuda.is_bf16_supported() else torch.float32
    model = AutoModelForCausalLM.from_pretrained(reference, dtype=dtype, use_safetensors=True, trust_remote_code=False)
    return model.to(device).eval()


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
