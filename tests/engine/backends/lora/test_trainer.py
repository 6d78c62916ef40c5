"""The training loop by itself: exact gradients, the same steps with and without a break, losses that fall."""

from pathlib import Path

import pytest
import torch

from engine.backends.lora import reading
from engine.backends.lora.base import attach_adapter
from engine.backends.lora.batches import fitted
from engine.backends.lora.objective import TrainingData
from engine.backends.lora.reading import Reader
from engine.backends.lora.settings import LoraSettings, batch_size, peak_rate
from engine.backends.lora.supervised import Supervised
from engine.backends.lora.template import IGNORED, ChatTemplate, Sample
from engine.backends.lora.trainer import LoraTrainer, learning_rate_share
from engine.training.task import Hyperparameters
from engine.training.training_file import Message
from tests.engine.backends.lora.tiny import make_model, make_tokenizer

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning")  # peft's about transformers

WORDS = [f"A cat {number} on a mat" for number in range(10)]
HYPERPARAMETERS = Hyperparameters(n_epochs=3, batch_size=4, learning_rate_multiplier=1.0)
CHAT = ChatTemplate(make_tokenizer(WORDS))


def samples() -> list[Sample]:
    """Ten of different lengths."""
    turns = [(word, " ".join([word] * (1 + number % 3))) for number, word in enumerate(WORDS)]
    talks = [[Message("user", q), Message("assistant", a, trained=True)] for q, a in turns]
    return [sample for talk in talks for sample in CHAT.samples(talk)]


def training(hyperparameters: Hyperparameters = HYPERPARAMETERS) -> LoraTrainer[Sample]:
    torch.manual_seed(1)
    model = attach_adapter(make_model(CHAT.tokenizer), None, LoraSettings(rank=4))
    return LoraTrainer(model, TrainingData(Supervised(Reader(model)), samples()), hyperparameters, seed=3, rate=5e-3)


def losses(trainer: LoraTrainer[Sample]) -> list[float]:
    return [trainer.step()["loss"] for _ in range(trainer.total - trainer.taken)]


def test_a_break_changes_nothing(tmp_path: Path) -> None:
    whole = training()
    expected = losses(whole)
    assert len(expected) == 9
    assert expected[-1] < expected[0]
    first = training()
    begun = [first.step()["loss"] for _ in range(4)]
    first.save(tmp_path / "progress", {"valid_loss": 0.5})
    second = training()
    assert second.restore(tmp_path / "progress") == {"valid_loss": 0.5}
    assert begun + losses(second) == pytest.approx(expected, abs=1e-6)


def test_what_another_training_left_is_not_taken_up(tmp_path: Path) -> None:
    longer = training(HYPERPARAMETERS.model_copy(update={"n_epochs": 4}))
    longer.save(tmp_path / "progress", {})
    with pytest.raises(ValueError, match="another training"):
        training().restore(tmp_path / "progress")


def test_gradients_added_up_over_parts_are_the_batchs_own(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = losses(training())
    monkeypatch.setitem(reading._MAX_TOKENS, "cpu", 1)  # every example a micro-batch of its own
    assert losses(training()) == pytest.approx(expected, abs=1e-4)


def test_the_loss_is_the_mean_over_learned_tokens_alone() -> None:
    given = samples()
    model = make_model(CHAT.tokenizer)
    loss = Supervised(Reader(model)).measure(given, learn=False)["loss"]
    by_hand = 0.0
    for sample in given:
        with torch.no_grad():
            scores = model(torch.tensor([sample.ids])).logits[0].log_softmax(-1)
        pairs = [(at, label) for at, label in enumerate(sample.labels[1:]) if label != IGNORED]
        by_hand -= sum(scores[at, label].item() for at, label in pairs)
    assert loss == pytest.approx(by_hand / sum(sample.learned for sample in given), rel=1e-4)


def test_only_the_adapter_learns() -> None:
    trainer = training()
    before = {name: weight.clone() for name, weight in trainer.model.named_parameters()}
    trainer.step()
    trainer.step()
    changed = {name for name, weight in trainer.model.named_parameters() if not torch.equal(weight, before[name])}
    assert changed
    assert all("lora_" in name for name in changed)


def test_long_examples_are_cut_and_those_without_an_answer_left_out() -> None:
    given = samples()
    longest = max(len(sample.ids) for sample in given)
    assert fitted(given, longest) == (given, 0)
    kept, cut = fitted(given, 3)
    assert (kept, cut) == ([], len(given))


def test_the_rules_behind_auto() -> None:
    assert [batch_size(examples, 3) for examples in (10, 72, 1000)] == [1, 4, 16]
    assert peak_rate("supervised", 2000, 1.0) == pytest.approx(5e-4)
    assert peak_rate("supervised", 64, 2.0) == pytest.approx(2 * 7.33e-3, rel=0.01)
    assert [learning_rate_share(0, 20), learning_rate_share(1, 20), learning_rate_share(11, 20)] == pytest.approx(
        [0.5, 1.0, 0.5]
    )


def test_an_adapter_has_the_shape_that_was_asked_for() -> None:
    config = attach_adapter(make_model(CHAT.tokenizer), None, LoraSettings()).peft_config["default"]
    assert (config.r, config.lora_alpha) == (16, 32)
    narrow = attach_adapter(make_model(CHAT.tokenizer), None, LoraSettings(rank=2, targets="q_proj,v_proj"))
    assert (narrow.peft_config["default"].lora_alpha, narrow.peft_config["default"].target_modules) == (
        4,
        {"q_proj", "v_proj"},
    )
