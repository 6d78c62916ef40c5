"""Ray's job API on loopback, for tests without Ray: it really starts the programs of its jobs, and can lose them as Ray can."""

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast

_NOT_NOW = "No available agent to submit job, please try again later."
_STOP_SECONDS = "RAY_JOB_STOP_WAIT_TIME_S"


@dataclass
class Job:
    """A submission; without a process it is pending."""

    submission: dict[str, object]
    process: "subprocess.Popen[bytes] | None" = None
    kill_at: float | None = None

    @property
    def variables(self) -> dict[str, str]:
        runtime = cast(dict[str, dict[str, str]], self.submission["runtime_env"])
        return runtime["env_vars"]

    def state(self) -> dict[str, object]:
        """As Ray's dashboard tells it."""
        code = self.process.poll() if self.process else None
        if self.kill_at is not None and (not self.process or code is not None):
            return {"status": "STOPPED", "driver_exit_code": None}
        if not self.process:
            return {"status": "PENDING"}
        if code is None:
            if self.kill_at is not None and time.monotonic() > self.kill_at:
                self.process.kill()
            return {"status": "RUNNING"}
        status = "SUCCEEDED" if code == 0 else "FAILED"
        return {"status": status, "driver_exit_code": code, "message": f"last words\nit ended with {code}"}

    def stop(self) -> None:
        self.kill_at = time.monotonic() + float(self.variables[_STOP_SECONDS])
        if self.process and self.process.poll() is None:
            self.process.terminate()

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()


@dataclass
class StandInCluster:
    """One node with so many processors. `submitted` keeps every submission's id, also those that it forgot."""

    cpus: float = 2
    url: str = ""
    token: str = ""
    is_down: bool = False
    loses_answers: bool = False
    jobs: dict[str, Job] = field(default_factory=dict)
    submitted: list[str] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def lose_worker(self, submission_id: str) -> None:
        os.kill(self.pid(submission_id), signal.SIGKILL)

    def lose_node(self) -> None:
        """The head dies with all that it ran, and a new one knows nothing."""
        with self.lock:
            for job in self.jobs.values():
                job.kill()
            self.jobs.clear()

    def pid(self, submission_id: str) -> int:
        process = self.jobs[submission_id].process
        assert process
        return process.pid

    def running(self) -> list[str]:
        with self.lock:
            return [name for name, job in self.jobs.items() if job.process and job.process.poll() is None]

    def answer(self, method: str, path: str, body: dict[str, object]) -> tuple[int, object]:
        name, _, verb = path.removeprefix("/api/jobs/").partition("/")
        with self.lock:
            if self.is_down:
                return 500, _NOT_NOW
            self._start_pending()
            if method == "POST" and not name:
                return self._submit(body)
            if name not in self.jobs:
                return 404, f"Job {name} does not exist"
            if verb == "stop":
                self.jobs[name].stop()
                return 200, {"stopped": True}
            return 200, {"type": "SUBMISSION", "submission_id": name, **self.jobs[name].state()}

    def _submit(self, body: dict[str, object]) -> tuple[int, object]:
        name = str(body["submission_id"])
        if name in self.jobs:
            refused = f"ValueError: Job with submission_id {name} already exists."
            return 500, f"Traceback:\nRuntimeError: Request failed with status code 400: Traceback\n{refused}\n.\n"
        self.jobs[name] = Job(body)
        self.submitted.append(name)
        self._start_pending()
        if self.loses_answers:
            return 500, _NOT_NOW
        return 200, {"submission_id": name}

    def _start_pending(self) -> None:
        for job in self.jobs.values():
            used = sum(
                cast(float, other.submission["entrypoint_num_cpus"]) for other in self.jobs.values() if _runs(other)
            )
            fits = used + cast(float, job.submission["entrypoint_num_cpus"]) <= self.cpus
            if job.process is None and job.kill_at is None and fits:
                command, environment = str(job.submission["entrypoint"]), {**os.environ, **job.variables}
                job.process = subprocess.Popen(command, shell=True, env=environment)  # noqa: S602 - as Ray does


def _runs(job: Job) -> bool:
    return job.process is not None and job.process.poll() is None


@contextmanager
def stand_in_cluster(cpus: float = 2, token: str = "") -> Iterator[StandInCluster]:
    """Serve one until the context is left; what it started then is killed."""
    cluster = StandInCluster(cpus, token=token)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._reply({})

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", "0"))
            self._reply(json.loads(self.rfile.read(length) or b"{}"))

        def _reply(self, body: dict[str, object]) -> None:
            allowed = not cluster.token or self.headers["Authorization"] == f"Bearer {cluster.token}"
            status, said = cluster.answer(self.command, self.path, body) if allowed else (401, "Unauthorized")
            content = (said if isinstance(said, str) else json.dumps(said)).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        cluster.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield cluster
        finally:
            server.shutdown()
            thread.join()
            cluster.lose_node()
