"""One engine: what it opens, what it serves, and what it does while it is elected."""

import asyncio
import logging
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
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
from engine.backends.upstream.publisher import AdapterPublisher
from engine.bases import opened
from engine.jobs.housekeeping import keep_tidy, sweep_files
from engine.jobs.queue import JobQueue
from engine.memory import return_unused
from engine.options import Options
from engine.protocol.objects import OURS
from engine.speech import whisper
from engine.speech.transcriber import Transcriber
from engine.storage.files import make_private
from engine.storage.state import State, StateError, open_state
from engine.training.local_runner import LocalRunner
from engine.training.runner import TrainingRunner

log = logging.getLogger(__name__)


async def serve(options: Options, ready: Callable[[str], None]) -> None:
    """Run an engine until it is told to end; `ready` gets its address once it listens. Raises StateError, WeightsError, ServingError, StoreError, ChildError or OSError where it cannot."""
    if (task := asyncio.current_task()) and sys.platform != "win32":
        for number in (signal.SIGTERM, signal.SIGINT):  # they end it through the same `finally` as everything else
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    try:
        await asyncio.to_thread(make_private, options.data_dir, OURS)
    except OSError as error:
        raise StateError(f"The data directory {options.data_dir} cannot be used: {error}") from error
    async with open_state(options.data_dir, options.database) as state, _transcriber(options) as transcriber:
        publisher = _publisher(options, state)
        async with opened(options.bases, options.data_dir / "bases", publisher) as bases:
            services = await _prepare(options, state, bases, publisher, transcriber)
            access = Access(options.host, Keys(options.keys), options.allowed_hosts, options.allowed_origins)
            async with _listening(create_app(services, access), options) as address:
                return_unused()
                ready(address)
                await state.while_elected(lambda: _work(options, services, publisher))


async def _work(options: Options, services: Services, publisher: AdapterPublisher | None) -> None:
    """What one process does at a time: the queue, publishing, and tidying up where several use the data directory."""
    beside: list[Coroutine[None, None, None]] = [publisher.run()] if publisher else []
    if services.state.is_shared:
        await _check_none_elsewhere(options, services.state)
        beside.append(keep_tidy(services.state, services.catalogue, services.files))
    tasks = [asyncio.create_task(work) for work in beside]
    try:
        await services.queue.run()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _publisher(options: Options, state: State) -> AdapterPublisher | None:
    """Who brings the adapters into the object store, if there is one. Raises StoreError."""
    if not options.adapter_store:
        return None
    from engine.backends.upstream.store import CloudAdapterStore  # noqa: PLC0415 - needs obstore

    store = CloudAdapterStore(options.adapter_store)
    bases = [base.name for base in options.bases if base.upstream and base.upstream.naming == "ray"]
    return AdapterPublisher(state, options.data_dir / "models", store, bases)


@asynccontextmanager
async def _transcriber(options: Options) -> AsyncIterator[Transcriber | None]:
    """What transcribes speech, if it was not turned off and is installed. Its process starts with the first recording."""
    if not options.whisper or not _can_transcribe():
        yield None
        return
    transcriber = Transcriber(options.data_dir / "bases")
    try:
        yield transcriber
    finally:
        await transcriber.close()


def _can_transcribe() -> bool:
    try:
        whisper.check_installed()
    except WeightsError as error:
        log.warning("%s is not offered. %s", whisper.NAME, error)
        return False
    return True


async def _prepare(
    options: Options,
    state: State,
    bases: Sequence[Backend],
    publisher: AdapterPublisher | None,
    transcriber: Transcriber | None,
) -> Services:
    weights, files = options.data_dir / "models", options.data_dir / "files"
    encoder = await asyncio.to_thread(MiniLM)
    practice = await _practice(options, encoder, weights)
    created = int((find_model_dir() / "model.safetensors").stat().st_mtime)
    speech = [whisper.NAME] if transcriber else []
    changed = publisher.models_changed if publisher else lambda: None
    catalogue = Catalogue(state, [*bases, *practice], weights, created, speech=speech, changed=changed)
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
    return Services(state, catalogue, queue, Embedder(encoder), files, options.limits, transcriber)


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
