"""What an operator may choose about LoRA, and the rule behind each `auto`. Knows no torch."""

import json
from pathlib import Path

from pydantic import BaseModel

from engine.protocol.methods import MethodName

_MIN_UPDATES = 50
_MAX_BATCH_SIZE = 16
_RANK = 16
_DPO_SHARE = 0.15


class LoraSettings(BaseModel):
    """Shape of the adapters. Alpha is twice the rank unless given; targets are names of layers, split by commas.

    Of a base in a GGUF file, `gguf` is its path and `cache` the folder for what is made of it.
    """

    rank: int = _RANK
    alpha: int | None = None
    targets: str = "all-linear"
    gguf: str | None = None
    cache: str = ""


def batch_size(examples: int, epochs: int) -> int:
    """As large as leaves 50 updates, between 1 and 16."""
    return min(_MAX_BATCH_SIZE, max(1, examples * epochs // _MIN_UPDATES))


def peak_rate(method: MethodName, hidden: int, multiplier: float) -> float:
    """Ten times full tuning's rate, higher for narrow models: 5e-4 * (2000 / width) ** 0.78. DPO takes a share of it.

    The form and the exponent are Thinking Machines' fit on Llama models ("LoRA Without Regret", 2025).
    """
    share = _DPO_SHARE if method == "dpo" else 1.0
    return float(share * 5e-4 * (2000 / hidden) ** 0.78 * multiplier)


def is_adapter(path: Path) -> bool:
    return (path / "adapter_config.json").is_file()


def base_reference(adapter: Path) -> str:
    """The path or hub id of the base that an adapter was made for."""
    return str(json.loads((adapter / "adapter_config.json").read_text(encoding="utf-8"))["base_model_name_or_path"])
