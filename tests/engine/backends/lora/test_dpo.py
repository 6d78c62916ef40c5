"""DPO by itself: its loss by hand, its reference, what it teaches, and a break that changes nothing."""

import math
from pathlib import Path

import pytest
import torch
from safetensors.numpy import load_file

from engine.backends.lora.base import attach_adapter
from engine.backends.lora.dpo import Dpo, PreferencePair
from engine.backends.lora.objective import TrainingData
from engine.backends.lora.reading import Reader
from engine.backends.lora.settings import LoraSettings, peak_rate
from engine.backends.lora.template import ChatTemplate, Sample
from engine.backends.lora.trainer import LoraTrainer, load
from engine.training.task import Hyperparameters, TrainingTask
from engine.training.training_file import Message
from tests.engine.backends.lora.test_lora_worker import raw_base, reports, task
from tests.engine.backends.lora.tiny import make_model, make_tokenizer
from tests.preference_files import preference_file

__all__ = ["raw_base"]  # a fixture
pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning")  # peft's about transformers

CHAT = ChatTemplate(make_tokenizer(["A cat on a mat naps and likes it"]))
BETA = 0.4


def sample(request: str, answer: str) -> Sample:
    (found,) = CHAT.samples([Message("user", request), Message("assistant", answer, trained=True)])
    return found


def pairs() -> list[PreferencePair]:
    """Answers of different lengths."""
    return [PreferencePair(sample(f"A cat {n}", "It naps"), sample(f"A cat {n}", "It likes it" * n)) for n in (1, 2, 3)]


def training(epochs: int = 1) -> LoraTrainer[PreferencePair]:
    torch.manual_seed(1)
    model = attach_adapter(make_model(CHAT.tokenizer), None, LoraSettings(rank=4))
    objective, given = Dpo(Reader(model), BETA), pairs()
    objective.compute_reference(given)
    chosen = Hyperparameters(n_epochs=epochs, batch_size=3, learning_rate_multiplier=1)
    return LoraTrainer(model, TrainingData(objective, given, given), chosen, seed=3, rate=5e-3)


def log_probability(model: torch.nn.Module, given: Sample) -> float:
    """Of the whole answer, summed over its tokens."""
    with torch.no_grad():
        scores = model(torch.tensor([given.ids])).logits[0].log_softmax(-1)
    return float(sum(scores[at, label] for at, label in enumerate(given.labels[1:]) if label >= 0))


def dpo_task(folder: Path, start: Path) -> TrainingTask:
    """Six steps in two epochs."""
    given = task(folder, start, preference_file(10))
    (folder / "valid.jsonl").write_bytes(preference_file(2))
    chosen = given.hyperparameters.model_copy(update={"beta": BETA})
    return given.model_copy(update={"method": "dpo", "hyperparameters": chosen})


def test_the_loss_is_the_papers() -> None:
    trainer = training(epochs=3)
    reference = trainer.model.get_base_model()
    with trainer.model.disable_adapter():
        expected = [
            log_probability(reference, p.preferred) - log_probability(reference, p.non_preferred) for p in pairs()
        ]
    while trainer.taken < trainer.total:
        trainer.step()
    rewards = [
        BETA * (log_probability(trainer.model, p.preferred) - log_probability(trainer.model, p.non_preferred) - before)
        for p, before in zip(pairs(), expected, strict=True)
    ]
    measured = trainer.evaluate(full=True)
    assert measured["loss"] == pytest.approx(sum(math.log(1 + math.exp(-r)) for r in rewards) / 3, rel=1e-4)
    assert measured["reward_margin"] == pytest.approx(sum(rewards) / 3, rel=1e-3)
    assert measured["reward_accuracy"] == sum(r > 0 for r in rewards) / 3
    assert 0 <= measured["mean_token_accuracy"] <= 1


def test_before_the_first_step_the_model_is_its_own_reference() -> None:
    measured = training().evaluate(full=True)
    assert measured["loss"] == pytest.approx(math.log(2), abs=1e-5)
    assert measured["reward_margin"] == pytest.approx(0, abs=1e-5)


def test_what_is_preferred_becomes_likelier_than_what_is_not() -> None:
    trainer = training(epochs=10)
    (pair, *_) = pairs()
    before = [log_probability(trainer.model, given) for given in pair.samples]
    first = trainer.step()["loss"]
    while trainer.taken < trainer.total - 1:
        trainer.step()
    last = trainer.step()
    after = [log_probability(trainer.model, given) for given in pair.samples]
    assert (last["loss"] < first, last["reward_accuracy"]) == (True, 1.0)
    assert after[0] - before[0] > 0 > after[1] - before[1]


def test_a_break_changes_nothing(tmp_path: Path, raw_base: Path) -> None:
    whole, broken = dpo_task(tmp_path / "whole", raw_base), dpo_task(tmp_path / "broken", raw_base)
    expected = reports(whole)
    assert [report.kind for report in expected][-2:] == ["checkpoint", "done"]
    measures = ("loss", "mean_token_accuracy", "reward_accuracy", "reward_margin")
    assert {f"{where}_{name}" for where in ("train", "valid", "full_valid") for name in measures} <= set(
        expected[-2].metrics
    )
    assert reports(broken, pause_at_step=4)[-1].kind == "paused"
    assert reports(broken)[-2].metrics == expected[-2].metrics
    ours, theirs = (load_file(kept.result / "adapter_model.safetensors") for kept in (broken, whole))
    assert all((ours[name] == theirs[name]).all() for name in theirs)


def test_a_tuned_model_is_its_own_reference_when_it_is_tuned_further(tmp_path: Path, raw_base: Path) -> None:
    first = dpo_task(tmp_path / "first", raw_base)
    reports(first)
    again = load(dpo_task(tmp_path / "second", first.result), print)
    # As exact as bfloat16, which is taken where it is measured to be faster.
    assert again.step()["loss"] == pytest.approx(math.log(2), abs=1e-3)


def test_pairs_are_cut_to_what_the_model_reads() -> None:
    pair = pairs()[2]
    cut = pair.cut(9)
    assert [len(given.ids) for given in cut.samples] == [9, 9]
    assert cut.preferred.labels == pair.preferred.labels[:9]


def test_it_learns_at_a_share_of_the_supervised_rate() -> None:
    assert peak_rate("dpo", 2000, 1.0) == pytest.approx(0.15 * peak_rate("supervised", 2000, 1.0))
