"""Transcriptions as the engine sees them: recordings wait for their turn, are decoded by one process and transcribed by another."""

import asyncio
import logging
from pathlib import Path

from engine.concurrency.child import ChildError, ChildProcess
from engine.speech.recording import Decoded, RecordingError
from engine.speech.transcript import Ready, Transcript, TranscriptionTask

log = logging.getLogger(__name__)

MAX_WAITING = 16
DECODING_SECONDS = 60.0
# Five minutes of speech take one minute of two idle cores; they may be busy with other work.
TRANSCRIBING_SECONDS = 600.0
# The process holds 300 MB while it waits for the next recording.
IDLE_SECONDS = 600.0
_DECODINGS_AT_ONCE = 2
_DECODER, _SERVER = "engine.speech.decoding", "engine.speech.server"
_UNREADABLE = (
    "The file cannot be decoded: it is damaged, or unlike the format that it claims to be. Send another recording."
)


class BusyError(Exception):
    """Too many recordings wait already."""


class TranscriberError(Exception):
    """The model gave no transcript; the text is for the client. `param` names what was wrong in the task, if anything was."""

    def __init__(self, message: str, param: str = "") -> None:
        super().__init__(message)
        self.message, self.param = message, param


class Transcriber:
    """Transcribes one recording at a time. The process with the model starts with the first, and ends when there was none for a while."""

    def __init__(self, cache: Path, max_waiting: int = MAX_WAITING, idle_seconds: float = IDLE_SECONDS) -> None:
        """`cache` is the folder in which the model's files are put together and verified when its process starts (engine.speech.whisper)."""
        self._cache, self._max_waiting, self._idle_seconds = cache, max_waiting, idle_seconds
        self._decoding, self._turn = asyncio.Semaphore(_DECODINGS_AT_ONCE), asyncio.Lock()
        self._serving: ChildProcess | None = None
        self._rest: asyncio.Task[None] | None = None
        self.waiting = 0

    def check_queue(self) -> None:
        """Raises BusyError."""
        if self.waiting >= self._max_waiting:
            raise BusyError

    async def transcribe(self, recording: Path, task: TranscriptionTask) -> tuple[Transcript, float]:
        """What is said in a file of any kind, and its length in seconds. The task names where the decoded sound may lie meanwhile.

        Raises BusyError, RecordingError where the file is at fault, TranscriberError.
        """
        self.check_queue()
        self.waiting += 1
        try:
            async with self._decoding:
                decoded = await _decode(recording, task.sound)
            async with self._turn:
                return await self._transcribe(task), decoded.seconds
        finally:
            self.waiting -= 1

    async def close(self) -> None:
        if self._rest:
            self._rest.cancel()
        await self._end()

    async def _transcribe(self, task: TranscriptionTask) -> Transcript:
        if self._rest:
            self._rest.cancel()
        try:
            transcript = await self._ask(task)
        except (ChildError, TimeoutError) as error:
            log.error("the process of the speech model is ended: %s", str(error) or "it took too long")
            await self._end()
            message = "The process of the speech model ended or took too long. Try again, or send a shorter recording."
            raise TranscriberError(message) from error
        except asyncio.CancelledError:
            await self._end()  # what it still says is no answer to the next task
            raise
        finally:
            self._rest = asyncio.create_task(self._end_when_idle())
        if transcript.error:
            raise TranscriberError(transcript.error, transcript.param)
        return transcript

    async def _ask(self, task: TranscriptionTask) -> Transcript:
        was_resting = self._serving is not None
        try:
            return await self._hand_over(task)
        except ChildError as error:
            if not was_resting:
                raise
            log.warning("the process of the speech model is started again: %s", error)
            await self._end()
            return await self._hand_over(task)

    async def _hand_over(self, task: TranscriptionTask) -> Transcript:
        async with asyncio.timeout(TRANSCRIBING_SECONDS):
            if self._serving is None:
                self._serving = await ChildProcess.start(_SERVER, str(self._cache))
                await self._serving.receive(Ready)
            self._serving.send(task)
            return await self._serving.receive(Transcript)

    async def _end_when_idle(self) -> None:
        await asyncio.sleep(self._idle_seconds)
        async with self._turn:
            await self._end()

    async def _end(self) -> None:
        if self._serving:
            serving, self._serving = self._serving, None
            await serving.end()


async def _decode(recording: Path, sound: Path) -> Decoded:
    child = await ChildProcess.start(_DECODER, str(recording), str(sound))
    try:
        async with asyncio.timeout(DECODING_SECONDS):
            decoded = await child.receive(Decoded)
    except (ChildError, TimeoutError) as error:
        log.warning("a recording could not be decoded: %s", str(error) or "it took too long")
        raise RecordingError(_UNREADABLE) from error
    finally:
        await child.end()
    if decoded.error:
        raise RecordingError(decoded.error, decoded.code)
    return decoded
