"""Records what each request to a model costs: an upper bound before it is sent, the real cost afterwards."""

import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeAlias

from bot.clock import Clock
from bot.command_log import count_tokens
from bot.errors import (
    CircuitOpenError,
    ImageRefusedError,
    ModelServerError,
    NotConnectedError,
    ServerNonsenseError,
    ServerUnreachableError,
    UnreadableAnswerError,
)
from bot.limits.allowance import Allowance
from bot.model_server.chat import ChatRequest
from bot.model_server.images import ImageRequest
from bot.prices import Prices, ServerPrices
from bot.request import current_request
from bot.store.database import Database
from bot.store.usage import Usage, UsageStore
from bot.tokens import NO_TOKENS, Tokens, estimate_tokens

log = logging.getLogger(__name__)

# A chat template adds some tokens to each message, and a server may count an answer's tokens that nobody sees.
TEMPLATE_TOKENS, UNLIMITED_ANSWER_TOKENS = 16, 2000
AUDIO_TOKENS_A_SECOND = 10  # OpenAI counts one for each 100 ms
# After these the server may have worked, and may send a bill.
MAY_HAVE_COST = (ServerUnreachableError, ServerNonsenseError)
# What so many tokens of a model cost, in billionths of a dollar; None if its price is not known.
Price: TypeAlias = Callable[[str, Tokens], int | None]


@dataclass(frozen=True)
class Charge:
    """Whom a request to a model is charged to, and what it is for (`kind`: joke, slogan, ask, compare, similarity, evaluation, transcription …)."""

    guild_id: int
    user_id: int
    kind: str


@dataclass(frozen=True)
class Entry:
    """A row of the ledger under way. `price` is None where nobody sends a bill.
    `bounded`: a budget in money counts on it that the answer has no more tokens than the upper bound."""

    id: int
    usage: Usage
    price: Price | None
    bounded: bool = False


class Ledger:
    """Opens a row for each request, and settles it. Until then the row holds an upper bound, so that no cost is lost in a crash."""

    def __init__(
        self, database: Database, store: UsageStore, allowance: Allowance, prices: ServerPrices, clock: Clock
    ) -> None:
        self._database = database
        self._store = store
        self._allowance = allowance
        self._prices = prices
        self._clock = clock

    async def open_chat(self, charge: Charge, request: ChatRequest) -> Entry:
        """The row of a chat that is about to be sent. Raises `LimitError` and `DatabaseBusyError`: then nothing may be sent."""
        prices = self._prices.training if request.fine_tuned else self._prices.chat
        price = prices.chat_nanodollars if prices else None
        return await self._open(charge, request.model, _most_tokens(request), prices, price)

    async def open_embeddings(self, charge: Charge, model: str, texts: Sequence[str]) -> Entry:
        """The row of texts that are about to be embedded. Raises `LimitError` and `DatabaseBusyError`."""
        most, prices = Tokens(sum(_most_in(text) for text in texts)), self._prices.chat
        return await self._open(charge, model, most, prices, prices.embedding_nanodollars if prices else None)

    async def open_image(self, charge: Charge, request: ImageRequest) -> Entry:
        """The row of a picture that is about to be generated. Raises `LimitError` and `DatabaseBusyError`."""
        most, prices = Tokens(_most_in(request.prompt)), self._prices.chat
        return await self._open(charge, request.model, most, prices, _image_price(prices, request))

    def image_cost(self, request: ImageRequest) -> int | None:
        """About what a picture would cost, in billionths of a dollar: 0 where nobody sends a bill, None if its price is not known."""
        price = _image_price(self._prices.chat, request)
        return price(request.model, Tokens(estimate_tokens(request.prompt))) if price else 0

    async def open_transcription(self, charge: Charge, model: str, seconds: float) -> Entry:
        """The row of a recording that is about to be transcribed. Raises `LimitError` and `DatabaseBusyError`."""
        whole, prices = math.ceil(seconds), self._prices.chat
        most = Tokens(AUDIO_TOKENS_A_SECOND * whole + TEMPLATE_TOKENS, UNLIMITED_ANSWER_TOKENS)
        return await self._open(charge, model, most, prices, _recording_price(prices, whole))

    async def settle(
        self, entry: Entry, model: str, tokens: Tokens, latency_ms: float, seconds: float | None = None
    ) -> None:
        """The request was answered, for a recording with so many seconds. Never raises: what is paid for is shown, whatever the ledger can take."""
        if seconds is not None:
            entry = replace(entry, price=_recording_price(self._prices.chat, seconds))
        usage = replace(_priced(entry, model, tokens), latency_ms=latency_ms, outcome="answered")
        await self._write(entry, usage)

    async def fail(self, entry: Entry, error: ModelServerError, latency_ms: float) -> None:
        """The request failed; it stays open where nobody knows whether the server worked, and goes if it was held back. Never raises."""
        if isinstance(error, CircuitOpenError):
            await self.drop(entry)
            return
        usage = entry.usage
        if isinstance(error, UnreadableAnswerError):
            usage = replace(_priced(entry, usage.model, error.tokens), outcome="failed")
        elif not may_have_cost(error):
            cost = None if usage.cost_nanodollars is None else 0
            usage = replace(_using(usage, NO_TOKENS), cost_nanodollars=cost, outcome="failed")
        await self._write(entry, replace(usage, latency_ms=latency_ms, error=type(error).__name__))

    async def drop(self, entry: Entry) -> None:
        """Nothing was sent. Never raises."""
        try:
            await self._store.remove(entry.id)
        except Exception:
            log.exception("An unused row of the ledger stays: %d", entry.id)

    async def list(self, guild_id: int, kind: str, ids: Sequence[int]) -> tuple[Usage, ...]:
        """The guild's rows of this kind among these, oldest first."""
        return await self._store.list(guild_id, kind, ids)

    async def _open(
        self, charge: Charge, model: str, most: Tokens, prices: Prices | None, price: Price | None
    ) -> Entry:
        request = current_request()
        usage = Usage(
            guild_id=charge.guild_id,
            user_id=charge.user_id,
            kind=charge.kind,
            command=request.command if request else charge.kind,
            model=model,
            prompt_tokens=most.prompt,
            completion_tokens=most.completion,
            latency_ms=0,
            created_at=self._clock(),
            priced_on=prices.read_on if prices else None,
            outcome="unknown",
            interaction_id=request.id if request else None,
        )
        entry = Entry(0, usage, price)
        entry = replace(entry, usage=_priced(entry, model, most))
        return await self._reserve(entry)

    async def _reserve(self, entry: Entry) -> Entry:
        limits = await self._allowance.limits_for(entry.usage)
        if limits is None:
            return replace(entry, id=await self._store.add(entry.usage))
        async with self._database.transaction():  # in which nobody else reserves anything
            await self._allowance.refuse_over(limits, entry.usage)
            number = await self._store.add(entry.usage)
        return replace(entry, id=number, bounded=limits.in_money and entry.usage.cost_nanodollars != 0)

    async def _write(self, entry: Entry, usage: Usage) -> None:
        if usage.outcome != "unknown":
            count_tokens(usage.prompt_tokens, usage.completion_tokens)
        try:
            await self._store.settle(entry.id, usage)
        except Exception:
            log.exception(
                "The ledger's row %d could not be settled: %s, %d tokens.",
                entry.id,
                usage.outcome,
                usage.prompt_tokens + usage.completion_tokens,
            )


def may_have_cost(error: BaseException) -> bool:
    """Whether the server may have worked, and may send a bill; also where the request was cancelled on its way."""
    if not isinstance(error, ModelServerError):
        return True
    if isinstance(error, ImageRefusedError):
        return error.drawn
    return isinstance(error, MAY_HAVE_COST) and not isinstance(error, NotConnectedError)


def _priced(entry: Entry, model: str, tokens: Tokens) -> Usage:
    return replace(_using(entry.usage, tokens), model=model, cost_nanodollars=_cost(entry, model, tokens))


def _using(usage: Usage, tokens: Tokens) -> Usage:
    return replace(
        usage,
        prompt_tokens=tokens.prompt,
        completion_tokens=tokens.completion,
        cached_tokens=tokens.cached,
    )


def _cost(entry: Entry, model: str, tokens: Tokens) -> int | None:
    if entry.price is None:
        return 0
    known = entry.price(model, tokens)
    return entry.price(entry.usage.model, tokens) if known is None else known


def _recording_price(prices: Prices | None, seconds: float) -> Price | None:
    return partial(prices.transcription_nanodollars, seconds) if prices else None


def _image_price(prices: Prices | None, request: ImageRequest) -> Price | None:
    return partial(prices.image_nanodollars, request.sent_quality) if prices else None


def _most_tokens(request: ChatRequest) -> Tokens:
    """No tokenizer in use makes more tokens of a text than it has bytes."""
    prompt = sum(_most_in(message.content) + TEMPLATE_TOKENS for message in request.messages)
    prompt += sum(_most_in(str(function.tool())) for function in request.functions)
    return Tokens(prompt, (request.max_tokens or UNLIMITED_ANSWER_TOKENS) * request.n)


def _most_in(text: str) -> int:
    return len(text.encode("utf-8", "replace"))
