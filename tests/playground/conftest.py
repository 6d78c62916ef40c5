"""A data directory with which an engine is ready at once."""

import shutil
from pathlib import Path

import pytest


@pytest.fixture
def trained_dir(tmp_path: Path, engine_url: str, engine_data_dir: Path, smollm2_bases: Path) -> Path:
    """A fresh data directory that already has practice-1, and what is read of smollm2-135m."""
    models = tmp_path / "engine" / "models"
    models.mkdir(parents=True)
    for weights in (engine_data_dir / "models").glob("practice-1*"):
        shutil.copy(weights, models)
    shutil.copytree(smollm2_bases, tmp_path / "engine" / "bases")
    return tmp_path / "engine"
