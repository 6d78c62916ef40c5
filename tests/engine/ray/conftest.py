"""Ray itself, in the environment that `make ray` makes, as a cluster of one node with two processors."""

import json
import os
import signal
import socket
import subprocess
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.engine.process import ROOT
from tests.engine.waiting import wait_until

RAY_PYTHON = os.environ.get("RAY_PYTHON", "")
READY_SECONDS = 120.0
_MARK = "PUNCHLINE_TEST_CLUSTER"
collect_ignore_glob = [] if RAY_PYTHON else ["test_real_*.py"]


@dataclass
class RealCluster:
    """A head node that can be killed with all that it runs, and started again at the same address. `settings` are variables of its environment."""

    folder: Path
    port: int
    dashboard_port: int
    python: str = RAY_PYTHON
    cpus: int = 2
    settings: Mapping[str, str] = field(default_factory=dict)
    process: "subprocess.Popen[bytes] | None" = None
    started: "list[subprocess.Popen[bytes]]" = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.dashboard_port}"

    def start(self) -> None:
        """Raises TimeoutError where it does not answer."""
        options = {
            "port": self.port,
            "dashboard-port": self.dashboard_port,
            "node-ip-address": "127.0.0.1",
            "dashboard-host": "127.0.0.1",
            "dashboard-agent-listen-port": free_port(),
            "num-cpus": self.cpus,
            "object-store-memory": 200 * 1024 * 1024,
            "temp-dir": self.folder / "t",
        }
        command = ["ray", "start", "--head", "--block", "--disable-usage-stats"]
        self.process = self.run(*command, *(f"--{name}={value}" for name, value in options.items()))
        wait_until(self._answers, limit=READY_SECONDS)

    def run(self, command: str, *arguments: str) -> "subprocess.Popen[bytes]":
        """Start one of Ray's own commands; it ends with the node at the latest."""
        environment = {**os.environ, **self.settings, _MARK: str(self.folder)}
        with (self.folder / "ray.log").open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - the environment that make made
                [str(Path(self.python).parent / command), *arguments],
                env=environment,
                cwd=ROOT,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.started.append(process)
        return process

    @property
    def lives(self) -> bool:
        """Whether all that was started still runs."""
        return all(started.poll() is None for started in self.started)

    @property
    def log(self) -> str:
        """The end of what it has said."""
        return (self.folder / "ray.log").read_text()[-3000:]

    def lose_node(self) -> None:
        """kill -9 for every process that the head started, its workers and their programs among them."""
        mark = f"{_MARK}={self.folder}\0".encode()
        below = _descendants(self.process.pid) if self.process else set()  # Ray's agents hide their environment
        while found := [process for process in _processes() if mark in _environment(process)]:
            for process in {*found, *below}:
                _kill(process)
            below.clear()
            for started in self.started:
                started.wait()
            self.started.clear()

    def lose_worker(self, submission_id: str) -> bool:
        """Whether one was there to be killed."""
        found = self.workers(submission_id)
        for process in found:
            _kill(process)
        return bool(found)

    def workers(self, submission_id: str) -> list[int]:
        mark = f"{_MARK}={self.folder}\0".encode()
        words = (b"engine.ray.worker", submission_id.encode())
        return [
            process
            for process in _processes()
            if all(word in _command(process) for word in words)
            and mark in _environment(process)
            and b"/bin/sh" not in _command(process)
        ]

    def sharing(self) -> list[int]:
        """The processes that share a training just now."""
        below = _descendants(self.process.pid) if self.process else set()
        return [process for process in below if b"RayTrainWorker" in _command(process)]

    def jobs(self) -> dict[str, str]:
        """The status of every submission that this head knows."""
        with urllib.request.urlopen(f"{self.url}/api/jobs/", timeout=20) as answer:  # noqa: S310 - our own
            return {job["submission_id"]: job["status"] for job in json.load(answer) if job["submission_id"]}

    def _answers(self) -> bool:
        assert self.lives, self.log
        try:
            self.jobs()
        except (OSError, ValueError):
            return False
        return True


@contextmanager
def real_cluster(folder: Path) -> Iterator[RealCluster]:
    """Run one until the context is left."""
    folder.mkdir(parents=True, exist_ok=True)
    # In float32, so that losses can be compared: whether bfloat16 is faster depends on what else runs.
    cluster = RealCluster(folder, free_port(), free_port(), settings={"ONEDNN_MAX_CPU_ISA": "AVX512_CORE"})
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.lose_node()


def free_port() -> int:
    """Below 10002, where Ray's workers begin to take theirs."""
    for port in range(7100 + os.getpid() % 1000, 10000):
        with socket.socket() as tried:
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
            if port not in _TAKEN:
                _TAKEN.add(port)
                return port
    raise OSError("no port is free")


_TAKEN: set[int] = set()


def _processes() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").glob("[0-9]*")]


def _descendants(process: int) -> set[int]:
    children: dict[int, list[int]] = {}
    for other in _processes():
        if stat := _read(other, "stat"):
            children.setdefault(int(stat.rpartition(b")")[2].split()[1]), []).append(other)
    found, waiting = set[int](), [process]
    while waiting:
        new = children.get(waiting.pop(), [])
        found.update(new)
        waiting += new
    return found


def _command(process: int) -> bytes:
    return _read(process, "cmdline")


def _environment(process: int) -> bytes:
    return _read(process, "environ")


def _read(process: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{process}/{name}").read_bytes()
    except OSError:
        return b""


def _kill(process: int) -> None:
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        return
