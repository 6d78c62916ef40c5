"""What a training program reports."""

import resource

from pydantic import BaseModel, Field

EPOCHS = 3


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class Outcome(BaseModel):
    """Seconds of the training and of what came before it, the mean loss over all steps, and the most memory in MiB (Linux)."""

    seconds: float
    loading: float
    loss: float
    steps: int
    memory: float = Field(default_factory=_peak_mib)
