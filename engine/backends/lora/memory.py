"""Gradient checkpointing where memory is short."""

from typing import Any

import psutil
import torch

# Numbers that a Llama with adapters on all linear layers keeps per token, layer and unit of width (measured: 21).
_KEPT_NUMBERS = 21
_BYTES = 4
_SHARE = 0.5


def save_memory(model: Any, tokens: int) -> bool:
    """Turn on gradient checkpointing if the activations for so many tokens would take half the free memory; returns whether it did."""
    config = model.config.get_text_config()
    needed = _KEPT_NUMBERS * _BYTES * tokens * config.num_hidden_layers * config.hidden_size
    if needed < _SHARE * _free_bytes(model.device):
        return False
    model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    model.enable_input_require_grads()
    return True


def _free_bytes(device: torch.device) -> int:
    return int(torch.cuda.mem_get_info(device)[0] if device.type == "cuda" else psutil.virtual_memory().available)
