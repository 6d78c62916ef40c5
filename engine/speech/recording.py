"""What becomes of an uploaded recording: sound as the speech model hears it, or the reason why there is none."""

from pydantic import BaseModel

SAMPLE_RATE = 16_000
SAMPLE_BYTES = 2
MAX_SECONDS = 300


class Decoded(BaseModel):
    """The samples that were written (16 bits, one channel, 16 kHz), or why the file cannot be used, for the client."""

    samples: int = 0
    error: str = ""
    code: str = "invalid_audio"

    @property
    def seconds(self) -> float:
        return self.samples / SAMPLE_RATE


class RecordingError(Exception):
    """A file that cannot be used; the text is for the client."""

    def __init__(self, message: str, code: str = "invalid_audio") -> None:
        super().__init__(message)
        self.message, self.code = message, code
