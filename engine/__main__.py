"""`python -m engine`: the model server, and `python -m engine export`."""

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
from engine.backends.upstream.publisher import AdapterPublisher, StoreError
from engine.bases import opened
from engine.concurrency.child import ChildError
from engine.jobs.queue import JobQueue
from engine.memory import return_unused, share_heap
from engine.options import Options, UsageError, read_options
from engine.protocol.objects import OURS
from engine.storage.files import make_private, sweep
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
        open_state(options.data_dir) as state,
        _publishing(options, state) as publisher,
        opened(options.bases, options.data_dir / "bases", publisher) as bases,
    ):
        services = await _prepare(options, state, bases, publisher)
        access = Access(options.host, Keys(options.keys), options.allowed_hosts, options.allowed_origins)
        async with _listening(create_app(services, access), options) as address:
            return_unused()
            print(f"Punchline engine ready at {address}/v1", flush=True)
            await services.queue.run()


@asynccontextmanager
async def _publishing(options: Options, state: State) -> AsyncIterator[AdapterPublisher | None]:
    """Who brings the adapters into the object store, if there is one; at work until the exit. Raises StoreError."""
    if not options.adapter_store:
        yield None
        return
    from engine.backends.upstream.store import CloudAdapterStore  # noqa: PLC0415 - needs obstore

    store = CloudAdapterStore(options.adapter_store)
    bases = [base.name for base in options.bases if base.upstream and base.upstream.naming == "ray"]
    publisher = AdapterPublisher(state, options.data_dir / "models", store, bases)
    task = asyncio.create_task(publisher.run())
    try:
        yield publisher
    finally:
        task.cancel()
        await asyncio.wait([task])


async def _prepare(
    options: Options, state: State, bases: Sequence[Backend], publisher: AdapterPublisher | None
) -> Services:
    weights, files = options.data_dir / "models", options.data_dir / "files"
    encoder = await asyncio.to_thread(MiniLM)
    practice = await _practice(options, encoder, weights)
    created = int((find_model_dir() / "model.safetensors").stat().st_mtime)
    changed = publisher.models_changed if publisher else lambda: None
    catalogue = Catalogue(state, [*bases, *practice], weights, created, changed)
    await catalogue.sweep()
    known = {stored.id for stored in await state.files.list()}
    await asyncio.to_thread(sweep, files, OURS["files"], known.__contains__)
    trainings = options.data_dir / "trainings"
    if options.ray:
        from engine.ray.runner import RayRunner  # noqa: PLC0415 - an engine without a cluster does not need it

        runner: TrainingRunner = RayRunner(options.ray, trainings)
    else:
        await _check_none_elsewhere(state, trainings)
        runner = LocalRunner()
    workers = options.ray.jobs if options.ray else options.workers
    queue = JobQueue(state, catalogue, files, options.limits, workers, runner=runner)
    return Services(state, catalogue, queue, Embedder(encoder), files, options.limits)


async def _check_none_elsewhere(state: State, trainings: Path) -> None:
    """Raises StateError where a cluster may be at work on a job: two would train it."""
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
    """Run the server, or export a model; the exit code is 2 for what the operator can mend."""
    share_heap()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        if sys.argv[1:2] == ["export"]:
            from engine.export.command import export  # noqa: PLC0415 - a server does not need it

            print(export(sys.argv[2:]))
        else:
            asyncio.run(serve(read_options()))
    except (asyncio.CancelledError, KeyboardInterrupt):
        return 0
    except (UsageError, StateError, WeightsError, ServingError, StoreError, OSError) as error:
        print(f"engine: {error}", file=sys.stderr)
        return 2
    except ChildError as error:
        print(f"engine: practice-1 could not be trained: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
