"""Adapters of one base side by side, and those that do not fit it. The weights are random: what they say does not matter."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gguf import GGUFReader
from safetensors.numpy import save_file

from engine.backends.llama import servers
from engine.backends.llama.adapter import FILE, AdapterError, write_gguf_adapter
from engine.backends.llama.base import GGUFBase
from engine.backends.llama.servers import Servers

pytestmark = [pytest.mark.soak, pytest.mark.xdist_group("test_adapter")]

QUERY = "base_model.model.model.layers.0.self_attn.q_proj"
DOWN = "base_model.model.model.layers.29.mlp.down_proj"
LAYERS = {QUERY: (576, 576), DOWN: (576, 1536)}


def adapter(folder: Path, seed: int = 0, rank: int = 4, layers: Mapping[str, tuple[int, int]] = LAYERS) -> Path:
    """A PEFT directory with random weights for layers of these sizes (rows, columns)."""
    random = np.random.default_rng(seed)
    tensors = {}
    for name, (rows, columns) in layers.items():
        tensors[f"{name}.lora_A.weight"] = random.normal(size=(rank, columns)).astype(np.float32)
        tensors[f"{name}.lora_B.weight"] = random.normal(size=(rows, rank)).astype(np.float32)
    folder.mkdir()
    save_file(tensors, folder / "adapter_model.safetensors")
    (folder / "adapter_config.json").write_text(json.dumps({"lora_alpha": 4}))
    return folder


def greedy(server: Servers, chosen: Path | None) -> str:
    """The likeliest six tokens."""
    pieces: list[str] = []

    def take(data: Mapping[str, Any]) -> bool:
        pieces.extend(choice["delta"].get("content") or "" for choice in data["choices"])
        return False

    asked = [{"role": "user", "content": "Name a colour."}]
    server.chat(chosen, {"messages": asked, "max_tokens": 6, "temperature": 0, "stream": True}, take)
    return "".join(pieces)


def test_each_adapter_answers_as_itself_and_the_base_as_the_base(
    gguf: Path, base: GGUFBase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(servers, "MAX_ADAPTERS", 2)
    adapters = [adapter(tmp_path / f"a{number}", number) for number in range(3)]
    server = Servers(gguf, base)
    alone = [greedy(server, None), *(greedy(Servers(gguf, base), one) for one in adapters)]
    assert len(set(alone)) == 4
    in_turn = (0, 1, 2, 3, 0, 1)  # three adapters in a server that has room for two
    assert [greedy(server, [None, *adapters][one]) for one in in_turn] == [alone[one] for one in in_turn]


def test_a_retrained_adapter_replaces_the_old_one_and_a_deleted_one_is_missed(
    gguf: Path, base: GGUFBase, tmp_path: Path
) -> None:
    server = Servers(gguf, base)
    first = greedy(server, adapter(tmp_path / "a", 1))
    (tmp_path / "a").rename(tmp_path / "old")
    with pytest.raises(FileNotFoundError):
        greedy(server, tmp_path / "a")
    second = greedy(server, adapter(tmp_path / "a", 2))
    assert first != second


def test_queries_are_interleaved_within_heads_and_all_else_is_as_it_was(base: GGUFBase, tmp_path: Path) -> None:
    folder = adapter(tmp_path / "a", rank=1)
    (folder / "adapter_model.safetensors").unlink()
    rows = np.arange(576, dtype=np.float32)[:, None]
    names = {f"{layer}.lora_B.weight": rows for layer in (QUERY, DOWN)}
    save_file(names, folder / "adapter_model.safetensors")
    written = {tensor.name: tensor.data.ravel() for tensor in GGUFReader(write_gguf_adapter(folder, base)).tensors}
    assert written["blk.29.ffn_down.weight.lora_b"].tolist() == list(range(576))
    assert written["blk.0.attn_q.weight.lora_b"][:4].tolist() == [0, 32, 1, 33]
    assert written["blk.0.attn_q.weight.lora_b"][64:66].tolist() == [64, 96]


@pytest.mark.parametrize(
    ("layer", "rows", "said"),
    [
        ("base_model.model.transformer.h.0.attn.odd", 576, r"was made for another base: it changes .*odd"),
        (QUERY, 100, "was made for another base: blk.0.attn_q has 576 rows here, not 100"),
        (DOWN, 576, "was made for another base: blk.29.ffn_down has 1536 columns here, not 576"),
    ],
)
def test_an_adapter_for_another_base_is_refused_and_leaves_nothing(
    base: GGUFBase, tmp_path: Path, layer: str, rows: int, said: str
) -> None:
    folder = adapter(tmp_path / "a", layers={layer: (rows, 576)})
    with pytest.raises(AdapterError, match=said):
        write_gguf_adapter(folder, base)
    assert not list(folder.glob(f"{FILE}*"))
