"""Samples read as a tree: the same numbers as each by itself, over fewer tokens, and only where the model can."""

from typing import Any

import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel, MistralConfig, MistralForCausalLM

from engine.backends.lora import memory
from engine.backends.lora.base import attach_adapter
from engine.backends.lora.packing import as_rows, as_tree
from engine.backends.lora.reading import Reader
from engine.backends.lora.settings import LoraSettings
from engine.backends.lora.template import IGNORED, Sample
from tests.engine.backends.lora.tiny import make_model, make_tokenizer

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning")  # peft's about transformers

CPU = torch.device("cpu")
SYSTEM = [11, 12, 13, 14, 15]
TOKENIZER = make_tokenizer(["A cat on a mat"])


def sample(request: list[int], answer: list[int]) -> Sample:
    return Sample([*SYSTEM, *request, *answer], [IGNORED] * (len(SYSTEM) + len(request)) + answer)


SAMPLES = [sample([20, 21], [30, 31, 32]), sample([20, 21], [30, 33]), sample([22], [34, 35, 36, 37])]


def mistral(window: int | None) -> Any:
    sizes = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 3, "num_attention_heads": 2}
    config = MistralConfig(vocab_size=60, num_key_value_heads=1, sliding_window=window, **sizes)
    return MistralForCausalLM(config)


def test_a_tree_holds_a_common_beginning_once() -> None:
    tree = as_tree(SAMPLES, CPU, torch.float32)
    assert tree.inputs["input_ids"].tolist() == [[*SYSTEM, 20, 21, 30, 31, 32, 33, 22, 34, 35, 36, 37]]
    assert tree.inputs["position_ids"].tolist() == [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 8, 5, 6, 7, 8, 9]]
    assert tree.labels.tolist() == [30, 31, 32, 30, 33, 34, 35, 36, 37]
    assert tree.columns.tolist() == [6, 7, 8, 6, 7, 11, 12, 13, 14]
    assert tree.owners.tolist() == [0, 0, 0, 1, 1, 2, 2, 2, 2]


def test_both_ways_of_reading_give_what_the_model_says_of_each_sample_alone() -> None:
    torch.manual_seed(1)
    model = make_model(TOKENIZER)
    reader, by_hand = Reader(model), []
    with torch.no_grad():
        for one in SAMPLES:
            scores = model(torch.tensor([one.ids])).logits[0].log_softmax(-1)
            by_hand += [scores[at, label].item() for at, label in enumerate(one.labels[1:]) if label != IGNORED]
        for micro_batch in (as_tree(SAMPLES, CPU, torch.float32), as_rows(SAMPLES, CPU)):
            found, _ = reader.read(micro_batch)
            assert found.tolist() == pytest.approx(by_hand, abs=1e-5)


@pytest.mark.parametrize(
    ("model", "tokens"),
    [
        pytest.param(make_model(TOKENIZER), 16, id="llama"),
        pytest.param(mistral(None), 16, id="mistral"),
        pytest.param(GPT2LMHeadModel(GPT2Config(vocab_size=60, n_embd=32, n_layer=2, n_head=2)), 16, id="gpt2"),
        pytest.param(mistral(8), 30, id="looks back only eight tokens"),
    ],
)
def test_a_tree_is_read_where_the_model_sees_as_far_back(model: Any, tokens: int) -> None:
    ((_, micro_batch),) = Reader(model).micro_batches(SAMPLES)
    assert micro_batch.inputs["input_ids"].numel() == tokens


def test_a_model_that_does_not_obey_a_mask_gets_rows() -> None:
    model = make_model(TOKENIZER)
    given = model.forward

    def forward(*, attention_mask: Any, **inputs: Any) -> Any:
        return given(attention_mask=attention_mask if attention_mask.dim() == 2 else None, **inputs)

    model.forward = forward
    ((_, micro_batch),) = Reader(model).micro_batches(SAMPLES)
    assert micro_batch.inputs["input_ids"].shape == (3, 10)


def test_activations_are_computed_twice_where_memory_is_short(monkeypatch: pytest.MonkeyPatch) -> None:
    def gradients(free: int) -> list[Any]:
        torch.manual_seed(1)
        model = attach_adapter(make_model(TOKENIZER), None, LoraSettings(rank=2))
        monkeypatch.setattr(memory, "_free_bytes", lambda _: free)
        assert memory.save_memory(model, 16) == model.is_gradient_checkpointing == (free < 2**20)
        reader = Reader(model)
        model.train()
        for _, micro_batch in reader.micro_batches(SAMPLES):
            reader.read(micro_batch)[0].sum().backward()
        return [weight.grad for weight in model.parameters() if weight.requires_grad]

    for ours, theirs in zip(gradients(0), gradients(2**40), strict=True):
        assert torch.allclose(ours, theirs, atol=1e-6)
