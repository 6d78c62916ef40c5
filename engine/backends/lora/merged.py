"""A base and an adapter for it, merged into one directory for transformers. Needs torch."""

import warnings
from pathlib import Path
from typing import Any

from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils.logging import disable_progress_bar

from engine.backends.lora.settings import base_reference


def write_merged(adapter: Path, target: Path) -> None:
    """Weights in the base's own precision, tokenizer and chat template. Raises OSError or ValueError if the base is gone."""
    disable_progress_bar()
    reference = base_reference(adapter)
    base: Any = AutoModelForCausalLM.from_pretrained(reference, dtype="auto", use_safetensors=True)
    with warnings.catch_warnings(action="ignore", category=FutureWarning):  # of transformers about transformers
        PeftModel.from_pretrained(base, adapter).merge_and_unload().save_pretrained(target, safe_serialization=True)
    AutoTokenizer.from_pretrained(reference).save_pretrained(target)
