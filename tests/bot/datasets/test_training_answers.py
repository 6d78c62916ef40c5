"""What a model was taught: read once from its job's file, and forgotten with the dataset."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from bot.app import App
from bot.datasets.service import DatasetService
from bot.datasets.training_answers import REMEMBERED_FILES, TrainingAnswers
from bot.store.datasets import Dataset, DatasetStore
from tests.bot.parts import GUILD, change_job, launch, training_file, upload

TAUGHT = "He walked into a bar. Haha"


@pytest.fixture
def read(app: App, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The datasets whose files were opened, in order."""
    opened: list[int] = []
    reading = DatasetService.reading

    def noted(self: DatasetService, dataset: Dataset) -> AbstractAsyncContextManager[Path]:
        opened.append(dataset.id)
        return reading(self, dataset)

    monkeypatch.setattr(DatasetService, "reading", noted)
    return opened


@pytest.fixture
def training_answers(app: App) -> TrainingAnswers:
    return TrainingAnswers(DatasetStore(app.database), app.datasets)


async def test_a_jobs_file_is_read_once(app: App, training_answers: TrainingAnswers, read: list[int]) -> None:
    job = await launch(app)
    for _ in range(3):
        assert (await training_answers.of_job(job.id)).has_copy_of(TAUGHT)
    assert read == [job.dataset_id]


async def test_without_a_job_nothing_is_known(training_answers: TrainingAnswers) -> None:
    for job_id in (None, 7):
        assert not (await training_answers.of_job(job_id)).has_copy_of(TAUGHT)


async def test_a_deleted_dataset_is_forgotten(app: App, training_answers: TrainingAnswers) -> None:
    job = await launch(app)
    assert (await training_answers.of_job(job.id)).has_copy_of(TAUGHT)
    await change_job(app, job, status="succeeded", fine_tuned_model="ft:mine")
    await app.datasets.remove(GUILD, job.dataset_id)
    assert not (await training_answers.of_job(job.id)).has_copy_of(TAUGHT)


async def test_only_the_files_used_last_are_remembered(
    app: App, training_answers: TrainingAnswers, read: list[int]
) -> None:
    files = [await upload(app, training_file(10 + number), name=f"{number}") for number in range(REMEMBERED_FILES + 1)]
    for dataset in (*files, files[-1], files[0]):
        await training_answers.of(dataset)
    assert read == [*(dataset.id for dataset in files), files[0].id]
