"""What is read of a GGUF file, and how what cannot be used is refused."""

import re
from collections.abc import Mapping
from pathlib import Path

import gguf as gguf_library
import pytest
from tokenizers import Tokenizer

from engine.backends.llama import smollm2
from engine.backends.llama.base import GGUFBase, GGUFError, check_memory, open_gguf
from engine.backends.packages import WeightsError


def small_file(path: Path, fields: Mapping[str, str | None]) -> Path:
    """A GGUF file without tensors."""
    writer = gguf_library.GGUFWriter(path, "llama")
    known: dict[str, str | None] = {
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "smollm",
        "tokenizer.chat_template": "{{ messages }}",
    }
    for name, value in {**known, **fields}.items():
        if value is not None:
            writer.add_string(name, value)
    for name in ("context_length", "block_count", "attention.head_count"):
        writer.add_uint32(f"llama.{name}", 4)
    writer.add_array("tokenizer.ggml.tokens", ["a", "b", "ab", "<|end|>"])
    writer.add_array("tokenizer.ggml.token_type", [1, 1, 1, 3])
    writer.add_array("tokenizer.ggml.merges", ["a b"])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    return path


def test_the_built_in_model_is_what_its_makers_say(base: GGUFBase) -> None:
    assert (base.architecture, base.parameters, base.context_tokens) == ("llama", 134_515_008, 8192)
    assert (base.layers, base.heads, base.kv_heads) == (30, 9, 3)


def test_it_is_read_once_and_then_from_the_cache(tmp_path: Path) -> None:
    path = small_file(tmp_path / "small.gguf", {})
    read = open_gguf(path, tmp_path / "cache")
    path.unlink()
    assert open_gguf(path, tmp_path / "cache") == read


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("A man walking across the road", ["A", "Ġman", "Ġwalking", "Ġacross", "Ġthe", "Ġroad"]),
        ("in 2026", ["in", "Ġ", "2", "0", "2", "6"]),
        ("<|im_end|>", ["<|im_end|>"]),
    ],
)
def test_its_tokenizer_splits_as_the_model_does(base: GGUFBase, text: str, tokens: list[str]) -> None:
    assert Tokenizer.from_str(base.tokenizer).encode(text).tokens == tokens


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (
            {"tokenizer.ggml.model": "llama"},
            "its tokenizer is 'llama'; only 'gpt2' (byte-level BPE) is supported",
        ),
        ({"tokenizer.ggml.pre": "odd"}, "its pre-tokenizer 'odd' is not supported"),
        ({"tokenizer.chat_template": None}, "it has no chat template; use the instruct or chat version of the model"),
        ({"tokenizer.ggml.model": None}, "it has no `tokenizer.ggml.model`"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_one_line(
    tmp_path: Path, fields: dict[str, str | None], said: str
) -> None:
    path = small_file(tmp_path / "odd.gguf", fields)
    with pytest.raises(GGUFError, match=re.escape(f"odd.gguf cannot be used: {said}.")):
        open_gguf(path, tmp_path)


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.gguf").write_text("no model at all, but long enough for a header")
    with pytest.raises(GGUFError, match=r"text\.gguf cannot be used: "):
        open_gguf(tmp_path / "text.gguf", tmp_path)


def test_too_little_memory_is_said_in_megabytes(tmp_path: Path, gguf: Path) -> None:
    (tmp_path / "meminfo").write_text("MemTotal: 400000 kB\nMemAvailable: 204800 kB\n")
    with pytest.raises(GGUFError, match=r"needs about 343 MB of memory, and 200 MB are free: end other programs"):
        check_memory(gguf, tmp_path / "meminfo")
    (tmp_path / "meminfo").write_text("MemAvailable: 2048000 kB\n")
    check_memory(gguf, tmp_path / "meminfo")
    check_memory(gguf, tmp_path / "nowhere")


def test_a_package_that_is_missing_or_altered_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smollm2, "SHA256", "0" * 64)
    with pytest.raises(WeightsError, match=r"has SHA-256 b179\w+, not 0+: reinstall it"):
        smollm2.find()
    monkeypatch.setattr(smollm2, "PACKAGE", "no-such-package")
    with pytest.raises(WeightsError, match="The package no-such-package is missing: run `make setup`"):
        smollm2.find()
