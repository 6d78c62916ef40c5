"""A finished job's file of metrics, in the columns of OpenAI's."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from engine.protocol.objects import FileObject, FineTuningJobEvent, new_id, now
from engine.storage.files import write_atomically

_COLUMNS = {
    "step": "step",
    "train_loss": "train_loss",
    "train_accuracy": "train_mean_token_accuracy",
    "valid_loss": "valid_loss",
    "valid_mean_token_accuracy": "valid_mean_token_accuracy",
}


def write_results(folder: Path, events: Sequence[FineTuningJobEvent]) -> FileObject:
    """Write a job's metrics as CSV into the folder of files; the file is there once its object is stored."""
    content = metrics_table(events).encode()
    file_id = new_id("file-")
    write_atomically(folder / file_id, content)
    return FileObject(
        id=file_id,
        bytes=len(content),
        created_at=now(),
        filename="step_metrics.csv",
        object="file",
        purpose="fine-tune-results",
        status="processed",
    )


def metrics_table(events: Sequence[FineTuningJobEvent]) -> str:
    """One line a reported step; a step that was repeated after a crash counts as it went the last time."""
    steps = {event.data["step"]: event.data for event in events if isinstance(event.data, dict)}
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for step in sorted(steps):
        writer.writerow([steps[step].get(name, "") for name in _COLUMNS.values()])
    return text.getvalue()
