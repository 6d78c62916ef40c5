"""A GGUF base as a directory that transformers can train: converted once and cached. Needs torch."""

import shutil
import sys
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast

from engine.backends.llama.base import GGUFBase, GGUFError, open_gguf
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
            _convert(gguf, open_gguf(gguf, cache), draft)
            put_in_place(draft, made)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return made


def _convert(gguf: Path, base: GGUFBase, target: Path) -> None:
    try:
        model = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype=torch.float32)
    except (OSError, ValueError, KeyError, ImportError, RuntimeError) as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise GGUFError(f"{gguf.name} cannot be converted for training: {lines[0]}") from error
    # The weights are dequantized, but transformers still marks them as quantized and would refuse to save them.
    model.hf_quantizer = None
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    model.save_pretrained(target, safe_serialization=True)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=Tokenizer.from_str(base.tokenizer), **base.special_tokens)
    tokenizer.chat_template = base.chat_template
    tokenizer.save_pretrained(target)
