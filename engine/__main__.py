"""`python -m engine`: the model server, and the commands `export` and `move-to`."""

import asyncio
import logging
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from engine.api.access import Access, Keys
from engine.api.app import create_app
from engine.api.connections import IDLE_SECONDS, EngineRunner
from engine.api.services import Services
from engine.backends.catalogue import Catalogue
from engine.backends.embedder import Embedder
from engine.backends.interface import Backend
from engine.backends.minilm import MiniLM, find_model_dir
from engine.backends.packages import WeightsError
from engine.backends.practice.backend import base_path, practice_backend, train_base
from engine.backends.serving import ServingError
from engine.bases import opened
from engine.concurrency.child import ChildError
from engine.descriptors import raise_limit
from engine.jobs.housekeeping import keep_tidy, sweep_files
from engine.jobs.queue import JobQueue
from engine.memory import return_unused, share_heap
from engine.moving import move_to
from engine.options import Options, UsageError, read_options
from engine.protocol.objects import OURS
from engine.storage.files import make_private
from engine.storage.state import State, StateError, open_state
from engine.training.local_runner import LocalRunner
from engine.training.runner import TrainingRunner


async def serve(options: Options) -> None:
    if (task := asyncio.current_task()) and sys.platform != "win32":
        for number in (signal.SIGTERM, signal.SIGINT):  # they end it through the same `finally` as everything else
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    try:
        await asyncio.to_thread(make_private, options.data_dir, OURS)
    except OSError as error:
        raise StateError(f"The data directory {options.data_dir} cannot be used: {error}") from error
    async with (
        open_state(options.data_dir, options.database) as state,
        opened(options.bases, options.data_dir / "bases") as bases,
    ):
        services = await _prepare(options, state, bases)
        access = Access(options.host, Keys(options.keys), options.allowed_hosts, options.allowed_origins)
        async with _listening(create_app(services, access), options) as address:
            return_unused()
            print(f"Punchline engine ready at {address}/v1", flush=True)
            await state.while_elected(lambda: _work(options, services))


async def _work(options: Options, services: Services) -> None:
    """What one process does at a time: the queue, and tidying up where several use the data directory."""
    if not services.state.is_shared:
        await services.queue.run()
        return
    await _check_none_elsewhere(options, services.state)
    tidying = asyncio.create_task(keep_tidy(services.state, services.catalogue, services.files))
    try:
        await services.queue.run()
    finally:
        tidying.cancel()
        await asyncio.gather(tidying, return_exceptions=True)


async def _prepare(options: Options, state: State, bases: Sequence[Backend]) -> Services:
    weights, files = options.data_dir / "models", options.data_dir / "files"
    encoder = await asyncio.to_thread(MiniLM)
    practice = await _practice(options, encoder, weights)
    created = int((find_model_dir() / "model.safetensors").stat().st_mtime)
    catalogue = Catalogue(state, [*bases, *practice], weights, created)
    if not state.is_shared:
        await catalogue.sweep()
        await sweep_files(state, files)
    await _check_none_elsewhere(options, state)
    if options.ray:
        from engine.ray.runner import RayRunner  # noqa: PLC0415 - an engine without a cluster does not need it

        runner: TrainingRunner = RayRunner(options.ray, options.data_dir / "trainings")
    else:
        runner = LocalRunner()
    workers = options.ray.jobs if options.ray else options.workers
    queue = JobQueue(state, catalogue, files, options.limits, workers, runner=runner)
    return Services(state, catalogue, queue, Embedder(encoder), files, options.limits)


async def _check_none_elsewhere(options: Options, state: State) -> None:
    """Raises StateError where a cluster that this engine does not use may be at work on a job: two would train it."""
    if options.ray:
        return
    trainings = options.data_dir / "trainings"
    under_way = await state.jobs.having("status", "running", "pausing")
    if elsewhere := [job.id for job in under_way if await asyncio.to_thread((trainings / job.id).exists)]:
        raise StateError(
            f"{elsewhere[0]} is being trained on Ray: start the engine with --ray, as before. If that cluster is gone for good, "
            f"delete {trainings}: the job then goes on here."
        )


async def _practice(options: Options, encoder: MiniLM, weights: Path) -> list[Backend]:
    """practice-1 if it was asked for or was offered before; trained first if it is new."""
    base = await asyncio.to_thread(base_path, weights, options.corpus)
    if not base.exists():
        if not options.practice:
            return []
        await train_base(options.corpus, base)
    return [practice_backend(encoder, base)]


@asynccontextmanager
async def _listening(app: web.Application, options: Options) -> AsyncIterator[str]:
    runner = EngineRunner(app, access_log=None, shutdown_timeout=2, keepalive_timeout=IDLE_SECONDS)
    await runner.setup()
    try:
        await web.TCPSite(runner, options.host, options.port).start()
        host = f"[{options.host}]" if ":" in options.host else options.host
        yield f"http://{host}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def main() -> int:
    """Run the server or a command; the exit code is 2 for what the operator can mend."""
    share_heap()
    raise_limit()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        if sys.argv[1:2] == ["export"]:
            from engine.export.command import export  # noqa: PLC0415 - a server does not need it

            print(export(sys.argv[2:]))
        elif sys.argv[1:2] == ["move-to"]:
            print(move_to(sys.argv[2:]))
        else:
            asyncio.run(serve(read_options()))
    except (asyncio.CancelledError, KeyboardInterrupt):
        return 0
    except (UsageError, StateError, WeightsError, ServingError, OSError) as error:
        print(f"engine: {error}", file=sys.stderr)
        return 2
    except ChildError as error:
        print(f"engine: practice-1 could not be trained: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
