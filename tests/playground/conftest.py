"""A data directory with which an engine is ready at once."""

import shutil
from pathlib import Path

import pytest


@pytest.fixture
def trained_dir(tmp_path: Path, engine_url: str, engine_data_dir: Path) -> Path:
    """A fresh data directory that already has practice-1, from the session's engine."""
    models = tmp_path / "engine" / "models"
    models.mkdir(parents=True)
    for weights in (engine_data_dir / "models").glob("practice-1*"):
        shutil.copy(weights, models)
    return tmp_path / "engine"
