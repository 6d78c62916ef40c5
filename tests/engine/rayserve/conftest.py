"""Ray Serve LLM in its own environment (`make ray-serve` makes it), an engine that hands the chats of two bases over to it, and a bucket between them."""

import json
import os
import re
import subprocess
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from openai import OpenAI

from engine.backends.llama import smollm2
from engine.bases import cache_of
from tests.engine.process import EngineProcess, running_engine
from tests.engine.ray.conftest import RealCluster, free_port
from tests.engine.tuning import tuned_to_say
from tests.engine.waiting import wait_until

RAY_PYTHON = os.environ.get("RAY_SERVE_PYTHON", "")
READY_SECONDS = 600.0
BASES = ("small", "large")
collect_ignore_glob = [] if RAY_PYTHON else ["test_*.py"]


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """smollm2-135m as safetensors."""
    from engine.backends.lora.conversion import converted  # noqa: PLC0415 - needs torch

    gguf = smollm2.find()
    return converted(gguf, cache_of(smollm2.NAME, gguf, tmp_path_factory.mktemp("bases")))


@dataclass(frozen=True)
class MotoBucket:
    """A bucket at moto's server, which believes every signature."""

    endpoint: str
    url: str = "s3://bucket/adapters"

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables that lead to it."""
        regions = {"AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1"}
        return {
            "AWS_ACCESS_KEY_ID": "made-up",
            "AWS_SECRET_ACCESS_KEY": "sesame",
            "AWS_ENDPOINT_URL": self.endpoint,
            **regions,
        }

    @property
    def keys(self) -> list[str]:
        """What lies in it."""
        return re.findall("<Key>(.*?)</Key>", self.ask("GET", "bucket?list-type=2"))

    def ask(self, method: str, path: str) -> str:
        asked = urllib.request.Request(f"{self.endpoint}/{path}", method=method)  # noqa: S310 - our own
        with urllib.request.urlopen(asked, timeout=20) as answer:  # noqa: S310 - our own
            return str(answer.read().decode())


@pytest.fixture(scope="session")
def s3() -> Iterator[MotoBucket]:
    port = free_port()
    command = [str(Path(RAY_PYTHON).parent / "moto_server"), "-H", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:  # noqa: S603 - the environment that make made
        known = MotoBucket(f"http://127.0.0.1:{port}")

        def is_made() -> bool:
            try:
                return not known.ask("PUT", "bucket").startswith("<Error")
            except OSError:
                return False

        try:
            wait_until(is_made, limit=60)
            yield known
        finally:
            process.terminate()


def configuration(base: Path, s3: MotoBucket, port: int) -> str:
    """What `serve run` is told: both bases have the same weights, each its own adapters."""
    models = [
        {
            "model_loading_config": {"model_id": name, "model_source": str(base)},
            "accelerator_config": {"kind": "cpu"},
            "lora_config": {"dynamic_lora_loading_path": f"{s3.url}/{name}", "max_num_adapters_per_replica": 4},
            "deployment_config": {"autoscaling_config": {"min_replicas": 1, "max_replicas": 1}},
            "engine_kwargs": {
                "dtype": "bfloat16",
                "max_model_len": 1024,
                "enable_lora": True,
                "max_lora_rank": 16,
                "max_loras": 2,
            },
        }
        for name in BASES
    ]
    application = {
        "name": "llm",
        "route_prefix": "/",
        "import_path": "ray.serve.llm:build_openai_app",
        "args": {"llm_configs": models},
    }
    return json.dumps({"http_options": {"host": "127.0.0.1", "port": port}, "applications": [application]})


@pytest.fixture(scope="session")
def ray_serve(base: Path, s3: MotoBucket) -> Iterator[str]:
    """Its address, which ends in /v1, once it answers for both bases."""
    port = free_port()
    settings = {"VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_NO_USAGE_STATS": "1", "HF_HUB_OFFLINE": "1", **s3.environment}
    # Ray's sockets lie in it, and a socket's path has 107 bytes at most: too few for pytest's folders.
    with TemporaryDirectory(dir="/tmp", ignore_cleanup_errors=True) as name:
        cluster = RealCluster(Path(name), free_port(), free_port(), RAY_PYTHON, cpus=8, settings=settings)
        (cluster.folder / "serve.yaml").write_text(configuration(base, s3, port))  # JSON is YAML, too
        try:
            cluster.start()
            address, config = f"--address=127.0.0.1:{cluster.port}", str(cluster.folder / "serve.yaml")
            cluster.run("serve", "run", address, config)

            def answers() -> bool:
                assert cluster.lives, cluster.log
                return all(chats(f"http://127.0.0.1:{port}/v1", name) for name in BASES)

            wait_until(answers, limit=READY_SECONDS)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            cluster.lose_node()


def chats(url: str, model: str) -> bool:
    """Whether a replica answers for it: models are listed before."""
    body = json.dumps({"model": model, "messages": [{"role": "user", "content": "Hello"}], "max_tokens": 1})
    headers = {"Content-Type": "application/json"}
    asked = urllib.request.Request(f"{url}/chat/completions", body.encode(), headers)  # noqa: S310 - our own
    try:
        with urllib.request.urlopen(asked, timeout=20):  # noqa: S310 - our own
            return True
    except OSError:
        return False


def models(url: str) -> set[str]:
    """The models that it lists."""
    with urllib.request.urlopen(f"{url}/models", timeout=20) as answer:  # noqa: S310 - our own
        return {model["id"] for model in json.load(answer)["data"]}


@pytest.fixture(scope="session")
def engine(
    ray_serve: str, base: Path, s3: MotoBucket, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[EngineProcess]:
    bases = [option for name in BASES for option in ("--base", f"{name}={base}")]
    upstream = ("--serve-url", ray_serve, "--serve-naming", "ray", "--publish-adapters", s3.url)
    with pytest.MonkeyPatch.context() as environment:
        for name, value in s3.environment.items():
            environment.setenv(name, value)
        with running_engine(tmp_path_factory.mktemp("rayserve") / "engine", *bases, *upstream) as engine:
            yield engine


@pytest.fixture(scope="session")
def client(engine: EngineProcess) -> Iterator[OpenAI]:
    with OpenAI(base_url=engine.url, api_key="none", max_retries=0, timeout=300) as client:
        yield client


@pytest.fixture(scope="session")
def zebra(client: OpenAI) -> str:
    return tuned_to_say(client, "Zebra", "small")


@pytest.fixture(scope="session")
def violin(client: OpenAI) -> str:
    return tuned_to_say(client, "Violin", "large")
