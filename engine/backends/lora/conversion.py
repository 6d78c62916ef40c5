"""A GGUF base as a directory that transformers can train: converted once and cached. Needs torch."""

import shutil
import sys
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from engine.backends.llama.base import GGUFError
from engine.storage.files import draft_of, put_in_place

_FOLDER = "transformers"


def converted(gguf: Path, cache: Path) -> Path:
    """The directory, in float32 (four bytes a weight). Raises GGUFError for architectures that transformers cannot read."""
    made = cache / _FOLDER
    if not made.is_dir():
        sys.stderr.write(f"Converting {gguf.name} for training, once ...\n")
        cache.mkdir(parents=True, exist_ok=True)
        draft = draft_of(made)
        try:
            _convert(gguf, draft)
            put_in_place(draft, made)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return made


def _convert(gguf: Path, target: Path) -> None:
    try:
        tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
        model = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype=torch.float32)
    except (OSError, ValueError, KeyError, ImportError, RuntimeError) as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise GGUFError(f"{gguf.name} cannot be converted for training: {lines[0]}") from error
    # The weights are dequantized, but transformers still marks them as quantized and would refuse to save them.
    model.hf_quantizer = None
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    model.save_pretrained(target, safe_serialization=True)
    tokenizer.save_pretrained(target)
