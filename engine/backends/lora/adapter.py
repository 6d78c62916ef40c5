"""Adapters on disk: standard peft directories, safetensors only, each complete or absent."""

import os
import shutil
import sys
from pathlib import Path
from typing import Any

from peft import LoraConfig, PeftModel, get_peft_model

from engine.backends.lora.settings import LoraSettings, is_adapter


def attach(model: Any, start: Path | None, settings: LoraSettings) -> Any:
    """The model with an adapter to train: the one at `start`, or a new one that changes nothing yet."""
    if start and is_adapter(start):
        return PeftModel.from_pretrained(model, start, is_trainable=True)
    config = LoraConfig(
        r=settings.rank,
        lora_alpha=settings.scale,
        target_modules=settings.modules,
        lora_dropout=0.0,
        bias="none",
        task_type="CAUSAL_LM",
    )
    return get_peft_model(model, config)


def save_adapter(model: Any, path: Path) -> None:
    """Write the adapter aside, settle it on disk, and give it its name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.part")
    model.save_pretrained(draft, safe_serialization=True, save_embedding_layers=False)
    for written in draft.iterdir():
        _settle(written)
    shutil.rmtree(path, ignore_errors=True)
    draft.rename(path)
    if sys.platform != "win32":
        _settle(path.parent)


def _settle(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY if sys.platform != "win32" else os.O_RDWR)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
