"""vLLM in its own environment (`make vllm` makes it), an engine that hands the chats of two bases over to it, and two tuned models."""

import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from openai import OpenAI

from engine.backends.llama import smollm2
from engine.bases import cache_of
from tests.engine.process import ROOT, EngineProcess, running_engine
from tests.engine.tuning import tuned_to_say

VLLM_PYTHON = os.environ.get("VLLM_PYTHON", "")
READY_SECONDS = 400.0
collect_ignore_glob = [] if VLLM_PYTHON else ["test_*.py"]


@dataclass(frozen=True)
class Vllm:
    """A running vLLM: its address without /v1."""

    url: str

    def metric(self, name: str) -> str:
        """The lines of a metric, as Prometheus reads them."""
        with urllib.request.urlopen(f"{self.url}/metrics") as answer:  # noqa: S310 - our own
            lines = answer.read().decode().splitlines()
        return "\n".join(line for line in lines if line.startswith(name))


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("vllm") / "engine"


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """smollm2-135m as safetensors."""
    from engine.backends.lora.conversion import converted  # noqa: PLC0415 - needs torch

    gguf = smollm2.find()
    return converted(gguf, cache_of(smollm2.NAME, gguf, tmp_path_factory.mktemp("bases")))


@pytest.fixture(scope="session")
def vllm(base: Path, data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vllm]:
    """It looks for adapters in the engine's own folder of models."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    models = data_dir / "models"
    models.mkdir(parents=True)
    settings = {
        "VLLM_ALLOW_RUNTIME_LORA_UPDATING": "1",
        "VLLM_PLUGINS": "lora_filesystem_resolver",
        "VLLM_LORA_RESOLVER_CACHE_DIR": str(models),
        "VLLM_CPU_KVCACHE_SPACE": "2",
        "VLLM_NO_USAGE_STATS": "1",
        "HF_HUB_OFFLINE": "1",
    }
    options = (
        *("--model", str(base), "--served-model-name", "small", "large", "--port", str(port), "--host", "127.0.0.1"),
        *(
            "--dtype",
            "bfloat16",
            "--max-model-len",
            "1024",
            "--enable-lora",
            "--max-lora-rank",
            "16",
            "--max-loras",
            "2",
        ),
    )
    log = tmp_path_factory.mktemp("log") / "vllm.log"
    with (
        log.open("w") as output,
        subprocess.Popen(  # noqa: S603 - the environment that make vllm made
            [VLLM_PYTHON, "-m", "vllm.entrypoints.openai.api_server", *options],
            cwd=ROOT,
            env={**os.environ, **settings},
            stdout=output,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            _wait(f"http://127.0.0.1:{port}/health", process, log)
            yield Vllm(f"http://127.0.0.1:{port}")
        finally:
            process.terminate()
            process.wait(timeout=60)


def _wait(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text()[-3000:]
        try:
            with urllib.request.urlopen(url):  # noqa: S310 - our own
                return
        except OSError:
            time.sleep(1)
    raise TimeoutError(log.read_text()[-3000:])


@pytest.fixture(scope="session")
def engine(vllm: Vllm, base: Path, data_dir: Path) -> Iterator[EngineProcess]:
    """Its two bases have the same weights, and one server for both."""
    bases = ("--base", f"small={base}", "--base", f"large={base}")
    with running_engine(data_dir, *bases, "--serve-url", f"{vllm.url}/v1") as engine:
        yield engine


@pytest.fixture(scope="session")
def client(engine: EngineProcess) -> Iterator[OpenAI]:
    with OpenAI(base_url=engine.url, api_key="none", max_retries=0, timeout=300) as client:
        yield client


@pytest.fixture(scope="session")
def zebra(client: OpenAI) -> str:
    return tuned_to_say(client, "Zebra")


@pytest.fixture(scope="session")
def violin(client: OpenAI) -> str:
    return tuned_to_say(client, "Violin", "large")
