"""The one way to the model server: the only module that imports openai, and the only `AsyncOpenAI` of the process.

Every request is sent once: what costs money must not be repeated blindly, and the tracker asks again in its next round.
Every failure leaves here as a `ModelServerError`.
"""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import openai
from openai import AsyncOpenAI
from openai.types.fine_tuning.job_create_params import Method
from pydantic import BaseModel

from bot.chat import ChatRequest
from bot.circuit_breaker import CircuitBreaker
from bot.clock import Clock, utc_now
from bot.errors import (
    ModelServerError,
    NotConnectedError,
    RemoteNotFoundError,
    RequestRefusedError,
    ServerNonsenseError,
    ServerUnreachableError,
    UnreadableAnswerError,
)
from bot.http_client import NOT_CONNECTED, AnswerTooLargeError, BoundedClient, answer_of_at_most
from bot.judgement import Judgement, parse_judgement
from bot.lazy_numpy import np
from bot.observer import model_call
from bot.redaction import redactor_of
from bot.refusals import explain_status
from bot.remote import (
    NO_TOKENS,
    Checkpoint,
    Completion,
    RemoteEvent,
    RemoteJob,
    RemoteModel,
    Tokens,
    parse_checkpoint,
    parse_completion,
    parse_event,
    parse_file,
    parse_job,
    parse_model,
    parse_tokens,
)
from bot.remote_vectors import parse_vectors
from bot.settings import Settings
from bot.texts import server as server_texts
from bot.texts.template import Text

if TYPE_CHECKING:
    from numpy.typing import NDArray

UPLOAD_TIMEOUT = 600.0
# A chat of eight drafts with log probabilities has 100 kB, and a vector of 4,096 numbers at most 100 kB. What is larger is refused unread:
# the JSON of 10 MB of text, and all that is done with it, stops the event loop for a second.
CHAT_BYTES, VECTOR_BYTES = 512 * 1024, 128 * 1024
MODERATION_TIMEOUT = 10.0  # every answer waits for it twice
PAGE_SIZE = 100
MAX_SEARCHED_JOBS = 1000
# What the SDK and our parsers raise when an answer with status 200 is not what it should be.
NONSENSE = (
    openai.APIResponseValidationError,
    json.JSONDecodeError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
)


@dataclass(frozen=True)
class EmbeddingBatch:
    """Vectors as float32 of shape (texts, dimensions), in the order of the texts."""

    vectors: NDArray[np.float32]
    model: str
    tokens: int
    latency_ms: float


class LLM:
    """Chat, embeddings, moderation and fine-tuning on one server, or on two that share one connection pool.

    Fine-tuned models and everything about training live on the fine-tune server when one is set.
    """

    def __init__(self, client: AsyncOpenAI, tuning: AsyncOpenAI | None = None, clock: Clock = utc_now) -> None:
        self._client = client
        self._tuning = tuning or client
        self._breaker = CircuitBreaker(clock)
        self._tuning_breaker = CircuitBreaker(clock) if tuning else self._breaker

    async def complete(self, request: ChatRequest) -> Completion:
        """Ask for answers. Raises `CircuitOpenError`, `ToolsRefusedError` if the model cannot call functions, and `UnreadableAnswerError`."""
        client = self._tuning if request.fine_tuned else self._client
        started = time.perf_counter()
        breaker = self._tuning_breaker if request.fine_tuned else self._breaker
        with model_call(request.model) as call, breaker.passing(), _explained(server_texts.MODEL, request.model):
            # `chat.completions.create` would walk the types of every message: 5 ms for the 22 of a few-shot prompt.
            with answer_of_at_most(CHAT_BYTES):
                answer = _protocol(await client.post("/chat/completions", cast_to=object, body=request.body()))
            latency = (time.perf_counter() - started) * 1000
            tokens = parse_tokens(answer)
            call.prompt_tokens, call.completion_tokens = tokens.prompt, tokens.completion
            with _paid(tokens):
                return parse_completion(answer, latency)

    async def embed(self, model: str, texts: Sequence[str]) -> EmbeddingBatch:
        """One vector a text. Raises `CircuitOpenError`."""
        started = time.perf_counter()
        with model_call(model) as call, self._breaker.passing(), _explained(server_texts.MODEL, model):
            body = {"model": model, "input": list(texts), "encoding_format": "base64"}
            with answer_of_at_most(VECTOR_BYTES * (len(texts) + 1)):
                # As above: 18 ms for each vector of 3,072 numbers, where a server ignores the encoding.
                answer = _protocol(await self._client.post("/embeddings", cast_to=object, body=body))
            vectors, tokens = parse_vectors(answer), parse_tokens(answer)
            if len(vectors) != len(texts):
                raise ValueError("not one vector a text")
            latency = (time.perf_counter() - started) * 1000
            call.prompt_tokens = tokens.prompt
            return EmbeddingBatch(vectors, str(answer["model"]), tokens.prompt, latency)

    async def moderate(self, model: str, texts: Sequence[str]) -> tuple[Judgement, ...]:
        """What the first server's moderation says of each text. Nobody sends a bill for it."""
        with model_call(model), _explained(server_texts.MODERATION):
            body = {"model": model, "input": list(texts)}
            answer = _protocol(
                await self._client.post(
                    "/moderations", cast_to=object, body=body, options={"timeout": MODERATION_TIMEOUT}
                )
            )
            found = tuple(parse_judgement(one) for one in answer["results"])
            if len(found) != len(texts):
                raise ValueError("not one result a text")
            return found

    async def list_models(self, *, fine_tuned: bool = False) -> tuple[RemoteModel, ...]:
        """The models that the server lists, in its order; `fine_tuned` asks where models are tuned."""
        client = self._tuning if fine_tuned else self._client
        with _explained(server_texts.MODELS):
            page = await client.models.list()
            return tuple(parse_model(model) for model in _protocol(page)["data"])

    async def upload_training_file(self, path: Path, filename: str) -> str:
        """Upload once; returns the server's id of the file."""
        with _explained(server_texts.UPLOAD), path.open("rb") as content:
            answer = await self._tuning.files.create(
                file=(filename, content), purpose="fine-tune", timeout=UPLOAD_TIMEOUT
            )
            return str(_protocol(answer)["id"])

    async def find_files(self, prefix: str) -> dict[str, str]:
        """The newest training files whose names begin so: names by id. A server that lists no files has none."""
        try:
            with _explained(server_texts.FILES):
                page = await self._tuning.files.list(purpose="fine-tune", limit=PAGE_SIZE)
                files = [parse_file(file) for file in _protocol(page)["data"]]
        except (RemoteNotFoundError, RequestRefusedError):
            return {}
        return {file_id: name for file_id, name in files if name.startswith(prefix)}

    async def delete_file(self, file_id: str) -> None:
        """Remove an uploaded file."""
        with _explained(server_texts.FILE, file_id):
            _protocol(await self._tuning.files.delete(file_id))

    async def create_job(
        self,
        *,
        base_model: str,
        file_id: str,
        validation_file_id: str | None = None,
        epochs: int | None,
        suffix: str | None,
        launch_id: str,
        method: Literal["supervised", "dpo"] = "supervised",
    ) -> RemoteJob:
        """Create a job once; `launch_id` goes into its metadata, by which it can be found again."""
        with _explained(server_texts.BASE_MODEL, base_model):
            answer = await self._tuning.fine_tuning.jobs.create(
                model=base_model,
                training_file=file_id,
                validation_file=validation_file_id or openai.omit,
                suffix=suffix or openai.omit,
                method=_method(method, epochs),
                metadata={"launch_id": launch_id},
            )
            return parse_job(_protocol(answer))

    async def retrieve_job(self, job_id: str) -> RemoteJob:
        """The job as it stands."""
        with _explained(server_texts.JOB, job_id):
            return parse_job(_protocol(await self._tuning.fine_tuning.jobs.retrieve(job_id)))

    async def find_job(self, launch_id: str, file_id: str | None) -> RemoteJob | None:
        """The job with this launch id in its metadata, or, where the server ignores metadata, with this training file."""
        with _explained(server_texts.JOBS):
            page = await self._tuning.fine_tuning.jobs.list(limit=PAGE_SIZE, metadata={"launch_id": launch_id})
            jobs = [parse_job(job) for job in _protocol(page)["data"]]
        return next((job for job in jobs if _is_launch(job, launch_id, file_id)), None)

    async def jobs_by_id(self, ids: frozenset[str]) -> dict[str, RemoteJob]:
        """Those of the jobs that the server's list holds; pages through it until all are found, but not for ever."""
        found: dict[str, RemoteJob] = {}
        read = 0
        with _explained(server_texts.JOBS):
            async for answer in self._tuning.fine_tuning.jobs.list(limit=PAGE_SIZE):
                job = parse_job(_protocol(answer))
                read += 1
                if job.id in ids:
                    found[job.id] = job
                if len(found) == len(ids) or read >= len(ids) + MAX_SEARCHED_JOBS:
                    break
        return found

    async def cancel_job(self, job_id: str) -> RemoteJob:
        """Ask the server to stop the job; returns it as it stands after that."""
        with _explained(server_texts.JOB, job_id):
            return parse_job(_protocol(await self._tuning.fine_tuning.jobs.cancel(job_id)))

    async def pause_job(self, job_id: str) -> RemoteJob:
        """Ask the server to pause the job."""
        with _explained(server_texts.PAUSING, job_id):
            return parse_job(_protocol(await self._tuning.fine_tuning.jobs.pause(job_id)))

    async def resume_job(self, job_id: str) -> RemoteJob:
        """Ask the server to go on with a paused job."""
        with _explained(server_texts.RESUMING, job_id):
            return parse_job(_protocol(await self._tuning.fine_tuning.jobs.resume(job_id)))

    async def list_checkpoints(self, job_id: str) -> tuple[Checkpoint, ...]:
        """The states of the model that the server kept along the way, latest step first."""
        with _explained(server_texts.CHECKPOINTS, job_id):
            page = await self._tuning.fine_tuning.jobs.checkpoints.list(job_id, limit=PAGE_SIZE)
            found = [parse_checkpoint(checkpoint) for checkpoint in _protocol(page)["data"]]
        return tuple(sorted(found, key=lambda checkpoint: -checkpoint.step))

    async def list_events(
        self, job_id: str, *, known: frozenset[str] = frozenset(), limit: int = 100
    ) -> tuple[RemoteEvent, ...]:
        """The newest events, oldest first; pages back until one in `known` turns up."""
        found: list[RemoteEvent] = []
        with _explained(server_texts.EVENTS, job_id):
            async for event in self._tuning.fine_tuning.jobs.list_events(job_id, limit=limit):
                if event.id in known:
                    break
                found.append(parse_event(_protocol(event)))
        return tuple(reversed(found))


@asynccontextmanager
async def open_llm(settings: Settings, clock: Clock = utc_now) -> AsyncIterator[LLM]:
    """Build the one client, and close its connections on leaving."""
    async with AsyncOpenAI(
        api_key=settings.openai_api_key.get_secret_value(),
        base_url=settings.openai_base_url,
        timeout=settings.request_timeout,
        max_retries=0,
        http_client=BoundedClient(redactor_of(settings)),
    ) as client:
        yield LLM(client, _tuning_view(client, settings), clock)


def _tuning_view(client: AsyncOpenAI, settings: Settings) -> AsyncOpenAI | None:
    if settings.finetune_base_url is None:
        return None
    key = settings.finetune_api_key or settings.openai_api_key
    return client.with_options(base_url=settings.finetune_base_url, api_key=key.get_secret_value())


def _method(name: Literal["supervised", "dpo"], epochs: int | None) -> Method:
    if name == "dpo":
        return {"type": "dpo", "dpo": {"hyperparameters": {"n_epochs": epochs or "auto"}}}
    return {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": epochs or "auto"}}}


def _is_launch(job: RemoteJob, launch_id: str, file_id: str | None) -> bool:
    return job.metadata.get("launch_id") == launch_id or (file_id is not None and job.training_file == file_id)


def _protocol(answer: object) -> dict[str, Any]:
    if isinstance(answer, BaseModel):
        return answer.model_dump(warnings=False)  # what does not fit its type is judged by the parsers
    if isinstance(answer, dict):
        return answer
    raise TypeError("not JSON")  # the SDK hands HTML on a 200 through as text


@contextmanager
def _paid(tokens: Tokens) -> Iterator[None]:
    """What cannot be read was paid for, if the server says so."""
    try:
        yield
    except NONSENSE as error:
        if tokens == NO_TOKENS:
            raise
        raise UnreadableAnswerError(server_texts.NOT_THE_PROTOCOL, tokens=tokens) from error


@contextmanager
def _explained(what: Text, name: str = "") -> Iterator[None]:
    """Turn whatever goes wrong with this thing into a `ModelServerError`."""
    try:
        yield
    except ModelServerError:
        raise
    except openai.APITimeoutError as error:
        raise ServerUnreachableError(server_texts.TOO_SLOW) from error
    except AnswerTooLargeError as error:
        raise ServerNonsenseError(server_texts.TOO_LARGE) from error
    except openai.APIConnectionError as error:
        never_sent = isinstance(error.__cause__, NOT_CONNECTED)
        raise (NotConnectedError if never_sent else ServerUnreachableError)(server_texts.UNREACHABLE) from error
    except openai.APIStatusError as error:
        retry_after = error.response.headers.get("retry-after")
        thing = what.of(name=name)
        raise explain_status(error.status_code, error.body, thing, error.request_id, retry_after) from error
    except NONSENSE as error:
        raise ServerNonsenseError(server_texts.NOT_THE_PROTOCOL) from error
