"""What the transcribing process is asked, and what it answers."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel


class TranscriptionTask(BaseModel):
    """Sound to be transcribed (engine.speech.recording), in a language or in the one that is heard. `words` asks for the time of each."""

    sound: Path
    language: str | None = None
    prompt: str = ""
    temperature: float = 0.0
    words: bool = False


class Word(NamedTuple):
    """A word, and when it was said, in seconds."""

    word: str
    start: float
    end: float


class Segment(BaseModel):
    """A piece of the text by OpenAI's names; times are in seconds."""

    id: int
    seek: int
    start: float
    end: float
    text: str
    tokens: Sequence[int]
    temperature: float
    avg_logprob: float
    compression_ratio: float
    no_speech_prob: float


class Transcript(BaseModel):
    """What was said, piece by piece: nothing where there is no speech. Or why it cannot be told, and what was wrong in the task."""

    language: str = ""
    segments: Sequence[Segment] = ()
    words: Sequence[Word] = ()
    error: str = ""
    param: str = ""

    @property
    def text(self) -> str:
        return "".join(segment.text for segment in self.segments).strip()


class Ready(BaseModel):
    """The process's first message: the model is loaded."""
