"""kill -9 at every step of an upload and of a training: nothing that was acknowledged is lost, nothing half-done is left.

`make soak` goes through the steps, in other orders with another SOAK_SEED.
"""

import os
import socket
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from openai import OpenAI

from tests.engine.datasets import training_file
from tests.engine.ledger import Ledger
from tests.engine.process import EngineProcess, running_engine
from tests.engine.waiting import trains, wait_until
from tests.kills import KillPoint, kill, kill_points

ROUNDS = 4
SEED = int(os.environ.get("SOAK_SEED", "11"))
EPOCHS = 2
CONTENT = training_file(12)


def half_an_upload(engine: EngineProcess, _: OpenAI, __: Ledger) -> None:
    address = urlsplit(engine.url)
    head = b"POST /v1/files HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 999999\r\n\r\n"
    form = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n' + b"{}\n" * 100_000
    with socket.create_connection((address.hostname, address.port or 80)) as connection:
        connection.sendall(head + form)
        wait_until(lambda: bool(list(Path(engine.data_dir / "files").glob("upload-*"))))


def an_upload(_: EngineProcess, client: OpenAI, ledger: Ledger) -> None:
    ledger.upload(client, CONTENT)


def a_new_job(_: EngineProcess, client: OpenAI, ledger: Ledger) -> None:
    ledger.launch(client, CONTENT, EPOCHS)


def a_first_loss(_: EngineProcess, client: OpenAI, ledger: Ledger) -> str:
    job_id = ledger.launch(client, CONTENT, EPOCHS)
    ledger.settle(client, but=job_id)
    wait_until(lambda: trains(client, job_id))
    return job_id


def a_checkpoint(engine: EngineProcess, client: OpenAI, ledger: Ledger) -> None:
    job_id = a_first_loss(engine, client, ledger)
    wait_until(lambda: bool(client.fine_tuning.jobs.checkpoints.list(job_id).data))


def a_pause(engine: EngineProcess, client: OpenAI, ledger: Ledger) -> None:
    client.fine_tuning.jobs.pause(a_first_loss(engine, client, ledger))


def a_success(engine: EngineProcess, client: OpenAI, ledger: Ledger) -> None:
    ledger.launch(client, CONTENT, 1)
    ledger.settle(client)


STEPS: dict[str, Callable[[EngineProcess, OpenAI, Ledger], object]] = {
    step.__name__: step
    for step in (half_an_upload, an_upload, a_new_job, a_first_loss, a_checkpoint, a_pause, a_success)
}


@pytest.mark.soak
def test_a_killed_engine_forgets_nothing(prepared_dir: Callable[[], Path]) -> None:
    folder, ledger = prepared_dir(), Ledger()
    for point in kill_points(list(STEPS), ROUNDS, SEED):
        die(folder, ledger, point)
    with running_engine(folder) as engine, connect(engine) as client:
        ledger.verify(client)
        ledger.settle(client)
        ledger.look(client)
        ledger.verify(client)
        ledger.check_disk(client, folder)


def die(folder: Path, ledger: Ledger, point: KillPoint) -> None:
    with running_engine(folder) as engine, connect(engine) as client:
        ledger.verify(client)
        STEPS[point.step](engine, client, ledger)
        ledger.look(client)
        kill(engine.process, point.delay)


def connect(engine: EngineProcess) -> OpenAI:
    return OpenAI(base_url=engine.url, api_key="practice", max_retries=0)
