"""A base in a GGUF file and an adapter for it, merged into one GGUF file. Needs no torch."""

import logging
from pathlib import Path
from typing import Any

import numpy as np
from gguf import GGMLQuantizationType, GGUFReader, GGUFValueType, GGUFWriter, LlamaFileType, dequantize, quantize
from numpy.typing import NDArray

from engine.backends.llama.adapter import FILE, write_gguf_adapter
from engine.backends.llama.base import GGUFBase

_CHANGED = GGMLQuantizationType.Q8_0  # 8 bits keep what the adapter adds; the base's 4 would not
_WRITTEN_ANEW = ("GGUF.", "general.architecture", "general.file_type")


def write_merged_gguf(gguf: Path, base: GGUFBase, adapter: Path, target: Path) -> None:
    """Matrices that the adapter changes are written in 8 bits, all others as they are. Raises AdapterError."""
    logging.getLogger("gguf").setLevel(logging.WARNING)
    if not (adapter / FILE).exists():
        write_gguf_adapter(adapter, base)
    deltas = _deltas(GGUFReader(adapter / FILE))
    reader = GGUFReader(gguf)
    writer = GGUFWriter(target, base.architecture)
    for field in reader.fields.values():
        if not field.name.startswith(_WRITTEN_ANEW):
            kind, inner = field.types[0], field.types[-1] if field.types[0] == GGUFValueType.ARRAY else None
            writer.add_key_value(field.name, field.contents(), kind, sub_type=inner)
    writer.add_file_type(LlamaFileType.MOSTLY_Q8_0)
    for tensor in reader.tensors:
        if (delta := deltas.get(tensor.name)) is None:
            writer.add_tensor(tensor.name, tensor.data, raw_dtype=tensor.tensor_type)
        else:
            merged = dequantize(tensor.data, tensor.tensor_type).astype(np.float32) + delta
            writer.add_tensor(tensor.name, quantize(merged, _CHANGED), raw_dtype=_CHANGED)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _deltas(adapter: GGUFReader) -> dict[str, NDArray[np.float32]]:
    """What the adapter adds to each matrix: B @ A, times alpha by the rank (Hu et al., 2021)."""
    alpha: Any = adapter.fields["adapter.lora.alpha"].contents()
    halves = {tensor.name: tensor.data.astype(np.float32) for tensor in adapter.tensors}
    names = [name.removesuffix(".lora_a") for name in halves if name.endswith(".lora_a")]
    return {name: _product(halves[f"{name}.lora_a"], halves[f"{name}.lora_b"], alpha) for name in names}


def _product(a: NDArray[np.float32], b: NDArray[np.float32], alpha: float) -> NDArray[np.float32]:
    added: NDArray[np.float32] = (b @ a) * np.float32(alpha / a.shape[0])
    return added
