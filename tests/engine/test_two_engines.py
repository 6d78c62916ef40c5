"""Two engine processes on one PostgreSQL database and one data directory, behind one address."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.request import urlopen

import openai
import pytest
from openai import OpenAI

from tests.engine.datasets import training_file
from tests.engine.process import EngineProcess, child_of, running_engine
from tests.engine.ray.stand_in import stand_in_cluster
from tests.engine.round_robin import round_robin
from tests.engine.waiting import finished, trains, wait_until
from tests.kills import kill

pytestmark = [pytest.mark.soak, pytest.mark.postgres]
EPOCHS = 20


@pytest.fixture
def engines(prepared_dir: Callable[[], Path]) -> Iterator[list[EngineProcess]]:
    folder = prepared_dir()
    with ExitStack() as stack:
        yield [stack.enter_context(running_engine(folder)) for _ in range(2)]


def connect(url: str) -> OpenAI:
    """A client that takes a new connection for each request, so that each may go to another engine."""
    return OpenAI(base_url=url, api_key="x", max_retries=0, default_headers={"Connection": "close"})


def trains_in(engine: EngineProcess) -> bool:
    try:
        return bool(child_of(engine, "engine.training.worker"))
    except (StopIteration, FileNotFoundError):
        return False


def is_elected(engine: EngineProcess) -> bool:
    with urlopen(engine.url.removesuffix("/v1") + "/metrics") as shown:  # noqa: S310 - our own engine
        return b"\npunchline_engine_elected 1.0" in shown.read()


def answer(client: OpenAI, model: str) -> str:
    told = client.chat.completions.create(model=model, messages=[{"role": "user", "content": "A cat"}], temperature=0)
    return told.choices[0].message.content or ""


def test_a_job_survives_the_engine_that_trains_it_and_both_serve_its_model(engines: list[EngineProcess]) -> None:
    with (
        round_robin(*(engine.url for engine in engines)) as url,
        connect(url) as client,
        connect(engines[0].url) as one,
        connect(engines[1].url) as two,
    ):
        uploaded = one.files.create(file=training_file(12), purpose="fine-tune")
        job = two.fine_tuning.jobs.create(
            model="practice-1",
            training_file=uploaded.id,
            method={"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": EPOCHS}}},
        )
        wait_until(lambda: bool(client.fine_tuning.jobs.checkpoints.list(job.id).data))
        (trainer,) = [engine for engine in engines if trains_in(engine)]
        kill(trainer.process)
        ended = finished(client, job.id)
        assert (ended.status, ended.error) == ("succeeded", None)
        check_history(client, job.id)
        model = ended.fine_tuned_model or ""
        with running_engine(trainer.data_dir) as third, connect(third.url) as fresh:
            left = two if trainer is engines[0] else one
            assert answer(left, model) == answer(fresh, model) != ""
            assert fresh.models.delete(model).deleted
            with pytest.raises(openai.NotFoundError):
                answer(left, model)
            wait_until(lambda: not (trainer.data_dir / "models" / job.id).with_suffix(".safetensors").exists())


def check_history(client: OpenAI, job_id: str) -> None:
    """It was trained once, to its end, with every epoch's checkpoint, and taken up again where the last one was."""
    events = [
        event for page in client.fine_tuning.jobs.list_events(job_id, limit=100).iter_pages() for event in page.data
    ]
    assert len({event.id for event in events}) == len(events)
    told = [event.message for event in events]
    once = ("Fine-tuning job started", "The job has successfully completed")
    again = "The engine stopped during the training; the job is queued again and goes on from its last checkpoint"
    assert [told.count(message) for message in (*once, again)] == [2, 1, 1]  # started under each of the two
    steps = [event.data["step"] for event in events if isinstance(event.data, dict)]
    kept = [one.step_number for one in client.fine_tuning.jobs.checkpoints.list(job_id, limit=100)]
    assert len(kept) == len(set(kept)) == EPOCHS
    assert set(kept) <= set(steps)
    models = [model.id for model in client.models.list() if model.id.startswith("ft:")]
    assert len(models) == 1


def test_a_training_on_ray_goes_on_when_the_elected_engine_is_killed(prepared_dir: Callable[[], Path]) -> None:
    """Nothing of it is told twice, left out or submitted again."""
    folder = prepared_dir()
    with (
        stand_in_cluster() as cluster,
        running_engine(folder, "--ray", cluster.url) as first,
        running_engine(folder, "--ray", cluster.url) as second,
        connect(first.url) as one,
        connect(second.url) as two,
    ):
        wait_until(lambda: is_elected(first) or is_elected(second))
        dying, client = (first, two) if is_elected(first) else (second, one)
        uploaded = client.files.create(file=training_file(12), purpose="fine-tune")
        job = client.fine_tuning.jobs.create(
            model="practice-1", training_file=uploaded.id, hyperparameters={"n_epochs": EPOCHS}
        )
        wait_until(lambda: trains(client, job.id))
        kill(dying.process)
        assert finished(client, job.id).status == "succeeded"
        told = [event.message for event in client.fine_tuning.jobs.list_events(job.id, limit=100)]
        assert len(set(told)) == len(told)
        kept = [one.step_number for one in client.fine_tuning.jobs.checkpoints.list(job.id, limit=100)]
        assert len(kept) == len(set(kept)) == EPOCHS
        assert cluster.submitted == [job.id]


def test_sigterm_hands_the_queue_over(engines: list[EngineProcess]) -> None:
    """As in an upgrade: one engine after the other is restarted."""
    with connect(engines[1].url) as client:
        uploaded = client.files.create(file=training_file(12), purpose="fine-tune")
        engines[0].process.terminate()
        job = client.fine_tuning.jobs.create(model="practice-1", training_file=uploaded.id)
        assert finished(client, job.id).status == "succeeded"
        assert engines[0].process.wait(timeout=20) == 0
