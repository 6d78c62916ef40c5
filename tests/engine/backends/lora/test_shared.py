"""Two processes of a gloo group train as one does: the same losses, and a pause at the same step."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.engine.backends.lora.test_trainer import training
from tests.engine.process import ROOT

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning")  # peft's about transformers

SHARED = 7


@pytest.mark.soak
def test_two_processes_take_the_steps_that_one_takes(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.engine.backends.lora.sharing"]
    running = [
        subprocess.Popen([*command, str(rank), "2", str(tmp_path / "group")], cwd=ROOT, stdout=subprocess.PIPE)  # noqa: S603 - our own
        for rank in range(2)
    ]
    first, second = (json.loads(process.communicate(timeout=120)[0]) for process in running)
    alone = training()
    expected = [alone.step()["loss"] for _ in range(SHARED)]
    assert first == second
    assert first[:-1] == pytest.approx(expected, abs=1e-4)
    assert first[-1] == pytest.approx(
        alone._data.objective.measure(alone._data.examples, learn=False)["loss"], abs=1e-4
    )
