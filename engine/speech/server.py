"""The transcribing process: `python -m engine.speech.server CACHE`. It answers one task after another, until the engine ends it."""

import logging
import os
import queue
import sys
from pathlib import Path

# OpenMP's threads are to sleep between two pieces of work: chat runs on the same cores. Read when the library is loaded.
os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
os.environ["KMP_BLOCKTIME"] = "0"

import ctranslate2
import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.vad import VadOptions, get_speech_timestamps

from engine.backends.packages import WeightsError
from engine.concurrency.channel import Channel
from engine.cores import usable_cores
from engine.memory import return_unused
from engine.speech import whisper
from engine.speech.transcript import Ready, Segment, Transcript, TranscriptionTask, Word

log = logging.getLogger(__name__)

# Leaves the speech model a tenth of the processor during chats. At 19 it gets almost nothing; at 5 chats take 1.5 times as long.
NICENESS = 10
BEAM_SIZE = 5
# OpenAI's rule at temperature 0: a piece that repeats itself or is unlikely is written again, more freely. Theirs are six.
_FALLBACKS = (0.0, 0.4, 0.8)
_FULL_SCALE = 32768.0
_FAILED = "The speech model failed on this recording. The engine's log has the reason."


class SpeechModel:
    """Whisper on the processor, in 8 bits."""

    def __init__(self, folder: Path) -> None:
        """Load the model from its folder (engine.speech.whisper)."""
        self._model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=len(usable_cores()))

    def transcribe(self, task: TranscriptionTask) -> Transcript:
        """The words of a task's sound; none where nobody speaks, since the model makes words up for silence and music."""
        known = self._model.supported_languages
        if task.language is not None and task.language not in known:
            listed = ", ".join(sorted(known))
            return Transcript(
                error=f"'{task.language}' is not one of the model's languages: {listed}", param="language"
            )
        sound = np.fromfile(task.sound, "<i2").astype(np.float32) / _FULL_SCALE
        if not get_speech_timestamps(sound, VadOptions()):
            return Transcript(language=task.language or "")
        ctranslate2.set_random_seed(0)
        segments, found = self._model.transcribe(
            sound,
            language=task.language,
            beam_size=BEAM_SIZE,
            temperature=task.temperature or _FALLBACKS,
            initial_prompt=task.prompt or None,
            condition_on_previous_text=False,
            word_timestamps=task.words,
            vad_filter=True,
        )
        pieces = list(segments)
        return Transcript(
            language=found.language,
            segments=[Segment.model_validate(piece, from_attributes=True) for piece in pieces],
            words=[Word(word.word.strip(), word.start, word.end) for piece in pieces for word in piece.words or ()],
        )


def main() -> None:
    """Load the model, say so, and work until the engine is gone."""
    channel = Channel()
    if sys.platform != "win32":
        os.nice(NICENESS)
    try:
        model = SpeechModel(whisper.prepare(Path(sys.argv[1])))
    except WeightsError as error:
        sys.exit(f"{whisper.NAME} cannot be used. {error}")
    tasks: queue.SimpleQueue[TranscriptionTask] = queue.SimpleQueue()
    channel.listen(TranscriptionTask, tasks.put)
    return_unused()
    channel.send(Ready())
    while True:
        channel.send(_answer(model, tasks.get()))


def _answer(model: SpeechModel, task: TranscriptionTask) -> Transcript:
    try:
        return model.transcribe(task)
    except Exception:  # a recording must not end the process
        log.exception("transcribing failed")
        return Transcript(error=_FAILED)


if __name__ == "__main__":
    main()
