"""What the routes share."""

from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from engine.backends.catalogue import Catalogue
from engine.backends.embedder import Embedder
from engine.jobs.checks import Limits
from engine.jobs.queue import JobQueue
from engine.speech.transcriber import Transcriber
from engine.storage.state import State


@dataclass(frozen=True)
class Services:
    """One of each, for the whole process. `files` holds the uploads, each under its id. There is no transcriber where no speech model is offered."""

    state: State
    catalogue: Catalogue
    queue: JobQueue
    embedder: Embedder
    files: Path
    limits: Limits
    transcriber: Transcriber | None = None


SERVICES = web.AppKey("services", Services)
OWNER = web.RequestKey("owner", str)


def services_of(request: web.Request) -> Services:
    return request.app[SERVICES]
