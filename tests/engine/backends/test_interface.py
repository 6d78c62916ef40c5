"""What a backend makes of hyperparameters that were left to it."""

import pytest

from engine.backends.interface import default_epochs
from engine.training.task import ChosenHyperparameters
from tests.engine.counting import counting_backend


@pytest.mark.parametrize(
    ("examples", "epochs"), [(10, 10), (4, 25), (1, 25), (33, 3), (34, 3), (8333, 3), (8334, 2), (30_000, 1)]
)
def test_epochs_follow_openais_rule(examples: int, epochs: int) -> None:
    assert default_epochs(examples) == epochs


def test_what_is_chosen_is_kept_and_the_rest_is_planned() -> None:
    plan = counting_backend().plan("supervised", 10, ChosenHyperparameters(batch_size=7))
    assert plan.model_dump() == {"n_epochs": 10, "batch_size": 7, "learning_rate_multiplier": 1.0, "beta": None}


def test_beta_is_planned_for_dpo_alone() -> None:
    betas = [counting_backend().plan("dpo", 10, ChosenHyperparameters(beta=beta)).beta for beta in (None, 0.3)]
    assert betas == [0.1, 0.3]
