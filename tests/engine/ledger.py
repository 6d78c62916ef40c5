"""What an engine has acknowledged, and whether it still knows all of it."""

from dataclasses import dataclass, field
from pathlib import Path

from openai import OpenAI

from tests.engine.waiting import finished, wait_until
from tests.postgres import server_url


@dataclass
class Ledger:
    """Written down as soon as the engine has answered."""

    files: dict[str, bytes] = field(default_factory=dict)
    jobs: dict[str, str] = field(default_factory=dict)
    events: dict[str, set[str]] = field(default_factory=dict)
    models: set[str] = field(default_factory=set)

    def upload(self, client: OpenAI, content: bytes) -> str:
        file_id = client.files.create(file=content, purpose="fine-tune").id
        self.files[file_id] = content
        return file_id

    def launch(self, client: OpenAI, content: bytes, epochs: int) -> str:
        job = client.fine_tuning.jobs.create(
            model="practice-1",
            training_file=self.upload(client, content),
            method={"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": epochs}}},
        )
        self.jobs[job.id] = job.status
        return job.id

    def look(self, client: OpenAI) -> None:
        """Note what the jobs have become, what they tell and what they left."""
        for job_id in self.jobs:
            job = client.fine_tuning.jobs.retrieve(job_id)
            told = client.fine_tuning.jobs.list_events(job_id, limit=100)
            self.jobs[job_id] = job.status
            self.events[job_id] = {event.id for event in told}
            self.models |= {
                kept.fine_tuned_model_checkpoint for kept in client.fine_tuning.jobs.checkpoints.list(job_id)
            }
            self.models |= {job.fine_tuned_model} if job.fine_tuned_model else set()

    def verify(self, client: OpenAI) -> None:
        """All that was acknowledged is there, and each model can be talked to."""
        assert {stored.id for stored in client.files.list(purpose="fine-tune")} == set(self.files)
        assert all(client.files.content(file_id).content == content for file_id, content in self.files.items())
        for job_id, status in self.jobs.items():
            job = client.fine_tuning.jobs.retrieve(job_id)
            assert job.status == status or status not in ("succeeded", "failed", "cancelled")
            told = {event.id for event in client.fine_tuning.jobs.list_events(job_id, limit=100)}
            assert self.events.get(job_id, set()) <= told
        for model in self.models:
            answer = client.chat.completions.create(model=model, messages=[{"role": "user", "content": "A cat"}])
            assert answer.choices[0].message.content

    def settle(self, client: OpenAI, but: str = "") -> None:
        """Let every job, or all but one, come to its end."""
        for job_id in self.jobs.keys() - {but}:
            wait_until(lambda: _status(client, job_id) != "pausing")  # noqa: B023 - called at once
            if _status(client, job_id) == "paused":
                client.fine_tuning.jobs.resume(job_id)
            assert finished(client, job_id).status == "succeeded"

    def check_disk(self, client: OpenAI, folder: Path) -> None:
        """Nothing lies about that no object names."""
        listed = {stored.id for stored in client.files.list()}
        found = {path.name for path in (folder / "files").iterdir()}
        if server_url():  # another engine may still be writing a draft; after an hour they go
            found = {name for name in found if not name.endswith(".part")}
        assert found == listed
        assert len([path for path in (folder / "models").iterdir() if path.name.startswith("ftjob-")]) == len(
            self.models
        )


def _status(client: OpenAI, job_id: str) -> str:
    """As text, since the SDK's type does not know all."""
    return client.fine_tuning.jobs.retrieve(job_id).status
