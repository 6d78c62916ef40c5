"""Whether real models are tested here at all."""

import pytest

from tests.engine.backends.lora.conftest import INSTALLED, REQUIRED


def test_real_models_are_tested_here() -> None:
    if not INSTALLED and not REQUIRED:
        pytest.skip("torch, transformers or peft is missing: `make lora` brings what the tests of real models need")
    assert INSTALLED
