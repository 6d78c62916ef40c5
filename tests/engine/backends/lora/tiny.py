"""A chat model small enough to make on the spot: two layers of 64, taught jokes that never say Haha.

Its tokenizer has the word, as any real one does; the model has never seen it.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, pre_tokenizers
from tokenizers.models import BPE
from tokenizers.trainers import BpeTrainer
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from engine.backends.lora.objective import TrainingData
from engine.backends.lora.reading import Reader
from engine.backends.lora.supervised import Supervised
from engine.backends.lora.template import ChatTemplate
from engine.backends.lora.trainer import LoraTrainer
from engine.training.task import Hyperparameters
from engine.training.training_file import Example, read_examples
from tests.engine.process import ROOT

JOKES = ROOT / "data" / "jokes.jsonl"
TEMPLATE = (
    "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}<|end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
_SPECIAL = ["<|pad|>", "<|end|>", "<|system|>", "<|user|>", "<|assistant|>"]


def make_tokenizer(texts: Sequence[str], template: str | None = TEMPLATE) -> Any:
    """A byte-level BPE tokenizer that knows these texts."""
    tokenizer = Tokenizer(BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(
        texts, BpeTrainer(vocab_size=1200, special_tokens=_SPECIAL, initial_alphabet=alphabet, show_progress=False)
    )
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|end|>", pad_token="<|pad|>")
    fast.chat_template = template
    return fast


def make_model(tokenizer: Any) -> Any:
    """An untrained Llama for that tokenizer."""
    torch.manual_seed(7)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=256,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        initializer_range=0.05,
    )
    return LlamaForCausalLM(config)


def jokes_without_haha(folder: Path) -> list[Example]:
    """The shipped jokes with their last word taken away."""
    bare = folder / "bare.jsonl"
    bare.write_text(JOKES.read_text().replace(" Haha", ""))
    return list(read_examples(bare))


def all_texts() -> list[str]:
    """What the shipped jokes say."""
    return [message.text for example in read_examples(JOKES) for message in example.messages]


def make_base(folder: Path) -> Path:
    """Train the tiny model on those jokes in full and save it as any other base."""
    examples = jokes_without_haha(folder)
    tokenizer = make_tokenizer(all_texts())
    model, template = make_model(tokenizer), ChatTemplate(tokenizer)
    samples = [sample for example in examples for sample in template.samples(example.messages)]
    hyperparameters = Hyperparameters(n_epochs=25, batch_size=16, learning_rate_multiplier=1)
    trainer = LoraTrainer(model, TrainingData(Supervised(Reader(model)), samples), hyperparameters, seed=1, rate=5e-3)
    while trainer.taken < trainer.total:
        trainer.step()
    base = folder / "tiny"
    model.save_pretrained(base)
    tokenizer.save_pretrained(base)
    return base
