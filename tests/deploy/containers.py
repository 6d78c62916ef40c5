"""A container of the image, with the limits that compose.yaml sets, by docker's or podman's command line."""

import asyncio
import json
import os
import shlex
from collections.abc import Mapping, Sequence
from time import perf_counter
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from tests.deploy.files import compose, instruction

IMAGE = os.environ.get("PUNCHLINE_IMAGE", "")
# More than one word where options come first, such as `podman --runtime runc`.
RUNNER = shlex.split(os.environ.get("PUNCHLINE_RUNNER", "docker"))
# Podman asks for more than a sandbox without that right may give.
ULIMITS = ("--ulimit", "nofile=4096:4096", "--ulimit", "nproc=4096:4096")
HEALTH_CHECK: Sequence[str] = json.loads(instruction("HEALTHCHECK").partition("CMD ")[2])


class Container:
    """`async with Container("bot", "host", env) as bot`: runs a service of compose.yaml, removed with its volume at the end."""

    def __init__(self, service: str, network: str, environment: Mapping[str, str]) -> None:
        self._name = f"punchline-{service}-{uuid4().hex[:8]}"
        self._service: Mapping[str, Any] = compose()["services"][service]
        self._network = network
        self._environment = environment

    async def __aenter__(self) -> Self:
        await _runner("run", "--detach", "--name", self._name, *self._options(), IMAGE, *self._service["command"])
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            error.add_note(await self.log())
        await _runner("rm", "--force", "--volumes", self._name)

    def _options(self) -> list[str]:
        service = self._service
        named = {**self._environment, "DATABASE_URL": "sqlite:////data/punchline.db"}
        limits = ["--memory", "1g", "--pids-limit", str(service["pids_limit"]), *ULIMITS]
        rights = ["--cap-drop", *service["cap_drop"], "--security-opt", "no-new-privileges", "--read-only"]
        variables = [part for name, value in named.items() for part in ("--env", f"{name}={value}")]
        return [*limits, *rights, "--tmpfs", *service["tmpfs"], "--init", "--network", self._network, *variables]

    async def run(self, *command: str) -> str:
        """What a command in the container prints. Raises `RuntimeError` if it fails."""
        return await _runner("exec", self._name, *command)

    async def healthy(self, timeout: float = 90.0) -> None:  # noqa: ASYNC109  # one place for it
        """Ask as the image's HEALTHCHECK does until it is well. Raises `TimeoutError` with the last answer."""
        answer = ""
        try:
            async with asyncio.timeout(timeout):
                while True:
                    try:
                        await self.run(*HEALTH_CHECK)
                        return
                    except RuntimeError as error:
                        answer = str(error)
                    await asyncio.sleep(0.5)
        except TimeoutError as late:
            raise TimeoutError(answer) from late

    async def stop(self) -> tuple[int, float]:
        """Stop it as compose.yaml does: the exit status, and the seconds that it took."""
        began = perf_counter()
        await _runner("stop", "--time", self._service["stop_grace_period"].removesuffix("s"), self._name)
        took = perf_counter() - began
        return int(await _runner("inspect", "--format", "{{.State.ExitCode}}", self._name)), took

    async def log(self) -> str:
        return await _runner("logs", self._name)


async def _runner(*arguments: str) -> str:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*RUNNER, *arguments, stdout=pipe, stderr=pipe)
    output, errors = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"{' '.join(arguments)}: {output.decode()}{errors.decode()}")
    return output.decode() + (errors.decode() if arguments[0] == "logs" else "")
