"""A PEFT adapter as the GGUF file that llama.cpp reads."""

import json
from pathlib import Path

import numpy as np
from gguf import MODEL_ARCH, MODEL_ARCH_NAMES, GGUFType, GGUFWriter, get_tensor_name_map
from numpy.typing import NDArray
from safetensors.numpy import load_file

from engine.backends.llama.base import GGUFBase
from engine.storage.files import draft_of, put_in_place

FILE = "adapter.gguf"
_PREFIX = "base_model.model."
_PERMUTED = ("llama",)  # architectures whose query and key rows llama.cpp interleaves within each head


class AdapterError(Exception):
    """An adapter that does not fit this base; the text is one line."""


def write_gguf_adapter(adapter: Path, base: GGUFBase) -> Path:
    """Write the GGUF file beside a PEFT adapter's own files, in half precision, complete or not at all. Raises AdapterError."""
    names = get_tensor_name_map(_architecture(base), base.layers)
    config = json.loads((adapter / "adapter_config.json").read_text())
    path = adapter / FILE
    draft = draft_of(path)
    writer = GGUFWriter(draft, base.architecture)
    writer.add_type(GGUFType.ADAPTER)
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", float(config["lora_alpha"]))
    for name, tensor in load_file(adapter / "adapter_model.safetensors").items():
        layer, _, half = name.removeprefix(_PREFIX).removesuffix(".weight").rpartition(".lora_")
        known = names.get_name(layer)
        if known is None or half not in ("A", "B") or f"{known}.weight" not in base.shapes:
            raise AdapterError(f"The adapter was made for another base: it changes {name}.")
        writer.add_tensor(f"{known}.weight.lora_{half.lower()}", _arranged(tensor, known, half, base))
    try:
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        put_in_place(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    return path


def _architecture(base: GGUFBase) -> MODEL_ARCH:
    return next(number for number, name in MODEL_ARCH_NAMES.items() if name == base.architecture)


def _arranged(tensor: NDArray[np.float32], name: str, half: str, base: GGUFBase) -> NDArray[np.float16]:
    rows, columns = base.shapes[f"{name}.weight"]
    axis, size, words = (1, columns, "columns") if half == "A" else (0, rows, "rows")
    if tensor.shape[axis] != size:
        found = f"{name} has {size} {words} here, not {tensor.shape[axis]}"
        raise AdapterError(f"The adapter was made for another base: {found}.")
    heads = base.heads if name.endswith("attn_q") else base.kv_heads if name.endswith("attn_k") else 0
    if half == "B" and heads and base.architecture in _PERMUTED:
        tensor = tensor.reshape(heads, 2, rows // heads // 2, -1).swapaxes(1, 2).reshape(tensor.shape)
    return np.ascontiguousarray(tensor, dtype=np.float16)
